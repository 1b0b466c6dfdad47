"""The API: every route with every role, strict bodies, lists to their end, requests that are done once."""

import base64
import collections
import os
import subprocess
import tempfile
import threading
import time

from api import BASE, PROBLEM, Api, Description
from ferry import Ferry
from phone import Phone, mint, pem_of
from tap import note, run, test

FERRY = Ferry()
ROLES = ("auditor", "helpdesk", "admin")


def detail(answer, status, start):
    """A refusal with this status whose detail begins so."""
    assert answer.status == status, answer
    said = answer.json()["detail"]
    assert said.startswith(start), (start, said)


def link(user, api=None, **more):
    answer = (api or API["helpdesk"]).post("/links", {"user": user, **more})
    assert answer.status == 201, answer
    return answer.json()


def acts(action, object_id):
    return FERRY.sql(f"SELECT actor, address FROM audit WHERE action = '{action}' AND object_id = '{object_id}'")


def count(what):
    return FERRY.sql(f"SELECT count(*) FROM {what}")[0][0]


# ---- links, bundles, certificates


@test
def a_link_made_by_a_program_is_claimed_by_a_phone():
    wanted = {"user": "ann@example.com", "name": "Änn \"O'Neil\"", "mail": "ann@example.com", "device": "📱 one",
              "sid": "S-1-5-21-1-2-3", "packing": "modern", "lifetime": 3600, "window": 120}  # fmt: skip
    answer = API["helpdesk"].post("/links", wanted)
    assert answer.status == 201, answer
    made = answer.json()
    for name in ("user", "name", "mail", "device", "sid", "packing", "window"):
        assert made[name] == wanted[name], (name, made)
    assert made["state"] == "issued" and made["created_by"] == "key:helpdesk program", made
    shown = API["auditor"].get("/links/" + made["id"]).json()
    assert shown == {name: value for name, value in made.items() if name not in ("url", "pin")}
    claim = FERRY.claim({"path": "/l/" + made["url"].rsplit("/", 1)[1], "pin": made["pin"]})
    assert claim.status == 200, claim
    after = API["auditor"].get("/links/" + made["id"]).json()
    assert after["state"] == "claimed" and after["serial"] == claim.json()["serial"], after
    certificate = API["auditor"].get("/certificates/" + after["serial"]).json()
    assert certificate["link"] == made["id"] and certificate["name"] == wanted["name"], certificate
    assert acts("link.create", made["id"]) == [("key:helpdesk program", "127.0.0.1")]


@test
def a_link_is_cancelled_once_and_rearmed_once():
    made = link("bob@example.com")
    cancelled = API["helpdesk"].post(f"/links/{made['id']}/cancel")
    assert cancelled.status == 200 and cancelled.json()["state"] == "cancelled", cancelled
    detail(API["helpdesk"].post(f"/links/{made['id']}/cancel"), 409, "the link")
    again = API["helpdesk"].post(f"/links/{made['id']}/rearm")
    assert again.status == 201 and again.json()["url"] != made["url"], again
    detail(API["helpdesk"].post(f"/links/{made['id']}/rearm"), 409, "the link")
    assert API["auditor"].get("/links/" + made["id"]).json()["rearmed_as"] == again.json()["id"]
    for action in ("link.cancel", "link.rearm"):
        assert acts(action, made["id"]) == [("key:helpdesk program", "127.0.0.1")], action
    assert acts("link.create", again.json()["id"]) == [("key:helpdesk program", "127.0.0.1")]


