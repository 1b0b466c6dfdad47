"""Revocation as a client and an admin see it: the list that is downloaded, whatever happens beside it."""

import hashlib
import json
import os
import socket
import tempfile
import time

import cli
from cli import DONE, REFUSED, USAGE, certferry, check_lines, expect
from ferry import Ferry
from revoked import add_revoked, authority_file, published, read_list
from tap import run, test

FERRY = Ferry(options=["--key", "ec-p256"], bundle_key="ec-p256")


def begin():
    if FERRY.server is None:
        if FERRY.config is None:
            FERRY.init()
        FERRY.serve()


def mint(user):
    out = os.path.join(tempfile.mkdtemp(prefix="certferry-crl-"), "bundle.p12")
    return json.loads(FERRY.command("mint", user, "--out", out, "--json"))["serial"]


def wait_for_number_above(number):
    while published(FERRY)[0] <= number:
        assert FERRY.server.poll() is None, FERRY.log
        time.sleep(0.05)


def downloaded(body, name="issuing"):
    path = os.path.join(tempfile.mkdtemp(prefix="certferry-crl-"), "list.crl")
    with open(path, "wb") as file:
        file.write(body)
    return read_list(path, authority_file(FERRY, f"ca/{name}.pem"))


def get():
    answer = FERRY.get("/ca/issuing.crl", https=False)
    assert answer.status == 200, answer
    return answer


# The list


@test
def what_a_command_revokes_beside_the_server_stands_in_the_next_download():
    begin()
    serial = mint("ann@example.com")
    before = published(FERRY)[0]
    FERRY.command("cert", "revoke", serial, "--reason", "keyCompromise")
    wait_for_number_above(before)
    answer = get()
    assert bytes.fromhex(serial) in answer.body
    found = downloaded(answer.body)
    assert found["number"] == published(FERRY)[0] and found["count"] == 1, found


@test
def the_tag_changes_with_the_list_and_not_without():
    first, again = get(), get()
    assert first["ETag"] == again["ETag"] and first.body == again.body
    assert FERRY.get("/ca/issuing.crl", https=False, If_None_Match=first["ETag"]).status == 304
    FERRY.command("crl", "publish", "--ca", "issuing")
    answer = FERRY.get("/ca/issuing.crl", https=False, If_None_Match=first["ETag"])
    assert answer.status == 200 and answer["ETag"] != first["ETag"], answer
    head = FERRY.request("HEAD", "/ca/issuing.crl", https=False)
    for name in ("ETag", "Last-Modified", "Content-Length", "Content-Type"):
        assert head[name] == answer[name], name
    assert head.body == b""


def slow_download(path, between, https=False):
    """The bytes of an answer of which the first are read before and the rest after `between` was called."""
    with socket.socket() as plain:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
        plain.connect(("127.0.0.1", FERRY.https_port if https else FERRY.http_port))
        connection = FERRY.tls.wrap_socket(plain, server_hostname=FERRY.host) if https else plain
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {FERRY.host}\r\nConnection: close\r\n\r\n".encode())
        parts = [connection.recv(4096)]
        between()
        while part := connection.recv(65536):
            parts.append(part)
    head, _, body = b"".join(parts).partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}\r\n".encode() in head + b"\r\n", (head, len(body))
    return body


@test
def a_list_that_is_replaced_while_it_is_downloaded_arrives_as_it_was():
    before = published(FERRY)[0]
    add_revoked(FERRY, 150_000)
    wait_for_number_above(before)
    whole = get().body
    assert len(whole) > 5_000_000, len(whole)
    for https in (False, True):
        number = published(FERRY)[0]
        old = get().body
        body = slow_download("/ca/issuing.crl", lambda: FERRY.command("crl", "publish", "--ca", "issuing"), https)
        assert published(FERRY)[0] > number
        assert hashlib.sha256(body).digest() == hashlib.sha256(old).digest()
        assert downloaded(body)["number"] == number
        assert get().body != old


@test
def a_connection_goes_on_after_a_long_list():
    request = f"GET /ca/issuing.crl HTTP/1.1\r\nHost: {FERRY.host}\r\n\r\n"
    last = f"GET /ca/root.cer HTTP/1.1\r\nHost: {FERRY.host}\r\nConnection: close\r\n\r\n"
    answers = FERRY.exchange((request + last).encode())
    assert answers.count(b"HTTP/1.1 200") == 2
    assert answers.endswith(FERRY.get("/ca/root.cer", https=False).body)


