"""Revocation lists as others read them: OpenSSL, GnuTLS and NSS find what was revoked, and nothing else."""

import json
import os
import re
import subprocess
import tempfile

from ferry import Ferry
from readers import call, need
from revoked import authority_file, read_list
from tap import case, run

KEYS = ("ec-p256", "rsa-2048")


def folder_of():
    return tempfile.mkdtemp(prefix="interop-")


class World:
    """An authority with a certificate that is good and one that is revoked, and its lists."""

    def __init__(self, key):
        self.ferry = Ferry(keys=None, options=["--key", key], bundle_key="ec-p256")
        self.ferry.init()
        self.folder = folder_of()
        self.good, self.bad = self.mint("good@example.com"), self.mint("bad@example.com")
        self.ferry.command("cert", "revoke", self.bad, "--reason", "keyCompromise")
        self.ferry.command("crl", "publish")
        self.root, self.issuing = (authority_file(self.ferry, f"ca/{name}.pem") for name in ("root", "issuing"))
        self.lists = {name: authority_file(self.ferry, f"ca/{name}.crl") for name in ("root", "issuing")}

    def path(self, name):
        return os.path.join(self.folder, name)

    def mint(self, user):
        out = self.path(user + ".p12")
        return json.loads(self.ferry.command("mint", user, "--out", out, "--json"))["serial"]

    def leaf(self, serial):
        with open(self.path(serial + ".pem"), "w", encoding="ascii") as file:
            file.write(self.ferry.command("cert", "show", serial, "--pem"))
        return self.path(serial + ".pem")

    def pem(self, *names):
        """Those lists in one PEM file."""
        with open(self.path("lists.pem"), "wb") as file:
            for name in names:
                file.write(call("openssl", "crl", "-inform", "DER", "-in", self.lists[name]))
        return self.path("lists.pem")

    def close(self):
        self.ferry.close()


def openssl_verify(world, serial):
    words = ["openssl", "verify", "-crl_check_all", "-x509_strict", "-CAfile", world.root, "-untrusted", world.issuing]
    words += ["-CRLfile", world.pem("root", "issuing"), world.leaf(serial)]
    return subprocess.run(words, capture_output=True, text=True)


def openssl_tells_them_apart(world):
    done = openssl_verify(world, world.good)
    assert done.returncode == 0, done.stderr
    done = openssl_verify(world, world.bad)
    assert done.returncode != 0 and "certificate revoked" in done.stderr, done.stderr


def openssl_reads_what_they_say(world):
    assert read_list(world.lists["issuing"], world.issuing)["count"] == 1
    assert read_list(world.lists["root"], world.root)["count"] == 0
    text = call("openssl", "crl", "-inform", "DER", "-in", world.lists["issuing"], "-noout", "-text").decode()
    assert world.bad.upper() in text and "Key Compromise" in text, text


def digits(text):
    """Serials are broken into lines and octets."""
    return re.sub(r"[:\s]", "", text.lower())


def gnutls_reads_and_verifies_them(world):
    need("certtool")
    for name, certificate in (("root", world.root), ("issuing", world.issuing)):
        words = ["certtool", "--verify-crl", "--load-ca-certificate", certificate]
        text = call(*words, "--infile", world.pem(name)).decode()
        assert "Verification output: Verified." in text, text
    text = call("certtool", "--crl-info", "--inder", "--infile", world.lists["issuing"]).decode()
    assert world.bad in digits(text), text
    assert "Revoked certificates (1)" in text, text


def nss_takes_them_and_tells_them_apart(world):
    need("crlutil")
    database = "sql:" + folder_of()
    call("certutil", "-N", "-d", database, "--empty-password")
    call("certutil", "-A", "-d", database, "-n", "root", "-t", "TC,,", "-a", "-i", world.root)
    call("certutil", "-A", "-d", database, "-n", "issuing", "-t", ",,", "-a", "-i", world.issuing)
    for serial in (world.good, world.bad):
        call("certutil", "-A", "-d", database, "-n", serial, "-t", ",,", "-a", "-i", world.leaf(serial))
    for name in ("root", "issuing"):
        call("crlutil", "-I", "-d", database, "-i", world.lists[name])
    listed = call("crlutil", "-L", "-d", database, "-n", "issuing").decode()
    assert world.bad in digits(listed), listed
    call("certutil", "-V", "-d", database, "-u", "C", "-e", "-n", world.good)
    done = subprocess.run(["certutil", "-V", "-d", database, "-u", "C", "-e", "-n", world.bad], capture_output=True, text=True)
    assert done.returncode != 0 and "revoked" in (done.stdout + done.stderr).lower(), (done.stdout, done.stderr)


WORLDS = {}


def with_world(key, check):
    if key not in WORLDS:
        WORLDS[key] = World(key)
    check(WORLDS[key])


CHECKS = (
    openssl_tells_them_apart, openssl_reads_what_they_say, gnutls_reads_and_verifies_them,
    nss_takes_them_and_tells_them_apart,
)  # fmt: skip
for key in KEYS:
    for check in CHECKS:
        case(f"{check.__name__}_{key.replace('-', '_')}", with_world, key, check)

try:
    run()
finally:
    for world in WORLDS.values():
        world.close()
