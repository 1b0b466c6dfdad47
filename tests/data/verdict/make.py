#!/usr/bin/env python3
"""Usage: make.py

Makes the certificates and CRLs of this folder anew, with openssl and faketime, and table.json: what to give to the
verdict and what it must answer. "openssl" in a row is what `openssl verify` must say where it judges the same question:
"ok" or "error"; null where it is not asked (whom a certificate names, what we refuse before any path is walked). "key"
is the private key of the leaf, for a TLS client; null where there is none. These keys open nothing.
"""

import base64
import json
import os
import secrets
import shutil
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
START, DAY = "2026-01-01 00:00:00", 86400
AT = "2026-06-01T00:00:00Z"
USER = "keyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth\nsubjectAltName=email:{0},otherName:msUPN;UTF8:{0}"
CA = "basicConstraints=critical,CA:TRUE{}\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash"

work = tempfile.mkdtemp()
made = {}


def openssl(*words, when=START):
    subprocess.run(["faketime", "-f", when, "openssl", *words], cwd=work, check=True, capture_output=True,
                   env=dict(os.environ, TZ="UTC"))  # fmt: skip


def key(name, kind="ec"):
    file = f"{name}.key"
    if kind == "ec":
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", file)
    elif kind == "p384":
        openssl("ecparam", "-name", "secp384r1", "-genkey", "-noout", "-out", file)
    else:
        openssl("genrsa", "-out", file, kind)
    return file


def certificate(name, issuer=None, subject=None, extensions="", kind="ec", days=365, when=START, digest="sha256",
                public=None):  # fmt: skip
    """NAME.pem; signed by itself without an issuer."""
    subject = f"/CN={name}" if subject is None else subject
    own = key(name, kind)
    with open(f"{work}/ext", "w", encoding="ascii") as file:
        file.write(f"[x]\n{extensions}\n[idp_ca]\n")
    openssl("req", "-new", "-key", own, "-subj", subject, "-out", "request", "-" + digest)
    signer = ["-signkey", own] if issuer is None else ["-CA", f"{issuer}.pem", "-CAkey", f"{issuer}.key"]
    forced = [] if public is None else ["-force_pubkey", public]
    serial = "0x" + (secrets.token_hex(15) if name != "root" else "01")
    sections = ["-extfile", "ext", "-extensions", "x"] if extensions else []
    openssl("x509", "-req", "-in", "request", *signer, *forced, "-days", str(days), "-set_serial", serial, "-" + digest,
            *sections, "-out", f"{name}.pem", when=when)  # fmt: skip
    made[name] = serial
    return name


def crl(name, issuer, revoked=(), since="260501000000Z", until="260701000000Z", extensions=""):
    """NAME.crl of the issuer; `revoked` are (certificate, reason)."""
    with open(f"{work}/index", "w", encoding="ascii") as index:
        for who, reason in revoked:
            mark = f"260510000000Z,{reason}" if reason else "260510000000Z"
            index.write(f"R\t270101000000Z\t{mark}\t{made[who][2:].upper()}\tunknown\t/CN=x\n")
    with open(f"{work}/ca", "w", encoding="ascii") as file:
        file.write("[ca]\ndefault_ca=d\n[d]\ndatabase=index\ncrlnumber=number\ndefault_md=sha256\n"
                   f"[x]\nauthorityKeyIdentifier=keyid\n{extensions}\n"
                   "[onlyca]\nonlyCA=TRUE\n[indirect]\nindirectCRL=TRUE\n[elsewhere]\nfullname=URI:http://x.example/a.crl\n")  # fmt: skip
    with open(f"{work}/number", "w", encoding="ascii") as file:
        file.write("01\n")
    open(f"{work}/index.attr", "w", encoding="ascii").close()
    openssl("ca", "-config", "ca", "-gencrl", "-cert", f"{issuer}.pem", "-keyfile", f"{issuer}.key", "-crlexts", "x",
            "-crl_lastupdate", since, "-crl_nextupdate", until, "-out", f"{name}.crl")  # fmt: skip
    return name


def der(name):
    with open(f"{work}/{name}.pem", encoding="ascii") as file:
        return bytearray(base64.b64decode("".join(file.read().split("-----")[2].split())))


