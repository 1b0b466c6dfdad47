#!/bin/bash
# Usage: deploy/fetch-civetweb.sh FOLDER
# Puts Debian's patched source of CivetWeb into FOLDER (nothing is done when it is there already).
#
# Debian's compiled libcivetweb is made for OpenSSL 1.1 and cannot speak TLS with OpenSSL 3, so certferry compiles the
# source package of the same name. It comes through the package sources that this machine already trusts, by lists and a
# cache of our own: nothing of the system is changed, and no root is needed. apt checks the signatures.
set -euo pipefail

fail()
{
    echo "fetch-civetweb: $1" >&2
    echo "fetch-civetweb: without network, unpack CivetWeb's source elsewhere and give cmake" \
        "-DCIVETWEB_SOURCE_DIR=FOLDER." >&2
    exit 1
}

[ $# -eq 1 ] || { echo "usage: $0 FOLDER" >&2; exit 2; }
folder=$(realpath -m "$1")
mkdir -p "$(dirname "$folder")"
exec 9> "$folder.lock"
flock 9
[ -e "$folder/src/civetweb.c" ] && exit 0

for command in apt-get dpkg-source; do
    command -v "$command" > /dev/null || fail "$command is missing; run deploy/install-packages.sh first."
done

work=$(mktemp -d "$folder.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/unpack"

apt-get indextargets --format 'deb-src $(REPO_URI) $(CODENAME) main' \
    'Created-By: Packages' 'Component: main' 'Origin: Debian' | sort -u > "$work/sources.list"
[ -s "$work/sources.list" ] || fail "no package lists of Debian are here; run 'apt-get update' as root first."

own_apt()
{
    apt-get -qq -o APT::Sandbox::User= -o Dir::Etc::sourcelist="$work/sources.list" \
        -o Dir::Etc::sourceparts=/dev/null -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" \
        -o APT::Update::Error-Mode=any "$@" > "$work/log" 2>&1
}

own_apt update || { cat "$work/log" >&2; fail "the lists of Debian's source packages could not be fetched."; }
(cd "$work/unpack" && own_apt source civetweb) ||
    { cat "$work/log" >&2; fail "the source package civetweb could not be fetched."; }

source=$(dirname "$(dirname "$(find "$work/unpack" -path '*/src/civetweb.c' -print -quit)")")
[ -e "$source/include/civetweb.h" ] || fail "the source package civetweb holds no src/civetweb.c and include/civetweb.h."
rm -rf "$folder"
mv "$source" "$folder"
