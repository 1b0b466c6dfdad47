#!/usr/bin/env python3
"""The server is killed with SIGKILL again and again while it makes the links of a file.

Afterwards every user has exactly one link, and the result has the address of every link that there is, once.
FAULT_SEED=2 chooses other instants.
"""

import csv
import hashlib
import io
import os
import random
import subprocess
import time

from ferry import release_ferry
from desk import Agent
from tap import note, run, test

USERS = 6000
world = {}


def made(ferry):
    return ferry.sql("SELECT made FROM import")[0][0]


@test
def the_import_goes_on_after_every_kill():
    ferry = world["ferry"] = release_ferry()
    ferry.init()
    ferry.serve()
    agent = Agent(ferry, "helpdesk", "anna")
    users = "".join(f"user{number}@example.org\n" for number in range(USERS))
    answer = agent.upload(("user\n" + users).encode())
    assert answer.status == 303, answer
    world["path"] = answer["Location"]
    chance = random.Random(os.environ.get("FAULT_SEED", "1"))
    seen = [made(ferry)]
    while seen[-1] < USERS:
        while made(ferry) == seen[-1]:  # at least one batch between two kills
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.3))
        assert ferry.kill() == -9
        seen.append(made(ferry))
        assert seen[-1] >= seen[-2], seen
        assert ferry.sql("SELECT count(*) FROM link") == [(seen[-1],)], "links and progress are one transaction"
        ferry.serve()
    note(f"{len(seen) - 1} kills, {len(set(seen)) - 1} different places")
    assert len(set(seen)) > 3, "too few kills met the work"


@test
def every_user_has_one_link_and_the_result_has_them_all():
    ferry = world["ferry"]
    assert ferry.sql("SELECT count(*), count(DISTINCT user_name) FROM link") == [(USERS, USERS)]
    agent = Agent.__new__(Agent)
    agent.ferry, agent.name, agent.cookie = ferry, "anna", None
    agent.log_in("correct horse battery staple")
    answer = agent.post(world["path"] + "/result.csv")
    assert answer.status == 200, answer
    rows = list(csv.DictReader(io.StringIO(answer.text(), newline="")))
    assert [row["user"] for row in rows] == [f"user{number}@example.org" for number in range(USERS)]
    given = {hashlib.sha256(row["url"].rsplit("/", 1)[1].encode()).digest() for row in rows}
    known = {bytes(row[0]) for row in ferry.sql("SELECT token_hash FROM link")}
    assert given == known and len(given) == USERS


@test
def a_command_that_was_cut_off_is_resumed():
    ferry = world["ferry"]
    assert ferry.stop() == 0
    with open(ferry.file("more.csv"), "w", encoding="utf-8") as file:
        file.write("user\n" + "".join(f"more{number}@example.org\n" for number in range(3000)))
    command = subprocess.Popen(
        [ferry.program, "-c", ferry.config, "link", "import", ferry.file("more.csv"), "--out", ferry.file("more-links.csv")],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    number = command.stderr.readline().split("--resume ")[1].strip()
    command.kill()
    command.communicate()
    assert not os.path.exists(ferry.file("more-links.csv"))
    ferry.command("link", "import", number, "--resume", "--out", ferry.file("more-links.csv"))
    with open(ferry.file("more-links.csv"), encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["user"] for row in rows] == [f"more{number}@example.org" for number in range(3000)]
    assert ferry.sql("SELECT count(*) FROM link WHERE user_name LIKE 'more%'") == [(3000,)]
    assert os.stat(ferry.file("more-links.csv")).st_mode & 0o777 == 0o600
    ferry.close()


run()
