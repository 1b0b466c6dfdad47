"""Operators, API keys and one's own account, as pages."""

import re
import shutil
import subprocess
import time

from ferry import Ferry
from operators import Desk, text_of
from tap import run, skip, test

FERRY = Ferry(options=["--key", "ec-p256"])


def desk():
    return Desk(FERRY)


def admin():
    return desk().session("root") if FERRY.sql("SELECT 1 FROM operator WHERE name = 'root'") else desk().operator("root", "admin")


def add(name, role="helpdesk"):
    """The first password of a new operator, from the page."""
    page = desk().post("/admin/operators", admin(), name=name, role=role)
    assert page.status == 200 and "no-store" in page["Cache-Control"], page
    return text_of(page, r'<code id="password">([a-z2-9]{20})</code>')


# Operators


@test
def an_operator_is_added_and_the_password_is_shown_once():
    password = add("bob")
    assert password not in desk().get("/admin/operators", admin()).text()
    answer = desk().log_in("bob", password)
    assert answer.status == 303 and answer["Location"] == "/admin/password", answer
    again = desk().post("/admin/operators", admin(), name="BOB", role="admin")
    assert again.status == 422 and "already" in again.text() and 'value="BOB"' in again.text(), again


@test
def a_name_cannot_be_markup():
    add("<b>eve</b>\"'&")
    page = desk().get("/admin/operators", admin()).text()
    assert "<b>eve" not in page and "&lt;b&gt;eve&lt;/b&gt;&#34;&#39;&amp;" in page


@test
def a_role_that_there_is_not_is_refused():
    answer = desk().post("/admin/operators", admin(), name="someone", role="root")
    assert answer.status == 422 and "admin, helpdesk, auditor" in answer.text(), answer


@test
def a_disabled_operator_is_out_at_once_and_may_come_back():
    cookie = desk().operator("carl", "helpdesk")
    assert desk().get("/admin", cookie).status == 200
    assert desk().post("/admin/operators/disable", admin(), name="carl")["Location"] == "/admin/operators?said=changed"
    assert desk().get("/admin", cookie).status == 303
    assert desk().post("/admin/operators/enable", admin(), name="carl").status == 303
    assert desk().get("/admin", cookie).status == 303, "the session is over for good"
    assert desk().get("/admin", desk().session("carl")).status == 200


@test
def a_new_password_ends_the_sessions():
    cookie = desk().operator("dora", "helpdesk")
    page = desk().post("/admin/operators/password", admin(), name="dora")
    password = text_of(page, r'<code id="password">([a-z2-9]{20})</code>')
    assert desk().get("/admin", cookie).status == 303
    assert desk().log_in("dora", password).status == 303


@test
def a_role_counts_from_the_next_request_on():
    cookie = desk().operator("emil", "admin")
    assert desk().get("/admin/operators", cookie).status == 200
    assert desk().post("/admin/operators/role", admin(), name="emil", role="auditor").status == 303
    assert desk().get("/admin/operators", cookie).status == 403
    assert desk().get("/admin", cookie).status == 200


@test
def the_last_admin_stays():
    FERRY.sql("UPDATE operator SET role = 'auditor' WHERE role = 'admin' AND name NOT IN ('root')")
    for act, fields in (("disable", {}), ("role", {"role": "helpdesk"})):
        answer = desk().post(f"/admin/operators/{act}", admin(), name="root", **fields)
        assert answer.status == 422 and "last admin" in answer.text(), answer
    FERRY.sql("UPDATE operator SET role = 'admin' WHERE name = 'admin'")


# API keys


@test
def a_key_is_shown_once_and_revoked():
    page = desk().post("/admin/keys", admin(), name="monitoring", role="auditor", days="30")
    assert page.status == 200 and "no-store" in page["Cache-Control"], page
    key = text_of(page, r'<code id="key">(cfk_[a-z2-9]{34})</code>')
    listed = desk().get("/admin/keys", admin())
    assert key not in listed.text() and "monitoring" in listed.text()
    number = text_of(listed, r'name="id" value="([a-z2-9]+)"')
    assert desk().post("/admin/keys/revoke", admin(), id=number)["Location"] == "/admin/keys?said=key-revoked"
    again = desk().post("/admin/keys/revoke", admin(), id=number)
    assert again.status == 422 and "revoked already" in again.text(), again
    for name in ("certferry.db", "certferry.db-wal"):
        assert key.encode() not in FERRY.read("authority/" + name), name
    assert key not in FERRY.log


