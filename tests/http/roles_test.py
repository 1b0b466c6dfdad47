"""Every operators' address against every role, none, and forms of other sites: from the table itself."""

import os
import re

from ferry import Ferry
from operators import Desk
from tap import case, run, test

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
ROLES = ["SELF", "AUDITOR", "HELPDESK", "ADMIN"]
FERRY = Ferry(options=["--key", "ec-p256"])


def routes():
    """[(method, path, least role)] of the rows for operators."""
    with open(f"{TOP}/src/web/routes.c", encoding="utf-8") as file:
        rows = re.findall(r'^    OPERATOR_(PAGE|ACT)\w*\(\s*"([^"]+)",\s*(\w+),', file.read(), re.MULTILINE)
    kinds = {"PAGE": "GET", "ACT": "POST"}
    return [(kinds[kind], re.sub(r"\{\w+\}", "x", path), role) for kind, path, role in rows]


ROUTES = routes()


def desk():
    return Desk(FERRY)


def cookie_for(role):
    """A new session each time: an act may end it."""
    name = "of-" + role.lower()
    if not FERRY.sql(f"SELECT 1 FROM operator WHERE name = '{name}'"):
        return desk().operator(name, "auditor" if role == "SELF" else role.lower(), must_change=role == "SELF")
    return desk().session(name)


def ask(method, path, cookie, **options):
    return desk().get(path, cookie) if method == "GET" else desk().post(path, cookie, **options)


@test
def the_table_was_read():
    assert ("GET", "/admin", "AUDITOR") in ROUTES and ("POST", "/admin/operators", "ADMIN") in ROUTES, ROUTES
    assert {role for _, _, role in ROUTES} <= set(ROLES), ROUTES


def is_for_its_role_only(method, path, least):
    for role in ROLES:
        answer = ask(method, path, cookie_for(role))
        allowed = ROLES.index(role) >= ROLES.index(least)
        if allowed:
            assert answer.status not in (401, 403), f"{role}: {answer}"
        elif role == "SELF" and method == "GET":
            assert answer.status == 303 and answer["Location"] == "/admin/password", f"{role}: {answer}"
        else:
            assert answer.status == 403, f"{role}: {answer}"


def is_closed_without_a_log_in(method, path):
    for cookie in (None, "__Host-session=" + "a" * 26, "__Host-session=", "session=x"):
        answer = ask(method, path, cookie)
        if method == "GET":
            assert answer.status == 303 and answer["Location"].startswith("/admin/login?next="), answer
        else:
            assert answer.status == 401, answer
    assert ask(method, path, None)["Set-Cookie"] is None


def takes_no_form_of_another_site(path):
    cookie = cookie_for("ADMIN")
    before = FERRY.sql("SELECT count(*) FROM audit")
    for origin in ("https://evil.example", "null", None, f"http://{FERRY.host}:{FERRY.https_port}.evil.example"):
        answer = desk().post(path, cookie, origin=origin)
        assert answer.status == 403, f"{origin}: {answer}"
    for site in ("cross-site", "same-site"):
        answer = FERRY.request("POST", path, b"", Cookie=cookie, Sec_Fetch_Site=site,
                               Content_Type="application/x-www-form-urlencoded")  # fmt: skip
        assert answer.status == 403, f"{site}: {answer}"
    assert FERRY.sql("SELECT count(*) FROM audit") == before


def is_never_kept(path):
    answer = desk().get(path, cookie_for("ADMIN"))
    assert "no-store" in answer["Cache-Control"], answer
    if answer.status == 200:
        assert "default-src 'none'" in answer["Content-Security-Policy"], answer["Content-Security-Policy"]


for _method, _path, _least in ROUTES:
    case(f"{_method} {_path} is for {_least} and above", is_for_its_role_only, _method, _path, _least)
    case(f"{_method} {_path} is closed without a log-in", is_closed_without_a_log_in, _method, _path)
    if _method == "POST":
        case(f"{_method} {_path} takes no form of another site", takes_no_form_of_another_site, _path)
    else:
        case(f"{_method} {_path} is never kept by a browser", is_never_kept, _path)

with FERRY:
    run()
