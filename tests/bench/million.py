"""A database of a million certificates and a million links, made in minutes and kept for the next suite.

    folder = million.authority(program)      # a whole authority; to be copied before anything in it is changed

The program makes the authority and one real certificate; this file adds the rows as the program would have left them after
three years: links in every state, certificates that expire, are revoked or are long over, the words that lists are searched
by, bundles that were erased, and the audit as an unbroken chain. Totals are kept by the database's own triggers. What is made
depends on this file, the migrations and the count only, so it is the same in each run.

    python3 -B tests/bench/million.py COUNT FOLDER      # a database of COUNT each, to look at by hand
"""

import glob
import hashlib
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
import zlib

from ferry import Ferry

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
COUNT = 1_000_000
DAY = 86400
YEARS = 3
WORD_MOST = 64
MADE = "made.json"  # what init printed, in the authority's folder
ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"

GIVEN = """Anna Ben Clara David Élodie Emil Eva Felix Greta Hannes Ida Jakob Jörg Karla Käthe Leo Lena Martin Mia Noah Nora
Oskar Paula Quentin Rosa René Sophie Simon Tilda Tom Ulrike Uwe Vera Viktor Wanda Zoë Jürgen Björn Sören Renée""".split()
FRONT = """Acker Berg Birken Brunn Bäcker Dorn Eichen Fels Fischer Garten Gold Hasen Heide Hoch Holz Kirch Klein Königs Linden
Müller Neu Ober Rosen Schmiede Schön Stein Tannen Ulmen Wald Weiß Wiesen Zimmer""".split()
BACK = """mann bauer meier hofer berger fels bach stein huber wald thal heim kamp rath brück müller kötter hauer lein
groß schmidt""".split()
DEVICES = ["", "", "", "iPhone 15", "iPhone 16 Pro", "Pixel 9", "Galaxy S24", "Galaxy Tab", "iPad", "Laptop"]
FOLDED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "ae", "Ö": "oe", "Ü": "ue", "é": "e", "É": "e", "ë": "e"})


def fold(text):
    """As text_append_ascii() and then lower case, for the letters of the names above."""
    folded = text.translate(FOLDED).lower()
    assert folded.isascii(), text
    return folded


def words(texts):
    """The words that search_add() of src/store/search.c writes: the text from each of its words on, up to an '@'."""
    found = set()
    for text in texts:
        folded, inside = fold(text), False
        for at, letter in enumerate(folded):
            if letter == "@":
                break
            is_word = letter.isalnum()
            if is_word and not inside:
                found.add(folded[at : at + WORD_MOST])
            inside = is_word
    return found


def mixed(number, salt):
    """A number below 2**32 that looks random and costs little; the same each time."""
    return zlib.crc32(number.to_bytes(8, "big"), salt)


GIVEN = [(name, fold(name)) for name in GIVEN]
FAMILIES = [(front + back, fold(front + back)) for front in FRONT for back in BACK]


class Person:
    def __init__(self, number):
        given, folded_given = GIVEN[mixed(number, 1) % len(GIVEN)]
        family, folded_family = FAMILIES[mixed(number, 2) % len(FAMILIES)]
        self.name = f"{given} {family}"
        self.user = f"{folded_given}.{folded_family}.{number}@example.org"
        self.device = DEVICES[mixed(number, 3) % len(DEVICES)]


# The states that links are in after three years, in parts of a thousand. Those that only a recent link can have are few.
STATES = [
    ("in_use", 620), ("closed", 250), ("expired", 60), ("rearmed", 20), ("cancelled", 25), ("locked", 10), ("issued", 10),
    ("opened", 4), ("delivered", 1),
]  # fmt: skip
CLAIMED = {"in_use", "closed", "delivered"}
RECENT = {"issued", "opened", "delivered"}


