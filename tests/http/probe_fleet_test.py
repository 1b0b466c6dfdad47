"""200 simulated phones at random: what a probe finds out is what each is, wherever the protocol can tell.

What was asked of a phone is judged by what the phone received. PHONES_SEED=2 makes other phones, PHONES=1000 more.
"""

import json
import os
import random
import time

import policies
from ferry import Ferry
from fleet import Fleet, device_id
from tap import note, run, test

PHONES = int(os.environ.get("PHONES", "200"))
SEED = os.environ.get("PHONES_SEED", "1")
PHONES_OF_ONE = 10  # with one certificate
AT_ONCE = 12

PROFILES = ("partial",) * 11 + ("supports-all",) * 3 + (
    "slow", "key-in-url", "blind", "external", "refuses-all", "never", "loops")  # fmt: skip
VERSIONS = ("2.5", "12.0", "12.1", "14.0", "14.1", "16.0", "16.1")
DECLINES = (0, 1, 2, 4, 8, 16, 24, 64)
PATIENT = 100000

FERRY = Ferry()
FLEET = Fleet(FERRY)
CHANCE = random.Random(SEED)


class Phone:
    def __init__(self, number):
        self.seed = CHANCE.randrange(1, 1 << 31)
        self.user = f"user{number // PHONES_OF_ONE}@example.com"
        self.profile, self.version = CHANCE.choice(PROFILES), CHANCE.choice(VERSIONS)
        self.risk = CHANCE.choice((0, 1, 1, 2, 2, 3))
        self.named = CHANCE.sample(policies.DESTRUCTIVE, CHANCE.randrange(1, 4)) if self.risk == 3 else ()
        self.one_by_one = CHANCE.random() < 0.1
        packed = float(self.version) >= 12.1 and self.profile != "key-in-url" and CHANCE.random() < 0.5
        FLEET.add(self.user, self.seed, profile=self.profile, version=self.version, declines=CHANCE.choice(DECLINES),
                  base64=packed)  # fmt: skip
        self.may = policies.offered(self.version, self.risk, self.named)
        self.probe, self.life, self.shown = None, None, None

    def __repr__(self):
        return f"{device_id(self.seed)} {self.profile} {self.version} risk {self.risk} {self.named} {self.life} {self.shown}"

    def is_quiet(self):
        """It would not be set up, or with difficulty."""
        return self.profile in ("never", "loops")

    def found(self):
        return {it["policy"]: it["result"] for it in self.shown["policies"]}

    def expected(self):
        return policies.expected(self.life.end, self.may, self.shown["outcome"] != "running")


ALL = []


def told(life):
    """The policies of every document that came, whether it was acknowledged or not."""
    return set(life.end["asked"]).union(*(document["carried"] for document in life.documents))


def show(phones):
    for phone in phones:
        phone.shown = json.loads(FERRY.command("probe", "export", phone.probe))


@test
def every_phone_is_set_up_and_put_under_probe():
    note(f"PHONES_SEED={SEED} PHONES={PHONES}")
    ALL.extend(Phone(number) for number in range(PHONES))
    # Those that could not be set up by themselves were once as others are.
    quiet = {phone.seed: {"profile": "partial"} for phone in ALL if phone.is_quiet()}
    lives = FLEET.live(each=quiet, at_once=AT_ONCE)
    assert {life.end["end"] for life in lives.values()} == {"in"} and len(lives) == PHONES
    assert not any(told(life) for life in lives.values()), "everyday provisioning asks for nothing"
    while len(devices := FLEET.devices()) < PHONES:
        time.sleep(0.05)
    for phone in ALL:
        phone.probe = FLEET.probe(devices[phone.seed], phone.user, phone.risk, phone.named, phone.one_by_one)


