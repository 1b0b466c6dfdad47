#!/usr/bin/env python3
"""certferry link import: files that are well and files that are not, as a script calls it."""

import csv
import json
import os
import stat

from cli import DONE, REFUSED, USAGE
from cli import authority, certferry, expect, file_with, run_suite
from tap import test


def link_import(*words):
    return certferry("-c", authority().config, "link", "import", *words)


def users(text):
    return file_with(text, "users.csv")


def count():
    return authority().sql("SELECT count(*) FROM link")[0][0]


@test
def every_user_gets_a_link_and_the_result_is_private():
    out = file_with("", "links.csv")
    before = count()
    done = link_import(users("user,name\nann@example.org,Ann\nben@example.org,=1+1\n"), "--out", out)
    assert done.returncode == DONE and "2 links are made" in done.stdout and "--resume" in done.stderr, done
    with open(out, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["user"] for row in rows] == ["ann@example.org", "ben@example.org"] and rows[1]["name"] == "'=1+1"
    assert all(row["url"].startswith("https://") and len(row["pin"]) == 7 for row in rows), rows
    assert stat.S_IMODE(os.stat(out).st_mode) == 0o600 and count() == before + 2
    assert not any(row["pin"] in done.stdout + done.stderr for row in rows)


@test
def json_says_what_was_made():
    out = file_with("", "links.csv")
    done = link_import(users("user\njoe@example.org\n"), "--out", out, "--json")
    answer = json.loads(done.stdout)
    assert (answer["state"], answer["links"], answer["file"]) == ("finished", 1, out), answer


@test
def every_bad_row_is_named_and_nothing_is_made():
    before = count()
    path, out = users("user,mail\n,\nkim@example.org,x\nann@example.org,\n"), file_with("", "links.csv")
    for words in (("--out", out), ("--check",)):
        done = link_import(path, *words)
        lines = done.stderr.splitlines()
        assert done.returncode == REFUSED and done.stdout == "", done
        assert lines[0] == f"{path}:2: the user is missing" and lines[1].startswith(f"{path}:3: the mail address"), lines
        assert "bad rows: 2; nothing was made" in lines[2], lines
    assert count() == before and os.path.getsize(out) == 0


@test
def a_check_makes_nothing():
    before = count()
    done = link_import(users("user\nann@example.org\n"), "--check", "--json")
    assert done.returncode == DONE and json.loads(done.stdout) == {"users": 1} and count() == before, done


@test
def a_finished_import_is_fetched_again_by_its_id():
    out = file_with("", "links.csv")
    first = link_import(users("user\nzoe@example.org\n"), "--out", out)
    number = first.stderr.split("--resume ")[1].strip()
    os.unlink(out)
    done = link_import(number, "--resume", "--out", out)
    assert done.returncode == DONE and os.path.getsize(out) > 0, done
    expect(link_import("nosuchfile", "--resume", "--out", out), REFUSED, "no import with this id")


@test
def what_makes_no_sense_is_usage():
    path = users("user\nann@example.org\n")
    expect(link_import(path), USAGE, "either --out or --check")
    expect(link_import(path, "--out", "x", "--check"), USAGE, "either --out or --check")
    expect(link_import(path, "--resume", "--check"), USAGE, "do not go together")
    expect(link_import("/nosuchfile", "--check"), REFUSED, "/nosuchfile")


run_suite()
