"""TLS clients of the eas listener: openssl s_client and Python's ssl, with certificates good and bad.

    shown = seen(ferry, Identity(ferry, "ann@example.com"))
    assert shown["certificates"] == 2
"""

import http.client
import json
import os
import socket
import ssl
import subprocess

PATH = "/Microsoft-Server-ActiveSync"
SIGNED_SELF = ["openssl", "req", "-x509", "-days", "2", "-subj", "/CN=somebody"]


def openssl(*words, **options):
    return subprocess.run(["openssl", *words], check=True, capture_output=True, **options).stdout


class Identity:
    """A certificate of the authority with its chain and key, as one PEM file."""

    def __init__(self, ferry, user):
        bundle = ferry.file(f"{user}.p12")
        minted = json.loads(ferry.command("mint", user, "--packing", "modern", "--out", bundle, "--json"))
        self.serial = minted["serial"]
        self.path = bundle + ".pem"
        text = openssl("pkcs12", "-in", bundle, "-nodes", "-passin", "stdin", input=minted["password"].encode())
        write_secret(self.path, text)


def write_secret(path, content):
    with open(path, "wb", opener=lambda file, flags: os.open(file, flags, 0o600)) as file:
        file.write(content)


def signed_by_itself(folder, name, key=None, comment=0, copies=1):
    """A PEM file with a key and `copies` of its certificate, which carries a comment of so many bytes."""
    path, config = os.path.join(folder, name + ".pem"), os.path.join(folder, name + ".cnf")
    with open(config, "w", encoding="ascii") as file:
        file.write("[req]\ndistinguished_name=dn\n[dn]\n[all]\n")
        if comment:
            file.write(f"1.2.3.4=ASN1:FORMAT:HEX,OCTETSTRING:{'ab' * comment}\n")
    new = ["-key", key] if key else ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    keyout = os.path.join(folder, name + ".key")
    words = ["req", "-x509", *new, "-nodes", "-days", "2", "-subj", "/CN=somebody", "-config", config, "-extensions", "all"]
    certificate = openssl(*words, *([] if key else ["-keyout", keyout]))
    with open(key or keyout, "rb") as file:
        write_secret(path, file.read() + certificate * copies)
    return path


def context(ferry, pem=None, version=None):
    made = ssl.create_default_context(cafile=ferry.file("authority/ca/root.pem"))
    if version:
        made.minimum_version = made.maximum_version = version
    if pem:
        made.load_cert_chain(pem)
    return made


def connect(ferry, made, session=None):
    plain = socket.create_connection(("127.0.0.1", ferry.eas_port), 60)
    try:
        return made.wrap_socket(plain, server_hostname=ferry.host, session=session)
    except BaseException:
        plain.close()
        raise


def ask(connection, ferry, method="GET", path=PATH, keep=False):
    """The answer: status, headers, body."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {ferry.host}", "Accept: application/json"]
    lines += ["Content-Length: 0"] * (method == "POST") + ["Connection: close"] * (not keep)
    connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    response = http.client.HTTPResponse(connection, method=method)
    response.begin()
    return response.status, response.headers, response.read()


def seen(ferry, made, session=None):
    """What the server says that it saw, and the session to resume next."""
    with connect(ferry, made, session) as connection:
        status, _, body = ask(connection, ferry)
        assert status == 501, (status, body)  # a GET is nothing of the protocol, and is told what TLS saw
        return json.loads(body), connection.session


def s_client(ferry, *options, port=None, request=True, asked=None):
    """All that openssl s_client printed: what was negotiated, and the answer to one request; `asked` is another one."""
    asked = asked or f"GET {PATH} HTTP/1.1\r\nHost: {ferry.host}\r\nAccept: application/json\r\nConnection: close\r\n\r\n"
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{port or ferry.eas_port}", "-servername", ferry.host, "-ign_eof",
         *options], input=asked if request else "", capture_output=True, text=True)  # fmt: skip
    return done.stdout + done.stderr


def answer_in(shown):
    """The JSON in what s_client printed."""
    start = shown.find('{"verdict"')
    assert start >= 0, shown[-1500:]
    return json.JSONDecoder().raw_decode(shown[start:])[0]


def hello(most=ssl.TLSVersion.MAXIMUM_SUPPORTED):
    """A ClientHello as Python sends it."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    made = ssl.create_default_context()
    made.maximum_version = most
    waiting = made.wrap_bio(incoming, outgoing, server_hostname="localhost")
    try:
        waiting.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()
