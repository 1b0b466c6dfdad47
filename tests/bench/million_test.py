"""A million certificates and a million links cost no more than hardly any.

Each list, search, page and claim is timed in turn on two servers of the same build: one with enough rows to fill a page of
every list, one with a million of each. What is compared is the 99th percentile of the one with that of the other.
"""

import http.client
import sqlite3
import subprocess
import time
import urllib.parse

import million
from tap import case, note, run

FEW, MANY = 400, million.COUNT
ROUNDS = 250
COMMANDS = 40
CLAIMS = 60
MOST = 2.0
PASSWORD = "correct horse battery staple"


def percentile(times, part=0.99):
    return sorted(times)[min(len(times) - 1, int(len(times) * part))]


class Desk:
    """An operator's browser: one connection that stays open, and the cookie of a log-in."""

    def __init__(self, server):
        self.server = server
        self.connection = http.client.HTTPSConnection("127.0.0.1", server.https_port, context=server.tls)
        self.cookie = self._log_in(server.authority["password"])
        self._post("/admin/password", old=server.authority["password"], new=PASSWORD, again=PASSWORD)
        self.cookie = self._log_in(PASSWORD)
        database = sqlite3.connect(server.file("authority/certferry.db"))
        self.serial, self.user = database.execute(
            "SELECT serial, user_name FROM certificate WHERE profile = 'user' AND state = 'issued' AND serial > '6' LIMIT 1"
        ).fetchone()
        self.link, self.middle = database.execute("SELECT id, id FROM link WHERE id > 'k' LIMIT 1").fetchone()
        self.middle = database.execute("SELECT serial FROM certificate WHERE serial > '5' LIMIT 1").fetchone()[0]
        database.close()

    def _request(self, method, path, body=None, headers=()):
        host = f"127.0.0.1:{self.server.https_port}"
        fields = {"Host": host, "Origin": f"https://{host}", **dict(headers)}
        if body is not None:
            fields["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request(method, path, body=body, headers=fields)
        answer = self.connection.getresponse()
        return answer, answer.read()

    def _post(self, path, **fields):
        headers = {"Cookie": self.cookie} if hasattr(self, "cookie") else {}
        answer, body = self._request("POST", path, urllib.parse.urlencode(fields), headers)
        assert answer.status == 303, (answer.status, body[:500])
        return answer

    def _log_in(self, password):
        answer = self._post("/admin/login", name=self.server.authority["admin"], password=password)
        return answer.getheader("Set-Cookie").split(";")[0]

    def get(self, path):
        """Seconds that the page takes, and its length."""
        path = path.format(user=urllib.parse.quote(self.user), serial=self.serial, part=self.serial[:12], link=self.link,
                           middle=self.middle)  # fmt: skip
        begun = time.perf_counter()
        answer, body = self._request("GET", path, headers={"Cookie": self.cookie})
        took = time.perf_counter() - begun
        assert answer.status == 200, f"{path}: {answer.status} {body[:300]}"
        return took, len(body)


def compare(what, few, many):
    low, high = percentile(few), percentile(many)
    note(f"{what}: {low * 1000:.1f} ms with {FEW}, {high * 1000:.1f} ms with {MANY}: {high / low:.2f} times")
    assert high < MOST * low, f"{high / low:.2f} times"


# The server with few rows, then the one with many.
SERVERS = [million.Copy(FEW, bundle_key_pool=128), million.Copy(MANY, bundle_key_pool=128)]
DESKS = []


def page(path):
    for desk in DESKS:
        for _ in range(3):
            desk.get(path)
    times = [[], []]
    for _ in range(ROUNDS):
        for taken, desk in zip(times, DESKS):
            taken.append(desk.get(path)[0])
    compare(path, *times)


def command(*words):
    times = [[], []]
    for _ in range(COMMANDS):
        for taken, desk in zip(times, DESKS):
            filled = [word.format(serial=desk.serial, user=desk.user, link=desk.link) for word in words]
            begun = time.perf_counter()
            done = subprocess.run([desk.server.program, "-c", desk.server.config, *filled], capture_output=True, check=False,
                                  env=desk.server.environment)  # fmt: skip
            taken.append(time.perf_counter() - begun)
            assert done.returncode == 0, done.stderr
    compare("certferry " + " ".join(words), *times)


def claims():
    times = [[], []]
    for number in range(CLAIMS):
        for taken, server in zip(times, SERVERS):
            link = server.link(f"new.{number}@example.org")
            begun = time.perf_counter()
            answer = server.claim(link)
            taken.append(time.perf_counter() - begun)
            assert answer.status == 200, answer
    compare("a claim", *times)


PAGES = [
    "/admin",
    "/admin/people",
    "/admin/people?after={middle}",
    "/admin/people?show=issued",
    "/admin/people?show=expiring",
    "/admin/people?show=revoked",
    "/admin/people?search=s",
    "/admin/people?search=sch&show=revoked",
    "/admin/people?search={part}",
    "/admin/people?search={user}",
    "/admin/people?search=nobodyatall",
    "/admin/people/{user}",
    "/admin/certificates/{serial}",
    "/admin/ca",
    "/admin/devices",
]
COMMAND_LINES = [
    ("link", "list", "--limit", "50"),
    ("link", "list", "--limit", "50", "--state", "in_use"),
    ("link", "list", "--limit", "50", "--search", "s"),
    ("link", "show", "{link}"),
    ("cert", "list", "--limit", "50"),
    ("cert", "list", "--limit", "50", "--search", "s"),
    ("cert", "list", "--user", "{user}"),
    ("cert", "show", "{serial}"),
]

try:
    for server in SERVERS:
        server.__enter__()
        DESKS.append(Desk(server))
    for path in PAGES:
        case(path, page, path)
    for words in COMMAND_LINES:
        case(" ".join(words), command, *words)
    case("a claim", claims)
    run()
finally:
    for server in SERVERS:
        server.close()
