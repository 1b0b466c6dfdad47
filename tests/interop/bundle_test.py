"""Bundles of both packings and both kinds of key, opened by everybody with the printed password and by nobody with another."""

import contextlib
import json

import der
from ferry import Ferry
from readers import BUNDLE_READERS, Refused, call, pem_certificates, sha256, write
from tap import case, run

TRIPLE_DES, PBES2, PBKDF2 = "1.2.840.113549.1.12.1.3", "1.2.840.113549.1.5.13", "1.2.840.113549.1.5.12"
AES_256_CBC, HMAC_SHA256 = "2.16.840.1.101.3.4.1.42", "1.2.840.113549.2.9"
SHA1, SHA256 = "1.3.14.3.2.26", "2.16.840.1.101.3.4.2.1"


class Bundle:
    def __init__(self, ferry, packing, user):
        self.packing = packing
        self.path = ferry.file(f"{packing}.p12")
        self.said = json.loads(ferry.command("mint", user, "--packing", packing, "--out", self.path, "--json"))
        self.password = self.said["password"]
        with open(self.path, "rb") as file:
            self.bytes = file.read()


class Wanted:
    """Leaf, issuing and root, as OpenSSL finds them and as the command line names them; the leaf's path is verified."""

    def __init__(self, ferry, bundle):
        source = ["openssl", "pkcs12", "-in", bundle.path, "-passin", "file:" + write(bundle.password), "-nokeys"]
        leaf = call(*source, "-clcerts")
        serial = call("openssl", "x509", "-noout", "-serial", data=leaf).decode().strip().removeprefix("serial=")
        assert serial.lower() == bundle.said["serial"], f"the leaf has the serial {serial}"
        public = call("openssl", "x509", "-noout", "-pubkey", data=leaf)
        self.key = sha256(call("openssl", "pkey", "-pubin", "-outform", "DER", data=public))
        self.root, self.issuing = ferry.file("authority/ca/root.pem"), ferry.file("authority/ca/issuing.pem")
        self.certificates = pem_certificates(leaf) + [file_sha256(path) for path in (self.issuing, self.root)]
        anchors = ["-CAfile", self.root, "-no-CApath", "-no-CAstore", "-untrusted", self.issuing]
        call("openssl", "verify", *anchors, "-x509_strict", "-purpose", "sslclient", "-policy_check", data=leaf)


def file_sha256(path):
    with open(path, "rb") as file:
        (digest,) = pem_certificates(file.read())
    return digest


def opens(bundle, reader, wanted):
    found = BUNDLE_READERS[reader](bundle.path, bundle.password)
    if found.key is not None:
        assert found.key == wanted.key, f"the key is {found.key}"
    assert sorted(found.certificates) == sorted(wanted.certificates), f"found {found.certificates}"


def does_not_open(bundle, reader):
    wrong = bundle.password[:-1] + ("b" if bundle.password[-1] == "a" else "a")
    try:
        BUNDLE_READERS[reader](bundle.path, wrong)
    except Refused:
        return
    raise AssertionError(f"{reader} opened it with {wrong} instead of {bundle.password}")


# What the bytes say


def mac(bundle):
    data = der.read(bundle.bytes)[2]
    return data[0][0][0].oid(), len(data[1].octets()), data[2].integer()


def parts(bundle):
    """The contents of AuthenticatedSafe: encrypted certificates, then the key."""
    return der.read(bundle.bytes)[1][1][0][0]


def algorithms(bundle):
    safe = parts(bundle)
    assert len(safe) == 2, f"{len(safe)} parts"
    return safe[0][1][0][1][1], safe[1][1][0][0][0][1][0][0]


def is_compat(bundle):
    assert mac(bundle) == (SHA1, 8, 10000), mac(bundle)
    for algorithm in algorithms(bundle):
        assert algorithm[0].oid() == TRIPLE_DES, algorithm[0].oid()
        assert len(algorithm[1][0].octets()) == 8
        assert algorithm[1][1].integer() == 10000


def is_modern(bundle):
    assert mac(bundle) == (SHA256, 8, 100000), mac(bundle)
    for algorithm in algorithms(bundle):
        assert algorithm[0].oid() == PBES2, algorithm[0].oid()
        derivation, cipher = algorithm[1][0], algorithm[1][1]
        assert derivation[0].oid() == PBKDF2
        assert len(derivation[1][0].octets()) == 8
        assert derivation[1][1].integer() == 100000
        assert derivation[1][2][0].oid() == HMAC_SHA256
        assert cipher[0].oid() == AES_256_CBC


IS_PACKED = {"compat": is_compat, "modern": is_modern}


def salts_differ(bundles):
    """No salt is used twice, not within a bundle and not between bundles."""
    salts = [der.read(bundle.bytes)[2][1].octets() for bundle in bundles]
    for bundle in bundles:
        for algorithm in algorithms(bundle):
            holder = algorithm[1] if bundle.packing == "compat" else algorithm[1][0][1]
            salts.append(holder[0].octets())
    assert len(set(salts)) == len(salts), f"{len(salts) - len(set(salts))} salts stand there twice"


def names_and_order(bundle, wanted):
    """OpenSSL lists certificates and their attributes as they stand in the bundle."""
    source = ["openssl", "pkcs12", "-in", bundle.path, "-passin", "file:" + write(bundle.password), "-noenc"]
    text = call(*source)
    assert pem_certificates(text) == wanted.certificates, "leaf, issuing, root"
    assert text.count(b"-----BEGIN PRIVATE KEY-----") == 1
    for attribute in (b"localKeyID:", b"friendlyName:"):
        lines = [line for line in text.splitlines() if attribute in line]
        assert len(lines) == 2 and lines[0] == lines[1], lines


def is_kind(bundle, wanted, kind):
    listing = call("openssl", "pkcs12", "-in", bundle.path, "-passin", "file:" + write(bundle.password), "-nokeys", "-clcerts")
    text = call("openssl", "x509", "-noout", "-text", data=listing).decode()
    words = {"rsa": "Public-Key: (2048 bit)", "ec": "NIST CURVE: P-256"}
    assert words[kind] in text, text


def add_cases(kind, packing, ferry):
    bundle = Bundle(ferry, packing, f"{kind}@example.com")
    wanted = Wanted(ferry, bundle)
    name = f"{kind}_{packing}"
    case(f"{name}_has_a_key_of_that_kind", is_kind, bundle, wanted, kind)
    case(f"{name}_has_exactly_its_algorithms_iterations_and_salts", IS_PACKED[packing], bundle)
    case(f"{name}_names_leaf_and_key_alike_and_nobody_else", names_and_order, bundle, wanted)
    for reader in BUNDLE_READERS:
        case(f"{name}_opens_in_{reader}", opens, bundle, reader, wanted)
        case(f"{name}_does_not_open_in_{reader}_with_a_wrong_password", does_not_open, bundle, reader)
    return bundle


def main():
    with contextlib.ExitStack() as stack:
        bundles = []
        for kind, key in (("rsa", "rsa-2048"), ("ec", "ec-p256")):
            ferry = Ferry(keys=None, bundle_key=key)
            stack.callback(ferry.close)
            ferry.init()
            bundles += [add_cases(kind, packing, ferry) for packing in IS_PACKED]
        case("no_salt_is_used_twice", salts_differ, bundles)
        run()


main()
