"""Probes of fifty phones at once, while the server is killed with SIGKILL and while its clock is set back by an hour.

Every phone goes on as a phone does: it asks again until somebody answers. Afterwards each probe has found out what its
phone is, and no round was asked twice or lost. FAULT_SEED=2 chooses other phones and instants, FAULT_ROUNDS=30 more deaths.
"""

import glob
import json
import os
import random
import time

import policies
from ferry import release_ferry
from fleet import Fleet
from tap import note, run, skip, test

LIBRARY = next(iter(glob.glob("/usr/lib/*/faketime/libfaketime.so.1")), None)
PHONES, OF_ONE, QUIET = 50, 10, 3
PHONES_OF_CLOCK = 20
KILLS = int(os.environ.get("FAULT_ROUNDS", "6"))
SEED = os.environ.get("FAULT_SEED", "1")
HOUR = 3600


class World:
    """An authority whose server comes back on the port that its phones know, and phones under probe."""

    def __init__(self, name, phones, **settings):
        self.phones = phones
        self.chance = random.Random(f"{SEED} {name}")
        self.ferry = release_ferry(**settings)
        self.fleet = Fleet(self.ferry)
        self.may, self.probes, self.shown = {}, {}, {}

    def __enter__(self):
        try:
            self.ferry.init()
            self.ferry.serve()
            self.ferry.environment["CERTFERRY_EAS_PORT"] = str(self.ferry.eas_port)
            self.begin()
        except BaseException:
            self.ferry.close()
            raise
        return self

    def __exit__(self, *problem):
        self.ferry.__exit__(*problem)

    def begin(self):
        risks = {}
        for number in range(self.phones):
            seed, version = number + 1, self.chance.choice(("12.1", "14.0", "14.1", "16.1"))
            risks[seed] = self.chance.choice((1, 2))
            self.fleet.add(f"user{number // OF_ONE}@example.com", seed, profile="partial", version=version)
            self.may[seed] = policies.offered(version, risks[seed])
        self.fleet.live(at_once=8)
        while len(devices := self.fleet.devices()) < self.phones:
            time.sleep(0.05)
        for seed, device in devices.items():
            self.probes[seed] = self.fleet.probe(device, self.fleet.phones[seed]["user"], risks[seed])

    def show(self):
        self.shown = {seed: json.loads(self.ferry.command("probe", "export", id)) for seed, id in self.probes.items()}

    def rounds(self):
        return self.ferry.sql("SELECT count(*) FROM probe_round WHERE answered_at IS NOT NULL")[0][0]

    def wait_for_rounds(self, count, fleet):
        while self.rounds() < count:
            assert not fleet.is_over(), "the phones have ended before"
            time.sleep(0.05)

    def check(self, lives, seeds, lost=0):
        """That the probes of these phones found out what the phones are, and each round was asked once."""
        self.show()
        for seed in seeds:
            life, shown = lives[seed], self.shown[seed]
            found = {it["policy"]: it["result"] for it in shown["policies"]}
            assert life.end["end"] == "in" and shown["outcome"] == "complete", (life, shown)
            assert shown["baseline_given_back"] and life.documents[-1]["carried"] == [], (life, shown)
            assert found == policies.expected(life.end, self.may[seed]), (life, shown)
            assert set(life.end["asked"]) <= self.may[seed], life
            # What was answered is never asked again; an answer that was lost on the way the phone cannot know.
            rounds = len(shown["rounds"])
            assert rounds + 1 - lost <= len(life.documents) <= rounds + 1, (life, shown)
        numbers = self.ferry.sql("SELECT count(*) FROM (SELECT 1 FROM probe_round GROUP BY probe "
                                 "HAVING min(number) <> 1 OR max(number) <> count(*))")  # fmt: skip
        assert numbers == [(0,)], "a round is missing"
        ended = self.ferry.sql("SELECT object_id FROM audit WHERE action = 'probe.end'")
        assert sorted(id for (id,) in ended) == sorted(self.probes[seed] for seed in seeds), "each ends once"
        self.ferry.command("audit", "verify")


@test
def all_probes_go_on_and_end_right_after_every_kill():
    with World("kill", PHONES) as world:
        fleet = world.fleet.start(stay=3, polls=20000, patience=20000)
        killed = 0
        for count in sorted(world.chance.randrange(PHONES, 20 * PHONES) for _ in range(KILLS)):
            world.wait_for_rounds(max(count, world.rounds() + 1), fleet)
            time.sleep(0.2 * world.chance.random())
            assert world.ferry.kill() == -9
            killed += 1
            world.ferry.serve()
        lives = fleet.wait()
        world.check(lives, world.probes, lost=killed)
        note(f"{killed} deaths in {world.rounds()} rounds of {PHONES} probes")


@test
def a_clock_that_is_set_back_by_an_hour_loses_no_round():
    if LIBRARY is None:
        skip("faketime is not installed")
    with World("clock", PHONES_OF_CLOCK, eas_probe_patience="20m") as world:
        moment = world.ferry.file("moment")

        def set_clock(seconds):
            with open(moment + ".new", "w", encoding="ascii") as file:
                file.write(f"{seconds:+d}\n")
            os.rename(moment + ".new", moment)

        ferry, bare = world.ferry, dict(world.ferry.environment)
        set_clock(HOUR)
        assert ferry.stop() == 0
        ferry.environment.update(LD_PRELOAD=LIBRARY, FAKETIME_TIMESTAMP_FILE=moment, FAKETIME_CACHE_DURATION="1",
                                 FAKETIME_DONT_FAKE_MONOTONIC="1")  # fmt: skip
        ferry.serve()
        ferry.environment = bare
        quiet, others = list(world.probes)[:QUIET], list(world.probes)[QUIET:]
        world.fleet.live(quiet, polls=3, each={seed: {"profile": "never"} for seed in quiet})
        fleet = world.fleet.start(others, stay=3, polls=20000)
        world.wait_for_rounds(10 * PHONES_OF_CLOCK, fleet)
        before = world.rounds()
        set_clock(0)
        lives = fleet.wait()
        world.check(lives, others)
        assert world.rounds() > before
        back = ferry.sql("SELECT count(*) FROM probe_round a JOIN probe_round b ON a.probe = b.probe AND a.number + 1 = b.number "
                         f"WHERE a.offered_at > b.offered_at + {HOUR} - 600")[0][0]  # fmt: skip
        assert back > 0, "no probe has seen the clock go back"
        # Who owes an answer since what is now the future owes it since now.
        open_ones = ", ".join(f"'{world.probes[seed]}'" for seed in quiet)
        while ferry.sql(f"SELECT count(*) FROM probe WHERE id IN ({open_ones}) AND waits_since > unixepoch()")[0][0]:
            time.sleep(0.05)
        assert {world.shown[seed]["outcome"] for seed in quiet} == {"running"}, [world.shown[seed] for seed in quiet]
        set_clock(HOUR)
        while ferry.sql(f"SELECT count(*) FROM probe WHERE id IN ({open_ones}) AND ended_at IS NULL")[0][0]:
            time.sleep(0.05)
        world.show()
        assert {world.shown[seed]["outcome"] for seed in quiet} == {"silent"}
        note(f"{world.rounds()} rounds, {before} of them before, {back} pairs around the change")


run()
