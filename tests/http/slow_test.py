"""A thousand slow clients, from one address and from 250: every normal client beside them is served.

How long they wait is measured in tests/bench; here it is only printed.
"""

import resource

from ferry import Ferry
from slow import Slow, describe, probe
from tap import case, note, run, test

FERRY = Ferry()
CLIENTS = 1000
ROOM = 2 * CLIENTS + 500  # descriptors


def are_served(kind, addresses, https):
    with Slow(FERRY, kind, CLIENTS, addresses, https):
        times = probe(FERRY, https=https)
    note(describe([seconds for seconds in times if seconds is not None] or [0.0]))
    assert None not in times, f"{times.count(None)} of {len(times)} were not served"


soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
if soft < ROOM:
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(ROOM, hard), hard))

for addresses in (1, 250):
    for kind, https in (("head", False), ("body", False), ("silence", False), ("read", False), ("handshake", True), ("silence", True)):
        where = "one address" if addresses == 1 else f"{addresses} addresses"
        name = f"beside {CLIENTS} slow ones ({kind}) over {'https' if https else 'http'} from {where}"
        case(name + " all are served", are_served, kind, addresses, https)


@test
def afterwards_everything_is_as_before():
    assert FERRY.get("/").status == 200
    assert FERRY.claim(FERRY.link("ann@example.com")).status == 200


@test
def the_server_ends_within_its_time_beside_slow_clients():
    with Slow(FERRY, "head", 200, 50):
        assert FERRY.stop() == 0, FERRY.log[-4000:]


with FERRY:
    run()
