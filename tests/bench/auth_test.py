"""/auth/eas on kept connections with a certificate that comes again, beside a static CA file, turn by turn, optimised build.

Several connections at once, as a proxy keeps them: with one alone the processors sleep between its requests, and what is
measured is how fast they wake.
"""

import os
import statistics
import subprocess
import tempfile

from ferry import Ferry
from forwarded import ENCODINGS, Phones, uri
from processor import wait_until_idle
from tap import note, run, test

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.environ["CERTFERRY_RELEASE"]
ROUNDS = 31
CONNECTIONS = 4
REQUESTS = 1000  # a round, on each connection


def build_client():
    program = os.path.join(tempfile.mkdtemp(prefix="certferry-bench-"), "keep_alive")
    subprocess.run(["cc", "-O2", f"{HERE}/keep_alive.c", "-o", program], check=True)
    return program


def one_round(client, port, path, headers=()):
    """Requests a second."""
    words = [client, str(port), path, str(REQUESTS), *headers]
    clients = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True) for _ in range(CONNECTIONS)]
    micros = [int(one.communicate()[0].split()[0]) for one in clients]
    return CONNECTIONS * REQUESTS * 1e6 / max(micros)


@test
def a_verdict_on_a_known_certificate_comes_at_0_6_times_the_rate_of_a_ca_file():
    client = build_client()
    with Ferry(program=PROGRAM, keys=None, internal_certificate_header="rfc9440") as ferry:
        phone = Phones(ferry).mint("ann@example.com")
        lines = [*ENCODINGS["rfc9440"][1](phone.der), ("X-Original-URI", uri("ann@example.com")), ("X-Original-Method", "POST")]
        headers = [f"{name}: {value}" for name, value in lines]
        files, verdicts = [], []
        wait_until_idle(ferry.server.pid)
        for _ in range(ROUNDS):
            files.append(one_round(client, ferry.http_port, "/ca/issuing.pem"))
            verdicts.append(one_round(client, ferry.internal_port, "/auth/eas", headers))
    ratios = [verdict / file for verdict, file in zip(verdicts, files)]
    note(f"/ca/issuing.pem: {statistics.median(files):.0f} a second; /auth/eas: {statistics.median(verdicts):.0f} (medians)")
    ratio = statistics.median(ratios)
    note(f"/auth/eas: {ratio:.2f} times the rate of the file, {min(ratios):.2f} to {max(ratios):.2f}")
    assert ratio >= 0.6, f"{ratio:.2f}"


run()