@test
def a_key_has_a_name_a_role_and_an_end():
    for fields in ({"name": ""}, {"role": "root"}, {"days": "0"}, {"days": "1099"}, {"days": "soon"}):
        answer = desk().post("/admin/keys", admin(), **{"name": "x", "role": "auditor", "days": "30", **fields})
        assert answer.status == 422 and "cfk_" not in answer.text(), (fields, answer)


# The own account


@test
def the_own_log_ins_are_listed_and_ended():
    mine, other = desk().operator("fred", "auditor"), desk().session("fred")
    stranger = desk().operator("gina", "auditor")
    page = desk().get("/admin/account", mine)
    (number,) = re.findall(r'name="id" value="([0-9a-f]{64})"', page.text())
    assert desk().post("/admin/account/end", stranger, id=number).status == 404, "not one's own"
    assert desk().get("/admin", other).status == 200
    assert desk().post("/admin/account/end", mine, id=number).status == 303
    assert desk().get("/admin", other).status == 303 and desk().get("/admin", mine).status == 200
    third = desk().session("fred")
    assert desk().post("/admin/account/end-others", mine).status == 303
    assert desk().get("/admin", third).status == 303 and desk().get("/admin", mine).status == 200
    assert desk().get("/admin", stranger).status == 200


def code_at(secret, seconds):
    words = ["oathtool", "--totp", "--base32", "--now", f"@{int(seconds)}", "-"]
    return subprocess.run(words, input=secret, capture_output=True, text=True, check=True).stdout.strip()


@test
def one_time_codes_are_set_up_asked_for_and_never_taken_twice():
    if shutil.which("oathtool") is None:
        skip("oathtool is not installed")
    first = add("hanna", "auditor")
    password = "correct horse battery staple"
    entered = Desk.cookies(desk().log_in("hanna", first))
    cookie = "__Host-session=" + entered["__Host-session"]
    changed = desk().post("/admin/password", cookie, old=first, new=password, again=password)
    cookie = "__Host-session=" + Desk.cookies(changed)["__Host-session"]

    assert desk().post("/admin/account/codes", cookie)["Location"] == "/admin/account/codes"
    secret = text_of(desk().get("/admin/account/codes", cookie), r"<code>([A-Z2-7]{32})</code>")
    wrong = desk().post("/admin/account/codes/confirm", cookie, code="12345")
    assert wrong.status == 422 and secret in wrong.text(), wrong
    assert desk().log_in("hanna", password).status == 303, "nothing is asked for before it is confirmed"
    now = time.time()
    confirmed = desk().post("/admin/account/codes/confirm", cookie, code=code_at(secret, now))
    recovery = re.findall(r"<li>([a-z2-9]{5}-[a-z2-9]{5})</li>", confirmed.text())
    assert len(recovery) == 10, confirmed
    assert desk().get("/admin/account/codes", cookie)["Location"] == "/admin/account"

    plain = desk().log_in("hanna", password)
    assert plain.status == 403 and plain["Set-Cookie"] is None, plain
    assert desk().log_in("hanna", password, code=code_at(secret, now)).status == 403, "the code of the set-up again"
    following = code_at(secret, now + 30)
    assert desk().log_in("hanna", password, code=following).status == 303
    assert desk().log_in("hanna", password, code=following).status == 403, "a code again"
    assert desk().log_in("hanna", password, code=recovery[0].upper()).status == 303
    desk().forgive()
    assert desk().log_in("hanna", password, code=recovery[0]).status == 403, "a recovery code again"

    off = desk().post("/admin/account/codes/off", cookie, code=following)
    assert off.status == 422, off
    assert desk().post("/admin/account/codes/off", cookie, code=recovery[1]).status == 303
    assert desk().log_in("hanna", password).status == 303
    for text in (secret, *recovery):
        assert text not in FERRY.log
        assert text.encode() not in FERRY.read("authority/certferry.db-wal")


@test
def an_admin_switches_the_codes_of_a_lost_phone_off():
    desk().operator("ida", "helpdesk")
    FERRY.command("operator", "totp", "ida", "--json")
    page = desk().get("/admin/operators", admin())
    assert 'action="/admin/operators/totp"' in page.text()
    assert desk().post("/admin/operators/totp", admin(), name="ida").status == 303
    assert FERRY.sql("SELECT count(*) FROM totp WHERE operator = 'ida'") == [(0,)]


@test
def no_page_weighs_much():
    for path in ("/admin/operators", "/admin/keys", "/admin/account"):
        assert len(desk().get(path, admin()).body) < 40000, path


with FERRY:
    run()
