"""The server as a whole: ports, both families, proxies in front, bounds, and what its log does not say."""

import os
import socket
import subprocess
import time

from ferry import Ferry
from tap import run, skip, test

FERRY = Ferry(server_connections_per_address="16", server_trusted_proxies="127.0.9.9", log_level="debug")


@test
def a_port_in_use_is_named_and_is_exit_code_3():
    with socket.create_server(("0.0.0.0", 0)) as taken:
        port = taken.getsockname()[1]
        environment = dict(FERRY.environment)
        FERRY.environment["CERTFERRY_HTTPS_PORT"] = str(port)
        done = FERRY.run("serve", timeout=60)
        FERRY.environment = environment
    assert done.returncode == 3, done
    assert f"port {port} " in done.stderr and "in use" in done.stderr, done.stderr


@test
def two_listeners_on_one_port_are_refused():
    with socket.create_server(("127.0.0.1", 0)) as spare:
        port = str(spare.getsockname()[1])
    environment = dict(FERRY.environment)
    FERRY.environment.update(CERTFERRY_HTTP_PORT=port, CERTFERRY_HTTPS_PORT=port)
    done = FERRY.run("serve", timeout=60)
    FERRY.environment = environment
    assert done.returncode == 3 and port in done.stderr, done


@test
def ipv6_is_served_on_the_same_port():
    if not os.path.exists("/proc/net/if_inet6"):
        skip("no IPv6 here")
    with socket.create_connection(("::1", FERRY.http_port)) as connection:
        connection.sendall(b"GET /ca/root.cer HTTP/1.1\r\nHost: [::1]\r\n\r\n")
        assert connection.recv(12) == b"HTTP/1.1 200"


@test
def connections_of_one_address_are_bounded_and_others_are_served():
    held = [FERRY.connect(https=False, source="127.0.6.1") for _ in range(40)]
    try:
        time.sleep(0.3)
        for connection in held:
            connection.setblocking(False)
        closed = 0
        for connection in held:
            try:
                closed += connection.recv(1) == b""
            except BlockingIOError:
                pass
            except OSError:
                closed += 1
        assert closed >= 40 - 16, f"only {closed} of 40 were refused"
        assert FERRY.get("/ca/root.cer").status == 200, "another address"
    finally:
        for connection in held:
            connection.close()


@test
def a_trusted_proxy_says_who_the_client_is():
    link = FERRY.link("proxy@example.com")
    first = FERRY.claim(link, source="127.0.9.9", X_Forwarded_For="198.51.100.7")
    assert first.status == 200, first
    other = FERRY.claim(link, source="127.0.9.9", X_Forwarded_For="198.51.100.8")
    assert other.status == 409, "another client behind the same proxy"
    again = FERRY.claim(link, source="127.0.9.9", X_Forwarded_For="6.6.6.6, 198.51.100.7, 127.0.9.9")
    assert again.status == 200, "the last address that is no proxy"
    assert FERRY.claim(link, source="127.0.9.8", X_Forwarded_For="198.51.100.7").status == 409, "no proxy of ours"


@test
def static_files_come_from_a_designers_folder():
    folder = FERRY.file("design")
    os.makedirs(os.path.join(folder, "static"))
    with open(os.path.join(folder, "static", "copy.js"), "w", encoding="ascii") as file:
        file.write("// mine\n")
    with open(os.path.join(folder, "static", "other.js"), "w", encoding="ascii") as file:
        file.write("// not served\n")
    environment = dict(FERRY.environment)
    with socket.create_server(("127.0.0.1", 0)) as spare:
        port = spare.getsockname()[1]
    environment["CERTFERRY_HTTP_PORT"] = str(port)
    server = subprocess.Popen(
        [FERRY.program, "-c", FERRY.config, "serve", "--www", folder], env=environment, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                time.sleep(0.05)
        ours, FERRY.http_port = FERRY.http_port, port
        try:
            assert FERRY.get("/static/copy.js", https=False).body == b"// mine\n"
            assert FERRY.get("/static/other.js", https=False).status == 404
        finally:
            FERRY.http_port = ours
    finally:
        server.terminate()
        server.wait()


@test
def the_log_at_its_most_talkative_holds_no_secret():
    link = FERRY.link("quiet@example.com")
    token = link["path"].rsplit("/", 1)[1]
    wrong = "000000" if link["pin"] != "000000" else "000001"
    FERRY.get(link["path"])
    FERRY.claim(link, wrong)
    claim = FERRY.claim(link).json()
    FERRY.get(claim["files"]["p12"])
    FERRY.exchange(b"GET " + link["path"].encode() + b" HTTP/1.1\r\nX: \x1b[31m\nEVIL\r\n\r\n")
    log = FERRY.log
    for secret in (token, "pin=" + link["pin"], claim["password"], claim["files"]["p12"].split("/")[2]):
        assert secret not in log, "a secret is in the log"
    assert "/l/{token}" in log, "requests are logged by their pattern"
    assert "\x1b" not in log and not any(line.startswith("EVIL") for line in log.splitlines())


@test
def the_server_ends_well():
    assert FERRY.stop() == 0, FERRY.log[-4000:]


with FERRY:
    run()
