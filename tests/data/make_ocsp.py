"""Makes the OCSP requests under ocsp/ anew, octet by octet: good ones, and what a strict reader refuses. Run by make.sh."""

import os

HERE = os.path.dirname(os.path.abspath(__file__))

SHA1 = bytes.fromhex("06052b0e03021a")
SHA256 = bytes.fromhex("0609608648016503040201")
MD5 = bytes.fromhex("06082a864886f70d0205")
NONCE = bytes.fromhex("06092b0601050507300102")
UNKNOWN = bytes.fromhex("06092b060105050730017f")
NULL = bytes.fromhex("0500")
TRUE = bytes.fromhex("0101ff")


def tlv(tag, *parts):
    content = b"".join(parts)
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def sequence(*parts):
    return tlv(0x30, *parts)


def octets(content):
    return tlv(0x04, content)


def cert_id(serial=b"\x7f\x01", algorithm=SHA1 + NULL, name=b"\x11" * 20, key=b"\x22" * 20):
    return sequence(sequence(algorithm), octets(name), octets(key), tlv(0x02, serial))


def single(*parts, extensions=b""):
    return sequence(*(parts or (cert_id(),)), extensions and tlv(0xA0, sequence(extensions)))


def extension(oid, value, critical=b""):
    return sequence(oid, critical, octets(value))


def nonce(content):
    return extension(NONCE, octets(content))


def request(*singles, extensions=b"", before=b"", behind=b""):
    listed = sequence(*(singles or (single(),)))
    return sequence(sequence(before, listed, extensions and tlv(0xA2, sequence(extensions))), behind)


SHA256_ID = cert_id(algorithm=SHA256 + NULL, name=b"\x33" * 32, key=b"\x44" * 32)
NAME = tlv(0xA1, tlv(0xA4, sequence(tlv(0x31, sequence(bytes.fromhex("0603550403"), tlv(0x0C, b"Ann"))))))
SIGNATURE = tlv(0xA0, sequence(sequence(bytes.fromhex("06092a864886f70d01010b") + NULL), tlv(0x03, b"\x00" + b"s" * 64)))

GOOD = {
    "sha1": request(),
    "sha1-without-null": request(single(cert_id(algorithm=SHA1))),
    "sha256": request(single(SHA256_ID)),
    "serial-20-octets": request(single(cert_id(b"\x7f" * 20))),
    "serial-0": request(single(cert_id(b"\x00"))),
    "serial-high-bit": request(single(cert_id(b"\x00\xff"))),
    "nonce-1": request(extensions=nonce(b"n")),
    "nonce-32": request(extensions=nonce(b"n" * 32)),
    "eight": request(*[single(cert_id(bytes([i + 1]))) for i in range(8)]),
    "named-and-signed": request(before=NAME, behind=SIGNATURE),
    "version-written": request(before=tlv(0xA0, tlv(0x02, b"\x00"))),
    "unknown-extension": request(extensions=extension(UNKNOWN, b"\x05\x00")),
    "unknown-extension-of-one": request(single(cert_id(), extensions=extension(UNKNOWN, b"\x05\x00"))),
}

HOSTILE = {
    "empty": b"",
    "no-certificates": sequence(sequence(sequence())),
    "nine": request(*[single(cert_id(bytes([i + 1]))) for i in range(9)]),
    "sixty": request(*[single(cert_id(bytes([1 + i % 120]))) for i in range(60)]),
    "cut": request()[:-1],
    "byte-behind": request() + b"\x00",
    "md5": request(single(cert_id(algorithm=MD5 + NULL, name=b"\x11" * 16, key=b"\x22" * 16))),
    "sha1-of-32-octets": request(single(cert_id(name=b"\x11" * 32))),
    "key-hash-empty": request(single(cert_id(key=b""))),
    "serial-21-octets": request(single(cert_id(b"\x7f" * 21))),
    "serial-negative": request(single(cert_id(b"\xff"))),
    "serial-empty": request(single(cert_id(b""))),
    "serial-padded": request(single(cert_id(b"\x00\x01"))),
    "nonce-empty": request(extensions=nonce(b"")),
    "nonce-33": request(extensions=nonce(b"n" * 33)),
    "nonce-bare": request(extensions=extension(NONCE, b"just octets")),
    "nonce-with-more": request(extensions=extension(NONCE, octets(b"n") + b"\x05\x00")),
    "nonce-twice": request(extensions=nonce(b"a") + nonce(b"b")),
    "critical-unknown": request(extensions=extension(UNKNOWN, b"\x05\x00", TRUE)),
    "critical-unknown-of-one": request(single(cert_id(), extensions=extension(UNKNOWN, b"\x05\x00", TRUE))),
    "indefinite-length": b"\x30\x80" + request()[2:] + b"\x00\x00",
    "long-length": b"\x30\x81" + request()[1:],
    "deep": b"\x30\x80" * 1000,
    "length-of-4-gigabytes": b"\x30\x84\xff\xff\xff\xff" + request()[2:],
    "http": b"GET / HTTP/1.1\r\n\r\n",
}


def main():
    for folder, files in (("good", GOOD), ("hostile", HOSTILE)):
        os.makedirs(f"{HERE}/ocsp/{folder}", exist_ok=True)
        for name, content in files.items():
            with open(f"{HERE}/ocsp/{folder}/{name}.der", "wb") as file:
                file.write(content)


main()
