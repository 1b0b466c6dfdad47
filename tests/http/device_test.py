"""Phones from the command line and the API: list, search, pages, what was seen, blocks and pins."""

import json
import time

from api import Api, Description
from ferry import Ferry
from tap import run, test

world = {}
NOW = int(time.time())
OWNER = "ab" * 32


def ferry():
    if "ferry" not in world:
        world["ferry"] = Ferry(options=["--key", "ec-p256"], bundle_key="ec-p256")
        world["ferry"].init()
        world["ferry"].serve()
        fill()
        world["description"] = Description(world["ferry"])
    return world["ferry"]


def add_device(name, user, seen, reason, owner=OWNER):
    ferry().sql(
        "INSERT INTO device (id, owner, device_id, user_name, serial, last_seen_at, first_seen_at, reason, model,"
        f" version) VALUES ('{name}', '{owner}', 'id{name}', '{user}', '0badcafe', {seen}, {seen}, '{reason}',"
        " 'Lumia', 141)"
    )
    ferry().sql(
        "INSERT INTO search_word (kind, object_id, word, created_at)"
        f" VALUES ('device', '{name}', '{user}', {seen}), ('device', '{name}', 'id{name}', {seen})"
    )


def add_sighting(device, at, certificate, reason):
    columns = {
        "device": f"'{device}'", "kind": "'request'", "front": "'eas'", "at": at, "connection": f"'c{at}'",
        "request_number": 1, "handshake_age": 0, "session_age": 0, "address": "'192.0.2.9'", "tls_version": "'TLSv1.2'",
        "cipher": "''", "certificate": f"'{certificate}'", "serial": "''", "issuer": "''", "identity": "''",
        "method": "'POST'", "command": "'Sync'", "user_name": "'ben'", "device_id": "'idone'", "device_type": "'WP'",
        "agent": "'<b>x</b>'", "version": 141, "query": "'plain'", "authorization_scheme": "''",
        "authorization_user": "''", "asked": 0, "cut_off": 0, "body": 0, "reason": f"'{reason}'", "detail": "''",
        "http": 200, "status": 0,
    }  # fmt: skip
    values = ", ".join(str(value) for value in columns.values())
    ferry().sql(f"INSERT INTO sighting ({', '.join(columns)}) VALUES ({values})")


def fill():
    add_device("one", "ben", NOW - 10, "no_certificate")
    add_device("two", "carla", NOW - 20, "allowed", "~carla")
    add_device("three", "ben", NOW - 30, "allowed")
    ferry().sql(f"INSERT INTO device_pin (owner, device_id, pinned_at) VALUES ('{OWNER}', 'idone', {NOW})")
    add_sighting("one", NOW - 300, "handshake", "allowed")
    add_sighting("one", NOW - 200, "none", "no_certificate")


def api(role="auditor"):
    ferry()
    if role not in world:
        world[role] = Api(ferry(), world["description"], role)
    return world[role]


def listed(*options):
    lines = ferry().command("device", "list", "--json", *options).splitlines()
    return [json.loads(line)["id"] for line in lines]


def asked(query=""):
    answer = api().get(f"/devices{query}")
    assert answer.status == 200, answer
    return [item["id"] for item in answer.json()["items"]]


@test
def the_list_is_by_when_they_were_seen_and_can_be_narrowed():
    ferry()
    for options, query, wanted in (
        ((), "", ["one", "two", "three"]),
        (("--user", "BEN"), "?user=BEN", ["one", "three"]),
        (("--refused",), "?refused=true", ["one"]),
        (("--search", "carl"), "?q=carl", ["two"]),
        (("--search", "idth"), "?q=idth", ["three"]),
        (("--limit", "2"), "?limit=2", ["one", "two"]),
        ((), "?refused=false", ["one", "two", "three"]),
    ):
        assert listed(*options) == wanted, (options, listed(*options))
        assert asked(query) == wanted, (query, asked(query))


@test
def pages_of_the_api_have_each_device_once():
    first = api().get("/devices?limit=2").json()
    second = api().get(f"/devices?limit=2&cursor={first['next']}").json()
    assert [item["id"] for item in first["items"] + second["items"]] == ["one", "two", "three"]
    for query in ("?cursor=x", "?refused=yes", "?user=a&q=b", "?q=%20", "?limit=501"):
        assert api().get(f"/devices{query}").status == 400, query


@test
def a_device_says_why_it_is_not_let_in():
    shown = api().get("/devices/one").json()
    assert shown["finding"]["rule"] == "stopped_presenting" and shown["version"] == "14.1", shown
    assert (shown["pinned_to"], shown["user_blocked_at"]) == ("idone", None), shown
    printed = json.loads(ferry().command("device", "show", "one", "--json"))
    assert printed["finding"] == shown["finding"], printed
    assert [item["certificate"] for item in printed["sightings"]] == ["none", "handshake"], printed
    text = ferry().command("device", "show", "one")
    assert shown["finding"]["sentence"] in text and "no_certificate" in text, text


@test
def sightings_come_newest_first_and_in_pages():
    first = api().get("/devices/one/sightings?limit=1").json()
    second = api().get(f"/devices/one/sightings?limit=1&cursor={first['next']}").json()
    assert [page["items"][0]["reason"] for page in (first, second)] == ["no_certificate", "allowed"]
    assert first["items"][0]["policy_key"] is None
    for path in ("/devices/none", "/devices/none/sightings"):
        assert api().get(path).status == 404, path


@test
def the_command_line_blocks_and_unpins_once_and_says_so_in_the_audit():
    for words, done in (
        (["block", "one"], {"id": "one", "blocked": True}),
        (["unblock", "one"], {"id": "one", "blocked": False}),
        (["block", "--user", "ben"], {"user": "ben", "blocked": True}),
        (["unblock", "--user", "ben"], {"user": "ben", "blocked": False}),
        (["unpin", "one"], {"id": "one", "pinned": False}),
    ):
        assert json.loads(ferry().command("device", *words, "--json")) == done, words
        assert words[0] == "block" or ferry().run("device", *words).returncode == 1, words
    lines = ferry().command("audit", "list", "--json").splitlines()
    acts = [json.loads(line)["action"] for line in lines]
    for action in ("device.block", "device.unblock", "user.block", "user.unblock", "device.unpin"):
        assert acts.count(action) == 1, (action, acts)


@test
def a_block_names_one_thing_and_an_unknown_device_is_refused():
    ferry()
    for words in (["block"], ["block", "one", "--user", "ben"], ["list", "--user", "a", "--search", "b"]):
        assert ferry().run("device", *words).returncode == 2, words
    for words in (["show", "none"], ["block", "none"], ["unblock", "none"], ["unpin", "none"]):
        assert ferry().run("device", *words).returncode == 1, words


try:
    run()
finally:
    if "ferry" in world:
        world["ferry"].close()
