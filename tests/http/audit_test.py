"""The audit from outside: what it holds after each act, what finds out a change, and texts that try to forge a line."""

import json
import os
import signal
import sqlite3
import time
import urllib.parse

from ferry import Ferry
from tap import run, test

world = {}


def ferry():
    if "ferry" not in world:
        world["ferry"] = Ferry(options=["--key", "ec-p256"], bundle_key="ec-p256")
        world["ferry"].init()
        world["ferry"].serve()
    return world["ferry"]


def rows(*options):
    return [json.loads(line) for line in ferry().command("audit", "list", "--json", *options).splitlines()]


def actions(*options):
    return [row["action"] for row in rows(*options)]


def database():
    return os.path.join(os.path.dirname(ferry().config), "certferry.db")


def change(statement):
    """Behind the program's back, past the triggers."""
    with sqlite3.connect(database()) as connection:
        connection.execute("PRAGMA recursive_triggers = OFF")
        for kind in ("only_appends", "never_changes", "never_shrinks"):
            connection.execute(f"DROP TRIGGER IF EXISTS audit_{kind}")
        connection.execute(statement)


def expect_broken(row, sentence=""):
    done = ferry().run("audit", "verify")
    assert done.returncode == 1 and f"broken at row {row}:" in done.stderr, done.stderr
    assert sentence in done.stderr, done.stderr
    report = ferry().run("audit", "verify", "--json")
    assert report.returncode == 1 and json.loads(report.stdout)["first_broken"] == row, report


@test
def a_life_of_a_link_stands_in_the_audit_with_who_and_from_where():
    link = ferry().link("ann@example.org")
    wrong = "".join(str(9 - int(digit)) for digit in link["pin"])
    assert ferry().claim(link, wrong).status != 200
    claimed = ferry().claim(link).json()
    path = urllib.parse.urlsplit(claimed["files"]["p12"]).path
    for _ in range(2):
        assert ferry().get(path).status == 200
    acts = {row["action"]: row for row in rows("--object", link["id"])}
    for action in ("link.create", "link.wrong_pin", "link.claim", "link.claimed", "link.deliver", "link.fetch"):
        assert action in acts, action
    assert acts["link.create"]["actor"].startswith("command:")
    for action in ("link.wrong_pin", "link.claim", "link.deliver", "link.fetch"):
        assert (acts[action]["actor"], acts[action]["address"]) == ("phone", "127.0.0.1"), acts[action]
    assert acts["link.claim"]["detail"]["serial"] == claimed["serial"]
    issued = [row["action"] for row in rows("--object", claimed["serial"])]
    assert issued == ["certificate.issue", "certificate.reserve"], issued
    world["link"], world["claimed"] = link, claimed


@test
def refusals_of_a_link_that_is_over_stand_in_the_audit():
    link = ferry().link("ben@example.org")
    ferry().command("link", "cancel", link["id"])
    assert ferry().claim(link).status != 200
    [refused, cancelled, _] = rows("--object", link["id"])
    assert refused["action"] == "link.refuse" and refused["detail"]["state"] == "cancelled", refused
    assert cancelled["action"] == "link.cancel", cancelled


@test
def five_wrong_pins_and_what_comes_behind_them_stand_in_the_audit():
    link = ferry().link("cas@example.org")
    wrong = "".join(str(9 - int(digit)) for digit in link["pin"])
    for _ in range(5):
        ferry().claim(link, wrong)
    ferry().claim(link)
    assert actions("--object", link["id"])[:6] == ["link.refuse", "link.lock"] + 4 * ["link.wrong_pin"]


@test
def the_set_up_and_the_server_stand_in_the_audit():
    ferry().server.send_signal(signal.SIGHUP)
    while "server.reload" not in actions("--limit", "3"):
        time.sleep(0.05)
    ferry().stop()
    ferry().serve()
    known = actions()
    for action in ("authority.create", "operator.add", "server.start", "server.reload", "server.stop"):
        assert action in known, action
    [last, before] = [row for row in rows("--limit", "50") if row["action"] in ("server.start", "server.stop")][:2]
    assert (last["action"], before["action"]) == ("server.start", "server.stop")
    assert last["detail"]["https"] == ferry().https_port, last


