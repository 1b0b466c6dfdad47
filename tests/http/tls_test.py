"""What the TLS listener speaks, by openssl s_client and Python's ssl."""

import os
import shutil
import signal
import socket
import ssl
import subprocess
import time

from ferry import Ferry
from tap import case, run, test

FERRY = Ferry(keys=None)


def handshake(*options):
    """Standard output of s_client; whether the handshake succeeded."""
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{FERRY.https_port}", "-servername", "127.0.0.1", *options],
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout, "Cipher is (NONE)" not in done.stdout and done.returncode == 0


def succeeds(*options):
    shown, ok = handshake(*options)
    assert ok, shown[-600:]


def fails(*options):
    shown, ok = handshake(*options)
    assert not ok, shown[-600:]


for group in ("X25519", "P-256", "P-384"):
    case(f"takes the group {group}", succeeds, "-groups", group)
for group in ("ffdhe2048", "ffdhe8192", "P-521", "X448"):
    case(f"refuses the group {group}", fails, "-groups", group, "-tls1_3")
for suite in ("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305"):
    case(f"takes {suite} in TLS 1.2", succeeds, "-tls1_2", "-cipher", suite)
for suite in (
    "ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA", "AES128-GCM-SHA256", "DHE-RSA-AES128-GCM-SHA256",
    "AES256-SHA", "NULL",
):  # fmt: skip
    case(f"refuses {suite}", fails, "-tls1_2", "-cipher", suite + ":@SECLEVEL=0")
for version in ("-tls1", "-tls1_1"):
    case(f"refuses {version[1:]}", fails, version, "-cipher", "ALL:@SECLEVEL=0")


@test
def no_client_certificate_is_asked_for():
    shown, ok = handshake()
    assert ok and "No client certificate CA names sent" in shown and "Acceptable client certificate" not in shown


@test
def the_chain_leads_to_the_root():
    shown, ok = handshake("-CAfile", FERRY.file("authority/ca/root.pem"), "-verify_return_error")
    assert ok and "Verify return code: 0 (ok)" in shown, shown[-600:]


@test
def a_session_is_resumed():
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = ssl.create_default_context(cafile=FERRY.file("authority/ca/root.pem"))
        context.minimum_version = context.maximum_version = version
        reused, session = [], None
        for _ in range(3):
            plain = socket.create_connection(("127.0.0.1", FERRY.https_port))
            with context.wrap_socket(plain, server_hostname="127.0.0.1", session=session) as connection:
                connection.sendall(b"HEAD / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
                assert connection.recv(12) == b"HTTP/1.1 200"
                while connection.recv(4096):
                    pass
                reused.append(connection.session_reused)
                session = connection.session
        assert reused == [False, True, True], (version, reused)


def certificate_of_server():
    return ssl.get_server_certificate(("127.0.0.1", FERRY.https_port))


@test
def sighup_changes_the_certificate_and_drops_nobody():
    before = certificate_of_server()
    tls = FERRY.file("authority/tls")
    with FERRY.connect() as kept:
        kept.sendall(b"HEAD / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert kept.recv(65536).startswith(b"HTTP/1.1 200")
        for kind in ("pem", "key"):
            shutil.copy(os.path.join(tls, "https." + kind), os.path.join(tls, "old." + kind))
            shutil.copy(os.path.join(tls, "eas." + kind), os.path.join(tls, "https." + kind))
        FERRY.server.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 30
        while certificate_of_server() == before and time.monotonic() < deadline:
            time.sleep(0.05)
        assert certificate_of_server() != before
        kept.sendall(b"HEAD / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert kept.recv(65536).startswith(b"HTTP/1.1 200"), "the old connection was dropped"


@test
def a_certificate_that_does_not_fit_changes_nothing():
    before = certificate_of_server()
    tls = FERRY.file("authority/tls")
    shutil.copy(os.path.join(tls, "old.pem"), os.path.join(tls, "https.pem"))
    FERRY.server.send_signal(signal.SIGHUP)
    time.sleep(1)
    assert certificate_of_server() == before and FERRY.get("/").status == 200
    shutil.copy(os.path.join(tls, "eas.pem"), os.path.join(tls, "https.pem"))


@test
def a_request_in_progress_is_finished_before_the_end():
    link = FERRY.link("last@example.com")
    form = b"pin=" + link["pin"].encode()
    head = (
        f"POST {link['path']} HTTP/1.1\r\nHost: {FERRY.host}\r\nAccept: application/json\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(form)}\r\n\r\n"
    ).encode()
    with FERRY.connect() as idle, FERRY.connect() as busy:
        busy.sendall(head + form[:4])
        time.sleep(0.3)
        FERRY.server.send_signal(signal.SIGTERM)
        assert idle.recv(1) == b"", "an idle connection is closed at once"
        busy.sendall(form[4:])
        answer = b"".join(iter(lambda: busy.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200 ") and b'"password"' in answer, answer[:200]
    assert b"\r\nConnection: close" in answer
    assert FERRY.stop() == 0, FERRY.log[-4000:]


with FERRY:
    run()
