"""No phone of any test is ever told to wipe itself, because each looks at every answer; and that they look is shown here.

A server that is not certferry sends the tags of remote wipe, in documents whole and broken, to certferry-phone and to the
phone of tests/support.
"""

import contextlib
import json
import os
import socket
import ssl
import subprocess
import threading

import phone as eas
from ferry import Ferry
from fleet import Fleet
from tap import case, run, test

HEAD = b"\x03\x01\x6a\x00"
OK = (0x0E0B, "1")
PROGRAM = os.environ.get("CERTFERRY_PHONE") or os.path.join(
    os.path.dirname(os.environ["CERTFERRY"]), "..", "tests", "phone", "certferry-phone"
)
FERRY = Ferry()
FLEET = Fleet(FERRY, PROGRAM)

WIPES = {
    "a_document": eas.encode((0x0E05, [OK, (0x0E0C, None)])),
    "a_document_with_something_in_it": eas.encode((0x0E05, [OK, (0x0E0C, [OK])])),
    "the_account_only": eas.encode((0x0E05, [OK, (0x0E3B, None)])),
    "an_answer_to_folder_sync": eas.encode((0x0716, [(0x070C, "1"), (0x0E0C, None)])),
    "a_document_without_end": eas.encode((0x0E05, [OK, (0x0E0C, [OK])]))[:-3],
    "a_text_that_never_ends": HEAD + b"\x00\x0e\x45\x03abc\x0c",
    "bytes_without_a_head": b"\x00\x0e\x0c",
    "a_tag_with_attributes": HEAD + b"\x00\x0e\x45\x8c\x01\x01",
}
OTHERS = {
    "its_letters_in_a_text": eas.encode((0x0E05, [(0x0E08, "LLL;{\x0c")])),
    "its_token_on_another_page": eas.encode((0x0716, [(0x070C, "9"), (0x073B, "1")])),
    "a_switch_to_a_page_of_that_number": HEAD + b"\x00\x0e\x45\x00\x0c\x05\x01",
    "nothing": b"",
    "no_document_at_all": b"<html>\x00\x0e</html>",
}


class Server:
    """Answers OPTIONS, and every other request with the same body."""

    def __init__(self, body):
        self.host, self.body = FERRY.host, body
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        chain = FERRY.file("chain.pem")
        with open(chain, "wb") as file:
            file.write(FERRY.read("authority/tls/eas.pem") + FERRY.read("authority/ca/issuing.pem"))
        self.context.load_cert_chain(chain, FERRY.file("authority/tls/eas.key"))
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.eas_port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *problem):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listener.close()

    def serve(self):
        while True:
            try:
                plain, _ = self.listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), self.context.wrap_socket(plain, server_side=True) as connection:
                self.answer(connection)

    def answer(self, connection):
        received = b""
        while part := connection.recv(65536):
            received += part
            head, blank, body = received.partition(b"\r\n\r\n")
            lengths = [int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
            if blank and len(body) >= sum(lengths):
                said = b"" if head.startswith(b"OPTIONS") else self.body
                kind = eas.TYPE.encode()
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s" % (kind, len(said), said))
                received = b""

    def get(self, path, https):
        return FERRY.get(path, https=https)


def meets(body):
    """How certferry-phone ends with such a server: its exit code and its last line."""
    file, secret = FLEET.bundle("ann@example.com")
    with Server(body) as server:
        words = [FLEET.program, "--server", f"https://{server.host}:{server.eas_port}", "--p12", file, "--password-file", secret]
        done = subprocess.run([*words, "--user", "ann@example.com"], capture_output=True, text=True, check=False)
    return done.returncode, json.loads(done.stdout.splitlines()[-1])["end"]


def python_phone_meets(body):
    """Whether the phone of tests/support takes the answer."""
    with Server(body) as server:
        phone = eas.Phone(server, eas.pem_of(eas.mint(FERRY, "ben@example.com")))
        try:
            phone.request("POST", eas.PATH, b"")
        except AssertionError as problem:
            assert "wipe" in str(problem), problem
            return False
        finally:
            phone.hang_up()
    return True


def finds(body):
    assert eas.has_wipe(body)
    assert meets(body) == (5, "wipe")


def finds_nothing_in(body):
    assert not eas.has_wipe(body)
    assert meets(body) == (1, "refused")


for _name, _body in WIPES.items():
    case(f"a_phone_finds_a_wipe_in_{_name}", finds, _body)
for _name, _body in OTHERS.items():
    case(f"a_phone_finds_no_wipe_in_{_name}", finds_nothing_in, _body)


@test
def the_phone_of_the_other_tests_finds_it_too():
    assert not python_phone_meets(WIPES["a_document"])
    assert python_phone_meets(OTHERS["its_letters_in_a_text"])


@test
def one_phone_of_a_fleet_that_finds_it_is_what_the_fleet_ends_with():
    with Server(WIPES["a_document"]) as server:
        FLEET.ferry.eas_port, port = server.eas_port, FERRY.eas_port
        FLEET.add("ann@example.com", 7)
        try:
            FLEET.live()
        except AssertionError as problem:
            assert "wipe" in str(problem), problem
        else:
            raise AssertionError("a fleet did not notice")
        finally:
            FERRY.eas_port = port


with FERRY:
    run()