@test
def a_reload_that_is_refused_stands_in_the_audit():
    with open(ferry().config, encoding="utf-8") as file:
        good = file.read()
    with open(ferry().config, "a", encoding="utf-8") as file:
        file.write("nonsense = 1\n")
    ferry().server.send_signal(signal.SIGHUP)
    while not (refused := refusals_of_reload()):
        time.sleep(0.05)
    with open(ferry().config, "w", encoding="utf-8") as file:
        file.write(good)
    assert "certferry.conf:" in refused[0][0], refused


def refusals_of_reload():
    """Beside the program, which cannot read its configuration."""
    with sqlite3.connect(database()) as connection:
        return connection.execute("SELECT detail FROM audit WHERE action = 'server.reload_refused'").fetchall()


@test
def a_mint_stands_in_the_audit():
    out = ferry().file("dan.p12")
    serial = json.loads(ferry().command("mint", "dan@example.org", "--out", out, "--json"))["serial"]
    assert actions("--object", serial) == ["certificate.issue", "certificate.reserve"]


@test
def filters_and_pages_go_together():
    everything = rows()
    assert [row["id"] for row in everything] == list(range(len(everything), 0, -1))
    phones = rows("--actor", "phone")
    assert phones and phones == [row for row in everything if row["actor"] == "phone"]
    claims = rows("--actor", "phone", "--action", "link.claim")
    assert claims == [row for row in phones if row["action"] == "link.claim"]
    paged, cursor = [], []
    while page := rows("--actor", "phone", "--limit", "2", *cursor):
        assert len(page) <= 2
        paged += page
        cursor = ["--cursor", str(page[-1]["id"])]
    assert paged == phones
    at = everything[3]["at"]
    assert rows("--from", at) == [row for row in everything if row["at"] >= at]
    assert rows("--to", at) == [row for row in everything if row["at"] < at]
    assert rows("--to", "2020-01-01") == []
    assert ferry().run("audit", "list", "--from", "yesterday").returncode == 2
    assert ferry().run("audit", "list", "--cursor", "999999").returncode == 1


# Texts that try to look like something else

FORGED = '2026-01-01T00:00:00Z error web audit: forged\n{"id":1,"actor":"operator:root"}\r\n\x1b[2J\u202e'


def no_line_is_forged(text):
    assert "forged" not in [word for line in text.splitlines() for word in line.split(" ")[:1]]
    for line in text.splitlines():
        assert not line.startswith(("2026-01-01", '{"id":1,"actor":"operator:root"')), line
        assert all(c >= " " and c not in "\x7f\x1b\u202e" for c in line), repr(line)


@test
def control_characters_in_names_are_refused():
    before = len(rows())
    for option in ("--name", "--device", "--mail"):
        done = ferry().run("link", "create", "eve@example.org", option, FORGED)
        assert done.returncode == 1, done
        no_line_is_forged(done.stderr)
    assert len(rows()) == before


@test
def requests_cannot_forge_a_line_of_the_log_or_of_the_audit():
    link = ferry().link("fay@example.org")
    agent = "iPhone forged\x01\x7f\xff\\n2026-01-01T00:00:00Z error"
    head = (
        f"POST {link['path']} HTTP/1.1\r\nHost: 127.0.0.1:{ferry().https_port}\r\nX-Forwarded-For: 1\x0b2\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 5\r\nUser-Agent: {agent}\r\n\r\npin=1"
    )
    ferry().exchange(head.encode("latin-1"), https=True)
    for target in ("/%0a2026-01-01T00:00:00Z%20error", "/l/%0d%0a2026-01-01", "/d/%1b[2J/x.p12"):
        ferry().get(target)
        ferry().claim({"path": target, "pin": "1\n2026-01-01T00:00:00Z"})
    no_line_is_forged(ferry().log)
    no_line_is_forged(ferry().command("audit", "list"))
    no_line_is_forged(ferry().command("audit", "export"))


