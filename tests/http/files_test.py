"""The CA files, byte by byte, over http and https: what phones download and verifiers fetch."""

import base64
import subprocess

from ferry import Ferry
from tap import case, run, test

FERRY = Ferry(keys=None)

# path, media type, end of the name
FILES = [
    ("/ca/root.cer", "application/x-x509-ca-cert", "-root.cer"),
    ("/ca/root.crt", "application/x-x509-ca-cert", "-root.crt"),
    ("/ca/root.pem", "application/x-x509-ca-cert", "-root.pem"),
    ("/ca/issuing.cer", "application/x-x509-ca-cert", "-issuing.cer"),
    ("/ca/issuing.crt", "application/x-x509-ca-cert", "-issuing.crt"),
    ("/ca/issuing.pem", "application/x-x509-ca-cert", "-issuing.pem"),
    ("/ca/chain.pem", "application/pem-certificate-chain", "-chain.pem"),
    ("/ca/chain.p7b", "application/x-pkcs7-certificates", "-chain.p7b"),
    ("/ca/root.mobileconfig", "application/x-apple-aspen-config", "-root.mobileconfig"),
    ("/ca/root.crl", "application/pkix-crl", "-root.crl"),
    ("/ca/issuing.crl", "application/pkix-crl", "-issuing.crl"),
]


def der(pem):
    lines = pem.decode().strip().splitlines()
    return base64.b64decode("".join(lines[1:-1]))


def contents(path):
    root, issuing = FERRY.read("authority/ca/root.pem"), FERRY.read("authority/ca/issuing.pem")
    known = {
        "/ca/root.cer": der(root),
        "/ca/root.crt": der(root),
        "/ca/issuing.cer": der(issuing),
        "/ca/issuing.crt": der(issuing),
        "/ca/root.crl": FERRY.read("authority/ca/root.crl"),
        "/ca/issuing.crl": FERRY.read("authority/ca/issuing.crl"),
    }
    return known.get(path)


def has_type_length_name_and_tag(path, media_type, ending, https):
    answer = FERRY.get(path, https=https)
    assert answer.status == 200, answer
    assert answer["Content-Type"] == media_type, answer
    assert int(answer["Content-Length"]) == len(answer.body) > 0, answer
    disposition = answer["Content-Disposition"]
    assert disposition.startswith("attachment"), disposition
    assert disposition.endswith(ending + '"'), disposition
    assert answer["ETag"].startswith('"') and answer["ETag"].endswith('"'), answer
    assert answer["Last-Modified"].endswith(" GMT"), answer
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "public, max-age=3600", answer
    assert answer["Strict-Transport-Security"] is None
    assert answer["Set-Cookie"] is None
    assert answer["Transfer-Encoding"] is None
    wanted = contents(path)
    assert wanted is None or answer.body == wanted, "other bytes than on the disk"


def answers_head_like_get(path):
    get, head = FERRY.get(path), FERRY.request("HEAD", path)
    assert head.status == 200 and head.body == b"", head
    for name in ("Content-Type", "Content-Length", "ETag", "Last-Modified", "Content-Disposition"):
        assert head[name] == get[name], name


def answers_304_to_who_has_it(path):
    get = FERRY.get(path)
    for headers in (
        {"If_None_Match": get["ETag"]},
        {"If_None_Match": '"other", W/' + get["ETag"]},
        {"If_Modified_Since": get["Last-Modified"]},
    ):
        again = FERRY.get(path, **headers)
        assert again.status == 304 and again.body == b"", (headers, again)
        assert again["ETag"] == get["ETag"] and again["Content-Type"] is None, again
    assert FERRY.get(path, If_None_Match='"other"').status == 200
    assert FERRY.get(path, If_Modified_Since="Sun, 06 Nov 1994 08:49:37 GMT").status == 200


def ignores_range(path):
    whole, part = FERRY.get(path), FERRY.get(path, Range="bytes=0-9")
    assert part.status == 200 and part.body == whole.body, part


