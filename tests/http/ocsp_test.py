"""The OCSP responder as clients see it: what it says of each certificate, how it is asked, what caches are told."""

import base64
import json
import os
import re
import threading
import time
import urllib.parse

import ocsp
from ferry import Ferry
from tap import case, run, test

FERRY = Ferry(keys=None)
DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "ocsp")
NEVER = "7f" * 16


def mint(ferry=FERRY, user="ann@example.com"):
    name = f"{user}-{os.urandom(4).hex()}.p12"
    return json.loads(ferry.command("mint", user, "--out", ferry.file(name), "--json"))["serial"]


# What it says


@test
def an_issued_certificate_is_good_and_its_answer_is_of_a_delegated_responder():
    serial = mint()
    for https in (False, True):
        for sha256 in (False, True):
            for nonce in (False, True):
                said = ocsp.ask(FERRY, serial, nonce=nonce, sha256=sha256, https=https)
                assert said == [("good", None)], (https, sha256, nonce, said)


@test
def a_serial_that_was_never_issued_is_unknown_and_not_kept():
    assert ocsp.ask(FERRY, NEVER) == [("unknown", None)]
    answer = ocsp.get(FERRY, ocsp.question(FERRY, NEVER))
    assert answer["Cache-Control"] == "no-store" and answer["ETag"] is None, answer
    assert ocsp.sql(FERRY, "SELECT count(*) FROM ocsp_answer WHERE serial = ?", NEVER) == [(0,)]


@test
def a_revocation_by_another_process_is_in_the_next_answer_with_its_reason():
    for reason in ("unspecified", "keyCompromise", "affiliationChanged", "superseded", "cessationOfOperation"):
        name = None if reason == "unspecified" else reason
        serial = mint()
        asked = ocsp.question(FERRY, serial)
        for _ in range(3):  # from the database, then from memory
            assert ocsp.read(FERRY, ocsp.get(FERRY, asked).body, asked, serial) == [("good", None)]
        ocsp.revoke(FERRY, serial, reason)
        for _ in range(3):
            assert ocsp.read(FERRY, ocsp.get(FERRY, asked).body, asked, serial) == [("revoked", name)]
        assert ocsp.ask(FERRY, serial, nonce=True) == [("revoked", name)]


@test
def a_reserved_and_an_abandoned_serial_are_unknown():
    serial = mint()
    columns = "issuer, profile, user_name, person_name, mail, device, not_before, not_after, reserved_at, created_by"
    for state, other in (("reserved", "11" * 16), ("abandoned", "12" * 16)):
        ocsp.sql(
            FERRY, f"INSERT INTO certificate (serial, state, lease_until, {columns}) "
            f"SELECT ?, ?, 4000000000, {columns} FROM certificate WHERE serial = ?", other, state, serial,
        )  # fmt: skip
        assert ocsp.ask(FERRY, other) == [("unknown", None)], state


@test
def a_certificate_of_the_root_is_not_answered_for():
    [(serial,)] = ocsp.sql(FERRY, "SELECT serial FROM certificate WHERE profile = 'issuing'")
    for asked in (ocsp.question(FERRY, serial, issuer="root"), ocsp.question(FERRY, NEVER, issuer="root")):
        assert ocsp.post(FERRY, asked).body == ocsp.UNAUTHORIZED
        answer = ocsp.get(FERRY, asked)
        assert answer.body == ocsp.UNAUTHORIZED and answer["Cache-Control"] == "no-store", answer
    # Asked under the issuing CA it is a serial that this CA never issued.
    assert ocsp.ask(FERRY, serial) == [("unknown", None)]


@test
def the_issuing_certificate_names_no_responder_and_user_certificates_do():
    serial = mint()
    [(der,)] = ocsp.sql(FERRY, "SELECT der FROM certificate WHERE serial = ?", serial)
    assert b"http://127.0.0.1" in der and b"/ocsp" in der
    assert b"/ocsp" not in FERRY.get("/ca/issuing.cer").body


