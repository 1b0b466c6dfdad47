"""The server is killed with SIGKILL while it sends mails, before, in and after the instant that decides.

What the mail server has and what the database says must fit: a mail is never lost and never sent twice; only one that was
cut off between the end of its data and the row that says that it was sent is `unsure`. FAULT_SEED=2 chooses other instants.
"""

import collections
import json
import os
import random
import threading
import time

from ferry import Ferry
from post import Post
from tap import note, run, test

MAILS, KILLS = 40, 6


def mails_of(ferry):
    return {mail["id"]: mail for mail in map(json.loads, ferry.command("mail", "list", "--json").splitlines())}


def queue(ferry, count):
    for number in range(count):
        ferry.command("mail", "ca", f"user{number}@example.com")


def wait_until(condition):
    while not condition():
        time.sleep(0.05)


def settled(ferry):
    return all(mail["state"] in ("sent", "unsure") for mail in mails_of(ferry).values())


@test
def a_mail_that_is_cut_off_before_its_end_is_sent_once():
    reached, go_on = threading.Event(), threading.Event()
    with Post() as post, Ferry(**post.settings()) as ferry:
        post.recipient = lambda address: reached.set() or (go_on.wait() and None)
        queue(ferry, 1)
        reached.wait()
        ferry.kill()
        post.recipient = lambda address: None
        go_on.set()
        ferry.serve()
        wait_until(lambda: settled(ferry))
        [mail] = mails_of(ferry).values()
        assert mail["state"] == "sent" and mail["tries"] == 2 and len(post.mails) == 1, mail


@test
def a_mail_that_is_cut_off_after_its_end_is_unsure_and_never_sent_by_itself():
    reached, go_on = threading.Event(), threading.Event()
    with Post() as post, Ferry(**post.settings()) as ferry:
        post.end = lambda address: reached.set() or (go_on.wait() and None)
        queue(ferry, 1)
        reached.wait()
        ferry.kill()
        go_on.set()
        post.end = lambda address: None
        ferry.serve()
        wait_until(lambda: settled(ferry))
        [mail] = mails_of(ferry).values()
        assert mail["state"] == "unsure" and mail["kept"] and mail["error"] == "cut off while it was sent", mail
        before = len(post.mails)
        queue(ferry, 1)
        wait_until(lambda: settled(ferry))
        assert len(post.mails) == before + 1, "it was sent again by itself"

        ferry.command("mail", "retry", mail["id"])
        wait_until(lambda: settled(ferry))
        again = [found for found in post.mails if found["Message-ID"] == f"<{mail['message_id']}>"]
        assert mails_of(ferry)[mail["id"]]["state"] == "sent" and len(again) == before + 1, again


@test
def whenever_it_is_killed_no_mail_is_lost_and_none_is_sent_twice():
    source = random.Random(int(os.environ.get("FAULT_SEED", "1")))
    with Post() as post, Ferry(**post.settings()) as ferry:
        ferry.stop()
        queue(ferry, MAILS)
        for _ in range(KILLS):
            ferry.serve()
            before = len(post.mails)
            wait_until(lambda: len(post.mails) > before or settled(ferry))
            time.sleep(source.uniform(0, 0.1))
            ferry.kill()
        ferry.serve()
        wait_until(lambda: settled(ferry))
        found = mails_of(ferry)
        received = collections.Counter(str(mail["Message-ID"]) for mail in post.mails)
        unsure = [mail for mail in found.values() if mail["state"] == "unsure"]
        note(f"{len(found)} mails, {KILLS} kills, {len(unsure)} unsure")
        assert len(found) == MAILS and len(unsure) <= KILLS
        assert all(count == 1 for count in received.values()), received
        for mail in found.values():
            assert mail["state"] == "unsure" or received[f"<{mail['message_id']}>"] == 1, mail


run()
