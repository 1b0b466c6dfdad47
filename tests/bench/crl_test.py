"""A revocation list of a million entries: how long, in how much memory, and what a revocation costs beside it.

Times are medians, and ratios to OpenSSL's bare calls (bare_crl.c) on the same machine in the same run.
"""

import hashlib
import json
import os
import re
import sqlite3
import statistics
import subprocess
import tempfile
import time

from ferry import Ferry
from tap import note, run, test

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.environ["CERTFERRY_RELEASE"]
ENTRIES = 1_000_000
ROUNDS = 3
REVOCATIONS = 15
CERTIFICATE = 1200  # bytes of one in the database
DAY = 86400


def serial_of(number):
    return "7" + hashlib.sha256(str(number).encode()).hexdigest()[:31]


def rows(now):
    for number in range(ENTRIES):
        yield (serial_of(number), now + 30 * DAY + number % (300 * DAY), now - number % DAY, number % 2)


def add_revoked(database):
    """The certificates of a large organisation, all revoked; the change is counted once."""
    with sqlite3.connect(database) as connection:
        connection.executemany(
            "INSERT INTO certificate (serial, issuer, profile, user_name, person_name, mail, device, not_before,"
            " not_after, state, der, reserved_at, lease_until, issued_at, revoked_at, reason, created_by)"
            f" VALUES (?1, 'issuing', 'user', ?1, '', '', '', 0, ?2, 'revoked', zeroblob({CERTIFICATE}), 1, 0, 1, ?3,"
            " ?4, 'bench')",
            rows(int(time.time())),
        )
        connection.execute("UPDATE crl SET changes = changes + 1 WHERE issuer = 'issuing'")
    connection.close()


def database_of(ferry):
    return os.path.join(os.path.dirname(ferry.config), "certferry.db")


def ask(ferry, sql):
    connection = sqlite3.connect(database_of(ferry), timeout=60)
    try:
        return connection.execute(sql).fetchone()
    finally:
        connection.close()


def build_bare():
    program = os.path.join(tempfile.mkdtemp(prefix="certferry-bench-"), "bare_crl")
    subprocess.run(["cc", "-O2", f"{HERE}/bare_crl.c", "-o", program, "-lcrypto"], check=True)
    return program


def bare_seconds(program):
    done = subprocess.run([program, str(ENTRIES), "1"], check=True, capture_output=True, text=True)
    return int(done.stdout) / 1e6


def publish(ferry):
    begun = time.monotonic()
    answer = json.loads(ferry.command("crl", "publish", "--ca", "issuing", "--json"))
    return time.monotonic() - begun, answer["entries"]


def peak(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return int(re.search(r"^VmHWM:\s+(\d+) kB", file.read(), re.MULTILINE).group(1)) * 1024


def signer_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return int(file.read().split()[0])


def revoke_once(ferry, number):
    """The transaction alone, by the audit's twin of it: the command minus what `cert show` takes to start."""
    user = f"user{number}@example.com"
    serial = json.loads(ferry.command("mint", user, "--out", ferry.file(f"{number}.p12"), "--json"))["serial"]
    begun = time.monotonic()
    ferry.command("cert", "show", serial, "--json")
    shown = time.monotonic()
    ferry.command("cert", "revoke", serial, "--json")
    return time.monotonic() - shown, shown - begun


def revoke_many(ferry, first):
    taken = [revoke_once(ferry, first + number) for number in range(REVOCATIONS)]
    return statistics.median(whole for whole, _ in taken), statistics.median(start for _, start in taken)


@test
def a_list_of_a_million_entries_is_made_within_3_times_openssls_calls():
    bare = build_bare()
    ferry = Ferry(program=PROGRAM, options=["--key", "rsa-3072"])
    try:
        ferry.init()
        whole_empty, start_empty = revoke_many(ferry, 0)
        add_revoked(database_of(ferry))
        ours, alone = [], []
        for _ in range(ROUNDS):
            seconds, entries = publish(ferry)
            assert entries >= ENTRIES, entries
            ours.append(seconds)
            alone.append(bare_seconds(bare))
        whole_full, start_full = revoke_many(ferry, 1000)
        size = os.path.getsize(os.path.join(os.path.dirname(ferry.config), "ca", "issuing.crl"))
    finally:
        ferry.close()
    ratio = statistics.median(ours) / statistics.median(alone)
    note(f"crl publish, {ENTRIES} entries, {size / 2**20:.1f} MB: {statistics.median(ours):.2f} s the whole command")
    note(f"OpenSSL's calls alone: {statistics.median(alone):.2f} s; ratio {ratio:.2f}")
    note(f"cert revoke, empty: {whole_empty * 1000:.0f} ms, of which cert show takes {start_empty * 1000:.0f} ms")
    note(f"cert revoke, full: {whole_full * 1000:.0f} ms, of which cert show takes {start_full * 1000:.0f} ms")
    assert ratio < 3, f"{ratio:.2f} times"
    slower = (whole_full - start_full) - (whole_empty - start_empty)
    assert slower < max(0.010, whole_empty - start_empty), f"{slower * 1000:.1f} ms slower"


@test
def both_processes_together_take_less_than_64_mb_for_it():
    with Ferry(program=PROGRAM, options=["--key", "rsa-3072"]) as ferry:
        web, signer = ferry.server.pid, signer_of(ferry.server.pid)
        while json.loads(json.dumps(ask(ferry, "SELECT number FROM crl WHERE issuer = 'issuing'")))[0] == 0:
            time.sleep(0.1)
        before = peak(web) + peak(signer)
        add_revoked(database_of(ferry))
        while ask(ferry, "SELECT entries FROM crl WHERE issuer = 'issuing'")[0] < ENTRIES:
            assert ferry.server.poll() is None
            time.sleep(0.1)
        answer = ferry.get("/ca/issuing.crl", https=False)
        assert answer.status == 200 and len(answer.body) > 30 * ENTRIES
        built = ask(ferry, "SELECT built_in FROM crl WHERE issuer = 'issuing'")[0]
        after = peak(web) + peak(signer)
    note(f"serve, made and downloaded: {built / 1000:.2f} s at its lower priority")
    note(f"peak of both processes: {before / 2**20:.1f} MB before, {after / 2**20:.1f} MB after a million entries")
    assert after - before < 64 * 2**20, f"{(after - before) / 2**20:.1f} MB"


run()
