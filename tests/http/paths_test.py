"""Addresses: what is ours, what never is, and what goes to https."""

import subprocess

from ferry import Ferry
from tap import case, run, test

FERRY = Ferry(host="ca.example.test", public_names="pki.example.test,other.example.test")

TRICKS = [
    "//", "//ca/root.pem", "/ca//root.pem", "/ca/./root.pem", "/ca/../ca/root.pem", "/x/%2e%2e/ca/root.pem",
    "/ca/%2e%2e/ca/root.pem", "/ca%2froot.pem", "/ca%5croot.pem", "/ca/root.pem%00", "/ca/root.pem%00/../x",
    "/ca/root.pem/", "/CA/root.pem", "/ca/root.PEM", "/ca/root.pem/x", "/ca/root.pem%20", "/ca/root.pem.",
    "/%", "/%4", "/%zz", "/%c0%af", "/%ff", "/%0d%0aX:y", "/%e2%80%ae", "/ca/root.pem;x=1",
    "/static/", "/static/..%2f..%2fetc%2fpasswd", "/static/../../etc/passwd", "/static/%2e%2e/certferry.css",
    "/etc/passwd", "/.git/config", "/l/", "/l", "/d/", "/d/x", "/d/x/", "/d/x/y/z", "/guide/", "/guide/amiga",
]  # fmt: skip


def leads_nowhere(path):
    for https in (False, True):
        answer = FERRY.get(path, https=https)
        assert answer.status in (400, 404, 308), (path, answer)
        assert b"BEGIN CERTIFICATE" not in answer.body and b"root:" not in answer.body
        assert "X" not in answer.headers, answer


for path in TRICKS:
    case(f"{path} leads nowhere", leads_nowhere, path)


@test
def a_slash_too_many_at_the_end_is_an_unknown_path():
    for path in ("/ca/", "/ca/root.pem/", "/guide/", "/guide/ios/", "/d/", "/d/x/", "/l/"):
        assert FERRY.get(path).status == 404, path


@test
def an_encoded_letter_is_the_letter():
    assert FERRY.get("/%63a/root%2Epem").status == 200


@test
def a_query_does_not_matter():
    assert FERRY.get("/ca/root.pem?x=%zz&y").status == 200


def machine_addresses():
    """As a URL has them; a machine without a network has none."""
    printed = subprocess.run(["hostname", "-I"], capture_output=True, text=True, check=True).stdout
    return [f"[{address}]" if ":" in address else address for address in printed.split()]


@test
def accepts_its_own_names_and_no_other():
    for host in (
        "ca.example.test", "CA.Example.Test:8443", "pki.example.test", "other.example.test.", "localhost",
        "127.0.0.1", "127.0.0.2:1", "[::1]:443", *machine_addresses(),
    ):  # fmt: skip
        assert FERRY.get("/", host=host).status == 200, host
    for host in ("evil.example", "ca.example.test.evil.example", "example.test", "192.0.2.9", "[2001:db8::9]"):
        for path in ("/", "/ca/root.cer", "/nothing", "/l/x"):
            for https in (False, True):
                answer = FERRY.get(path, host=host, https=https)
                assert answer.status == 421, (host, path, answer)
                assert "evil" not in answer.text(), answer


@test
def a_secret_page_over_http_goes_to_https():
    for path in ("/l/abc", "/d/abc/a.p12", "/l/abc?x=1"):
        for method in ("GET", "HEAD"):
            answer = FERRY.request(method, path, https=False)
            assert answer.status == 308, answer
            assert answer["Location"] == f"https://ca.example.test:{FERRY.https_port}{path}", answer
            assert answer["Cache-Control"] == "no-store" and answer["Referrer-Policy"] == "no-referrer"


@test
def a_pin_over_http_is_not_taken():
    link = FERRY.link("ann@example.com")
    answer = FERRY.claim(link, https=False)
    assert answer.status == 403, answer
    assert FERRY.get(link["path"]).status == 200


@test
def a_body_of_10_mb_is_refused_before_it_is_read():
    link = FERRY.link("bob@example.com")
    for length in (8193, 10 * 1024 * 1024):
        answer = FERRY.post(link["path"], {"pin": "1" * length})
        assert answer.status == 413, answer
    assert FERRY.claim(link).status == 200, "the link is still good"


@test
def forms_that_lenient_readers_hang_on_are_refused():
    link = FERRY.link("cat@example.com")
    kind = "application/x-www-form-urlencoded"
    for body in (b"a=%", b"a=1\0", b"pin", b"pin=1&pin=2", b"=1", b"pin=%00", b"&", b"pin=\xff"):
        answer = FERRY.request("POST", link["path"], body, Content_Type=kind)
        assert answer.status == 400, (body, answer)
    for other in ("text/plain", "multipart/form-data; boundary=x", "application/json", kind + "; charset=utf-16"):
        answer = FERRY.request("POST", link["path"], b"pin=123456", Content_Type=other)
        assert answer.status == 415, (other, answer)
    answer = FERRY.exchange(
        b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\n\r\n" % (link["path"].encode(), kind.encode()),
        https=True,
    )
    assert answer.startswith(b"HTTP/1.1 411 "), answer
    page = FERRY.claim(link)
    assert page.status == 200, "no try was counted"


@test
def no_page_names_a_foreign_source_or_a_script_of_its_own():
    link = FERRY.link("dan@example.com")
    for path in ("/", "/guide/ios", link["path"], "/nothing"):
        answer = FERRY.get(path)
        policy = answer["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'") and "frame-ancestors 'none'" in policy, policy
        assert "unsafe" not in policy and "http:" not in policy and "*" not in policy, policy
        assert len(answer.body) <= 20000, (path, len(answer.body))
        assert "<script>" not in answer.text() and "onclick" not in answer.text()
    secret = FERRY.get(link["path"])
    assert secret["Cache-Control"] == "no-store" and secret["Referrer-Policy"] == "no-referrer", secret
    assert link["path"] not in secret.text(), "the page repeats its own address"
    assert FERRY.get("/", https=False)["Strict-Transport-Security"] is None


@test
def the_server_ends_well():
    assert FERRY.stop() == 0, FERRY.log[-4000:]


with FERRY:
    run()
