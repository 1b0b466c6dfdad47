"""Operators at their desks: logged in with a password of their own, by cookie, as a browser sends it.

    desk = Desk(ferry)                    # the first admin
    answer = desk.get("/admin/people")
    answer = desk.post("/admin/settings", {"organisation.color": "#7a1f3d"})
    other = Desk(ferry, "auditor")        # one of that role, made now
"""

import urllib.parse

PASSWORD = "correct horse battery staple"


class Desk:
    def __init__(self, ferry, role="admin"):
        self.ferry = ferry
        self.cookie = None
        if role == "admin":
            self._begin()
        else:
            ferry.sql(
                "INSERT INTO operator (name, role, password_hash, must_change, created_at, password_at)"
                f" SELECT '{role}', '{role}', password_hash, 0, created_at, password_at FROM operator WHERE name = 'admin'"
            )
            self._log_in(role, PASSWORD)

    def _begin(self):
        """The password that init printed, and then one of his own."""
        first = self.ferry.authority["password"]
        self._log_in("admin", first)
        changed = self.post("/admin/password", {"old": first, "new": PASSWORD, "again": PASSWORD})
        assert changed.status == 303, changed
        self._log_in("admin", PASSWORD)

    def _log_in(self, name, password):
        self.cookie = None
        answer = self.post("/admin/login", {"name": name, "password": password})
        assert answer.status == 303, answer
        self.cookie = answer["Set-Cookie"].split(";")[0]

    def _headers(self, **headers):
        return {**headers, "Cookie": self.cookie} if self.cookie else headers

    def get(self, path, **headers):
        return self.ferry.get(path, **self._headers(**headers))

    def post(self, path, fields, origin="ours", **headers):
        """`origin` is that of the page which sends the form: "ours", another, or None for a request without one."""
        if origin == "ours":
            origin = f"https://{self.ferry.host}:{self.ferry.https_port}"
        if origin:
            headers["Origin"] = origin
        return self.ferry.post(path, fields, **self._headers(**headers))


def path_of(prefix, value):
    """The path whose last segment is the value."""
    return prefix + "/" + urllib.parse.quote(value, safe="")
