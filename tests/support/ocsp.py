"""OCSP as clients speak it: questions and answers through the openssl command, and revocations by ours.

A refusal is compared by its bytes: MALFORMED, TRY_LATER, UNAUTHORIZED.
"""

import base64
import os
import re
import sqlite3
import subprocess
import tempfile

MALFORMED, INTERNAL, TRY_LATER, UNAUTHORIZED = (bytes([0x30, 3, 0x0A, 1, code]) for code in (1, 2, 3, 6))


def _openssl(*words, **options):
    return subprocess.run(["openssl", "ocsp", *words], capture_output=True, text=True, **options)


def question(ferry, *serials, nonce=False, sha256=False, issuer="issuing"):
    """DER of a request about these serials (hexadecimal)."""
    path = os.path.join(tempfile.mkdtemp(prefix="ocsp-"), "question.der")
    words = ["-sha256"] if sha256 else []
    words += ["-issuer", ferry.file(f"authority/ca/{issuer}.pem")]
    for serial in serials:
        words += ["-serial", "0x" + serial]
    done = _openssl(*words, *([] if nonce else ["-no_nonce"]), "-reqout", path)
    assert os.path.exists(path), done.stderr
    with open(path, "rb") as file:
        return file.read()


def read(ferry, answer, asked, *serials, sha256=False):
    """Verifies the answer to the request from the root, nonce and times too; [(status, reason or None)] in order."""
    folder = tempfile.mkdtemp(prefix="ocsp-")
    paths = []
    for name, content in (("question", asked), ("answer", answer)):
        paths.append(os.path.join(folder, name))
        with open(paths[-1], "wb") as file:
            file.write(content)
    issuing = ferry.file("authority/ca/issuing.pem")
    known = ["-respin", paths[1], "-CAfile", ferry.file("authority/ca/root.pem"), "-verify_other", issuing]
    verified = _openssl("-reqin", paths[0], *known)
    assert verified.returncode == 0 and verified.stderr.strip() == "Response verify OK", verified.stderr
    # With -reqin it prints no status: the certificates are named again for that.
    words = ["-sha256"] if sha256 else []
    words += ["-issuer", issuing]
    for serial in serials:
        words += ["-serial", "0x" + serial]
    done = _openssl(*words, "-no_nonce", *known)
    assert done.returncode == 0, done.stderr
    found = []
    for serial in serials:
        part = re.search(rf"^0x{serial}: (\w+)\n((?:\t.*\n?)*)", done.stdout, re.MULTILINE)
        assert part, done.stdout
        reason = re.search(r"Reason: (\w+)", part[2])
        found.append((part[1], reason and reason[1]))
    return found


def ask(ferry, *serials, nonce=False, sha256=False, https=False):
    """What POST /ocsp says about each: [(status, reason)]."""
    asked = question(ferry, *serials, nonce=nonce, sha256=sha256)
    answer = post(ferry, asked, https=https)
    assert answer.status == 200 and answer["Content-Type"] == "application/ocsp-response", answer
    return read(ferry, answer.body, asked, *serials, sha256=sha256)


def post(ferry, der, **options):
    options.setdefault("https", False)
    options.setdefault("Content_Type", "application/ocsp-request")
    return ferry.request("POST", "/ocsp", der, **options)


def path(der):
    return "/ocsp/" + base64.b64encode(der).decode()


def get(ferry, der, **options):
    options.setdefault("https", False)
    return ferry.get(path(der), **options)


def sql(ferry, statement, *values):
    """One statement on the database from another process; its rows."""
    connection = sqlite3.connect(ferry.file("authority/certferry.db"), timeout=60)
    try:
        with connection:
            return connection.execute(statement, values).fetchall()
    finally:
        connection.close()


def revoke(ferry, serial, reason="keyCompromise"):
    ferry.command("cert", "revoke", serial, "--reason", reason)
