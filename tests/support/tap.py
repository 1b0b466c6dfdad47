"""Tests in Python that print TAP, with the standard library only.

    from tap import test, skip, run

    @test
    def refuses_a_second_claim():
        assert status == 403, f"answered {status}"

    run()

The name of the function is the name of the test. A test fails by an exception and is skipped by skip("reason").
run() runs all tests in the order of the file, prints TAP and ends the program with exit code 0 or 1. Words on the
command line are names of the only tests to run.
"""

import os
import sys
import traceback

_tests = []


class Skipped(Exception):
    pass


def test(function):
    _tests.append((function.__name__, function))
    return function


def case(name, function, *arguments):
    """One row of a table as a test of its own."""
    _tests.append((name, lambda: function(*arguments)))


def skip(reason):
    raise Skipped(reason)


def note(text):
    """A remark in the output that is not a test."""
    print(f"# {text}")


def _diagnose(text):
    for line in text.rstrip().splitlines():
        print(f"#  {line}")


def _place(problem):
    """File and line of the assertion that failed."""
    frame = traceback.extract_tb(problem.__traceback__)[-1]
    return f"{os.path.basename(frame.filename)}:{frame.lineno}"


def _run_one(number, name, function):
    shown = name.replace("#", "")
    try:
        function()
        print(f"ok {number} - {shown}", flush=True)
        return True
    except Skipped as skipped:
        print(f"ok {number} - {shown} # SKIP {skipped}", flush=True)
        return True
    except Exception as problem:
        print(f"not ok {number} - {shown}")
        said = isinstance(problem, AssertionError) and str(problem)
        _diagnose(f"{_place(problem)}: {problem}" if said else traceback.format_exc())
        sys.stdout.flush()
        return False


def run():
    chosen = [entry for entry in _tests if not sys.argv[1:] or entry[0] in sys.argv[1:]]
    print(f"1..{len(chosen)}", flush=True)
    results = [_run_one(number, *entry) for number, entry in enumerate(chosen, 1)]
    sys.exit(0 if all(results) else 1)
