"""All that the mailbox says, read by two other codecs: libwbxml2 and php-horde-activesync.

A phone of the test talks to the EAS listener in every version and keeps each answer. Both readers must see the same
elements and texts in the same order, and the policies in the order of their schema, only those of the version. The same of
everything that probes send: of one policy a round, and of groups by phones that decline some.
"""

import itertools
import json
import os
import random
import subprocess
import time
import xml.etree.ElementTree as ElementTree

import phone as eas
import policies
from ferry import Ferry
from phone import Phone
from tap import case, run, test

HERE = os.path.dirname(os.path.abspath(__file__))
FERRY = Ferry(options=["--key", "ec-p256"])
VERSIONS = ("2.5", "12.0", "12.1", "14.0", "14.1", "16.0", "16.1")

# MS-ASPROV, the schema's order; those with a star are in 12.0 too.
POLICIES = """
DevicePasswordEnabled* AlphanumericDevicePasswordRequired* PasswordRecoveryEnabled* RequireStorageCardEncryption
AttachmentsEnabled* MinDevicePasswordLength* MaxInactivityTimeDeviceLock* MaxDevicePasswordFailedAttempts*
MaxAttachmentSize* AllowSimpleDevicePassword* DevicePasswordExpiration* DevicePasswordHistory* AllowStorageCard
AllowCamera RequireDeviceEncryption AllowUnsignedApplications AllowUnsignedInstallationPackages
MinDevicePasswordComplexCharacters AllowWiFi AllowTextMessaging AllowPOPIMAPEmail AllowBluetooth AllowIrDA
RequireManualSyncWhenRoaming AllowDesktopSync MaxCalendarAgeFilter AllowHTMLEmail MaxEmailAgeFilter
MaxEmailBodyTruncationSize MaxEmailHTMLBodyTruncationSize RequireSignedSMIMEMessages RequireEncryptedSMIMEMessages
RequireSignedSMIMEAlgorithm RequireEncryptionSMIMEAlgorithm AllowSMIMEEncryptionAlgorithmNegotiation
AllowSMIMESoftCerts AllowBrowser AllowConsumerEmail AllowRemoteDesktop AllowInternetSharing
""".split()
# These are sent with something in them only: an empty list would forbid every application.
LISTS = {"UnapprovedInROMApplicationList": "ApplicationName", "ApprovedApplicationList": "Hash"}
# Names that the readers have for the same token.
SAME = {
    "DeviceEncryptionEnabled": "RequireStorageCardEncryption",
    "MaxHTMLBodyTruncationSize": "MaxEmailHTMLBodyTruncationSize",
    "RequireEncryptedSMIMEAlgorithm": "RequireEncryptionSMIMEAlgorithm",
    "Moves": "MoveItems",
    "ServerEntryId": "ServerId",
}
# Those of Horde for what other pages have too: of AirSync and GetItemEstimate.
COLLECTION = {
    "Synchronize": "Sync", "Replies": "Responses", "Modify": "Change", "Remove": "Delete", "ClientEntryId": "ClientId",
    "Folder": "Collection", "FolderType": "Class", "FolderId": "CollectionId", "Folders": "Collections",
}  # fmt: skip


def expected_policies(version):
    if version == "2.5":
        return []
    return [name.rstrip("*") for name in POLICIES if version != "12.0" or name.endswith("*")]


def save(answers, name):
    paths = []
    for number, answer in enumerate(answers):
        paths.append(FERRY.file(f"{name}-{number}.wbxml"))
        with open(paths[-1], "wb") as file:
            file.write(answer)
    return paths


def by_libwbxml(path):
    """Names and texts in their order."""
    words = ["wbxml2xml", "-l", "ACTIVESYNC", "-m", "0", "-o", "-", path]
    done = subprocess.run(words, capture_output=True, check=True)
    read = []

    def walk(element):
        name = element.tag.split("}")[-1]
        read.append(SAME.get(name, name))
        if element.text:
            read.append("=" + element.text)
        for child in element:
            walk(child)

    walk(ElementTree.fromstring(done.stdout))
    return read


def horde_name(page, name):
    if page in ("", "GetItemEstimate"):
        name = COLLECTION.get(name, name)
    return SAME.get(name, name)


def by_horde(paths):
    words = ["php", os.path.join(HERE, "wbxml_reader.php"), *paths]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert not done.stderr, done.stderr
    for line in done.stdout.splitlines():
        yield [part if part.startswith("=") else horde_name(*part.rpartition(":")[::2]) for part in json.loads(line)]


def by_phone(answer):
    assert not eas.has_wipe(answer), "a tag of remote wipe"
    return sum(1 for _ in eas.every_tag(eas.decode(answer)))