@test
def several_certificates_are_answered_in_one_answer():
    serials = [mint(), mint(), mint()]
    ocsp.revoke(FERRY, serials[1], "superseded")
    wanted = [("good", None), ("revoked", "superseded"), ("good", None), ("unknown", None)]
    for nonce in (False, True):
        assert ocsp.ask(FERRY, *serials, NEVER, nonce=nonce) == wanted
    many = [mint() for _ in range(5)]
    assert ocsp.ask(FERRY, *serials[:1], *many, NEVER, serials[2]) == [("good", None)] * 6 + [wanted[3], wanted[0]]
    asked = ocsp.question(FERRY, *serials, *many, NEVER)
    assert ocsp.post(FERRY, asked).body == ocsp.MALFORMED, "nine"


@test
def answers_to_nonces_are_fresh_and_no_two_are_the_same():
    serial = mint()
    bodies = set()
    for _ in range(4):
        asked = ocsp.question(FERRY, serial, nonce=True)
        answer = ocsp.post(FERRY, asked)
        assert ocsp.read(FERRY, answer.body, asked, serial) == [("good", None)]
        assert answer["Cache-Control"] == "no-store", answer
        bodies.add(answer.body)
        got = ocsp.get(FERRY, asked)
        assert got["Cache-Control"] == "no-store" and got["ETag"] is None, got
    assert len(bodies) == 4


# How it is asked


def base64_forms(der):
    plain = base64.b64encode(der).decode()
    quoted = urllib.parse.quote(plain, safe="")
    return {
        "as it is": plain,
        "percent-encoded": quoted,
        "percent-encoded in small letters": re.sub("%[0-9A-F]{2}", lambda code: code[0].lower(), quoted),
        "only its plus encoded": plain.replace("+", "%2B"),
        "without padding": plain.rstrip("="),
        "with a slash before it": "/" + plain,
        "with an encoded slash before it": "%2F" + quoted,
        "in the alphabet for URLs": base64.urlsafe_b64encode(der).decode(),
        "in that without padding": base64.urlsafe_b64encode(der).decode().rstrip("="),
        "with a plus that became a space": plain.replace("+", "%20"),
        "everything encoded": "".join(f"%{ord(letter):02X}" for letter in plain),
        "with a query behind it": plain + "?x=1",
    }


@test
def every_way_to_write_base64_in_a_path_gives_the_same_answer():
    # A serial and its hashes that bring '+', '/' and '//' into the text.
    letters = ""
    while not ("+" in letters and "//" in letters):
        serial = "7f" + os.urandom(4).hex() + "ffffff" + os.urandom(4).hex() + "ffffff" + os.urandom(1).hex()
        asked = ocsp.question(FERRY, serial, sha256=True)
        letters = base64.b64encode(asked).decode()
        letters = letters if "+" in letters else ""
    for name, text in base64_forms(asked).items():
        answer = FERRY.get("/ocsp/" + text, https=False)
        assert answer.status == 200, (name, answer)
        assert ocsp.read(FERRY, answer.body, asked, serial, sha256=True) == [("unknown", None)], name


@test
def head_is_answered_like_get():
    asked = ocsp.question(FERRY, mint())
    got, head = ocsp.get(FERRY, asked), FERRY.request("HEAD", ocsp.path(asked), https=False)
    assert head.status == 200 and head.body == b"", head
    for name in ("Content-Type", "Content-Length", "ETag", "Last-Modified"):
        assert head[name] == got[name] is not None, name


@test
def other_methods_types_and_addresses_are_refused():
    asked = ocsp.question(FERRY, NEVER)
    for method, path, allowed in (
        ("POST", ocsp.path(asked), "GET, HEAD, OPTIONS"),
        ("PUT", "/ocsp", "POST, OPTIONS"),
        ("GET", "/ocsp", "POST, OPTIONS"),
    ):
        answer = FERRY.request(method, path, b"" if method != "GET" else None, https=False)
        assert answer.status == 405 and answer["Allow"] == allowed, (method, answer)
        assert answer["Content-Type"] != "application/ocsp-response"
    assert FERRY.get("/ocsp/", https=False).status == 404
    assert ocsp.post(FERRY, asked, Content_Type="text/plain").status == 415
    assert ocsp.post(FERRY, asked + bytes(4096)).status == 413
    assert FERRY.get("/ocsp/" + "A" * 3000, https=False).status == 414


