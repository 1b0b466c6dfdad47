"""Phones with the habits that are known from the field, and that the server bears each: no loop lasts, no phone makes devices
or probes without end, and the help-desk reads what is wrong."""

import json
import os
import time

import policies
from ferry import Ferry
from fleet import Fleet, device_id
from tap import case, run, test

PROGRAM = os.environ.get("CERTFERRY_PHONE") or os.path.join(
    os.path.dirname(os.environ["CERTFERRY"]), "..", "tests", "phone", "certferry-phone"
)
CHALLENGES_MOST, DEVICES_OF_ONE = 8, 50
FERRY = Ferry()
FLEET = Fleet(FERRY, PROGRAM)


def lives(seed, profile, **options):
    """The first life of a phone of a user of its own."""
    FLEET.add(f"user{seed}@example.com", seed, profile=profile, **options)
    return FLEET.live([seed])[seed]


def wait_for(question, *wanted):
    while FERRY.sql(question)[0] != wanted:
        time.sleep(0.02)


def device_of(seed):
    """The id of the device, when its last request is in the database."""
    rows = []
    while not rows:
        rows = FERRY.sql(f"SELECT id FROM device WHERE device_id = lower('{device_id(seed)}') AND version <> 0")
        time.sleep(0.02)
    return rows[0][0]


def shown(seed):
    return json.loads(FERRY.command("device", "show", device_of(seed), "--json"))


def export(probe):
    return json.loads(FERRY.command("probe", "export", probe))


# ---- standing: a device in the words of the field ----


def stands(seed, profile, standing, **options):
    life = lives(seed, profile, **options)
    assert life.end["end"] == "in" and shown(seed)["standing"] == standing, (life, shown(seed))


for _seed, _profile, _standing in (
    (1, "supports-all", "full"), (2, "partial", "full"), (3, "slow", "full"), (4, "blind", "full"), (5, "key-in-url", "full"),
    (6, "refuses-all", "non_provisionable"), (7, "external", "managed"),
):  # fmt: skip
    case(f"{_profile}_is_let_in_and_stands_as_{_standing}", stands, _seed, _profile, _standing)


# ---- loops ----


def loop_ends(seed, profile, version, packed):
    """It is sent to Provision so often and no more, then let in as one that cannot be provisioned."""
    FLEET.add(f"user{seed}@example.com", seed, profile=profile, version=version, base64=packed)
    life = FLEET.live([seed], stay=20)[seed]
    assert life.end["end"] == "in" and life.end["documents"] <= CHALLENGES_MOST, life
    assert shown(seed)["standing"] == "non_provisionable", shown(seed)
    again = FLEET.live([seed], stay=20)[seed]
    assert again.end["end"] == "in" and again.end["documents"] == 0, again
    assert FERRY.sql(f"SELECT count(*) FROM device WHERE user_name = 'user{seed}@example.com'") == [(1,)]


for _seed, (_profile, _version, _base64) in enumerate((
    ("loops", "12.0", False), ("loops", "12.1", False), ("loops", "12.1", True), ("loops", "14.1", False),
    ("loops", "2.5", False), ("never", "12.1", False), ("never", "16.1", True),
), 20):  # fmt: skip
    case(f"{_profile}_with_{_version}{'_packed' if _base64 else ''}_is_not_sent_to_provision_for_ever",
         loop_ends, _seed, _profile, _version, _base64)  # fmt: skip


@test
def a_probe_of_a_phone_that_loops_asks_no_more_than_a_challenge_each():
    lives(30, "partial")
    probe = FLEET.probe(device_of(30), "user30@example.com")
    life = FLEET.live([30], each={30: {"profile": "loops"}}, stay=20, polls=200)[30]
    assert life.end["documents"] <= CHALLENGES_MOST and life.end["end"] == "in", life
    assert export(probe)["outcome"] == "running" and len(export(probe)["rounds"]) <= CHALLENGES_MOST, export(probe)


