"""Probes: what certferry finds out of a simulated phone is what its profile says, and nothing worse was asked of it."""

import csv
import io
import json
import os
import re
import time

from api import Api, Description
from ferry import Ferry
from simulated import Simulated
from tap import case, run, test

FERRY = Ferry(options=["--key", "ec-p256"])
CONSENT = "The user agreed by telephone"
PIN = "DevicePasswordEnabled"


def wait(question):
    """Until the first column of the first row is neither 0 nor NULL."""
    while not FERRY.sql(question)[0][0]:
        time.sleep(0.02)


def simulated(name, *options):
    return Simulated(FERRY, f"{name}@example.com", *options)


def start(user, *options):
    return json.loads(FERRY.command("probe", "start", user, "--consent", CONSENT, "--json", *options))["id"]


def show(probe):
    return json.loads(FERRY.command("probe", "show", probe, "--json"))


def results(probe):
    return {it["policy"]: it["result"] for it in show(probe)["policies"]}


def risks(probe):
    return {it["policy"]: it["risk"] for it in show(probe)["policies"]}


def finds_out(profile, version, seed, risk):
    phone = simulated(f"{profile}-{version}-{risk}", "--profile", profile, "--version", version, "--seed", str(seed))
    phone.set_up()
    words = ["--risk", str(risk)] + (["--confirm", phone.user] if risk > 1 else [])
    probe = start(phone.user, *words)
    documents, end = phone.lives()
    shown = show(probe)
    assert end["end"] == "in" and shown["outcome"] == "complete" and shown["baseline_given_back"], (end, shown)
    assert shown["version"] == version and shown["model"] in ("Simulated phone", None), shown
    may = {it["policy"] for it in shown["policies"] if it["reason"] not in ("version", "risk", "unnamed")}
    risk_of = risks(probe)
    assert may and all(risk_of[name] <= risk for name in may)
    asked = {name for document in documents for name in document["carried"]}
    assert asked <= may and {risk_of[name] for name in asked} <= set(range(risk + 1)), asked - may
    found = results(probe)
    pin = found[PIN] == "applied"
    for it in shown["policies"]:
        name = it["policy"]
        if name not in may or it["reason"] in ("pin", "letters"):
            continue
        wanted = "partial" if name in end["partial"] else "refused" if name in end["refused"] else "applied"
        assert it["result"] == wanted, (it, wanted, pin)
    assert len(shown["rounds"]) <= len(may) + 2 * shown["refusals"] + 4, shown
    assert documents[-1]["asked"] == [] and documents[-1]["said"] == 1, documents[-1]
    return shown


for _profile, _version, _seed, _risk in (
    ("supports-all", "14.1", 1, 1), ("partial", "14.1", 5, 1), ("partial", "16.1", 6, 0), ("partial", "12.1", 7, 1),
    ("partial", "12.0", 8, 1), ("partial", "14.0", 9, 2), ("supports-all", "16.0", 10, 2), ("key-in-url", "14.1", 11, 1),
):  # fmt: skip
    case(f"finds_out_{_profile}_of_{_version}_at_risk_{_risk}", finds_out, _profile, _version, _seed, _risk)


@test
def a_phone_that_does_everything_costs_few_rounds():
    rounds = FERRY.sql("SELECT count(*) FROM probe_round JOIN probe ON probe.number = probe_round.probe "
                       "WHERE user_name LIKE 'supports-all-14.1%'")[0][0]  # fmt: skip
    assert 0 < rounds <= 15, rounds


@test
def a_blind_phone_is_found_to_be_blind():
    phone = simulated("blind", "--profile", "blind", "--seed", "20")
    phone.set_up()
    probe = start("blind@example.com")
    phone.lives()
    assert set(results(probe).values()) == {"blind", "not_offered", "cannot_tell"} or set(
        results(probe).values()
    ) == {"blind", "not_offered"}, results(probe)


@test
def whom_somebody_else_manages_is_said_to_be_managed():
    phone = simulated("external", "--profile", "external", "--seed", "21")
    phone.set_up()
    probe = start("external@example.com")
    phone.lives()
    shown = show(probe)
    assert shown["outcome"] == "managed" and len(shown["rounds"]) == 1, shown
    assert set(results(probe).values()) == {"managed", "not_offered"}, shown


@test
def a_phone_that_refuses_the_baseline_is_asked_nothing_more():
    phone = simulated("refuses", "--profile", "refuses-all", "--seed", "22")
    phone.set_up()
    probe = start("refuses@example.com")
    documents, _ = phone.lives()
    assert show(probe)["outcome"] == "baseline_refused" and all(not it["asked"] for it in documents), documents


