"""CA files as others read them: chain.p7b, the profile, the revocation lists, and the path of what was issued."""

import base64
import contextlib
import os
import plistlib
import tempfile

from ferry import Ferry
from readers import CHAIN_READERS, Refused, call, pem_certificates, sha256
from tap import case, run

USER = "ann@example.com"
MAIL_HOST = "mail.example.com"


def save(data, name):
    path = os.path.join(tempfile.mkdtemp(prefix="interop-"), name)
    with open(path, "wb") as file:
        file.write(data)
    return path


class Authority:
    """What the server hands out, each file fetched once."""

    def __init__(self, ferry):
        self.ferry = ferry
        self.root = ferry.get("/ca/root.cer", https=False).body
        self.issuing = ferry.get("/ca/issuing.cer", https=False).body
        self.root_pem = save(ferry.get("/ca/root.pem", https=False).body, "root.pem")
        self.issuing_pem = save(ferry.get("/ca/issuing.pem", https=False).body, "issuing.pem")

    def get(self, path):
        answer = self.ferry.get(path, https=False)
        assert answer.status == 200, answer
        return answer.body

    def anchors(self):
        return ["-CAfile", self.root_pem, "-no-CApath", "-no-CAstore"]


def chain_is_read(authority, reader):
    path = save(authority.get("/ca/chain.p7b"), "chain.p7b")
    wanted = [sha256(authority.root), sha256(authority.issuing)]
    found = CHAIN_READERS[reader](path)
    assert found == (wanted[:1] if reader == "nss" else wanted), f"found {found}, root first was {wanted}"


def a_broken_chain_is_refused(authority, reader):
    whole = authority.get("/ca/chain.p7b")
    path = save(whole[: len(whole) // 2], "half.p7b")
    try:
        found = CHAIN_READERS[reader](path)
    except Refused:
        return
    raise AssertionError(f"{reader} read {found} from half a chain")


def chain_pem_is_read(authority):
    found = pem_certificates(authority.get("/ca/chain.pem"))
    assert sorted(found) == sorted([sha256(authority.root), sha256(authority.issuing)]), found


def pem_is_the_der(authority):
    for name, der in (("root", authority.root), ("issuing", authority.issuing)):
        assert pem_certificates(authority.get(f"/ca/{name}.pem")) == [sha256(der)]


def issuing_is_below_root(authority):
    call("openssl", "verify", *authority.anchors(), "-x509_strict", authority.issuing_pem)
    text = call("openssl", "x509", "-in", authority.issuing_pem, "-noout", "-text").decode()
    assert "CA:TRUE, pathlen:0" in text, text


def lists_are_current(authority):
    for name, certificate in (("root", authority.root_pem), ("issuing", authority.issuing_pem)):
        path = save(authority.get(f"/ca/{name}.crl"), f"{name}.crl")
        text = call("openssl", "crl", "-inform", "DER", "-in", path, "-CAfile", certificate, "-noout", "-text").decode()
        assert "No Revoked Certificates." in text, text
        assert "X509v3 CRL Number" in text, text


def gnutls_takes_the_path(authority):
    chain = save(open(authority.issuing_pem, "rb").read() + open(authority.root_pem, "rb").read(), "chain.pem")
    call("certtool", "--verify", "--load-ca-certificate", authority.root_pem, "--infile", chain)


# Profiles


def verified(authority, profile):
    """The content of a signed profile, its signer's path checked up to the root."""
    path = save(profile, "profile.mobileconfig")
    return call("openssl", "cms", "-verify", "-inform", "DER", "-in", path, "-purpose", "any", "-binary", *authority.anchors())


def payloads(content):
    top = plistlib.loads(content)
    assert top["PayloadType"] == "Configuration" and top["PayloadVersion"] == 1, top
    return top, {payload["PayloadType"]: payload for payload in top["PayloadContent"]}


def ca_profile_is_verified(authority):
    top, parts = payloads(verified(authority, authority.get("/ca/root.mobileconfig")))
    assert parts["com.apple.security.root"]["PayloadContent"] == authority.root
    assert parts["com.apple.security.pkcs1"]["PayloadContent"] == authority.issuing
    assert len(parts) == 2, list(parts)
    identifiers = [top["PayloadUUID"]] + [part["PayloadUUID"] for part in parts.values()]
    assert len(set(identifiers)) == 3, identifiers


def ca_profile_keeps_its_identity(authority):
    first, _ = payloads(verified(authority, authority.get("/ca/root.mobileconfig")))
    again, _ = payloads(verified(authority, authority.get("/ca/root.mobileconfig")))
    assert first == again


def a_changed_profile_is_not_verified(authority):
    profile = bytearray(authority.get("/ca/root.mobileconfig"))
    at = profile.index(b"PayloadOrganization")
    profile[at] ^= 1
    try:
        verified(authority, bytes(profile))
    except Refused:
        return
    raise AssertionError("the signature holds though a byte is another")


def claim(authority):
    link = authority.ferry.link(USER, "--mail", USER)
    answer = authority.ferry.post(link["path"], {"pin": link["pin"]}, Accept="application/json")
    assert answer.status == 200, answer
    return answer.json()


def fetch(authority, claimed, kind):
    url = claimed["files"][kind]
    path = url[url.index("/d/") :]
    answer = authority.ferry.get(path)
    assert answer.status == 200, answer
    return answer.body


def user_profile_holds_the_bundle_and_the_account(authority):
    claimed = claim(authority)
    content = verified(authority, fetch(authority, claimed, "mobileconfig"))
    _, parts = payloads(content)
    identity, account = parts["com.apple.security.pkcs12"], parts["com.apple.eas.account"]
    assert identity["PayloadContent"] == fetch(authority, claimed, "p12")
    assert parts["com.apple.security.root"]["PayloadContent"] == authority.root
    assert parts["com.apple.security.pkcs1"]["PayloadContent"] == authority.issuing
    assert account["PayloadCertificateUUID"] == identity["PayloadUUID"]
    assert (account["Host"], account["SSL"]) == (MAIL_HOST, True), account
    assert (account["UserName"], account["EmailAddress"]) == (USER, USER), account


def user_profile_does_not_hold_the_password(authority):
    claimed = claim(authority)
    content = verified(authority, fetch(authority, claimed, "mobileconfig"))
    password = claimed["password"].replace("-", "").replace(" ", "").encode()
    flat = content.replace(b"-", b"").replace(b" ", b"")
    assert password not in flat and base64.b64encode(password)[:-3] not in content
    assert b"<key>Password</key>" not in content


TESTS = [
    chain_pem_is_read,
    pem_is_the_der,
    issuing_is_below_root,
    gnutls_takes_the_path,
    lists_are_current,
    ca_profile_is_verified,
    ca_profile_keeps_its_identity,
    a_changed_profile_is_not_verified,
    user_profile_holds_the_bundle_and_the_account,
    user_profile_does_not_hold_the_password,
]


def main():
    with contextlib.ExitStack() as stack:
        ferry = stack.enter_context(Ferry(keys=None, eas_host=MAIL_HOST))
        authority = Authority(ferry)
        for reader in CHAIN_READERS:
            case(f"chain_p7b_is_read_by_{reader}", chain_is_read, authority, reader)
            case(f"half_a_chain_is_refused_by_{reader}", a_broken_chain_is_refused, authority, reader)
        for test in TESTS:
            case(test.__name__, test, authority)
        run()


main()
