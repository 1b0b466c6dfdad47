"""A revocation list of a million entries: how long, in how much memory, and what a revocation costs beside it.

Times are medians, and ratios to OpenSSL's bare calls (bare_crl.c) on the same machine in the same run.
"""

import json
import os
import re
import statistics
import subprocess
import tempfile
import time

from ferry import Ferry
from revoked import add_revoked, ask, authority_file, published
from tap import note, run, test

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.environ["CERTFERRY_RELEASE"]
ENTRIES = 1_000_000
ROUNDS = 3
REVOCATIONS = 9
CERTIFICATE = 600  # bytes of one in the database


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
    """(seconds of the command, seconds of `cert show`, which starts and opens the same and changes nothing)"""
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
    ferry = Ferry(program=PROGRAM, keys=None, options=["--key", "rsa-3072"])
    try:
        ferry.init()
        whole_empty, start_empty = revoke_many(ferry, 0)
        add_revoked(ferry, ENTRIES, size=CERTIFICATE)
        ours, alone = [], []
        for _ in range(ROUNDS):
            seconds, entries = publish(ferry)
            assert entries >= ENTRIES, entries
            ours.append(seconds)
            alone.append(bare_seconds(bare))
        whole_full, start_full = revoke_many(ferry, 1000)
        size = os.path.getsize(authority_file(ferry, "ca/issuing.crl"))
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
    with Ferry(program=PROGRAM, keys=None, options=["--key", "rsa-3072"]) as ferry:
        web, signer = ferry.server.pid, signer_of(ferry.server.pid)
        before = peak(web) + peak(signer)
        add_revoked(ferry, ENTRIES, size=CERTIFICATE)
        while published(ferry)[1] < ENTRIES:
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