@test
def what_is_stopped_gives_the_baseline_back():
    phone = simulated("stopped", "--profile", "partial", "--seed", "23")
    phone.set_up()
    probe = start("stopped@example.com", "--one-by-one")
    phone.lives(polls=9)
    asked = len(show(probe)["rounds"])
    assert show(probe)["outcome"] == "running" and asked > 2, show(probe)
    FERRY.command("probe", "stop", probe)
    assert FERRY.run("probe", "stop", probe).returncode == 1
    documents, end = phone.lives()
    shown = show(probe)
    assert end["end"] == "in" and shown["outcome"] == "stopped" and shown["stop_reason"] == "operator", shown
    assert len(shown["rounds"]) <= asked + 1 and shown["baseline_given_back"] and shown["ended_at"], shown
    assert documents and all(it["asked"] == [] for it in documents[-1:]), documents
    assert "pending" not in results(probe).values() and "waiting" not in results(probe).values(), results(probe)


@test
def another_version_ends_it_with_the_baseline():
    phone = simulated("updated", "--profile", "partial", "--seed", "24")
    phone.set_up()
    probe = start("updated@example.com", "--one-by-one")
    phone.lives(polls=9)
    documents, end = phone.lives("--version", "16.1")
    shown = show(probe)
    assert end["end"] == "in" and shown["outcome"] == "stopped" and shown["stop_reason"] == "version", shown
    assert shown["version"] == "14.1" and shown["baseline_given_back"] and all(not it["asked"] for it in documents), shown
    assert FERRY.sql(f"SELECT count(*) FROM audit WHERE action = 'probe.stop' AND object_id = '{probe}'")[0][0] == 1


@test
def silence_is_an_answer_after_the_time_for_it():
    phone = simulated("never", "--profile", "slow", "--slow", "100", "--seed", "25")
    phone.set_up()
    probe = start("never@example.com", "--risk", "2", "--confirm", "never@example.com")
    phone.lives(polls=120)
    assert results(probe)[PIN] == "waiting", results(probe)
    FERRY.sql(f"UPDATE probe SET waits_since = waits_since - 90000 WHERE id = '{probe}'")
    wait(f"SELECT count(*) FROM probe_round JOIN probe ON probe.number = probe_round.probe "
         f"WHERE probe.id = '{probe}' AND acknowledgment = 0")  # fmt: skip
    assert results(probe)[PIN] == "no_answer", results(probe)
    phone.lives()
    shown = show(probe)
    assert shown["outcome"] == "complete" and shown["baseline_given_back"], shown


@test
def a_clock_that_was_set_back_loses_no_round():
    phone = simulated("clock", "--profile", "partial", "--seed", "26")
    phone.set_up()
    probe = start("clock@example.com", "--one-by-one")
    phone.lives("--profile", "never", polls=3)
    before = len(show(probe)["rounds"])
    FERRY.sql(f"UPDATE probe SET waits_since = waits_since + 3600 WHERE id = '{probe}'")
    wait(f"SELECT count(*) FROM probe WHERE id = '{probe}' AND waits_since <= unixepoch()")
    assert len(show(probe)["rounds"]) == before == 1
    phone.lives()
    assert show(probe)["outcome"] == "complete", show(probe)


@test
def goes_on_where_it_was_after_the_server_was_killed():
    pair = [simulated(name, "--profile", "partial", "--seed", "27") for name in ("killed", "whole")]
    for phone in pair:
        phone.set_up()
    probes = [start(phone.user) for phone in pair]
    for _ in range(6):
        pair[0].lives(polls=4)
        FERRY.kill()
        FERRY.serve()
    pair[0].lives()
    pair[1].lives()
    courses = [
        FERRY.sql(f"SELECT r.number, kind, policies, acknowledgment FROM probe_round r JOIN probe ON probe.number = r.probe "
                  f"WHERE probe.id = '{probe}' ORDER BY r.number")
        for probe in probes
    ]  # fmt: skip
    assert courses[0] == courses[1] and len(courses[0]) > 6, courses
    assert results(probes[0]) == results(probes[1])


@test
def what_is_asked_for_wrongly_is_refused():
    phone = simulated("wrong", "--profile", "partial", "--seed", "28")
    phone.set_up()
    user = "wrong@example.com"
    for code, words in (
        (1, (user, "--consent", CONSENT, "--risk", "2")),
        (1, (user, "--consent", CONSENT, "--risk", "3", "--confirm", "somebody")),
        (1, (user, "--consent", "")),
        (1, (user, "--consent", CONSENT, "--policy", "RequireDeviceEncryption")),
        (1, (user, "--consent", CONSENT, "--risk", "3", "--confirm", user, "--policy", "AllowCamera")),
        (1, ("nobody@example.com", "--consent", CONSENT)),
        (2, (user,)),
        (2, (user, "--consent", CONSENT, "--risk", "4")),
    ):
        assert FERRY.run("probe", "start", *words).returncode == code, words
    said = FERRY.run("probe", "start", user, "--consent", CONSENT, "--risk", "2").stderr
    assert user in said, said
    probe = start(user)
    assert FERRY.run("probe", "start", user, "--consent", CONSENT).returncode == 1
    started = FERRY.sql(f"SELECT detail FROM audit WHERE action = 'probe.start' AND object_id = '{probe}'")
    assert len(started) == 1 and CONSENT in started[0][0], started
    FERRY.command("probe", "stop", probe)
    assert show(probe)["ended_at"] and show(probe)["rounds"] == []


