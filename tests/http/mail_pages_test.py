"""Mail on operators' pages: the queue by role, what may be done to a mail, the test, hostile words of a mail server."""

import html
import json
import re
import time

from desk import Agent
from ferry import Ferry
from post import Post, text_of
from tap import run, test

HOSTILE = '<script>alert(1)</script>"\'><img src=x onerror=alert(1)>{{site.name}}'
POST = Post()
AGENTS = {}


def agent(role):
    if role not in AGENTS:
        AGENTS[role] = Agent(FERRY, role)
    return AGENTS[role]


def queue(address):
    return json.loads(FERRY.command("mail", "ca", address, "--json"))["id"]


def refused(address, reply="550 no such user"):
    """A mail that the server refused for good."""
    POST.recipient = lambda asked: reply if asked == address else None
    mail = queue(address)
    wait_for(mail, "failed")
    return mail


def wait_for(mail, state):
    while FERRY.sql(f"SELECT state FROM mail WHERE id = '{mail}'") != [(state,)]:
        time.sleep(0.02)


def forms(page):
    return [action for action in re.findall(r'<form[^>]* action="([^"]+)"', page.text()) if action != "/admin/logout"]


def counted(page, label):
    return int(re.search(rf'<a href="/admin/mail\?state=\w+">{label}</a></dt><dd>(\d+)</dd>', page.text()).group(1))


@test
def an_empty_queue_says_what_will_be_there():
    page = agent("auditor").get("/admin/mail")
    assert page.status == 200 and "No mail yet" in page.text() and "No mail server" not in page.text(), page
    assert 'aria-current="page">Mail</a>' in page.text()


@test
def the_queue_shows_to_whom_in_which_state_and_why():
    mail = refused("ann@example.org")
    page = agent("auditor").get("/admin/mail")
    assert f'<a href="/admin/mail/{mail}">ann@example.org</a><small>' in page.text() and "550" in page.text(), page
    assert counted(page, "Failed") == 1 and counted(page, "Sent") == 0
    assert "ann@example.org" in agent("auditor").get("/admin/mail?state=failed").text()
    sent = agent("auditor").get("/admin/mail?state=sent").text()
    assert "ann@example.org" not in sent and "No mail is in this state" in sent, sent
    assert agent("auditor").get("/admin/mail?state=lost").status == 422
    assert agent("auditor").get("/admin/mail?after=nothing").status == 422


@test
def home_says_that_a_mail_failed_and_the_audit_leads_to_it():
    mail = refused("amy@example.org")
    assert '<a href="/admin/mail?state=failed">' in agent("auditor").get("/admin").text()
    assert "/admin/mail?state=unsure" not in agent("auditor").get("/admin").text()
    assert f'href="/admin/mail/{mail}"' in agent("auditor").get(f"/admin/audit?kind=mail&object={mail}").text()


@test
def the_queue_goes_on_to_its_first_mail():
    for number in range(60):
        queue(f"user{number}@example.org")
    path, found = "/admin/mail", []
    while path:
        page = agent("auditor").get(path).text()
        found += re.findall(r'<a href="/admin/mail/([a-z0-9]+)">', page)
        following = re.search(r'<a href="([^"]+)" rel="next">', page)
        path = following and html.unescape(following.group(1))
    assert len(found) == len(set(found)) >= 60, found


@test
def the_help_desk_tries_again_and_the_mail_goes_out():
    mail = refused("ben@example.org")
    POST.recipient = lambda asked: None
    assert forms(agent("helpdesk").get(f"/admin/mail/{mail}")) == [f"/admin/mail/{mail}/{act}" for act in ("retry", "cancel")]
    answer = agent("helpdesk").post(f"/admin/mail/{mail}/retry")
    assert answer.status == 303 and answer["Location"] == f"/admin/mail/{mail}?said=mail-retried", answer
    wait_for(mail, "sent")
    page = agent("helpdesk").get(f"/admin/mail/{mail}")
    assert forms(page) == [] and "is-good" in page.text(), page
    for act in ("retry", "cancel"):
        assert agent("helpdesk").post(f"/admin/mail/{mail}/{act}").status == 409, act
    acts = FERRY.sql(f"SELECT actor FROM audit WHERE object_id = '{mail}' AND action = 'mail.retry'")
    assert acts == [(f"operator:{agent('helpdesk').name}",)], acts


