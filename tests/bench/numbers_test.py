"""The promised numbers, measured on the optimised build: medians, and ratios to something on the same machine.

A machine that is busy with other things measures that; run it alone.
"""

import html.parser
import os
import re
import socket
import statistics
import subprocess
import tempfile
import time

from ferry import Ferry
from processor import wait_until_idle
from tap import note, run, test

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.environ["CERTFERRY_RELEASE"]
STARTS = 9
CLAIMS = 24
BARE_ROUNDS = 4  # after each claim


def ferry(**settings):
    return Ferry(program=PROGRAM, keys=None, **settings)


def free_port():
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as server:
        return server.getsockname()[1]


def signer_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return int(file.read().split()[0])


def answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), 10) as connection:
            connection.sendall(b"GET /ca/root.cer HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            return connection.recv(12) == b"HTTP/1.1 200"
    except ConnectionRefusedError:
        return False


def one_start(prepared):
    port = free_port()
    environment = dict(prepared.environment, CERTFERRY_HTTP_PORT=str(port))
    begun = time.monotonic()
    with open(os.devnull, "wb") as nothing:
        server = subprocess.Popen(
            [PROGRAM, "-c", prepared.config, "serve"], env=environment, stdin=subprocess.DEVNULL, stdout=nothing,
            stderr=nothing,
        )  # fmt: skip
    while not answers(port):
        assert server.poll() is None, "serve ended"
        time.sleep(0.002)
    took = time.monotonic() - begun
    server.terminate()
    assert server.wait() == 0
    return took


@test
def from_start_to_the_first_answer_in_less_than_300_ms():
    prepared = ferry()
    try:
        prepared.init()
        times = [one_start(prepared) for _ in range(STARTS)]
    finally:
        prepared.close()
    median = statistics.median(times)
    note(f"start to first answer: median {median * 1000:.0f} ms, worst {max(times) * 1000:.0f} ms of {STARTS}")
    assert median < 0.3, f"{median:.3f} s"


def memory(pid):
    """{"Pss": bytes, "Rss": bytes}"""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        rows = dict(re.findall(r"^(Pss|Rss): +(\d+) kB$", file.read(), re.MULTILINE))
    return {name: int(size) * 1024 for name, size in rows.items()}


@test
def both_processes_idle_in_less_than_32_mb():
    with ferry() as server:
        for path in ("/", "/ca/root.cer"):
            assert server.get(path).status == 200
        wait_until_idle(server.server.pid)
        web, signer = memory(server.server.pid), memory(signer_of(server.server.pid))
    for kind in ("Pss", "Rss"):
        note(f"idle {kind.upper()}: web {web[kind] / 2**20:.1f} MB, signer {signer[kind] / 2**20:.1f} MB")
    total = web["Pss"] + signer["Pss"]
    assert total < 32 * 2**20, f"{total / 2**20:.1f} MB"


def build_bare():
    program = os.path.join(tempfile.mkdtemp(prefix="certferry-bench-"), "bare_pkcs12")
    subprocess.run(["cc", "-O2", f"{HERE}/bare_pkcs12.c", "-o", program, "-lcrypto"], check=True)
    return program


def bare_seconds(program):
    done = subprocess.run([program, str(BARE_ROUNDS)], check=True, capture_output=True, text=True)
    return [int(line) / 1e6 for line in done.stdout.split()]


def one_claim(server, number):
    """From the connection to the whole answer."""
    link = server.link(f"user{number}@example.com")
    begun = time.monotonic()
    answer = server.claim(link)
    took = time.monotonic() - begun
    assert answer.status == 200 and answer.json()["serial"], answer
    return took


@test
def a_claim_with_a_warm_pool_costs_less_than_3_bare_bundles():
    bare_program = build_bare()
    claims, bare = [], []
    with ferry(bundle_key_pool=CLAIMS + 8) as server:
        wait_until_idle(server.server.pid)
        for number in range(CLAIMS):
            claims.append(one_claim(server, number))
            bare.extend(bare_seconds(bare_program))
    claim, alone = statistics.median(claims), statistics.median(bare)
    note(f"claim {claim * 1000:.1f} ms, PKCS12 create and reopen alone {alone * 1000:.1f} ms (medians)")
    note(f"claim with a warm pool: {claim / alone:.2f} times the bare bundle")
    assert claim < 3 * alone, f"{claim / alone:.2f} times"


class Resources(html.parser.HTMLParser):
    """What a browser fetches for a page, but its icon."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag == "link" and "icon" not in values.get("rel", "").split() and "stylesheet" in values.get("rel", ""):
            self.found.append(values.get("href"))
        elif tag in ("script", "img", "iframe", "object", "embed") and ("src" in values or "data" in values):
            self.found.append(values.get("src") or values.get("data"))


@test
def pages_are_at_most_20_kb_and_one_request_but_the_icon():
    with ferry() as server:
        link = server.link("ann@example.com")
        pages = {
            "CA page": server.get("/"),
            "link page": server.get(link["path"]),
            "page after the claim": server.post(link["path"], {"pin": link["pin"]}),
        }
    for name, answer in pages.items():
        assert answer.status == 200, f"{name}: {answer}"
        resources = Resources()
        resources.feed(answer.text())
        note(f"{name}: {len(answer.body)} bytes, {1 + len(resources.found)} request(s)")
        assert len(answer.body) <= 20_000, name
        # The script of the copy button is an extra that the page after the claim works without.
        assert set(resources.found) <= {"/static/copy.js"}, f"{name}: {resources.found}"
        assert name == "page after the claim" or not resources.found, f"{name}: {resources.found}"


run()
