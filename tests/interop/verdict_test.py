"""tests/data/verdict: every row through `certferry eas verify`, and through `openssl verify` where both judge."""

import json
import os
import subprocess
import tempfile

from tap import case as add, run

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "verdict")


def path(name):
    return os.path.join(HERE, name)


def verdict_of(case):
    words = ["eas", "verify", path(case["leaf"]), "--anchors", path(case["anchors"]), "--at", case["at"], "--json"]
    if case["untrusted"]:
        words += ["--untrusted", path(case["untrusted"])]
    if case["crls"]:
        words += ["--crls", path(case["crls"])]
    if case["user"]:
        words += ["--user", case["user"]]
    for policy in case["policies"]:
        words += ["--policy", policy]
    return subprocess.run([os.environ["CERTFERRY"], *words], capture_output=True, text=True, stdin=subprocess.DEVNULL)


def judge(case):
    done = verdict_of(case)
    answer = json.loads(done.stdout)
    allowed = case["expected"] == "allowed"
    assert answer["reason"] == case["expected"], (case, answer, done.stderr)
    assert answer["verdict"] == ("allow" if allowed else "refuse")
    assert done.returncode == (0 if allowed else 1), done
    assert (allowed and not answer["revocation_unknown"]) == (answer["detail"] is None), answer
    assert allowed or done.stderr.count("\n") == 1, done.stderr


def openssl_says(case):
    """Whether `openssl verify` takes it: the same anchors, helpers, CRLs, moment and policies."""
    moment = subprocess.run(["date", "-d", case["at"], "+%s"], capture_output=True, text=True, check=True).stdout.strip()
    words = ["openssl", "verify", "-no-CAfile", "-no-CApath", "-no-CAstore", "-trusted", path(case["anchors"]), "-purpose",
             "sslclient", "-attime", moment, "-policy_check"]  # fmt: skip
    if case["untrusted"]:
        words += ["-untrusted", path(case["untrusted"])]
    for policy in case["policies"] or ["anyPolicy"]:
        words += ["-policy", policy]
    if case["policies"]:
        words.append("-explicit_policy")
    with tempfile.NamedTemporaryFile("wb", suffix=".pem") as lists:
        if case["crls"]:
            for name in sorted(os.listdir(path(case["crls"]))):
                with open(os.path.join(path(case["crls"]), name), "rb") as file:
                    lists.write(file.read())
            lists.flush()
            words += ["-crl_check_all", "-CRLfile", lists.name]
        done = subprocess.run([*words, path(case["leaf"])], capture_output=True, text=True)
    return "ok" if done.returncode == 0 else "error", done.stdout + done.stderr


def compare(case):
    says, output = openssl_says(case)
    assert says == case["openssl"], (case, output)


with open(path("table.json"), encoding="ascii") as table:
    CASES = json.load(table)
for number, case in enumerate(CASES):
    name = f"{number}_{case['leaf'].removesuffix('.pem')}_is_{case['expected']}"
    add(name, judge, case)
    if case["openssl"] is not None:
        add(f"{name}_as_openssl_says", compare, case)
run()
