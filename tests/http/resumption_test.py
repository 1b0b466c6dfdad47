"""What happens to a phone after its first handshake: its certificate is revoked or ends while its TLS session can still be
resumed, it stops to present it, or it cannot choose one. Each ends in a sentence that an operator reads."""

import html
import json
import re
import socket
import ssl
import subprocess
import time
import urllib.parse

import phone as eas
from desk import Desk
from ferry import Ferry
from phone import PATH, Phone
from tap import case, run, test
from tls_client import hello, s_client

VERSIONS = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}
OPTION = {"TLSv1.2": "-tls1_2", "TLSv1.3": "-tls1_3"}
FOLDER_SYNC = (0x0716, [(0x0712, "0")])
LIFETIME = 5  # of the sessions of SHORT
FERRY = Ferry(options=["--key", "ec-p256"], eas_session_lifetime="2h")
SHORT = Ferry(options=["--key", "ec-p256"], eas_session_lifetime=f"{LIFETIME}s")
DESKS = {}
_numbers = iter(range(1, 10**6))


def device():
    return f"resumed{next(_numbers):04d}"


def shown(ferry, device_id):
    """`device show` of the device with that DeviceId."""
    rows = ferry.sql(f"SELECT id FROM device WHERE device_id = '{device_id}'")
    return json.loads(ferry.command("device", "show", rows[0][0], "--json")) if rows else None


def finding(ferry, device_id, rule):
    """The finding, as soon as it is this one; what a person reads of it on the page; sightings come after the answers,
    and each may change the sentence."""
    text = None
    for _ in range(600):
        it = shown(ferry, device_id)
        if it and it["finding"] and it["finding"]["rule"] == rule:
            text = ferry.command("device", "show", it["id"])
            if it["finding"]["sentence"] in text:
                break
        time.sleep(0.05)
    else:
        raise AssertionError(f"not {rule}: {it}, {text}")
    page = DESKS[ferry].get(f"/admin/devices/{it['id']}")
    assert page.status == 200, page
    return it["finding"], re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", page.text())))


def seconds(text):
    return time.mktime(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ")) - time.timezone


def tells_a_story(found, page, wanted, password=False):
    """R1 and R2: presented at, let in until, and when it came without."""
    end = "it connected without it, with a password only." if password else "it connected without a certificate."
    times = re.search(r"The phone presented its certificate at (\S+), was let in until (\S+), and at (\S+) " + end, found["sentence"])
    assert times, found
    presented, until, bare = map(seconds, times.groups())
    assert wanted["begun"] - 1 <= presented <= until <= bare <= time.time() + 1, (found, wanted)
    assert "was let in until" in page and ("with a password only" in page) == password, page
    return presented, until, bare


def refused(answer, reason):
    assert answer.status == 403 and answer["X-Certferry-Reason"] == reason, answer


def comes_back(it, reason):
    """On a new connection that resumes its session."""
    it.hang_up()
    answer = it.post("FolderSync", FOLDER_SYNC)
    assert it.resumed, "the session was not resumed"
    if reason is None:
        assert answer.status == 200, answer
    else:
        refused(answer, reason)


def without(it, reason="no_certificate", **options):
    """The same phone on a full handshake, where it presents nothing."""
    bare = Phone(it.ferry, None, user=it.user, device=it.device, **options)
    answer = bare.post("FolderSync", FOLDER_SYNC)
    assert not bare.resumed
    refused(answer, reason)


def revoked_after_the_handshake(version):
    bundle, begun = eas.mint(FERRY, "ann@example.com"), time.time()
    it = Phone(FERRY, eas.pem_of(bundle), user="ann@example.com", device=device(), tls=VERSIONS[version])
    it.set_up()
    assert not it.resumed
    comes_back(it, None)
    FERRY.command("cert", "revoke", bundle["serial"])
    comes_back(it, "revoked")
    found, page = finding(FERRY, it.device, "revoked_since")
    assert re.search(r"which is refused since \S+: it was revoked\. The phone was let in until \S+\.$", found["sentence"]), found
    assert "The certificate was revoked." in page, page
    without(it)
    tells_a_story(*finding(FERRY, it.device, "stopped_presenting"), {"begun": begun})
    without(it, password="not-to-be-kept")
    tells_a_story(*finding(FERRY, it.device, "fell_back_to_password"), {"begun": begun}, password=True)


# ---- another CA, for certificates that live some seconds ----


def openssl(*words, at=None):
    moved = ["faketime", "-f", at] if at else []
    subprocess.run([*moved, "openssl", *words], check=True, capture_output=True)


def trust_another_ca(ferry):
    """ca.pem and ca.key; nobody publishes lists for it."""
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=other", "-days", "30",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-keyout", ferry.file("ca.key"), "-out", ferry.file("ca.pem"),
            at="-2d")  # fmt: skip
    with open(ferry.config, "a", encoding="utf-8") as file:
        file.write(f'\nanchor "other" {{\n certificate = "{ferry.file("ca.pem")}"\n revocation = soft\n}}\n')