class Making:
    """Rows in the order of their keys, so that the tables are written from front to back."""

    def __init__(self, count, now, der, serial):
        self.count, self.now = count, now
        self.chosen = random.Random(count)
        self.der, self.serial_at, self.serial_size = der, der.index(bytes.fromhex(serial)), len(serial) // 2
        self.link_ids = sorted(self._distinct(lambda: "".join(self.chosen.choices(ALPHABET, k=10))))
        size = self.serial_size
        least = 192 if int(serial[:2], 16) > 127 else 64  # where the first one has an octet 00 in front, all need one
        self.serials = sorted(self._distinct(lambda: f"{least + self.chosen.randrange(64):x}{self.chosen.randbytes(size - 1).hex()}"))
        states = [state for state, parts in STATES for _ in range(parts * count // 1000)]
        self.states = (states + ["closed"] * (count - len(states)))[:count]
        self.chosen.shuffle(self.states)
        self.serial_of = dict(zip((n for n in range(count) if self.states[n] in CLAIMED), self.serials))
        self.acts = []  # (at, action, object id, detail)

    def _distinct(self, draw):
        found = set()
        while len(found) < self.count:
            found.add(draw())
        return found

    def created_at(self, number):
        span = 600 if self.states[number] in RECENT else YEARS * 365 * DAY
        return self.now - 60 - mixed(number, 4) % span

    def links(self):
        for number, id in enumerate(self.link_ids):
            person, state, created = Person(number), self.states[number], self.created_at(number)
            claimed = created + 30 if state in CLAIMED else None
            serial = self.serial_of.get(number)
            self.acts.append((created, "link.create", id, {"user": person.user, "packing": "compat"}))
            if claimed:
                self.acts.append((claimed, "link.claimed", id, {"serial": serial}))
            over = {name: created + 3 * DAY if state == name else None for name in ("expired", "locked", "cancelled")}
            successor = self.link_ids[(number + 1) % self.count] if state == "rearmed" else None
            yield (
                id, hashlib.sha256(id.encode()).digest(), hashlib.sha256(b"pin" + id.encode()).digest(), person.user,
                person.name, person.user, "", person.device, "compat", 900, created, "operator:anna", created + 3 * DAY,
                created + 20 if claimed or state == "opened" else None, 1 if claimed else 0, serial,
                "192.0.2.7" if claimed else "", "iPhone" if claimed else "", claimed, claimed and claimed + 900,
                claimed and claimed + 2, claimed + 60 if state == "in_use" else None,
                over["expired"] or (created + 3 * DAY if state == "rearmed" else None), over["locked"], over["cancelled"],
                claimed + 900 if claimed and state != "delivered" else None, successor,
            )  # fmt: skip

    def certificates(self):
        number_of = {serial: number for number, serial in self.serial_of.items()}
        for place, serial in enumerate(self.serials):
            number = number_of.get(serial, place)
            linked = serial in number_of
            person, at = Person(number), self.created_at(number) + 30
            state = "revoked" if place % 7 == 0 else "issued"
            revoked = at + DAY if state == "revoked" else None
            if revoked:
                self.acts.append((revoked, "certificate.revoke", serial, {"user": person.user}))
            der = bytearray(self.der)
            der[self.serial_at : self.serial_at + self.serial_size] = bytes.fromhex(serial)
            yield (
                serial, "issuing", "user", person.user, person.name, person.user, person.device, at, at + 365 * DAY, state,
                bytes(der), at, at + 30, at, revoked, 4 if revoked else None,
                "phone" if linked else "operator:anna", self.link_ids[number] if linked else None,
            )  # fmt: skip

    def bundles(self):
        for number, id in enumerate(self.link_ids):
            if self.states[number] in CLAIMED:
                at = self.created_at(number) + 30
                yield id, hashlib.sha256(b"ticket" + id.encode()).digest(), "compat", '"e"', 4000, at, at + 900

    def search_words(self):
        number_of = {serial: number for number, serial in self.serial_of.items()}
        for place, serial in enumerate(self.serials):
            number = number_of.get(serial, place)
            person, at = Person(number), self.created_at(number) + 30
            for word in sorted(words([serial, person.user, person.name, person.device])):
                yield "certificate", serial, word, at
        for number, id in enumerate(self.link_ids):
            person, at = Person(number), self.created_at(number)
            for word in sorted(words([person.user, person.name, person.device])):
                yield "link", id, word, at

    def audit(self, last, before):
        """Rows behind the last one, as src/store/audit_store.c chains them."""
        self.acts.sort(key=lambda act: act[0])
        for number, (at, action, object_id, values) in enumerate(self.acts, last + 1):
            kind, detail = action.partition(".")[0], json.dumps(values, separators=(",", ":"))
            parts = (before.hex(), str(number), str(at), "operator:anna", action, kind, object_id, "192.0.2.7", detail)
            lines = "".join(f"{len(part.encode())}:{part}\n" for part in parts)
            before = hashlib.sha256(b"certferry audit 1\n" + lines.encode()).digest()
            yield number, at, "operator:anna", action, kind, object_id, "192.0.2.7", detail, before


LINK = """id token_hash pin_mac user_name person_name mail sid device packing window_seconds created_at created_by expires_at
opened_at opened_count claim_serial claim_address claim_agent claimed_at window_ends_at delivered_at in_use_at expired_at
locked_at cancelled_at closed_at rearmed_as""".split()
CERTIFICATE = """serial issuer profile user_name person_name mail device not_before not_after state der reserved_at lease_until
issued_at revoked_at reason created_by link_id""".split()
BUNDLE = "link_id ticket_hash packing etag size created_at erased_at".split()
SEARCH = "kind object_id word created_at".split()
AUDIT = "id at actor action object_kind object_id address detail hash".split()


def insert(database, table, columns, rows):
    marks = ", ".join("?" * len(columns))
    database.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)


def fill(path, count, der, serial):
    database = sqlite3.connect(path, isolation_level=None)
    for setting in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -600000", "temp_store = FILE"):
        database.execute(f"PRAGMA {setting}")
    now = int(time.time())
    making = Making(count, now, der, serial)
    indexes = [sql for (sql,) in database.execute("SELECT sql FROM sqlite_master WHERE type = 'index' AND sql NOT NULL")]
    names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND sql NOT NULL")]
    database.execute("BEGIN")
    for name in names:
        database.execute(f"DROP INDEX {name}")
    insert(database, "link", LINK, making.links())
    insert(database, "certificate", CERTIFICATE, making.certificates())
    insert(database, "bundle", BUNDLE, making.bundles())
    insert(database, "search_word", SEARCH, making.search_words())
    last, before = database.execute("SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1").fetchone()
    insert(database, "audit", AUDIT, making.audit(last, before))
    for sql in indexes:
        database.execute(sql)
    database.execute("COMMIT")
    database.execute("PRAGMA journal_mode = WAL")
    database.close()


def make(program, folder, count):
    """A whole authority in `folder` with so many rows of each."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CERTFERRY_")}

    def certferry(*words):
        done = subprocess.run([program, *words], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    made = certferry("init", folder, "--name", "Example Organisation", "--host", "127.0.0.1", "--json")
    with open(os.path.join(folder, MADE), "w", encoding="utf-8") as file:
        file.write(made)
    config = os.path.join(folder, "certferry.conf")
    pfx = os.path.join(folder, "first.p12")
    minted = json.loads(certferry("-c", config, "mint", "first@example.org", "--json", "--out", pfx))
    pem = certferry("-c", config, "cert", "show", minted["serial"], "--pem")
    der = subprocess.run(["openssl", "x509", "-outform", "DER"], input=pem.encode(), capture_output=True, check=True).stdout
    os.unlink(pfx)
    fill(os.path.join(folder, "certferry.db"), count, der, minted["serial"])


def stamp(count):
    digest = hashlib.sha256(str(count).encode())
    for path in [__file__, *sorted(glob.glob(f"{TOP}/db/sqlite/*.sql"))]:
        with open(path, "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()[:16]


def authority(program, count=COUNT):
    """The folder of the authority, made when there is none of this stamp; older ones are removed."""
    cache = os.environ.get("CERTFERRY_BENCH_CACHE", f"{TOP}/.build/bench")
    folder = f"{cache}/authority-{count}-{stamp(count)}"
    # Rows are dated from the day they were made on: after a day, what was recent is not any more.
    if os.path.isdir(folder) and time.time() - os.stat(folder).st_mtime < DAY / 2:
        return folder
    for old in glob.glob(f"{cache}/authority-{count}-*"):
        shutil.rmtree(old)
    partial = f"{cache}/partial-{count}"
    shutil.rmtree(partial, ignore_errors=True)
    os.makedirs(cache, exist_ok=True)
    make(program, partial, count)
    os.rename(partial, folder)
    return folder


class Copy(Ferry):
    """A server on a copy of such an authority."""

    def __init__(self, count, **settings):
        super().__init__(program=os.environ["CERTFERRY_RELEASE"], **settings)
        self.count = count

    def init(self):
        folder = self.file("authority")
        subprocess.run(["cp", "-a", "--reflink=auto", authority(self.program, self.count), folder], check=True)
        self.config = os.path.join(folder, "certferry.conf")
        with open(os.path.join(folder, MADE), encoding="utf-8") as file:
            self.authority = json.load(file)


if __name__ == "__main__":
    begun = time.monotonic()
    make(os.environ["CERTFERRY_RELEASE"], sys.argv[2], int(sys.argv[1]))
    print(f"{time.monotonic() - begun:.1f} s")
