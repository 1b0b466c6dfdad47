"""The program as a command: exit codes, one sentence on standard error, an authority to try things on."""

import json
import os
import shutil
import subprocess
import tempfile

from ferry import Ferry
from tap import run

CERTFERRY = os.environ["CERTFERRY"]
DONE, REFUSED, USAGE, CONFIG, FAULT = range(5)


def certferry(*words, **options):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CERTFERRY_")}
    environment.update(CERTFERRY_EAS_PORT="0", CERTFERRY_INTERNAL_PORT="0")  # others run at the same time
    environment.update(options.pop("environment", {}))
    options.setdefault("stdout", subprocess.PIPE)
    return subprocess.run(
        [CERTFERRY, *words], env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        start_new_session=True, **options,
    )  # fmt: skip


def expect(done, code, sentence):
    assert done.returncode == code, f"exit code {done.returncode}: {done.stderr}"
    assert sentence in done.stderr, done.stderr
    lines = done.stderr.rstrip("\n").split("\n")
    assert len(lines) == 1 and lines[0].startswith("certferry: "), f"not one sentence: {done.stderr}"


# One authority for every test of a suite that does not change it.
_shared = Ferry(options=["--key", "ec-p256"])


def authority():
    if _shared.config is None:
        _shared.init()
    return _shared


def run_suite():
    """run() of tap.py; the shared authority is gone afterwards."""
    try:
        run()
    finally:
        _shared.close()


def copy_of_authority():
    """A folder that a test may damage; its certferry.conf."""
    folder = tempfile.mkdtemp(prefix="certferry-cli-")
    target = os.path.join(folder, "authority")
    shutil.copytree(os.path.dirname(authority().config), target)
    return os.path.join(target, "certferry.conf")


def file_with(content, name="secret"):
    path = os.path.join(tempfile.mkdtemp(prefix="certferry-cli-"), name)
    with open(path, "w", encoding="utf-8", opener=lambda file, flags: os.open(file, flags, 0o600)) as file:
        file.write(content)
    return path


def check_lines(config, **options):
    done = certferry("-c", config, "check", "--json", **options)
    return done, {line["subject"]: line for line in map(json.loads, done.stdout.splitlines())}
