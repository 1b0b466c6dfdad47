"""A proxy of deploy/proxies between phones and a server in the role of Exchange, and the attacks that it must stand.

    front = Front(ferry, phones, start)       # start(front) runs the program and gives its process
    front.recipe("nginx.conf", {"mail.example.org": "localhost"})      # the file as it is shipped, with the places changed
    register(front)                           # the tests that every proxy must pass
"""

import contextlib
import http.client
import http.server
import json
import os
import socket
import ssl
import subprocess
import threading
import time

from ferry import Answer
from forwarded import ENCODINGS, uri
from tap import case

RECIPES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "deploy", "proxies")
FORGED = ("client-cert", "x-ssl-", "x-forwarded-tls-client-cert", "x-forwarded-client-cert", "x-original-", "x-certferry-verdict")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


class Exchange:
    """Answers whatever comes with what it saw, over TLS with the https certificate of the authority."""

    def __init__(self, ferry):
        self.seen = []
        seen = self.seen

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if "chunked" in (self.headers.get("Transfer-Encoding") or ""):
                    while size := int(self.rfile.readline(), 16):
                        body += self.rfile.read(size)
                        self.rfile.readline()
                    self.rfile.readline()
                said = {"method": self.command, "path": self.path, "headers": self.headers.items(), "body": len(body)}
                seen.append(said)
                text = json.dumps(said).encode()
                self.send_response(200)
                self.send_header("X-Exchange", "here")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = do_OPTIONS = answer

            def log_message(self, *words):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *words):
                pass  # a proxy that breaks off: what matters is what was seen

        self.server = Server(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(ferry.file("exchange.pem"), ferry.file("authority/tls/https.key"))
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class Front:
    def __init__(self, ferry, phones, start):
        self.ferry, self.phones, self.start = ferry, phones, start
        self.port = free_port()
        self.log_name = ferry.file("proxy.log")
        pieces = ("authority/tls/https.pem", "authority/ca/issuing.pem")
        with open(ferry.file("exchange.pem"), "wb") as file:
            file.write(b"".join(ferry.read(name) for name in pieces))
        with open(ferry.file("chain.pem"), "wb") as file:
            file.write(ferry.read("authority/ca/issuing.pem") + ferry.read("authority/ca/root.pem"))
        with open(ferry.file("front.pem"), "wb") as file:  # certificate and key in one, as HAProxy wants them
            file.write(ferry.read("exchange.pem") + ferry.read("authority/tls/https.key"))
        self.exchange = Exchange(ferry)
        self.process = None

    def recipe(self, name, changes, into=None):
        """Writes the recipe with its places changed; each must be there."""
        with open(os.path.join(RECIPES, name), encoding="ascii") as file:
            text = file.read()
        for old, new in changes.items():
            assert old in text, f"{name} has no {old}"
            text = text.replace(old, str(new))
        path = self.ferry.file(into or name)
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        return path

    def run(self, *words, **options):
        """Starts the proxy and waits until its port answers."""
        with open(self.log_name, "ab") as log:
            self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **options)
        while True:
            assert self.process.poll() is None, f"the proxy ended: {self.log[-3000:]}"
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.02)

    @property
    def log(self):
        with open(self.log_name, encoding="utf-8", errors="replace") as file:
            return file.read()

    def __enter__(self):
        self.start(self)
        return self

    def __exit__(self, *_):
        self.stop()
        self.exchange.server.shutdown()

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait()
            self.process = None

    def context(self, phone=None):
        context = ssl.create_default_context(cadata=self.ferry.read("authority/ca/root.pem").decode())
        if phone:
            context.load_cert_chain(phone.pem, phone.key)
        return context

    def connect(self, phone=None, context=None, session=None):
        context = context or self.context(phone)
        plain = socket.create_connection(("127.0.0.1", self.port), 60)
        return context.wrap_socket(plain, server_hostname=self.ferry.host, session=session)

    def ask(self, phone=None, headers=(), method="POST", path=None, body=b"hello", connection=None):
        """One request; on a connection of its own unless one is given."""
        client = http.client.HTTPConnection("127.0.0.1", self.port)
        client.sock = connection or self.connect(phone)
        try:
            client.putrequest(method, path or uri(), skip_host=True, skip_accept_encoding=True)
            client.putheader("Host", f"{self.ferry.host}:{self.port}")
            if method == "POST":
                client.putheader("Content-Length", str(len(body)))
            for name, value in headers:
                client.putheader(name, value)
            client.endheaders(body if method == "POST" else None)
            return Answer(client.getresponse())
        finally:
            if connection is None:
                client.close()

    def refused(self, reason, *arguments, **options):
        """The request never reaches Exchange."""
        before = len(self.exchange.seen)
        answer = self.ask(*arguments, **options)
        assert answer["X-Exchange"] is None and len(self.exchange.seen) == before, (arguments, options, answer)
        assert answer.status in (400, 401, 403), (arguments, options, answer)
        if reason:
            assert answer["X-Certferry-Reason"] == reason, (reason, answer, self.log[-2000:])
        return answer

    def allowed(self, *arguments, **options):
        """What Exchange saw."""
        answer = self.ask(*arguments, **options)
        assert answer.status == 200 and answer["X-Exchange"] == "here", (arguments, answer, self.log[-2000:])
        return answer.json()


