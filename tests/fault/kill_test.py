"""The server is killed with SIGKILL at random instants while links are claimed.

Afterwards every link gives exactly one bundle to its claimer, and the database knows every certificate that ever left
the server. FAULT_SEED=2 chooses other instants, FAULT_ROUNDS=1000 more of them.
"""

import os
import random
import time

import claims
from ferry import release_ferry
from tap import note, run, test

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "30"))
LINKS_A_ROUND = 6
THREADS = 4

world = {}


def measure_load(ferry, links):
    """Seconds that one claim of each thread takes on this machine now: what an instant is drawn from."""
    load = claims.Load(ferry, links, THREADS)
    begin = time.monotonic()
    load.start()
    load.join()
    assert all(answer.status == 200 for answer in load.answers.values()), load.answers
    return time.monotonic() - begin


def start_and_kill(ferry, links, instant):
    """One round: a load, a death, a new server. The load, with what it saw."""
    [signer] = claims.children(ferry.server.pid)
    load = claims.Load(ferry, links, THREADS)
    load.start()
    time.sleep(instant)
    assert ferry.kill() == -9
    load.join()
    while claims.is_running(signer):
        time.sleep(0.001)
    ferry.serve()
    return load


def begin():
    ferry = release_ferry()
    world["ferry"] = ferry
    ferry.init()
    ferry.serve()
    world["links"] = claims.create_links(ferry, THREADS + ROUNDS * LINKS_A_ROUND)


@test
def the_server_starts_again_after_every_kill_and_no_signer_outlives_it():
    begin()
    chance = random.Random(os.environ.get("FAULT_SEED", "1"))
    left, touched, answered, rounds_in_claims = list(world["links"]), [], {}, 0
    usual = measure_load(world["ferry"], [left.pop() for _ in range(THREADS)])
    for _ in range(ROUNDS):
        load = start_and_kill(world["ferry"], left, chance.uniform(0, 2 * usual))
        touched += load.touched
        answered.update(load.answers)
        rounds_in_claims += len(load.touched) > len(load.answers)
    world.update(touched=touched, answered=answered)
    cut = len(touched) - len(answered)
    note(f"{len(touched)} claims, {len(answered)} answered, {cut} cut off, in {rounds_in_claims} of {ROUNDS} rounds")
    assert rounds_in_claims >= ROUNDS // 3, "too few kills met a claim"


@test
def every_answer_before_a_kill_was_a_bundle():
    for link, answer in world["answered"].items():
        assert answer.status == 200, f"{link}: {answer}"


@test
def every_link_gives_its_bundle_after_the_kills():
    world["claimed"] = claims.prove_all_claimable(world["ferry"], world["links"])
    assert len(world["claimed"]) == len(world["links"])


@test
def what_was_answered_before_a_kill_is_what_is_answered_after_it():
    for link, answer in world["answered"].items():
        before, after = answer.json(), world["claimed"][link]
        assert before["serial"] == after["serial"], link
        assert before["password"] == after["password"], link


@test
def no_serial_was_given_twice():
    serials = [claimed["serial"] for claimed in world["claimed"].values()]
    assert len(set(serials)) == len(serials)


@test
def the_server_ends_well():
    assert world["ferry"].stop() == 0, world["ferry"].log[-2000:]


@test
def the_database_is_whole():
    assert [row[0] for row in claims.rows(world["ferry"], "PRAGMA integrity_check")] == ["ok"]
    assert claims.rows(world["ferry"], "PRAGMA foreign_key_check") == []


@test
def the_database_knows_every_certificate_that_was_given_out():
    states = {row["serial"].lstrip("0"): row for row in claims.rows(world["ferry"], "SELECT * FROM certificate")}
    for link, claimed in world["claimed"].items():
        row = states[claimed["serial"].lstrip("0")]
        assert (row["state"], row["link_id"]) == ("issued", link), dict(row)


@test
def a_link_has_one_live_certificate_and_the_others_are_given_up():
    now = time.time()
    live = {}
    for row in claims.rows(world["ferry"], "SELECT * FROM certificate WHERE link_id IS NOT NULL"):
        given_up = row["state"] in ("abandoned", "revoked")
        waits = row["state"] == "reserved" and row["lease_until"] > now
        assert row["state"] == "issued" or given_up or waits, dict(row)
        live[row["link_id"]] = live.get(row["link_id"], 0) + (row["state"] == "issued")
    assert set(live.values()) == {1}, live
    others = claims.rows(world["ferry"], "SELECT count(*) FROM certificate WHERE state IN ('abandoned', 'revoked')")
    note(f"{others[0][0]} serials were reserved or signed when the server died, and given up afterwards")


try:
    run()
finally:
    if "ferry" in world:
        world["ferry"].close()