def hostile_is_malformed(name):
    with open(os.path.join(DATA, "hostile", name), "rb") as file:
        der = file.read()
    assert ocsp.post(FERRY, der).body == ocsp.MALFORMED, "by POST"
    if 0 < len(der) < 1400:
        answer = ocsp.get(FERRY, der)
        assert answer.status == 200 and answer.body == ocsp.MALFORMED, answer
        assert answer["Cache-Control"] == "no-store", answer


for file_name in sorted(os.listdir(os.path.join(DATA, "hostile"))):
    case(f"the hostile request {file_name} is malformed", hostile_is_malformed, file_name)


@test
def requests_of_other_authorities_are_unauthorized_whatever_they_hold():
    names = sorted(os.listdir(os.path.join(DATA, "good")))
    assert len(names) > 10
    for name in names:
        with open(os.path.join(DATA, "good", name), "rb") as file:
            assert ocsp.post(FERRY, file.read()).body == ocsp.UNAUTHORIZED, name


@test
def what_is_no_base64_is_malformed():
    for text in ("A", "%3D%3D%3D%3D", "MFEw*", "~", "MA", "MAA=MAA=", "..", "x/../../ca/root.cer"):
        answer = FERRY.get("/ocsp/" + text, https=False)
        assert answer.status == 200 and answer.body == ocsp.MALFORMED, (text, answer)


# Caches


@test
def caches_are_told_how_long_and_404_nothing():
    asked = ocsp.question(FERRY, mint())
    answer = ocsp.get(FERRY, asked)
    controls = ", ".join(answer.headers.get_all("Cache-Control"))
    assert controls == "public, max-age=3600, no-transform, must-revalidate", controls
    assert answer["Expires"].endswith(" GMT") and answer["Last-Modified"].endswith(" GMT"), answer
    assert answer["ETag"].startswith('"') and answer["Set-Cookie"] is None, answer
    again = ocsp.get(FERRY, asked, If_None_Match=answer["ETag"])
    assert again.status == 304 and again.body == b"" and again["ETag"] == answer["ETag"], again
    posted = ocsp.post(FERRY, asked)
    assert posted.body == answer.body, "the kept answer"
    assert posted["Cache-Control"] == "no-store" and posted["ETag"] is None, posted


@test
def a_kept_answer_serves_until_half_of_its_time_is_over():
    serial = mint()
    asked = ocsp.question(FERRY, serial)
    first = ocsp.get(FERRY, asked)
    assert ocsp.get(FERRY, asked).body == first.body
    ocsp.sql(FERRY, "UPDATE ocsp_answer SET this_update = this_update - 40000, next_update = next_update - 40000")
    aged = ocsp.get(FERRY, asked)
    left = int(re.search(r"max-age=(\d+)", aged["Cache-Control"])[1])
    assert aged.body == first.body and left <= 3200, aged
    ocsp.sql(FERRY, "UPDATE ocsp_answer SET this_update = this_update - 4000, next_update = next_update - 4000")
    renewed = ocsp.get(FERRY, asked)
    assert ocsp.read(FERRY, renewed.body, asked, serial) == [("good", None)]
    # Signed within the same second it would be the same bytes.
    [(kept_at,)] = ocsp.sql(FERRY, "SELECT this_update FROM ocsp_answer WHERE serial = ?", serial)
    assert kept_at > time.time() - 10000, kept_at
    assert ocsp.get(FERRY, asked)["Cache-Control"] == "public, max-age=3600"


# The responder


@test
def the_responder_is_in_the_database_like_every_certificate_and_its_key_nowhere():
    rows = ocsp.sql(FERRY, "SELECT state, user_name, not_after - not_before, der FROM certificate WHERE profile = 'ocsp'")
    assert len(rows) == 1 and rows[0][0] == "issued", rows
    assert 30 * 86400 <= rows[0][2] <= 31 * 86400, rows[0][2]
    assert rows[0][3] in ocsp.get(FERRY, ocsp.question(FERRY, NEVER)).body, "the answer carries it"
    audited = ocsp.sql(FERRY, "SELECT actor, action FROM audit WHERE object_id = "
                              "(SELECT serial FROM certificate WHERE profile = 'ocsp') ORDER BY id")  # fmt: skip
    assert audited == [("system", "certificate.reserve"), ("system", "certificate.issue")], audited