@test
def a_bundle_opens_with_its_password_and_its_certificate_is_listed():
    answer = API["admin"].post("/bundles", {"user": "carol@example.com", "name": "Carol", "lifetime": 86400 * 30})
    assert answer.status == 201, answer
    bundle = answer.json()
    with tempfile.NamedTemporaryFile() as file, tempfile.NamedTemporaryFile("w") as password:
        file.write(base64.b64decode(bundle["p12"], validate=True))
        file.flush()
        password.write(bundle["password"])
        password.flush()
        command = ["openssl", "pkcs12", "-legacy", "-in", file.name, "-passin", f"file:{password.name}", "-nokeys"]
        opened = subprocess.run(command, capture_output=True, text=True, check=False)
    assert opened.returncode == 0, opened.stderr
    whole = API["auditor"].get("/certificates/" + bundle["serial"]).json()
    assert whole["pem"].strip() in opened.stdout and whole["state"] == "issued", whole
    assert whole["not_after"] == bundle["not_after"] and whole["created_by"] == "key:admin program", whole
    found = API["auditor"].get("/certificates?user=CAROL@example.com").json()["items"]
    assert [row["serial"] for row in found] == [bundle["serial"]], found
    spaced = ":".join(bundle["serial"][i : i + 2].upper() for i in range(0, len(bundle["serial"]), 2))
    assert API["auditor"].get("/certificates/" + spaced).json() == whole
    assert acts("certificate.issue", bundle["serial"]) == [("key:admin program", "127.0.0.1")]


@test
def a_certificate_is_revoked_once_and_for_good():
    serial = API["admin"].post("/bundles", {"user": "revoked@example.com"}).json()["serial"]
    for body, said in ((b"", "the body is empty"), ({"reason": "certificateHold"}, ""), ({"why": "x"}, "why: there is no"),
                       ({"reason": None}, "reason: must be a text")):  # fmt: skip
        detail(API["admin"].post(f"/certificates/{serial}/revoke", body), 400, said)
    assert API["auditor"].get("/certificates/" + serial).json()["state"] == "issued"
    answer = API["admin"].post(f"/certificates/{serial.upper()}/revoke", {"reason": "keyCompromise"})
    assert answer.status == 200, answer
    revoked = answer.json()
    assert revoked["state"] == "revoked" and revoked["reason"] == "keyCompromise" and revoked["revoked_at"], revoked
    assert API["auditor"].get("/certificates/" + serial).json() == revoked
    detail(API["admin"].post(f"/certificates/{serial}/revoke", {}), 409, "")
    assert acts("certificate.revoke", serial) == [("key:admin program", "127.0.0.1")]


@test
def the_audit_is_listed_and_narrowed():
    made = link("audited@example.com", name="=1+1,\"ä\"")
    rows = API["auditor"].get(f"/audit?object_kind=link&object_id={made['id']}").json()["items"]
    assert [row["action"] for row in rows] == ["link.create"], rows
    assert rows[0]["actor"] == "key:helpdesk program" and rows[0]["address"] == "127.0.0.1", rows
    assert rows[0]["detail"]["user"] == "audited@example.com", rows
    at = rows[0]["at"]
    assert rows[0] in API["auditor"].get(f"/audit?actor=key:helpdesk%20program&action=link.create&from={at}").json()["items"]
    assert rows[0] not in API["auditor"].get(f"/audit?action=link.create&to={at}").json()["items"]
    everything = API["auditor"].pages("/audit", 17)
    numbers = [row["id"] for row in everything]
    assert numbers == list(range(numbers[0], 0, -1)), "a row is missing"
    assert everything[-1]["object_kind"] is not None
    for query, said in (("from=yesterday", "from: must be a time"), ("to=1", "to: must be a time"), ("cursor=x", ""),
                        ("object_kind=link", "object_kind: only together"), ("q=x", "q: there is no such")):  # fmt: skip
        detail(API["auditor"].get("/audit?" + query), 400, said)


# ---- who may do what


def walk_body(path):
    if path.endswith("/revoke"):
        return {}
    if path == "/probes":
        return {"device": "nosuchdevice", "consent": "said so"}
    return {"user": "walk@example.com"} if path in ("/links", "/bundles") else None


@test
def every_route_keeps_to_its_role():
    for (method, path), operation in DESCRIPTION.operations().items():
        if path == "/openapi.json":
            continue
        least = ROLES.index(operation["x-certferry-role"])
        for number, role in enumerate(ROLES):
            target = path.replace("{id}", "nosuchlink").replace("{serial}", "00ff")
            answer = API[role].request(method, target, walk_body(path) if method == "POST" else None)
            if number < least:
                detail(answer, 403, "the role")
            else:
                assert answer.status in (200, 201, 404), (method, path, role, answer)


