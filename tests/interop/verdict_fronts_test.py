"""tests/data/verdict through a server: the EAS listener and /auth/eas in every encoding give each row the reason that
`certferry eas verify` gives it (verdict_test.py asks that one).

The server's clock starts at the moment of a row; it stands still there where the next second would be too late. Rows that
need the same trust are asked one after the other; then the configuration is written anew: helpers and lists of one row
must not help another."""

import base64
import glob
import http.client
import json
import os
import signal
import ssl
import time
import urllib.parse

from ferry import release_ferry
from forwarded import PATH, ask, pem_of
from tap import case, note, run, skip
from tls_client import ask as ask_phone
from tls_client import connect, write_secret

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "verdict")
LIBRARY = next(iter(glob.glob("/usr/lib/*/faketime/libfaketime.so.1")), None)
LISTENER = "the EAS listener"

# Rows that are not sent to the listener: no TLS client has them.
NOT_BY_TLS = {
    "garbage.pem": "no library has such a certificate",
    "cut.pem": "no library has such a certificate",
    "ber.pem": "no library has such a certificate",
    "longer.pem": "a library leaves out what follows the certificate",
    "many_bits.pem": "nobody has its private key",
}
# Rows that a front does not carry to a verdict, and what happens instead.
ENDED, TOO_LARGE = "the handshake ends", "431"
CUT_OFF = {("fifty.pem", LISTENER): ENDED, ("fifty.pem", "/auth/eas"): TOO_LARGE, ("huge.pem", "/auth/eas"): TOO_LARGE}
# The last seconds of which a row is true: a clock that stands still costs a server much.
STANDING = ("2025-12-31T23:59:59Z", "2026-04-11T00:00:00Z")
# CAs that the phone sends itself; the server has to know them for their lists.
KNOWN = {"deep_sent.pem": "both.pem"}


def path(name):
    return os.path.join(HERE, name)


# ---- certificates ----


def read(name):
    with open(path(name), "rb") as file:
        return file.read()


def ders_of(name):
    """All certificates of a PEM file; what is no PEM comes as it is."""
    blocks = read(name).split(b"-----BEGIN CERTIFICATE-----")[1:]
    if not blocks:
        return [read(name)]
    return [base64.b64decode(b"".join(block.split(b"-----END")[0].split())) for block in blocks]


def text_of(der):
    return base64.b64encode(der).decode()


def escaped(ders):
    return urllib.parse.quote("".join(map(pem_of, ders)), safe="-_.~")


def list_of_rfc9440(ders):
    return ", ".join(f":{text_of(der)}:" for der in ders)


# By the word of internal.certificate_header: the headers of a leaf and what was sent with it.
ENCODERS = {
    "rfc9440": lambda leaf, chain: [("Client-Cert", list_of_rfc9440([leaf])), ("Client-Cert-Chain", list_of_rfc9440(chain))],
    "pem": lambda leaf, chain: [("X-SSL-Client-Cert", escaped([leaf])), ("X-SSL-Client-Cert-Chain", escaped(chain))],
    "der": lambda leaf, chain: [("X-SSL-Client-Cert", text_of(leaf)), ("X-SSL-Client-Cert-Chain", text_of(b"".join(chain)))],
    "traefik": lambda leaf, chain: [("X-Forwarded-Tls-Client-Cert", ",".join(map(text_of, [leaf, *chain])))],
    "envoy": lambda leaf, chain: [("X-Forwarded-Client-Cert", f'Hash=aa;Cert="{escaped([leaf])}";Chain="{escaped([leaf, *chain])}"')],
}  # fmt: skip


# ---- one server at a time, with the trust of one group of rows ----


def group_of(row):
    return row["at"], row["anchors"], KNOWN.get(row["leaf"], row["untrusted"]), row["crls"], tuple(row["policies"])


