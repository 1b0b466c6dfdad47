"""The first minutes of an account with tools that everybody has: curl and openssl s_client send the vectors of MS-ASPROV
and MS-ASCMD as bytes, and what comes back is held against bytes."""

import base64
import re
import subprocess
import time

import phone as eas
from ferry import Ferry
from phone import PATH, TYPE
from tap import case, run, test
from tls_client import s_client

FERRY = Ferry(options=["--key", "ec-p256"], bundle_key="ec-p256")
USER = "alice@example.test"
PEMS = []


def pem():
    if not PEMS:
        PEMS.append(eas.pem_of(eas.mint(FERRY, USER)))
    return PEMS[0]


# ---- vectors: requests ----

KIND = b"\x48\x03MS-EAS-Provisioning-WBXML\0\x01"  # PolicyType
KEY = "1307199584"  # of the vectors; the one that the server offers stands in its place
HEAD = bytes.fromhex("03016a00000e45")
V1 = bytes.fromhex(
    "03 01 6a 00 00 0e 45 46 47 48 03 4d 53 2d 45 41 53 2d 50 72 6f 76 69 73 69 6f 6e 69 6e 67 2d 57 42 58 4d 4c 00 01 01 01 01"
)
V2 = bytes.fromhex(
    "03 01 6a 00 00 0e 45 00 12 56 48 57 03 54 72 6f 70 68 79 00 01 5a 03 57 69 6e 64 6f 77 73 20 50 68 6f 6e 65 20 37 2e 30"
    "2e 37 30 30 34 00 01 01 01 00 0e 46 47 48 03 4d 53 2d 45 41 53 2d 50 72 6f 76 69 73 69 6f 6e 69 6e 67 2d 57 42 58 4d 4c"
    "00 01 01 01 01"
)
V4 = bytes.fromhex(
    "03 01 6a 00 00 0e 45 46 47 48 03 4d 53 2d 45 41 53 2d 50 72 6f 76 69 73 69 6f 6e 69 6e 67 2d 57 42 58 4d 4c 00 01 49 03"
    "31 33 30 37 31 39 39 35 38 34 00 01 4b 03 32 00 01 01 01 01"
)
V8 = bytes.fromhex("03 01 6a 00 00 07 56 52 03 30 00 01 01")

# ---- vectors: answers ----

V5 = bytes.fromhex(
    "03 01 6a 00 00 0e 45 4b 03 31 00 01 46 47 48 03 4d 53 2d 45 41 53 2d 50 72 6f 76 69 73 69 6f 6e 69 6e 67 2d 57 42 58 4d"
    "4c 00 01 4b 03 31 00 01 49 03 33 39 34 32 39 31 39 35 31 33 00 01 01 01 01"
)
V9 = bytes.fromhex("03 01 6a 00 00 07 56 4c 03 31 34 32 00 01 01")
DEVICE_INFORMATION_TAKEN = bytes.fromhex("00 12 56 46 03 31 00 01 01 00 0e")
FOLDERS_COME = bytes.fromhex("03 01 6a 00 00 07 56 4c 03 31 00 01")

# Without a policy key, and with the one of the vectors.
QUERY_OF_PROVISION = "jRQJBBBBQkNERUYwMTIzNDU2Nzg5AAJXUAgSYWxpY2VAZXhhbXBsZS50ZXN0"
QUERY_OF_FOLDER_SYNC = "jQkJBBBBQkNERUYwMTIzNDU2Nzg5BGBI6k0CV1AIEmFsaWNlQGV4YW1wbGUudGVzdA=="


class Answer:
    """Of bytes as they came: `raw` is head and body of one HTTP answer."""

    def __init__(self, raw):
        head, _, self.body = raw.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        self.status = int(lines[0].split()[1])
        self.headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:])}
        assert int(self.headers["content-length"]) == len(self.body), (lines, self.body)

    def __repr__(self):
        return f"{self.status} {self.headers} {self.body.hex()}"


def by_curl(method, query, headers, body):
    sent = FERRY.file("sent.wbxml")
    with open(sent, "wb") as file:
        file.write(body)
    words = ["curl", "--silent", "--show-error", "--include", "--http1.1", "--cacert", FERRY.file("authority/ca/root.pem"),
             "--cert", pem(), "-X", method]  # fmt: skip
    for name, value in headers.items():
        words += ["-H", f"{name}: {value}"]
    if method == "POST":
        words += ["--data-binary", "@" + sent]
    url = f"https://127.0.0.1:{FERRY.eas_port}{PATH}" + (f"?{query}" if query else "")
    done = subprocess.run([*words, url], capture_output=True)
    assert done.returncode == 0, done.stderr
    return Answer(done.stdout)


