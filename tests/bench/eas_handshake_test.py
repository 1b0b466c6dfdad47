"""Full mutual-TLS handshakes with one request each: the eas listener beside nginx that requires a certificate, one run.

nginx verifies the client's certificate and looks it up in the authority's revocation list during the handshake. Both
serve the same certificate and key to the same clients, in turns; what the clients cost is in both rates alike, so the
processor time of the servers is compared too.
"""

import multiprocessing
import os
import socket
import ssl
import statistics
import subprocess
import time

from ferry import Ferry
from processor import TICKS, ticks_used, wait_until_idle
from tap import note, run, test
from tls_client import PATH, Identity

ROUNDS, SECONDS, CLIENTS = 15, 1, 4

NGINX = """
daemon off; master_process on; worker_processes 2; pid {folder}/nginx.pid; error_log {folder}/nginx.log error;
events {{ worker_connections 1024; }}
http {{
    access_log off; client_body_temp_path {folder}/n1; proxy_temp_path {folder}/n2; fastcgi_temp_path {folder}/n3;
    uwsgi_temp_path {folder}/n4; scgi_temp_path {folder}/n5;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {folder}/chain.pem; ssl_certificate_key {folder}/authority/tls/eas.key;
        ssl_client_certificate {folder}/cas.pem; ssl_verify_client on; ssl_verify_depth 3; ssl_crl {folder}/crls.pem;
        ssl_protocols TLSv1.2 TLSv1.3; ssl_ecdh_curve X25519:P-256:P-384; ssl_session_cache off; ssl_session_tickets off;
        location / {{ return 200 "$ssl_client_verify $ssl_client_s_dn"; }}
    }}
}}
"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def join(target, *parts):
    with open(target, "wb") as file:
        for part in parts:
            file.write(part if isinstance(part, bytes) else open(part, "rb").read())


def crl_pem(path):
    return subprocess.run(["openssl", "crl", "-inform", "DER", "-in", path], check=True, capture_output=True).stdout


def start_nginx(ferry):
    folder, port = ferry.folder, free_port()
    ca = ferry.file("authority/ca")
    join(f"{folder}/chain.pem", ferry.file("authority/tls/eas.pem"), f"{ca}/issuing.pem")
    join(f"{folder}/cas.pem", f"{ca}/issuing.pem", f"{ca}/root.pem")
    join(f"{folder}/crls.pem", crl_pem(f"{ca}/issuing.crl"), crl_pem(f"{ca}/root.crl"))
    with open(f"{folder}/nginx.conf", "w", encoding="ascii") as file:
        file.write(NGINX.format(folder=folder, port=port))
    os.chmod(folder, 0o755)
    words = ["nginx", "-p", folder, "-c", f"{folder}/nginx.conf", "-g", "user root;"]
    server = subprocess.Popen(words, stderr=subprocess.DEVNULL)
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return server, port
        assert server.poll() is None, "nginx ended"
        time.sleep(0.02)
    raise AssertionError("nginx does not answer")


def processes_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [pid, *map(int, file.read().split())]


def seconds_used(pid):
    return sum(map(ticks_used, processes_of(pid))) / TICKS


def client(port, root, pem, host, until, counts):
    """Puts how many it made; None when one failed."""
    try:
        counts.put(handshakes(port, root, pem, host, until))
    except BaseException:
        counts.put(None)
        raise


def handshakes(port, root, pem, host, until):
    context = ssl.create_default_context(cafile=root)
    context.load_cert_chain(pem)
    asked = f"OPTIONS {PATH} HTTP/1.1\r\nHost: {host}\r\nAccept: application/json\r\nConnection: close\r\n\r\n".encode()
    made = 0
    while time.monotonic() < until:
        with socket.create_connection(("127.0.0.1", port), 60) as plain:
            with context.wrap_socket(plain, server_hostname=host) as secured:
                secured.sendall(asked)
                assert secured.recv(12) == b"HTTP/1.1 200"
                while secured.recv(4096):
                    pass
        made += 1
    return made


def rate(port, pid, ferry, pem):
    """Handshakes a second, and seconds of processor time that each cost the server."""
    counts, until = multiprocessing.Queue(), time.monotonic() + SECONDS
    used, begun = seconds_used(pid), time.monotonic()
    arguments = (port, ferry.file("authority/ca/root.pem"), pem, ferry.host, until, counts)
    clients = [multiprocessing.Process(target=client, args=arguments) for _ in range(CLIENTS)]
    for one in clients:
        one.start()
    each = [counts.get() for _ in clients]
    for one in clients:
        one.join()
    assert None not in each, each
    made = sum(each)
    return made / (time.monotonic() - begun), (seconds_used(pid) - used) / made


@test
def full_handshakes_are_as_fast_as_those_of_nginx():
    with Ferry(program=os.environ["CERTFERRY_RELEASE"], keys=None, eas_session_lifetime="0s") as ferry:
        pem = Identity(ferry, "ann@example.com").path
        nginx, port = start_nginx(ferry)
        ours, theirs = [], []
        try:
            wait_until_idle(ferry.server.pid)
            for _ in range(ROUNDS):
                theirs.append(rate(port, nginx.pid, ferry, pem))
                ours.append(rate(ferry.eas_port, ferry.server.pid, ferry, pem))
        finally:
            nginx.terminate()
            nginx.wait()
    rates = [statistics.median(one[0] for one in side) for side in (ours, theirs)]
    costs = [statistics.median(one[1] for one in side) * 1000 for side in (ours, theirs)]
    ratios = sorted(one[0] / other[0] for one, other in zip(ours, theirs))
    ratio = statistics.median(ratios)
    note(f"full mutual-TLS handshakes: {rates[0]:.0f} a second, nginx {rates[1]:.0f} (medians)")
    note(f"{ratio:.2f} times the rate of nginx, {ratios[0]:.2f} to {ratios[-1]:.2f}")
    note(f"processor time of each: {costs[0]:.2f} ms, nginx {costs[1]:.2f} ms")
    assert ratio >= 1, f"{ratio:.3f}"


run()
