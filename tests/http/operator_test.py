"""The operator and key commands from outside."""

import json
import re
import shutil
import sqlite3
import subprocess

from cli import DONE, REFUSED, USAGE, certferry, copy_of_authority, expect, file_with, run_suite
from tap import skip, test


class Authority:
    """A copy that the test may change; operator("add", ...) gives what was printed as JSON."""

    def __init__(self):
        self.config = copy_of_authority()

    def run(self, *words):
        return certferry("-c", self.config, *words)

    def lines(self, *words):
        done = self.run(*words, "--json")
        assert done.returncode == DONE, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def one(self, *words):
        (line,) = self.lines(*words)
        return line

    def audit(self, action):
        with sqlite3.connect(self.config.replace("certferry.conf", "certferry.db")) as database:
            rows = database.execute("SELECT actor, object_id, detail FROM audit WHERE action = ?", (action,))
            return rows.fetchall()


@test
def a_new_operator_has_a_password_that_is_printed_once():
    ferry = Authority()
    added = ferry.one("operator", "add", "Bob", "--role", "helpdesk")
    assert added["name"] == "Bob" and added["role"] == "helpdesk" and len(added["password"]) == 20, added
    listed = {line["name"]: line for line in ferry.lines("operator", "list")}
    assert listed["Bob"]["must_change"] and not listed["Bob"]["totp"] and not listed["Bob"]["disabled_at"], listed
    assert added["password"] not in json.dumps(listed)
    (row,) = [row for row in ferry.audit("operator.add") if row[1] == "Bob"]
    assert row[0].startswith("command:") and json.loads(row[2]) == {"role": "helpdesk"}, row
    expect(ferry.run("operator", "add", "BOB", "--role", "admin"), REFUSED, "there is an operator called 'BOB'")


@test
def a_password_comes_from_a_file_and_keeps_the_rule():
    ferry = Authority()
    own = file_with("a long way to go\n")
    assert ferry.one("operator", "add", "bob", "--role", "auditor", "--password-file", own)["password"] == "a long way to go"
    short = file_with("short")
    expect(ferry.run("operator", "passwd", "bob", "--password-file", short), REFUSED, "at least 12 characters")
    renewed = ferry.one("operator", "passwd", "BOB")
    assert renewed["name"] == "bob" and renewed["role"] == "auditor" and renewed["password"] != "a long way to go"
    expect(ferry.run("operator", "passwd", "eve"), REFUSED, "no operator is called 'eve'")


@test
def roles_have_names():
    ferry = Authority()
    expect(ferry.run("operator", "add", "bob", "--role", "root"), REFUSED, "admin, helpdesk, auditor")
    expect(ferry.run("operator", "add", "bob"), USAGE, "missing: --role")


@test
def the_last_admin_stays():
    ferry = Authority()
    expect(ferry.run("operator", "disable", "admin"), REFUSED, "admin is the last admin who may log in")
    expect(ferry.run("operator", "role", "admin", "--role", "auditor"), REFUSED, "the last admin")
    ferry.one("operator", "add", "bob", "--role", "admin")
    assert ferry.one("operator", "disable", "ADMIN")["disabled_at"]
    expect(ferry.run("operator", "role", "bob", "--role", "auditor"), REFUSED, "the last admin")
    assert ferry.one("operator", "enable", "admin")["disabled_at"] is None
    assert ferry.one("operator", "role", "bob", "--role", "auditor")["role"] == "auditor"
    assert [row[1] for row in ferry.audit("operator.disable") + ferry.audit("operator.role")] == ["admin", "bob"]


@test
def another_program_makes_the_same_codes():
    if shutil.which("oathtool") is None:
        skip("oathtool is not installed")
    ferry = Authority()
    made = ferry.one("operator", "totp", "admin")
    assert re.fullmatch(r"otpauth://totp/Example%20Organisation:admin\?secret=[A-Z2-7]{32}&issuer=Example%20Organisation", made["uri"])
    assert made["secret"] in made["uri"]
    done = subprocess.run(["oathtool", "--totp", "--base32", "-"], input=made["secret"], capture_output=True, text=True, check=True)
    assert re.fullmatch(r"[0-9]{6}\n", done.stdout), done.stdout
    codes = made["recovery_codes"]
    assert len(set(codes)) == 10 and all(re.fullmatch(r"[a-z2-9]{5}-[a-z2-9]{5}", code) for code in codes), codes
    expect(ferry.run("operator", "totp", "admin"), REFUSED, "logs in with one-time codes already")
    assert not ferry.one("operator", "totp", "admin", "--remove")["totp"]
    expect(ferry.run("operator", "totp", "admin", "--remove"), REFUSED, "has no one-time codes")


@test
def a_key_is_shown_once_and_can_be_ended():
    ferry = Authority()
    made = ferry.one("key", "add", "monitoring", "--role", "auditor", "--expires", "30d")
    assert re.fullmatch(r"cfk_[a-z2-9]{34}", made["key"]), made
    (listed,) = ferry.lines("key", "list")
    assert listed["id"] == made["id"] and listed["last_used_at"] is None and listed["revoked_at"] is None, listed
    assert made["key"] not in json.dumps(listed)
    assert ferry.one("key", "revoke", made["id"]) == {"id": made["id"], "revoked": True}
    expect(ferry.run("key", "revoke", made["id"]), REFUSED, "is revoked already")
    expect(ferry.run("key", "revoke", "nothing"), REFUSED, "no API key with this id")
    expect(ferry.run("key", "add", "x", "--role", "admin", "--expires", "4000d"), REFUSED, "three years at most")
    assert len(ferry.audit("key.create")) == 1 and len(ferry.audit("key.revoke")) == 1


@test
def no_secret_is_an_argument():
    for command in ("add", "passwd"):
        text = certferry("operator", command, "--help").stdout
        assert "--password-file" in text and not re.search(r"--password ", text), text


run_suite()
