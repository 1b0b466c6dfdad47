"""The API as a program calls it, with every answer held against openapi.json.

    description = Description(ferry)
    api = Api(ferry, description, role="helpdesk")
    answer = api.post("/links", {"user": "ann@example.com"})
    assert answer.status == 201, answer

An answer that the description does not know (another status, another type, a member more or less) fails the test that
asked for it.
"""

import json
import re
import sys

try:
    import jsonschema
except ImportError:  # a python3 from elsewhere does not look where Debian's package is
    sys.path.append("/usr/lib/python3/dist-packages")
    import jsonschema

BASE = "/api/v1"
PROBLEM = "application/problem+json"


class Description:
    """openapi.json of a running server."""

    def __init__(self, ferry):
        answer = ferry.get(BASE + "/openapi.json")
        assert answer.status == 200 and answer["Content-Type"] == "application/json", answer
        self.document = answer.json()
        self.seen = set()
        self._patterns = {
            re.compile(re.sub(r"\{\w+\}", "[^/]+", path.replace(".", r"\."))): path for path in self.document["paths"]
        }  # fmt: skip

    def operations(self):
        """{(method, path): operation}"""
        return {
            (method.upper(), path): operation
            for path, methods in self.document["paths"].items()
            for method, operation in methods.items()
        }

    def find(self, method, path):
        """The operation of a request, None when there is none."""
        bare = path.split("?")[0].removeprefix(BASE)
        for pattern, name in self._patterns.items():
            operation = self.document["paths"][name].get(method.lower().replace("head", "get"))
            if pattern.fullmatch(bare) and operation:
                return name, operation
        return None

    def resolve(self, part):
        while "$ref" in part:
            names = part["$ref"].removeprefix("#/").split("/")
            part = self.document
            for name in names:
                part = part[name]
        return part

    def check(self, schema, value):
        whole = {**schema, "components": self.document["components"]}
        for error in jsonschema.Draft202012Validator(whole).iter_errors(value):
            raise AssertionError(f"{error.json_path}: {error.message}")

    def check_answer(self, method, path, answer):
        found = self.find(method, path)
        if found is None:
            self.check({"$ref": "#/components/schemas/Problem"}, answer.json())
            return
        name, operation = found
        responses = operation["responses"]
        assert str(answer.status) in responses, f"{method} {name} is not said to answer {answer.status}: {answer}"
        described = self.resolve(responses[str(answer.status)])
        assert answer["Content-Type"] in described["content"], (answer, list(described["content"]))
        if method != "HEAD" and "json" in answer["Content-Type"]:
            self.check(described["content"][answer["Content-Type"]]["schema"], answer.json())
        for header in described.get("headers", {}):
            optional = header == "Idempotent-Replayed"
            assert optional or answer[header] is not None, (header, answer)
        self.seen.add((method, name, answer.status))


class Api:
    """A program with a key of its own; `key` instead of a role is an existing one."""

    def __init__(self, ferry, description, role=None, key=None, name=None):
        self.ferry = ferry
        self.description = description
        self.name = name or f"{role} program"
        self.made = None if key is not None else json.loads(
            ferry.command("key", "add", self.name, "--role", role, "--json")
        )  # fmt: skip
        self.key = key if key is not None else self.made["key"]

    def request(self, method, path, body=None, **headers):
        """`body` is bytes as they are, or what becomes JSON."""
        if self.key:
            headers.setdefault("Authorization", "Bearer " + self.key)
        if body is not None:
            headers.setdefault("Content_Type", "application/json")
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = self.ferry.request(method, BASE + path, body=body, **headers)
        self._check_head(answer)
        self.description.check_answer(method, BASE + path, answer)
        return answer

    @staticmethod
    def _check_head(answer):
        assert answer["Set-Cookie"] is None and answer["Access-Control-Allow-Origin"] is None, answer
        assert "no-store" in answer["Cache-Control"] or answer.status == 200, answer
        assert answer.status < 400 or answer["Content-Type"] == PROBLEM, answer

    def get(self, path, **headers):
        return self.request("GET", path, **headers)

    def post(self, path, body=None, **headers):
        return self.request("POST", path, body, **headers)

    def pages(self, path, limit):
        """Every item, page by page to the end."""
        items, cursor = [], None
        while True:
            mark = "&" if "?" in path else "?"
            answer = self.get(f"{path}{mark}limit={limit}" + (f"&cursor={cursor}" if cursor else ""))
            assert answer.status == 200, answer
            page = answer.json()
            items += page["items"]
            cursor = page["next"]
            if cursor is None:
                return items