@test
def without_a_good_key_no_route_answers():
    revoked = Api(FERRY, DESCRIPTION, "admin", name="revoked")
    FERRY.command("key", "revoke", revoked.made["id"])
    expired = Api(FERRY, DESCRIPTION, "admin", name="expired")
    FERRY.sql(f"UPDATE api_key SET expires_at = 1 WHERE id = '{expired.made['id']}'")
    before = count("link"), count("certificate"), count("audit")
    for api in (revoked, expired):
        answer = api.post("/links", {"user": "x"})
        assert answer.status == 401 and 'error="invalid_token"' in answer["WWW-Authenticate"], answer
    anonymous = Api(FERRY, DESCRIPTION, key="")
    for (method, path), _ in DESCRIPTION.operations().items():
        if path != "/openapi.json":
            target = path.replace("{id}", "nosuchlink").replace("{serial}", "00ff")
            body = walk_body(path) if method == "POST" else None
            answer = anonymous.request(method, target, body, source="127.0.0.2")  # who has refusals of its own
            assert answer.status == 401 and answer["WWW-Authenticate"] == 'Bearer realm="certferry"', answer
    assert (count("link"), count("certificate"), count("audit")) == before


@test
def only_a_bearer_key_counts():
    key = API["admin"].key
    basic = "Basic " + base64.b64encode(f"admin:{FERRY.authority['password']}".encode()).decode()
    flipped = key[:-1] + ("a" if key[-1] != "a" else "b")
    for value in (key, "Bearer", "Bearer ", f"Bearer  {key}", f"Bearer {key} ", f"Bearer {key}x", f"Bearer {flipped}",
                  f"Bearer {key.upper()}", f"Token {key}", f"Bearer\t{key}", basic):  # fmt: skip
        answer = API["admin"].get("/links", Authorization=value)
        # blanks around a field's value are no part of it (RFC 9110 5.5)
        assert answer.status == (200 if value == f"Bearer {key} " else 401), (value, answer)
    assert API["admin"].get("/links", Authorization=f"bearer {key}").status == 200


def log_in():
    headers = {"Content_Type": "application/x-www-form-urlencoded", "Origin": f"https://127.0.0.1:{FERRY.https_port}"}
    fields = f"name=admin&password={FERRY.authority['password']}".encode()
    return FERRY.request("POST", "/admin/login", body=fields, **headers)["Set-Cookie"].split(";")[0]


@test
def a_cookie_opens_nothing_here_and_a_key_opens_no_page():
    cookie = log_in()
    assert FERRY.get("/admin/password", Cookie=cookie).status == 200
    answer = Api(FERRY, DESCRIPTION, key="").get("/links", Cookie=cookie)
    assert answer.status == 401, answer
    page = FERRY.get("/admin", Authorization="Bearer " + API["admin"].key)
    assert page.status == 303 and page["Location"].startswith("/admin/login"), page


@test
def no_other_site_may_call():
    answer = FERRY.request("OPTIONS", BASE + "/links", Origin="https://evil.example",
                           Access_Control_Request_Method="POST")  # fmt: skip
    assert answer.status == 204 and not [name for name in answer.headers if name.lower().startswith("access-control")]


@test
def a_key_is_not_taken_over_plain_http():
    answer = FERRY.get(BASE + "/links", https=False, Authorization="Bearer " + API["admin"].key)
    assert answer.status == 403 and answer["Location"] is None and answer["Content-Type"] == PROBLEM, answer


@test
def ids_of_other_things_open_nothing():
    made = link("idor@example.com")
    serial = API["auditor"].get("/certificates?limit=1").json()["items"][0]["serial"]
    strange = ("admin", "..%2e", "%27%20OR%201=1", "a" * 63, "a" * 64, "a" * 1000, "%F0%9F%98%80", made["id"].upper(),
               serial, made["id"] + "%20", "*", "-1", "0")  # fmt: skip
    for name in strange:
        for api in API.values():
            assert api.get("/links/" + name).status in (400, 404), name
        for act in ("cancel", "rearm"):
            assert API["admin"].post(f"/links/{name}/{act}").status in (400, 404), name
        if name != serial:
            assert API["admin"].get("/certificates/" + name).status in (400, 404), name
    assert API["admin"].get("/certificates/" + made["id"]).status == 404
    assert API["auditor"].get("/links/" + made["id"]).json()["state"] == "issued"


