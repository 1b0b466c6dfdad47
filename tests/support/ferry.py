"""A real authority and server in a folder of its own, driven through the command line as an admin would.

    with Ferry() as ferry:
        link = ferry.link("ann@example.com")
        answer = ferry.get("/ca/root.cer")
        assert answer.status == 200, answer

The program is $CERTFERRY. Authorities and links are made by $CERTFERRY_RELEASE: hundreds of them, and the sanitizers
look at the commands that make them in tests of their own. Every instance has its own ports and its own folder below
$TMPDIR. Leaving the block ends the server and fails when it does not end well: with sanitizers, a leak is an exit code.
"""

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import tempfile
import time
import urllib.parse


class Answer:
    """status, headers (names in lower case; http.client.HTTPMessage semantics by get()), body (bytes)."""

    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    def __getitem__(self, name):
        return self.headers.get(name)

    def json(self):
        return json.loads(self.body)

    def text(self):
        return self.body.decode("utf-8")

    def __repr__(self):
        return f"{self.status} {dict(self.headers)} {self.body[:300]!r}"


class Ferry:
    def __init__(self, program=None, host="127.0.0.1", options=(), keys="ec-p256", **settings):
        """`options` go to init; `settings` are configuration keys: server_idle_timeout="2s".

        `keys` are those of the CAs and of users, unless an option or a setting says otherwise: small ones, because RSA
        keys take more time than everything else that a short test does. None leaves both to the program: for suites
        about what phones get from an authority as it is made by default.
        """
        self.program = program or os.environ["CERTFERRY"]
        self.maker = program or os.environ.get("CERTFERRY_RELEASE") or self.program
        self.host = host
        self.options = list(options)
        if keys is not None:
            settings.setdefault("bundle_key", keys)
            if "--key" not in self.options:
                self.options += ["--key", keys]
        self.folder = tempfile.mkdtemp(prefix="certferry-")
        ports = {f"CERTFERRY_{name}_PORT": "0" for name in ("HTTP", "HTTPS", "EAS", "INTERNAL")}
        self.environment = dict(os.environ, **ports)
        self.environment.update({"CERTFERRY_" + key.upper(): str(value) for key, value in settings.items()})
        self.config = None
        self.server = None

    def __enter__(self):
        try:
            self.init()
            self.serve()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind, value, trace):
        code = self.stop()
        self.close()
        if kind is None:
            assert code == 0, f"serve ended with {code}: {self.log[-4000:]}"

    def file(self, name):
        return os.path.join(self.folder, name)

    def read(self, name):
        with open(self.file(name), "rb") as file:
            return file.read()

    # The command line

    def run(self, *words, program=None, **options):
        """The finished process, whatever its exit code."""
        configured = ["-c", self.config] if self.config else []
        return subprocess.run(
            [program or self.program, *configured, *words],
            env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, **options,
        )  # fmt: skip

    def command(self, *words, program=None):
        """Standard output; a failure is an error of the test."""
        done = self.run(*words, program=program)
        assert done.returncode == 0, f"{' '.join(words)} ended with {done.returncode}: {done.stderr}"
        return done.stdout

    def init(self):
        authority = self.file("authority")
        words = ["init", authority, "--name", "Example Organisation", "--host", self.host, "--json", *self.options]
        self.authority = json.loads(self.command(*words, program=self.maker))
        self.config = os.path.join(authority, "certferry.conf")

    def link(self, user, *options):
        """What link create prints as JSON, with its path: {id, url, path, pin, user, expires_at, state}."""
        link = json.loads(self.command("link", "create", user, "--json", *options, program=self.maker))
        link["path"] = urllib.parse.urlsplit(link["url"]).path
        return link

    def sql(self, statement):
        """Changes the database behind the server's back, as the passing of time does."""
        with contextlib.closing(sqlite3.connect(self.file("authority/certferry.db"), timeout=60)) as database:
            rows = database.execute(statement).fetchall()
            database.commit()
            return rows

    # The server

    def serve(self):
        ready = self.file("ready.json")
        if os.path.exists(ready):
            os.unlink(ready)
        self._log = open(self.file("serve.log"), "ab")
        self.server = subprocess.Popen(
            [self.program, "-c", self.config, "serve", "--ready-file", ready],
            env=self.environment, stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log,
        )  # fmt: skip
        ports = self._wait_until_ready(ready)
        self.http_port, self.https_port = ports["http"], ports["https"]
        self.operator_port = ports.get("operator")
        self.eas_port, self.internal_port = ports.get("eas"), ports.get("internal")
        self.tls = ssl.create_default_context(cadata=self.get("/ca/root.pem", https=False).text())

    def _wait_until_ready(self, ready):
        while self.server.poll() is None:
            if os.path.exists(ready):
                with open(ready, encoding="utf-8") as file:
                    text = file.read()
                if text.endswith("\n"):
                    return json.loads(text)
            time.sleep(0.01)
        raise AssertionError(f"serve ended with {self.server.returncode}: {self.log[-4000:]}")

    @property
    def log(self):
        return self.read("serve.log").decode("utf-8", "replace")

    def stop(self, number=signal.SIGTERM):
        """The exit code; minus the number of the signal that ended it."""
        if self.server is None:
            return 0
        if self.server.poll() is None:
            self.server.send_signal(number)
        code = self.server.wait()
        self.server = None
        self._log.close()
        return code

    def kill(self):
        return self.stop(signal.SIGKILL)

    def close(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    # Requests

    def connect(self, https=True, source=None):
        """A connected socket, for bytes that no HTTP library would send."""
        port = self.https_port if https else self.http_port
        plain = socket.create_connection(("127.0.0.1", port), 60, (source, 0) if source else None)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self.tls.wrap_socket(plain, server_hostname=self.host) if https else plain

    def exchange(self, data, https=False, source=None):
        """Sends bytes, and everything that comes back until the server closes."""
        with self.connect(https, source) as connection:
            connection.sendall(data)
            parts = []
            try:
                while part := connection.recv(65536):
                    parts.append(part)
            except ConnectionResetError:
                pass
            return b"".join(parts)

    def request(self, method, path, body=None, https=True, source=None, host=None, **headers):
        """One request on a connection of its own; headers by name with _ for -."""
        port = self.https_port if https else self.http_port
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.sock = self.connect(https, source)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            connection.putheader("Host", host or f"{self.host}:{port}")
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            for name, value in headers.items():
                connection.putheader(name.replace("_", "-"), value)
            connection.endheaders(body)
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, fields, **options):
        """`fields` as an HTML form sends them."""
        options.setdefault("Content_Type", "application/x-www-form-urlencoded")
        return self.request("POST", path, urllib.parse.urlencode(fields).encode(), **options)

    def claim(self, link, pin=None, **options):
        """The claim as a program makes it: the answer, JSON where it succeeds."""
        return self.post(link["path"], {"pin": pin or link["pin"]}, Accept="application/json", **options)


def release_ferry(**settings):
    """Without sanitizers: what dies here dies by us, and many processes are started."""
    program = os.environ.get("CERTFERRY_RELEASE") or os.environ["CERTFERRY"]
    return Ferry(program=program, bundle_key="ec-p256", link_lease="5s", **settings)
