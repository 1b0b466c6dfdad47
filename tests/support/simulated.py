"""One simulated phone, certferry-phone, of a user of its own.

    phone = Simulated(ferry, "ann@example.com", "--profile", "partial", "--seed", "5")
    phone.set_up()
    documents, end = phone.lives()

support/fleet.py has hundreds of them in one process.
"""

import json
import os
import subprocess
import time

import phone as eas

PROGRAM = os.environ.get("CERTFERRY_PHONE") or os.path.join(
    os.path.dirname(os.environ["CERTFERRY"]), "..", "tests", "phone", "certferry-phone"
)


class Simulated:
    """`options` are those of the program, for each of its lives."""

    def __init__(self, ferry, user, *options):
        self.ferry, self.user, self.options = ferry, user, options
        made = eas.mint(ferry, user)
        self.file, self.secret = made["file"], made["file"] + ".password"
        with open(self.secret, "w", encoding="ascii") as file:
            file.write(made["password"] + "\n")

    def lives(self, *more, polls=400, stay=3):
        """The documents that it got and its end, after it was let in `stay` times in a row."""
        words = [PROGRAM, "--server", f"https://{self.ferry.host}:{self.ferry.eas_port}", "--p12", self.file]
        words += ["--password-file", self.secret, "--user", self.user, "--polls", str(polls), "--stay", str(stay)]
        done = subprocess.run([*words, *self.options, *more], capture_output=True, text=True, check=False)
        assert done.returncode in (0, 1), (done.returncode, done.stdout, done.stderr)
        *documents, end = [json.loads(line) for line in done.stdout.splitlines()]
        return documents, end

    def device(self, condition):
        """The id of its device, as soon as its row is so."""
        while True:
            rows = self.ferry.sql(f"SELECT id FROM device WHERE user_name = '{self.user}' AND {condition}")
            if rows:
                return rows[0][0]
            time.sleep(0.02)

    def set_up(self):
        """Its end, and its device is known to have been let in."""
        _, end = self.lives(stay=1)
        self.device("version <> 0 AND allowed_at > 0")
        return end
