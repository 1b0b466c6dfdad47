"""/auth/eas as a proxy asks it: every encoding of the certificate, whom it believes, what a phone may have smuggled in."""

import base64
import contextlib
import json

from ferry import Ferry
from forwarded import ENCODINGS, PATH, Phones, ask, uri
from tap import case, run, test

FERRIES = {}
EXPECTED = {}  # name of a phone: reason and HTTP status


def ferry_of(setting):
    """Servers of one authority, one for each encoding: the first made it."""
    return FERRIES[setting]


def asked(setting, headers, user="ann@example.com", **options):
    return ask(ferry_of(setting), [*headers, ("X-Original-URI", uri(user))], **options)


def reason_of(answer):
    return answer["X-Certferry-Reason"]


def verdicts(name):
    setting, encode = ENCODINGS[name]
    for phone, (reason, status) in EXPECTED.items():
        answer = asked(setting, encode(PHONES[phone].der))
        assert (answer.status, reason_of(answer)) == (status, reason), (phone, answer)
        assert answer["X-Certferry-Verdict"] == ("allow" if status == 200 else "refuse"), answer
        assert answer["Cache-Control"] == "no-store", answer
        said = answer.json()
        assert said["reason"] == reason and said["sentence"].endswith("."), said
        assert said["verdict"] == answer["X-Certferry-Verdict"] and said["serial"] == answer["X-Certferry-Serial"]
        assert (said["detail"] is None) == (status == 200) or reason == "no_certificate", said


def as_on_the_command_line(name):
    """`certferry eas verify` gives the same reasons, where it can know: the table of revoked ones is not asked there."""
    setting, encode = ENCODINGS[name]
    ferry = ferry_of("rfc9440")
    for phone in ("good", "expired", "foreign"):
        done = ferry.run("eas", "verify", PHONES[phone].pem, "--anchors", ferry.file("authority/ca/root.pem"), "--untrusted",
                         ferry.file("authority/ca/issuing.pem"), "--user", "ann@example.com", "--json")  # fmt: skip
        answer = asked(setting, encode(PHONES[phone].der))
        assert json.loads(done.stdout)["reason"] == reason_of(answer), (phone, done.stdout, answer)


for encoding in ENCODINGS:
    case(f"{encoding}_gets_every_verdict", verdicts, encoding)
    case(f"{encoding}_gets_the_verdict_of_the_command_line", as_on_the_command_line, encoding)


@test
def an_allowed_phone_is_named():
    answer = asked("rfc9440", ENCODINGS["rfc9440"][1](PHONES["good"].der))
    assert answer["X-Certferry-User"] == "ann@example.com", answer
    assert answer["X-Certferry-Serial"] == PHONES["good"].serial, answer


@test
def no_header_and_an_empty_one_are_no_certificate():
    for name, (setting, encode) in ENCODINGS.items():
        header = encode(b"")[0][0]
        for headers in ([], [(header, "")], [(header, "  ")]):
            answer = asked(setting, headers)
            assert (answer.status, reason_of(answer)) == (403, "no_certificate"), (name, headers, answer)


@test
def what_cannot_be_decoded_is_unreadable_and_says_why():
    for name, (setting, encode) in ENCODINGS.items():
        header, value = encode(PHONES["good"].der)[0]
        for bad in ("x", "(null)", value[:-9], value[:40], '"' + value, value.replace("II", "%zz"), value + ":" + value):
            answer = asked(setting, [(header, bad)])
            assert (answer.status, reason_of(answer)) == (403, "unreadable"), (name, bad[:60], answer)
            assert answer.json()["detail"].startswith(header + ": "), answer
        answer = asked(setting, encode(b"\x30\x03\x02\x01\x05"))
        assert reason_of(answer) == "unreadable", (name, answer)


@test
def a_certificate_header_that_stands_twice_is_not_read():
    for name, (setting, encode) in ENCODINGS.items():
        [good], [foreign] = encode(PHONES["good"].der), encode(PHONES["foreign"].der)
        for pair in ((good, good), (good, foreign), (foreign, good), (good, (good[0].upper(), good[1]))):
            answer = asked(setting, list(pair))
            assert reason_of(answer) == "unreadable" and "twice" in answer.json()["detail"], (name, answer)


