"""Logging in: cookie, roles, the first password, forms of other sites, sessions that end."""

import re
import urllib.parse

from ferry import Ferry
from tap import run, test

FERRY = Ferry()
ADMIN = "admin"
NEW_PASSWORD = "correct horse battery staple"


def post(path, cookie=None, origin="ours", **fields):
    headers = {"Content_Type": "application/x-www-form-urlencoded"}
    if origin == "ours":
        headers["Origin"] = f"https://127.0.0.1:{FERRY.https_port}"
    elif origin:
        headers["Origin"] = origin
    if cookie:
        headers["Cookie"] = cookie
    return FERRY.request("POST", path, body=urllib.parse.urlencode(fields).encode(), **headers)


def get(path, cookie=None, **headers):
    if cookie:
        headers["Cookie"] = cookie
    return FERRY.request("GET", path, **headers)


def cookie_of(answer):
    """The pair to send back; asserts the attributes of a session cookie."""
    cookie = answer["Set-Cookie"]
    assert cookie is not None, answer
    for attribute in ("Path=/", "Secure", "HttpOnly", "SameSite=Strict"):
        assert attribute in cookie.split("; "), cookie
    pair = cookie.split(";")[0]
    assert re.fullmatch(r"__Host-session=[a-z2-9]{26}", pair), cookie
    return pair


def log_in(name=ADMIN, password=None, **more):
    return post("/admin/login", name=name, password=password or FERRY.authority["password"], **more)


@test
def whoever_is_not_logged_in_is_led_to_the_form_and_back():
    answer = get("/admin?x=1")
    assert answer.status == 303 and answer["Location"] == "/admin/login?next=%2Fadmin%3Fx%3D1", answer
    page = get(answer["Location"])
    assert page.status == 200 and 'name="next" value="/admin?x=1"' in page.text(), page
    assert "no-store" in page["Cache-Control"]
    sent = post("/admin/logout")
    assert sent.status == 401, sent


@test
def a_wrong_name_and_a_wrong_password_get_the_same_page():
    wrong = log_in(password="not the password")
    nobody = log_in(name="nobody", password="not the password")
    assert wrong.status == nobody.status == 403, (wrong, nobody)
    assert wrong.text().replace('value="admin"', "") == nobody.text().replace('value="nobody"', "")
    assert wrong["Set-Cookie"] is None and "not the password" not in wrong.text()
    long = log_in(name="n" * 100, password="p" * 1000)
    assert long.status == 403, long


@test
def a_form_of_another_site_does_not_log_in():
    for origin in ("https://evil.example", "null", None):
        answer = log_in(origin=origin)
        assert answer.status == 403 and answer["Set-Cookie"] is None, answer


@test
def the_first_password_must_be_changed_before_anything_else():
    global COOKIE
    answer = log_in()
    assert answer.status == 303 and answer["Location"] == "/admin/password", answer
    first = cookie_of(answer)
    assert get("/admin", first)["Location"] == "/admin/password"
    same = post("/admin/password", first, old=FERRY.authority["password"], new=FERRY.authority["password"],
                again=FERRY.authority["password"])  # fmt: skip
    assert same.status == 422, same
    short = post("/admin/password", first, old=FERRY.authority["password"], new="short", again="short")
    assert short.status == 422 and "12 characters" in short.text(), short
    differs = post("/admin/password", first, old=FERRY.authority["password"], new=NEW_PASSWORD, again="another one!")
    assert differs.status == 422, differs
    wrong = post("/admin/password", first, old="wrong", new=NEW_PASSWORD, again=NEW_PASSWORD)
    assert wrong.status == 422, wrong
    changed = post("/admin/password", first, old=FERRY.authority["password"], new=NEW_PASSWORD, again=NEW_PASSWORD)
    assert changed.status == 303 and changed["Location"] == "/admin?said=password", changed
    COOKIE = cookie_of(changed)
    assert get("/admin", first).status == 303, "the session of before is over"
    assert get("/admin", COOKIE).status == 200


@test
def a_log_in_never_goes_on_with_the_cookie_that_it_came_with():
    planted = "__Host-session=" + "a" * 26
    answer = post("/admin/login", planted, name=ADMIN, password=NEW_PASSWORD)
    first = cookie_of(answer)
    assert first != planted and get("/admin", planted).status == 303
    second = cookie_of(post("/admin/login", first, name=ADMIN, password=NEW_PASSWORD))
    assert second != first and get("/admin", first).status == 303 and get("/admin", second).status == 200
    assert get("/admin", COOKIE).status == 200, "another browser stays logged in"


@test
def where_to_go_on_is_a_page_of_ours():
    for goal, wanted in (
        ("/admin/password", "/admin/password"), ("https://evil.example/", "/admin"), ("//evil.example", "/admin"),
        ("/administrator", "/admin"), ("", "/admin"), ("/admin/../x", None),
    ):  # fmt: skip
        answer = log_in(password=NEW_PASSWORD, next=goal)
        assert answer.status == 303, answer
        assert answer["Location"].startswith("/admin"), (goal, answer)
        assert wanted is None or answer["Location"] == wanted, (goal, answer)


@test
def logging_out_ends_the_session():
    cookie = cookie_of(log_in(password=NEW_PASSWORD))
    forged = post("/admin/logout", cookie, origin="https://evil.example")
    assert forged.status == 403 and get("/admin", cookie).status == 200, forged
    answer = post("/admin/logout", cookie)
    assert answer.status == 303 and "Max-Age=0" in answer["Set-Cookie"], answer
    assert get("/admin", cookie).status == 303


@test
def the_password_stands_nowhere_in_log_or_database():
    for text in (FERRY.authority["password"], NEW_PASSWORD, COOKIE.split("=")[1]):
        assert text not in FERRY.log
        for name in ("certferry.db", "certferry.db-wal"):
            assert text.encode() not in FERRY.read("authority/" + name), name


@test
def a_session_that_is_not_used_ends_by_itself_and_a_page_that_refreshes_itself_does_not_keep_it():
    with Ferry(operator_idle_timeout="60s", operator_session_lifetime="300s") as ferry:
        global FERRY
        outer, FERRY = FERRY, ferry
        try:
            cookie = cookie_of(log_in())
            ferry.sql("UPDATE session SET seen_at = seen_at - 59")
            assert get("/admin/password", cookie).status == 200
            ferry.sql("UPDATE session SET seen_at = seen_at - 61")
            assert get("/admin/password", cookie).status == 303
            cookie = cookie_of(log_in())
            ferry.sql("UPDATE session SET created_at = created_at - 301")
            assert get("/admin/password", cookie).status == 303
        finally:
            FERRY = outer


with FERRY:
    run()
