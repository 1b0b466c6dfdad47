"""The TLS side of the eas listener: certificates asked for and never required, sessions resumed for a time, bounds."""

import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import time

from ferry import Ferry
from tap import case, run, test
from tls_client import PATH, Identity, answer_in, ask, connect, context, hello, s_client, seen, signed_by_itself

FERRY = Ferry(options=["--key", "ec-p256"], bundle_key="ec-p256", log_level="debug", eas_session_lifetime="1h",
              server_handshake_timeout="10s")  # fmt: skip
VERSIONS = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}
BIG_KEY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "tls", "rsa-16384.key")
_identities = {}


def ann():
    if "ann" not in _identities:
        _identities["ann"] = Identity(FERRY, "ann@example.com").path
    return _identities["ann"]


def logged(sentence):
    """Whether the log has it, or gets it."""
    for _ in range(200):
        if sentence in FERRY.log:
            return True
        time.sleep(0.05)
    return False


def without_certificate_the_handshake_succeeds(version):
    shown, _ = seen(FERRY, context(FERRY, version=VERSIONS[version]))
    assert shown["certificates"] == 0 and shown["certificate_asked"] is True, shown
    assert shown["tls_version"] == version and shown["resumed"] is False and shown["session_age"] == 0, shown


def a_certificate_arrives_with_its_chain(version):
    shown, _ = seen(FERRY, context(FERRY, ann(), VERSIONS[version]))
    assert shown["certificates"] >= 2 and shown["certificate_asked"] is True and shown["resumed"] is False, shown


def a_certificate_of_nobody_is_no_matter_of_tls(version):
    path = signed_by_itself(FERRY.folder, "nobody")
    shown, _ = seen(FERRY, context(FERRY, path, VERSIONS[version]))
    assert shown["certificates"] == 1, shown


def a_resumed_session_keeps_the_certificates_without_asking_again(version):
    option = {"TLSv1.2": "-tls1_2", "TLSv1.3": "-tls1_3"}[version]
    kept = FERRY.file(f"session-{version}")
    first = answer_in(s_client(FERRY, option, "-cert", ann(), "-key", ann(), "-cert_chain", ann(), "-sess_out", kept))
    assert first["certificates"] >= 2 and not first["resumed"], first
    shown = s_client(FERRY, option, "-sess_in", kept)
    again = answer_in(shown)
    assert again["resumed"] and again["certificates"] == first["certificates"] and not again["certificate_asked"], again
    assert again["connection"] != first["connection"] and "Reused, TLS" in shown, shown[-500:]


def sessions_survive_a_new_certificate_but_no_restart(version):
    tls = FERRY.file("authority/tls")
    made = context(FERRY, ann(), VERSIONS[version])
    _, session = seen(FERRY, made)
    for kind in ("pem", "key"):
        shutil.copy(os.path.join(tls, "eas." + kind), os.path.join(tls, "kept." + kind))
        shutil.copy(os.path.join(tls, "https." + kind), os.path.join(tls, "eas." + kind))
    before = certificate_of_server()
    reload_until(lambda: certificate_of_server() != before)
    shown, session = seen(FERRY, made, session)
    assert shown["resumed"], shown
    for kind in ("pem", "key"):
        shutil.copy(os.path.join(tls, "kept." + kind), os.path.join(tls, "eas." + kind))
    assert FERRY.stop() == 0, FERRY.log[-4000:]
    FERRY.serve()
    shown, _ = seen(FERRY, made, session)
    assert not shown["resumed"] and shown["certificates"] >= 2, shown


def certificate_of_server():
    return ssl.get_server_certificate(("127.0.0.1", FERRY.eas_port))


def reload_until(condition):
    FERRY.server.send_signal(signal.SIGHUP)
    for _ in range(1200):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("SIGHUP changed nothing")


def a_session_of_another_listener_is_not_resumed(version):
    """The https listener asks for no certificate: its sessions must not be a way around being asked."""
    made = context(FERRY, version=VERSIONS[version])
    plain = socket.create_connection(("127.0.0.1", FERRY.https_port), 60)
    with made.wrap_socket(plain, server_hostname=FERRY.host) as connection:
        ask(connection, FERRY, path="/")
        session = connection.session
    assert session is not None
    shown, _ = seen(FERRY, made, session)
    assert not shown["resumed"] and shown["certificate_asked"], shown


for version in VERSIONS:
    for behaviour in (
        without_certificate_the_handshake_succeeds, a_certificate_arrives_with_its_chain,
        a_certificate_of_nobody_is_no_matter_of_tls, a_resumed_session_keeps_the_certificates_without_asking_again,
        a_session_of_another_listener_is_not_resumed, sessions_survive_a_new_certificate_but_no_restart,
    ):  # fmt: skip
        case(f"{behaviour.__name__} ({version})", behaviour, version)