@test
def only_the_configured_header_is_believed():
    for setting in FERRIES:
        own = {encode(b"x")[0][0] for its, encode in ENCODINGS.values() if its == setting}
        headers = [pair for its, encode in ENCODINGS.values() for pair in encode(PHONES["good"].der) if pair[0] not in own]
        words = [("X-SSL-Client-Verify", "SUCCESS"), ("X-Client-Verified", "SUCCESS"), ("X-Certferry-Verdict", "allow")]
        spelt = [(pair[0].replace("-", "_"), pair[1]) for pair in headers]
        for part in (headers[:2], headers[2:4], headers[4:], words, spelt[:2]):
            answer = asked(setting, part)
            assert (answer.status, reason_of(answer)) == (403, "no_certificate"), (setting, part, answer)


@test
def another_chain_than_the_certificate_counts_for_nothing():
    encode = ENCODINGS["rfc9440"][1]
    [(_, good)], leaf = encode(PHONES["good"].der), encode(PHONES["foreign"].der)
    answer = asked("rfc9440", [*leaf, ("Client-Cert-Chain", good)])
    assert reason_of(answer) == "untrusted_issuer", answer
    answer = asked("rfc9440", [("Client-Cert-Chain", good)])
    assert reason_of(answer) == "unreadable", answer
    answer = asked("rfc9440", [*encode(PHONES["good"].der), ("Client-Cert-Chain", leaf[0][1])])
    assert reason_of(answer) == "allowed", answer


@test
def of_several_elements_of_envoy_the_last_counts():
    [(header, good)] = ENCODINGS["envoy"][1](PHONES["good"].der)
    [(_, foreign)] = ENCODINGS["envoy"][1](PHONES["foreign"].der)
    assert reason_of(asked("envoy", [(header, f"{good},{foreign}")])) == "untrusted_issuer"
    assert reason_of(asked("envoy", [(header, f"{foreign},{good}")])) == "allowed"
    assert reason_of(asked("envoy", [(header, f"{good},Hash=aa")])) == "unreadable"


# The original request


def with_good(*headers, **options):
    return ask(ferry_of("rfc9440"), [*ENCODINGS["rfc9440"][1](PHONES["good"].der), *headers], **options)


@test
def the_user_of_the_address_is_compared():
    for user, reason in (("ANN@example.com", "allowed"), ("ann", "allowed"), ("bob@example.com", "user_mismatch")):
        for name in ("X-Original-URI", "X-Forwarded-Uri", "x-original-uri"):
            answer = with_good((name, uri(user)))
            assert reason_of(answer) == reason, (user, name, answer)
        answer = with_good(path="/auth/eas" + uri(user), method="POST")
        assert reason_of(answer) == reason, (user, answer)


@test
def what_exchange_would_read_is_what_is_judged():
    hidden = f"{PATH}?Cmd=Sync&%55ser=bob%40example.com&DeviceId=ABC1&DeviceType=Phone"
    assert reason_of(with_good(("X-Original-URI", hidden))) == "user_mismatch"
    for query in ("?Cmd=Sync&User=ann", "?DeviceId=ABC1", "?User=ann", ""):
        answer = with_good(("X-Original-URI", PATH + query), ("X-Original-Method", "POST"))
        assert answer.status == 400, (query, answer)
    answer = with_good(("X-Original-URI", PATH), ("X-Original-Method", "OPTIONS"))
    assert reason_of(answer) == "allowed", answer


@test
def an_address_that_comes_in_two_ways_is_refused():
    good, bad = uri("ann@example.com"), uri("bob@example.com")
    for headers, path in (
        ([("X-Original-URI", good), ("X-Forwarded-Uri", bad)], "/auth/eas"),
        ([("X-Original-URI", good), ("X-Original-URI", bad)], "/auth/eas"),
        ([("X-Forwarded-Uri", good), ("x-forwarded-uri", good)], "/auth/eas"),
        ([("X-Original-URI", good)], "/auth/eas" + bad),
        ([("X-Forwarded-Uri", good)], "/auth/eas" + bad),
        ([("X-Original-URI", good), ("X-Original-Method", "POST"), ("X-Forwarded-Method", "GET")], "/auth/eas"),
        ([("X-Original-Method", "OPTIONS")], "/auth/eas" + good),
        ([("X-Forwarded-Method", "OPTIONS")], "/auth/eas" + PATH),
    ):
        answer = with_good(*headers, path=path)
        assert answer.status == 400 and reason_of(answer) is None, (headers, path, answer)


