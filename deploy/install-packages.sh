#!/bin/bash
# Usage: deploy/install-packages.sh SECTION...      (sections of deploy/packages: build, test)
# Installs what is missing of Debian's packages, and says which; touches nothing when all is there.
set -euo pipefail
folder=$(dirname "$(realpath "$0")")

fail()
{
    echo "install-packages: $1" >&2
    exit 1
}

[ $# -gt 0 ] || { echo "usage: $0 SECTION..." >&2; exit 2; }
for section in "$@"; do
    grep -qxF "[$section]" "$folder/packages" || fail "deploy/packages has no section [$section]."
done

is_installed()
{
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2> /dev/null)" = installed ]
}

wanted()
{
    awk -v sections=" $* " '/^\[/ { inside = index(sections, " " substr($1, 2, length($1) - 2) " ") }
        inside && $1 ~ /^[a-z0-9]/ { print $1, $2 }' "$folder/packages"
}

missing=()
if command -v apt-get > /dev/null; then
    while read -r package command; do
        if [ -n "$command" ] && command -v "$command" > /dev/null; then
            continue
        fi
        is_installed "$package" || missing+=("$package")
    done < <(wanted "$@")
else
    fail "there is no apt-get here; install what deploy/packages lists by the means of this system."
fi

# CivetWeb's source comes through the same lists (deploy/fetch-civetweb.sh), and an image may have thrown them away.
no_lists()
{
    [ ! -e "$folder/../.build/civetweb/src/civetweb.c" ] &&
        [ -z "$(apt-get indextargets --format x 'Created-By: Packages' 'Origin: Debian')" ]
}
[ ${#missing[@]} -gt 0 ] || no_lists || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo > /dev/null ||
        fail "these packages are missing, and only root can install them: ${missing[*]:-(package lists)}."
    as_root=(sudo)
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
run_apt()
{
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@" \
        < /dev/null > "$log" 2>&1 || { cat "$log" >&2; return 1; }
}

run_apt update || fail "the package lists could not be fetched; is the network there?"
[ ${#missing[@]} -gt 0 ] || exit 0
echo "install-packages: installing ${missing[*]}"
run_apt install -y --no-install-recommends "${missing[@]}" || fail "the packages could not be installed."