SETTINGS = (0x1205, [
    (0x1209, [(0x1207, [(0x120D, [(0x120E, None)])])]),
    (0x1216, [(0x1208, [(0x1217, "Trophy"), (0x121A, "OS"), (0x1219, "Ann's"), (0x1220, "Agent")])]),
    (0x1214, [(0x1208, [(0x1215, "x")])]),
    (0x121D, [(0x1207, None)]),
])  # fmt: skip
ITEMS = (0x05, [(0x1C, [(0x0F, [
    (0x0B, "773010001"), (0x12, "1"),
    (0x16, [(0x07, [(0x0C, "new")]), (0x08, [(0x0D, "old")]), (0x0A, [(0x0D, "older")]), (0x09, [(0x0D, "gone")])]),
])])])  # fmt: skip
ESTIMATE = (0x0605, [(0x0607, [(0x0608, [(0x060A, "1")]), (0x0608, [(0x060A, "77")])])])


def conversation(version):
    """All kinds of answers in one version."""
    it = Phone(FERRY, PEM, version=version, device="ORACLE" + version.replace(".", ""))
    it.post("FolderSync", (0x0716, [(0x0712, "0")]))
    it.provision()
    it.post("Provision", (0x0E05, None), key=None)
    it.post("Provision", it.policy_request(1, 1), key=None)
    it.post("Provision", (0x0E05, [(0x0E06, None)]), key=None)
    it.post("Provision", (0x0E05, [(0x0E06, [(0x0E07, [(0x0E08, "other")])])]), key=None)
    folders = it.folder_sync()[1]
    it.folder_sync("773010000")
    it.post("FolderSync", (0x0716, [(0x0712, "other")]))
    it.sync(folders)
    it.sync(["nowhere"], {"nowhere": "12"})
    it.sync(["1"], {"1": "other"})
    it.post("Sync", ITEMS)
    it.post("GetItemEstimate", ESTIMATE)
    it.post("Settings", SETTINGS)
    if float(version) >= 12.1:
        it.post("Sync")
    if float(version) >= 14:
        it.key = 1
        it.post("FolderSync", (0x0716, [(0x0712, "0")]))
        it.key = None
        for command in eas.CODES:
            it.post(command, key=None) if command not in ("Provision", "Settings") else None
    return it


def read_by_both(answers, name):
    """What both read of each answer, which must be the same, and as much as the phone of the test reads."""
    paths = save(answers, name)
    read = []
    for answer, path, horde in zip(answers, paths, by_horde(paths), strict=True):
        libwbxml = by_libwbxml(path)
        apart = [pair for pair in itertools.zip_longest(libwbxml, horde) if pair[0] != pair[1]]
        assert not apart, (path, answer.hex(), apart)
        assert by_phone(answer) == sum(1 for part in libwbxml if not part.startswith("=")), (answer.hex(), libwbxml)
        assert "unknown" not in libwbxml, libwbxml
        read.append(libwbxml)
    return read


def reads_all(version):
    it = conversation(version)
    assert len(read_by_both(it.seen, version)) > 14, it.seen


def orders_policies(version):
    it = Phone(FERRY, PEM, version=version, device="ORDER" + version.replace(".", ""))
    it.provision()
    path = save(it.seen[:1], "order" + version)[0]
    for read in (by_libwbxml(path), next(by_horde([path]))):
        start = read.index("EASProvisionDoc") + 1 if "EASProvisionDoc" in read else len(read)
        assert [part for part in read[start:] if not part.startswith("=")] == expected_policies(version), read


# ---- what probes send ----


class Probed:
    """A phone under probe: it declines policies by chance, each of them always or never."""

    def __init__(self, version, name, declines, *options):
        self.user = f"{name}-{version}@example.com"
        self.phone = Phone(FERRY, eas.pem_of(eas.mint(FERRY, self.user)), user=self.user, version=version, device="PROBED")
        self.chance, self.declines, self.habits = random.Random(name + version), declines, {}
        self.phone.provision()
        self.phone.folder_sync()
        known = f"SELECT id FROM device WHERE user_name = '{self.user}' AND version <> 0 AND allowed_at > 0"
        while not FERRY.sql(known):
            time.sleep(0.02)
        words = ["probe", "start", self.user, "--consent", "x", "--risk", "3", "--confirm", self.user, "--json"]
        for policy in policies.DESTRUCTIVE:
            words += ["--policy", policy]
        self.probe = json.loads(FERRY.command(*words, *options))["id"]

    def habit(self, asked):
        """1, 2 or 3: it is always the same of the same policies."""
        for part in sorted(asked):
            if part not in self.habits:
                self.habits[part] = self.chance.choice((2, 3)) if self.chance.random() < self.declines else 1
        return max((self.habits[part] for part in asked), default=1)

    def runs(self):
        """Its answers to Provision, of all rounds."""
        # The baseline and what asks for a PIN it agrees to, so that the probe goes to its end.
        for _ in range(200):
            if self.let_in():
                return self.phone.seen
            offer = self.phone.post("Provision", self.phone.policy_request(), key=None)
            key = eas.text(offer.tree, 0x0E06, 0x0E07, 0x0E09)
            told = self.phone.post("Provision", self.phone.policy_request(key, self.habit(asked_in(offer.tree))), key=int(key))
            self.phone.key = int(eas.text(told.tree, 0x0E06, 0x0E07, 0x0E09))
        raise AssertionError("the probe has no end")

    def let_in(self):
        answer = self.phone.post("FolderSync", (0x0716, [(0x0712, "0")]))
        return answer.status == 200 and eas.text(answer.tree, 0x070C) == "1"