@test
def an_address_that_is_missing_or_none_of_activesync_is_refused():
    accept = ("Accept", "application/json")
    for headers, word in (
        ([], "X-Original-URI"),
        ([("X-Original-URI", "")], "X-Original-URI"),
        ([("X-Original-URI", "/ews/exchange.asmx")], PATH),
        ([("X-Original-URI", PATH + "/../ews")], "path"),
        ([("X-Original-URI", "/%00")], "control"),
        ([("X-Original-URI", PATH + "%2f?Cmd=Sync")], "path"),
        ([("X-Original-URI", "//" + PATH)], "path"),
        ([("X-Original-URI", PATH + "?Cmd=Sync&User=%zz")], ""),
        ([("X-Original-URI", PATH + "?Cmd=Sync&User=a&User=b")], ""),
        ([("X-Original-URI", PATH + "?Cmd=Sync&User=&User=ann&DeviceId=ABC1&DeviceType=Phone")], "twice"),
    ):
        answer = with_good(accept, *headers)
        assert answer.status == 400 and word in answer.json()["detail"], (headers, answer)
    for path in (PATH, PATH.lower(), PATH.upper()):
        assert reason_of(with_good(("X-Original-URI", path), ("X-Original-Method", "OPTIONS"))) == "allowed"


@test
def the_methods_of_phones_are_answered_and_no_others():
    for method in ("GET", "POST", "OPTIONS", "HEAD"):
        answer = with_good(("X-Original-URI", uri()), method=method)
        assert answer.status == 200 and reason_of(answer) == "allowed", (method, answer)
    for method in ("PUT", "DELETE", "PROPFIND"):
        assert with_good(("X-Original-URI", uri()), method=method).status == 405


@test
def notes_of_any_kind_change_no_verdict():
    secret = base64.b64encode(b"CORP\\ann:not-to-be-kept-7351").decode()
    for note in (
        ("Authorization", "Basic " + secret), ("Authorization", "Basic x"), ("Authorization", "Negotiate " + "A" * 4000),
        ("Authorization", ""), ("User-Agent", "\xff\x80" + "x" * 900), ("MS-ASProtocolVersion", "14.1"),
        ("MS-ASProtocolVersion", "99999999999999.1"), ("X-MS-PolicyKey", "4294967295"), ("X-MS-PolicyKey", "-1"),
        ("X-Forwarded-For", "192.0.2.7"), ("X-Forwarded-For", "evil, 192.0.2.7"), ("X-Forwarded-For", ",,,"),
        ("X-SSL-Session-Reused", "r"), ("X-SSL-Protocol", "TLSv1.3"), ("X-SSL-Connection-Requests", "x"),
    ):  # fmt: skip
        answer = with_good(("X-Original-URI", uri()), (note[0], note[1].encode("latin-1")))
        assert reason_of(answer) == "allowed", (note, answer)
    with open(ferry_of("rfc9440").file("authority/certferry.db"), "rb") as database:
        assert b"not-to-be-kept-7351" not in database.read()
    assert "not-to-be-kept" not in ferry_of("rfc9440").log


@test
def the_password_may_have_to_be_of_the_user_in_the_certificate():
    def judged(ferry, user=None):
        word = "Basic " + base64.b64encode(f"{user}:never-kept-8264".encode()).decode()
        headers = [*ENCODINGS["rfc9440"][1](PHONES["good"].der), ("X-Original-URI", uri("ann@example.com"))]
        return ask(ferry, [*headers, ("Authorization", word)] if user else headers)

    assert reason_of(judged(ferry_of("rfc9440"), "bob")) == "allowed"
    with serving("rfc9440", eas_require_password="true") as ferry:
        for user in ("ann", "EXAMPLE\\ann", "ann@example.com", None):
            assert reason_of(judged(ferry, user)) == "allowed", user
        for user in ("bob", "CORP\\bob", "bob@example.com"):
            answer = judged(ferry, user)
            assert (answer.status, reason_of(answer)) == (403, "user_mismatch"), answer
            assert "never-kept-8264" not in answer.text(), answer


