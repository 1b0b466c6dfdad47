"""Claims under load and what is known of each link afterwards: shared by the suites of this folder."""

import os
import sqlite3
import ssl
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from ferry import Ferry

# What a connection ends with when its server dies or hangs up in the middle.
CUT = (OSError, EOFError, ssl.SSLError)


def create_links(ferry, count, prefix="user"):
    with ThreadPoolExecutor(4) as pool:
        names = [f"{prefix}{number}@example.com" for number in range(count)]
        return list(pool.map(ferry.link, names))


def try_claim(ferry, link):
    """The answer, or None when the server was gone before it was whole."""
    try:
        return ferry.claim(link)
    except CUT:
        return None
    except Exception as problem:  # http.client's own family of half answers
        if type(problem).__module__ == "http.client":
            return None
        raise


class Load:
    """Threads that claim one link after the other until the links or the server come to an end."""

    def __init__(self, ferry, links, threads=4):
        self.ferry, self.links = ferry, links
        self.lock = threading.Lock()
        self.touched = []
        self.answers = {}
        self.threads = [threading.Thread(target=self._claim_all) for _ in range(threads)]

    def _next(self):
        with self.lock:
            if not self.links:
                return None
            link = self.links.pop()
            self.touched.append(link)
            return link

    def _claim_all(self):
        while (link := self._next()) is not None:
            answer = try_claim(self.ferry, link)
            if answer is None:
                return
            with self.lock:
                self.answers[link["id"]] = answer

    def start(self):
        for thread in self.threads:
            thread.start()

    def join(self):
        for thread in self.threads:
            thread.join()


def fetch_bundle(ferry, claimed):
    """The .p12 of a claim's JSON."""
    answer = ferry.get(path_of(claimed["files"]["p12"]))
    assert answer.status == 200, answer
    assert int(answer["Content-Length"]) == len(answer.body)
    return answer.body


def path_of(url):
    """Both forms, a path and a whole URL, are a path to this server."""
    return "/" + url.split("/", 3)[3] if "://" in url else url


def serial_of_bundle(ferry, bundle, password):
    """Opens it as a device would; the serial of its own certificate in lower-case hexadecimal."""
    environment = dict(os.environ, BUNDLE_PASSWORD=password)
    opened = subprocess.run(
        ["openssl", "pkcs12", "-nokeys", "-clcerts", "-passin", "env:BUNDLE_PASSWORD"],
        input=bundle, env=environment, capture_output=True,
    )  # fmt: skip
    assert opened.returncode == 0, opened.stderr
    shown = subprocess.run(["openssl", "x509", "-noout", "-serial"], input=opened.stdout, capture_output=True)
    return shown.stdout.decode().strip().partition("=")[2].lower()


def claim_patiently(ferry, link):
    """The answer to the right PIN when no claim that was cut off stands in the way any more."""
    for _ in range(10):
        answer = ferry.claim(link)
        if answer.status != 503 or answer.json().get("reason") != "running":
            break
        time.sleep(int(answer["Retry-After"]))
    return answer


def prove_claimable(ferry, link):
    """The right PIN now gives a bundle that opens: claimed for the first time, or the same again."""
    answer = claim_patiently(ferry, link)
    assert answer.status == 200, f"link {link['id']}: {answer}"
    claimed = answer.json()
    serial = serial_of_bundle(ferry, fetch_bundle(ferry, claimed), claimed["password"])
    assert serial.lstrip("0") == claimed["serial"].lstrip("0"), (serial, claimed["serial"])
    return claimed


def prove_all_claimable(ferry, links):
    """{link id: claim}, many at a time: a claim that was cut off waits for the end of its lease."""
    with ThreadPoolExecutor(16) as pool:
        claimed = pool.map(lambda link: prove_claimable(ferry, link), links)
        return {link["id"]: claim for link, claim in zip(links, claimed)}


def database_path(ferry):
    for folder, _, names in os.walk(ferry.file("authority")):
        for name in names:
            with open(os.path.join(folder, name), "rb") as file:
                if file.read(16) == b"SQLite format 3\0":
                    return os.path.join(folder, name)
    raise AssertionError("there is no database")


def rows(ferry, statement, *values):
    with sqlite3.connect(database_path(ferry)) as database:
        database.row_factory = sqlite3.Row
        return database.execute(statement, values).fetchall()


def children(pid):
    """Process ids of its direct children: the signer."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", encoding="ascii", errors="replace") as file:
                    fields = file.read().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == pid:
                found.append(int(name))
    return found


def is_running(pid):
    """False for a zombie too: it holds nothing any more."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
