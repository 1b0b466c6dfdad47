"""Operators of a Ferry in tests: log-ins through the form, and sessions put straight into the database.

    desk = Desk(ferry)
    anna = desk.operator("anna", "helpdesk")       a cookie, without the cost of a password
    answer = desk.post("/admin/logout", anna)
"""

import hashlib
import re
import secrets
import time
import urllib.parse

ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


class Desk:
    def __init__(self, ferry):
        self.ferry = ferry
        self.origin = f"https://{ferry.host}:{ferry.https_port}"

    # Requests

    def post(self, path, cookie=None, origin="ours", source=None, **fields):
        headers = {"Content_Type": "application/x-www-form-urlencoded"}
        origin = self.origin if origin == "ours" else origin
        if origin:
            headers["Origin"] = origin
        if cookie:
            headers["Cookie"] = cookie
        body = urllib.parse.urlencode(fields).encode()
        return self.ferry.request("POST", path, body=body, source=source, **headers)

    def get(self, path, cookie=None, **headers):
        if cookie:
            headers["Cookie"] = cookie
        return self.ferry.request("GET", path, **headers)

    # Log-ins

    def log_in(self, name, password, code=None, device=None, **options):
        fields = {"name": name, "password": password}
        if code is not None:
            fields["code"] = code
        return self.post("/admin/login", device, **fields, **options)

    @staticmethod
    def cookies(answer):
        """{name: value} of every cookie that an answer sets."""
        pairs = (cookie.split(";")[0].split("=", 1) for cookie in answer.headers.get_all("Set-Cookie") or [])
        return dict(pairs)

    # Behind the server's back

    def operator(self, name, role, must_change=False):
        """An operator whom no password lets in, with a session: its cookie."""
        now = int(time.time())
        self.ferry.sql(
            "INSERT OR REPLACE INTO operator (name, role, password_hash, must_change, created_at, password_at) "
            f"VALUES ('{name}', '{role}', 'x', {int(must_change)}, {now}, {now})"
        )
        return self.session(name)

    def session(self, name):
        token = "".join(secrets.choice(ALPHABET) for _ in range(26))
        now = int(time.time())
        digest = hashlib.sha256(token.encode()).hexdigest()
        self.ferry.sql(f"INSERT INTO session VALUES (x'{digest}', '{name}', {now}, {now}, '192.0.2.1', 'Test')")
        return f"__Host-session={token}"

    def forgive(self):
        """No failed log-in is remembered."""
        self.ferry.sql("DELETE FROM login_counter")


def text_of(page, pattern):
    """What the first group finds in a page; the test fails without."""
    found = re.search(pattern, page.text(), re.DOTALL)
    assert found, f"{pattern} is not in {page}"
    return found[1]