def by_s_client(method, query, headers, body):
    """Its -quiet prints what the server sends and nothing else."""
    target = PATH + (f"?{query}" if query else "")
    lines = [f"{method} {target} HTTP/1.1", f"Host: {FERRY.host}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()] + [f"Content-Length: {len(body)}"] * (method == "POST")
    done = subprocess.run(
        ["openssl", "s_client", "-quiet", "-verify_quiet", "-verify_return_error", "-CAfile", FERRY.file("authority/ca/root.pem"),
         "-connect", f"127.0.0.1:{FERRY.eas_port}", "-cert", pem(), "-key", pem(), "-cert_chain", pem()],
        input="\r\n".join(lines).encode() + b"\r\n\r\n" + body, capture_output=True)  # fmt: skip
    return Answer(done.stdout)


TOOLS = {"curl": by_curl, "s_client": by_s_client}


def same_letters(template, data, key):
    """`data` is `template` with another policy key in the place of `key`; that one."""
    before, after = template.split(key.encode())
    found = re.fullmatch(re.escape(before) + rb"([1-9][0-9]{0,9})" + re.escape(after), data, re.DOTALL)
    assert found, (template.hex(), data.hex())
    return found.group(1).decode()


def offered_key(answer, template):
    """Of the answer to an initial Provision, which begins like `template` and has a key and the document after it."""
    assert answer.status == 200 and answer.headers["content-type"] == TYPE, answer
    found = re.match(re.escape(template + b"\x49\x03") + rb"([1-9][0-9]{0,9})\0\x01\x4a\x4d", answer.body, re.DOTALL)
    assert found, (template.hex(), answer)
    return found.group(1).decode()


class Plain:
    """Plain queries, and the key in its header."""

    def __init__(self, version, device):
        self.version, self.device = version, device

    def query(self, command, key):
        return f"Cmd={command}&User={USER.replace('@', '%40')}&DeviceId={self.device}&DeviceType=WP"

    def headers(self, key):
        return {"Content-Type": TYPE, "MS-ASProtocolVersion": self.version, "X-MS-PolicyKey": key or "0", "User-Agent": "walk"}


class Packed:
    """The base64 queries; 16 letters of DeviceId can be others, and the four octets of the key."""

    version = "14.1"

    def __init__(self, device):
        assert len(device) == 16
        self.device = device

    def query(self, command, key):
        known = {"Provision": QUERY_OF_PROVISION, "FolderSync": QUERY_OF_FOLDER_SYNC}[command]
        packed = base64.b64decode(known).replace(b"ABCDEF0123456789", self.device.encode())
        at = packed.index(self.device.encode()) + 16
        rest = packed[at + 1 + packed[at] :]
        octets = b"\0" if key is None else b"\x04" + int(key).to_bytes(4, "little")
        return base64.b64encode(packed[:at] + octets + rest).decode()

    def headers(self, key):
        return {"Content-Type": TYPE, "User-Agent": "walk"}


def walks(tool, form, initial, between):
    """OPTIONS, FolderSync that is sent to provision, both phases, FolderSync that has folders."""
    send = TOOLS[tool]
    options = send("OPTIONS", "", {}, b"")
    assert options.status == 200 and options.body == b"", options
    assert form.version in options.headers["ms-asprotocolversions"].split(","), options
    assert {"Provision", "FolderSync", "Sync"} <= set(options.headers["ms-asprotocolcommands"].split(",")), options

    first = send("POST", form.query("FolderSync", None), form.headers(None), V8)
    assert (first.status, first.body) == (200, V9), first

    offer = send("POST", form.query("Provision", None), form.headers(None), initial)
    offered = offered_key(offer, HEAD + between + b"\x4b\x031\0\x01\x46\x47" + KIND + b"\x4b\x031\0\x01")
    agreed = send("POST", form.query("Provision", offered), form.headers(offered), V4.replace(KEY.encode(), offered.encode()))
    assert agreed.status == 200, agreed
    key = same_letters(V5, agreed.body, "3942919513")
    assert key != offered and int(key) < 2**31, (offered, key)

    folders = send("POST", form.query("FolderSync", key), form.headers(key), V8)
    assert folders.status == 200 and folders.body.startswith(FOLDERS_COME), folders
    stale = send("POST", form.query("FolderSync", offered), form.headers(offered), V8)
    assert stale.body == V9.replace(b"142", b"144"), stale


for _number, _tool in enumerate(TOOLS):
    case(f"{_tool}_walks_with_plain_queries_and_v1", walks, _tool, Plain("14.0", f"PLAIN{_number}"), V1, b"")
    case(f"{_tool}_walks_with_plain_queries_and_v2", walks, _tool, Plain("14.1", f"NEWER{_number}"), V2, DEVICE_INFORMATION_TAKEN)
    case(f"{_tool}_walks_with_base64_queries", walks, _tool, Packed(f"ABCDEF012345678{_number}"), V2, DEVICE_INFORMATION_TAKEN)


@test
def the_base64_queries_are_read_as_they_stand():
    """With the key of the vectors, which nobody was given: the device is told so, and is known by its name."""
    headers = {"Content-Type": TYPE}
    for send in TOOLS.values():
        answer = send("POST", QUERY_OF_FOLDER_SYNC, headers, V8)
        assert (answer.status, answer.body) == (200, V9.replace(b"142", b"143")), answer
        answer = send("POST", QUERY_OF_PROVISION, headers, V2)
        offered_key(answer, HEAD + DEVICE_INFORMATION_TAKEN + b"\x4b\x031\0\x01\x46\x47" + KIND + b"\x4b\x031\0\x01")
    wanted = [(USER, "WP", "Trophy", "Windows Phone 7.0.7004")]
    for _ in range(600):
        rows = FERRY.sql("SELECT user_name, device_type, model, os FROM device WHERE device_id = 'abcdef0123456789'")
        if rows == wanted:
            return
        time.sleep(0.05)  # the type comes with the sighting, a moment after the answer
    raise AssertionError(rows)


@test
def versions_before_14_get_449():
    for send in TOOLS.values():
        form = Plain("12.1", "OLDER0")
        answer = send("POST", form.query("FolderSync", None), form.headers(None), V8)
        assert (answer.status, answer.body) == (449, b""), answer


@test
def without_the_certificate_nothing_of_it_goes():
    query = Plain("14.1", "BARE0").query("FolderSync", None)
    asked = f"OPTIONS {PATH}?{query} HTTP/1.1\r\nHost: {FERRY.host}\r\nConnection: close\r\n\r\n"
    assert "HTTP/1.1 403 " in s_client(FERRY, asked=asked)


with FERRY:
    run()
