"""certferry import of a CA of three levels: root, policy CA, issuing CA, as openssl makes them."""

import json
import os
import re
import subprocess
import tempfile

from cli import DONE, REFUSED, certferry, check_lines, expect, file_with, run_suite
from ferry import Ferry
from tap import test

CA_EXTENSIONS = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, capture_output=True)


def import_into(*words):
    folder = os.path.join(tempfile.mkdtemp(prefix="certferry-cli-"), "ca")
    done = certferry("import", folder, "--name", "Example", "--host", "ca.example.org", "--json", *words)
    return folder, done


def three_levels():
    """A folder with NAME.pem and NAME.key of root, policy and issuing, as openssl makes them."""
    folder = tempfile.mkdtemp(prefix="certferry-cli-")
    extensions = file_with(CA_EXTENSIONS, "extensions")
    above = None
    for name in ("root", "policy", "issuing"):
        path = os.path.join(folder, name)
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                f"/O=Example/CN={name}", "-keyout", f"{path}.key", "-out", f"{path}.csr")  # fmt: skip
        signer = ["-CA", f"{above}.pem", "-CAkey", f"{above}.key"] if above else ["-signkey", f"{path}.key"]
        openssl("x509", "-req", "-in", f"{path}.csr", *signer, "-days", "2000", "-set_serial", "1", "-extfile",
                extensions, "-out", f"{path}.pem")  # fmt: skip
        above = path
    return folder


def pem(*paths):
    texts = []
    for path in paths:
        with open(path, encoding="ascii") as file:
            texts.append(file.read())
    return file_with("".join(texts), "all.pem")


def expect_whole_chain(levels, folder):
    """A bundle of that authority leads from its leaf over all three CAs, in this order; check finds the path."""
    config, out = f"{folder}/certferry.conf", os.path.join(folder, "ann.p12")
    made = certferry("-c", config, "mint", "ann@example.com", "--packing", "modern", "--out", out, "--json")
    assert made.returncode == DONE, made.stderr
    password = file_with(json.loads(made.stdout)["password"])
    opened = subprocess.run(["openssl", "pkcs12", "-in", out, "-nokeys", "-passin", f"file:{password}"], check=True,
                            capture_output=True, text=True)  # fmt: skip
    bundle = file_with(opened.stdout, "bundle.pem")
    found = re.findall(r"^subject=.*CN = (.*)$", opened.stdout, re.MULTILINE)
    assert found == ["ann@example.com", "issuing", "policy", "root"], found
    openssl("verify", "-x509_strict", "-purpose", "sslclient", "-no-CApath", "-no-CAstore", "-CAfile",
            f"{levels}/root.pem", "-untrusted", bundle, bundle)  # fmt: skip
    _, lines = check_lines(config, environment={"CERTFERRY_HTTP_PORT": "0", "CERTFERRY_HTTPS_PORT": "0"})
    assert lines["chain"]["level"] == "ok" and lines["certificate of policy"]["level"] == "ok", lines
    assert "root revocation list" not in lines, lines


@test
def a_ca_of_three_levels_is_imported_in_any_order():
    levels = three_levels()
    files = pem(f"{levels}/root.pem", f"{levels}/issuing.pem", f"{levels}/policy.pem")
    folder, done = import_into("--certificate", files, "--key-file", f"{levels}/issuing.key")
    assert done.returncode == DONE, done.stderr
    expect_whole_chain(levels, folder)
    _, done = import_into("--certificate", f"{levels}/issuing.pem", "--key-file", f"{levels}/issuing.key", "--chain",
                          f"{levels}/root.pem")  # fmt: skip
    expect(done, REFUSED, "the chain lacks the certificate of CN=policy,O=Example")


def export(levels, *words):
    bundle = file_with("", "ca.p12")
    above = pem(f"{levels}/root.pem", f"{levels}/policy.pem")
    openssl("pkcs12", "-export", "-inkey", f"{levels}/issuing.key", "-in", f"{levels}/issuing.pem", "-certfile",
            above, "-passout", "pass:swordfish", "-out", bundle, *words)  # fmt: skip
    return "--pkcs12", bundle, "--password-file", file_with("swordfish\n")


@test
def a_ca_of_three_levels_is_imported_from_pkcs12():
    levels = three_levels()
    folder, done = import_into(*export(levels))
    assert done.returncode == DONE, done.stderr
    expect_whole_chain(levels, folder)


@test
def the_chain_of_three_levels_is_served():
    levels = three_levels()
    ferry = Ferry()
    folder, done = import_into(*export(levels))
    assert done.returncode == DONE, done.stderr
    ferry.config = f"{folder}/certferry.conf"
    ferry.host = "ca.example.org"
    ferry.serve()
    try:
        names = re.findall("BEGIN CERTIFICATE", ferry.get("/ca/chain.pem", https=False).text())
        assert len(names) == 3, names
        shown = subprocess.run(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{ferry.https_port}", "-CAfile", f"{levels}/root.pem",
             "-verify_return_error", "-verify_hostname", ferry.host],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert "Verify return code: 0 (ok)" in shown.stdout, shown.stdout + shown.stderr
        assert ferry.get("/", https=True).status == 200
    finally:
        code = ferry.stop()
        ferry.close()
    assert code == 0, code


@test
def an_old_pkcs12_is_refused_with_what_to_do():
    _, done = import_into(*export(three_levels(), "-legacy"))
    expect(done, REFUSED, "encrypted with RC2")
    assert "export it again with AES-256" in done.stderr, done.stderr


run_suite()
