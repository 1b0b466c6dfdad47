"""A scripted phone for other programs: python3 phone_steps.py EAS_PORT HTTP_PORT USER DEVICE [BUNDLE] < steps

A line of standard input is a step, which is answered with a line of its HTTP status: options, provision, folders, sync,
or garbage, which is no WBXML.
BUNDLE is a file with what `certferry mint --json` printed; without one there is no certificate.
"""

import json
import sys
import urllib.request

from ferry import Answer
from phone import Phone, pem_of


class Server:
    host = "127.0.0.1"

    def __init__(self, eas_port, http_port):
        self.eas_port, self.http_port = eas_port, http_port

    def get(self, path, https):
        assert not https
        return Answer(urllib.request.urlopen(f"http://{self.host}:{self.http_port}{path}"))


class Steps:
    def __init__(self, phone):
        self.phone = phone
        self.folders_found = []

    def options(self):
        return self.phone.options().status

    def provision(self):
        self.phone.provision()
        return 200

    def folders(self):
        answer = self.phone.post("FolderSync", (0x0716, [(0x0712, "0")]))
        if answer.status == 200:
            _, self.folders_found = self.phone.folder_sync()
        return answer.status

    def sync(self):
        return self.phone.sync(self.folders_found).status

    def garbage(self):
        return self.phone.post("FolderSync", body=b"garbage").status


def main(eas_port, http_port, user, device, bundle=None):
    pem = None
    if bundle:
        with open(bundle, encoding="utf-8") as file:
            pem = pem_of(json.load(file))
    phone = Phone(Server(int(eas_port), int(http_port)), pem, user=user, device=device, kind="iPhone", agent="Apple-iPhone15C2/2107.93")
    steps = Steps(phone)
    for line in sys.stdin:
        step = line.strip()
        assert step in ("options", "provision", "folders", "sync", "garbage"), step
        print(getattr(steps, step)(), flush=True)


main(*sys.argv[1:])
