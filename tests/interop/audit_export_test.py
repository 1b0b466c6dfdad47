"""An export of the audit, proved by what certferry-audit(1) says of its format and by nothing of certferry."""

import hashlib
import json

from ferry import Ferry
from tap import run, test

MEMBERS = ["id", "at", "actor", "action", "object_kind", "object_id", "address", "detail", "hash"]

world = {}


def part(value):
    text = str(value).encode("utf-8")
    return b"%d:%s\n" % (len(text), text)


def first_broken(lines):
    """The number of the first row that is not as it was written, 0 when all are."""
    first, *rows, end = [json.loads(line) for line in lines]
    assert first["format"] == "certferry audit export 1"
    before = "0" * 64
    for number, row in enumerate(rows, 1):
        assert list(row) == MEMBERS, row
        values = [before, *[row[member] for member in MEMBERS[:-1]]]
        digest = hashlib.sha256(b"certferry audit 1\n" + b"".join(map(part, values))).hexdigest()
        if row["id"] != number or row["hash"] != digest:
            return number
        before = digest
    return 0 if end == {"end": len(rows), "hash": before} else len(rows) + 1


def export():
    if not world:
        with Ferry(options=["--key", "ec-p256"], bundle_key="ec-p256") as ferry:
            link = ferry.link("zoë@example.org", "--name", "Zoë \"and\" \\ Söhne 漢字 😀")
            assert ferry.claim(link).status == 200
            world["head"] = None
            world["lines"] = ferry.command("audit", "export").splitlines()
            world["head"] = json.loads(ferry.command("audit", "verify", "--json"))["head"]
    return world["lines"]


@test
def the_chain_is_what_the_manual_says():
    assert first_broken(export()) == 0


@test
def the_head_is_number_and_hash_of_the_last_row():
    last = json.loads(export()[-2])
    assert world["head"] == f"{last['id']}:{last['hash']}"


@test
def details_are_objects():
    for line in export()[1:-1]:
        assert isinstance(json.loads(json.loads(line)["detail"]), dict)


@test
def every_change_is_seen_by_the_other_implementation_too():
    lines = export()
    for number in range(1, len(lines) - 1):
        row = json.loads(lines[number])
        row["object_id"] += "x"
        assert first_broken([*lines[:number], json.dumps(row), *lines[number + 1 :]]) == number
        assert first_broken(lines[:number] + lines[number + 1 :]) == number


run()
