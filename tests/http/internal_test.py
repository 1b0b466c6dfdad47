"""The internal listener: health and numbers for programs, nothing about people, nothing for anybody else."""

import http.client
import os
import re
import signal
import time

from ferry import Answer, Ferry
from tap import run, test

FERRY = Ferry(options=["--key", "ec-p256"], bundle_key="ec-p256")
SAMPLE = re.compile(r'^(certferry_[a-z_]+)(\{[a-z]+="[^"\n]*"(?:,[a-z]+="[^"\n]*")*\})? (-?\d+)$')


def get(path, ferry=FERRY, host=None, method="GET"):
    connection = http.client.HTTPConnection("127.0.0.1", ferry.internal_port, timeout=60)
    try:
        connection.request(method, path, headers={"Host": host or f"127.0.0.1:{ferry.internal_port}"})
        return Answer(connection.getresponse())
    finally:
        connection.close()


def metrics(ferry=FERRY):
    """{name with labels: number}; each line is of the format, each name is described before its samples."""
    answer = get("/metrics", ferry)
    assert answer.status == 200 and answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8", answer
    samples, described = {}, set()
    for line in answer.text().splitlines():
        if line.startswith("# TYPE "):
            described.add(line.split(" ")[2])
        if line.startswith("#"):
            continue
        match = SAMPLE.match(line)
        assert match and match[1] in described, line
        assert match[1] + (match[2] or "") not in samples, line
        samples[match[1] + (match[2] or "")] = int(match[3])
    return samples


@test
def all_is_well():
    while get("/healthz").text().startswith("OCSP responder: "):  # it is made a moment after the first start
        time.sleep(0.05)
    for path in ("/healthz", "/readyz"):
        answer = get(path)
        assert answer.status == 200 and answer.text() == "ok\n", answer
        assert get(path, method="HEAD").status == 200


@test
def what_is_wrong_is_named():
    crl = FERRY.file("authority/ca/issuing.crl")
    os.rename(crl, crl + ".away")
    try:
        answer = get("/healthz")
        assert answer.status == 503 and answer.text().startswith("issuing revocation list: "), answer
        assert get("/readyz").status == 200, "requests can be served all the same"
        assert metrics()['certferry_healthy{of="issuing revocation list"}'] == 0
    finally:
        os.rename(crl + ".away", crl)
    assert get("/healthz").status == 200


@test
def a_certificate_that_has_gone_is_named():
    path = FERRY.file("authority/tls/eas.pem")
    os.rename(path, path + ".away")
    try:
        answer = get("/healthz")
        assert answer.status == 503 and "eas certificate: " in answer.text(), answer
    finally:
        os.rename(path + ".away", path)


@test
def requests_are_counted_by_pattern_and_status():
    name = 'certferry_requests_total{method="GET",route="/ca/root.cer",status="%d"}'
    before = metrics()
    etag = FERRY.get("/ca/root.cer")["ETag"]
    FERRY.get("/ca/root.cer", https=False)
    assert FERRY.get("/ca/root.cer", If_None_Match=etag).status == 304
    after = metrics()
    assert after[name % 200] - before.get(name % 200, 0) == 2, after
    assert after[name % 304] - before.get(name % 304, 0) == 1, after


@test
def links_and_certificates_are_counted():
    before = metrics()
    link = FERRY.link("counted@example.com")
    issued = 'certferry_links{state="issued"}'
    assert metrics()[issued] == before[issued] + 1
    claimed = FERRY.claim(link)
    assert claimed.status == 200
    after = metrics()
    assert after['certferry_certificates{state="valid"}'] == before['certferry_certificates{state="valid"}'] + 1
    FERRY.command("cert", "revoke", claimed.json()["serial"])
    assert metrics()['certferry_certificates{state="revoked"}'] == before['certferry_certificates{state="revoked"}'] + 1


@test
def the_rest_of_the_numbers():
    samples = metrics()
    version = FERRY.command("version").split()[1]
    assert samples[f'certferry_build_info{{version="{version}"}}'] == 1
    assert samples["certferry_connections"] >= 1
    assert samples['certferry_healthy{of="signer"}'] == 1
    assert samples['certferry_background_failures_total{task="revocation"}'] == 0
    for what in ("root certificate", "https certificate", "eas certificate", "issuing revocation list"):
        assert samples[f'certferry_ends_seconds{{of="{what}"}}'] > time.time(), what


@test
def no_label_comes_from_outside_and_none_names_anybody():
    link = FERRY.link("secret.person@example.com")
    FERRY.get(link["path"])
    for path in ("/no/such/page", "/l/AAAA", '/x"y', "/%0a"):
        FERRY.get(path)
    before = len(metrics())
    for number in range(50):
        FERRY.get(f"/made/up/{number}")
        FERRY.get(f"/l/{number}")
    text = get("/metrics").text()
    assert len(metrics()) == before
    for word in ("secret.person", "made", link["path"].split("/")[-1], "127.0.0.1"):
        assert word not in text, word
    assert 'route="/l/{token}"' in text


@test
def it_is_reached_by_its_address_only():
    for host, status in (("localhost", 200), ("[::1]:1", 200), (FERRY.host, 200), ("evil.example", 421)):
        assert get("/healthz", host=host).status == status, host


@test
def it_serves_nothing_else_and_nobody_else_serves_it():
    for path in ("/", "/admin/login", "/l/x", "/ca/root.cer", "/api/v1/links", "/Microsoft-Server-ActiveSync"):
        assert get(path).status == 404, path
    for path in ("/healthz", "/readyz", "/metrics"):
        for https in (True, False):
            assert FERRY.get(path, https=https).status == 404, path
    assert get("/metrics", method="POST").status == 405


@test
def it_can_be_turned_off():
    with Ferry(options=["--key", "ec-p256"], internal_enabled="false", eas_enabled="false") as ferry:
        assert ferry.internal_port is None and ferry.eas_port is None, ferry.read("ready.json")
        os.unlink(ferry.file("authority/tls/eas.pem"))
        before = ferry.log
        ferry.server.send_signal(signal.SIGHUP)
        for _ in range(200):
            if "read again" in ferry.log[len(before):]:
                break
            time.sleep(0.05)
        assert "read again" in ferry.log[len(before):], ferry.log


with FERRY:
    run()
