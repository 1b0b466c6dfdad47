"""A scripted phone: Exchange ActiveSync over mutual TLS, with a WBXML of its own.

    phone = Phone(ferry, bundle, user="ann@example.com")
    phone.options()
    phone.provision()
    folders = phone.folder_sync()
    phone.sync(folders)

A document is a tree of (tag, children or text or None), the tag is its code page and its token: 0x0E05. Nothing of
certferry is used to write or read it.
"""

import base64
import http.client
import json
import os
import re
import socket
import ssl
import struct
import subprocess
import urllib.parse

from ferry import Answer

PATH = "/Microsoft-Server-ActiveSync"
TYPE = "application/vnd.ms-sync.wbxml"
CODES = {
    "Sync": 0, "SendMail": 1, "SmartForward": 2, "SmartReply": 3, "GetAttachment": 4, "FolderSync": 9, "FolderCreate": 10,
    "FolderDelete": 11, "FolderUpdate": 12, "MoveItems": 13, "GetItemEstimate": 14, "MeetingResponse": 15, "Search": 16,
    "Settings": 17, "Ping": 18, "ItemOperations": 19, "Provision": 20, "ResolveRecipients": 21, "ValidateCert": 22,
}  # fmt: skip

POLICY_WBXML = "MS-EAS-Provisioning-WBXML"
POLICY_WAP = "MS-WAP-Provisioning-XML"


# ---- WBXML ----


def encode(tree):
    out = bytearray(b"\x03\x01\x6a\x00")
    page = [0]

    def write(tag, content):
        if tag >> 8 != page[0]:
            page[0] = tag >> 8
            out.extend((0, page[0]))
        if content is None:
            out.append(tag & 0x3F)
            return
        out.append(tag & 0x3F | 0x40)
        if isinstance(content, list):
            for child in content:
                write(*child)
        else:
            out.extend(b"\x03" + str(content).encode() + b"\0")
        out.append(1)

    write(*tree)
    return bytes(out)


def decode(data):
    assert data[:4] == b"\x03\x01\x6a\x00", data[:8].hex()
    page, at, root, stack = 0, 4, [], []
    level = root
    while at < len(data):
        token = data[at]
        at += 1
        if token == 0:
            page = data[at]
            at += 1
        elif token == 1:
            level = stack.pop()
        elif token == 3:
            end = data.index(b"\0", at)
            level.append(data[at:end].decode())
            at = end + 1
        else:
            assert token & 0x80 == 0 and token & 0x3F >= 5, f"token {token:02x} at {at - 1}"
            children = []
            level.append((page << 8 | token & 0x3F, children))
            if token & 0x40:
                stack.append(level)
                level = children
    assert not stack and len(root) == 1, "not one root"
    return root[0]


def find(tree, *tags):
    """The children of the element that the tags below the root lead to; None when there is none."""
    content = tree[1]
    for tag in tags:
        content = next((child[1] for child in content if not isinstance(child, str) and child[0] == tag), None)
        if content is None:
            return None
    return content


def text(tree, *tags):
    content = find(tree, *tags)
    return None if content is None else "".join(content)


def every_tag(tree):
    yield tree[0]
    for child in tree[1]:
        if not isinstance(child, str):
            yield from every_tag(child)


WIPE_TAGS = (0x0E0C, 0x0E3B)  # RemoteWipe and AccountOnlyRemoteWipe, on the page of Provision


def pages_of(data):
    """(page, the bytes of it that are no text and no switch of pages), of whatever the bytes are."""
    page, start = 0, 4 if data[:4] == b"\x03\x01\x6a\x00" else 0
    for part in re.finditer(rb"\x00(.)|\x03[^\x00]*\x00|([^\x00])", data[start:], re.DOTALL):
        if part[1]:
            page = part[1][0]
        elif part[2]:
            yield page, part[2][0]


