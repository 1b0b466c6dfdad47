"""Mail as its reader gets it: through a mail server with TLS and log-in, one that fails, and one that is not there."""

import json
import os
import re
import sqlite3
import threading
import time

from ferry import Ferry
from post import Post, text_of
from tap import run, test

LINK = re.compile(r"https://127\.0\.0\.1(:\d+)?/l/([a-z2-9]{26})")


def mails_of(ferry, *options):
    return [json.loads(line) for line in ferry.command("mail", "list", "--json", *options).splitlines()]


def show(ferry, mail):
    return json.loads(ferry.command("mail", "show", mail, "--json"))


def now(ferry, mail):
    """(state, error) at this moment: whoever waits asks often, and a command costs much more."""
    [row] = ferry.sql(f"SELECT state, error FROM mail WHERE id = '{mail}'")
    return row


def wait_for(ferry, mail, state):
    while now(ferry, mail)[0] != state:
        time.sleep(0.05)
    return show(ferry, mail)


def refused(done, sentence, code=1):
    assert done.returncode == code, f"{done.returncode}: {done.stderr}"
    assert sentence in done.stderr, done.stderr


def database_holds(ferry, secret):
    folder = os.path.dirname(ferry.config)
    return any(
        secret.encode() in ferry.read(os.path.join(folder, name))
        for name in os.listdir(folder)
        if name.startswith("certferry.db")
    )


@test
def without_a_server_a_link_is_not_sent_and_says_so():
    with Ferry(options=["--key", "ec-p256"]) as ferry:
        refused(ferry.run("link", "create", "ann@example.com", "--send"), "no mail server is configured")
        refused(ferry.run("mail", "ca", "ann@example.com"), "no mail server is configured")
        refused(ferry.run("mail", "test", "ann@example.com"), "no mail server is configured")
        assert ferry.command("link", "list") == ""
        assert "mail: off" in ferry.run("check").stdout


@test
def settings_that_do_not_fit_together_are_named():
    with Ferry(options=["--key", "ec-p256"], mail_server="127.0.0.1") as ferry:
        refused(ferry.run("mail", "ca", "ann@example.com"), "mail.from is missing", 3)
    with Ferry(options=["--key", "ec-p256"], mail_server="127.0.0.1", mail_from="ca@example.org", mail_user="x", mail_tls="none",
               mail_password_file="/dev/null") as ferry:  # fmt: skip
        refused(ferry.run("mail", "ca", "ann@example.com"), "would send the password in the clear", 3)


@test
def the_mail_of_a_link_holds_the_link_and_never_the_pin():
    with Post() as post, Ferry(**post.settings(mail_reply_to="help@example.org")) as ferry:
        link = ferry.link("ann", "--name", "Zoë Größe, \"A\"", "--mail", "zoe@example.com", "--send")
        [mail] = post.wait(1)
        assert str(mail["To"]) == '"Zoë Größe, \\"A\\"" <zoe@example.com>', mail["To"]
        assert mail["To"].addresses[0].display_name == 'Zoë Größe, "A"'
        assert mail["From"].addresses[0].addr_spec == "ca@example.org"
        assert mail["From"].addresses[0].display_name == "Example Organisation"
        assert mail["Reply-To"] == "help@example.org" and mail["Auto-Submitted"] == "auto-generated"
        assert mail["Subject"] == "Your certificate for Example Organisation"
        assert mail.get_content_type() == "multipart/alternative" and not mail.defects
        assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
        for subtype in ("plain", "html"):
            text = text_of(mail, subtype)
            assert link["url"] in text and "Zoë Größe" in text, text
            assert link["pin"] not in text, text
        assert post.peers == [("ca@example.org", ["zoe@example.com"], True)] and post.logins == [True]
        assert ferry.claim(link).status == 200

        found = wait_for(ferry, link["mail"], "sent")
        assert found["kind"] == "link" and found["link"] == link["id"] and found["tries"] == 1
        assert f"<{found['message_id']}>" == mail["Message-ID"] and not found["kept"] and found["error"] is None
        assert link["path"][3:] not in ferry.log


