"""certferry serve from outside: what it refuses to start with, and what it does on signals."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from cli import CONFIG, DONE, FAULT, REFUSED
from cli import authority, certferry, check_lines, copy_of_authority, run_suite
from ferry import Ferry
from tap import case, test


def serve_fails(config, code, sentence, **environment):
    ports = {"CERTFERRY_HTTP_PORT": "0", "CERTFERRY_HTTPS_PORT": "0"}
    done = certferry("-c", config, "serve", environment={**ports, **environment}, timeout=60)
    assert done.returncode == code, f"{done.returncode}: {done.stderr}"
    assert sentence in done.stderr.rstrip().split("\n")[-1], done.stderr


@test
def serve_refuses_a_ca_key_that_others_may_read():
    config = copy_of_authority()
    key = os.path.join(os.path.dirname(config), "ca/issuing.key")
    os.chmod(key, 0o640)
    serve_fails(config, REFUSED, f"chmod 600 {key}")


@test
def serve_refuses_an_https_key_that_others_may_read():
    config = copy_of_authority()
    key = os.path.join(os.path.dirname(config), "tls/https.key")
    os.chmod(key, 0o604)
    serve_fails(config, REFUSED, f"chmod 600 {key}")


@test
def serve_names_a_port_that_is_taken():
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as taken:
        port = taken.getsockname()[1]
        serve_fails(authority().config, CONFIG, str(port), CERTFERRY_HTTP_PORT=str(port))


@test
def serve_names_an_address_that_is_not_ours():
    serve_fails(authority().config, CONFIG, "192.0.2.1", CERTFERRY_HTTP_ADDRESS="192.0.2.1")


@test
def serve_names_a_missing_certificate():
    config = copy_of_authority()
    path = os.path.join(os.path.dirname(config), "tls/https.pem")
    os.unlink(path)
    done = certferry("-c", config, "serve", environment={"CERTFERRY_HTTP_PORT": "0", "CERTFERRY_HTTPS_PORT": "0"})
    assert done.returncode in (REFUSED, CONFIG) and path in done.stderr, f"{done.returncode}: {done.stderr}"


@test
def serve_names_a_key_that_does_not_fit():
    config = copy_of_authority()
    folder = os.path.dirname(config)
    shutil.copy(f"{folder}/ca/root.key", f"{folder}/ca/issuing.key")
    serve_fails(config, REFUSED, "issuing.key")


def serving(**settings):
    return Ferry(options=["--key", "ec-p256"], **settings)


def wait_for(condition, what):
    for _ in range(1200):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError(what)


@test
def the_ready_file_has_the_real_ports():
    with serving() as ferry:
        ready = json.loads(ferry.read("ready.json"))
        ports = [ready.pop(name) for name in ("http", "https", "eas", "internal")]
        assert ready == {"pid": ferry.server.pid} and 0 not in ports and len(set(ports)) == 4, (ready, ports)
        assert ferry.get("/ca/root.cer", https=False).status == 200


@test
def further_names_of_init_are_answered_and_certified():
    with Ferry(options=["--key", "ec-p256", "--names", "ca.example.org,www.example.org"]) as ferry:
        for host, status in (("www.example.org", 200), ("ca.example.org", 200), ("other.example.org", 421)):
            assert ferry.get("/ca/root.cer", host=host).status == status, host
        names = {name for _, name in ferry.connect().getpeercert()["subjectAltName"]}
        assert {"ca.example.org", "www.example.org", "127.0.0.1"} <= names, names


@test
def commands_work_while_serving():
    with serving() as ferry:
        link = ferry.link("ann@example.com")
        assert ferry.get(link["path"]).status == 200
        _, lines = check_lines(ferry.config, environment={
            "CERTFERRY_HTTP_PORT": str(ferry.http_port), "CERTFERRY_HTTPS_PORT": str(ferry.https_port)})  # fmt: skip
        assert "served at this moment" in lines["http listener"]["sentence"], lines["http listener"]


@test
def an_interrupt_ends_it_as_sigterm_does():
    ferry = serving()
    ferry.init()
    ferry.serve()
    code = ferry.stop(signal.SIGINT)
    ferry.close()
    assert code == DONE


@test
def sighup_takes_a_new_configuration():
    with serving() as ferry:
        with open(ferry.config, encoding="utf-8") as file:
            text = file.read()
        changed = text.replace("Example Organisation", "Renamed Organisation")
        changed = changed.replace("# level = info", "level = debug").replace("# path = ", "path = ", 1)
        with open(ferry.config, "w", encoding="utf-8") as file:
            file.write(changed)
        ferry.server.send_signal(signal.SIGHUP)
        wait_for(lambda: "were read again" in ferry.log, ferry.log)
        assert "Renamed Organisation" in ferry.get("/", https=False).text()


@test
def sighup_names_what_only_a_restart_changes():
    with serving() as ferry:
        with open(ferry.config, encoding="utf-8") as file:
            text = file.read()
        with open(ferry.config, "w", encoding="utf-8") as file:
            file.write(re.sub(r"# threads = \d+", "threads = 99", text))
        ferry.server.send_signal(signal.SIGHUP)
        wait_for(lambda: "were read again" in ferry.log, ferry.log)
        assert "change with a restart only: server.threads" in ferry.log, ferry.log


BAD_CHANGES = {
    "configuration": ("certferry.conf", "http { prot = 1 }\n", "certferry.conf:1"),
    "certificate": ("tls/https.pem", "nonsense\n", "https.pem"),
    "key": ("tls/https.key", "nonsense\n", "https"),
}


def keeps_the_old_when_new_is_bad(name, content, named):
    with serving() as ferry:
        path = os.path.join(os.path.dirname(ferry.config), name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(content)
        ferry.server.send_signal(signal.SIGHUP)
        wait_for(lambda: "nothing was changed by SIGHUP" in ferry.log, ferry.log)
        line = [line for line in ferry.log.splitlines() if "nothing was changed" in line][0]
        assert named in line, line
        assert ferry.get("/ca/root.cer").status == 200


for name, change in BAD_CHANGES.items():
    case(f"sighup_with_a_bad_{name}_changes_nothing", keeps_the_old_when_new_is_bad, *change)


@test
def sighup_takes_a_new_certificate():
    with serving() as ferry:
        tls = os.path.join(os.path.dirname(ferry.config), "tls")
        before = ferry.connect().getpeercert(binary_form=True)
        for kind in ("pem", "key"):
            shutil.copy(f"{tls}/eas.{kind}", f"{tls}/https.{kind}")
        ferry.server.send_signal(signal.SIGHUP)
        wait_for(lambda: "were read again" in ferry.log, ferry.log)
        assert ferry.connect().getpeercert(binary_form=True) != before


@test
def sighup_with_a_good_certificate_and_a_bad_logo_changes_neither():
    with serving() as ferry:
        folder = os.path.dirname(ferry.config)
        before = ferry.connect().getpeercert(binary_form=True)
        for kind in ("pem", "key"):
            shutil.copy(f"{folder}/tls/eas.{kind}", f"{folder}/tls/https.{kind}")
        with open(ferry.config, encoding="utf-8") as file:
            text = file.read()
        with open(ferry.config, "w", encoding="utf-8") as file:
            file.write(re.sub(r'# logo = ""', 'logo = "missing.svg"', text))
        ferry.server.send_signal(signal.SIGHUP)
        wait_for(lambda: "nothing was changed by SIGHUP" in ferry.log, ferry.log)
        assert ferry.connect().getpeercert(binary_form=True) == before


def signed_by(profile, certificate):
    """Whether openssl finds the signature of a profile to be that of the certificate."""
    folder = tempfile.mkdtemp(prefix="certferry-cli-")
    path = f"{folder}/root.mobileconfig"
    with open(path, "wb") as file:
        file.write(profile)
    words = ["openssl", "cms", "-verify", "-inform", "DER", "-in", path, "-binary", "-noverify", "-nointern"]
    done = subprocess.run([*words, "-certfile", certificate], capture_output=True, check=False)
    return done.returncode == 0


@test
def sighup_takes_the_new_certificate_for_profiles_too():
    with serving() as ferry:
        tls = os.path.join(os.path.dirname(ferry.config), "tls")
        for kind in ("pem", "key"):
            shutil.copy(f"{tls}/https.{kind}", f"{tls}/old.{kind}")
            shutil.copy(f"{tls}/eas.{kind}", f"{tls}/https.{kind}")
        before = ferry.get("/ca/root.mobileconfig", https=False).body
        ferry.server.send_signal(signal.SIGHUP)
        wait_for(lambda: "were read again" in ferry.log, ferry.log)
        after = ferry.get("/ca/root.mobileconfig", https=False).body
        assert signed_by(before, f"{tls}/old.pem") and signed_by(after, f"{tls}/eas.pem")
        assert not signed_by(after, f"{tls}/old.pem")


def signer_of(ferry):
    pid = ferry.server.pid
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        children = file.read().split()
    assert len(children) == 1, children
    return int(children[0])


@test
def the_death_of_the_signer_ends_serve_with_a_fault():
    ferry = serving()
    ferry.init()
    ferry.serve()
    os.kill(signer_of(ferry), signal.SIGKILL)
    code = ferry.server.wait()
    log = ferry.log
    ferry.close()
    assert code == FAULT, code
    assert "certferry: the signer has ended" in log, log


@test
def the_signer_ends_with_serve():
    ferry = serving()
    ferry.init()
    ferry.serve()
    signer = signer_of(ferry)
    ferry.kill()
    wait_for(lambda: not os.path.exists(f"/proc/{signer}"), "the signer is still there")
    ferry.close()


@test
def a_terminal_interrupt_of_both_processes_ends_well():
    ferry = serving()
    ferry.init()
    ferry.serve()
    os.kill(signer_of(ferry), signal.SIGINT)
    code = ferry.stop(signal.SIGINT)
    ferry.close()
    assert code == DONE, code


@test
def the_service_manager_is_told():
    folder = tempfile.mkdtemp(prefix="certferry-cli-")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(f"{folder}/notify")
        manager.settimeout(60)
        ferry = serving()
        ferry.environment["NOTIFY_SOCKET"] = f"{folder}/notify"
        with ferry:
            assert manager.recv(64) == b"READY=1"
            ferry.server.send_signal(signal.SIGHUP)
            assert [manager.recv(64), manager.recv(64)] == [b"RELOADING=1", b"READY=1"]
        assert manager.recv(64) == b"STOPPING=1"


run_suite()