@test
def a_log_in_whose_user_cannot_be_read_is_nobodys():
    """A server behind the proxy may read what we do not: another scheme, or Basic that is a little off."""
    bob = base64.b64encode(b"bob:never-kept-8264").decode()
    nobody = base64.b64encode(b":never-kept-8264").decode()
    good = [*ENCODINGS["rfc9440"][1](PHONES["good"].der), ("X-Original-URI", uri("ann@example.com"))]
    off = (f"Basic  {bob}", f"Basic {bob.rstrip('=')}x", f"Basic {bob} x", f"Basic {nobody}", "Bearer abc.def", "Basic " + bob * 200,
           f"Negotiate, Basic {bob}")  # fmt: skip
    with serving("rfc9440", eas_require_password="true") as ferry:
        for value in off:
            answer = ask(ferry, [*good, ("Authorization", value)])
            assert (answer.status, reason_of(answer)) == (403, "user_mismatch"), (value, answer)
            assert "Authorization" in answer.json()["detail"], answer
        for value in ("Bearer", "Basic", ""):  # asks how to log in
            assert reason_of(ask(ferry, [*good, ("Authorization", value)])) == "allowed", value
    for value in off:
        assert reason_of(ask(ferry_of("rfc9440"), [*good, ("Authorization", value)])) == "allowed", value


# Whom it believes


@test
def a_peer_that_is_not_listed_gets_no_verdict():
    headers = [*ENCODINGS["rfc9440"][1](PHONES["good"].der), ("X-Original-URI", uri()), ("Accept", "application/json")]
    with serving("rfc9440", internal_peers="127.0.7.0/24") as ferry:
        for more in ([], [("X-Forwarded-For", "127.0.7.7")], [("Forwarded", "for=127.0.7.7")]):
            answer = ask(ferry, [*headers, *more], source="127.0.0.9")
            assert answer.status == 403 and reason_of(answer) is None, answer
            assert "127.0.0.9 is none of internal.peers" in answer.json()["detail"], answer
        assert reason_of(ask(ferry, headers, source="127.0.7.7")) == "allowed"
        assert "127.0.0.9 asked for a verdict" in ferry.log
    with serving("rfc9440", internal_peers="") as ferry:
        assert ask(ferry, headers).status == 403


@test
def nothing_is_believed_until_a_header_is_configured():
    with serving("off") as ferry:
        for _, encode in ENCODINGS.values():
            answer = ask(ferry, [*encode(PHONES["good"].der), ("X-Original-URI", uri()), ("Accept", "application/json")])
            assert answer.status == 403 and "internal.certificate_header" in answer.json()["detail"], answer


@test
def the_other_listeners_answer_nobody():
    ferry = ferry_of("rfc9440")
    for https in (False, True):
        answer = ferry.get("/auth/eas", https=https, Client_Cert=ENCODINGS["rfc9440"][1](PHONES["good"].der)[0][1])
        assert answer.status == 404, answer


@test
def a_revocation_by_another_process_counts_within_one_request():
    phone = PHONES_OF.mint("carl@example.com")
    headers = ENCODINGS["rfc9440"][1](phone.der)
    assert reason_of(asked("rfc9440", headers, user="carl@example.com")) == "allowed"
    PHONES_OF.revoke(phone)
    assert reason_of(asked("rfc9440", headers, user="carl@example.com")) == "revoked"


@contextlib.contextmanager
def serving(setting, **settings):
    """One more server on the authority of the first."""
    first = FERRIES["rfc9440"]
    ferry = Ferry(keys=None, internal_certificate_header=setting, **settings)
    ferry.config, ferry.authority = first.config, first.authority
    ferry.serve()
    try:
        yield ferry
    finally:
        code, log = ferry.stop(), ferry.log
        ferry.close()
    assert code == 0, log[-4000:]


with contextlib.ExitStack() as stack:
    FERRIES["rfc9440"] = stack.enter_context(Ferry(keys=None, internal_certificate_header="rfc9440"))
    PHONES_OF = Phones(FERRIES["rfc9440"])
    PHONES = {"good": PHONES_OF.mint(), "revoked": PHONES_OF.mint(), "expired": PHONES_OF.expired()}
    PHONES.update({"foreign": PHONES_OF.foreign(), "others": PHONES_OF.mint("bob@example.com")})
    PHONES_OF.revoke(PHONES["revoked"])
    EXPECTED.update(
        good=("allowed", 200), revoked=("revoked", 403), expired=("expired", 403), foreign=("untrusted_issuer", 403),
        others=("user_mismatch", 403),
    )  # fmt: skip
    for its in sorted({setting for setting, _ in ENCODINGS.values()} - {"rfc9440"}):
        FERRIES[its] = stack.enter_context(serving(its))
    run()
