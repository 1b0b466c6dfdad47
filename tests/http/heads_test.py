"""Hostile request heads on real sockets: each gets one answer with the right status, and is over. Behind each stands a
second request, which must never be served: whoever reads one request as two lets others through a proxy's rules.
"""

import re
import socket
import time

from ferry import Ferry
from tap import case, run, test

FERRY = Ferry(server_head_timeout="2s", server_idle_timeout="2s")
NEXT = b"GET /ca/root.pem HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
HOST = b"Host: 127.0.0.1\r\n"
GET = b"GET / HTTP/1.1\r\n"
POST = b"POST / HTTP/1.1\r\n"


def post(*headers, body=b""):
    return POST + HOST + b"".join(header + b"\r\n" for header in headers) + b"\r\n" + body


# What is sent, and the status of the only answer.
HOSTILE = {
    "length 4 and chunked": (post(b"Content-Length: 4", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"), 400),
    "chunked and length 4": (post(b"Transfer-Encoding: chunked", b"Content-Length: 4", body=b"0\r\n\r\n"), 400),
    "two lengths": (post(b"Content-Length: 0", b"Content-Length: 37"), 400),
    "two equal lengths": (post(b"Content-Length: 0", b"Content-Length: 0"), 400),
    "length 0x10": (post(b"Content-Length: 0x10"), 400),
    "length +5": (post(b"Content-Length: +5", body=b"hello"), 400),
    "length 5abc": (post(b"Content-Length: 5abc", body=b"hello"), 400),
    "length 5, 5": (post(b"Content-Length: 5, 5", body=b"hello"), 400),
    "length of 2^63-1": (post(b"Content-Length: 9223372036854775807"), 413),
    "chunked": (post(b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"), 501),
    "chunked with a space before the colon": (post(b"Transfer-Encoding : chunked", body=b"0\r\n\r\n"), 400),
    "chunked in HTTP/1.0": (b"POST / HTTP/1.0\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "identity and length": (post(b"Transfer-Encoding: identity", b"Content-Length: 5", body=b"hello"), 400),
    "length behind 70 headers": (post(*[b"X-%d: a" % i for i in range(70)], b"Content-Length: 46"), 431),
    "49 headers": (GET + HOST + b"".join(b"X-%d: a\r\n" % i for i in range(48)) + b"\r\n", 431),
    "folded line before the length": (post(b"X: a", b" folded", b"Content-Length: 46"), 400),
    "empty line of bare LF": (GET + HOST + b"X: a\n\n", 400),
    "bare LF as line end": (b"GET / HTTP/1.1\nHost: 127.0.0.1\n\n", 400),
    "header behind a bare LF": (GET + HOST + b"X: a\nContent-Length: 46\r\n\r\n", 400),
    "bare CR": (GET + HOST + b"X: a\rY: b\r\n\r\n", 400),
    "NUL in a header": (GET + HOST + b"X: a\x00b\r\n\r\n", 400),
    "NUL in the target": (b"GET /\x00 HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "no Host": (GET + b"X: a\r\n\r\n", 400),
    "two Hosts": (GET + HOST + b"Host: evil.example\r\n\r\n", 400),
    "absolute form for another host": (b"GET http://evil.example/ HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "HTTP/0.9": (b"GET /\r\n", 505),
    "HTTP/2 preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "HTTP/3.0": (b"GET / HTTP/3.0\r\n" + HOST + b"\r\n", 505),
    "CONNECT": (b"CONNECT 127.0.0.1:443 HTTP/1.1\r\n" + HOST + b"\r\n", 501),
    "UTF-8 in the target": ("GET /ä HTTP/1.1\r\n".encode() + HOST + b"\r\n", 400),
    "empty line first": (b"\r\n" + GET + HOST + b"\r\n", 400),
    "a head over 8 KiB": (GET + HOST + b"X: " + b"a" * 9000 + b"\r\n\r\n", 431),
    "a head of 1 MiB": (GET + HOST + b"X: " + b"a" * 1048576 + b"\r\n\r\n", 431),
    "a target over 2,048 bytes": (b"GET /" + b"a" * 2048 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
    "a target of 1 MiB": (b"GET /" + b"a" * 1048576 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
    "an expectation of something else": (post(b"Expect: a miracle", b"Content-Length: 1", body=b"x"), 417),
    "garbage": (bytes(range(256)), 400),
}

# Well-formed, and refused for what they ask; what follows a body is never served either.
REFUSED = {
    "GET with a body": (GET + HOST + b"Content-Length: 5\r\n\r\nhello", 413),
    "POST where there is none": (post(b"Content-Length: 5", body=b"hello"), 405),
    "TRACE": (b"TRACE / HTTP/1.1\r\n" + HOST + b"\r\n", 405),
    "PROPFIND": (b"PROPFIND / HTTP/1.1\r\n" + HOST + b"\r\n", 405),
    "a foreign Host": (GET + b"Host: evil.example\r\nConnection: close\r\n\r\n", 421),
    "HTTP/1.0": (b"GET / HTTP/1.0\r\n" + HOST + b"\r\n", 200),
    "a tab and UTF-8 in values": (GET + HOST + "User-Agent: Gerät\t1\r\nConnection: close\r\n\r\n".encode(), 200),
    "absolute form for this host": (b"GET http://127.0.0.1/ HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n", 200),
}


def statuses(data):
    """Of every reply in what came back."""
    return [int(status) for status in re.findall(rb"(?:^|\n)HTTP/1\.1 (\d{3}) ", data)]


def gets_one_answer(data, status, https):
    reply = FERRY.exchange(data + NEXT, https)
    assert statuses(reply) == [status], f"{statuses(reply)}, not {status}: {reply[:300]!r}"
    assert b"BEGIN CERTIFICATE" not in reply, "the second request was served"
    head, _, body = reply.partition(b"\r\n\r\n")
    assert b"\r\nConnection: close" in head, head
    length = int(re.search(rb"\r\nContent-Length: (\d+)", head).group(1))
    assert len(body) == length, (length, len(body))


for table in (HOSTILE, REFUSED):
    for name, (data, status) in table.items():
        for https in (False, True):
            case(f"{name} over {'https' if https else 'http'} is {status}", gets_one_answer, data, status, https)


@test
def a_refusal_is_one_plain_sentence():
    head, _, body = FERRY.exchange(HOSTILE["two Hosts"][0]).partition(b"\r\n\r\n")
    assert b"Content-Type: text/plain; charset=utf-8" in head and b"nosniff" in head, head
    assert body == b"The request needs exactly one valid Host (RFC 9112 3.2).\n", body


@test
def a_head_that_comes_byte_by_byte_is_read_as_one():
    data = GET + HOST + b"Connection: close\r\n\r\n"
    with FERRY.connect(https=False) as connection:
        for i in range(len(data)):
            connection.sendall(data[i : i + 1])
            time.sleep(0.001)
        assert connection.recv(64).startswith(b"HTTP/1.1 200 OK")


@test
def requests_in_one_packet_are_answered_in_turn():
    first = b"GET /ca/root.pem HTTP/1.1\r\n" + HOST + b"\r\n"
    last = b"HEAD /nothing HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
    for https in (False, True):
        assert statuses(FERRY.exchange(first * 20 + last, https)) == [200] * 20 + [404]


@test
def a_connection_is_kept_after_get_and_closed_after_a_form():
    with FERRY.connect() as connection:
        for _ in range(3):
            connection.sendall(b"HEAD / HTTP/1.1\r\n" + HOST + b"\r\n")
            assert b"Connection: keep-alive" in connection.recv(65536)
        connection.sendall(b"POST /l/x HTTP/1.1\r\n" + HOST + b"Content-Length: 0\r\n\r\n")
        assert b"Connection: close" in connection.recv(65536)
        while connection.recv(65536):
            pass


@test
def who_waits_for_100_continue_gets_it_only_when_the_body_is_wanted():
    form = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
    with FERRY.connect() as connection:
        connection.sendall(b"POST /l/unknown HTTP/1.1\r\n" + HOST + form)
        assert connection.recv(64) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"pin=1")
        assert connection.recv(64).startswith(b"HTTP/1.1 404 ")
    with FERRY.connect() as connection:
        connection.sendall(b"POST /nothing HTTP/1.1\r\n" + HOST + form)
        assert connection.recv(64).startswith(b"HTTP/1.1 404 ")


@test
def a_slow_head_is_answered_408():
    reply = FERRY.exchange(GET + HOST)
    assert statuses(reply) == [408], reply


@test
def silence_ends_without_a_word():
    assert FERRY.exchange(b"") == b""


@test
def plain_http_on_the_tls_port_is_told_so():
    with socket.create_connection(("127.0.0.1", FERRY.https_port)) as connection:
        connection.sendall(GET + HOST + b"\r\n")
        reply = b"".join(iter(lambda: connection.recv(4096), b""))
    assert statuses(reply) == [400] and b"https://" in reply, reply


@test
def tls_on_the_plain_port_is_refused():
    reply = FERRY.exchange(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 500)
    assert statuses(reply) == [400], reply


@test
def the_server_ends_well():
    assert FERRY.stop() == 0, FERRY.log[-4000:]


with FERRY:
    run()
