"""How tests/run.sh counts: what a suite prints and its exit code, against passed, failed and skipped."""

import os
import subprocess

TAP_AWK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support/tap.awk")

# name, what the suite prints, its exit code, "passed failed skipped"
TABLE = [
    ("plain", "1..2\nok 1 - a\nok 2 - b\n", 0, "2 0 0"),
    ("criterion", "TAP version 13\n1..2\nok - a::b  (0.00s)\nnot ok - a::c  (0.00s)\n", 1, "1 1 0"),
    ("skips", "1..2\nok 1 - a # SKIP no phone here\nok 2 - b\n", 0, "1 0 1"),
    ("subtests", "ok 1 - a\n    ok 1 - inner\n    not ok 2 - inner\n1..1\n", 0, "1 0 0"),
    ("nothing", "", 0, "0 1 0"),
    ("died_before_its_end", "1..3\nok 1 - a\n", 0, "1 1 0"),
    ("died_after_its_end", "1..1\nok 1 - a\n", 139, "1 1 0"),
    ("failed_and_said_so", "1..1\nnot ok 1 - a\n", 1, "0 1 0"),
    ("gave_up", "1..1\nok 1 - a\nBail out! no server\n", 0, "1 1 0"),
    ("more_than_planned", "1..1\nok 1 - a\nok 2 - b\n", 0, "2 1 0"),
]


def require_counts(printed, code, wanted):
    command = ["awk", "-f", TAP_AWK, "-v", "mode=count", "-v", f"status={code}"]
    counted = subprocess.run(command, input=printed, capture_output=True, text=True, check=True).stdout.strip()
    assert counted == wanted, f"counted {counted}, not {wanted}"