def asked_in(tree):
    """Tags and texts of the document that a phone without a policy would not send itself."""
    data = eas.find(tree, 0x0E06, 0x0E07, 0x0E0A)
    if isinstance(data[0], str):
        return set(data[0].split("<parm ")) - NEUTRAL["2.5"]
    return {(tag, str(content)) for tag, content in data[0][1]} - NEUTRAL["16.1"]


def policies_of(read):
    """{name: its texts} of the EASProvisionDoc that was read, in its order; None when there is none in it."""
    if "EASProvisionDoc" not in read:
        return None
    found = {}
    for part in read[read.index("EASProvisionDoc") + 1 :]:
        if part.startswith("=") or part in LISTS.values():
            found[name].append(part)
        else:
            name = part
            assert name not in found, "a policy is there twice"
            found[name] = []
    return found


def learn_neutral():
    for version in ("2.5", "16.1"):
        it = Phone(FERRY, PEM, version=version, device="NEUTRAL" + version.replace(".", ""))
        data = it.provision()
        NEUTRAL[version] = set(data[0].split("<parm ")) if version == "2.5" else {
            (tag, str(content)) for tag, content in data[0][1]
        }  # fmt: skip


NEUTRAL = {}


def reads_probes(version, name, declines, *options):
    if not NEUTRAL:
        learn_neutral()
    answers = Probed(version, name, declines, *options).runs()
    schema, sent = [part.rstrip("*") for part in POLICIES] + list(LISTS), {}
    reads = read_by_both(answers, f"{name}-{version}")
    old = [ElementTree.fromstring(part[1:]) for read in reads for part in read if part.startswith("=<")]
    assert (len(old) > 3) == (version == "2.5") and {it.tag for it in old} <= {"wap-provisioningdoc"}, old
    documents = [found for found in map(policies_of, reads) if found]
    for found in documents:
        assert [part for part in found if part not in LISTS] == expected_policies(version), list(found)
        assert list(found) == sorted(found, key=schema.index), list(found)
        for policy, texts in found.items():
            assert policy not in LISTS or (len(texts) == 2 and texts[0] == LISTS[policy]), (policy, texts)
            sent.setdefault(policy, set()).add(tuple(texts))
    if version != "2.5" and declines == 0:
        # Nothing was declined, so every policy of the version was sent with two values, or came in one document at all.
        assert {policy for policy, values in sent.items() if len(values) == 2 or policy in LISTS} == {
            policy for policy in policies.POLICIES if policies.is_in(policy, version)
        }, sent  # fmt: skip
    assert version == "2.5" or len(documents) > 3, len(documents)
    return documents


for _version in VERSIONS:
    case(f"two_other_codecs_read_all_that_a_probe_of_{_version}_sends", reads_probes, _version, "groups", 0)
    case(f"two_other_codecs_read_each_policy_of_{_version}_alone", reads_probes, _version, "single", 0, "--one-by-one")
    case(f"two_other_codecs_read_what_a_phone_of_{_version}_declines", reads_probes, _version, "declines", 0.3)
for _version in VERSIONS:
    case(f"two_other_codecs_read_all_answers_of_{_version}", reads_all, _version)
    case(f"the_policies_of_{_version}_are_in_the_order_of_the_schema", orders_policies, _version)


@test
def the_document_of_2_5_is_xml():
    it = Phone(FERRY, PEM, version="2.5", device="WAP")
    document = ElementTree.fromstring("".join(it.provision()))
    assert document.tag == "wap-provisioningdoc"
    password = document.find("./characteristic[@type='SecurityPolicy']/parm[@name='4131']")
    assert password.get("value") == "1", "a password would be required"


with FERRY:
    PEM = eas.pem_of(eas.mint(FERRY, "ann@example.com"))
    run()
