"""A kept OCSP answer costs about what a file of its size does, measured on the optimised build, turn by turn."""

import base64
import json
import os
import statistics
import subprocess
import tempfile

from ferry import Ferry
from tap import note, run, test

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.environ["CERTFERRY_RELEASE"]
ROUNDS = 61
REQUESTS = 500  # a round


def build_client():
    program = os.path.join(tempfile.mkdtemp(prefix="certferry-bench-"), "keep_alive")
    subprocess.run(["cc", "-O2", f"{HERE}/keep_alive.c", "-o", program], check=True)
    return program


def ocsp_path(ferry):
    serial = json.loads(ferry.command("mint", "ann@example.com", "--out", ferry.file("ann.p12"), "--json"))["serial"]
    question = ferry.file("question.der")
    subprocess.run(
        ["openssl", "ocsp", "-issuer", ferry.file("authority/ca/issuing.pem"), "-serial", f"0x{serial}", "-no_nonce",
         "-reqout", question],
        check=True, capture_output=True,
    )  # fmt: skip
    with open(question, "rb") as file:
        return "/ocsp/" + base64.b64encode(file.read()).decode()


def one_round(client, port, path):
    """Requests a second, and the length of the answer."""
    done = subprocess.run([client, str(port), path, str(REQUESTS)], check=True, capture_output=True, text=True)
    micros, length = (int(word) for word in done.stdout.split())
    return REQUESTS * 1e6 / micros, length


@test
def a_kept_answer_is_served_at_0_8_times_the_rate_of_a_ca_file_of_its_size():
    client = build_client()
    with Ferry(program=PROGRAM, keys=None) as ferry:
        files = {path: len(ferry.get(path).body) for path in ("/ca/root.cer", "/ca/issuing.pem", "/ca/chain.p7b")}
        path = ocsp_path(ferry)
        size = len(ferry.get(path).body)
        nearest = min(files, key=lambda name: abs(files[name] - size))
        rates, ratios = {nearest: [], path: []}, []
        for _ in range(ROUNDS):
            for name in rates:
                rates[name].append(one_round(client, ferry.http_port, name)[0])
            ratios.append(rates[path][-1] / rates[nearest][-1])
    file, kept = statistics.median(rates[nearest]), statistics.median(rates[path])
    note(f"{nearest} of {files[nearest]} bytes: {file:.0f} a second; a kept OCSP answer of {size}: {kept:.0f} (medians)")
    ratio = statistics.median(ratios)
    note(f"kept OCSP answer: {ratio:.2f} times the rate of the file, {min(ratios):.2f} to {max(ratios):.2f}")
    assert ratio >= 0.8, f"{ratio:.2f}"


run()