@test
def a_client_without_tickets_resumes_from_our_memory():
    kept = FERRY.file("session-memory")
    words = ["-tls1_2", "-no_ticket"]
    first = answer_in(s_client(FERRY, *words, "-cert", ann(), "-key", ann(), "-sess_out", kept))
    again = answer_in(s_client(FERRY, *words, "-sess_in", kept))
    assert first["certificates"] == 1 and again["resumed"] and again["certificates"] == 1, (first, again)


@test
def the_names_of_our_ca_are_sent():
    for option in ("-tls1_2", "-tls1_3"):
        shown = s_client(FERRY, option)
        names = shown.split("Acceptable client certificate CA names\n")[1].split("Requested Signature")[0]
        issuing = subprocess.run(["openssl", "x509", "-in", FERRY.file("authority/ca/issuing.pem"), "-noout", "-subject"],
                                 check=True, capture_output=True, text=True).stdout  # fmt: skip
        assert issuing.split("CN = ")[1].strip() in names, (issuing, names)


@test
def curl_with_and_without_a_certificate():
    words = ["curl", "--silent", "--show-error", "--cacert", FERRY.file("authority/ca/root.pem")]
    url = f"https://127.0.0.1:{FERRY.eas_port}/microsoft-server-activesync?User=CORP\\ann&DeviceId=1"
    for certificate, most in (([], 0), (["--cert", ann()], 9)):
        done = subprocess.run([*words, *certificate, "-H", "Accept: application/json", url], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert bool(most) == (json.loads(done.stdout)["certificates"] > 0), done.stdout


@test
def requests_on_one_connection_are_counted():
    made = context(FERRY, ann())
    with connect(FERRY, made) as connection:
        numbers, names = [], []
        for _ in range(3):
            status, _, body = ask(connection, FERRY, keep=True)
            assert status == 501
            shown = json.loads(body)
            numbers.append(shown["request_number"])
            names.append(shown["connection"])
    assert numbers == [1, 2, 3] and len(set(names)) == 1 and len(names[0]) == 32, (numbers, names)


@test
def a_connection_stays_open_after_a_post():
    with connect(FERRY, context(FERRY)) as connection:
        for _ in range(2):
            _, headers, _ = ask(connection, FERRY, "POST", keep=True)
            assert headers["Connection"] == "keep-alive", headers
        shown = json.loads(ask(connection, FERRY)[2])
    assert shown["request_number"] == 3, shown


def refused(pem, reason):
    """The handshake fails, by TLS 1.3 at the first byte after it; the log says why; others are served on."""
    for version in VERSIONS.values():
        marker = len(FERRY.log)
        try:
            with connect(FERRY, context(FERRY, pem, version)) as connection:
                answered = ask(connection, FERRY)
            raise AssertionError(f"{version}: {answered}")
        except (ssl.SSLError, ConnectionError, http.client.BadStatusLine):
            pass
        for _ in range(200):
            if reason in FERRY.log[marker:]:
                break
            time.sleep(0.05)
        assert reason in FERRY.log[marker:], FERRY.log[marker:]
    assert seen(FERRY, context(FERRY))[0]["certificates"] == 0


@test
def a_certificate_of_100_kb_is_refused():
    refused(signed_by_itself(FERRY.folder, "long", comment=100 * 1024), "excessive message size")


@test
def a_chain_of_50_is_refused():
    refused(signed_by_itself(FERRY.folder, "many", copies=50), "too many certificates")


@test
def a_chain_of_10_is_taken():
    path = signed_by_itself(FERRY.folder, "few", copies=10)
    assert seen(FERRY, context(FERRY, path))[0]["certificates"] == 10


@test
def an_rsa_key_of_16384_bits_is_refused():
    refused(signed_by_itself(FERRY.folder, "big", key=BIG_KEY), "the key of the certificate is too large")


@test
def handshakes_that_stop_half_way_end_and_are_told():
    for last, reason in ((True, "the client closed the connection"), (False, "the client did not go on in time")):
        marker = len(FERRY.log)
        with socket.create_connection(("127.0.0.1", FERRY.eas_port), 60) as connection:
            connection.sendall(hello())
            assert connection.recv(5)[:1] == b"\x16"
            if last:
                connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass
        assert logged("a TLS handshake failed: " + reason) and reason in FERRY.log[marker:], FERRY.log[marker:]


@test
def many_that_stop_half_way_leave_room_for_others():
    held = []
    try:
        for part in (0, 1, 5, 100) * 16:
            connection = socket.create_connection(("127.0.0.1", FERRY.eas_port), 60)
            connection.sendall(hello()[:part])
            held.append(connection)
        assert seen(FERRY, context(FERRY, ann()))[0]["certificates"] >= 2
    finally:
        for connection in held:
            connection.close()


@test
def a_client_that_does_not_trust_us_is_told_of():
    stranger = ssl.create_default_context()
    marker = len(FERRY.log)
    try:
        connect(FERRY, stranger).close()
        raise AssertionError("the certificate was believed")
    except ssl.SSLCertVerificationError:
        pass
    assert logged("alert of the client: unknown CA") and "unknown CA" in FERRY.log[marker:], FERRY.log[marker:]


OLD = ("-tls1", "-tls1_1")


@test
def old_versions_are_refused():
    for version in OLD:
        shown = s_client(FERRY, version, "-cipher", "ALL:@SECLEVEL=0", request=False)
        assert "Cipher is (NONE)" in shown, shown[-500:]


@test
def old_versions_are_spoken_by_a_setting_that_is_warned_of():
    with Ferry(options=["--key", "ec-p256"], bundle_key="ec-p256", eas_legacy_tls="true") as old:
        assert "TLS 1.0 and 1.1 are spoken on the EAS listener" in old.log, old.log
        for version in OLD:
            shown = s_client(old, version, "-cipher", "ALL:@SECLEVEL=0")
            assert answer_in(shown)["tls_version"] == {"-tls1": "TLSv1", "-tls1_1": "TLSv1.1"}[version]
            https = s_client(old, version, "-cipher", "ALL:@SECLEVEL=0", port=old.https_port, request=False)
            assert "Cipher is (NONE)" in https, https[-500:]
        assert answer_in(s_client(old, "-tls1_3"))["tls_version"] == "TLSv1.3"
        findings = [json.loads(line) for line in old.run("check", "--json").stdout.splitlines()]
        levels = {line["subject"]: line["level"] for line in findings}
        assert levels["EAS TLS"] == "warning" and levels["EAS listener"] == "ok", findings


@test
def never_resuming_is_a_setting():
    with Ferry(options=["--key", "ec-p256"], bundle_key="ec-p256", eas_session_lifetime="0s") as never:
        pem = Identity(never, "ann@example.com").path
        for version in VERSIONS.values():
            made, session = context(never, pem, version), None
            for _ in range(3):
                shown, session = seen(never, made, session)
                assert not shown["resumed"] and shown["certificate_asked"] and shown["certificates"] >= 2, shown
        for option in ("-tls1_2", "-tls1_3"):
            shown = s_client(never, option)
            assert "TLS session ticket:" not in shown and "Post-Handshake New Session Ticket" not in shown, shown


@test
def a_session_lasts_from_its_full_handshake_however_often_it_is_resumed():
    lifetime = 5
    with Ferry(options=["--key", "ec-p256"], bundle_key="ec-p256", eas_session_lifetime=f"{lifetime}s") as short:
        pem = Identity(short, "ann@example.com").path
        running = {}
        for name, version in VERSIONS.items():
            made = context(short, pem, version)
            running[name] = {"made": made, "session": seen(short, made)[1], "ages": []}
        chains = dict(running)
        while running:
            time.sleep(0.5)
            for name in list(running):
                resume_while_young(short, running, name)
    for name, chain in chains.items():
        assert chain["ages"] and max(chain["ages"]) <= lifetime, (name, chain["ages"])


def resume_while_young(short, running, name):
    """Goes on with the newest session until the certificate has to be shown again."""
    chain = running[name]
    shown, session = seen(short, chain["made"], chain["session"])
    if shown["resumed"]:
        assert shown["certificates"] >= 2 and not shown["certificate_asked"], shown
        chain["ages"].append(shown["session_age"] - shown["handshake_age"])
        chain["session"] = session
    else:
        assert shown["certificates"] >= 2 and shown["certificate_asked"] and shown["session_age"] == 0, shown
        del running[name]


@test
def phones_reach_it_by_its_names_and_nothing_else_is_served():
    made = context(FERRY)
    for host, expected in ((FERRY.host, 501), ("localhost", 501), ("evil.example", 421)):
        with connect(FERRY, made) as connection:
            connection.sendall(f"GET {PATH} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            assert connection.recv(65536).startswith(f"HTTP/1.1 {expected} ".encode()), host
    for path in ("/", "/admin/login", "/ca/root.cer", "/metrics", "/healthz", "/api/v1/links"):
        with connect(FERRY, made) as connection:
            assert ask(connection, FERRY, path=path)[0] == 404, path


with FERRY:
    run()
