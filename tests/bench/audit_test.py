"""An audit of a million rows: proving it against reading it, lists against those of a short one, and a backup of it.

AUDIT_ROWS=400000 makes it shorter; a database below 64 MB is looked through at every start, which would be measured
too. A machine that is busy with other things measures that; run it alone.
"""

import hashlib
import os
import sqlite3
import statistics
import subprocess
import time

from ferry import Ferry
from tap import note, run, test

ROWS = int(os.environ.get("AUDIT_ROWS", "1000000"))
LISTS = 9
FILTERS = {
    "all": [],
    "actor": ["--actor", "phone"],
    "action": ["--action", "link.claim"],
    "actor and action": ["--actor", "operator:anna7", "--action", "link.create"],
    "object": ["--object", "object77"],
    "a day": ["--from", "2020-01-03", "--to", "2020-01-04"],
}

world = {}


def part(value):
    text = str(value).encode()
    return b"%d:%s\n" % (len(text), text)


def more_rows(last, before):
    """Rows as the program would write them, behind row `last` with the hash `before`."""
    actions = ["link.create", "link.claim", "link.deliver", "certificate.issue"]
    for number in range(last + 1, ROWS + 1):
        actor = "phone" if number % 2 else f"operator:anna{number % 10}"
        action = actions[number % 4]
        row = (number, 1577836800 + number, actor, action, action.partition(".")[0], f"object{number // 8}", "192.0.2.7",
               '{"user":"ann@example.org"}')  # fmt: skip
        before = hashlib.sha256(b"certferry audit 1\n" + part(before) + b"".join(map(part, row))).hexdigest()
        yield (*row, bytes.fromhex(before))


def database(ferry):
    return os.path.join(os.path.dirname(ferry.config), "certferry.db")


def fill(ferry):
    with sqlite3.connect(database(ferry)) as connection:
        [[last, before]] = connection.execute("SELECT id, lower(hex(hash)) FROM audit ORDER BY id DESC LIMIT 1").fetchall()
        connection.executemany("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", more_rows(last, before))


def begin():
    for name in ("short", "long"):
        world[name] = Ferry(program=os.environ["CERTFERRY_RELEASE"], keys=None, options=["--key", "ec-p256"])
        world[name].init()
    fill(world["long"])


def seconds(action):
    start = time.monotonic()
    action()
    return time.monotonic() - start


def read_all(ferry):
    """What any reader pays: SQLite's library, every column of every row."""
    with sqlite3.connect(database(ferry)) as connection:
        for _ in connection.execute("SELECT * FROM audit"):
            pass


@test
def a_million_rows_are_proved_in_a_few_times_what_reading_them_takes():
    begin()
    read = min(seconds(lambda: read_all(world["long"])) for _ in range(3))
    proved = min(seconds(lambda: world["long"].command("audit", "verify")) for _ in range(3))
    note(f"{ROWS} rows: read in {read:.2f} s, proved in {proved:.2f} s, {proved / read:.1f} times")
    assert proved < 10 * read


def median_list(ferry, words):
    return statistics.median(seconds(lambda: ferry.command("audit", "list", "--limit", "50", *words)) for _ in range(LISTS))


@test
def lists_of_a_million_rows_begin_as_fast_as_those_of_a_short_audit():
    for name, words in FILTERS.items():
        short, long = median_list(world["short"], words), median_list(world["long"], words)
        note(f"list by {name}: {short * 1000:.1f} ms short, {long * 1000:.1f} ms of {ROWS}, {long / short:.2f} times")
        assert long < 2 * short, name


def back_up(ferry, phrase):
    """Seconds, and the most memory in bytes."""
    words = [ferry.program, "-c", ferry.config, "backup", ferry.file("backup"), "--passphrase-file", phrase]
    start = time.monotonic()
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=ferry.environment)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0
    return time.monotonic() - start, usage.ru_maxrss * 1024


@test
def a_backup_takes_no_memory_for_the_length_of_the_database():
    phrase = world["long"].file("phrase")
    with open(phrase, "w", encoding="utf-8", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        file.write("a passphrase for the figures")
    taken = {name: back_up(world[name], phrase) for name in ("short", "long")}
    size = os.path.getsize(world["long"].file("backup")) / 1e6
    for name, (took, memory) in taken.items():
        note(f"backup, {name}: {took:.1f} s, {memory / 1e6:.0f} MB of memory")
    assert taken["long"][1] < taken["short"][1] + 16e6
    restored = seconds(lambda: world["long"].command(
        "restore", world["long"].file("backup"), "--into", world["long"].file("back"), "--passphrase-file", phrase))  # fmt: skip
    note(f"restore of {size:.0f} MB: {restored:.1f} s, checked whole and proved")


try:
    run()
finally:
    for ferry in world.values():
        ferry.close()