@test
def the_help_desk_ends_a_mail_for_good():
    mail = refused("cid@example.org")
    answer = agent("helpdesk").post(f"/admin/mail/{mail}/cancel")
    assert answer["Location"] == f"/admin/mail/{mail}?said=mail-cancelled", answer
    page = agent("helpdesk").get(f"/admin/mail/{mail}")
    assert forms(page) == [] and "Cancelled" in page.text(), page
    assert FERRY.sql(f"SELECT sealed FROM mail WHERE id = '{mail}'") == [(None,)]


@test
def an_auditor_looks_and_changes_nothing():
    mail = refused("dan@example.org")
    assert forms(agent("auditor").get("/admin/mail")) == ["/admin/mail"], "the filter only"
    assert forms(agent("auditor").get(f"/admin/mail/{mail}")) == []
    for act in (f"{mail}/retry", f"{mail}/cancel", "test"):
        assert agent("auditor").post(f"/admin/mail/{act}", address="x@example.org").status == 403, act
    for origin in ("https://evil.example", "null", None):
        for act in ("retry", "cancel"):
            assert agent("admin").post(f"/admin/mail/{mail}/{act}", origin=origin).status == 403, origin
        assert agent("admin").post("/admin/mail/test", origin=origin, address="x@example.org").status == 403, origin
    assert json.loads(FERRY.command("mail", "show", mail, "--json"))["state"] == "failed"


@test
def a_mail_that_there_is_not_is_404():
    for path in ("/admin/mail/nothing", "/admin/mail/" + "a" * 300, "/admin/mail/%27%20OR%201=1"):
        assert agent("auditor").get(path).status == 404, path
    assert agent("helpdesk").post("/admin/mail/nothing/retry").status == 404
    assert agent("helpdesk").post("/admin/mail/nothing/cancel").status == 404


@test
def the_words_of_a_mail_server_and_an_address_come_out_as_text():
    mail = refused("eve@example.org", "550 " + HOSTILE)
    FERRY.sql(f"UPDATE mail SET error = error || '{HOSTILE.replace(chr(39), chr(39) * 2)}', recipient = '<b>eve</b>\"@x' WHERE id = '{mail}'")
    for path in ("/admin/mail", "/admin/mail?state=failed", f"/admin/mail/{mail}"):
        text = agent("admin").get(path).text()
        assert not re.search(r"<script>|<img|<b>eve", text), text
        assert html.unescape(text).count(HOSTILE) >= 1 and "&lt;b&gt;eve" in text, text
    page = agent("admin").get("/admin/mail?state=" + "%22%3E%3Cscript%3E")
    assert page.status == 422 and '"><script>' not in page.text(), page


@test
def a_link_that_was_mailed_is_never_on_a_page():
    POST.recipient = lambda asked: "550 no" if asked == "fay@example.org" else None
    link = FERRY.link("fay@example.org", "--send")
    mail = FERRY.sql(f"SELECT id FROM mail WHERE link_id = '{link['id']}'")[0][0]
    wait_for(mail, "failed")
    for path in ("/admin/mail", f"/admin/mail/{mail}"):
        text = agent("admin").get(path).text()
        assert link["path"][3:] not in text and link["pin"] not in re.sub(r"\d{4}-\d\d-\d\dT[^<\"]*", "", text), text
    assert f'href="/admin/links/{link["id"]}"' in agent("admin").get(f"/admin/mail/{mail}").text()


@test
def an_admin_sends_a_test_mail():
    POST.recipient = lambda asked: "550 " + HOSTILE if asked == "bad@example.org" else None
    before = len(POST.mails)
    answer = agent("admin").post("/admin/mail/test", address="admin@example.org")
    assert answer.status == 303 and answer["Location"] == "/admin/mail?said=mail-tested", answer
    assert str(POST.wait(before + 1)[-1]["To"]) == "admin@example.org"
    for address, sentence in (("bad@example.org", "550"), ("nobody", "address"), ("", "address"), ("a@b\r\nBcc: c@d", "")):
        page = agent("admin").post("/admin/mail/test", address=address)
        assert page.status == 422 and "The test mail was not sent" in page.text(), f"{address}: {page}"
        assert sentence in page.text() and "<script>" not in page.text() and "<img" not in page.text(), page.text()
    assert len(POST.mails) == before + 1
    assert "/admin/mail/test" in forms(agent("admin").get("/admin/mail"))
    assert "/admin/mail/test" not in forms(agent("helpdesk").get("/admin/mail"))
    assert agent("helpdesk").post("/admin/mail/test", address="x@example.org").status == 403