@test
def all_probes_but_those_of_phones_that_do_not_answer_come_to_an_end():
    lives = FLEET.live(at_once=AT_ONCE, stay=3, polls=1500)
    for phone in ALL:
        phone.life = lives[phone.seed]
    show(ALL)
    for phone in ALL:
        assert phone.life.end["end"] == "in", phone
        if phone.profile != "loops":
            assert (phone.shown["outcome"] == "running") == (phone.profile == "never"), phone
    note(f"{sum(len(phone.shown['rounds']) for phone in ALL)} rounds, "
         f"{sum(phone.life.end['requests'] for phone in ALL)} requests")  # fmt: skip


@test
def no_phone_got_a_policy_above_the_risk_that_was_chosen():
    for phone in ALL:
        assert told(phone.life) <= phone.may, (told(phone.life) - phone.may, phone)
    assert any(told(phone.life) & set(policies.DESTRUCTIVE) for phone in ALL), "nobody was asked for anything of risk 3"


@test
def what_a_phone_that_loops_did_not_answer_is_not_claimed():
    for phone in ALL:
        if phone.profile == "loops":
            found, wanted = phone.found(), phone.expected()
            open_ones = {name for name in found if found[name] in ("pending", "waiting")}
            assert not open_ones or phone.shown["outcome"] == "running", phone
            assert all(found[name] == wanted[name] for name in set(found) - open_ones), phone


@test
def silence_of_those_that_never_answer_is_said():
    silent = [phone for phone in ALL if phone.profile == "never"]
    probes = ", ".join(f"'{phone.probe}'" for phone in silent)
    assert silent, "none of them never answers"
    FERRY.sql(f"UPDATE probe SET waits_since = waits_since - {PATIENT} WHERE id IN ({probes})")
    while FERRY.sql(f"SELECT count(*) FROM probe WHERE id IN ({probes}) AND ended_at IS NULL")[0][0]:
        time.sleep(0.05)
    show(silent)
    assert {phone.shown["outcome"] for phone in silent} == {"silent"}


@test
def the_matrix_is_what_the_phone_is():
    wrong = {}
    for phone in ALL:
        if phone.profile == "loops":
            continue
        found, wanted = phone.found(), phone.expected()
        assert list(found) == list(policies.POLICIES), "42 policies in the order of the schema"
        for name in wanted:
            if found[name] != wanted[name]:
                wrong.setdefault(phone, []).append((name, found[name], wanted[name]))
    assert not wrong, wrong
    seen = {result for phone in ALL for result in phone.found().values()}
    assert {"applied", "partial", "refused", "managed", "blind", "cannot_tell", "no_answer", "not_offered"} <= seen, seen


@test
def rounds_are_few():
    few = []
    for phone in ALL:
        declined = len(policies.declined(phone.life.end, phone.may))
        rounds, refusals = len(phone.shown["rounds"]), phone.shown["refusals"]
        assert rounds <= len(told(phone.life)) + 2 * refusals + 4, phone
        if phone.shown["outcome"] == "complete":
            assert refusals == (0 if phone.profile == "blind" else declined), (declined, phone)
        if phone.profile == "supports-all" and not phone.one_by_one and len(told(phone.life)) > 15:
            few.append((rounds, len(told(phone.life))))
    assert few and all(3 * rounds <= count for rounds, count in few), few
    note(f"rounds of phones that support all, and policies that they were offered: {sorted(set(few))}")


@test
def every_phone_has_the_baseline_in_the_end():
    for phone in ALL:
        if phone.shown["outcome"] != "complete" or phone.profile == "loops":
            continue
        last = phone.life.documents[-1]
        assert phone.shown["baseline_given_back"] and last["carried"] == [] and last["said"] == 1, phone
        # Then that of everyday, which is not the probe's.
        assert len(phone.life.documents) == len(phone.shown["rounds"]) + 1, phone


with FERRY:
    # The server has sanitizers; the commands, hundreds of them, need none here.
    FERRY.program = os.environ.get("CERTFERRY_RELEASE") or FERRY.program
    run()
