"""Phones' certificates, and the headers in which proxies forward them to /auth/eas.

    phones = Phones(ferry)
    good = phones.mint("ann@example.com")
    answer = ask(ferry, [*ENCODINGS["rfc9440"](good.der), ("X-Original-URI", uri("ann@example.com"))])
"""

import base64
import http.client
import json
import os
import subprocess
import urllib.parse

from ferry import Answer

PATH = "/Microsoft-Server-ActiveSync"


def uri(user="ann@example.com", device="DEVICE1"):
    return f"{PATH}?Cmd=Sync&User={urllib.parse.quote(user)}&DeviceId={device}&DeviceType=Test"


def _run(*words):
    return subprocess.run(words, check=True, capture_output=True).stdout


class Phone:
    """A certificate and its key: files pem and key, the DER and, when it is one of ours, its serial."""

    def __init__(self, pem, key, serial=None):
        self.pem, self.key, self.serial = pem, key, serial
        self.der = _run("openssl", "x509", "-in", pem, "-outform", "DER")

    @property
    def pem_text(self):
        with open(self.pem, encoding="ascii") as file:
            text = file.read()
        return text[text.index("-----BEGIN CERTIFICATE") :]


class Phones:
    def __init__(self, ferry):
        self.ferry = ferry

    def _new(self, name):
        return self.ferry.file(f"{name}-{os.urandom(4).hex()}")

    def mint(self, user="ann@example.com"):
        base = self._new("phone")
        made = json.loads(self.ferry.command("mint", user, "--out", base + ".p12", "--json"))
        word = ["-passin", f"pass:{made['password']}", "-legacy"]
        _run("openssl", "pkcs12", "-in", base + ".p12", "-clcerts", "-nokeys", "-out", base + ".pem", *word)
        _run("openssl", "pkcs12", "-in", base + ".p12", "-nocerts", "-nodes", "-out", base + ".key", *word)
        return Phone(base + ".pem", base + ".key", made["serial"])

    def revoke(self, phone):
        self.ferry.command("cert", "revoke", phone.serial)

    def expired(self, user="ann@example.com"):
        """Signed by the issuing CA itself, two years ago."""
        base = self._new("expired")
        with open(base + ".ext", "w", encoding="ascii") as file:
            file.write(f"extendedKeyUsage=clientAuth\nsubjectAltName=email:{user}\n")
        _run("openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", base + ".key", "-subj", "/CN=old",
             "-out", base + ".csr")  # fmt: skip
        ca = self.ferry.file("authority/ca/issuing")
        _run("faketime", "-f", "-2y", "openssl", "x509", "-req", "-in", base + ".csr", "-CA", ca + ".pem", "-CAkey",
             ca + ".key", "-CAcreateserial", "-CAserial", base + ".srl", "-days", "30", "-extfile", base + ".ext",
             "-out", base + ".pem")  # fmt: skip
        return Phone(base + ".pem", base + ".key")

    def foreign(self, user="ann@example.com"):
        """Of nobody's CA, with the same name in it."""
        base = self._new("foreign")
        _run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", base + ".key", "-subj", "/CN=foreign",
             "-addext", "extendedKeyUsage=clientAuth", "-addext", f"subjectAltName=email:{user}", "-out", base + ".pem")  # fmt: skip
        return Phone(base + ".pem", base + ".key")


def pem_of(der):
    text = base64.b64encode(der).decode()
    lines = "\n".join(text[i : i + 64] for i in range(0, len(text), 64))
    return f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n"


def _base64(der):
    return base64.b64encode(der).decode()


def _escaped(der):
    return urllib.parse.quote(pem_of(der), safe="-_.~")


# By name: the setting of internal.certificate_header, and the headers of a certificate.
ENCODINGS = {
    "rfc9440": ("rfc9440", lambda der: [("Client-Cert", f":{_base64(der)}:")]),
    "nginx": ("pem", lambda der: [("X-SSL-Client-Cert", _escaped(der))]),
    "apache": ("pem", lambda der: [("X-SSL-Client-Cert", pem_of(der).strip().replace("\n", " "))]),
    "haproxy": ("der", lambda der: [("X-SSL-Client-Cert", _base64(der))]),
    "traefik": ("traefik", lambda der: [("X-Forwarded-Tls-Client-Cert", _base64(der))]),
    "traefik_old": ("traefik", lambda der: [("X-Forwarded-Tls-Client-Cert", urllib.parse.quote_plus(_base64(der)))]),
    "envoy": ("envoy", lambda der: [("X-Forwarded-Client-Cert", f'Hash=aa;Cert="{_escaped(der)}";Subject="CN=x,O=y"')]),
}  # fmt: skip


def ask(ferry, headers, method="GET", path="/auth/eas", source=None):
    """One question as a proxy asks it; headers as pairs, so that a name may stand twice."""
    where = (source, 0) if source else None
    connection = http.client.HTTPConnection("127.0.0.1", ferry.internal_port, timeout=60, source_address=where)
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in headers:
            connection.putheader(name, value)
        connection.endheaders()
        return Answer(connection.getresponse())
    finally:
        connection.close()
