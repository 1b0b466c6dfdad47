"""certferry-phone: each profile sets up its account with the neutral policy, or says why it does not."""

import json
import os
import re
import socket
import subprocess
import time

import phone as eas
from ferry import Ferry
from tap import case, run, test

PROGRAM = os.environ.get("CERTFERRY_PHONE") or os.path.join(
    os.path.dirname(os.environ["CERTFERRY"]), "..", "tests", "phone", "certferry-phone"
)
FERRY = Ferry(options=["--key", "ec-p256"])
USER = "ann@example.com"
TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
_minted = []


def bundle():
    if not _minted:
        made = eas.mint(FERRY, USER)
        secret = FERRY.file("password")
        with open(secret, "w", encoding="ascii") as file:
            file.write(made["password"] + "\n")
        _minted.extend((made["file"], secret))
    return _minted


def simulate(*options, code=0):
    """What it printed: its documents, and the end."""
    file, secret = bundle()
    words = [PROGRAM, "--server", f"https://{FERRY.host}:{FERRY.eas_port}", "--p12", file, "--password-file", secret]
    done = subprocess.run([*words, "--user", USER, *options], capture_output=True, text=True, check=False)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    *documents, end = [json.loads(line) for line in done.stdout.splitlines()]
    return documents, end


def gets_in(profile, said):
    documents, end = simulate("--profile", profile, "--seed", str(100 + len(profile)))
    assert [it["said"] for it in documents] == [said], documents
    assert documents[0]["asked"] == [] and documents[0]["status"] == 1 and documents[0]["key"], documents
    assert end["end"] == "in" and end["documents"] == 1, end


for _profile, _said in (
    ("supports-all", 1), ("partial", 1), ("slow", 1), ("blind", 1), ("refuses-all", 3), ("external", 4), ("key-in-url", 1),
):  # fmt: skip
    case(f"gets_in_as_{_profile.replace('-', '_')}", gets_in, _profile, _said)


def gets_in_with(version, *options):
    _, end = simulate("--version", version, "--seed", version.replace(".", ""), *options)
    assert end["end"] == "in", end


for _version in ("2.5", "12.0", "12.1", "14.0", "14.1", "16.0", "16.1"):
    case(f"gets_in_with_{_version}", gets_in_with, _version)
for _version in ("12.1", "14.1", "16.1"):
    case(f"gets_in_with_{_version}_and_base64_queries", gets_in_with, _version, "--base64")


@test
def declines_the_same_policies_from_the_same_seed():
    ends = [simulate("--profile", "partial", "--seed", seed)[1] for seed in ("7", "7", "8")]
    declined = [(end["partial"], end["refused"]) for end in ends]
    assert declined[0] == declined[1] and declined[0][0] != declined[2][0], ends


@test
def never_gets_in_when_it_never_acknowledges():
    documents, end = simulate("--profile", "never", "--seed", "20", "--polls", "5", code=1)
    assert documents == [] and end["end"] == "asked_again" and end["documents"] == 5, end


@test
def is_refused_when_its_certificate_is_gone():
    _, end = simulate("--profile", "drops-certificate", "--seed", "21", "--stay", "20", code=1)
    assert end["end"] == "refused" and end["http"] in (401, 403), end


@test
def stays_in_as_long_as_it_is_wished():
    documents, end = simulate("--profile", "partial", "--seed", "22", "--stay", "4")
    assert len(documents) == 1 and end["end"] == "in", end


@test
def a_server_that_says_nothing_gives_no_answer():
    file, secret = bundle()
    with socket.create_server((FERRY.host, 0)) as silent:
        words = ["--server", f"https://{FERRY.host}:{silent.getsockname()[1]}", "--p12", file, "--password-file", secret]
        done = subprocess.run([PROGRAM, *words, "--user", USER, "--timeout", "1"], capture_output=True, text=True, check=False)
    assert done.returncode == 4 and "no connection" in done.stderr, done


