"""Another CA is trusted: its list is fetched, kept over a restart without network, and what is wrong with it is said."""

import json
import os
import signal
import time

from ferry import Ferry
from tap import run, test


def write_anchor(ferry, certificate, crl=None, more=""):
    lists = f'crl = {{"{crl}"}}' if crl else ""
    if not hasattr(ferry, "plain"):
        with open(ferry.config, encoding="utf-8") as file:
            ferry.plain = file.read()
    with open(ferry.config, "w", encoding="utf-8") as file:
        file.write(f'{ferry.plain}\nanchor "other" {{\n certificate = "{certificate}"\n {lists}\n {more}\n}}\n')


def findings(ferry):
    """What check says of the anchor and of its list, by subject: (level, sentence)."""
    lines = [json.loads(line) for line in ferry.run("check", "--json").stdout.splitlines()]
    return {line["subject"]: (line["level"], line["sentence"]) for line in lines if line["subject"].startswith("anchor")}


def wait_for(ferry, level, words):
    while True:
        found = findings(ferry).get("anchor.other list")
        if found and found[0] == level and words in found[1]:
            return found
        assert ferry.server.poll() is None, ferry.log[-4000:]
        time.sleep(0.1)


def wait_for_log(ferry, words):
    while words not in ferry.log:
        assert ferry.server.poll() is None, ferry.log[-4000:]
        time.sleep(0.05)


def anchor_of(other):
    return os.path.join(os.path.dirname(other.config), "ca", "issuing.pem")


@test
def a_list_is_fetched_and_is_there_after_a_restart_without_network():
    ferry = Ferry(keys=None)
    try:
        ferry.init()
        with Ferry() as other:
            write_anchor(ferry, anchor_of(other), f"http://127.0.0.1:{other.http_port}/ca/issuing.crl")
            assert findings(ferry)["anchor.other"][0] == "ok"
            assert findings(ferry)["anchor.other list"] == ("error", "there is no list: it was not asked for yet")
            ferry.serve()
            wait_for(ferry, "ok", "is good until")
            assert ferry.stop() == 0
            ferry.sql("UPDATE trust_source SET next_update = next_update - 315360000")
            level, sentence = findings(ferry)["anchor.other list"]
            assert level == "error" and sentence.endswith("Z: a newer one is not there"), sentence
            ferry.sql("UPDATE trust_source SET next_update = next_update + 315360000")
            certificate = other.read("authority/ca/issuing.pem")
        with open(ferry.file("other.pem"), "wb") as file:
            file.write(certificate)
        url = f"http://127.0.0.1:{other.http_port}/ca/issuing.crl"
        write_anchor(ferry, ferry.file("other.pem"), url)
        ferry.sql("UPDATE trust_source SET try_at = 0")
        ferry.serve()
        wait_for(ferry, "warning", "1 tries for a newer one failed")
        assert ferry.stop() == 0
    finally:
        ferry.close()


@test
def sighup_takes_an_anchor_and_refuses_a_bad_one():
    with Ferry() as other, Ferry() as ferry:
        write_anchor(ferry, ferry.file("nothing.pem"))
        ferry.server.send_signal(signal.SIGHUP)
        wait_for_log(ferry, "nothing was changed by SIGHUP: anchor.other: ")
        write_anchor(ferry, anchor_of(ferry))
        ferry.server.send_signal(signal.SIGHUP)
        wait_for_log(ferry, "is the own issuing CA")
        assert findings(ferry)["anchors"][0] == "error"
        write_anchor(ferry, anchor_of(other), f"http://127.0.0.1:{other.http_port}/ca/issuing.crl")
        ferry.server.send_signal(signal.SIGHUP)
        wait_for(ferry, "ok", "is good until")


@test
def check_says_what_an_anchor_without_a_list_means():
    ferry = Ferry()
    other = Ferry()
    try:
        ferry.init()
        other.init()
        write_anchor(ferry, anchor_of(other))
        assert "so all its certificates are refused" in ferry.run("check").stdout
        write_anchor(ferry, anchor_of(other), more="revocation = soft")
        assert "so revoked certificates are let in" in ferry.run("check").stdout
    finally:
        ferry.close()
        other.close()


run()