class World:
    def __init__(self, rows):
        self.rows = rows
        self.ferry = None
        self.at = None
        self.number = 0
        self.answers = {}  # by the number of a row: the reason by front
        self.asked = set()  # groups

    def start(self, at):
        self.stop()
        self.at = at
        ferry = self.ferry = release_ferry()
        moment = "@" * (at not in STANDING) + at.replace("T", " ").removesuffix("Z")
        ferry.environment.update(LD_PRELOAD=LIBRARY, FAKETIME=moment, TZ="UTC", FAKETIME_DONT_FAKE_MONOTONIC="1")
        ferry.options = ["--key", "ec-p256"]
        ferry.init()
        with open(ferry.config, encoding="utf-8") as file:
            self.plain = file.read()
        ferry.serve()

    def stop(self):
        if self.ferry is None:
            return
        code, log = self.ferry.stop(), self.ferry.log
        self.ferry.close()
        self.ferry = None
        assert code == 0, log[-4000:]

    def lists_of(self, group):
        """CRLs of the anchor and of those CAs that came with the certificate."""
        _, anchors, untrusted, crls, _ = group
        names = [anchors, *([untrusted] if untrusted else [])]
        parts = {"both.pem": ["wide", "sub"], "too_deep_way.pem": ["issuing", "too_deep"]}
        cas = [part for name in names for part in parts.get(name, [name.removesuffix(".pem")])]
        found = sorted(os.listdir(path(crls)))
        if len(found) <= 3:
            return [os.path.join(path(crls), name) for name in found]
        return [os.path.join(path(crls), name) for name in found if name.split(".")[0].split("_revoked")[0] in cas]

    def trust(self, group):
        """The section of the anchor with its helpers and lists. The last list is missing: as soon as that is known, the
        others are in use."""
        _, anchors, untrusted, crls, policies = group
        lines = [f'certificate = "{path(anchors)}"', f"revocation = {'hard' if crls else 'soft'}"]
        if untrusted:
            lines.append(f'helpers = "{path(untrusted)}"')
        if policies:
            lines.append("policies = {" + ", ".join(f'"{policy}"' for policy in policies) + "}")
        if crls:
            lists = [*self.lists_of(group), self.ferry.file("missing.crl")]
            lines.append("crl = {" + ", ".join(f'"{name}"' for name in lists) + "}")
        return f'anchor "group{self.number}" {{\n' + "\n".join(lines) + "\n}\n"

    def serve_with(self, encoding, section, wait_for_lists):
        done = "CA files were read again"
        before = self.ferry.log.count(done)
        with open(self.ferry.config, "w", encoding="utf-8") as file:
            file.write(self.plain.replace("# certificate_header = off", f"certificate_header = {encoding}") + section)
        self.ferry.server.send_signal(signal.SIGHUP)
        self.wait(lambda: self.ferry.log.count(done) > before)
        missing = f"SELECT 1 FROM trust_source WHERE anchor = 'group{self.number}' AND source LIKE '%missing.crl'"
        if wait_for_lists:
            self.wait(lambda: self.ferry.sql(missing))

    def wait(self, is_done):
        while not is_done():
            assert self.ferry.server.poll() is None and "nothing was changed" not in self.ferry.log, self.ferry.log[-4000:]
            time.sleep(0.02)

    # Questions

    def ask_group(self, group):
        if group[0] != self.at:
            self.start(group[0])
        self.number += 1
        members = [number for number, row in enumerate(self.rows) if group_of(row) == group]
        section = self.trust(group)
        for encoding in ENCODERS:
            self.serve_with(encoding, section, group[3] is not None and encoding == next(iter(ENCODERS)))
            for number in members:
                self.keep(number, encoding, self.ask_proxied, encoding)
        for number in members:
            if self.rows[number]["leaf"] not in NOT_BY_TLS:
                self.keep(number, LISTENER, self.ask_listener)

    def keep(self, number, front, ask_one, *more):
        try:
            answer = ask_one(number, *more)
        except (OSError, http.client.BadStatusLine):
            answer = ENDED
        self.answers.setdefault(number, {})[front] = answer

    def query(self, number):
        user = self.rows[number]["user"]
        words = {"Cmd": "Sync", "User": user or "", "DeviceId": f"row{number}", "DeviceType": "x"}
        return urllib.parse.urlencode(words) if user else ""

    def sent(self, number):
        """Leaf, and the chain that came with it."""
        row = self.rows[number]
        leaf, *chain = ders_of(row["leaf"])
        return leaf, chain or (ders_of(row["untrusted"]) if row["untrusted"] else [])

    def ask_proxied(self, number, encoding):
        headers = [(name, value) for name, value in ENCODERS[encoding](*self.sent(number)) if value]
        address = f"{PATH}?{self.query(number)}".removesuffix("?")
        answer = ask(self.ferry, [*headers, ("X-Original-URI", address)])
        return answer["X-Certferry-Reason"] or str(answer.status)

    def ask_listener(self, number):
        leaf, chain = self.sent(number)
        pem = self.ferry.file("phone.pem")
        write_secret(pem, "".join(map(pem_of, [leaf, *chain])).encode() + read(self.rows[number]["key"]))
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        made.check_hostname, made.verify_mode = False, ssl.CERT_NONE  # its time is another
        made.set_ciphers("DEFAULT:@SECLEVEL=0")
        made.load_cert_chain(pem)
        with connect(self.ferry, made) as connection:
            target = f"{PATH}?{self.query(number)}".removesuffix("?")
            status, headers, _ = ask_phone(connection, self.ferry, "OPTIONS", target)
            return "allowed" if status == 200 else headers["X-Certferry-Reason"]

    def reasons(self, number):
        group = group_of(self.rows[number])
        if group not in self.asked:
            self.asked.add(group)
            self.ask_group(group)
        return self.answers.get(number, {})


def expected_of(row):
    fronts = {LISTENER: LISTENER} if row["leaf"] not in NOT_BY_TLS else {}
    fronts.update(dict.fromkeys(ENCODERS, "/auth/eas"))
    return {front: CUT_OFF.get((row["leaf"], kind), row["expected"]) for front, kind in fronts.items()}


def same_reason_everywhere(world, number):
    if LIBRARY is None:
        skip("faketime is not installed")
    row = world.rows[number]
    assert world.reasons(number) == expected_of(row), (row, world.reasons(number))


with open(path("table.json"), encoding="ascii") as table:
    WORLD = World(json.load(table))
# In the order of time: no clock of a server is set back.
for _number in sorted(range(len(WORLD.rows)), key=lambda number: (group_of(WORLD.rows[number])[0], number)):
    _row = WORLD.rows[_number]
    _name = f"{_number}_{_row['leaf'].removesuffix('.pem')}_is_{_row['expected']}_at_every_front"
    case(_name, same_reason_everywhere, WORLD, _number)
for _leaf, _why in NOT_BY_TLS.items():
    note(f"{_leaf} is not sent to the EAS listener: {_why}")
note(f"{sum(row['leaf'] in NOT_BY_TLS for row in WORLD.rows)} of {len(WORLD.rows)} rows are not sent there")
try:
    run()
finally:
    WORLD.stop()
