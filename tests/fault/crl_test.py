"""Publishers that are killed, and publishers at the same time: one list is always in its place, whole, and no number
ever stands on two lists.

FAULT_SEED=2 chooses other instants, FAULT_ROUNDS=200 more of them.
"""

import hashlib
import json
import os
import random
import signal
import subprocess
import threading
import time

from ferry import release_ferry
from revoked import add_revoked, ask, authority_file, published, read_list
from tap import note, run, test

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "25"))
ENTRIES = 60_000
PUBLISHERS = 4

world = {}


class Watcher(threading.Thread):
    """Looks at the file all the time: {number: hash of the list}; a number with another hash is remembered."""

    def __init__(self, ferry):
        super().__init__(daemon=True)
        self.path, self.certificate = authority_file(ferry, "ca/issuing.crl"), authority_file(ferry, "ca/issuing.pem")
        self.seen, self.hashes, self.repeated, self.broken = {}, set(), [], []
        self.ended = False

    def look(self):
        with open(self.path, "rb") as file:
            content = file.read()
        digest = hashlib.sha256(content).hexdigest()
        if digest in self.hashes:
            return
        self.hashes.add(digest)
        copy = self.path + ".seen"
        with open(copy, "wb") as file:
            file.write(content)
        try:
            number = read_list(copy, self.certificate)["number"]
        except AssertionError as problem:
            self.broken.append(str(problem))
            return
        finally:
            os.unlink(copy)
        if self.seen.setdefault(number, digest) != digest:
            self.repeated.append(number)

    def run(self):
        while not self.ended:
            self.look()

    def finish(self):
        self.ended = True
        self.join()
        self.look()
        assert not self.broken, self.broken[0]
        assert not self.repeated, f"on two lists: {self.repeated}"
        assert list(self.seen) == sorted(self.seen), f"numbers went back: {list(self.seen)}"


def publisher(ferry):
    return subprocess.Popen(
        [ferry.program, "-c", ferry.config, "crl", "publish", "--ca", "issuing", "--json"],
        env=ferry.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip


def ended_well(process):
    out, err = process.communicate()
    assert process.returncode == 0, err
    return json.loads(out)


@test
def a_publisher_that_is_killed_leaves_the_old_list_and_harms_nothing():
    ferry = world["ferry"] = release_ferry()
    ferry.init()
    add_revoked(ferry, ENTRIES)
    begun = time.monotonic()
    ended_well(publisher(ferry))
    usual = time.monotonic() - begun
    chance = random.Random(os.environ.get("FAULT_SEED", "1"))
    watcher = Watcher(ferry)
    watcher.start()
    killed = 0
    for _ in range(ROUNDS):
        process = publisher(ferry)
        time.sleep(chance.uniform(0, 1.2 * usual))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        killed += process.returncode == -signal.SIGKILL
    answer = ended_well(publisher(ferry))
    watcher.finish()
    note(f"{killed} of {ROUNDS} publishers were killed at work, {len(watcher.seen)} lists were seen")
    assert killed > 0
    assert answer["entries"] == ENTRIES and published(ferry) == (answer["number"], ENTRIES)
    assert read_list(authority_file(ferry, "ca/issuing.crl"), authority_file(ferry, "ca/issuing.pem"))["count"] == ENTRIES
    assert not os.path.exists(authority_file(ferry, "ca/issuing.crl.new")), "what was half done is gone"


@test
def publishers_at_the_same_time_follow_one_upon_the_other():
    ferry = world["ferry"]
    watcher = Watcher(ferry)
    watcher.start()
    answers = [ended_well(process) for process in [publisher(ferry) for _ in range(PUBLISHERS)]]
    watcher.finish()
    numbers = {answer["number"] for answer in answers}
    assert len(numbers) == PUBLISHERS, answers
    assert published(ferry)[0] == max(numbers)


@test
def a_server_that_is_killed_while_it_publishes_publishes_after_its_restart():
    ferry = world["ferry"]
    ferry.serve()
    add_revoked(ferry, 1000, first=ENTRIES)
    while not os.path.exists(authority_file(ferry, "ca/issuing.crl.new")):
        assert published(ferry)[1] <= ENTRIES, "it was too quick to be killed at work"
        time.sleep(0.001)
    assert ferry.kill() == -9
    watcher = Watcher(ferry)
    watcher.start()
    ferry.serve()
    while published(ferry)[1] != ENTRIES + 1000:
        assert ferry.server.poll() is None, ferry.log
        time.sleep(0.05)
    watcher.finish()
    assert ferry.stop() == 0, ferry.log
    assert ask(ferry, "SELECT count(DISTINCT json_extract(detail, '$.number')) = count(*) FROM audit"
                      " WHERE action = 'crl.publish' AND object_id = 'issuing'") == (1,)  # fmt: skip


try:
    run()
finally:
    if "ferry" in world:
        world["ferry"].close()
