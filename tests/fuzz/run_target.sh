#!/bin/bash
# Usage: tests/fuzz/run_target.sh PROGRAM CORPUS
# Prints TAP: the corpus, then new inputs. The seed is fixed so that a run can be repeated; FUZZ_SECONDS=3600 and
# FUZZ_SEED=2 look further. An input that fails is printed in base64.
set -uo pipefail
program=$1 corpus=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/found"
[ -d "$corpus" ] && find "$corpus" -type f -exec cp -t "$work/found" {} +

attempt()    # NUMBER NAME OPTION...
{
    local number=$1 name=$2 input
    shift 2
    if "$program" -artifact_prefix="$work/" -timeout=20 -rss_limit_mb=2048 -print_final_stats=0 "$@" "$work/found" \
        > "$work/log" 2>&1; then
        echo "ok $number - $name"
        return
    fi
    echo "not ok $number - $name"
    tail -n 60 "$work/log" | sed 's/^/#  /'
    for input in "$work"/crash-* "$work"/leak-* "$work"/timeout-* "$work"/oom-*; do
        [ -e "$input" ] && echo "#  input: $(base64 -w 0 "$input")"
    done
    exit 1
}

echo 1..2
attempt 1 "the corpus is answered" -runs=0
attempt 2 "new inputs are answered" -seed="${FUZZ_SEED:-1}" -max_total_time="${FUZZ_SECONDS:-4}" -max_len=8192