@test
def a_mail_is_in_the_language_that_was_asked_for():
    with Post() as post, Ferry(**post.settings(mail_language="de")) as ferry:
        ferry.link("ann@example.com", "--send")
        ferry.link("bob@example.com", "--send", "--language", "en")
        german, english = sorted(post.wait(2), key=lambda mail: str(mail["To"]))
        assert german["Subject"] == "Ihr Zertifikat für Example Organisation", german["Subject"]
        assert german["Content-Language"] == "de" and '<html lang="de">' in text_of(german, "html")
        assert "diesen Link auf dem Handy" in text_of(german)
        assert english["Content-Language"] == "en"
        refused(ferry.run("link", "create", "a@example.com", "--send", "--language", "fr"), "'fr' is no language")


@test
def a_link_without_a_mail_address_is_not_made():
    with Post() as post, Ferry(**post.settings()) as ferry:
        refused(ferry.run("link", "create", "ann", "--send"), "there is no mail address")
        refused(ferry.run("link", "create", "ann", "--mail", "a..b@example.com", "--send"), "is not name@example.org")
        refused(ferry.run("link", "create", "ann", "--name", "A\r\nBcc: x@example.com", "--mail", "a@example.com",
                          "--send"), "a character that no name has")  # fmt: skip
        refused(ferry.run("mail", "ca", "a@example.com\r\nBcc: x@example.com"), "outside ASCII")
        assert ferry.command("link", "list") == "" and mails_of(ferry) == []


@test
def ca_certificates_come_as_attachments():
    with Post(tls="implicit") as post, Ferry(**post.settings()) as ferry:
        ferry.command("mail", "ca", "ann@example.com")
        [mail] = post.wait(1)
        assert mail.get_content_type() == "multipart/mixed" and not mail.defects
        files = list(mail.iter_attachments())
        assert [file.get_filename() for file in files] == [
            "example-organisation-root.cer", "example-organisation-issuing.cer",
        ]  # fmt: skip
        for file, path in zip(files, ("/ca/root.cer", "/ca/issuing.cer")):
            assert file.get_content_type() == "application/x-x509-ca-cert"
            assert file.get_content() == ferry.get(path, https=False).body
        assert ferry.authority["root_sha256"].upper() in text_of(mail).replace(" ", "").replace("\n", "")
        assert post.peers[0][2]


@test
def a_server_without_tls_or_with_a_strange_certificate_gets_nothing():
    with Post() as post, Post() as stranger:
        with Ferry(**post.settings(mail_ca_file=stranger.certificate)) as ferry:
            mail = json.loads(ferry.command("mail", "ca", "ann@example.com", "--json"))["id"]
            while not now(ferry, mail)[1]:
                time.sleep(0.05)
            assert "certificate" in show(ferry, mail)["error"], show(ferry, mail)
            check = ferry.run("check")
            assert check.returncode == 1 and "error    mail: 127.0.0.1: " in check.stdout, check.stdout
            assert post.mails == [] and post.logins == []
    with Post(tls="none", login=False) as post:
        with Ferry(**post.settings(mail_tls="starttls")) as ferry:
            refused(ferry.run("mail", "test", "ann@example.com"), "the mail was not sent: ")
        assert post.mails == []
        with Ferry(**post.settings()) as ferry:
            ferry.command("mail", "test", "ann@example.com")
        assert len(post.mails) == 1


@test
def a_wrong_password_is_said_by_check_and_by_test():
    with Post() as post, Ferry(**post.settings()) as ferry:
        assert "ok       mail: 127.0.0.1 answers" in ferry.run("check").stdout
        with open(post.password_file, "w", encoding="ascii") as file:
            file.write("wrong\n")
        assert "error    mail: 127.0.0.1: " in ferry.run("check").stdout
        refused(ferry.run("mail", "test", "ann@example.com"), "the mail was not sent: ")
        os.chmod(post.password_file, 0o644)
        refused(ferry.run("mail", "test", "ann@example.com"), "chmod")
        assert post.mails == []


