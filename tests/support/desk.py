"""Operators at their desks: logged in with a password of their own, by cookie, as a browser sends it.

    desk = Desk(ferry)                    # the first admin
    answer = desk.post("/admin/settings", {"organisation.color": "#7a1f3d"})
    agent = Agent(ferry, "helpdesk")      # somebody of that role, made now, who fills in forms
    answer = agent.post("/admin/links/new", form=agent.form_key("/admin/links/new"), user="ann@example.org")
"""

import re
import secrets
import urllib.parse

PASSWORD = "correct horse battery staple"


class Desk:
    def __init__(self, ferry, role="admin", name=None):
        self.ferry = ferry
        self.cookie = None
        self.name = ferry.authority["admin"]
        if not getattr(ferry, "own_password", None):
            self._begin()
        if role != "admin" or name:
            self.name = name or f"{role}-{secrets.token_hex(3)}"
            ferry.sql(
                "INSERT INTO operator (name, role, password_hash, must_change, created_at, password_at)"
                f" SELECT '{self.name}', '{role}', password_hash, 0, created_at, password_at FROM operator LIMIT 1"
            )
        self.log_in(PASSWORD)

    def _begin(self):
        """The password that init printed, and then one of his own; other operators get its hash."""
        first = self.ferry.authority["password"]
        self.log_in(first)
        changed = self.send("/admin/password", {"old": first, "new": PASSWORD, "again": PASSWORD})
        assert changed.status == 303, changed
        self.ferry.own_password = PASSWORD

    def log_in(self, password):
        self.cookie = None
        answer = self.send("/admin/login", {"name": self.name, "password": password})
        assert answer.status == 303, answer
        self.cookie = answer["Set-Cookie"].split(";")[0]

    def _headers(self, **headers):
        return {**headers, "Cookie": self.cookie} if self.cookie else headers

    def get(self, path, **headers):
        return self.ferry.get(path, **self._headers(**headers))

    def send(self, path, fields, origin="ours", **headers):
        """`origin` is that of the page which sends the form: "ours", another, or None for a request without one."""
        return self.ferry.post(path, fields, **self._headers(**self._origin(origin), **headers))

    post = send

    def _origin(self, origin):
        if origin == "ours":
            origin = f"https://{self.ferry.host}:{self.ferry.https_port}"
        return {"Origin": origin} if origin else {}


class Agent(Desk):
    def __init__(self, ferry, role, name=None):
        super().__init__(ferry, role, name or f"{role}-{secrets.token_hex(3)}")

    def post(self, path, origin="ours", **fields):
        return self.send(path, fields, origin)

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
            **self._headers(**self._origin(origin)),
        )  # fmt: skip


def path_of(prefix, value):
    """The path whose last segment is the value."""
    return prefix + "/" + urllib.parse.quote(value, safe="")
