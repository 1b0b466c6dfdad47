"""No data race: the program built with ThreadSanitizer ($CERTFERRY_TSAN) serves everything at the same time.

Claims from many addresses, wrong PINs, downloads, repacking, CA files, slow and broken connections, SIGHUP, commands of
another process, windows that end meanwhile, and SIGTERM in the middle of it. The bounds are counts and not times, so
the suite is as right on a slow machine. Each report of the sanitizer is a failure and is printed whole.
"""

import glob
import os
import random
import signal
import subprocess
import threading

from ferry import Ferry
from tap import run, skip, test

LINKS = 6
CLAIMERS = 8
FILES = ("root.cer", "issuing.crt", "root.pem", "chain.pem", "chain.p7b", "root.mobileconfig", "issuing.crl")


class Load:
    """Threads of this process; the first problem of any of them is raised at the end."""

    def __init__(self):
        self.threads = []
        self.problem = None

    def add(self, work, *arguments):
        self.threads.append(threading.Thread(target=self._guard, args=(work, *arguments)))

    def _guard(self, work, *arguments):
        try:
            work(*arguments)
        except Exception as problem:
            self.problem = self.problem or problem

    def run(self):
        for thread in self.threads:
            thread.start()
        for thread in self.threads:
            thread.join()
        if self.problem is not None:
            raise self.problem


def address(number):
    return f"127.0.{number // 250}.{number % 250 + 2}"


def claim_and_collect(ferry, link, number, winners):
    """Whoever wins fetches and repacks until the window is over; the others are told that they came too late."""
    source = address(number)
    answer = ferry.claim(link, source=source)
    assert answer.status in (200, 409, 410), answer
    if answer.status != 200:
        return
    winners.append(link["id"])
    claimed = answer.json()
    for packing in ("modern", "compat"):
        for kind in ("p12", "mobileconfig"):
            answer = ferry.get(claimed["files"][kind], source=source)
            assert answer.status in (200, 404), answer
        answer = ferry.post(claimed["repack"], {"packing": packing}, source=source)
        assert answer.status in (200, 404), answer


def guess(ferry, link):
    wrong = f"{(int(link['pin']) + 1) % 10 ** len(link['pin']):0{len(link['pin'])}}"
    statuses = {ferry.claim(link, wrong, source=address(200 + turn)).status for turn in range(7)}
    assert statuses <= {403, 410}, statuses


def browse(ferry, rounds):
    chance = random.Random(rounds)
    for _ in range(rounds):
        for name in FILES:
            answer = ferry.get("/ca/" + name, https=chance.random() < 0.5)
            assert answer.status == 200, answer
        for path, status in (("/", 200), ("/guide/ios", 200), ("/l/aaaaaaaaaaaaaaaaaaaaaaaaaa", 404), ("/nothing", 404)):
            answer = ferry.get(path)
            assert answer.status == status, (path, answer)


def misbehave(ferry, rounds):
    for turn in range(rounds):
        for https in (False, True):
            answer = ferry.exchange(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", https=https)
            assert answer.startswith(b"HTTP/1.1 400"), answer
            with ferry.connect(https, source=address(300 + turn)) as connection:
                connection.sendall(b"POST /l/x HTTP/1.1\r\nHost: ")


def reload_often(ferry, rounds):
    for _ in range(rounds):
        ferry.server.send_signal(signal.SIGHUP)
        answer = ferry.get("/")
        assert answer.status == 200, answer


def command_often(ferry, rounds):
    for turn in range(rounds):
        link = ferry.link(f"user{turn}@example.com")
        ferry.command("link", "list")
        ferry.command("link", "cancel", link["id"])


def reports(folder):
    texts = []
    for name in sorted(glob.glob(os.path.join(folder, "race.*"))):
        with open(name, encoding="utf-8") as file:
            texts.append(file.read())
    return "\n".join(texts)


def sanitized(**settings):
    can = subprocess.run([os.environ["CERTFERRY_TSAN"], "version"], capture_output=True, text=True)
    if "unexpected memory mapping" in can.stderr:
        skip("ThreadSanitizer needs fewer random bits of addresses: sysctl vm.mmap_rnd_bits=28")
    ferry = Ferry(os.environ["CERTFERRY_TSAN"], keys=None, server_threads=64, bundle_key_pool=4, log_level="debug", **settings)
    accepted = os.path.join(os.path.dirname(os.path.abspath(__file__)), "threads.suppressions")
    ferry.environment["TSAN_OPTIONS"] = f"log_path={ferry.file('race')} suppressions={accepted}"
    return ferry


def check(ferry, code):
    found = reports(ferry.folder)
    assert not found, found
    assert code == 0, f"serve ended with {code}: {ferry.log[-4000:]}"


@test
def nothing_races_under_load():
    ferry = sanitized(link_window="10s", link_lease="5m")
    try:
        ferry.init()
        ferry.serve()
        links = [ferry.link(f"ann{number}@example.com") for number in range(LINKS)]
        load = Load()
        winners = []
        for number in range(LINKS * CLAIMERS):
            load.add(claim_and_collect, ferry, links[number % LINKS], number, winners)
        load.add(guess, ferry, ferry.link("bob@example.com"))
        load.add(browse, ferry, 3)
        load.add(browse, ferry, 4)
        load.add(misbehave, ferry, 5)
        load.add(reload_often, ferry, 10)
        load.add(command_often, ferry, 3)
        load.run()
        assert sorted(winners) == sorted(link["id"] for link in links), winners
        check(ferry, ferry.stop())
    finally:
        ferry.close()


@test
def nothing_races_while_it_ends():
    ferry = sanitized()
    try:
        ferry.init()
        ferry.serve()
        links = [ferry.link(f"ann{number}@example.com") for number in range(LINKS)]
        started = threading.Barrier(LINKS * 2 + 1)

        def ask(link, number):
            started.wait()
            try:
                ferry.claim(link, source=address(number))
                ferry.get("/ca/chain.p7b", https=False)
            except OSError:
                pass  # it ends, which is what this is about

        threads = [threading.Thread(target=ask, args=(links[n % LINKS], n)) for n in range(LINKS * 2)]
        for thread in threads:
            thread.start()
        started.wait()
        code = ferry.stop()
        for thread in threads:
            thread.join()
        check(ferry, code)
    finally:
        ferry.close()


run()