@test
def while_the_server_is_down_mails_wait_sealed_and_then_go_once():
    with Post() as post, Ferry(**post.settings()) as ferry:
        post.close()
        links = [ferry.link(f"user{number}@example.com", "--send") for number in range(5)]
        while not any(now(ferry, link["mail"])[1] for link in links):
            time.sleep(0.05)
        for link in links:
            assert show(ferry, link["mail"])["state"] in ("queued", "sending")
            assert not database_holds(ferry, link["path"][3:]), "a token stands in the database"
        ferry.stop()
        post.listen()
        ferry.serve()
        for link in links:
            wait_for(ferry, link["mail"], "sent")
        found = sorted(LINK.search(text_of(mail)).group() for mail in post.mails)
        assert found == sorted(link["url"] for link in links), found


@test
def a_server_that_fails_gets_the_same_mail_again():
    with Post() as post, Ferry(**post.settings()) as ferry:
        replies = iter(["451 4.3.0 try again", "452 4.2.2 full", None])
        seen = []
        post.end = lambda address: seen.append(address) or next(replies)
        mail = json.loads(ferry.command("mail", "ca", "ann@example.com", "--json"))
        found = wait_for(ferry, mail["id"], "sent")
        assert found["tries"] == 3 and len(seen) == 3 and len(post.mails) == 1
        assert f"<{mail['message_id']}>" == post.mails[0]["Message-ID"]


@test
def a_refused_recipient_fails_at_once_and_can_be_tried_again():
    with Post() as post, Ferry(**post.settings()) as ferry:
        post.recipient = lambda address: "550 5.1.1 no such user"
        link = ferry.link("ann@example.com", "--send")
        failed = wait_for(ferry, link["mail"], "failed")
        assert failed["error"] == "550 5.1.1 no such user" and failed["tries"] == 1 and failed["kept"], failed
        assert [mail["id"] for mail in mails_of(ferry, "--state", "failed")] == [link["mail"]]
        assert "550 5.1.1" in ferry.command("mail", "list")
        post.recipient = lambda address: None
        ferry.command("mail", "retry", link["mail"])
        wait_for(ferry, link["mail"], "sent")
        assert len(post.wait(1)) == 1
        refused(ferry.run("mail", "retry", link["mail"]), "is sent")


@test
def a_refusal_that_quotes_the_link_does_not_bring_it_into_the_clear():
    with Post() as post, Ferry(**post.settings()) as ferry:
        secret = []

        def refuse(address):
            return f"554 spam: {secret[0]}"

        blocked = threading.Event()
        post.recipient = lambda address: blocked.wait() and None
        post.end = refuse
        link = ferry.link("ann@example.com", "--send")
        secret.append(link["url"])
        blocked.set()
        failed = wait_for(ferry, link["mail"], "failed")
        assert failed["error"].startswith("554 spam: https://") and "***" in failed["error"], failed
        assert not database_holds(ferry, link["path"][3:]) and link["path"][3:] not in ferry.log


@test
def the_mail_of_a_link_that_ended_is_not_sent():
    with Post() as post, Ferry(**post.settings()) as ferry:
        post.close()
        cancelled = ferry.link("ann@example.com", "--send")
        claimed = ferry.link("bob@example.com", "--send")
        ferry.command("link", "cancel", cancelled["id"])
        assert ferry.claim(claimed).status == 200
        assert show(ferry, cancelled["mail"])["state"] == "cancelled"
        post.listen()
        found = wait_for(ferry, claimed["mail"], "cancelled")
        assert found["error"].startswith("its link is ") and not found["kept"], found
        assert post.mails == []


@test
def rearm_sends_the_new_link():
    with Post() as post, Ferry(**post.settings()) as ferry:
        old = ferry.link("ann@example.com")
        assert old["mail"] is None
        new = json.loads(ferry.command("link", "rearm", old["id"], "--send", "--json"))
        [mail] = post.wait(1)
        assert new["url"] in text_of(mail)


