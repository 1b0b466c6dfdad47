"""Operators of every role at their pages.

    agent = Agent(ferry, "helpdesk")
    answer = agent.post("/admin/links/new", form=agent.form_key("/admin/links/new"), user="ann@example.org")
"""

import re
import secrets
import urllib.parse

PASSWORD = "correct horse battery staple"


def _first_password(ferry):
    """The first admin's own password, set once; other operators get its hash."""
    if getattr(ferry, "own_password", None):
        return
    admin = Agent.__new__(Agent)
    admin.ferry, admin.name, admin.cookie = ferry, ferry.authority["admin"], None
    admin.log_in(ferry.authority["password"])
    changed = admin.post("/admin/password", old=ferry.authority["password"], new=PASSWORD, again=PASSWORD)
    assert changed.status == 303, changed
    ferry.own_password = PASSWORD


class Agent:
    """Somebody of the role who has logged in; `name` is made when there is none."""

    def __init__(self, ferry, role, name=None):
        self.ferry = ferry
        self.name = name or f"{role}-{secrets.token_hex(3)}"
        self.cookie = None
        _first_password(ferry)
        ferry.sql(
            "INSERT INTO operator (name, role, password_hash, must_change, created_at, password_at)"
            f" SELECT '{self.name}', '{role}', password_hash, 0, created_at, password_at FROM operator LIMIT 1"
        )
        self.log_in(PASSWORD)

    def log_in(self, password):
        answer = self.post("/admin/login", name=self.name, password=password)
        assert answer.status == 303, answer
        self.cookie = answer["Set-Cookie"].split(";")[0]

    def _headers(self, origin):
        headers = {"Cookie": self.cookie} if self.cookie else {}
        if origin == "ours":
            origin = f"https://{self.ferry.host}:{self.ferry.https_port}"
        if origin:
            headers["Origin"] = origin
        return headers

    def get(self, path):
        return self.ferry.request("GET", path, **self._headers(None))

    def post(self, path, origin="ours", **fields):
        body = urllib.parse.urlencode(fields).encode()
        return self.ferry.request(
            "POST", path, body=body, Content_Type="application/x-www-form-urlencoded", **self._headers(origin)
        )  # fmt: skip

    def form_key(self, path):
        page = self.get(path)
        assert page.status == 200, page
        return re.search(r'name="form" value="([a-z2-9]{26})"', page.text()).group(1)

    def upload(self, data, name="users.csv", origin="ours"):
        """POST /admin/import as a browser sends it."""
        boundary = "----" + secrets.token_hex(16)
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        body = f"{head}Content-Type: text/csv\r\n\r\n".encode() + data + f"\r\n--{boundary}--\r\n".encode()
        return self.ferry.request(
            "POST", "/admin/import", body=body, Content_Type=f"multipart/form-data; boundary={boundary}",
            **self._headers(origin),
        )  # fmt: skip