def links():
    return FERRY.sql("SELECT count(*) FROM link")[0][0]


def secrets_of(page):
    """(token, PIN) as the page shows them to who made the link."""
    return re.search(r"/l/([a-z2-9]{26})", page).group(1), "".join(re.findall(r"<span>(\d{3})</span>", page))


def mailed(before):
    """The text of the next mail that arrives."""
    return text_of(POST.wait(before + 1)[-1])


@test
def a_new_link_goes_out_by_mail_and_its_page_says_so():
    POST.recipient = lambda asked: None
    desk, before = agent("helpdesk"), len(POST.mails)
    assert 'name="send"' in desk.get("/admin/links/new").text()
    key = desk.form_key("/admin/links/new")
    fields = {"form": key, "user": "EXAMPLE\\gil", "mail": "gil@example.org", "send": "yes", "language": "de"}
    answers = [desk.post("/admin/links/new", **fields) for _ in range(2)]
    assert answers[0].status == 303 and answers[0]["Location"] == answers[1]["Location"], answers
    path = answers[0]["Location"]
    page = desk.get(path).text()
    token, pin = secrets_of(page)
    text = mailed(before)
    assert f"/l/{token}" in text and pin not in text and "Zertifikat" in text, text
    mail = FERRY.sql(f"SELECT id FROM mail WHERE link_id = '{path[13:]}'")
    assert len(mail) == 1, "a form that comes twice sends one mail"
    wait_for(mail[0][0], "sent")
    page = agent("auditor").get(path).text()
    assert f'<a href="/admin/mail/{mail[0][0]}">gil@example.org</a>' in page and "Sent</span>" in page, page


@test
def a_link_is_not_mailed_unless_that_is_asked_for():
    desk = agent("helpdesk")
    answer = desk.post("/admin/links/new", form=desk.form_key("/admin/links/new"), user="hal@example.org", language="de")
    assert answer.status == 303, answer
    assert "/admin/mail/" not in desk.get(answer["Location"]).text()
    assert FERRY.sql("SELECT count(*) FROM mail WHERE recipient = 'hal@example.org'") == [(0,)]


@test
def a_link_that_cannot_be_mailed_is_not_made_and_the_form_keeps_what_was_typed():
    desk, before = agent("helpdesk"), links()
    for fields, sentence in (
        ({"user": "EXAMPLE\\ida"}, "no mail address"),
        ({"user": "ida@example.org", "language": "fr"}, "language"),
        ({"user": "ida", "mail": "ida@@example.org"}, ""),
    ):
        answer = desk.post("/admin/links/new", form=desk.form_key("/admin/links/new"), send="yes", **fields)
        assert answer.status == 422 and sentence in answer.text(), answer
        assert re.search(r'name="send" value="yes" checked', answer.text()), answer.text()
    assert links() == before


@test
def the_link_that_takes_the_place_of_another_goes_out_by_mail():
    POST.recipient = lambda asked: None
    desk = agent("helpdesk")
    old = FERRY.link("jim@example.org")
    path = f"/admin/links/{old['id']}"
    before = len(POST.mails)
    answer = desk.post(path + "/rearm", form=desk.form_key(path), send="yes")
    assert answer.status == 303, answer
    token, pin = secrets_of(desk.get(answer["Location"]).text())
    text = mailed(before)
    assert f"/l/{token}" in text and pin not in text, text


@test
def without_a_mail_server_the_page_says_what_to_set():
    with Ferry(options=["--key", "ec-p256"]) as ferry:
        admin = Agent(ferry, "admin")
        page = admin.get("/admin/mail")
        assert page.status == 200 and "No mail server is configured" in page.text() and "certferry.conf" in page.text(), page
        assert "/admin/mail/test" not in forms(page) and "No mail yet" not in page.text()
        answer = admin.post("/admin/mail/test", address="x@example.org")
        assert answer.status == 422 and "no mail server is configured" in answer.text(), answer
        key = admin.form_key("/admin/links/new")
        assert 'name="send"' not in admin.get("/admin/links/new").text()
        answer = admin.post("/admin/links/new", form=key, user="x@example.org", send="yes")
        assert answer.status == 422 and "no mail server is configured" in answer.text(), answer
        assert ferry.sql("SELECT count(*) FROM link") == [(0,)]
        link = ferry.link("x@example.org")
        assert 'name="send"' not in admin.get(f"/admin/links/{link['id']}").text()


with POST, Ferry(**POST.settings()) as FERRY:
    run()