@test
def a_queued_mail_can_be_cancelled():
    with Post() as post, Ferry(**post.settings()) as ferry:
        post.close()
        mail = json.loads(ferry.command("mail", "ca", "ann@example.com", "--json"))["id"]
        deadline = time.monotonic() + 60
        while ferry.run("mail", "cancel", mail).returncode != 0:
            assert time.monotonic() < deadline, "it is being sent for ever"
        assert show(ferry, mail)["state"] == "cancelled" and not show(ferry, mail)["kept"]
        refused(ferry.run("mail", "cancel", mail), "is cancelled")
        refused(ferry.run("mail", "show", "nobody"), "no mail with this id")
        refused(ferry.run("mail", "list", "--state", "lost"), "is no state of a mail")


@test
def users_are_told_once_before_their_certificate_ends():
    with Post() as post:
        with Ferry(**post.settings(mail_notice="300d", mail_reminder="100d", bundle_lifetime="250d", link_lease="5s")) as ferry:
            for user in ("ann@example.com", "bob@example.com"):
                ferry.command("mint", user, "--device", "Phone", "--out", ferry.file(user + ".p12"))
            mails = post.wait(2)
            assert {str(mail["To"]) for mail in mails} == {"ann@example.com", "bob@example.com"}
            for mail in mails:
                assert "Your certificate ends on " in mail["Subject"] and "Device: Phone" in text_of(mail)
                assert "/l/" not in text_of(mail)
            ferry.stop()
            ferry.serve()
            ferry.command("mint", "cid@example.com", "--out", ferry.file("cid.p12"))
            assert str(post.wait(3)[2]["To"]) == "cid@example.com"
            assert len(mails_of(ferry)) == 3


@test
def admins_get_one_digest_a_day():
    with Post() as post:
        settings = post.settings(
            mail_digest_hour="0", mail_admins="root@example.com, chief@example.com",
            mail_notice="300d", bundle_lifetime="250d",
        )  # fmt: skip
        with Ferry(**settings) as ferry:
            link = ferry.link("ann@example.com")
            ferry.command("mint", "bob", "--out", ferry.file("bob.p12"))
            ferry.stop()
            ferry.environment["CERTFERRY_MAIL_DIGEST"] = "true"
            ferry.serve()
            mails = [mail for mail in post.wait(2)]
            while not all(mail["state"] == "sent" for mail in mails_of(ferry)):
                time.sleep(0.05)
            assert {str(mail["To"]) for mail in mails} == {"root@example.com", "chief@example.com"}
            text = text_of(mails[0])
            assert mails[0]["Subject"] == "Daily report: certificates of Example Organisation"
            assert "One link waits to be claimed." in text and "One certificate ends by" in text, text
            assert re.search(r"^\* bob: \d+ \w+ \d{4}$", text, re.M), text
            assert link["path"][3:] not in text
            ferry.stop()
            ferry.serve()
            ferry.command("mail", "ca", "ann@example.com")
            post.wait(3)
            assert [mail["kind"] for mail in mails_of(ferry)].count("digest") == 2


@test
def every_act_on_a_mail_is_in_the_audit():
    with Post() as post, Ferry(**post.settings()) as ferry:
        post.recipient = lambda address: "550 no"
        mail = json.loads(ferry.command("mail", "ca", "ann@example.com", "--json"))["id"]
        wait_for(ferry, mail, "failed")
        ferry.command("mail", "cancel", mail)
        ferry.stop()
        database = sqlite3.connect(os.path.join(os.path.dirname(ferry.config), "certferry.db"))
        words = "SELECT action FROM audit WHERE object_kind = 'mail' AND object_id = ? ORDER BY id"
        actions = [row[0] for row in database.execute(words, (mail,))]
        database.close()
        assert actions == ["mail.queue", "mail.fail", "mail.cancel"], actions


run()