@test
def a_list_that_is_broken_or_gone_is_made_again_by_itself():
    for name, content in (("issuing", b"nonsense"), ("issuing", None), ("root", b"nonsense")):
        path = authority_file(FERRY, f"ca/{name}.crl")
        number = published(FERRY, name)[0]
        if content is None:
            os.unlink(path)
        else:
            with open(path, "wb") as file:
                file.write(content)
        while published(FERRY, name)[0] <= number:
            assert FERRY.server.poll() is None, FERRY.log
            time.sleep(0.05)
        body = FERRY.get(f"/ca/{name}.crl", https=False).body
        assert downloaded(body, name)["number"] == published(FERRY, name)[0]


@test
def the_server_ends_well_and_says_nothing_bad():
    code = FERRY.stop()
    assert code == 0, FERRY.log[-3000:]
    assert " error " not in FERRY.log.replace("the list in its place is none", ""), FERRY.log[-3000:]


# The commands


@test
def revoking_needs_a_serial_or_a_user_and_a_reason_that_exists():
    for words in ((), ("0a", "--user", "ann")):
        expect(FERRY.run("cert", "revoke", *words), USAGE, "either a SERIAL or a --user")
    expect(FERRY.run("cert", "revoke", "0a", "--reason", "certificateHold"), REFUSED, "keyCompromise")
    expect(FERRY.run("cert", "revoke", "0a0b"), REFUSED, "")
    expect(FERRY.run("cert", "revoke", "--user", "nobody@example.com"), REFUSED, "no certificate that could be revoked")


@test
def revoking_prints_what_was_done_once():
    serial = mint("carl@example.com")
    shown = ":".join(serial[at : at + 2] for at in range(0, len(serial), 2)).upper()
    answer = json.loads(FERRY.command("cert", "revoke", shown, "--reason", "superseded", "--json"))
    assert answer["serial"] == serial and answer["user"] == "carl@example.com", answer
    assert answer["reason"] == "superseded" and answer["revoked_at"].endswith("Z"), answer
    expect(FERRY.run("cert", "revoke", serial), REFUSED, "is revoked")
    row = json.loads(FERRY.command("cert", "show", serial, "--json"))
    assert row["state"] == "revoked" and row["reason"] == "superseded", row


@test
def revoking_a_user_takes_all_of_them_in_any_case():
    serials = [mint("dora@example.com"), mint("Dora@Example.com")]
    answer = json.loads(FERRY.command("cert", "revoke", "--user", "DORA@example.com", "--json"))
    assert answer == {"user": "DORA@example.com", "reason": "unspecified", "revoked": 2}, answer
    for serial in serials:
        assert json.loads(FERRY.command("cert", "show", serial, "--json"))["state"] == "revoked"


@test
def publishing_says_what_is_published_and_without_the_roots_key_what_to_do():
    both = [json.loads(line) for line in FERRY.command("crl", "publish", "--json").splitlines()]
    assert [one["ca"] for one in both] == ["issuing", "root"] and all(one["published"] for one in both), both
    [due] = [json.loads(line) for line in FERRY.command("crl", "publish", "--ca", "root", "--if-due", "--json").splitlines()]
    assert not due["published"] and due["number"] == both[1]["number"], due
    os.rename(authority_file(FERRY, "ca/root.key"), FERRY.file("root.key"))
    assert FERRY.command("crl", "publish").count("\n") == 1, "the root is passed over"
    expect(FERRY.run("crl", "publish", "--ca", "root"), REFUSED, "ca/root.key")
    os.rename(FERRY.file("root.key"), authority_file(FERRY, "ca/root.key"))
    expect(FERRY.run("crl", "publish", "--ca", "other"), REFUSED, "issuing and root")


@test
def the_clock_is_accepted_only_when_it_is_behind():
    expect(FERRY.run("clock", "accept"), REFUSED, "not behind")
    done, lines = check_lines(FERRY.config, environment={"CERTFERRY_HTTP_PORT": "0", "CERTFERRY_HTTPS_PORT": "0"})
    assert done.returncode == DONE and lines["dates"]["level"] == "ok", lines
    assert certferry("clock", "--help").returncode == DONE


try:
    run()
finally:
    FERRY.close()
    cli._shared.close()
