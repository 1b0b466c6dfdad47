"""A verdict beside OpenSSL's bare check of the same certificate, and while a thousand others a second are revoked."""

import os
import statistics
import subprocess

from ferry import Ferry
from tap import note, run, test

PROGRAM = os.environ["CERTFERRY_RELEASE"]
BUILD = os.path.dirname(os.path.dirname(PROGRAM))
ROUNDS = 9
COLUMNS = ["ours", "bare", "different", "same", "different_then", "same_then", "revoked"]


def build_rate():
    subprocess.run(["cmake", "--build", BUILD, "--target", "verdict_rate"], check=True, capture_output=True)
    return os.path.join(BUILD, "tests", "bench", "verdict_rate")


def measure():
    program = build_rate()
    ferry = Ferry(program=PROGRAM, keys=None)
    try:
        ferry.init()
        done = subprocess.run([program, ferry.config, str(ROUNDS)], check=True, capture_output=True, text=True)
    finally:
        ferry.close()
    return [dict(zip(COLUMNS, map(int, line.split()))) for line in done.stdout.splitlines()]


FIGURES = measure()


def middle(name):
    return statistics.median(row[name] for row in FIGURES)


def ratio(name, other):
    return statistics.median(row[name] / row[other] for row in FIGURES)


@test
def different_certificates_are_judged_at_0_8_times_the_rate_of_bare_checks():
    note(f"a verdict {middle('ours') / 1000:.0f} us, a bare check {middle('bare') / 1000:.0f} us (medians of {ROUNDS} rounds)")
    found = ratio("bare", "ours")
    note(f"{found:.2f} times the rate of X509_verify_cert with parsing")
    assert found >= 0.8, found


@test
def a_thousand_revocations_a_second_do_not_slow_verdicts_by_more_than_a_tenth():
    note(f"{middle('revoked'):.0f} revocations a second, a commit each")
    for name in ("different", "same"):
        slower = ratio(f"{name}_then", name)
        note(f"{name}: median {middle(name) / 1000:.1f} us, {middle(name + '_then') / 1000:.1f} us meanwhile: {slower:.2f}")
        assert slower <= 1.1, (name, slower)


run()