NGINX = """daemon off;
pid {folder}/nginx.pid;
error_log stderr warn;
{user}
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {recipe};
}}
"""


def start_nginx(front, broken=()):
    """`broken`: pairs of what is replaced in the recipe, to see that somebody notices."""
    ferry = front.ferry
    recipe = front.recipe(
        "nginx.conf",
        {
            "/etc/nginx/mail.example.org.pem": ferry.file("exchange.pem"),
            "/etc/nginx/mail.example.org.key": ferry.file("authority/tls/https.key"),
            "/etc/nginx/certferry-chain.pem": ferry.file("chain.pem"),
            "/etc/ssl/certs/ca-certificates.crt": ferry.file("authority/ca/root.pem"),
            "listen              443 ssl": f"listen 127.0.0.1:{front.port} ssl",
            "127.0.0.1:8445": f"127.0.0.1:{ferry.internal_port}",
            "exchange.example.org:443": f"127.0.0.1:{front.exchange.port}",
            "exchange.example.org": ferry.host,
            "mail.example.org": ferry.host,
            **dict(broken),
        },
    )
    user = "user root;" if os.getuid() == 0 else ""
    main = ferry.file("main.conf")
    with open(main, "w", encoding="ascii") as file:
        file.write(NGINX.format(folder=ferry.folder, recipe=recipe, user=user))
    front.run("nginx", "-p", ferry.folder, "-e", "stderr", "-c", main)


def spellings(name, value):
    """Header lines of one forged header, as lists of pairs."""
    yield [(name, value)]
    yield [(name.lower(), value)]
    yield [(name.upper(), value)]
    yield [(name.replace("-", "_"), value)]
    yield [(name.replace("-", "_", 1), value)]
    yield [(name, value), (name, value)]
    yield [(name, ""), (name.lower(), value)]
    yield [(name, value), ("Connection", f"keep-alive, {name}")]
    yield [("Connection", f"close, {name}"), (name, value)]


def forgeries(der):
    """Every header that could say: this is the phone of `der`, or: let it in."""
    for _, encode in ENCODINGS.values():
        [(name, value)] = encode(der)
        yield from spellings(name, value)
        if not name.startswith("X-Forwarded"):
            yield from spellings(name + "-Chain", value)
    for name, value in (
        ("X-SSL-Client-Verify", "SUCCESS"), ("X-SSL-Client-Verify", "0"), ("X-Certferry-Verdict", "allow"),
        ("X-Certferry-Reason", "allowed"), ("X-Certferry-User", "ann@example.com"), ("X-Original-URI", uri()),
        ("X-Forwarded-Uri", uri()), ("X-Forwarded-For", "127.0.0.1"), ("X-Forwarded-Method", "OPTIONS"),
    ):  # fmt: skip
        yield from spellings(name, value)
    connection = "close, X-SSL-Client-Cert, X-Original-URI, X-Certferry-Verdict, X-Certferry-User"
    yield [("Connection", connection)]


def names_of(said):
    return {name.lower().replace("_", "-") for name, _ in said["headers"]}


