"""Every address for operators and programs against every role, none, and forms of other sites: from the table itself."""

import functools
import json
import os
import re

from ferry import Ferry
from operators import Desk
from tap import case, run, test

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
ROLES = ["SELF", "AUDITOR", "HELPDESK", "ADMIN"]
FERRY = Ferry(options=["--key", "ec-p256"])


def routes():
    """[(method, path, least role)] of the rows for operators, and of those for programs."""
    with open(f"{TOP}/src/web/routes.c", encoding="utf-8") as file:
        table = file.read()
    both = []
    for who, kinds, base in (("OPERATOR", {"PAGE": "GET", "ACT": "POST"}, ""),
                             ("API", {"GET": "GET", "POST": "POST"}, "/api/v1")):  # fmt: skip
        rows = re.findall(rf'^    {who}_(\w+?)(?:_\w+)?\(\s*"([^"]+)",\s*(\w+),', table, re.MULTILINE)
        both.append([(kinds[kind], base + re.sub(r"\{\w+\}", "x", path), role) for kind, path, role in rows])
    return both


ROUTES, API_ROUTES = routes()


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
    assert ("GET", "/api/v1/links/x", "AUDITOR") in API_ROUTES, API_ROUTES
    assert ("POST", "/api/v1/bundles", "ADMIN") in API_ROUTES, API_ROUTES
    assert {role for _, _, role in ROUTES + API_ROUTES} <= set(ROLES), (ROUTES, API_ROUTES)


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


@functools.cache
def key_of(role):
    made = FERRY.command("key", "add", f"{role} program".lower(), "--role", role.lower(), "--json")
    return json.loads(made)["key"]


def call(method, path, **options):
    """As a program; an act's empty body is refused after the role was looked at."""
    return FERRY.request(method, path, body=b"" if method == "POST" else None,
                         Content_Type="application/json", **options)  # fmt: skip


def is_for_keys_of_its_role_only(method, path, least):
    for role in ROLES[1:]:
        answer = call(method, path, Authorization="Bearer " + key_of(role))
        if ROLES.index(role) >= ROLES.index(least):
            assert answer.status not in (401, 403), f"{role}: {answer}"
        else:
            assert answer.status == 403, f"{role}: {answer}"


def is_closed_without_a_key(number, method, path):
    """Each route from an address of its own: whoever tries many keys has to wait."""
    source = f"127.0.1.{1 + number}"
    key = key_of("ADMIN")
    for header in (None, "Bearer", "Bearer x", f"Basic {key}", f"Bearer {key}x", f"Bearer {key[:-1]}"):
        answer = call(method, path, source=source, **({"Authorization": header} if header else {}))
        assert answer.status == 401 and answer["WWW-Authenticate"].startswith("Bearer"), f"{header}: {answer}"
    answer = call(method, path, source=source, Cookie=cookie_for("ADMIN"), Origin=desk().origin)
    assert answer.status == 401 and answer["Set-Cookie"] is None, f"an operator's session: {answer}"


def takes_no_key(method, path):
    answer = FERRY.request(method, path, body=b"" if method == "POST" else None, Origin=desk().origin,
                           Authorization="Bearer " + key_of("ADMIN"))  # fmt: skip
    assert answer.status == (303 if method == "GET" else 401), answer


for _number, (_method, _path, _least) in enumerate(API_ROUTES):
    case(f"{_method} {_path} is for keys of {_least} and above", is_for_keys_of_its_role_only, _method, _path, _least)
    case(f"{_method} {_path} is closed without a key", is_closed_without_a_key, _number, _method, _path)
for _method, _path, _least in ROUTES:
    case(f"{_method} {_path} takes no program's key", takes_no_key, _method, _path)
for _method, _path, _least in ROUTES:
    case(f"{_method} {_path} is for {_least} and above", is_for_its_role_only, _method, _path, _least)
    case(f"{_method} {_path} is closed without a log-in", is_closed_without_a_log_in, _method, _path)
    if _method == "POST":
        case(f"{_method} {_path} takes no form of another site", takes_no_form_of_another_site, _path)
    else:
        case(f"{_method} {_path} is never kept by a browser", is_never_kept, _path)

with FERRY:
    run()
