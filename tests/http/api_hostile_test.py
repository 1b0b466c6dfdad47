"""Bodies that a hostile or broken program sends: refused by name, and nothing is made."""

import json

from api import Api, Description
from ferry import Ferry
from tap import run, test

FERRY = Ferry()


def detail(answer, status, start):
    """A refusal with this status whose detail begins so."""
    assert answer.status == status, answer
    said = answer.json()["detail"]
    assert said.startswith(start), (start, said)


def made():
    """What somebody made: the server itself makes its responder's certificate when it comes to it."""
    tables = "link", "audit WHERE actor <> 'system'", "certificate WHERE profile <> 'ocsp'"
    return [FERRY.sql(f"SELECT count(*) FROM {table}")[0][0] for table in tables]


HOSTILE = [
    (b"", "the body is empty"),
    (b"[]", "the body is not a JSON object"),
    (b'"x"', "the body is not"),
    (b'{"user":"a"', "the body is not valid JSON: line 1"),
    (b'{"user":"a"}{}', "the body is not valid JSON"),
    (b'{"user":"a","user":"b"}', "the body is not valid JSON: line 1, column 18: duplicate"),
    (b'{"user":"a\\u0000"}', "the body is not valid JSON"),
    (b'{"user":"\xff"}', "the body is not valid JSON"),
    (b'{"user":"a","Window":60}', "Window: there is no such member"),
    (b'{"user":"a","password":"x"}', "password: there is no such member"),
    (b'{"user":"a","\xe2\x80\xaex":1}', "the body has an unknown member"),
    (b"{}", "the user is missing"),
    (b'{"user":""}', "the user is missing"),
    (b'{"user":null}', "user: must be a text"),
    (b'{"user":["a"]}', "user: must be a text"),
    (b'{"user":"a","window":"60"}', "window: must be a whole number"),
    (b'{"user":"a","window":60.5}', "window: must be a whole number"),
    (b'{"user":"a","window":0}', "window: must be 1 to"),
    (b'{"user":"a","window":59}', "the window of a link is 1m to 1d"),
    (b'{"user":"a","lifetime":1}', "the lifetime of a link is 5m to 90d"),
    (b'{"user":"a","lifetime":99999999999999999999}', "the body is not valid JSON"),
    (b'{"user":"a","packing":"zip"}', ""),
    (b'{"user":"a","mail":"nobody"}', "the mail address"),
    (b'{"user":"a","sid":"S"}', "the SID"),
    (b'{"user":"a\\r\\nb"}', "the user holds a character"),
    (b'{"user":"a\\u202eb"}', "the user holds a character"),
    (b'{"user":" a"}', "the user begins or ends"),
    (json.dumps({"user": "a" * 255}).encode(), "the user has more than"),
    (json.dumps({"user": "a", "device": "d" * 65}).encode(), "the device label has more than"),
    (b'{"user":' + b"[" * 60000 + b"}", "the body has more than 4 objects and lists"),
    (b'{"user":' + b'{"a":' * 10000 + b"}", "the body has more than 4 objects and lists"),
]


@test
def hostile_bodies_are_refused_by_name_and_make_nothing():
    before = made()
    for body, said in HOSTILE:
        detail(API.post("/links", body), 400, said)
    for body, said in HOSTILE[:16]:
        if b"indow" not in body:
            detail(API.post("/bundles", body), 400, said)
    detail(API.post("/bundles", b'{"user":"a","window":60}'), 400, "window: there is no such member")
    detail(API.post("/bundles", b'{"user":"a","lifetime":60}'), 400, "lifetime: must be 86400 to")
    assert made() == before


with FERRY:
    API = Api(FERRY, Description(FERRY), "admin")
    run()
