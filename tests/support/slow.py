"""Many slow clients at once, and normal ones beside them.

    with Slow(ferry, "head", clients=1000, addresses=250):
        times = probe(ferry, 40)

A slow client sends the beginning of a request (or of a TLS handshake), then one byte a second, and connects again as
soon as it is thrown out; one that is slow to read asks for many files and takes none. One thread drives all of them.
"""

import selectors
import socket
import threading
import time

BEGINNINGS = {
    "head": b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ",
    "body": b"POST /l/x HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 8000\r\n\r\n",
    "handshake": b"\x16\x03\x01\x02\x00\x01",
    "silence": b"",
    "read": b"GET /static/certferry.css HTTP/1.1\r\nHost: localhost\r\n\r\n" * 20,  # and takes no answer
}


class Slow:
    def __init__(self, ferry, kind, clients=1000, addresses=1, https=False):
        self.port = ferry.https_port if https else ferry.http_port
        self.beginning, self.addresses, self.clients = BEGINNINGS[kind], addresses, clients
        self.deaf, self.mute = kind == "read", []
        self.sources = [f"127.1.{i // 250}.{1 + i % 250}" for i in range(addresses)]
        self.selector, self.done = selectors.DefaultSelector(), threading.Event()
        self.connects = 0
        self.thread = threading.Thread(target=self._run)

    def __enter__(self):
        for number in range(self.clients):
            self._connect(number)
        self.thread.start()
        deadline = time.monotonic() + 30
        while self.connects < self.clients and time.monotonic() < deadline:
            time.sleep(0.05)
        return self

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()
        for client in [key.fileobj for key in self.selector.get_map().values()] + self.mute:
            client.close()
        self.selector.close()

    def _connect(self, number):
        client = socket.socket()
        client.setblocking(False)
        client.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT: ports are chosen by connect()
        client.bind((self.sources[number % self.addresses], 0))
        if self.deaf:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        client.connect_ex(("127.0.0.1", self.port))
        self.selector.register(client, selectors.EVENT_WRITE, number)

    def _again(self, key):
        self.selector.unregister(key.fileobj)
        key.fileobj.close()
        self._connect(key.data)

    def _serve(self, key, events):
        try:
            if events & selectors.EVENT_WRITE:
                key.fileobj.sendall(self.beginning)
                self.connects += 1
                if self.deaf:
                    self.selector.unregister(key.fileobj)
                    self.mute.append(key.fileobj)
                else:
                    self.selector.modify(key.fileobj, selectors.EVENT_READ, key.data)
            elif not key.fileobj.recv(65536):
                self._again(key)
        except BlockingIOError:
            pass
        except OSError:
            self._again(key)

    def _trickle(self):
        for key in list(self.selector.get_map().values()):
            if key.events == selectors.EVENT_READ:
                try:
                    key.fileobj.send(b"a")
                except OSError:
                    pass

    def _run(self):
        next_byte = time.monotonic() + 1
        while not self.done.is_set():
            for key, events in self.selector.select(0.05):
                self._serve(key, events)
            if time.monotonic() > next_byte:
                next_byte += 1
                self._trickle()


def probe(ferry, count=40, https=False):
    """Seconds of so many normal requests, one after the other; None for one that was not served."""
    times = []
    for _ in range(count):
        start = time.monotonic()
        try:
            served = ferry.get("/ca/root.cer", https=https).status == 200
        except OSError:
            served = False
        times.append(time.monotonic() - start if served else None)
        time.sleep(0.02)
    return times


def describe(times):
    served = sorted(seconds for seconds in times if seconds is not None)
    middle, worst = served[len(served) // 2] * 1000, served[-1] * 1000
    return f"{len(served)} of {len(times)} served, median {middle:.1f} ms, worst {worst:.1f} ms"
