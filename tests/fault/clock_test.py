"""The clock as a fault: days that pass, a clock that is set back, one that was ahead. Each start of the program gets its
own time from libfaketime."""

import glob
import json
import os
import tempfile
import time

from ferry import release_ferry
from revoked import ask, authority_file, published
from tap import run, skip, test

LIBRARY = next(iter(glob.glob("/usr/lib/*/faketime/libfaketime.so.1")), None)
DAY, YEAR = 86400, 365 * 86400

world = {}


def at(ferry, seconds):
    """From now on programs of this authority start so many seconds from the real time."""
    if LIBRARY is None:
        skip("faketime is not installed")
    ferry.environment["LD_PRELOAD"] = LIBRARY
    ferry.environment["FAKETIME"] = f"{seconds:+d}"


def begin():
    if "ferry" not in world:
        ferry = world["ferry"] = release_ferry()
        at(ferry, 0)
        ferry.init()
    return world["ferry"]


def mint(ferry, user="ann@example.com"):
    out = os.path.join(tempfile.mkdtemp(prefix="certferry-clock-"), "bundle.p12")
    return ferry.run("mint", user, "--out", out, "--json")


def check(ferry):
    return {line["subject"]: line for line in map(json.loads, ferry.run("check", "--json").stdout.splitlines())}


def next_update(ferry, issuer="issuing"):
    return ask(ferry, f"SELECT next_update FROM crl WHERE issuer = '{issuer}'")[0]


def serve_until(ferry, is_done):
    ferry.serve()
    while not is_done():
        assert ferry.server.poll() is None, ferry.log
        time.sleep(0.05)
    assert ferry.stop() == 0, ferry.log


@test
def lists_are_renewed_days_before_they_expire():
    ferry = begin()
    for day in (0.5, 1.1, 2.2, 3.3):
        now = int(time.time() + day * DAY)
        at(ferry, int(day * DAY))
        before = published(ferry)[0]
        if day < 1:
            answer = json.loads(ferry.command("crl", "publish", "--ca", "issuing", "--if-due", "--json"))
            assert not answer["published"], "half a day old: none is due"
        else:
            serve_until(ferry, lambda: published(ferry)[0] > before)
            assert next_update(ferry) >= now + 6 * DAY


@test
def check_and_log_ask_for_the_roots_key_months_before():
    ferry = begin()
    key = authority_file(ferry, "ca/root.key")
    os.rename(key, ferry.file("root.key"))
    end = next_update(ferry, "root")
    at(ferry, 200 * DAY)
    ferry.command("crl", "publish")
    assert check(ferry)["root revocation list"]["level"] == "ok"
    at(ferry, 260 * DAY)
    line = check(ferry)["root revocation list"]
    assert line["level"] == "warning" and key in line["mend"] and "crl publish" in line["mend"], line
    serve_until(ferry, lambda: "the root's revocation list must be renewed before" in ferry.log)
    assert end == next_update(ferry, "root")
    os.rename(ferry.file("root.key"), key)


@test
def with_its_key_here_the_roots_list_is_renewed_by_itself():
    ferry = begin()
    at(ferry, 262 * DAY)
    before = published(ferry, "root")[0]
    serve_until(ferry, lambda: published(ferry, "root")[0] > before)
    assert check(ferry)["root revocation list"]["level"] == "ok"


@test
def a_clock_that_is_set_back_a_little_stops_nothing():
    ferry = begin()
    at(ferry, 262 * DAY - 120)
    done = mint(ferry)
    assert done.returncode == 0, done.stderr
    assert check(ferry)["dates"]["level"] == "ok"


@test
def a_clock_that_is_set_back_a_day_signs_nothing_and_says_so_everywhere():
    ferry = begin()
    at(ferry, 261 * DAY)
    number = published(ferry)
    for done in (mint(ferry), ferry.run("crl", "publish", "--ca", "issuing")):
        assert done.returncode == 4 and "set back" in done.stderr, done.stderr
        assert "certferry clock accept" in done.stderr, done.stderr
    line = check(ferry)["dates"]
    assert line["level"] == "error" and "clock accept" in line["sentence"], line
    size = len(ferry.log)
    serve_until(ferry, lambda: "the clock was set back" in ferry.log[size:])
    assert published(ferry) == number


@test
def the_clock_set_right_again_needs_nobody():
    ferry = begin()
    at(ferry, 263 * DAY)
    done = mint(ferry)
    assert done.returncode == 0, done.stderr


@test
def a_clock_that_was_years_ahead_is_recovered_by_one_command_and_a_restart():
    ferry = begin()
    at(ferry, 2 * YEAR)
    ahead = json.loads(ferry.command("crl", "publish", "--ca", "issuing", "--json"))
    at(ferry, 264 * DAY)
    assert mint(ferry).returncode == 4
    ferry.command("clock", "accept")
    assert mint(ferry).returncode == 0
    now = int(time.time()) + 264 * DAY
    serve_until(ferry, lambda: published(ferry)[0] > ahead["number"])
    assert next_update(ferry) < now + 8 * DAY, "the list of the future is replaced by one of today"
    assert check(ferry)["issuing revocation list"]["level"] == "ok"


try:
    run()
finally:
    if "ferry" in world:
        world["ferry"].close()