@test
def says_how_it_is_used():
    for words in ([], ["--server", "http://x"], ["--profile", "x"], ["--nonsense"]):
        done = subprocess.run([PROGRAM, *words], capture_output=True, text=True, check=False)
        assert done.returncode == 2 and "--help" in done.stderr, done
    done = subprocess.run([PROGRAM, "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "key-in-url" in done.stdout, done


@test
def an_option_that_makes_no_phone_is_wrong_use():
    file, secret = bundle()
    for words in (
        ["--server", "https://"], ["--server", "https://:8444"], ["--version", "9.9"], ["--version", '14.1"'], ["--version", ""],
        ["--version", "2.5", "--base64"], ["--version", "12.0", "--base64"], ["--user", ""], ["--user", "a" * 256],
        ["--user", "ann\r\nX-SSL-Client-Cert: x"], ["--seed", "99999999999999999999"], ["--slow", "4294967296"], ["--polls", "-1"],
    ):  # fmt: skip
        usual = ["--server", f"https://{FERRY.host}:{FERRY.eas_port}", "--p12", file, "--password-file", secret, "--user", USER]
        done = subprocess.run([PROGRAM, *usual, *words], capture_output=True, text=True, check=False)
        assert done.returncode == 2 and done.stdout == "" and "--help" in done.stderr, (words, done)


@test
def a_name_of_any_letters_is_encoded():
    for number, user in enumerate(("CORP\\zo\u00eb <&?>", "zo\u00eb")):
        for more in ([], ["--base64"]):
            _, end = simulate("--seed", str(40 + number), "--user", user, *more, code=1)
            assert end["end"] == "refused" and end["http"] == 403 and end["user"] == user, end
    names = "SELECT DISTINCT user_name FROM sighting WHERE reason = 'user_mismatch' ORDER BY 1"
    while FERRY.sql(names) != [("CORP\\zo\u00eb <&?>",), ("zo\u00eb",)]:
        time.sleep(0.02)


@test
def a_server_is_found_by_its_ipv6_address():
    ferry = Ferry(host="::1", options=["--key", "ec-p256"])
    try:
        ferry.init()
        ferry.host = "127.0.0.1"
        ferry.serve()
        made = eas.mint(ferry, USER)
        with open(ferry.file("password"), "w", encoding="ascii") as file:
            file.write(made["password"])
        words = ["--server", f"https://[::1]:{ferry.eas_port}", "--p12", made["file"], "--password-file", ferry.file("password")]
        done = subprocess.run([PROGRAM, *words, "--user", USER], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done
        ferry.stop()
    finally:
        ferry.close()


@test
def its_manual_knows_every_option_and_exit_code():
    said = subprocess.run([PROGRAM, "--help"], capture_output=True, text=True, check=True).stdout
    with open(os.path.join(TOP, "deploy/man/certferry-phone.1"), encoding="utf-8") as file:
        manual = file.read().replace("\\-", "-")
    options = set(re.findall(r"--[a-z0-9-]+", said))
    assert len(options) > 15 and options <= set(re.findall(r"--[a-z0-9-]+", manual)), options
    for code in "0 1 2 4 5".split():
        assert re.search(rf"\b{code} [a-z]", said) and re.search(rf"\b{code} it |\b{code} [a-z]", manual), code


@test
def a_fleet_that_is_none_is_refused_before_anything_is_asked():
    path = FERRY.file("none.txt")
    for text, code in (("", 4), ("\n\n", 2), ("--user ann\n", 2), ("--nonsense\n", 2), ("x " * 80 + "\n", 2)):
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        done = subprocess.run([PROGRAM, "--fleet", path], capture_output=True, text=True, check=False)
        assert done.returncode == code and done.stdout == "" and done.stderr, (text, done)
    assert subprocess.run([PROGRAM, "--fleet", path + ".gone"], capture_output=True, check=False).returncode == 4


with FERRY:
    run()
