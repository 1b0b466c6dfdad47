"""What every recipe of deploy/proxies says, and the order of things in those for proxies that Debian has not."""

import os
import re

from forwarded import ENCODINGS
from front import RECIPES
from tap import run, skip, test

FORGEABLE = {encode(b"")[0][0].lower() for _, encode in ENCODINGS.values()} | {
    "client-cert-chain", "x-ssl-client-cert-chain", "x-ssl-client-verify", "x-original-uri", "x-original-method",
    "x-certferry-verdict", "x-certferry-reason", "x-certferry-user", "x-certferry-serial",
}  # fmt: skip
FILES = ("nginx.conf", "haproxy.cfg", "apache.conf", "traefik.yml", "envoy.yaml", "Caddyfile")


def text_of(name):
    with open(os.path.join(RECIPES, name), encoding="ascii") as file:
        return file.read()


def load(name):
    try:
        import yaml
    except ImportError:
        skip("no python3-yaml")
    return yaml.safe_load(text_of(name))


@test
def each_names_its_setting_and_its_limits():
    words = {setting for setting, _ in ENCODINGS.values()}
    for name in FILES:
        text = re.sub(r"\s*\n#\s*", " ", text_of(name))
        assert re.search(r"certificate_header = (\w+)", text)[1] in words, name
        for phrase in ("here OR at Exchange, never at both", "certificate AND password"):
            assert phrase in text, (name, phrase)


@test
def those_that_were_not_run_say_so():
    here = os.path.dirname(os.path.abspath(__file__))
    for name in FILES:
        program = name.split(".")[0].lower().removesuffix("file")
        assert os.path.exists(os.path.join(here, f"proxy_{program}_test.py")) == ("NOT RUN" not in text_of(name)), name


@test
def traefik_strips_then_sets_then_asks():
    http = load("traefik.yml")["http"]
    first, second, third = http["routers"]["activesync"]["middlewares"]
    removed = http["middlewares"][first]["headers"]["customRequestHeaders"]
    assert {name.lower() for name in removed} >= FORGEABLE and set(removed.values()) == {""}, removed
    assert http["middlewares"][second]["passTLSClientCert"] == {"pem": True}
    asked = http["middlewares"][third]["forwardAuth"]
    assert asked["address"].endswith("/auth/eas") and asked["trustForwardHeader"] is False, asked
    assert "X-Forwarded-Tls-Client-Cert" in asked["authRequestHeaders"] and "X-Original-URI" not in asked["authRequestHeaders"]


@test
def envoy_sets_its_own_certificate_then_strips_then_asks():
    [listener] = load("envoy.yaml")["static_resources"]["listeners"]
    manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
    assert manager["forward_client_cert_details"] == "SANITIZE_SET"
    assert manager["set_current_client_cert_details"]["cert"] is True
    strip, ask, router = manager["http_filters"]
    removed = {row["remove"] for row in strip["typed_config"]["mutations"]["request_mutations"]}
    assert removed >= FORGEABLE - {"x-forwarded-client-cert"} and "x-forwarded-client-cert" not in removed, removed
    asked = ask["typed_config"]
    assert asked["failure_mode_allow"] is False and asked["http_service"]["path_prefix"] == "/auth/eas"
    assert {"exact": "x-forwarded-client-cert"} in asked["allowed_headers"]["patterns"]
    assert router["name"] == "envoy.filters.http.router"


run()
