"""Mails through a real mail server: Exim, with STARTTLS and log-in, from a configuration of its own on a loopback port.

Exim is not among the packages that the tests install: it would take the place of whatever mail server the machine has.
"""

import email
import email.policy
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from ferry import Ferry
from post import PASSWORD, USER, make_certificate, text_of
from tap import run, skip, test

EXIM = shutil.which("exim4") or shutil.which("exim4", path="/usr/sbin:/usr/bin")
ACCOUNT = "Debian-exim"

CONFIGURATION = """
primary_hostname = mail.test
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
spool_directory = {folder}/spool
log_file_path = {folder}/log/%s
pid_file_path = {folder}/exim.pid
tls_advertise_hosts = *
tls_certificate = {folder}/server.pem
tls_privatekey = {folder}/server.pem.key
deliver_drop_privilege = true
queue_only = false
host_lookup =
acl_smtp_mail = check_mail
acl_smtp_rcpt = check_recipient
begin acl
check_mail:
  require message = TLS and log-in first
          encrypted = *
          authenticated = *
  accept
check_recipient:
  deny local_parts = nobody
       message = no such user
  accept
begin routers
all:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  directory = {folder}/box
  maildir_format
  delivery_date_add = false
begin authenticators
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = ${{if and{{{{eq{{$auth1}}{{{user}}}}}{{eq{{$auth2}}{{{password}}}}}}}}}
  server_set_id = $auth1
  server_advertise_condition = ${{if def:tls_in_cipher}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Exim:
    def __enter__(self):
        if EXIM is None:
            skip("exim4 is not installed")
        if os.getuid() != 0:
            skip("Exim needs root to become its own account")
        account = pwd.getpwnam(ACCOUNT)
        self.folder = tempfile.mkdtemp(prefix="certferry-exim-")
        self.port = free_port()
        make_certificate(self.folder)
        for name in ("spool", "log", "box"):
            os.mkdir(os.path.join(self.folder, name))
        with open(os.path.join(self.folder, "exim.conf"), "w", encoding="ascii") as file:
            file.write(CONFIGURATION.format(folder=self.folder, port=self.port, user=USER, password=PASSWORD))
        for folder, _, files in os.walk(self.folder):
            os.chown(folder, account.pw_uid, account.pw_gid)
            for name in files:
                os.chown(os.path.join(folder, name), account.pw_uid, account.pw_gid)
        self.process = subprocess.Popen(
            ["setpriv", f"--reuid={ACCOUNT}", f"--regid={account.pw_gid}", "--init-groups",
             EXIM, "-C", os.path.join(self.folder, "exim.conf"), "-bdf", "-q1m"],
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        self._wait()
        return self

    def _wait(self):
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                assert self.process.poll() is None, self.process.stderr.read()
                time.sleep(0.05)

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        self.process.stderr.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def settings(self):
        self.password_file = os.path.join(self.folder, "password")
        with open(self.password_file, "w", encoding="ascii", opener=lambda p, f: os.open(p, f, 0o600)) as file:
            file.write(PASSWORD)
        return dict(
            options=["--key", "ec-p256"], mail_server="127.0.0.1", mail_port=self.port, mail_ca_file=os.path.join(self.folder, "server.pem"),
            mail_user=USER, mail_password_file=self.password_file, mail_from="ca@example.org", mail_retry="1s",
            mail_digest="false",
        )  # fmt: skip

    def wait(self, count):
        """The mails in the box, once there are so many."""
        box = os.path.join(self.folder, "box", "new")
        while not os.path.isdir(box) or len(os.listdir(box)) < count:
            time.sleep(0.05)
        mails = []
        for name in os.listdir(box):
            with open(os.path.join(box, name), "rb") as file:
                mails.append(email.message_from_binary_file(file, policy=email.policy.default))
        return mails


def state_of(ferry, mail):
    return json.loads(ferry.command("mail", "show", mail, "--json"))


@test
def exim_takes_a_link_by_tls_and_log_in():
    with Exim() as exim, Ferry(**exim.settings()) as ferry:
        assert "ok       mail: 127.0.0.1 answers" in ferry.run("check").stdout
        link = ferry.link("ann@example.com", "--name", "Zoë Größe", "--send")
        [mail] = exim.wait(1)
        assert link["url"] in text_of(mail) and link["url"] in text_of(mail, "html") and not mail.defects
        assert mail["To"].addresses[0].display_name == "Zoë Größe"
        assert "esmtpsa" in mail["Received"] and "TLS1.3" in mail["Received"], mail["Received"]
        while state_of(ferry, link["mail"])["state"] != "sent":
            time.sleep(0.05)


@test
def exim_leaves_the_attachments_as_they_are():
    with Exim() as exim, Ferry(**exim.settings()) as ferry:
        ferry.command("mail", "ca", "ann@example.com")
        [mail] = exim.wait(1)
        root, issuing = mail.iter_attachments()
        assert root.get_content() == ferry.get("/ca/root.cer", https=False).body
        assert issuing.get_content() == ferry.get("/ca/issuing.cer", https=False).body


@test
def exim_says_no_to_a_recipient_and_the_mail_fails_with_its_words():
    with Exim() as exim, Ferry(**exim.settings()) as ferry:
        mail = json.loads(ferry.command("mail", "ca", "nobody@example.com", "--json"))["id"]
        while state_of(ferry, mail)["state"] != "failed":
            time.sleep(0.05)
        assert state_of(ferry, mail)["error"] == "550 no such user", state_of(ferry, mail)


run()
