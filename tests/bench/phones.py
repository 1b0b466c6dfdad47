"""Phones and what was seen of them, put into the database of an authority as the program would have left them.

    phones.fill(path, devices, sightings)      # so many sightings each; ids are device_id(0), device_id(1), ...
"""

import sqlite3
import time

import million

DEVICE = """id owner device_id user_name serial device_type agent address version last_seen_at allowed_count refused_count
reason first_seen_at allowed_at model os""".split()
SIGHTING = """device kind front at connection request_number handshake_age session_age address tls_version cipher certificate
fingerprint serial issuer not_after identity method command user_name device_id device_type agent version query policy_key
authorization_scheme authorization_user asked cut_off body reason detail http status""".split()
AGENT = "MSFT-WP/8.10.14219"
SECONDS = 97  # between two sightings of a phone


def device_id(number):
    return f"phone{number}"


def owner(number):
    return f"{million.mixed(number, 11):08x}" * 7 + f"{number:08x}"


def devices(count, each, now):
    for number in range(count):
        person = million.Person(number)
        refused = number % 20 == 0
        yield (
            device_id(number), owner(number), f"{million.mixed(number, 12):08x}", person.user, f"{number:010x}", "WP", AGENT,
            "192.0.2.9", 141, now - number % 1000, each, 0, "revoked" if refused else "allowed", now - each * SECONDS,
            now - number % 1000, person.device, "Windows Phone 8.1",
        )  # fmt: skip


def words(count, each, now):
    for number in range(count):
        person = million.Person(number)
        for word in sorted(million.words([person.user, f"{million.mixed(number, 12):08x}", person.device])):
            yield "device", device_id(number), word, now - each * SECONDS


def sightings(count, each, now):
    """In the order in which they came: those of one phone lie far apart."""
    for turn in range(each):
        for number in range(count):
            person = million.Person(number)
            yield (
                device_id(number), "request", "eas", now - (each - turn) * SECONDS, f"{turn // 10:032x}", 1 + turn % 10, 3, 40,
                "192.0.2.9", "TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256", "handshake" if turn % 10 == 0 else "resumed",
                bytes.fromhex(owner(number)), f"{number:010x}", "CN=Example Organisation Issuing CA", now + million.DAY,
                person.user, "POST", "Sync", person.user, f"{million.mixed(number, 12):08x}", "WP", AGENT, 141, "plain", 7, "",
                "", 0, 0, 120, "allowed", "", 200, 0,
            )  # fmt: skip


def fill(path, count, each):
    now = int(time.time())
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA cache_size = -200000")
    database.execute("BEGIN")
    million.insert(database, "device", DEVICE, devices(count, each, now))
    million.insert(database, "search_word", million.SEARCH, words(count, each, now))
    million.insert(database, "sighting", SIGHTING, sightings(count, each, now))
    database.execute("COMMIT")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