@test
def a_start_makes_one_new_responder_and_kept_answers_outlive_it():
    with Ferry() as ferry:
        serial = mint(ferry)
        asked = ocsp.question(ferry, serial)
        before = ocsp.get(ferry, asked)
        assert ferry.stop() == 0
        ferry.serve()
        assert ocsp.get(ferry, asked).body == before.body
        assert ocsp.ask(ferry, serial, nonce=True) == [("good", None)]
        assert ocsp.sql(ferry, "SELECT count(*) FROM certificate WHERE profile = 'ocsp'") == [(2,)]


@test
def a_revoked_responder_is_replaced():
    with Ferry() as ferry:
        serial = mint(ferry)
        assert ocsp.ask(ferry, serial, nonce=True) == [("good", None)]
        [(before,)] = ocsp.sql(ferry, "SELECT serial FROM certificate WHERE profile = 'ocsp'")
        ocsp.revoke(ferry, before)
        assert ocsp.ask(ferry, serial, before, nonce=True) == [("good", None), ("revoked", "keyCompromise")]
        issued = ocsp.sql(ferry, "SELECT serial FROM certificate WHERE profile = 'ocsp' AND state = 'issued'")
        assert len(issued) == 1 and issued[0][0] != before, issued
        assert "was revoked: another one is made" in ferry.log, ferry.log


@test
def a_clock_that_was_set_back_signs_nothing_and_says_so():
    with Ferry() as ferry:
        asked = ocsp.question(ferry, NEVER)
        assert ferry.stop() == 0
        ocsp.sql(ferry, "UPDATE setting SET value = CAST(value + 7200 AS TEXT) WHERE key = 'clock.last_dated'")
        ferry.serve()
        assert ocsp.post(ferry, asked).body == ocsp.TRY_LATER
        assert "set back" in ferry.log, ferry.log
        check = ferry.run("check", "--json")
        assert check.returncode == 1 and "set back" in check.stdout, check


@test
def many_at_once_get_one_answer():
    asked = ocsp.question(FERRY, mint())
    bodies, threads = [], []
    for _ in range(24):
        threads.append(threading.Thread(target=lambda: bodies.append(ocsp.get(FERRY, asked).body)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(bodies) == 24 and len(set(bodies)) == 1, [len(body) for body in set(bodies)]


@test
def revocations_under_load_are_never_answered_as_good_afterwards():
    serials = [mint() for _ in range(8)]
    asked = {serial: ocsp.question(FERRY, serial) for serial in serials}
    stop = threading.Event()

    def hammer(serial):
        while not stop.is_set():
            ocsp.get(FERRY, asked[serial])

    threads = [threading.Thread(target=hammer, args=(serial,)) for serial in serials]
    for thread in threads:
        thread.start()
    try:
        for serial in serials:
            ocsp.revoke(FERRY, serial)
            said = ocsp.read(FERRY, ocsp.get(FERRY, asked[serial]).body, asked[serial], serial)
            assert said == [("revoked", "keyCompromise")], said
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    for serial in serials:
        said = ocsp.read(FERRY, ocsp.get(FERRY, asked[serial]).body, asked[serial], serial)
        assert said == [("revoked", "keyCompromise")], said


@test
def options_set_how_long_answers_are_good():
    with Ferry(ocsp_validity="2h", ocsp_max_age="60s") as ferry:
        asked = ocsp.question(ferry, mint(ferry))
        answer = ocsp.get(ferry, asked)
        assert answer["Cache-Control"] == "public, max-age=60", answer
        [(length,)] = ocsp.sql(ferry, "SELECT next_update - this_update FROM ocsp_answer")
        assert length == 7200, length


@test
def check_says_that_the_responder_answers():
    check = FERRY.run("check")
    assert re.search(r"OCSP responder.*until 20", check.stdout), check.stdout


@test
def the_server_ends_well():
    assert FERRY.stop() == 0, FERRY.log[-4000:]


with FERRY:
    run()
