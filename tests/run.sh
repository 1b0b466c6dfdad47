#!/bin/bash
# Usage: tests/run.sh [lint|unit|http|browser|interop|fuzz|fault|bench]...      (without a group: all but bench)
#
# Installs what it needs (deploy/packages, and npm packages by their lock files), builds with sanitizers, without them
# and with clang, and runs the suites of each group. A suite is a program that prints TAP: the Criterion programs of
# tests/unit, the scripts tests/GROUP/*_test.{py,sh,mjs}, the fuzz targets of tests/fuzz, the checks of tests/lint.
# A suite finds the program in $CERTFERRY (sanitizers), $CERTFERRY_RELEASE and, in the group fault, $CERTFERRY_TSAN
# (ThreadSanitizer), and writes below $TMPDIR only.
#
# As many suites run at a time as there are processors, two more where suites wait for their servers most of the time;
# those of bench one by one. The next group is built while the last suites of a group still run. One line for a suite
# that passes, with its figures where it is of bench, its failing tests and what they said otherwise. The last line
# counts single tests: 'N passed, N failed, N skipped'; the exit code is 1 when any failed.
set -uo pipefail
cd "$(dirname "$(realpath "$0")")/.." || exit 1
readonly top=$PWD
readonly all_groups=(lint unit http browser interop fuzz fault)
suite_seconds=900    # after which a suite hangs

passed=0 failed=0 skipped=0
running=()    # the folders of suites that have not been reported
work=$(mktemp -d)
chmod 711 "$work"    # a mail server under test reads its files as a user of its own
trap 'rm -rf "$work"' EXIT

usage()
{
    echo "usage: tests/run.sh [lint|unit|http|browser|interop|fuzz|fault|bench]..." >&2
    exit 2
}

finish()
{
    if [ $((passed + failed + skipped)) -eq 0 ]; then
        echo "no test was found"
        failed=1
    fi
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ]
    exit
}

# What processors spent for the children of a shell, from what `times` printed there: whole seconds.
cpu_seconds()    # FILE
{
    awk -F '[ms ]' 'NR == 2 { printf "%.0f", 60 * ($1 + $4) + $2 + $5 }' "$1"
}

# One test of ours that is not a suite: a build, an installation.
step()    # NAME COMMAND...
{
    local name=$1 start=$SECONDS
    shift
    if ("$@" && times > "$work/times") > "$work/step" 2>&1 < /dev/null; then
        passed=$((passed + 1))
        printf 'ok      %-28s %10s %4d s, %4d s CPU\n' "$name" "" $((SECONDS - start)) "$(cpu_seconds "$work/times")"
        return 0
    fi
    failed=$((failed + 1))
    printf 'FAILED  %-28s\n' "$name"
    tail -n 60 "$work/step"
    return 1
}

show_failures()    # FOLDER of one suite's output
{
    awk -f tests/support/tap.awk -v mode=failures "$1/out"
    if [ -s "$1/err" ]; then
        echo "--- the last lines of standard error"
        tail -n 40 "$1/err"
    fi
    for report in "$1"/report.*; do
        [ -e "$report" ] && sed "/^Shadow bytes/,\$d" "$report" | head -n 40
    done
}

# One suite, as a job in the background: what it said, and how it ended, stand in its folder.
run_suite()    # FOLDER COMMAND...
{
    local folder=$1 start=$SECONDS status pid
    shift
    TMPDIR=$folder/tmp ASAN_OPTIONS="$asan_options:log_path=$folder/report" \
        UBSAN_OPTIONS="print_stacktrace=1:log_path=$folder/report" \
        timeout -k 10 "$suite_seconds" "$@" > "$folder/out" 2> "$folder/err" < /dev/null &
    pid=$!
    wait "$pid"
    status=$?
    kill -KILL -- "-$pid" 2> /dev/null    # what the suite left running
    times > "$folder/times"
    echo "$status $((SECONDS - start)) $(cpu_seconds "$folder/times")" > "$folder/ended"
}

