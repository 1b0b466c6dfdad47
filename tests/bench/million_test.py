"""A million certificates and a million links cost no more than hardly any.

Each list, search, page and claim is timed in turn on two servers of the same build: one with enough rows to fill a page of
every list, one with a million of each (or as many as CERTFERRY_BENCH_ROWS says). What is compared is the 99th percentile of
the one with that of the other.
"""

import contextlib
import http.client
import itertools
import os
import random
import sqlite3
import statistics
import subprocess
import time
import urllib.parse

import million
from desk import Desk
from processor import wait_until_idle
from tap import case, note, run

FEW, MANY = 4000, int(os.environ.get("CERTFERRY_BENCH_ROWS", million.COUNT))
ROUNDS = 250
COMMANDS = 40
CLAIMS = 60
MOST = 2.0
TRIALS = 3


def percentile(times, part=0.99):
    return sorted(times)[min(len(times) - 1, int(len(times) * part))]


class Browser:
    """An operator's browser: one connection that stays open, and something to look for."""

    def __init__(self, server):
        self.server = server
        self.connection = http.client.HTTPSConnection("127.0.0.1", server.https_port, context=server.tls)
        self.cookie = Desk(server).cookie
        with contextlib.closing(sqlite3.connect(server.file("authority/certferry.db"))) as database:
            self.serial, self.user = database.execute(
                "SELECT serial, user_name FROM certificate WHERE profile = 'user' AND state = 'issued' ORDER BY serial LIMIT 1 OFFSET 1000"
            ).fetchone()
            self.middle = database.execute("SELECT serial FROM certificate ORDER BY serial LIMIT 1 OFFSET 800").fetchone()[0]
            self.link = database.execute("SELECT id FROM link WHERE id > 'k' LIMIT 1").fetchone()[0]

    def get(self, path):
        """Seconds that the page takes, and its length."""
        path = path.format(user=urllib.parse.quote(self.user), serial=self.serial, part=self.serial[:12], link=self.link,
                           middle=self.middle)  # fmt: skip
        begun = time.perf_counter()
        self.connection.request("GET", path, headers={"Cookie": self.cookie})
        answer = self.connection.getresponse()
        body = answer.read()
        took = time.perf_counter() - begun
        assert answer.status == 200, f"{path}: {answer.status} {body[:300]}"
        return took, len(body)


def ratio(what, few, many):
    low, high = percentile(few), percentile(many)
    middle = statistics.median(many) / statistics.median(few)
    note(f"{what}: {low * 1000:.1f} ms with {FEW}, {high * 1000:.1f} ms with {MANY}: {high / low:.2f} times"
         f" (medians: {middle:.2f} times)")  # fmt: skip
    return high / low


def compare(what, measure):
    """A neighbour on the machine makes some of two hundred answers of one side late, and seldom three times in a row."""
    ratios = []
    while len(ratios) < TRIALS and (not ratios or ratios[-1] >= MOST):
        ratios.append(ratio(what, *measure()))
    assert ratios[-1] < MOST, f"{', '.join(f'{one:.2f}' for one in ratios)} times"


def in_turn(pair):
    """The few and the many, each of them first as often as the other: who goes second finds a warmer machine."""
    numbered = list(enumerate(pair))
    random.shuffle(numbered)
    return numbered


# The server with few rows, then the one with many.
SERVERS = [million.Copy(FEW, bundle_key_pool=CLAIMS + 8), million.Copy(MANY, bundle_key_pool=CLAIMS + 8)]
BROWSERS = []


def page(path):
    for browser in BROWSERS:
        for _ in range(3):
            browser.get(path)

    def measure():
        times = [[], []]
        for _ in range(ROUNDS):
            for index, browser in in_turn(BROWSERS):
                times[index].append(browser.get(path)[0])
        return times

    compare(path, measure)


def command(*words):
    def measure():
        times = [[], []]
        for _ in range(COMMANDS):
            for index, browser in in_turn(BROWSERS):
                filled = [word.format(serial=browser.serial, user=browser.user, link=browser.link) for word in words]
                begun = time.perf_counter()
                done = subprocess.run([browser.server.program, "-c", browser.server.config, *filled], capture_output=True,
                                      check=False, env=browser.server.environment)  # fmt: skip
                times[index].append(time.perf_counter() - begun)
                assert done.returncode == 0, done.stderr
        return times

    compare("certferry " + " ".join(words), measure)


def claims():
    for server in SERVERS:
        wait_until_idle(server.server.pid)
    number = itertools.count()

    def measure():
        times = [[], []]
        for _ in range(CLAIMS):
            for index, server in in_turn(SERVERS):
                link = server.link(f"new.{next(number)}@example.org")
                begun = time.perf_counter()
                answer = server.claim(link)
                times[index].append(time.perf_counter() - begun)
                assert answer.status == 200, answer
        return times

    compare("a claim", measure)


PAGES = [
    "/admin",
    "/admin/people",
    "/admin/people?after={middle}",
    "/admin/people?show=issued",
    "/admin/people?show=expiring",
    "/admin/people?show=revoked",
    "/admin/people?search=s",
    "/admin/people?search=sch&show=revoked",
    "/admin/people?search={part}",
    "/admin/people?search={user}",
    "/admin/people?search=nobodyatall",
    "/admin/people/{user}",
    "/admin/certificates/{serial}",
    "/admin/ca",
    "/admin/devices",
    "/admin/audit",
    "/admin/audit?after=900",
    "/admin/audit?kind=certificate&object={serial}",
]
COMMAND_LINES = [
    ("link", "list", "--limit", "50"),
    ("link", "list", "--limit", "50", "--state", "in_use"),
    ("link", "list", "--limit", "50", "--search", "s"),
    ("link", "show", "{link}"),
    ("cert", "list", "--limit", "50"),
    ("cert", "list", "--limit", "50", "--search", "s"),
    ("cert", "list", "--user", "{user}"),
    ("cert", "show", "{serial}"),
]

try:
    for server in SERVERS:
        server.__enter__()
        BROWSERS.append(Browser(server))
    for path in PAGES:
        case(path, page, path)
    for words in COMMAND_LINES:
        case(" ".join(words), command, *words)
    case("a claim", claims)
    run()
finally:
    for server in SERVERS:
        server.close()
