"""A thousand simulated phones at once, each with a connection of its own, set up their accounts: everyday provisioning.

All of them end provisioned. The figures are the time until the last one is, how many a second, and the worst of them; the
phones run on the same machine, and their certificates are shown in as many full handshakes. PHONES=5000 makes it more.
"""

import os
import time

from ferry import Ferry
from fleet import Fleet
from tap import note, run, test

PHONES = int(os.environ.get("PHONES", "1000"))
PHONES_OF_ONE = 40  # with one certificate; of more than 50 the oldest are forgotten
TICKS = os.sysconf("SC_CLK_TCK")


def seconds_used(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


@test
def all_are_provisioned():
    program = os.environ["CERTFERRY_RELEASE"]
    limits = {"server_connections_per_address": 2 * PHONES, "server_threads": PHONES + 100}
    with Ferry(program=program, **limits) as ferry:
        fleet = Fleet(ferry)
        for number in range(PHONES):
            version = ("12.1", "14.0", "14.1", "16.1")[number % 4]
            fleet.add(f"user{number // PHONES_OF_ONE}@example.com", number + 1, version=version, base64=number % 8 > 3)
        before, begun = seconds_used(ferry.server.pid), time.monotonic()
        lives = fleet.live(patience=1000)
        seconds, used = time.monotonic() - begun, seconds_used(ferry.server.pid) - before
        assert len(lives) == PHONES
        for life in lives.values():
            assert life.end["end"] == "in" and any(it["key"] for it in life.documents), life
        kept = "SELECT count(*) FROM device WHERE version <> 0 AND allowed_at > 0"
        while ferry.sql(kept)[0][0] < PHONES:
            time.sleep(0.1)
        requests = sum(life.end["requests"] + 1 for life in lives.values())
        slowest = max(life.end["milliseconds"] for life in lives.values())
        note(f"{PHONES} phones in {seconds:.1f} s: {PHONES / seconds:.0f} provisionings a second, {requests} requests, "
             f"the slowest phone {slowest / 1000:.1f} s, {1000 * used / PHONES:.1f} ms of the server's processor each")  # fmt: skip


run()