# ---- what is wrong is said


@test
def addresses_and_methods_that_there_are_not_are_problems_too():
    api = API["admin"]
    for path in ("/", "/nothing", "/links/%2e", "/certificates/%2e", "/links/", "/links/a/b/c", "/LINKS", "/links/%2e%2e", "/links/%zz", "/%00"):
        assert api.get(path).status in (400, 404), path
    answer = api.request("DELETE", "/links")
    assert answer.status == 405 and set(answer["Allow"].split(", ")) == {"GET", "HEAD", "POST", "OPTIONS"}, answer
    assert api.request("PUT", "/openapi.json").status == 405
    foreign = FERRY.get(BASE + "/links", host="evil.example")
    assert foreign.status == 421 and foreign["Content-Type"] == PROBLEM, foreign
    for act in ("/links/{}/cancel", "/links/{}/rearm", "/probes/{}/stop"):
        assert api.post(act.format("x"), {}).status == 413, act
        assert api.post(act.format("%2e")).status == 400, act
    assert api.post("/certificates/%2e/revoke", {}).status == 400
    for path in ("/links", "/bundles", "/certificates/00ff/revoke", "/probes"):
        assert api.post(path, b"{" + b" " * 65536 + b"}").status == 413, path


@test
def a_head_is_answered_as_a_get_without_its_body():
    assert API["auditor"].request("HEAD", "/links").body == b""


@test
def the_type_of_a_body_is_json_and_nothing_else():
    api = API["helpdesk"]
    good = b'{"user":"type@example.com"}'
    for media in ("text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1",
                  "application/jsonx", "text/json", ""):  # fmt: skip
        assert api.post("/links", good, Content_Type=media).status == 415, media
        for path in ("/bundles", "/certificates/00ff/revoke", "/probes"):
            assert API["admin"].post(path, good, Content_Type=media).status == 415, media
    assert api.post("/links", good, Content_Type="Application/JSON; charset=utf-8").status == 201


@test
def queries_are_read_strictly():
    api = API["auditor"]
    for lists in ("/links", "/certificates"):
        for query, said in (
            ("limit=0", "limit: must be 1 to 500"), ("limit=501", "limit:"), ("limit=-1", "limit:"),
            ("limit=1x", "limit:"), ("limit=1&limit=2", ""), ("Limit=1", "Limit: there is no such parameter"),
            ("cursor=nothing", "cursor:"), ("cursor=%C3%A4%C3%A4", "cursor:"), ("cursor=" + "%F0%9F%98%80" * 20, "cursor:"),
            ("state=lost", ""), ("q=%20", ""), ("q=a&user=b", "q: not together"), ("x", ""), ("q=%00", ""), ("q=%FF", ""),
            ("q=" + "a" * 1900, None),
        ):  # fmt: skip
            answer = api.get(f"{lists}?{query}")
            if said is None:
                assert answer.status in (200, 400), answer
            else:
                detail(answer, 400, said)


# ---- lists


@test
def filters_find_what_they_say():
    made = [link(f"filter{i}@filter.example", name=f"Zaphod {i}") for i in range(3)]
    API["helpdesk"].post(f"/links/{made[0]['id']}/cancel")
    ids = lambda path: {row["id"] for row in API["auditor"].get(path).json()["items"]}  # noqa: E731
    assert ids("/links?q=zaphod") == {row["id"] for row in made}
    assert ids("/links?user=FILTER1@filter.example") == {made[1]["id"]}
    assert ids("/links?q=zaphod&state=cancelled") == {made[0]["id"]}
    assert made[0]["id"] in ids("/links?state=cancelled") and made[1]["id"] not in ids("/links?state=cancelled")
    assert ids("/links?q=nobodyatall") == set()
    assert ids("/links?user=nobody") == set()