# ---- a new DeviceId on each retry ----


@test
def new_ids_make_no_endless_devices():
    for seed in range(0x1000, 0x1000 + 16 * 60, 16):
        FLEET.add("new@example.com", seed, profile="new-id")
    seeds = [seed for seed, phone in FLEET.phones.items() if phone["user"] == "new@example.com"]
    found = FLEET.live(seeds, at_once=4)
    assert {life.end["end"] for life in found.values()} == {"in"}, "none of them loops"
    assert max(life.end["documents"] for life in found.values()) == 1
    count = FERRY.sql("SELECT count(*) FROM device WHERE user_name = 'new@example.com'")[0][0]
    assert 2 < count <= DEVICES_OF_ONE, count


@test
def new_ids_make_no_endless_probes():
    lives(40, "partial", stay=2)
    probe = FLEET.probe(device_of(40), "user40@example.com")
    FLEET.live([40], each={40: {"profile": "new-id"}}, stay=5)
    assert FERRY.sql("SELECT id FROM probe WHERE user_name = 'user40@example.com'") == [(probe,)]
    assert export(probe)["rounds"] == [] and export(probe)["outcome"] == "running", export(probe)
    FERRY.sql(f"UPDATE probe SET waits_since = waits_since - 100000 WHERE id = '{probe}'")
    wait_for(f"SELECT count(*) FROM probe WHERE id = '{probe}' AND ended_at IS NULL", 0)
    assert export(probe)["outcome"] == "silent", export(probe)
    assert {it["result"] for it in export(probe)["policies"]} == {"no_answer", "not_offered"}


# ---- its certificate ----


@test
def a_phone_that_drops_its_certificate_is_named_by_the_diagnosis():
    life = lives(50, "drops-certificate", stay=40, drop_after=8)
    assert life.end["end"] == "refused" and life.end["http"] == 403 and life.end["requests"] == 9, life
    device = device_of(50)
    wait_for(f"SELECT count(*) FROM sighting WHERE device = '{device}' AND reason = 'no_certificate'", 1)
    finding = shown(50)["finding"]
    assert finding["rule"] == "stopped_presenting", finding
    assert "certificate" in finding["sentence"], finding


# ---- queries and keys ----


@test
def a_key_in_the_address_alone_is_as_good_as_in_a_header():
    for seed, version in ((60, "2.5"), (61, "12.1"), (62, "14.1"), (63, "16.1")):
        life = lives(seed, "key-in-url", version=version, stay=3)
        assert [it["key"] for it in life.documents] == [True] and life.end["documents"] == 1, life


@test
def packed_and_plain_queries_are_one_device():
    lives(70, "partial", version="14.1")
    again = FLEET.live([70], each={70: {"base64": True}}, stay=2)[70]
    assert FERRY.sql("SELECT count(*) FROM device WHERE user_name = 'user70@example.com'") == [(1,)]
    # The simulated phone forgot its key when its first life ended.
    assert again.end["end"] == "in" and again.end["documents"] == 1, again


# ---- the user's PIN ----


@test
def a_user_who_is_slow_to_set_a_pin_is_waited_for():
    lives(80, "slow", declines=4)
    probe = FLEET.probe(device_of(80), "user80@example.com", risk=2)
    states = []
    while states[-1:] != ["waiting"]:
        FLEET.live([80], slow=100, polls=3)
        states.append(next(it["result"] for it in export(probe)["policies"] if it["policy"] == policies.PIN))
    assert set(states) == {"pending", "waiting"}, states
    life = FLEET.live([80], slow=2, polls=400, stay=3)[80]
    assert export(probe)["outcome"] == "complete", (life, export(probe))
    found = {it["policy"]: it["result"] for it in export(probe)["policies"]}
    assert found == policies.expected(life.end, policies.offered("14.1", 2)), found


with FERRY:
    run()
