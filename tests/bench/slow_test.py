"""Beside 1,000 slow clients the worst of 40 normal requests takes less than 0.1 s. The slow ones have a process of their
own, so that what is measured is the server and not the interpreter. Run it alone on the machine.
"""

import os
import resource
import signal

from ferry import Ferry
from slow import Slow, describe, probe
from tap import case, note, run

FERRY = Ferry(program=os.environ["CERTFERRY_RELEASE"], keys=None)
CLIENTS = 1000
WORST = 0.1


def attack(kind, addresses, https, ready):
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    with Slow(FERRY, kind, CLIENTS, addresses, https):
        os.write(ready, b".")
        while True:
            signal.pause()


def start_attack(*arguments):
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            attack(*arguments, writing)
        finally:
            os._exit(1)
    os.close(writing)
    assert os.read(reading, 1) == b".", "the slow clients did not start"
    os.close(reading)
    return child


def wait_less(kind, addresses, https):
    child = start_attack(kind, addresses, https)
    try:
        times = probe(FERRY, https=https)
    finally:
        os.kill(child, signal.SIGTERM)
        os.waitpid(child, 0)
    assert None not in times, f"{times.count(None)} of {len(times)} were not served"
    note(describe(times))
    assert max(times) < WORST, f"the worst took {max(times) * 1000:.0f} ms"


soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(4 * CLIENTS, hard)), hard))

for addresses in (1, 250):
    for kind, https in (("head", False), ("body", False), ("read", False), ("handshake", True), ("silence", True)):
        name = f"{CLIENTS} slow ones ({kind}) over {'https' if https else 'http'} from {addresses} addresses"
        case(name, wait_less, kind, addresses, https)

with FERRY:
    run()
