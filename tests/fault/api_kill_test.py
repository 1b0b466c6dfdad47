"""The server is killed with SIGKILL at random instants while programs make links and bundles, each under an Idempotency-Key.

Afterwards every program sends its request again until it is answered: whatever the kills cut off, each request was
done once. FAULT_SEED=2 chooses other instants, FAULT_ROUNDS=1000 more of them.
"""

import http.client
import json
import os
import random
import threading
import time

import claims
from ferry import release_ferry
from tap import note, run, test

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "12"))
REQUESTS_A_ROUND = 24
THREADS = 4

world = {"answers": {}, "cut": set()}


def key(number):
    return f"/{'bundles' if number % 3 == 0 else 'links'} {number}"


def send(number):
    """One request as a program sends it; the answer, None when the connection broke."""
    try:
        return world["ferry"].request(
            "POST", "/api/v1" + key(number).split()[0], json.dumps({"user": f"u{number}@example.com"}).encode(),
            Authorization="Bearer " + world["key"], Content_Type="application/json", Idempotency_Key=key(number),
        )  # fmt: skip
    except (OSError, http.client.HTTPException):
        return None


class Load:
    """Requests of several programs at one time until the server is gone."""

    def __init__(self, numbers):
        self.left, self.lock = list(numbers), threading.Lock()
        self.threads = [threading.Thread(target=self._work) for _ in range(THREADS)]
        for thread in self.threads:
            thread.start()

    def _work(self):
        while True:
            with self.lock:
                if not self.left:
                    return
                number = self.left.pop(0)
            answer = send(number)
            if answer is None:
                world["cut"].add(number)
                return
            assert answer.status == 201, answer
            world["answers"][number] = answer

    def join(self):
        for thread in self.threads:
            thread.join()


def begin():
    ferry = release_ferry()
    world["ferry"] = ferry
    ferry.init()
    ferry.serve()
    world["key"] = json.loads(ferry.command("key", "add", "robot", "--role", "admin", "--json"))["key"]


@test
def the_server_starts_again_after_every_kill():
    begin()
    chance = random.Random(os.environ.get("FAULT_SEED", "1"))
    start = time.monotonic()
    Load(range(REQUESTS_A_ROUND)).join()
    usual = time.monotonic() - start
    for number in range(1, ROUNDS + 1):
        [signer] = claims.children(world["ferry"].server.pid)
        load = Load(range(number * REQUESTS_A_ROUND, (number + 1) * REQUESTS_A_ROUND))
        time.sleep(chance.uniform(0, usual))
        assert world["ferry"].kill() == -9
        load.join()
        while claims.is_running(signer):
            time.sleep(0.001)
        world["ferry"].serve()
    note(f"{len(world['answers'])} requests answered, {len(world['cut'])} cut off by {ROUNDS} kills")
    assert len(world["cut"]) >= ROUNDS // 2, "too few kills met a request"


@test
def what_was_answered_before_a_kill_is_answered_the_same_after_it():
    for number, before in world["answers"].items():
        after = send(number)
        assert after.status == 201 and after.body == before.body, (key(number), after)
        assert after["Idempotent-Replayed"] == "true", after


@test
def what_was_cut_off_is_answered_when_it_is_sent_again():
    replayed = 0
    for number in sorted(world["cut"]):
        answer = send(number)
        while answer.status == 409:  # the lease of the killed server
            time.sleep(0.2)
            answer = send(number)
        assert answer.status == 201, answer
        replayed += answer["Idempotent-Replayed"] == "true"
        world["answers"][number] = answer
    note(f"{replayed} of {len(world['cut'])} had been done before the kill")


@test
def every_request_was_done_once():
    links = claims.rows(world["ferry"], "SELECT user_name, count(*) AS n FROM link GROUP BY user_name")
    bundles = claims.rows(
        world["ferry"],
        "SELECT user_name, count(*) AS n FROM certificate WHERE profile = 'user' AND state = 'issued' GROUP BY user_name",
    )
    done = {(table, row["user_name"]): row["n"] for table, rows in (("links", links), ("bundles", bundles)) for row in rows}
    wanted = {(key(number).split()[0].strip("/"), f"u{number}@example.com"): 1 for number in world["answers"]}
    assert done == wanted, set(done.items()) ^ set(wanted.items())


@test
def the_audit_tells_of_each_once():
    made = claims.rows(world["ferry"], "SELECT object_id FROM audit WHERE action = 'link.create' AND actor = 'key:robot'")
    ids = [row["object_id"] for row in made]
    answered = {answer.json()["id"] for answer in world["answers"].values() if "id" in answer.json()}
    assert len(ids) == len(set(ids)) and set(ids) == answered


@test
def the_server_ends_well():
    assert world["ferry"].stop() == 0, world["ferry"].log[-2000:]
    world["ferry"].close()


run()