def short_lived(ferry, user, left, ca=None):
    """Certificate and key as one file, and when it ends: so many seconds from now."""
    base, ca = ferry.file(f"short{next(_numbers)}"), ca or ferry.file("ca")
    with open(base + ".ext", "w", encoding="ascii") as file:
        file.write(f"keyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth\nsubjectAltName=email:{user}\n")
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", base + ".key", "-subj",
            "/CN=short", "-out", base + ".csr")  # fmt: skip
    openssl("x509", "-req", "-in", base + ".csr", "-CA", ca + ".pem", "-CAkey", ca + ".key", "-days", "1",
            "-set_serial", str(next(_numbers)), "-extfile", base + ".ext", "-out", base + ".pem", at=f"{left - 86400:+d}")  # fmt: skip
    with open(base + ".pem", "a", encoding="ascii") as pem, open(base + ".key", encoding="ascii") as key:
        pem.write(key.read())
    end = subprocess.run(["openssl", "x509", "-in", base + ".pem", "-noout", "-enddate", "-dateopt", "iso_8601"], check=True,
                         capture_output=True, text=True).stdout  # fmt: skip
    return base + ".pem", seconds(end.strip().split("=")[1].replace(" ", "T"))


def below_another_ca(ferry, user, comment):
    """As above, with the CA between them, which has a comment of so many bytes: what a phone sends has a hole without it."""
    base = ferry.file(f"between{next(_numbers)}")
    with open(base + ".ext", "w", encoding="ascii") as file:
        file.write("basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n")
        file.write(f"1.2.3.4=ASN1:FORMAT:HEX,OCTETSTRING:{'ab' * comment}\n")
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", base + ".key", "-subj",
            "/CN=between", "-out", base + ".csr")  # fmt: skip
    openssl("x509", "-req", "-in", base + ".csr", "-CA", ferry.file("ca.pem"), "-CAkey", ferry.file("ca.key"), "-days", "2",
            "-set_serial", str(next(_numbers)), "-extfile", base + ".ext", "-out", base + ".pem", at="-1d")  # fmt: skip
    pem, _ = short_lived(ferry, user, 86000, ca=base)
    with open(pem, "a", encoding="ascii") as file, open(base + ".pem", encoding="ascii") as between:
        file.write(between.read())
    return pem


def a_resumed_session_has_the_whole_path(version):
    it = Phone(FERRY, below_another_ca(FERRY, "zoe@example.com", 10), user="zoe@example.com", device=device(), tls=VERSIONS[version])
    it.set_up()
    for _ in range(3):  # also of a ticket that was given for a ticket
        comes_back(it, None)


def a_path_too_long_for_a_ticket_is_shown_again(version):
    it = Phone(FERRY, below_another_ca(FERRY, "yan@example.com", 5000), user="yan@example.com", device=device(), tls=VERSIONS[version])
    it.set_up()
    it.hang_up()
    assert it.post("FolderSync", FOLDER_SYNC).status == 200 and not it.resumed


for _version in VERSIONS:
    case(f"a_resumed_session_has_the_whole_path_{_version}", a_resumed_session_has_the_whole_path, _version)
    case(f"a_path_too_long_for_a_ticket_is_shown_again_{_version}", a_path_too_long_for_a_ticket_is_shown_again, _version)


def phone_that_came_in_time(version):
    """Whose first handshake was before the end of its certificate; a slow machine gets more time."""
    for left in (6, 15, 60):
        pem, end = short_lived(FERRY, "eva@example.com", left)
        it = Phone(FERRY, pem, user="eva@example.com", device=device(), tls=VERSIONS[version])
        if it.options().status == 200:
            it.hang_up()
            if it.post("FolderSync", FOLDER_SYNC).status == 200 and it.resumed:
                return it, end
    raise AssertionError("a certificate of a minute was never good")


def expired_after_the_handshake(version):
    begun = time.time()
    it, end = phone_that_came_in_time(version)
    while time.time() <= end + 1:
        time.sleep(0.1)
    comes_back(it, "expired")
    found, page = finding(FERRY, it.device, "expired_since")
    until = re.search(r": it has expired\. It was valid until (\S+)\. The phone was let in until \S+\.$", found["sentence"])
    assert until and seconds(until.group(1)) == end, (found, end)
    assert "The certificate has expired." in page, page
    without(it)
    tells_a_story(*finding(FERRY, it.device, "stopped_presenting"), {"begun": begun})


# ---- the two hours of the story are some seconds here ----


