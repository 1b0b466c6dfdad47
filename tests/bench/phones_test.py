"""With a million sightings of a thousand phones, a list or a timeline costs at the 99th percentile at most twice what it does
with a few of each. Both are asked in turn, in one run, so that the machine is the same."""

import http.client
import json
import os
import random
import statistics
import time

import phones
from api import Api, Description
from ferry import Ferry
from tap import case, note, run

MOST = 2.0
ROUNDS = 400
EACH_FEW, EACH_MANY = 60, 1000
FEW, MANY = 60, int(os.environ.get("CERTFERRY_BENCH_ROWS", 1_000_000)) // EACH_MANY

# The few, then the many.
WORLDS = []


class World:
    def __init__(self, count, each):
        self.ferry = Ferry(program=os.environ["CERTFERRY_RELEASE"], options=["--key", "ec-p256"], bundle_key="ec-p256")
        self.ferry.init()
        phones.fill(self.ferry.file("authority/certferry.db"), count, each)
        self.ferry.serve()
        self.api = Api(self.ferry, Description(self.ferry), "auditor")
        self.middle = phones.device_id(count // 2)
        self.connection = None

    def connect(self, source):
        """From an address of its own: the API bounds the requests of one."""
        self.connection = http.client.HTTPSConnection("127.0.0.1", self.ferry.https_port, context=self.ferry.tls,
                                                      source_address=(source, 0))  # fmt: skip

    def ask(self, path):
        """Seconds of one request on a connection that stays, and how many items its answer has."""
        headers = {"Authorization": "Bearer " + self.api.key}
        begun = time.perf_counter()
        self.connection.request("GET", "/api/v1" + path.format(id=self.middle), headers=headers)
        answer = self.connection.getresponse()
        body = answer.read()
        took = time.perf_counter() - begun
        assert answer.status == 200 and b'"items":[{' in body, body[:300]
        return took, len(json.loads(body)["items"])


def percentile(times, part=0.99):
    return sorted(times)[int(len(times) * part)]


def ask(path):
    times, items = [[], []], set()
    for world in WORLDS:
        world.connect(f"127.0.6.{PATHS.index(path) + 1}")
        for _ in range(3):
            items.add(world.ask(path)[1])
    assert len(items) == 1, f"answers of {items} items cannot be compared"
    for _ in range(ROUNDS):
        for index, world in random.sample(list(enumerate(WORLDS)), 2):
            times[index].append(world.ask(path)[0])
    low, high = percentile(times[0]), percentile(times[1])
    middle = statistics.median(times[1]) / statistics.median(times[0])
    note(f"{path}: {low * 1000:.1f} ms with {FEW * EACH_FEW} sightings, {high * 1000:.1f} ms with {MANY * EACH_MANY}:"
         f" {high / low:.2f} times (medians: {middle:.2f} times)")  # fmt: skip
    assert high < MOST * low, f"{high / low:.2f} times"


PATHS = [
    "/devices",
    "/devices?refused=true&limit=3",
    "/devices?q=a&limit=3",
    "/devices/{id}/sightings",
]

try:
    for size in ((FEW, EACH_FEW), (MANY, EACH_MANY)):
        WORLDS.append(World(*size))
    for path in PATHS:
        case(path, ask, path)
    run()
finally:
    for world in WORLDS:
        world.ferry.close()
