# Reads one suite's TAP. mode=count prints 'PASSED FAILED SKIPPED' (status: the suite's exit code), mode=failures the
# failing tests with what stands under them, mode=skips one line a skip. Only unindented lines count: an indented
# 'ok' belongs to a subtest.
/^1\.\.[0-9]+/ { planned = substr($1, 4) + 0; has_plan = 1; showing = 0; next }
/^Bail out!/ { broken++; if (mode == "failures") print; next }
/^(not )?ok / {
    showing = 0
    reason = ""
    if (match($0, /# *[Ss][Kk][Ii][Pp][^ ]* */)) {
        reason = substr($0, RSTART + RLENGTH)
        is_skip = 1
    } else {
        is_skip = 0
    }
    seen++
    if (is_skip) {
        skips++
        if (mode == "skips")
            print "skipped " (reason == "" ? $0 : reason)
    } else if ($1 == "ok") {
        passes++
    } else {
        fails++
        showing = 1
        if (mode == "failures")
            print
    }
    next
}
showing && mode == "failures" && /^([ \t]|# )/ && ++shown < 400 { print "    " $0 }
END {
    if (mode == "failures" && has_plan && planned != seen)
        print planned " tests were planned and " seen + 0 " ran"
    if (mode == "failures" && seen == 0)
        print "no test ran"
    if (mode != "count")
        exit
    # What ended too early, too late or without a test has failed, whatever its tests said.
    if (seen == 0 || (has_plan && planned != seen) || broken || (status != 0 && fails == 0))
        fails++
    print passes + 0, fails + 0, skips + 0
}