report_suite()    # FOLDER
{
    local folder=$1 name status seconds cpu good bad without more=0
    name=$(cat "$folder/name")
    read -r status seconds cpu < "$folder/ended"
    read -r good bad without < <(awk -f tests/support/tap.awk -v mode=count -v status="$status" "$folder/out")
    # A report may also hold a mere warning, for instance that there is no symbolizer.
    grep -qsE 'ERROR: (Leak|Address)Sanitizer|runtime error:' "$folder"/{out,err,report.*} && more=1
    passed=$((passed + good)) failed=$((failed + bad + more)) skipped=$((skipped + without))

    if [ $((bad + more)) -eq 0 ]; then
        printf 'ok      %-28s %3d passed' "$name" "$good"
    else
        printf 'FAILED  %-28s %3d passed, %d failed' "$name" "$good" $((bad + more))
    fi
    [ "$without" -gt 0 ] && printf ', %d skipped' "$without"
    printf ' %4d s, %4d s CPU\n' "$seconds" "$cpu"
    awk -f tests/support/tap.awk -v mode=skips "$folder/out"
    [[ $name == bench/* && $((bad + more)) -eq 0 ]] && sed -n 's/^# /        /p' "$folder/out"
    if [ $((bad + more)) -gt 0 ]; then
        [ "$more" -eq 1 ] && echo "a sanitizer reported an error"
        [ "$status" -eq 124 ] && echo "the suite did not end within $suite_seconds s"
        [ "$status" -ne 0 ] && [ "$status" -ne 1 ] && echo "exit code $status"
        show_failures "$folder"
    fi
    rm -rf "$folder"
}

# Reports what has ended, until no more than so many suites run.
wait_until_running()    # MOST
{
    local folder left
    while true; do
        left=()
        for folder in "${running[@]}"; do
            if [ -e "$folder/ended" ]; then report_suite "$folder"; else left+=("$folder"); fi
        done
        running=("${left[@]}")
        [ "${#running[@]}" -le "$1" ] && return
        wait -n
    done
}

suite()    # NAME COMMAND...
{
    local name=$1 folder
    shift
    folder=$work/$(echo "$name" | tr / -)
    wait_until_running $((at_once - 1))
    mkdir -p "$folder/tmp"
    echo "$name" > "$folder/name"
    run_suite "$folder" "$@" &
    running+=("$folder")
}

readonly asan_options=detect_leaks=1:detect_stack_use_after_return=1:check_initialization_order=1

configure_and_build()    # PRESET TARGET...
{
    local preset=$1 launcher=()
    shift
    command -v ccache > /dev/null && launcher=(-DCMAKE_C_COMPILER_LAUNCHER=ccache)
    if [ ! -e ".build/$preset/build.ninja" ]; then
        cmake -C "deploy/presets/$preset.cmake" -S . -B ".build/$preset" -G Ninja "${launcher[@]}" || return 1
    fi
    ninja --quiet -C ".build/$preset" "$@"
}

# Each program is built once; a group whose program does not build has failed by that.
build_programs()
{
    [ -n "${CERTFERRY:-}" ] && return 0
    step "build asan" configure_and_build asan certferry certferry-phone || return 1
    step "build release" configure_and_build release certferry certferry-phone || return 1
    export CERTFERRY=$top/.build/asan/src/certferry CERTFERRY_RELEASE=$top/.build/release/src/certferry
}

build_tsan()
{
    step "build tsan" configure_and_build tsan certferry || return 1
    export CERTFERRY_TSAN=$top/.build/tsan/src/certferry
}

install_npm_packages()    # FOLDER with package.json
{
    local folder=$1
    [ -e "$folder/package-lock.json" ] || return 0
    [ "$folder/node_modules/.package-lock.json" -nt "$folder/package-lock.json" ] && return 0
    step "npm $folder" npm ci --prefix "$folder" --no-audit --no-fund --ignore-scripts --loglevel=error
}

run_scripts()    # GROUP
{
    local script name
    for script in "tests/$1"/*_test.{py,sh,mjs}; do
        [ -e "$script" ] || continue
        name=$1/$(basename "${script%_test.*}")
        case $script in
            *.py) suite "$name" python3 -B "$script" ;;
            *.sh) suite "$name" bash "$script" ;;
            *.mjs) suite "$name" node --test-reporter=tap "$script" ;;
        esac
    done
}

run_lint()
{
    suite lint python3 -B tests/lint/lint.py
}

run_unit()
{
    step "build unit tests" configure_and_build asan all || return
    local program
    for program in .build/asan/tests/unit/unit_*; do
        [ -f "$program" ] && [ -x "$program" ] && suite "unit/${program##*/unit_}" "$program" --tap -j2
    done
}

run_fuzz()
{
    step "build clang" configure_and_build fuzz all || return
    local program name
    for program in .build/fuzz/tests/fuzz/fuzz_*; do
        [ -f "$program" ] && [ -x "$program" ] || continue
        name=${program##*/fuzz_}
        suite "fuzz/$name" bash tests/fuzz/run_target.sh "$program" "tests/fuzz/corpus/$name"
    done
}

run_group()
{
    at_once=$(nproc)
    case $1 in
        lint) run_lint ;;
        unit) run_unit ;;
        fuzz) run_fuzz ;;
        fault)
            build_programs && build_tsan && at_once=$((at_once + 2)) && run_scripts fault
            ;;
        http | interop | browser)
            build_programs && install_npm_packages "tests/$1" && at_once=$((at_once + 2)) && run_scripts "$1"
            ;;
        bench)
            # Figures are taken alone.
            build_programs && install_npm_packages tests/bench || return
            wait_until_running 0
            at_once=1 suite_seconds=3600    # a million rows are made first
            run_scripts bench
            wait_until_running 0
            ;;
    esac
}

groups=("$@")
[ $# -gt 0 ] || groups=("${all_groups[@]}")
for group in "${groups[@]}"; do
    [[ " ${all_groups[*]} bench " == *" $group "* ]] || usage
done

unset CERTFERRY CERTFERRY_RELEASE CERTFERRY_CONFIG
export PYTHONPATH=$top/tests/support PYTHONDONTWRITEBYTECODE=1 LC_ALL=C.UTF-8 TZ=UTC
deploy/install-packages.sh build test || { failed=1; finish; }
for group in "${groups[@]}"; do
    run_group "$group"
done
wait_until_running 0
finish