@test
def pages_go_to_the_end_in_a_stable_order_while_links_are_made():
    before = [link(f"page{i}@page.example")["id"] for i in range(40)]
    stop = threading.Event()
    during = []

    def make():
        while not stop.is_set():
            during.append(link("page-during@page.example")["id"])

    maker = threading.Thread(target=make)
    maker.start()
    try:
        while not during:
            stop.wait(0.01)
        walks = [API["auditor"].pages("/links", limit) for limit in (7, 1, 500)]
    finally:
        stop.set()
        maker.join()
    note(f"{len(during)} links were made while {len(walks[0])} were listed")
    for items in walks:
        ids = [item["id"] for item in items]
        assert len(set(ids)) == len(ids), "a link came twice"
        assert set(before) <= set(ids), "a link was left out"
        times = [item["created_at"] for item in items]
        assert times == sorted(times, reverse=True), "newest first"
    order = [[item["id"] for item in items if item["id"] in set(before)] for items in walks]
    assert order[0] == order[1] == order[2]


@test
def a_page_of_the_longest_rows_is_answered():
    FERRY.sql(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) "
        "INSERT INTO link (id, token_hash, pin_mac, user_name, person_name, mail, sid, device, packing, window_seconds,"
        " created_at, created_by, expires_at) SELECT replace(replace(printf('w%09d', i), '0', 'x'), '1', 'y'), randomblob(32), randomblob(32),"
        " printf('%.*c', 254, '\"'), replace(printf('%.*c', 64, 'x'), 'x', '📱'), printf('%.*c', 254, 'm'),"
        " printf('%.*c', 184, 's'), replace(printf('%.*c', 64, 'x'), 'x', '📱'), 'compat', 900,"
        " unixepoch() + i, printf('key:%.*c', 64, 'k'), unixepoch() + 86400 + i FROM n"
    )
    answer = API["auditor"].get("/links?limit=500")
    assert answer.status == 200 and len(answer.json()["items"]) == 500, answer
    assert len(answer.body) > 900_000, len(answer.body)
    FERRY.sql("UPDATE link SET cancelled_at = created_at WHERE id LIKE 'w%'")


# ---- once


@test
def the_same_request_with_the_same_key_is_done_once():
    for api, path in (("helpdesk", "/links"), ("admin", "/bundles")):
        body = {"user": "once@example.com"}
        first = API[api].post(path, body, Idempotency_Key=f'"{path} 8e03978e"')
        assert first.status == 201 and first["Idempotent-Replayed"] is None, first
        for _ in range(2):
            again = API[api].post(path, body, Idempotency_Key=f'"{path} 8e03978e"')
            assert again.status == 201 and again.body == first.body, again
            assert again["Idempotent-Replayed"] == "true", again
        other = API[api].post(path, {"user": "other@example.com"}, Idempotency_Key=f'"{path} 8e03978e"')
        detail(other, 422, "Idempotency-Key: was used for another request")
        spaced = API[api].post(path, b'{"user": "once@example.com" }', Idempotency_Key=f'"{path} 8e03978e"')
        assert spaced.status == 422, spaced
    assert count("link WHERE user_name = 'once@example.com'") == 1
    assert count("certificate WHERE user_name = 'once@example.com'") == 1
    assert count("link WHERE user_name = 'other@example.com'") == 0


@test
def one_key_does_not_see_the_answers_of_another():
    body = {"user": "mine@example.com"}
    first = API["helpdesk"].post("/links", body, Idempotency_Key="mine")
    second = API["admin"].post("/links", body, Idempotency_Key="mine")
    assert first.status == second.status == 201 and first.json()["pin"] != "" and first.body != second.body
    assert first.json()["id"] != second.json()["id"]


