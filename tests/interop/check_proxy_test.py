"""`certferry check --proxy` against nginx as deploy/proxies has it, and against recipes that somebody spoilt."""

import functools
import http.server
import json
import ssl
import threading

from ferry import Ferry
from forwarded import Phones
from front import Front, start_nginx
from tap import run, test

# Forwards every header of the phone to certferry, and the certificate only when there is one.
FORWARDING = (
    ("proxy_pass_request_headers off;", "proxy_pass_request_headers on;"),
    ("proxy_set_header X-SSL-Client-Cert         $ssl_client_escaped_cert;", ""),
)
UNDERSCORES = (
    ("underscores_in_headers    off;", "underscores_in_headers on;"),
    ("$ssl_client_escaped_cert;", "$http_x_ssl_client_cert;"),
)
NOBODY_ASKS = (("auth_request     /certferry;", ""), ("add_header       X-Certferry-Reason $certferry_reason always;", ""))
SILENT = (("add_header       X-Certferry-Reason $certferry_reason always;", ""),)


def check(broken=(), *words):
    with Front(FERRY, PHONES, functools.partial(start_nginx, broken=broken)) as front:
        ca = FERRY.file("authority/ca/root.pem")
        url = f"https://{FERRY.host}:{front.port}"
        done = FERRY.run("check", "--proxy", url, "--ca", ca, "--json", *words)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        return done, {line["subject"]: line for line in lines}, front.exchange.seen


def errors(found):
    return {subject for subject, line in found.items() if line["level"] == "error"}


@test
def the_recipe_as_it_is_stands_every_attack():
    done, found, seen = check()
    assert done.returncode == 0 and not errors(found) and not seen, (done, errors(found))
    assert found["no certificate"]["level"] == "ok", found
    for whose in ("an allowed certificate", "a revoked certificate"):
        tried = [subject for subject in found if subject.startswith(whose)]
        assert len(tried) == 20, tried


@test
def a_proxy_that_passes_the_header_on_is_found():
    done, found, seen = check(FORWARDING)
    assert done.returncode == 1 and seen, done
    one = found["an allowed certificate in X-SSL-Client-Cert (pem)"]
    assert one["level"] == "error" and "allowed" in one["sentence"] and "deploy/proxies" in one["mend"], one
    revoked = found["a revoked certificate in X-SSL-Client-Cert (pem)"]
    assert revoked["level"] == "error" and "revoked" in revoked["sentence"], revoked
    assert found["an allowed certificate in Client-Cert (rfc9440)"]["level"] == "ok", found


@test
def a_proxy_that_takes_an_underscore_for_a_hyphen_is_found():
    done, found, _ = check(UNDERSCORES)
    assert done.returncode == 1, done
    assert "an allowed certificate in X-SSL-Client-Cert (pem), with underscores" in errors(found), errors(found)


@test
def a_proxy_that_asks_nobody_is_found():
    done, found, seen = check(NOBODY_ASKS)
    assert done.returncode == 1 and seen, done
    assert "no certificate" in errors(found) and "without a word" in found["no certificate"]["sentence"], found


@test
def a_proxy_that_hides_the_reason_cannot_be_judged():
    done, found, seen = check(SILENT)
    assert done.returncode == 1 and "no certificate" in errors(found) and not seen, done


class Liar(http.server.BaseHTTPRequestHandler):
    """Says the reason and lets everybody through."""

    def do_OPTIONS(self):
        self.send_response(200)
        self.send_header("X-Certferry-Reason", "no_certificate")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@test
def a_proxy_that_says_no_and_lets_through_is_found():
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.load_cert_chain(FERRY.file("authority/tls/https.pem"), FERRY.file("authority/tls/https.key"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Liar) as server:
        server.socket = made.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever).start()
        url = f"https://{FERRY.host}:{server.server_address[1]}"
        done = FERRY.run("check", "--proxy", url, "--ca", FERRY.file("authority/ca/root.pem"), "--json")
        server.shutdown()
    found = {line["subject"]: line["level"] for line in map(json.loads, done.stdout.splitlines())}
    assert done.returncode == 1 and found["no certificate"] == "error", done


@test
def what_does_not_answer_and_what_is_no_address_are_said():
    done = FERRY.run("check", "--proxy", "https://127.0.0.1:1")
    assert done.returncode == 1 and "error    no certificate: " in done.stdout, done
    for url in ("http://mail.example.org", "https://", "https://a/b", "mail.example.org", "https://u@h"):
        done = FERRY.run("check", "--proxy", url)
        assert done.returncode == 2 and "--proxy" in done.stderr, (url, done)
    assert FERRY.run("check", "--ca", "x").returncode == 2


@test
def without_certificates_it_says_what_was_not_tried():
    with Ferry(host="localhost") as other:
        done = other.run("check", "--proxy", "https://127.0.0.1:1", "--json")
        levels = {line["subject"]: line["level"] for line in map(json.loads, done.stdout.splitlines())}
        assert levels["an allowed certificate"] == "warning" and levels["a revoked certificate"] == "warning", levels


with Ferry(keys=None, host="localhost", internal_certificate_header="pem") as FERRY:
    PHONES = Phones(FERRY)
    PHONES.revoke(PHONES.mint("bob@example.com"))
    PHONES.mint("ann@example.com")
    run()
