"""Logging in by a client certificate: its own listener, live revocation, and the session on the https pages."""

import http.client
import json
import os
import socket
import ssl
import subprocess

from ferry import Answer, Ferry
from operators import Desk
from tap import run, test

FERRY = Ferry(options=["--key", "ec-p256"], operator_certificate_log_in="true", operator_certificate_port="0")


class Browser:
    """TLS with the certificate of a bundle, or without one."""

    def __init__(self, bundle=None):
        self.context = ssl.create_default_context(cadata=FERRY.get("/ca/root.pem", https=False).text())
        if bundle:
            self.context.load_cert_chain(self.pem_of(bundle))

    @staticmethod
    def pem_of(bundle):
        words = ["openssl", "pkcs12", "-in", bundle["file"], "-nodes", "-passin", "stdin"]
        done = subprocess.run(words, input=bundle["password"].encode(), capture_output=True, check=True)
        path = bundle["file"] + ".pem"
        with open(path, "wb", opener=lambda file, flags: os.open(file, flags, 0o600)) as file:
            file.write(done.stdout)
        return path

    def request(self, method, path, cookie=None, origin=None):
        port = FERRY.operator_port
        connection = http.client.HTTPConnection("127.0.0.1", port)
        plain = socket.create_connection(("127.0.0.1", port), 60)
        connection.sock = self.context.wrap_socket(plain, server_hostname=FERRY.host)
        try:
            headers = {"Host": f"{FERRY.host}:{port}"}
            if origin:
                headers["Origin"] = origin
            if cookie:
                headers["Cookie"] = cookie
            if method == "POST":
                headers["Content-Type"] = "application/x-www-form-urlencoded"
            connection.request(method, path, body=b"" if method == "POST" else None, headers=headers)
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def log_in(self, **options):
        options.setdefault("origin", f"https://{FERRY.host}:{FERRY.operator_port}")
        return self.request("POST", "/admin/certificate", **options)


def bundle_for(command, *words):
    """What a command that writes a bundle printed, with the path of the file."""
    path = FERRY.file(f"{len(os.listdir(FERRY.folder))}.p12")
    return json.loads(FERRY.command(*command.split(), *words, "--out", path, "--json"))


@test
def a_certificate_of_an_operator_logs_in_to_the_https_pages():
    desk = Desk(FERRY)
    desk.operator("anna", "helpdesk")
    browser = Browser(bundle_for("operator certificate", "anna"))
    page = browser.request("GET", "/admin/certificate")
    assert page.status == 200 and "certificate of anna" in page.text() and page["Set-Cookie"] is None, page
    answer = browser.log_in()
    assert answer.status == 200 and answer["Refresh"] == "0; url=/admin", answer
    cookie = "__Host-session=" + Desk.cookies(answer)["__Host-session"]
    on = browser.request("GET", "/admin", cookie)
    assert on.status == 308 and on["Location"] == f"https://{FERRY.host}:{FERRY.https_port}/admin", on
    assert desk.get("/admin", cookie).status == 200


@test
def a_form_of_another_site_does_not_log_in():
    browser = Browser(bundle_for("operator certificate", "anna"))
    for origin in (None, "https://evil.example", "null"):
        answer = browser.log_in(origin=origin)
        assert answer.status == 403 and answer["Set-Cookie"] is None, answer


@test
def the_session_is_not_the_one_that_the_browser_came_with():
    browser = Browser(bundle_for("operator certificate", "anna"))
    planted = "__Host-session=" + "a" * 26
    answer = browser.log_in(cookie=planted)
    assert Desk.cookies(answer)["__Host-session"] != "a" * 26
    before = Desk(FERRY).session("anna")
    browser.log_in(cookie=before)
    assert Desk(FERRY).get("/admin", before).status == 303, "what it came with is over"


@test
def without_a_certificate_the_page_says_what_to_do():
    page = Browser().request("GET", "/admin/certificate")
    assert page.status == 403 and "sent no certificate" in page.text() and "/admin/login" in page.text(), page
    assert Browser().log_in().status == 403


@test
def a_certificate_for_a_phone_is_not_enough_whatever_name_it_has():
    browser = Browser(bundle_for("mint", "anna"))
    assert "for a phone or a server" in browser.request("GET", "/admin/certificate").text()
    answer = browser.log_in()
    assert answer.status == 403 and answer["Set-Cookie"] is None, answer


@test
def a_certificate_of_another_authority_is_nobodys():
    with Ferry(options=["--key", "ec-p256"]) as other:
        path = other.file("x.p12")
        bundle = json.loads(other.command("operator", "certificate", "admin", "--out", path, "--json"))
        answer = Browser(bundle).log_in()
    assert answer.status == 403 and "not one of ours" in answer.text() and answer["Set-Cookie"] is None, answer


@test
def revoking_counts_at_the_next_request():
    bundle = bundle_for("operator certificate", "anna")
    browser = Browser(bundle)
    assert browser.log_in().status == 200
    FERRY.sql(f"UPDATE certificate SET state = 'revoked', revoked_at = 1, reason = 1 WHERE serial = '{bundle['serial']}'")
    answer = browser.log_in()
    assert answer.status == 403 and "is revoked" in answer.text() and answer["Set-Cookie"] is None, answer


@test
def the_other_listeners_ask_for_no_certificate():
    browser = Browser(bundle_for("operator certificate", "anna"))
    with socket.create_connection(("127.0.0.1", FERRY.https_port), 60) as plain:
        with browser.context.wrap_socket(plain, server_hostname=FERRY.host) as secured:
            secured.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            assert secured.recv(20).startswith(b"HTTP/1.1 200")
    assert Desk(FERRY).get("/admin/certificate").status == 404


with FERRY:
    run()
