"""The server is killed with SIGKILL while it makes its OCSP responder: after the serial was reserved, before the
certificate is in the database. The next start answers with another one, and the lost one ends as revoked.
"""

import sqlite3
import time

from ferry import release_ferry
import ocsp
from tap import note, run, test

ATTEMPTS = 40
world = {}


def responders(connection, state):
    rows = connection.execute("SELECT serial FROM certificate WHERE profile = 'ocsp' AND state = ?", (state,))
    return {row[0] for row in rows}


def stop_between(ferry, connection, before):
    """The serial of a new responder that is reserved and cannot be completed, since we hold the database; None when the
    server was quicker."""
    while not responders(connection, "reserved") - before:
        if responders(connection, "issued") - before or ferry.server.poll() is not None:
            return None
    connection.execute("BEGIN IMMEDIATE")
    return next(iter(responders(connection, "reserved") - before), None)


@test
def the_server_is_killed_between_reservation_and_certificate():
    ferry = world["ferry"] = release_ferry(keys=None)  # RSA: a signature takes long enough to be met
    ferry.init()
    connection = sqlite3.connect(ferry.file("authority/certferry.db"), timeout=60, isolation_level=None)
    serial = None
    for attempt in range(ATTEMPTS):
        before = responders(connection, "issued") | responders(connection, "reserved")
        ferry.serve()
        serial = stop_between(ferry, connection, before)
        assert ferry.kill() == -9
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        if serial is not None:
            note(f"met at start {attempt + 1}")
            break
    assert serial is not None, f"never met in {ATTEMPTS} starts"
    world.update(serial=serial, connection=connection)


@test
def the_reservation_survives_as_what_it_was():
    [row] = world["connection"].execute(
        "SELECT state, der FROM certificate WHERE serial = ?", (world["serial"],)
    ).fetchall()  # fmt: skip
    assert row == ("reserved", None), row


@test
def the_next_start_answers_with_another_responder():
    ferry = world["ferry"]
    ferry.serve()
    assert ocsp.ask(ferry, "7f" * 16, nonce=True) == [("unknown", None)]
    rows = world["connection"].execute(
        "SELECT count(*) FROM certificate WHERE profile = 'ocsp' AND state = 'issued' AND serial <> ?", (world["serial"],)
    ).fetchone()  # fmt: skip
    assert rows[0] >= 1, rows


@test
def the_lost_one_is_unknown_and_after_its_lease_revoked():
    ferry, serial = world["ferry"], world["serial"]
    assert ocsp.ask(ferry, serial) == [("unknown", None)]
    world["connection"].execute("UPDATE certificate SET lease_until = 1 WHERE serial = ?", (serial,))
    while True:
        [state] = world["connection"].execute("SELECT state FROM certificate WHERE serial = ?", (serial,)).fetchone()
        if state != "reserved":
            break
        time.sleep(0.05)
    assert state == "revoked", state
    assert ocsp.ask(ferry, serial) == [("revoked", "cessationOfOperation")]


@test
def kept_answers_survive_a_kill():
    ferry = world["ferry"]
    asked = ocsp.question(ferry, world["serial"])
    before = ocsp.get(ferry, asked)
    assert ferry.kill() == -9
    ferry.serve()
    assert ocsp.get(ferry, asked).body == before.body


@test
def the_server_ends_well():
    world["connection"].close()
    assert world["ferry"].stop() == 0, world["ferry"].log[-4000:]
    world["ferry"].close()


run()
