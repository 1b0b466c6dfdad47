"""Revoked certificates by the thousand, straight into the database, and what a list in a file says of itself."""

import hashlib
import os
import re
import sqlite3
import subprocess
import time

DAY = 86400


def authority_file(ferry, name):
    return os.path.join(os.path.dirname(ferry.config), name)


def ask(ferry, sql):
    """The first row."""
    connection = sqlite3.connect(authority_file(ferry, "certferry.db"), timeout=60)
    try:
        return connection.execute(sql).fetchone()
    finally:
        connection.close()


def serial_of(number):
    return "7" + hashlib.sha256(str(number).encode()).hexdigest()[:31]


def add_revoked(ferry, count, first=0, size=1):
    """`count` certificates of `size` bytes, all revoked, in one transaction and as one change."""
    now = int(time.time())
    rows = [(serial_of(n), now + 30 * DAY + n % (300 * DAY), now - n % DAY, n % 2) for n in range(first, first + count)]
    rows.sort()
    connection = sqlite3.connect(authority_file(ferry, "certferry.db"), timeout=60)
    connection.execute("PRAGMA cache_size = -400000")
    with connection:
        connection.executemany(
            "INSERT INTO certificate (serial, issuer, profile, user_name, person_name, mail, device, not_before,"
            " not_after, state, der, reserved_at, lease_until, issued_at, revoked_at, reason, created_by)"
            f" VALUES (?1, 'issuing', 'user', ?1, '', '', '', 0, ?2, 'revoked', zeroblob({size}), 1, 0, 1, ?3, ?4, 'test')",
            rows,
        )
        connection.execute("UPDATE crl SET changes = changes + 1 WHERE issuer = 'issuing'")
    connection.close()


def published(ferry, issuer="issuing"):
    """(number, entries) of the list that is recorded as published."""
    return ask(ferry, f"SELECT number, entries FROM crl WHERE issuer = '{issuer}'")


def read_list(path, certificate):
    """{"number", "this", "next", "count"} of a list whose signature openssl has verified."""
    words = ["openssl", "crl", "-inform", "DER", "-in", path, "-CAfile", certificate, "-noout", "-text"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0 and "verify OK" in done.stderr, done.stderr
    text = done.stdout
    return {
        "number": int(re.search(r"CRL Number: \n\s+(\d+|0x[0-9A-F]+)", text).group(1), 0),
        "this": re.search(r"Last Update: (.*)", text).group(1),
        "next": re.search(r"Next Update: (.*)", text).group(1),
        "count": text.count("Serial Number:"),
    }