def refuses_other_methods(path):
    for method in ("POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "get"):
        answer = FERRY.request(method, path, b"" if method in ("POST", "PUT", "PATCH") else None)
        assert answer.status == 405, (method, answer)
        assert answer["Allow"] == "GET, HEAD, OPTIONS", (method, answer)
        assert "x509" not in answer["Content-Type"] and answer["Content-Disposition"] is None
    options = FERRY.request("OPTIONS", path, Origin="https://evil.example", Access_Control_Request_Method="GET")
    assert options.status == 204 and options["Allow"] == "GET, HEAD, OPTIONS", options
    assert not [name for name in options.headers if name.lower().startswith("access-control")], options


for row in FILES:
    for https in (False, True):
        name = f"{row[0]} over {'https' if https else 'http'} has its type, length, name and tag"
        case(name, has_type_length_name_and_tag, *row, https)
    case(f"{row[0]} answers HEAD like GET", answers_head_like_get, row[0])
    case(f"{row[0]} is 304 to who has it", answers_304_to_who_has_it, row[0])
    case(f"{row[0]} ignores Range", ignores_range, row[0])
    case(f"{row[0]} refuses other methods", refuses_other_methods, row[0])


@test
def the_chain_is_root_and_issuing_and_the_p7b_holds_them_root_first():
    root, issuing = FERRY.read("authority/ca/root.pem"), FERRY.read("authority/ca/issuing.pem")
    chain = FERRY.get("/ca/chain.pem").body
    assert root.strip() in chain and issuing.strip() in chain
    p7b = FERRY.get("/ca/chain.p7b").body
    shown = subprocess.run(
        ["openssl", "pkcs7", "-inform", "DER", "-print_certs"], input=p7b, capture_output=True, check=True
    ).stdout  # fmt: skip
    assert shown.index(root.strip().splitlines()[1]) < shown.index(issuing.strip().splitlines()[1])


@test
def the_profile_is_signed_by_the_authority():
    profile, root = FERRY.file("root.mobileconfig"), FERRY.file("authority/ca/root.pem")
    with open(profile, "wb") as file:
        file.write(FERRY.get("/ca/root.mobileconfig").body)
    done = subprocess.run(
        ["openssl", "cms", "-verify", "-inform", "DER", "-in", profile, "-CAfile", root, "-purpose", "any"],
        capture_output=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert b"com.apple.security.root" in done.stdout and b"com.apple.security.pkcs1" in done.stdout


@test
def an_unknown_file_is_404_without_a_certificate_type():
    for path in ("/ca/", "/ca", "/ca/root.CER", "/CA/root.cer", "/ca/root.key", "/ca/../ca/root.cer", "/ca/root.cer/"):
        answer = FERRY.get(path)
        assert answer.status in (400, 404), (path, answer)
        assert answer["Content-Type"].startswith("text/html"), answer
        assert answer["Content-Disposition"] is None and answer["Cache-Control"] == "no-store", answer


@test
def a_setting_shows_the_files_instead_of_saving_them():
    with Ferry(download_inline="true", download_max_age="60s") as ferry:
        answer = ferry.get("/ca/root.cer")
        assert answer["Content-Disposition"].startswith("inline;"), answer
        assert answer["Cache-Control"] == "public, max-age=60", answer


@test
def static_files_come_gzipped_to_who_takes_it():
    plain = FERRY.get("/static/certferry.css")
    gzip = FERRY.get("/static/certferry.css", Accept_Encoding="gzip, br")
    assert plain.status == gzip.status == 200
    assert gzip["Content-Encoding"] == "gzip" and len(gzip.body) < len(plain.body), gzip
    assert gzip["ETag"] != plain["ETag"] and gzip["Vary"] == plain["Vary"] == "Accept-Encoding"
    assert FERRY.get("/static/certferry.css", If_None_Match=gzip["ETag"], Accept_Encoding="gzip").status == 304


@test
def the_server_ends_well():
    assert FERRY.stop() == 0, FERRY.log[-4000:]


with FERRY:
    run()
