"""A mail server on a loopback port, with TLS and log-in, that takes mails or does what a test tells it to.

    with Post() as post:
        with Ferry(**post.settings()) as ferry:
            ferry.command("mail", "ca", "ann@example.com")
            mail = post.wait(1)[0]
            assert mail["To"] == "ann@example.com"

It is aiosmtpd, of Debian's python3-aiosmtpd. `post.mails` are the mails that were answered 250, parsed, in order. What
the server says instead stands in `post.recipient` and `post.end`: functions of the address that return a reply, or None
for the usual one; they may wait for a threading.Event to hold the dialogue there.
"""

import asyncio
import email
import email.policy
import logging
import os
import ssl
import subprocess
import sys
import tempfile
import threading
import warnings

# Debian's packages, also for a Python that is not Debian's; behind its own.
sys.path.append("/usr/lib/python3/dist-packages")

from aiosmtpd.smtp import SMTP, AuthResult

# What a server that is to fail has to say stands in the replies.
logging.getLogger("mail.log").setLevel(logging.CRITICAL)
warnings.filterwarnings("ignore", module="aiosmtpd")

USER, PASSWORD = "certferry", "correct horse battery staple"


def make_certificate(folder, name="127.0.0.1"):
    """Key and self-signed certificate for the address, in one PEM file."""
    path = os.path.join(folder, "server.pem")
    words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    names = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=IP:{name}", "-keyout", path + ".key", "-out", path]
    subprocess.run(words + names, check=True, capture_output=True)
    with open(path, "ab") as both, open(path + ".key", "rb") as key:
        both.write(key.read())
    return path


class Post:
    def __init__(self, tls="starttls", login=True):
        self.tls, self.login = tls, login
        self.folder = tempfile.mkdtemp(prefix="certferry-post-")
        self.mails, self.raw, self.peers, self.logins = [], [], [], []
        self.recipient = self.end = lambda address: None
        self.arrived = threading.Condition()
        self.loop = asyncio.new_event_loop()
        self.certificate = make_certificate(self.folder)
        self.port = 0

    def __enter__(self):
        self.password_file = os.path.join(self.folder, "password")
        with open(self.password_file, "w", encoding="ascii", opener=lambda p, f: os.open(p, f, 0o600)) as file:
            file.write(PASSWORD + "\n")
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        self.listen()
        return self

    def __exit__(self, *_):
        self.close()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    # The listener

    def listen(self):
        """On the port of before, once it has one."""
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self.loop).result()
        self.port = self._server.sockets[0].getsockname()[1]

    def close(self):
        async def stop():
            self._server.close()
            await self._server.wait_closed()

        asyncio.run_coroutine_threadsafe(stop(), self.loop).result()

    def _context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        return context

    async def _listen(self):
        starttls = self.tls == "starttls"
        secured = self.tls != "none"

        def session():
            return SMTP(
                self, hostname="post.test", loop=self.loop, tls_context=self._context() if starttls else None,
                require_starttls=starttls, authenticator=self._authenticate, auth_require_tls=starttls,
                auth_required=self.login and secured,
            )  # fmt: skip

        context = self._context() if self.tls == "implicit" else None
        return await self.loop.create_server(session, "127.0.0.1", self.port, ssl=context)

    def settings(self, **more):
        """For Ferry(): small keys, as it is the mail that matters."""
        found = dict(
            options=["--key", "ec-p256"], bundle_key="ec-p256",
            mail_server="127.0.0.1", mail_port=self.port, mail_tls=self.tls, mail_ca_file=self.certificate,
            mail_from="ca@example.org", mail_retry="1s", mail_timeout="5s", mail_digest="false",
        )  # fmt: skip
        if self.login:
            found.update(mail_user=USER, mail_password_file=self.password_file)
        return {**found, **more}

    # What aiosmtpd calls

    def _authenticate(self, server, session, envelope, mechanism, data):
        right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        self.logins.append(right)
        return AuthResult(success=right, handled=True)

    async def _ask(self, question, address):
        return await self.loop.run_in_executor(None, question, address)

    async def handle_RCPT(self, server, session, envelope, address, options):
        reply = await self._ask(self.recipient, address)
        if reply is None:
            envelope.rcpt_tos.append(address)
        return reply or "250 OK"

    async def handle_DATA(self, server, session, envelope):
        reply = await self._ask(self.end, envelope.rcpt_tos[0])
        if reply is not None:
            return reply
        with self.arrived:
            self.raw.append(envelope.content)
            self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
            self.peers.append((envelope.mail_from, list(envelope.rcpt_tos), server.transport.get_extra_info("ssl_object") is not None))
            self.arrived.notify_all()
        return "250 OK"

    def wait(self, count):
        """The mails, once so many have arrived."""
        with self.arrived:
            self.arrived.wait_for(lambda: len(self.mails) >= count)
            return list(self.mails)


def text_of(mail, subtype="plain"):
    return mail.get_body((subtype,)).get_content().replace("\r\n", "\n")
