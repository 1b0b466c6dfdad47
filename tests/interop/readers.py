"""Those who read what certferry hands out. Each reader answers by what came out, or raises Refused."""

import functools
import hashlib
import os
import re
import shutil
import subprocess
import tempfile

from tap import skip

HERE = os.path.dirname(os.path.abspath(__file__))


class Refused(Exception):
    pass


class Found:
    """key: SHA-256 of the SubjectPublicKeyInfo of the private key; certificates: SHA-256 of each DER, as found."""

    def __init__(self, key, certificates):
        self.key, self.certificates = key, certificates


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def need(program):
    if shutil.which(program) is None:
        skip(f"{program} is not installed")


def call(*words, data=None):
    """Standard output as bytes; a reader that ends with another code than 0 has refused."""
    done = subprocess.run(words, input=data, stdin=None if data is not None else subprocess.DEVNULL, capture_output=True)
    if done.returncode != 0:
        raise Refused(f"{words[0]} ended with {done.returncode}: {done.stderr.decode(errors='replace')[-2000:]}")
    return done.stdout


def write(text):
    """A file in a folder of its own below $TMPDIR, which tests/run.sh removes."""
    path = os.path.join(tempfile.mkdtemp(prefix="interop-"), "text")
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    return path


def pem_certificates(text):
    """SHA-256 of each certificate in PEM."""
    pattern = rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----"
    return [sha256(call("openssl", "x509", "-outform", "DER", data=one)) for one in re.findall(pattern, text, re.S)]


def _lines(output):
    pairs = [line.split(" ", 1) for line in output.decode().splitlines()]
    keys = [value for name, value in pairs if name == "key"]
    return Found(keys[0] if keys else None, [value for name, value in pairs if name == "certificate"])


# OpenSSL


def openssl_bundle(path, password):
    source = ["openssl", "pkcs12", "-in", path, "-passin", "file:" + write(password)]
    key = call(*source, "-nocerts", "-noenc")
    spki = call("openssl", "pkey", "-pubout", "-outform", "DER", data=key)
    return Found(sha256(spki), pem_certificates(call(*source, "-nokeys")))


def openssl_chain(path):
    return pem_certificates(call("openssl", "pkcs7", "-inform", "DER", "-in", path, "-print_certs"))


# NSS


def _new_database():
    folder = tempfile.mkdtemp(prefix="interop-nss-")
    call("certutil", "-N", "-d", "sql:" + folder, "--empty-password")
    return "sql:" + folder


def _nss_names(database):
    listing = call("certutil", "-L", "-d", database).decode()
    rows = re.findall(r"^(.+?)\s+([a-zA-Z]*,[a-zA-Z]*,[a-zA-Z]*)\s*$", listing, re.M)
    return rows


def nss_bundle(path, password):
    """The key cannot be printed by NSS: it goes out again in a bundle that OpenSSL opens."""
    need("pk12util")
    database = _new_database()
    call("pk12util", "-i", path, "-d", database, "-w", write(password), "-K", "")
    rows = _nss_names(database)
    own = [name for name, trust in rows if trust.startswith("u")]
    assert len(own) == 1, f"NSS sees {rows}"
    again = os.path.join(tempfile.mkdtemp(prefix="interop-"), "again.p12")
    call("pk12util", "-o", again, "-n", own[0], "-d", database, "-W", "exported", "-K", "")
    certificates = [pem_certificates(call("certutil", "-L", "-a", "-n", name, "-d", database))[0] for name, _ in rows]
    return Found(openssl_bundle(again, "exported").key, certificates)


def nss_chain(path):
    """NSS takes the first certificate of a chain only: that has to be the root."""
    need("certutil")
    database = _new_database()
    call("certutil", "-A", "-d", database, "-n", "first", "-t", "C,,", "-i", path)
    return pem_certificates(call("certutil", "-L", "-a", "-n", "first", "-d", database))


# GnuTLS


@functools.cache
def _gnutls_reader():
    need("pkg-config")
    if subprocess.run(["pkg-config", "--exists", "gnutls"]).returncode != 0:
        skip("GnuTLS is not installed for development")
    program = os.path.join(tempfile.mkdtemp(prefix="interop-"), "gnutls_reader")
    flags = subprocess.check_output(["pkg-config", "--cflags", "--libs", "gnutls"], text=True).split()
    subprocess.check_call(["cc", "-O1", "-Wall", "-Werror", os.path.join(HERE, "gnutls_reader.c"), "-o", program, *flags])
    return program


def gnutls_bundle(path, password):
    return _lines(call(_gnutls_reader(), "bundle", path, write(password)))


def gnutls_chain(path):
    return _lines(call(_gnutls_reader(), "chain", path)).certificates


# Java


@functools.cache
def _java_classes():
    need("javac")
    folder = tempfile.mkdtemp(prefix="interop-")
    subprocess.check_call(["javac", "-d", folder, os.path.join(HERE, "JavaReader.java")])
    return folder


def _java(*words):
    return _lines(call("java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", _java_classes(), "JavaReader", *words))


def java_bundle(path, password):
    return _java("bundle", path, write(password))


def java_chain(path):
    return _java("chain", path).certificates


def keytool_bundle(path, password):
    """keytool lists the chain; that the key opens is java_bundle()'s to show."""
    need("keytool")
    listing = call("keytool", "-list", "-rfc", "-keystore", path, "-storetype", "PKCS12", "-storepass:file", write(password))
    assert listing.count(b"Entry type: PrivateKeyEntry") == 1, listing.decode()
    return Found(None, pem_certificates(listing))


# node-forge


def _forge(*words):
    need("node")
    if not os.path.isdir(os.path.join(HERE, "node_modules", "node-forge")):
        skip("node-forge is not installed: npm ci --prefix tests/interop")
    return _lines(call("node", os.path.join(HERE, "forge_reader.mjs"), *words))


def forge_bundle(path, password):
    return _forge("bundle", path, write(password))


def forge_chain(path):
    return _forge("chain", path).certificates


BUNDLE_READERS = {
    "openssl": openssl_bundle,
    "nss": nss_bundle,
    "gnutls": gnutls_bundle,
    "java": java_bundle,
    "keytool": keytool_bundle,
    "node_forge": forge_bundle,
}
CHAIN_READERS = {
    "openssl": openssl_chain,
    "nss": nss_chain,
    "gnutls": gnutls_chain,
    "java": java_chain,
    "node_forge": forge_chain,
}
