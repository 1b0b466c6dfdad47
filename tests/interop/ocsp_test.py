"""The OCSP responder as other programs ask it: OpenSSL, GnuTLS, NSS by two ways, and Java; good, then revoked.

Each finds the responder's address in the certificate where it can, and trusts the root alone.
"""

import contextlib
import functools
import json
import os
import re
import subprocess
import tempfile

import ocsp
from ferry import Ferry
from readers import HERE, Refused, call, need
from tap import case, run


class Asked:
    """A server, and one certificate that is good and one that is revoked."""

    def __init__(self, ferry):
        self.ferry = ferry
        # The certificates name the port that the test got.
        ferry.environment["CERTFERRY_PUBLIC_HTTP_PORT"] = str(ferry.http_port)
        self.url = f"http://127.0.0.1:{ferry.http_port}/ocsp"
        self.root, self.issuing = ferry.file("authority/ca/root.pem"), ferry.file("authority/ca/issuing.pem")
        self.good, self.revoked = self._mint("good"), self._mint("revoked")
        serial = self._serial(self.revoked)
        self.ask_before = openssl(self, self.revoked)
        ocsp.revoke(ferry, serial)

    def _mint(self, name):
        made = self.ferry.command("mint", f"{name}@example.com", "--out", self.ferry.file(f"{name}.p12"), "--json")
        path = self.ferry.file(f"{name}.pem")
        with open(path, "w", encoding="ascii") as file:
            file.write(self.ferry.command("cert", "show", json.loads(made)["serial"], "--pem"))
        return path

    @staticmethod
    def _serial(path):
        return call("openssl", "x509", "-in", path, "-noout", "-serial").decode().strip().partition("=")[2].lower()


def loose(*words):
    """Output and errors of a program whose exit code says nothing."""
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return done.stdout + done.stderr


# Each gives "good" or "revoked", or raises Refused.


def openssl(asked, certificate, *options):
    named = call("openssl", "x509", "-in", certificate, "-noout", "-ocsp_uri").decode().strip()
    assert named == asked.url, named
    said = call(
        "openssl", "ocsp", *options, "-issuer", asked.issuing, "-cert", certificate, "-url", named, "-CAfile", asked.root,
        "-verify_other", asked.issuing,
    ).decode()  # fmt: skip
    return re.search(r"\.pem: (\w+)", said)[1]


def openssl_without_nonce(asked, certificate):
    return openssl(asked, certificate, "-no_nonce")


def openssl_sha256(asked, certificate):
    return openssl(asked, certificate, "-sha256")


def gnutls(asked, certificate, *options):
    need("ocsptool")
    said = call("ocsptool", f"--ask={asked.url}", "--load-cert", certificate, "--load-issuer", asked.issuing, *options)
    text = said.decode()
    if "Verifying OCSP Response: Success." not in text:
        raise Refused(text[-500:])
    return re.search(r"Certificate Status: (\w+)", text)[1]


def gnutls_with_nonce(asked, certificate):
    return gnutls(asked, certificate, "--nonce")


def nss_database(asked, certificate):
    folder = tempfile.mkdtemp(prefix="interop-")
    call("certutil", "-N", "-d", folder, "--empty-password")
    for name, trust, path in (("root", "CT,C,C", asked.root), ("issuing", ",,", asked.issuing), ("leaf", ",,", certificate)):
        call("certutil", "-A", "-d", folder, "-n", name, "-t", trust, "-i", path)
    return folder


def nss(asked, certificate):
    need("ocspclnt")
    said = loose("ocspclnt", "-S", "leaf", "-d", nss_database(asked, certificate))
    if 'Check of certificate "leaf" succeeded.' in said:
        return "good"
    if "has been revoked" in said:
        return "revoked"
    raise Refused(said)


def nss_path(asked, certificate):
    """As a browser of that family validates; without any answer it calls the certificate revoked too."""
    need("vfychain")
    said = loose(
        "vfychain", "-d", nss_database(asked, certificate), "-pp", "-u", "0", "-g", "leaf", "-h", "requireFreshInfo",
        "-m", "ocsp", "-s", "failIfNoInfo", "-a", certificate,
    )  # fmt: skip
    if "Chain is good!" in said:
        return "good"
    if "has been revoked" in said:
        return "revoked"
    raise Refused(said)


@functools.cache
def java_classes():
    need("javac")
    folder = tempfile.mkdtemp(prefix="interop-")
    subprocess.check_call(["javac", "-d", folder, os.path.join(HERE, "JavaOcsp.java")])
    return folder


def java(asked, certificate):
    return call("java", "-cp", java_classes(), "JavaOcsp", asked.root, asked.issuing, certificate).decode().split()[0]


CLIENTS = [openssl, openssl_without_nonce, openssl_sha256, gnutls, gnutls_with_nonce, nss, nss_path, java]


def hears_that_it_is_good(asked, client):
    said = client(asked, asked.good)
    assert said == "good", said


def hears_that_it_is_revoked(asked, client):
    said = client(asked, asked.revoked)
    assert said == "revoked", said


def it_was_good_before(asked):
    assert asked.ask_before == "good", asked.ask_before


def java_hears_the_reason(asked):
    said = call("java", "-cp", java_classes(), "JavaOcsp", asked.root, asked.issuing, asked.revoked).decode().strip()
    assert said == "revoked KEY_COMPROMISE", said


def a_certificate_of_nobody_is_unknown(asked):
    said = call(
        "openssl", "ocsp", "-issuer", asked.issuing, "-serial", "0x7f0102", "-url", asked.url, "-CAfile", asked.root,
        "-verify_other", asked.issuing,
    ).decode()  # fmt: skip
    assert "0x7f0102: unknown" in said, said


def main():
    with contextlib.ExitStack() as stack:
        asked = Asked(stack.enter_context(Ferry(keys=None)))
        for client in CLIENTS:
            case(f"{client.__name__}_hears_that_it_is_good", hears_that_it_is_good, asked, client)
            case(f"{client.__name__}_hears_that_it_is_revoked", hears_that_it_is_revoked, asked, client)
        for test in (it_was_good_before, java_hears_the_reason, a_certificate_of_nobody_is_unknown):
            case(test.__name__, test, asked)
        run()


main()