@test
def an_idempotency_key_is_one_printable_line():
    api = API["helpdesk"]
    for value in ("", "ä", "x" * 256, "a\tb"):
        answer = api.post("/links", {"user": "a"}, Idempotency_Key=value.encode("latin-1") if value else value)
        detail(answer, 400, "Idempotency-Key" if value != "a\tb" else "")
    detail(API["admin"].post("/bundles", {"user": "a"}, Idempotency_Key=""), 400, "Idempotency-Key")
    assert api.post("/links", {"user": "a"}, Idempotency_Key="x" * 255).status == 201
    twice = (
        f"POST {BASE}/links HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {api.key}\r\nConnection: close\r\n"
        "Content-Type: application/json\r\nContent-Length: 12\r\nIdempotency-Key: a\r\nIdempotency-Key: b\r\n\r\n"
        '{"user":"a"}'
    )
    assert b"Idempotency-Key: stands more than once" in FERRY.exchange(twice.encode(), https=True)


def crowd(path, api, key, size):
    """The answers to equal requests sent at one moment."""
    start, answers = threading.Barrier(size), []

    def send():
        start.wait()
        answers.append(api.post(path, {"user": "crowd@example.com"}, Idempotency_Key=key))

    threads = [threading.Thread(target=send) for _ in range(size)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == size, "a request was not answered as described"
    return answers


@test
def of_equal_requests_at_one_moment_one_is_done():
    answers = crowd("/links", API["helpdesk"], "crowd of links", 12)
    assert {answer.status for answer in answers} == {201}, answers
    assert len({answer.body for answer in answers}) == 1
    assert [answer["Idempotent-Replayed"] for answer in answers].count(None) == 1
    assert count("link WHERE user_name = 'crowd@example.com'") == 1

    answers = crowd("/bundles", API["admin"], "crowd of bundles", 12)
    statuses = collections.Counter(answer.status for answer in answers)
    note(f"bundles at one moment: {dict(statuses)}")
    assert set(statuses) <= {201, 409} and statuses[201] >= 1, statuses
    assert len({answer.body for answer in answers if answer.status == 201}) == 1
    last = API["admin"].post("/bundles", {"user": "crowd@example.com"}, Idempotency_Key="crowd of bundles")
    assert last.status == 201 and last["Idempotent-Replayed"] == "true", last
    assert count("certificate WHERE user_name = 'crowd@example.com'") == 1


@test
def an_answer_is_kept_over_a_crash_and_what_was_cut_off_is_done_again():
    body = {"user": "crash@example.com"}
    first = API["helpdesk"].post("/links", body, Idempotency_Key="crash")
    bundle = API["admin"].post("/bundles", body, Idempotency_Key="crash")
    FERRY.kill()
    FERRY.serve()
    assert API["helpdesk"].post("/links", body, Idempotency_Key="crash").body == first.body
    assert API["admin"].post("/bundles", body, Idempotency_Key="crash").body == bundle.body
    # as a crash between reserving and completing leaves it
    FERRY.sql("UPDATE once SET answer_sealed = NULL, lease_until = unixepoch() + 600 WHERE answer_sealed IS NOT NULL")
    running = API["admin"].post("/bundles", body, Idempotency_Key="crash")
    detail(running, 409, "Idempotency-Key: the same request is being done")
    FERRY.sql("UPDATE once SET lease_until = unixepoch()")
    again = API["admin"].post("/bundles", body, Idempotency_Key="crash")
    assert again.status == 201 and again["Idempotent-Replayed"] is None and again.body != bundle.body, again


@test
def a_day_later_the_answer_is_gone():
    body = {"user": "day@example.com"}
    first = API["helpdesk"].post("/links", body, Idempotency_Key="day")
    FERRY.sql("UPDATE once SET created_at = created_at - 86400")
    again = API["helpdesk"].post("/links", body, Idempotency_Key="day")
    assert again.status == 201 and again.body != first.body and again["Idempotent-Replayed"] is None, again


@test
def no_secret_stands_in_log_or_database():
    made = API["helpdesk"].post("/links", {"user": "secret@example.com"}, Idempotency_Key="the key of secrets").json()
    bundle = API["admin"].post("/bundles", {"user": "secret@example.com"}, Idempotency_Key="the key of secrets").json()
    secrets = [api.key for api in API.values()] + [
        made["url"].rsplit("/", 1)[1], f'"pin":"{made["pin"]}"', bundle["password"], bundle["p12"][:80],
        "the key of secrets",
    ]  # fmt: skip
    for text in secrets:
        assert text not in FERRY.log
        for name in os.listdir(FERRY.file("authority")):
            if name.startswith("certferry.db"):
                assert text.encode() not in FERRY.read("authority/" + name), (text, name)


@test
def phones_and_what_was_seen_of_them_are_read():
    phone = Phone(FERRY, pem_of(mint(FERRY, "phone@example.com")), user="phone@example.com")
    assert phone.options().status == 200 and phone.set_up()
    auditor, seen = API["auditor"], []
    while len(seen) < 4:  # they are written a moment after the answer
        (device,) = auditor.get("/devices?user=phone@example.com").json()["items"] or [{"id": "none"}]
        seen = auditor.get(f"/devices/{device['id']}/sightings").json().get("items", [])
        time.sleep(0.05)
    shown = auditor.get(f"/devices/{device['id']}").json()
    assert shown["user"] == "phone@example.com" and shown["reason"] == "allowed", shown
    assert {sighting["reason"] for sighting in seen} == {"allowed"}, seen
    for path in ("/devices?cursor=x", "/devices/%2e", f"/devices/{device['id']}/sightings?cursor=x", "/devices/%2e/sightings"):
        assert auditor.get(path).status == 400, path


@test
def a_probe_is_begun_by_a_program_and_ended():
    desk, auditor = API["helpdesk"], API["auditor"]
    wanted = {"user": "phone@example.com", "consent": "The user agreed by telephone"}
    for change, said in (({"risk": 4}, "risk: "), ({"risk": 2}, "confirm: "), ({"consent": ""}, "consent: "),
                         ({"device": "x"}, "device: "), ({"policies": ["AllowCamera"]}, "policies: ")):  # fmt: skip
        detail(desk.post("/probes", {**wanted, **change}), 400, said)
    made = desk.post("/probes", wanted)
    assert made.status == 201 and desk.post("/probes", wanted).status == 409, made
    path = "/probes/" + made.json()["id"]
    assert auditor.get(path).json() == made.json() and auditor.get(path + ".csv").status == 200
    ended = desk.post(path + "/stop")
    assert ended.status == 200 and ended.json()["outcome"] == "stopped" and desk.post(path + "/stop").status == 409
    again = desk.post("/probes", {"device": made.json()["device"], "consent": "The same, again"}).json()["id"]
    assert [it["id"] for it in auditor.pages("/probes", 1)] == [again, made.json()["id"]]
    assert len(auditor.get("/probes?device=" + made.json()["device"]).json()["items"]) == 2
    assert auditor.get("/probes?user=a&device=b").status == 400
    assert [auditor.get("/probes/" + name).status for name in ("none", "none.csv", "%00", "%00.csv")] == [404, 404, 400, 400]


# ---- rates, last: they slow down this address


@test
def who_tries_keys_is_slowed_down_and_a_good_key_is_not():
    wrong = Api(FERRY, DESCRIPTION, key=API["admin"].key[:-8] + "aaaaaaaa")
    statuses = [wrong.get("/links").status for _ in range(80)]
    assert statuses[-1] == 429, statuses
    assert statuses.count(401) + statuses.count(429) == len(statuses), statuses
    assert wrong.get("/links").json()["title"].startswith("There were too many")
    for _ in range(50):
        assert API["auditor"].get("/links?limit=1").status == 200


@test
def every_answer_that_is_described_was_seen():
    described = {
        (method, path, int(status))
        for (method, path), operation in DESCRIPTION.operations().items()
        for status in operation["responses"]
    }  # fmt: skip
    unseen = described - DESCRIPTION.seen
    hard = {entry for entry in unseen if entry[2] in (411, 429, 503) or entry[1] == "/openapi.json"}
    assert unseen <= hard, sorted(unseen - hard)


with FERRY:
    DESCRIPTION = Description(FERRY)
    API = {role: Api(FERRY, DESCRIPTION, role) for role in ROLES}
    run()