# Proof


@test
def an_export_is_proved_without_configuration_and_database():
    out = ferry().file("export.jsonl")
    ferry().command("audit", "export", "--out", out)
    assert os.stat(out).st_mode & 0o777 == 0o600
    assert ferry().run("audit", "export", "--out", out).returncode == 1
    alone = Ferry()
    try:
        assert "unbroken" in alone.command("audit", "verify", "--file", out)
        with open(out, encoding="utf-8") as file:
            lines = file.readlines()
        with open(out, "w", encoding="utf-8") as file:
            file.writelines(lines[:5] + lines[6:])
        done = alone.run("audit", "verify", "--file", out)
        assert done.returncode == 1 and "broken at row 5" in done.stderr, done.stderr
        with open(out, "w", encoding="utf-8") as file:
            file.writelines(lines[:-1])
        done = alone.run("audit", "verify", "--file", out)
        assert done.returncode == 1 and "cut off" in done.stderr, done.stderr
    finally:
        alone.close()


@test
def a_whole_audit_is_proved_against_a_head_that_was_noted():
    head = json.loads(ferry().command("audit", "verify", "--json"))["head"]
    ferry().link("gus@example.org")
    ferry().command("audit", "verify", "--head", head)
    other = head[:-1] + ("0" if head[-1] != "0" else "1")
    done = ferry().run("audit", "verify", "--head", other)
    assert done.returncode == 1 and "kept elsewhere" in done.stderr, done.stderr
    assert ferry().run("audit", "verify", "--head", "7").returncode == 2


@test
def a_head_that_is_missing_is_said():
    ferry().stop()
    os.unlink(database() + ".head")
    assert "No head is kept" in ferry().command("audit", "verify")
    assert "No head is kept" not in ferry().command("audit", "verify")


@test
def rows_cut_off_the_end_are_found_and_stay_found():
    [[count]] = sqlite3.connect(database()).execute("SELECT count(*) FROM audit").fetchall()
    saved = sqlite3.connect(database()).execute("SELECT * FROM audit WHERE id > ?", (count - 2,)).fetchall()
    change(f"DELETE FROM audit WHERE id > {count - 2}")
    expect_broken(count - 1, "cut off")
    ferry().run("link", "create", "hal@example.org")
    ferry().run("link", "create", "ida@example.org")
    ferry().run("link", "create", "joe@example.org")
    assert ferry().run("audit", "verify").returncode == 1
    change(f"DELETE FROM audit WHERE id > {count - 2}")
    with sqlite3.connect(database()) as connection:
        connection.executemany("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", saved)
    assert ferry().run("audit", "verify").returncode == 0


@test
def a_changed_a_removed_and_a_swapped_row_are_found():
    change("UPDATE audit SET detail = '{}' WHERE id = 12")
    expect_broken(12, "was changed")
    change("UPDATE audit SET id = 1000000 WHERE id = 8")
    expect_broken(8, "is missing")
    change("UPDATE audit SET id = -id WHERE id IN (5, 6)")
    change("UPDATE audit SET id = 11 + id WHERE id IN (-5, -6)")
    expect_broken(5, "was changed")
    change("DELETE FROM audit WHERE id = 2")
    expect_broken(2, "is missing")
    check = ferry().run("check", "--json")
    assert check.returncode == 1 and "row 2" in check.stdout, check.stdout


@test
def what_somebody_puts_into_the_database_cannot_forge_a_printed_line():
    [[count]] = sqlite3.connect(database()).execute("SELECT max(id) FROM audit").fetchall()
    with sqlite3.connect(database()) as connection:
        connection.execute(
            "INSERT INTO audit VALUES (?, 1, ?, ?, 'link', ?, ?, ?, zeroblob(32))", (count + 1, *[FORGED] * 5)
        )  # fmt: skip
    no_line_is_forged(ferry().command("audit", "list"))
    assert all(line.startswith('{"id":') for line in ferry().command("audit", "list", "--json").splitlines())


try:
    run()
finally:
    if "ferry" in world:
        world["ferry"].close()