def write_pem(name, data, what="CERTIFICATE"):
    text = base64.b64encode(bytes(data)).decode()
    lines = [text[i : i + 64] for i in range(0, len(text), 64)]
    with open(f"{work}/{name}.pem", "w", encoding="ascii") as file:
        file.write(f"-----BEGIN {what}-----\n" + "\n".join(lines) + f"\n-----END {what}-----\n")


def concatenate(name, *parts):
    with open(f"{work}/{name}.pem", "wb") as out:
        for part in parts:
            with open(f"{work}/{part}.pem", "rb") as file:
                out.write(file.read())


def public_key_of_many_bits(bits):
    """SubjectPublicKeyInfo with a modulus that nobody has factors of: enough to be refused."""

    def tlv(tag, value):
        head = bytes([len(value)]) if len(value) < 128 else bytes([0x82]) + len(value).to_bytes(2, "big")
        return bytes([tag]) + head + value

    modulus = secrets.randbits(bits) | 1 << (bits - 1) | 1
    numbers = tlv(2, b"\0" + modulus.to_bytes(bits // 8, "big")) + tlv(2, b"\1\0\1")
    algorithm = tlv(0x30, bytes.fromhex("06092a864886f70d0101010500"))
    write_pem("many", tlv(0x30, algorithm + tlv(3, b"\0" + tlv(0x30, numbers))), "PUBLIC KEY")
    return "many.pem"


rows = []
KEYS = {"deep_sent": "deep", "fifty": "good", "broken": "good", "longer": "good"}  # the others have keys of their own
WITHOUT_KEY = ("garbage", "cut", "ber", "many_bits")  # TLS libraries read none of them, or nobody has the key


def row(expected, leaf, untrusted="issuing", crls="good", anchors="root", at=AT, user="", policies=(), openssl_says=""):
    """`openssl_says` is derived from what is expected unless it is given."""
    asked = {"allowed": "ok", "no_identity": "ok", "user_mismatch": "ok", "unreadable": None}
    says = asked.get(expected, "error") if openssl_says == "" else openssl_says
    rows.append({"leaf": f"{leaf}.pem", "anchors": f"{anchors}.pem", "untrusted": f"{untrusted}.pem" if untrusted else None,
                 "crls": f"crls/{crls}" if crls else None, "at": at, "user": user, "policies": list(policies),
                 "expected": expected, "openssl": says,
                 "key": None if leaf in WITHOUT_KEY else f"keys/{KEYS.get(leaf, leaf)}.key"})  # fmt: skip


def authorities():
    certificate("root", extensions=CA.format(""), days=3650, when="2025-01-01 00:00:00")
    certificate("issuing", "root", extensions=CA.format(",pathlen:0"), days=1825)
    certificate("wide", "root", extensions=CA.format(""), days=1825)
    certificate("sub", "wide", extensions=CA.format(""), days=1825)
    certificate("foreign", extensions=CA.format(""), days=1825)
    certificate("old_root", extensions=CA.format(""), days=100)
    certificate("old_ca", "root", extensions=CA.format(""), days=100)
    certificate("young_ca", "root", extensions=CA.format(""), days=1825, when="2026-09-01 00:00:00")
    certificate("no_ca", "root", extensions="basicConstraints=critical,CA:FALSE", days=1825)
    certificate("plain_ca", "root", extensions="subjectKeyIdentifier=hash", days=1825)
    certificate("no_sign", "root", extensions="basicConstraints=critical,CA:TRUE\nkeyUsage=critical,cRLSign", days=1825)
    certificate("too_deep", "issuing", extensions=CA.format(""), days=1825)
    certificate("server_ca", "root", extensions=CA.format("") + "\nextendedKeyUsage=serverAuth", days=1825)
    certificate("odd_ca", "root", extensions=CA.format("") + "\n1.2.3.4=critical,ASN1:UTF8String:x", days=1825)
    certificate("small_ca", "root", extensions=CA.format(""), days=1825, kind="1024")
    certificate("sha1_ca", "root", extensions=CA.format(""), days=1825, digest="sha1")
    certificate("mail_ca", "root", days=1825,
                extensions=CA.format("") + "\nnameConstraints=critical,permitted;email:example.org")  # fmt: skip
    certificate("not_mail_ca", "root", days=1825,
                extensions=CA.format("") + "\nnameConstraints=critical,excluded;email:example.org")  # fmt: skip
    certificate("dir_ca", "root", days=1825,
                extensions=CA.format("") + "\nnameConstraints=critical,permitted;dirName:dn\n[dn]\nO=Example")  # fmt: skip
    certificate("dns_ca", "root", days=1825,
                extensions=CA.format("") + "\nnameConstraints=critical,permitted;DNS:example.org")  # fmt: skip
    policy = "\ncertificatePolicies=1.2.3.1"
    certificate("policy_ca", "root", extensions=CA.format("") + policy, days=1825)
    certificate("strict_ca", "root", days=1825,
                extensions=CA.format("") + policy + "\npolicyConstraints=critical,requireExplicitPolicy:0")  # fmt: skip
    certificate("any_ca", "root", extensions=CA.format("") + "\ncertificatePolicies=2.5.29.32.0", days=1825)
    certificate("no_any_ca", "root", days=1825, extensions=CA.format("") + "\ncertificatePolicies=2.5.29.32.0"
                "\ninhibitAnyPolicy=critical,0\npolicyConstraints=critical,requireExplicitPolicy:0")  # fmt: skip
    certificate("map_ca", "root", extensions=CA.format("") + policy + "\npolicyMappings=1.2.3.1:1.2.3.9", days=1825)
    certificate("no_map_ca", "map_ca", days=1825,
                extensions=CA.format("") + "\ncertificatePolicies=1.2.3.9")  # fmt: skip
    certificate("twin", subject="/CN=issuing", extensions=CA.format(""), days=1825)


def leaves():
    anna = USER.format("anna@example.org")
    good = lambda name, issuer="issuing", extensions=anna, **more: certificate(name, issuer, "/O=Example/CN=anna",
                                                                               extensions, **more)  # fmt: skip
    eku = lambda text: anna.replace("clientAuth", text)
    row("allowed", good("good"))
    row("allowed", good("rsa", kind="2048"))
    row("allowed", good("p384", kind="p384"))
    row("allowed", good("no_eku", extensions=anna.replace("extendedKeyUsage=clientAuth\n", "")))
    row("allowed", good("no_usage", extensions=anna.replace("keyUsage=critical,digitalSignature\n", "")))
    row("allowed", good("smart_card", extensions=eku("clientAuth,1.3.6.1.4.1.311.20.2.2")))
    row("allowed", good("agreement", extensions=anna.replace("digitalSignature", "keyAgreement")))
    row("allowed", good("direct", "root"), untrusted=None)
    concatenate("both", "wide", "sub")
    row("allowed", good("deep", "sub"), untrusted="both")
    concatenate("deep_sent", "deep", "wide", "sub")
    row("allowed", "deep_sent", untrusted=None, openssl_says=None)
    row("allowed", good("odd", extensions=anna + "\n1.2.3.4=ASN1:UTF8String:x"))
    row("allowed", good("mail_only", extensions="extendedKeyUsage=clientAuth\nsubjectAltName=email:anna@example.org"))
    row("allowed", good("name_only", extensions="extendedKeyUsage=clientAuth"))
    row("no_identity", certificate("nobody", "issuing", "/O=Example", "extendedKeyUsage=clientAuth"))

    row("unreadable", "garbage")
    with open(f"{work}/garbage.pem", "wb") as file:
        file.write(b"nothing of the kind")
    data = der("good")
    write_pem("cut", data[:-7])
    row("unreadable", "cut")
    write_pem("longer", data + b"\0")
    row("unreadable", "longer")
    write_pem("ber", b"\x30\x80" + data[4:] + b"\0\0")
    row("unreadable", "ber")
    row("unreadable", good("huge", extensions=anna + "\n1.2.3.4=ASN1:UTF8String:" + "x" * 20000))

    row("not_yet_valid", good("young", when="2026-09-01 00:00:00"))
    row("expired", good("old", days=100))
    row("allowed", "old", at="2026-04-11T00:00:00Z", crls=None, openssl_says=None)
    row("expired", "old", at="2026-04-11T00:00:01Z", crls=None)
    row("allowed", "good", at="2026-01-01T00:00:00Z", crls=None)
    row("not_yet_valid", "good", at="2025-12-31T23:59:59Z", crls=None)
    row("expired", good("below_old", "old_ca"), untrusted="old_ca")
    row("not_yet_valid", good("below_young", "young_ca"), untrusted="young_ca")
    row("expired", good("below_old_root", "old_root"), untrusted=None, anchors="old_root")

    row("untrusted_issuer", certificate("lonely", None, "/O=Example/CN=anna", anna), untrusted=None)
    row("untrusted_issuer", good("stranger", "foreign"), untrusted="foreign")
    row("untrusted_issuer", "good", untrusted=None)
    row("untrusted_issuer", "good", untrusted="wide")
    row("allowed", "good", anchors="issuing", untrusted=None, openssl_says=None)
    row("untrusted_issuer", "deep", untrusted="sub")

    data[-3] ^= 1
    write_pem("broken", data)
    row("bad_signature", "broken")
    row("untrusted_issuer", good("of_twin", "twin"))
    row("bad_signature", good("of_twin_unsaid", "twin", anna + "\nauthorityKeyIdentifier=none"))
    row("bad_signature", "broken", at="2026-05-31T12:00:00Z")

    row("path_invalid", good("below_leaf", "no_ca"), untrusted="no_ca")
    row("path_invalid", good("below_plain", "plain_ca"), untrusted="plain_ca")
    row("path_invalid", good("below_no_sign", "no_sign"), untrusted="no_sign")
    concatenate("too_deep_way", "issuing", "too_deep")
    row("path_invalid", good("below_too_deep", "too_deep"), untrusted="too_deep_way")
    row("path_invalid", good("below_server", "server_ca"), untrusted="server_ca")
    row("path_invalid", good("below_odd", "odd_ca"), untrusted="odd_ca")
    row("path_invalid", good("critical", extensions=anna + "\n1.2.3.4=critical,ASN1:UTF8String:x"))
    row("path_invalid", good("below_small", "small_ca"), untrusted="small_ca", openssl_says=None)
    row("path_invalid", good("below_sha1", "sha1_ca"), untrusted="sha1_ca", openssl_says=None)
    row("path_invalid", good("small", kind="1024"), openssl_says=None)
    row("path_invalid", good("sha1", digest="sha1"), openssl_says=None)
    row("path_invalid", good("many_bits", public=public_key_of_many_bits(16384)), openssl_says=None)
    row("path_invalid", good("encipher", extensions=anna.replace("digitalSignature", "keyEncipherment")))
    concatenate("fifty", "good", *["issuing"] * 50)
    row("path_invalid", "fifty", untrusted=None, openssl_says=None)

    row("allowed", good("mail_in", "mail_ca"), untrusted="mail_ca")
    row("path_invalid", good("mail_out", "mail_ca", USER.format("anna@example.net")), untrusted="mail_ca")
    row("path_invalid", good("mail_excluded", "not_mail_ca"), untrusted="not_mail_ca")
    row("allowed", good("dir_in", "dir_ca"), untrusted="dir_ca")
    row("path_invalid", certificate("dir_out", "dir_ca", "/O=Other/CN=anna", anna), untrusted="dir_ca")
    row("allowed", good("dns_none", "dns_ca"), untrusted="dns_ca")
    row("path_invalid", good("dns_out", "dns_ca", anna + ",DNS:host.example.net"), untrusted="dns_ca")

    policy = anna + "\ncertificatePolicies="
    row("allowed", good("policy", "policy_ca", policy + "1.2.3.1"), untrusted="policy_ca", policies=["1.2.3.1"])
    row("path_invalid", good("no_policy", "policy_ca"), untrusted="policy_ca", policies=["1.2.3.1"])
    row("allowed", "no_policy", untrusted="policy_ca")
    row("path_invalid", "policy", untrusted="policy_ca", policies=["1.2.3.2"])
    row("allowed", "policy", untrusted="policy_ca", policies=["1.2.3.2", "1.2.3.1"])
    row("allowed", good("strict", "strict_ca", policy + "1.2.3.1"), untrusted="strict_ca")
    row("path_invalid", good("strict_none", "strict_ca"), untrusted="strict_ca")
    row("path_invalid", good("strict_other", "strict_ca", policy + "1.2.3.2"), untrusted="strict_ca")
    row("allowed", good("any", "any_ca", policy + "1.2.3.7"), untrusted="any_ca", policies=["1.2.3.7"])
    row("allowed", good("named", "no_any_ca", policy + "1.2.3.7"), untrusted="no_any_ca")
    row("path_invalid", good("no_any", "no_any_ca", policy + "2.5.29.32.0"), untrusted="no_any_ca")
    row("allowed", good("mapped", "map_ca", policy + "1.2.3.9"), untrusted="map_ca", policies=["1.2.3.1"])
    row("path_invalid", good("unmapped", "map_ca", policy + "1.2.3.8"), untrusted="map_ca", policies=["1.2.3.1"])

    for usage in ("serverAuth", "emailProtection", "codeSigning", "anyExtendedKeyUsage", "1.3.6.1.4.1.311.20.2.2"):
        row("wrong_eku", good("eku_" + usage.rsplit(".", maxsplit=1)[-1], extensions=eku(usage)))


def revocations():
    anna = USER.format("anna@example.org")
    for name in ("revoked", "held", "removed_later"):
        certificate(name, "issuing", "/O=Example/CN=anna", anna)
    row("revoked", "revoked")
    row("revoked", "held")
    row("revoked", "revoked", crls="ca_revoked")
    row("revoked", "deep", untrusted="both", crls="ca_revoked")
    row("allowed", "removed_later", crls="good")
    row("allowed", "revoked", crls=None)
    for name in ("none", "late", "early", "forged", "onlyca", "indirect", "critical", "elsewhere"):
        row("revocation_unknown", "good", crls=name)
    row("expired", "old", crls="none")
    row("wrong_eku", "eku_serverAuth", crls="none")


def identities():
    for user in ("anna@example.org", "Anna@EXAMPLE.org", "anna", "ANNA", "EXAMPLE\\anna", "example%5Canna",
                 "EXAMPLE\\anna@example.org"):  # fmt: skip
        row("allowed", "good", user=user)
    for user in ("ben@example.org", "anna@example.net", "ben", "EXAMPLE\\ben", "OTHER\\anna", "anna@", "annaa"):
        row("user_mismatch", "good", user=user)
    row("allowed", "name_only", user="anna")
    row("user_mismatch", "name_only", user="ben@example.org")
    row("expired", "old", user="ben@example.org")


def lists():
    crl("root", "root")
    crl("issuing", "issuing", [("revoked", "keyCompromise"), ("held", "certificateHold")])
    crl("wide", "wide")
    crl("sub", "sub")
    crl("wide_revoked_root", "root", [("wide", "cACompromise")])
    crl("late", "issuing", until="260515000000Z")
    crl("early", "issuing", since="260615000000Z", until="260715000000Z")
    crl("forged", "twin")
    crl("onlyca", "issuing", extensions="issuingDistributionPoint=critical,@onlyca")
    crl("indirect", "issuing", extensions="issuingDistributionPoint=critical,@indirect")
    crl("elsewhere", "issuing", extensions="issuingDistributionPoint=critical,@elsewhere")
    crl("critical", "issuing", extensions="1.2.3.4=critical,ASN1:UTF8String:x")
    others = [crl(name, name) for name in made if name.endswith("_ca") or name in ("too_deep", "no_sign", "foreign", "old_root")]
    sets = {"good": ["root", "issuing", "wide", "sub", *others], "none": ["root"],
            "ca_revoked": ["wide_revoked_root", "issuing", "wide", "sub"]}  # fmt: skip
    sets.update({name: ["root", name] for name in ("late", "early", "forged", "onlyca", "indirect", "critical", "elsewhere")})
    for name, members in sets.items():
        os.makedirs(f"{HERE}/crls/{name}", exist_ok=True)
        for member in members:
            shutil.copy(f"{work}/{member}.crl", f"{HERE}/crls/{name}/{member}.crl")


def main():
    for old in os.listdir(HERE):
        if old.endswith((".pem", ".json")):
            os.unlink(f"{HERE}/{old}")
    for folder in ("crls", "keys"):
        shutil.rmtree(f"{HERE}/{folder}", ignore_errors=True)
    os.mkdir(f"{HERE}/keys")
    authorities()
    leaves()
    revocations()
    identities()
    lists()
    wanted = {row[kind] for row in rows for kind in ("leaf", "anchors", "untrusted") if row[kind]}
    for name in sorted(wanted):
        shutil.copy(f"{work}/{name}", f"{HERE}/{name}")
    for name in {row["key"] for row in rows if row["key"]}:
        shutil.copy(f"{work}/{os.path.basename(name)}", f"{HERE}/{name}")
    with open(f"{HERE}/table.json", "w", encoding="ascii") as file:
        file.write("[\n" + ",\n".join("  " + json.dumps(row) for row in rows) + "\n]\n")
    shutil.rmtree(work)
    print(f"{len(rows)} rows, {len(wanted)} files")


main()