def stops_when_the_session_ends(version):
    """One handshake with the certificate; whoever resumes needs none; after the lifetime the truth comes out."""
    user, name, kept = "zoe@example.com", device(), SHORT.file(f"session-{version}")
    pem = eas.pem_of(eas.mint(SHORT, user))
    begun = time.time()
    query = urllib.parse.urlencode({"Cmd": "Ping", "User": user, "DeviceId": name, "DeviceType": "Phone"})
    asked = f"OPTIONS {PATH}?{query} HTTP/1.1\r\nHost: {SHORT.host}\r\nConnection: close\r\n\r\n"
    words = [OPTION[version], "-sess_out", kept]
    first = s_client(SHORT, *words, "-cert", pem, "-key", pem, "-cert_chain", pem, asked=asked)
    assert "HTTP/1.1 200 " in first and "New, TLS" in first, first[-800:]
    resumed = 0
    while True:
        said = s_client(SHORT, *words, "-sess_in", kept, asked=asked)
        if "Reused, TLS" not in said:
            break
        assert "HTTP/1.1 200 " in said, said[-800:]
        resumed += 1
        time.sleep(0.3)
    assert "HTTP/1.1 403 " in said and "X-Certferry-Reason: no_certificate" in said, said[-800:]
    assert resumed >= 1
    story = tells_a_story(*finding(SHORT, name, "stopped_presenting"), {"begun": begun})
    presented, until, bare = story
    assert until - presented <= LIFETIME + 1 and bare - presented >= LIFETIME - 1, story
    found = finding(SHORT, name, "stopped_presenting")[0]
    assert [seconds(found["from"]), found["number"], seconds(found["until"])] == list(story), found
    sightings = [item["certificate"] for item in shown(SHORT, name)["sightings"]]
    assert sightings == ["none", *["resumed"] * resumed, "handshake"], sightings


for _version in VERSIONS:
    for _story in (revoked_after_the_handshake, expired_after_the_handshake, stops_when_the_session_ends):
        case(f"{_story.__name__} ({_version})", _story, _version)


# ---- R5 ----


def breaks_off(ferry, address, alert):
    """A ClientHello, the server's answer with its CertificateRequest, and no more but perhaps an alert."""
    with socket.create_connection(("127.0.0.1", ferry.eas_port), 60, (address, 0)) as connection:
        connection.sendall(hello(ssl.TLSVersion.TLSv1_2))
        seen = b""
        while b"\x0e\x00\x00\x00" not in seen:  # ServerHelloDone
            part = connection.recv(65536)
            assert part, "the server went first"
            seen += part
        if alert:
            connection.sendall(bytes([0x15, 3, 3, 0, 2, 2, alert]))


def a_phone_that_cannot_choose_a_certificate_is_told_of(address, alert):
    name = device()
    it = Phone(FERRY, eas.pem_of(eas.mint(FERRY, "uma@example.com")), user="uma@example.com", device=name, source=address)
    it.set_up()
    it.forget_session()
    for _ in range(3):
        breaks_off(FERRY, address, alert)
    for _ in range(600):
        found, page = finding(FERRY, name, "cannot_select")
        if found["number"] == 3:
            break
        time.sleep(0.05)
    assert "the phone ends the connection when it is asked for a certificate (3 times)" in found["sentence"], found
    assert "The phone ends the connection when it is asked for a certificate" in page and "3 times since" in page, page
    assert seconds(found["from"]) <= seconds(found["until"]), found


case("a_phone_that_hangs_up_when_asked_for_a_certificate_is_told_of", a_phone_that_cannot_choose_a_certificate_is_told_of, "127.0.5.1", None)
case("a_phone_that_sends_an_alert_when_asked_is_told_of", a_phone_that_cannot_choose_a_certificate_is_told_of, "127.0.5.2", 90)


@test
def one_that_distrusts_the_server_is_not_said_to_lack_a_certificate():
    """Its alert says what it could not do; a certificate of its own is no part of it."""
    name = device()
    it = Phone(FERRY, eas.pem_of(eas.mint(FERRY, "vic@example.com")), user="vic@example.com", device=name, source="127.0.5.3")
    it.set_up()
    it.forget_session()
    for _ in range(3):
        breaks_off(FERRY, "127.0.5.3", 48)  # unknown_ca
    for _ in range(600):
        if len(shown(FERRY, name)["sightings"]) >= 3 + 4:
            break
        time.sleep(0.05)
    assert (shown(FERRY, name)["finding"] or {}).get("rule") != "cannot_select", shown(FERRY, name)


try:
    for _ferry in (FERRY, SHORT):
        _ferry.init()
    trust_another_ca(FERRY)
    for _ferry in (FERRY, SHORT):
        _ferry.serve()
        DESKS[_ferry] = Desk(_ferry)
    run()
finally:
    for _ferry in (FERRY, SHORT):
        _ferry.kill()
        _ferry.close()