@test
def a_program_starts_a_probe_and_sees_what_it_found_out():
    phone = simulated("program", "--profile", "partial", "--seed", "29")
    phone.set_up()
    description = Description(FERRY)
    desk, auditor = (Api(FERRY, description, role=role) for role in ("helpdesk", "auditor"))
    wanted = {"user": phone.user, "risk": 2, "confirm": phone.user, "consent": CONSENT, "one_by_one": True}
    made = desk.post("/probes", wanted)
    assert made.status == 201, made
    probe = made.json()["id"]
    assert made.json()["outcome"] == "running" and made.json()["rounds"] == [], made
    phone.lives()
    shown = auditor.get("/probes/" + probe).json()
    assert shown == show(probe) and shown["outcome"] == "complete", shown
    assert [it["number"] for it in shown["rounds"]] == list(range(1, len(shown["rounds"]) + 1))
    assert shown["rounds"][0]["kind"] == "baseline" and shown["rounds"][0]["policies"] == [], shown["rounds"][0]
    assert all(len(it["policies"]) <= 3 for it in shown["rounds"]), shown["rounds"]
    table = auditor.get(f"/probes/{probe}.csv")
    assert table.text().splitlines() == FERRY.command("probe", "export", probe, "--csv").splitlines(), table


@test
def prints_the_matrix_as_csv_and_json():
    probe = json.loads(FERRY.command("probe", "list", "--user", "whole@example.com", "--json"))["id"]
    lines = list(csv.DictReader(io.StringIO(FERRY.command("probe", "export", probe, "--csv"))))
    whole = json.loads(FERRY.command("probe", "export", probe))
    assert len(lines) == 42 and whole["format"] == "certferry probe 1"
    assert [(it["policy"], it["result"]) for it in lines] == [(it["policy"], it["result"]) for it in whole["policies"]]
    assert {it["user"] for it in lines} == {"whole@example.com"}
    assert "AllowCamera" in FERRY.command("probe", "show", probe)


@test
def what_another_site_found_out_is_listed_shown_and_exported_like_our_own():
    own = json.loads(FERRY.command("probe", "list", "--user", "whole@example.com", "--json"))
    printed = FERRY.command("probe", "export", own["id"])
    path = os.path.join(FERRY.folder, "whole.json")
    with open(path, "w", encoding="utf-8") as file:
        file.write(printed)
    imported = json.loads(FERRY.command("probe", "import", path, "--site", "North", "--json"))["id"]
    listed = [json.loads(line) for line in FERRY.command("probe", "list", "--user", "whole@example.com", "--json").splitlines()]
    assert {it["id"]: it["site"] for it in listed} == {own["id"]: None, imported: "North"}, listed
    of_device = FERRY.command("probe", "list", "--device", own["device"], "--json").splitlines()
    assert [json.loads(line)["id"] for line in of_device] == [own["id"]], of_device
    assert "(North)" in FERRY.command("probe", "list"), "the site is not named"
    assert FERRY.command("probe", "export", imported) == printed == FERRY.command("probe", "show", imported, "--json")
    tables = [list(csv.DictReader(io.StringIO(FERRY.command("probe", "export", it, "--csv")))) for it in (own["id"], imported)]
    assert tables[1] == [{**line, "probe": imported} for line in tables[0]], tables
    shown = FERRY.command("probe", "show", imported)
    assert re.search("imported from +North", shown) and "AllowCamera" in shown and "baseline" in shown, shown


@test
def one_that_cannot_be_read_is_shown_and_stopped_all_the_same():
    phone = simulated("damaged", "--profile", "partial", "--seed", "30")
    phone.set_up()
    probe = start(phone.user)
    FERRY.sql(f"UPDATE probe SET state = 'nonsense' WHERE id = '{probe}'")
    description = Description(FERRY)
    desk, auditor = (Api(FERRY, description, role=role) for role in ("helpdesk", "auditor"))
    shown = auditor.get("/probes/" + probe)
    assert shown.status == 200 and {it["result"] for it in shown.json()["policies"]} == {"cannot_tell"}, shown
    table = auditor.get(f"/probes/{probe}.csv")
    assert table.status == 200 and table.text().count(",cannot_tell,") == 42, table
    assert "unreadable" in FERRY.command("probe", "show", probe)
    stopped = desk.post(f"/probes/{probe}/stop")
    assert stopped.status == 200 and stopped.json()["stop_reason"] == "unreadable", stopped
    assert show(probe) == stopped.json()


with FERRY:
    run()