def has_wipe(data):
    """Whether a phone that reads this would wipe itself: decoded, and by the bytes of the page alone."""
    try:
        decoded = any(tag in WIPE_TAGS for tag in every_tag(decode(data)))
    except (AssertionError, IndexError, ValueError):
        decoded = False  # then the bytes alone tell
    return decoded or any(page << 8 | byte & 0x3F in WIPE_TAGS for page, byte in pages_of(data))


# ---- the phone ----


def pem_of(bundle):
    """Certificate and key of what `mint --json` printed, as a PEM file beside the bundle."""
    words = ["openssl", "pkcs12", "-in", bundle["file"], "-nodes", "-legacy", "-passin", "stdin"]
    done = subprocess.run(words, input=bundle["password"].encode(), capture_output=True, check=True)
    path = bundle["file"] + ".pem"
    with open(path, "wb", opener=lambda file, flags: os.open(file, flags, 0o600)) as file:
        file.write(done.stdout)
    return path


def mint(ferry, user, *options):
    file = ferry.file(f"{len(os.listdir(ferry.folder))}.p12")
    return json.loads(ferry.command("mint", user, "--out", file, "--json", *options))


class Phone:
    """`pem` is certificate and key, or None. It has one connection as long as the server keeps it."""

    def __init__(self, ferry, pem=None, user="ann@example.com", device="ABC0123456789", kind="Phone", version="14.1",
                 base64_query=False, password=None, agent="Phone/1.0", tls=None,
                 source=None):  # fmt: skip
        self.ferry, self.user, self.device, self.kind = ferry, user, device, kind
        self.version, self.base64_query, self.password, self.agent = version, base64_query, password, agent
        self.key = None
        self.seen = []  # every WBXML answer, as it came
        self.source = source  # address from which it connects
        self.session = None
        self.resumed = False  # the last connection resumed a session
        self.connection = None
        self.context = ssl.create_default_context(cadata=ferry.get("/ca/root.pem", https=False).text())
        if tls:
            self.context.minimum_version = self.context.maximum_version = tls
        if pem:
            self.context.load_cert_chain(pem)

    # Connections

    def connect(self):
        plain = socket.create_connection(("127.0.0.1", self.ferry.eas_port), 60, (self.source, 0) if self.source else None)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        secure = self.context.wrap_socket(plain, server_hostname=self.ferry.host, session=self.session)
        self.connection = http.client.HTTPConnection("127.0.0.1", self.ferry.eas_port)
        self.connection.sock = secure
        self.resumed = secure.session_reused

    def hang_up(self):
        """Keeps the TLS session for the next connection."""
        if self.connection is None:
            return
        if self.connection.sock:
            self.session = self.connection.sock.session
        self.connection.close()
        self.connection = None

    def forget_session(self):
        self.hang_up()
        self.session = None

    # Requests

    def headers(self, key):
        headers = {"Host": f"{self.ferry.host}:{self.ferry.eas_port}", "User-Agent": self.agent}
        if self.password is not None:
            pair = f"{self.user}:{self.password}".encode()
            headers["Authorization"] = "Basic " + base64.b64encode(pair).decode()
        if not self.base64_query:
            headers["MS-ASProtocolVersion"] = self.version
            if key is not None:
                headers["X-MS-PolicyKey"] = str(key)
        return headers

    def query(self, command, key):
        if not self.base64_query:
            fields = {"Cmd": command, "User": self.user, "DeviceId": self.device, "DeviceType": self.kind}
            return urllib.parse.urlencode(fields)
        version = int(self.version.replace(".", ""))
        packed = struct.pack("<BBH", version, CODES[command], 0x0409)
        for field in (self.device.encode(), b"" if key is None else struct.pack("<I", key), self.kind.encode()):
            packed += bytes([len(field)]) + field
        packed += bytes([8, len(self.user)]) + self.user.encode()
        return base64.b64encode(packed).decode()

    def request(self, method, target, body=None, headers=None):
        """On the connection that there is; a new one when the server has closed it."""
        for attempt in range(2):
            fresh = self.connection is None
            if fresh:
                self.connect()
            try:
                self.connection.request(method, target, body=body, headers=headers or self.headers(None))
                response = self.connection.getresponse()
                answer = Answer(response)
                assert not has_wipe(answer.body), "the phone was told to wipe itself"
                if response.will_close:
                    self.hang_up()
                return answer
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError, ssl.SSLEOFError):
                self.hang_up()
                if fresh or attempt:
                    raise
        raise AssertionError("no answer")

    def options(self):
        return self.request("OPTIONS", PATH)

    def post(self, command, tree=None, key="own", body=None, **extra):
        """`tree` is the document; `body` are bytes instead of it."""
        key = self.key if key == "own" else key
        headers = dict(self.headers(key), **{name.replace("_", "-"): value for name, value in extra.items()})
        if tree is not None:
            body = encode(tree)
        if body is not None:
            headers.setdefault("Content-Type", TYPE)
        answer = self.request("POST", f"{PATH}?{self.query(command, key)}", body, headers)
        if answer["Content-Type"] == TYPE and answer.body:
            self.seen.append(answer.body)
            answer.tree = decode(answer.body)
        return answer

    # What a phone does

    def policy_request(self, key=None, status=None):
        kind = POLICY_WAP if self.version == "2.5" else POLICY_WBXML
        policy = [(0x0E08, kind)]
        if key is not None:
            policy.append((0x0E09, key))
        if status is not None:
            policy.append((0x0E0B, status))
        children = [(0x0E06, [(0x0E07, policy)])]
        if status is None and self.version in ("14.1", "16.0", "16.1"):
            children.insert(0, (0x1216, [(0x1208, [(0x1217, self.kind), (0x121A, "Phone OS 1")])]))
        return (0x0E05, children)

    def provision(self, status=1):
        """Both phases; the phone has the second key then. Returns the document of the first."""
        offer = self.post("Provision", self.policy_request(), key=None)
        assert offer.status == 200 and text(offer.tree, 0x0E0B) == "1", offer
        key = int(text(offer.tree, 0x0E06, 0x0E07, 0x0E09))
        agreed = self.post("Provision", self.policy_request(key, status), key=key)
        assert agreed.status == 200 and text(agreed.tree, 0x0E06, 0x0E07, 0x0E0B) == "1", agreed
        self.key = int(text(agreed.tree, 0x0E06, 0x0E07, 0x0E09))
        return find(offer.tree, 0x0E06, 0x0E07, 0x0E0A)

    def folder_sync(self, sync_key="0"):
        """(key, ids of the folders)"""
        answer = self.post("FolderSync", (0x0716, [(0x0712, sync_key)]))
        assert answer.status == 200 and text(answer.tree, 0x070C) == "1", answer
        changes = find(answer.tree, 0x070E)
        return text(answer.tree, 0x0712), [text(child, 0x0708) for child in changes if child[0] == 0x070F]

    def sync(self, folders, keys=None, wait=None):
        """The answer; `keys` by folder, "0" where there is none."""
        keys = keys or {}
        collections = [(0x0F, [(0x0B, keys.get(folder, "0")), (0x12, folder)]) for folder in folders]
        children = [(0x1C, collections)]
        if wait:
            children.append((0x29, wait))
        return self.post("Sync", (0x05, children))

    def ping(self, folders=("1",)):
        folder_list = [(0x0D0A, [(0x0D0B, folder), (0x0D0C, "Email")]) for folder in folders]
        return self.post("Ping", (0x0D05, [(0x0D08, "600"), (0x0D09, folder_list)]), key=None)

    def set_up(self):
        """As when somebody adds the account. Every answer must be a good one."""
        assert self.options().status == 200
        self.provision()
        _, folders = self.folder_sync()
        answer = self.sync(folders)
        assert answer.status == 200, answer
        return folders