def register(front, good, foreign, expired, explains_expired=True):
    """The tests that every proxy must pass. `good` is of ann@example.com. Some refuse an expired one themselves."""
    phones = front.phones

    def an_allowed_phone_reaches_exchange_as_it_is():
        for method, body in (("OPTIONS", b""), ("POST", b""), ("POST", b"x" * 300000)):
            said = front.allowed(good, method=method, body=body, headers=[("X-MS-PolicyKey", "7"), ("Authorization", "Basic YTpi")])
            assert said["path"] == uri() and said["method"] == method and said["body"] == len(body), said
            headers = {name.lower(): value for name, value in said["headers"]}
            assert headers["authorization"] == "Basic YTpi" and headers["x-ms-policykey"] == "7", said
            assert headers["x-certferry-user"] == "ann@example.com" and headers["x-certferry-serial"] == good.serial, said

    def without_a_certificate_nobody_gets_in():
        for method in ("OPTIONS", "POST", "GET"):
            front.refused("no_certificate", None, method=method)

    def the_reason_of_a_refusal_is_said():
        front.refused("untrusted_issuer", foreign)
        if explains_expired:
            front.refused("expired", expired)
        front.refused("user_mismatch", good, path=uri("bob@example.com"))

    def an_expired_certificate_does_not_reach_exchange():
        before = len(front.exchange.seen)
        with contextlib.suppress(ssl.SSLError):
            front.refused(None, expired)
        assert len(front.exchange.seen) == before

    def a_revocation_counts_with_the_next_request_of_a_connection():
        phone = phones.mint("dora@example.com")
        with front.connect(phone) as connection:
            front.allowed(connection=connection, path=uri("dora@example.com"))
            phones.revoke(phone)
            front.refused("revoked", connection=connection, path=uri("dora@example.com"))

    def a_revocation_counts_in_a_resumed_session():
        phone = phones.mint("emil@example.com")
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = front.context(phone)
            context.minimum_version = context.maximum_version = version
            with front.connect(context=context) as connection:
                first = front.ask(connection=connection, path=uri("emil@example.com"))
                session = connection.session
            if version == ssl.TLSVersion.TLSv1_2:
                assert first.status == 200, first
                phones.revoke(phone)
            with front.connect(context=context, session=session) as connection:
                front.refused("revoked", connection=connection, path=uri("emil@example.com"))

    def forged_headers_let_nobody_in():
        for headers in forgeries(good.der):
            front.refused(None, None, headers=headers)

    def forged_headers_do_not_help_a_foreign_certificate():
        for headers in forgeries(good.der):
            front.refused(None, foreign, headers=headers)

    def forged_headers_do_not_make_another_user():
        for headers in spellings("X-Original-URI", uri()), spellings("X-Forwarded-Uri", uri()), forgeries(good.der):
            for one in headers:
                front.refused(None, good, headers=one, path=uri("bob@example.com"))

    def forged_headers_do_not_reach_exchange():
        for headers in forgeries(foreign.der):
            answer = front.ask(good, headers=headers)
            if answer["X-Exchange"] is None:
                assert answer.status in (400, 403), answer
                continue
            said = answer.json()
            bad = [name for name in names_of(said) if name.startswith(FORGED)]
            users = [value for name, value in said["headers"] if name.lower().replace("_", "-") == "x-certferry-user"]
            assert not bad and users in (["ann@example.com"], []), (headers, said)

    def other_addresses_lead_nowhere():
        for path in ("/auth/eas", "/certferry", "/", "/owa/", "/Microsoft-Server-ActiveSync/../owa/", "/microsoft-server-activesync%2f"):
            before = len(front.exchange.seen)
            answer = front.ask(good, path=path)
            assert answer["X-Exchange"] is None and len(front.exchange.seen) == before, (path, answer)
            assert answer.status >= 400, (path, answer)

    def nobody_gets_in_while_certferry_is_down():
        assert front.ferry.stop() == 0, front.ferry.log[-3000:]
        before = len(front.exchange.seen)
        answer = front.ask(good)
        assert answer.status >= 500 and len(front.exchange.seen) == before, answer

    for name, function in list(locals().items()):
        if callable(function) and name not in ("front", "phones", "explains_expired"):
            case(name, function)
