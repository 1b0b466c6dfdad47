#!/bin/bash
# Usage: deploy/quickstart.sh [--host NAME] [--dir DIR] [--no-serve]
#
# From a bare Debian 12 to a running demo: installs what the build needs, builds, makes a certificate authority in DIR
# (./demo), serves it in the background, and prints the page for phones, the admin's log-in and a first link. It ends by
# fetching every address that it printed. A second run starts the demo that is there.
#
#   --host NAME   the name or address that phones will use; by default this machine's first that is not loopback
#   --dir DIR     where the demo lives
#   --no-serve    stop after the set-up
set -euo pipefail

fail()
{
    echo "quickstart: $1" >&2
    exit 1
}

usage()
{
    sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0"
}

invoked_in=$PWD
cd "$(dirname "$(realpath "$0")")/.."
host="" dir=$PWD/demo serve=yes
while [ $# -gt 0 ]; do
    case $1 in
        --host | --dir)
            [ -n "${2:-}" ] || fail "$1 needs a value."
            [ "$1" = --host ] && host=$2 || dir=$(cd "$invoked_in" && realpath -m "$2")
            shift 2
            ;;
        --no-serve) serve=no && shift ;;
        --help | -h) usage && exit 0 ;;
        *) usage >&2 && exit 2 ;;
    esac
done
unset "${!CERTFERRY_@}"
readonly program=$PWD/.build/release/src/certferry config=$dir/certferry.conf

first_address()
{
    hostname -I 2> /dev/null | tr ' ' '\n' | grep -m 1 -E '^[0-9.]+$' || echo 127.0.0.1
}

# The text value of one key in a line of JSON, for values without quotes and backslashes.
json_text()    # KEY
{
    sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p"
}

build()
{
    local log=$PWD/.build/release.log folder=.build/release
    mkdir -p .build
    echo "Building (the details are in .build/release.log)"
    {
        { [ -e "$folder/build.ninja" ] || cmake -C deploy/presets/release.cmake -S . -B "$folder" -G Ninja; } &&
            ninja -C "$folder" certferry certferry-phone
    } > "$log" 2>&1 < /dev/null || { tail -n 30 "$log" >&2; fail "the build failed; the lines above say where."; }
}

make_authority()
{
    getent ahosts "$host" > /dev/null ||
        fail "this machine does not know the name '$host', so its pages could not be reached: give --host a name or address that leads here."
    echo "Making a certificate authority in $dir"
    made=$("$program" init "$dir" --name "Demo Organisation" --host "$host" --json) ||
        fail "the authority could not be made; the line above says why."
}

# Whether the process serves this demo. Its command line tells; more of a process that holds keys, only root may see.
serves_demo()    # PID
{
    { tr '\0' '\n' < "/proc/$1/cmdline" | grep -qxF "$config"; } 2> /dev/null
}

# Whether the demo is served; a server of an older build than the one just made is ended.
is_serving()
{
    local pid
    pid=$(cat "$dir/serve.pid" 2> /dev/null) && serves_demo "$pid" || return 1
    [ "$program" -nt "$dir/serve.pid" ] || return 0
    kill "$pid"
    while serves_demo "$pid"; do
        sleep 0.05
    done
    return 1
}

start()
{
    rm -f "$dir/ready.json"
    (umask 077 && : >> "$dir/serve.log")
    setsid nohup "$program" -c "$config" serve --ready-file "$dir/ready.json" >> "$dir/serve.log" 2>&1 < /dev/null &
    local pid=$!
    echo "$pid" > "$dir/serve.pid"
    until [ -s "$dir/ready.json" ]; do
        if ! kill -0 "$pid" 2> /dev/null; then
            rm -f "$dir/serve.pid"
            tail -n 1 "$dir/serve.log" >&2
            fail "the server did not start; the line above says why."
        fi
        sleep 0.05
    done
}

# The value of the first line KEY = "value" in the configuration; the rest is comments.
setting()    # KEY
{
    sed -n "s/^ *$1 *= *\"\([^\"]*\)\".*/\1/p" "$config" | head -n 1
}

port_of()    # LISTENER
{
    sed -n "s/.*\"$1\": *\([0-9]*\).*/\1/p" "$dir/ready.json"
}

# As a phone fetches that has installed the root certificate, and trusts nothing else.
fetch()    # URL [OPTION OF curl]...
{
    curl --silent --show-error --noproxy '*' --max-time 20 --cacert "$root" --capath /dev/null "$@"
}

must_answer()    # URL STATUS
{
    [ "$(fetch "$1" --output /dev/null --write-out '%{http_code}')" = "$2" ] ||
        fail "$1 does not answer: does '$host' lead to this machine, and is no firewall before the port?"
}

deploy/install-packages.sh build
build

made=""
if [ -e "$config" ]; then
    known=$(setting host)
    [ -z "$host" ] || [ "$host" = "$known" ] ||
        fail "the demo in $dir was made for '$known': for '$host', remove it or give another --dir."
    host=$known
else
    host=${host:-$(first_address)}
    make_authority
fi
admin="kept from the first run"
[ -z "$made" ] || admin="$(json_text admin <<< "$made"), password $(json_text password <<< "$made") (shown only now)"

if [ "$serve" = no ]; then
    echo
    echo "Admin:    $admin"
    echo "Serve:    $program -c $config serve"
    exit 0
fi

is_serving || start
root=$dir/ca/root.pem
name=$host
[[ $name != *:* ]] || name="[$name]"
page=http://$name:$(port_of http)/
secure=https://$name:$(port_of https)/
mail=https://$name:$(port_of eas)/Microsoft-Server-ActiveSync
link=$("$program" -c "$config" link create first@example.com --json) ||
    fail "no link could be made; the line above says why."
url=$(json_text url <<< "$link")

echo
qrencode --type ANSIUTF8 --margin 2 "$page"
echo
echo "Page for phones:   $page    (the QR code above)"
echo "The same by TLS:   $secure"
echo "A first link:      $url"
echo "  its PIN:         $(json_text pin <<< "$link")"
echo "Operators' pages:  ${secure}admin"
echo "  log in as:       $admin"
echo "ActiveSync:        $mail    (says what arrives of a phone's certificate)"
echo "Root certificate:  $root"
echo "Stop:              kill $(cat "$dir/serve.pid")    (the log is $dir/serve.log)"
fetch "${page}ca/root.pem" | cmp --silent - "$root" ||
    fail "$page does not give the root certificate of this demo: does '$host' lead to this machine?"
for address in "$page" "$secure" "$url" "${secure}admin/login"; do
    must_answer "$address" 200
done
must_answer "$mail" 501 # as an Exchange server says to a browser
echo "All addresses answered."
