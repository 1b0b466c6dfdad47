"""Guessing passwords: who has to wait, and who does not."""

import time

from ferry import Ferry
from operators import Desk, text_of
from tap import run, test

FERRY = Ferry(options=["--key", "ec-p256"])


def right(**options):
    return Desk(FERRY).log_in("admin", FERRY.authority["password"], **options)


def guess(name="admin", **options):
    return Desk(FERRY).log_in(name, "a wrong password", **options)


def guess_until_told_to_wait(name="admin", **options):
    for _ in range(20):
        answer = guess(name, **options)
        if answer.status == 429:
            return answer
        assert answer.status == 403, answer
    raise AssertionError("nobody was told to wait")


def block():
    """Whoever has failed so far has to wait for long."""
    FERRY.sql(f"UPDATE login_counter SET blocked_until = {int(time.time()) + 800}")


@test
def guessing_is_slowed_and_the_page_says_for_how_long():
    Desk(FERRY).forgive()
    guess_until_told_to_wait()
    block()
    answer = guess()
    assert answer.status == 429 and 790 < int(answer["Retry-After"]) <= 800, answer
    assert int(text_of(answer, r"counts in (\d+) seconds")) in range(790, 801)
    assert answer["Set-Cookie"] is None
    assert right().status == 429, "the right password helps a stranger no earlier"


@test
def a_browser_that_logged_in_before_is_not_kept_out():
    Desk(FERRY).forgive()
    device = "__Host-device=" + Desk.cookies(right())["__Host-device"]
    guess_until_told_to_wait()
    block()
    assert right().status == 429
    answer = right(device=device)
    assert answer.status == 303 and "__Host-session" in Desk.cookies(answer), answer
    guess_until_told_to_wait(device=device)
    block()
    assert right(device=device).status == 429, "a stolen mark is counted too"


@test
def the_mark_has_the_attributes_of_a_cookie_that_no_other_site_sees():
    Desk(FERRY).forgive()
    (cookie,) = [text for text in right().headers.get_all("Set-Cookie") if text.startswith("__Host-device=")]
    for attribute in ("Path=/", "Secure", "HttpOnly", "SameSite=Strict", "Max-Age=15552000"):
        assert attribute in cookie.split("; "), cookie


@test
def a_forged_mark_is_none():
    Desk(FERRY).forgive()
    value = Desk.cookies(right())["__Host-device"]
    forged = value[:-1] + ("2" if value[-1] != "2" else "3")
    guess_until_told_to_wait(device="__Host-device=" + forged)
    assert right().status == 429


@test
def another_network_is_not_kept_out():
    Desk(FERRY).forgive()
    guess_until_told_to_wait(source="127.7.1.1")
    block()
    assert right(source="127.7.1.200").status == 429
    assert right(source="127.7.2.1").status == 303


@test
def a_name_that_does_not_exist_is_slowed_like_one_that_does():
    Desk(FERRY).forgive()
    for _ in range(5):
        assert guess("admin", source="127.8.1.1").status == 403
        assert guess("nobody", source="127.8.2.1").status == 403
    said = r'role="alert" id="wrong">(.*) counts in'
    first = text_of(guess_until_told_to_wait("admin", source="127.8.1.1"), said)
    assert first == text_of(guess_until_told_to_wait("nobody", source="127.8.2.1"), said)


@test
def a_restart_forgives_nothing():
    Desk(FERRY).forgive()
    guess_until_told_to_wait()
    block()
    assert FERRY.stop() == 0
    FERRY.serve()
    assert right().status == 429


@test
def the_audit_tells_of_failures_and_does_not_grow_with_them():
    Desk(FERRY).forgive()
    FERRY.sql("DELETE FROM login_failure")
    before = FERRY.sql("SELECT count(*) FROM audit WHERE action = 'operator.login_failed'")[0][0]
    for network in range(1, 11):
        assert guess(source=f"127.9.{network}.1").status == 403
    rows = FERRY.sql("SELECT object_id, address FROM audit WHERE action = 'operator.login_failed' ORDER BY id")
    assert len(rows) == before + 1 and rows[-1] == ("admin", "127.9.1.1"), rows
    assert FERRY.sql("SELECT failures FROM login_failure WHERE operator = 'admin'") == [(9,)]


@test
def what_is_typed_stands_in_no_log():
    guess("Tr0ub4dor-and-3")
    assert "Tr0ub4dor" not in FERRY.log and "a wrong password" not in FERRY.log


with FERRY:
    run()
