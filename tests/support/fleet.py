"""Simulated phones by the hundred: one process of certferry-phone, one line of options for each of them.

    fleet = Fleet(ferry)
    fleet.add("ann@example.com", profile="partial", seed=7, version="14.0", base64=True)
    lives = fleet.live(stay=3)                  # {seed: Life}
    assert lives[7].end["end"] == "in", lives[7]

A seed is a DeviceId, so no two phones have the same. Some phones share the certificate of their user.
"""

import json
import os
import subprocess

import phone as eas

# Beside the server without sanitizers: those find mistakes in a few phones as well as in hundreds.
PROGRAM = os.environ.get("CERTFERRY_PHONE") or os.path.join(
    os.path.dirname(os.environ.get("CERTFERRY_RELEASE") or os.environ["CERTFERRY"]), "..", "tests", "phone", "certferry-phone"
)
CONSENT = "The user agreed by telephone"
WIPE = 5  # exit code: an answer held a tag of remote wipe


def words_of(options):
    """{"drop_after": 5, "base64": True} as words of a command line."""
    words = []
    for name, value in options.items():
        if value is not False:
            words += ["--" + name.replace("_", "-")] + ([] if value is True else [str(value)])
    return words


def device_id(seed):
    return f"SIM{seed:08X}"


class Life:
    def __init__(self):
        self.documents, self.end = [], None

    def __repr__(self):
        return f"{self.end}, the last documents {self.documents[-3:]}"


class Running:
    """A fleet that lives at this moment."""

    def __init__(self, words, folder):
        self.lines = open(os.path.join(folder, "fleet.out"), "w+", encoding="utf-8")
        self.errors = open(os.path.join(folder, "fleet.err"), "w+", encoding="utf-8")
        self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=self.lines, stderr=self.errors)

    def is_over(self):
        return self.process.poll() is not None

    def documents(self):
        """How many were acknowledged so far."""
        with open(self.lines.name, encoding="utf-8") as file:
            return sum(1 for line in file if '"said"' in line)

    def wait(self):
        """{seed: Life}, when the last phone has come to its end."""
        code = self.process.wait()
        self.lines.seek(0)
        self.errors.seek(0)
        text, said = self.lines.read(), self.errors.read()
        self.lines.close()
        self.errors.close()
        assert code != WIPE, "a phone was told to wipe itself: " + text[-2000:]
        assert code in (0, 1, 4) and "Sanitizer" not in said, (code, said[-4000:])
        lives = {}
        for line in map(json.loads, text.splitlines()):
            life = lives.setdefault(int(line["device"][3:], 16), Life())
            if "end" in line:
                life.end = line
            else:
                life.documents.append(line)
        return lives


class Fleet:
    def __init__(self, ferry, program=PROGRAM):
        self.ferry, self.program = ferry, program
        self.bundles, self.phones = {}, {}

    def bundle(self, user):
        """The file of the user's bundle and that of its password."""
        if user not in self.bundles:
            made = eas.mint(self.ferry, user)
            secret = made["file"] + ".password"
            with open(secret, "w", encoding="ascii", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
                file.write(made["password"] + "\n")
            self.bundles[user] = (made["file"], secret)
        return self.bundles[user]

    def add(self, user, seed, **options):
        assert seed not in self.phones, "each phone has a seed of its own"
        self.bundle(user)
        self.phones[seed] = {"user": user, "seed": seed, **options}

    def line(self, seed, options):
        file, secret = self.bundle(self.phones[seed]["user"])
        words = words_of({**self.phones[seed], **options.get(seed, {})})
        return " ".join([*words, "--p12", file, "--password-file", secret]) + "\n"

    def start(self, seeds=None, each=None, **common):
        """`common` are options of all phones, `each` are {seed: options} of some, for this time only."""
        path = self.ferry.file("fleet.txt")
        with open(path, "w", encoding="ascii") as file:
            file.writelines(self.line(seed, each or {}) for seed in seeds or self.phones)
        server = f"https://{self.ferry.host}:{self.ferry.eas_port}"
        return Running([self.program, "--fleet", path, *words_of({"server": server, **common})], self.ferry.folder)

    def live(self, seeds=None, each=None, **common):
        return self.start(seeds, each, **common).wait()

    def devices(self):
        """{seed: id of the device}, of those that were let in."""
        rows = self.ferry.sql("SELECT device_id, id FROM device WHERE version <> 0 AND allowed_at > 0")
        return {int(device[3:], 16): key for device, key in rows if device.lower().startswith("sim")}

    def probe(self, device, user, risk=1, named=(), one_by_one=False):
        """The id of a probe that was started."""
        words = ["probe", "start", device, "--consent", CONSENT, "--risk", str(risk), "--json"]
        words += ["--confirm", user] if risk > 1 else []
        for name in named:
            words += ["--policy", name]
        return json.loads(self.ferry.command(*words, *(["--one-by-one"] if one_by_one else [])))["id"]
