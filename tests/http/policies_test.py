"""The organisation's own policies: each phone gets the document of its user, and again when it changes."""

import json
import time

import phone as eas
from ferry import Ferry
from simulated import Simulated
from tap import run, test

FERRY = Ferry(options=["--key", "ec-p256"])

PARTIAL_ON_CAMERA, APPLIES_CAMERA = 5, 6  # seeds of phones that decline some policies
PIN, LENGTH, CAMERA, BLUETOOTH = 0x0E0E, 0x0E14, 0x0E1C, 0x0E24
MUST_PROVISION = ("142", "143", "144")


def policy(*words):
    return FERRY.command("policy", *words)


def refused(*words):
    done = FERRY.run("policy", *words)
    assert done.returncode == 1, (words, done.returncode, done.stdout, done.stderr)
    return done.stderr


def show(name):
    return json.loads(policy("show", name, "--json"))


def phone_of(name, **options):
    user = f"{name}@example.org" if "@" not in name else name
    return eas.Phone(FERRY, eas.pem_of(eas.mint(FERRY, user)), user=user, **options)


def values_of(document):
    """Of the EASProvisionDoc in the Data of an offer."""
    (_, policies) = document[0]
    return {tag: "".join(content) for tag, content in policies}


def gets(phone):
    return values_of(phone.provision())


def status_of(phone):
    answer = phone.post("FolderSync", (0x0716, [(0x0712, "0")]))
    assert answer.status == 200, answer
    return eas.text(answer.tree, 0x070C)


NEUTRAL = None


@test
def without_a_policy_phones_are_asked_for_nothing():
    global NEUTRAL
    NEUTRAL = gets(phone_of("first"))
    assert len(NEUTRAL) == 40 and NEUTRAL[PIN] == "0" and NEUTRAL[CAMERA] == "1", NEUTRAL
    assert FERRY.run("policy", "find", "first@example.org").returncode == 1
    assert policy("list") == ""


@test
def a_phone_gets_exactly_the_document_of_its_user():
    policy("set", "staff", "DevicePasswordEnabled=1", "MinDevicePasswordLength=6", "AllowCamera=0")
    policy("assign", "staff", "ann@example.org")
    assert gets(phone_of("ann")) == {**NEUTRAL, PIN: "1", LENGTH: "6", CAMERA: "0"}
    assert gets(phone_of("ben")) == NEUTRAL
    assert json.loads(policy("find", "ANN@example.org", "--json"))["name"] == "staff"


@test
def a_change_is_sent_with_the_next_command_and_to_nobody_else():
    ann, ben = phone_of("ann"), phone_of("ben")
    ann.provision()
    ben.provision()
    assert status_of(ann) == "1" and status_of(ben) == "1"
    policy("set", "staff", "AllowBluetooth=0")
    assert status_of(ann) in MUST_PROVISION and status_of(ben) == "1"
    assert gets(ann)[BLUETOOTH] == "0" and status_of(ann) == "1"
    policy("set", "staff", "AllowBluetooth=0")
    assert status_of(ann) == "1"
    policy("set", "staff", "AllowBluetooth=")
    assert gets(ann)[BLUETOOTH] == "2"


@test
def what_its_version_lacks_sends_no_phone_anywhere():
    old = phone_of("ann", version="12.0", device="OLD1")
    old.provision()
    answer = old.post("FolderSync", (0x0716, [(0x0712, "0")]))
    assert answer.status == 200 and eas.text(answer.tree, 0x070C) == "1", answer
    policy("set", "staff", "AllowBrowser=0")
    answer = old.post("FolderSync", (0x0716, [(0x0712, "0")]))
    assert answer.status == 200 and eas.text(answer.tree, 0x070C) == "1", answer
    policy("set", "staff", "MinDevicePasswordLength=7")
    assert old.post("FolderSync", (0x0716, [(0x0712, "0")])).status == 449
    policy("set", "staff", "MinDevicePasswordLength=6", "AllowBrowser=1")


@test
def a_decision_alone_rotates_the_key():
    ann = phone_of("ann")
    for option in ("--partial", "--external", "--non-provisionable"):
        ann.provision()
        key = ann.key
        assert status_of(ann) == "1"
        policy("set", "staff", option, "refuse")
        assert status_of(ann) in MUST_PROVISION, option
        ann.provision()
        assert ann.key != key and status_of(ann) == "1", option
        policy("set", "staff", option, "allow")
        assert status_of(ann) in MUST_PROVISION, option


def acknowledges(phone, said):
    """The Status at the root of the answer."""
    offer = phone.post("Provision", phone.policy_request(), key=None)
    key = int(eas.text(offer.tree, 0x0E06, 0x0E07, 0x0E09))
    return eas.text(phone.post("Provision", phone.policy_request(key, said), key=key).tree, 0x0E0B)


@test
def who_declines_is_refused_where_the_policy_says_so():
    policy("set", "strict", "AllowCamera=0", "--partial", "refuse", "--external", "refuse",
           "--non-provisionable", "refuse")  # fmt: skip
    policy("assign", "strict", "cleo@example.org")
    for said, status in ((2, "139"), (3, "141"), (4, "145")):
        assert acknowledges(phone_of("cleo", device=f"S{said}"), said) == status
        assert acknowledges(phone_of("dora", device=f"S{said}"), said) == "1"
    assert acknowledges(phone_of("cleo", device="S1"), 1) == "1"


@test
def simulated_phones_are_asked_for_that_and_end_as_the_policy_says():
    policy("set", "many", "AllowBrowser=0", "AllowPOPIMAPEmail=0", "DevicePasswordEnabled=1")
    policy("assign", "many", "@many.example.org")
    wanted = {"AllowBrowser", "AllowPOPIMAPEmail", "DevicePasswordEnabled"}
    for version in ("12.1", "14.0", "14.1", "16.1"):
        documents, end = Simulated(FERRY, f"v{version}@many.example.org", "--version", version).lives()
        assert end["end"] == "in" and [set(it["asked"]) for it in documents] == [wanted], (version, documents, end)
    for profile, option in (("refuses-all", "--non-provisionable"), ("external", "--external")):
        phone = Simulated(FERRY, f"{profile}@many.example.org", "--profile", profile)
        assert phone.lives()[1]["end"] == "in", profile
        policy("set", "many", option, "refuse")
        assert phone.lives(polls=6)[1]["end"] != "in", profile


@test
def the_most_exact_one_counts():
    policy("set", "domain", "AllowCamera=0", "AllowBluetooth=1")
    policy("set", "rest", "AllowBluetooth=0")
    policy("default", "rest")
    assert gets(phone_of("eve")) == {**NEUTRAL, BLUETOOTH: "0"}
    policy("assign", "domain", "@Example.org")
    assert gets(phone_of("eve")) == {**NEUTRAL, BLUETOOTH: "1", CAMERA: "0"}
    assert gets(phone_of("eve@sub.example.org")) == {**NEUTRAL, BLUETOOTH: "0"}
    assert gets(phone_of("ann"))[PIN] == "1"
    policy("unassign", "@example.ORG")
    assert gets(phone_of("eve")) == {**NEUTRAL, BLUETOOTH: "0"}
    policy("default", "--none")
    assert gets(phone_of("eve")) == NEUTRAL
    policy("remove", "domain")


@test
def what_is_removed_goes_back():
    ann = phone_of("ann")
    assert gets(ann)[PIN] == "1" and status_of(ann) == "1"
    policy("remove", "staff")
    assert status_of(ann) in MUST_PROVISION
    assert gets(ann) == NEUTRAL and status_of(ann) == "1"


@test
def what_cannot_be_undone_has_to_be_accepted_by_name():
    dangerous = ("RequireDeviceEncryption=1", "RequireStorageCardEncryption=1", "AllowWiFi=0",
                 "MaxDevicePasswordFailedAttempts=8")  # fmt: skip
    for word in dangerous:
        element = word.split("=")[0]
        words = ("set", "danger", "DevicePasswordEnabled=1", word)
        assert f"{element}: has to be accepted" in refused(*words)
        assert f"{element}: has to be accepted" in refused(*words, "--accept", "AllowWiFi" if element != "AllowWiFi" else "RequireDeviceEncryption")
        policy(*words, "--accept", element)
        policy("remove", "danger")
    refused("set", "danger", "AllowCamera=0", "--accept", "AllowCamera")
    refused("show", "danger")


@test
def what_makes_no_sense_is_refused_with_a_sentence():
    assert "unless DevicePasswordEnabled is 1" in refused("set", "odd", "MinDevicePasswordLength=6")
    assert "is a number from 1 to 16" in refused("set", "odd", "DevicePasswordEnabled=1", "MinDevicePasswordLength=17")
    assert "there is no policy 'RemoteWipe'" in refused("set", "odd", "RemoteWipe=1")
    assert "name: " in refused("set", "a/b", "AllowCamera=0")
    policy("set", "odd", "AllowCamera=0")
    policy("assign", "strict", "fay@example.org")
    assert "fay@example.org has the policy strict" in refused("assign", "odd", "gil@example.org", "fay@example.org")
    assert FERRY.run("policy", "find", "gil@example.org").returncode == 1
    assert "users: " in refused("assign", "odd", "*")
    assert "gil@example.org" in refused("unassign", "gil@example.org")
    for words in (("set", "odd", "AllowCamera"), ("set", "odd", "--partial", "maybe"), ("assign", "odd"), ("default",),
                  ("default", "odd", "--none"), ("set", "odd", "AllowCamera=0", "AllowCamera=1")):  # fmt: skip
        assert FERRY.run("policy", *words).returncode == 2, words
    for words in (("show", "no"), ("remove", "no"), ("assign", "no", "x"), ("default", "no")):
        assert FERRY.run("policy", *words).returncode == 1, words
    policy("remove", "odd")


@test
def prints_what_there_is():
    policy("set", "shown", "AllowCamera=0", "UnapprovedInROMApplicationList=a b.exe", "--partial", "refuse")
    policy("assign", "shown", "zoe@example.org", "@shown.example.org")
    it = show("shown")
    assert it["values"] == {"AllowCamera": "0", "UnapprovedInROMApplicationList": "a b.exe"}, it
    assert (it["partial"], it["external"], it["non_provisionable"]) == ("refuse", "allow", "allow")
    assert it["users"] == ["zoe@example.org", "@shown.example.org"] and not it["default"], it
    lines = [json.loads(line) for line in policy("list", "--json").splitlines()]
    assert [line["name"] for line in lines] == sorted(line["name"] for line in lines) and len(lines) > 2, lines
    assert "AllowCamera" in policy("show", "shown") and "@shown.example.org" in policy("show", "shown")
    acts = {row[0] for row in FERRY.sql("SELECT DISTINCT action FROM audit WHERE object_kind = 'policy'")}
    assert acts == {"policy.make", "policy.change", "policy.remove", "policy.assign", "policy.unassign"}, acts
    assert FERRY.run("audit", "verify").returncode == 0


@test
def however_many_have_one_all_are_printed():
    many = [f"{'x' * 200}{i:04}@many.example.org" for i in range(1500)]
    policy("set", "crowd", "AllowCamera=0")
    for at in range(0, len(many), 250):
        policy("assign", "crowd", *many[at : at + 250])
    assert [line.strip() for line in policy("show", "crowd").splitlines()][-len(many) :] == many
    assert show("crowd")["users"] == many
    policy("remove", "crowd")


@test
def one_that_cannot_be_read_is_told_from_one_that_sets_nothing():
    policy("set", "broken", "AllowCamera=0")
    FERRY.sql("UPDATE policy SET choice = 'x' WHERE name = 'broken'")
    (line,) = [line for line in policy("list").splitlines() if line.startswith("broken ")]
    assert "cannot be read" in line and policy("list").count("cannot be read") == 1, line
    assert show("broken")["unreadable"]
    policy("remove", "broken")


@test
def a_phone_that_gets_a_fault_is_seen_with_it():
    policy("set", "broken", "AllowCamera=0")
    policy("assign", "broken", "unlucky@example.org")
    FERRY.sql("UPDATE policy SET choice = 'x' WHERE name = 'broken'")
    answer = phone_of("unlucky").post("FolderSync", (0x0716, [(0x0712, "0")]))
    assert answer.status == 503, answer
    seen = "SELECT http FROM sighting WHERE user_name = 'unlucky@example.org'"
    while not FERRY.sql(seen):
        time.sleep(0.02)
    assert FERRY.sql(seen) == [(503,)], FERRY.sql(seen)
    policy("remove", "broken")


def probed(user, seed):
    """What starting a probe of that phone says, its id and the phone, after the probe."""
    phone = Simulated(FERRY, user, "--profile", "partial", "--seed", str(seed))
    _, end = phone.lives(stay=1)
    phone.device("version <> 0")
    said = FERRY.command("probe", "start", user, "--consent", "agreed")
    probe = said.split()[0]
    phone.lives()
    assert json.loads(FERRY.command("probe", "show", probe, "--json"))["outcome"] == "complete"
    return said, probe, phone, end


@test
def a_phone_that_was_refused_too_often_is_probed_all_the_same():
    policy("set", "strict", "AllowCamera=0", "--partial", "refuse")
    policy("assign", "strict", "ida@example.org")
    _, _, _, end = probed("ida@example.org", PARTIAL_ON_CAMERA)
    assert "AllowCamera" in end["partial"] and (end["end"], end["http"]) == ("later", 503), end


@test
def a_probe_comes_first_and_says_what_it_suspends():
    policy("set", "probed", "AllowCamera=0", "--partial", "refuse")
    policy("assign", "probed", "hal@example.org")
    said, probe, phone, end = probed("hal@example.org", APPLIES_CAMERA)
    assert end["end"] == "in" and "The policy probed is not in force" in said, (end, said)
    rounds = FERRY.sql(f"SELECT count(*) FROM probe_round JOIN probe ON probe.number = probe WHERE id = '{probe}'")[0][0]
    documents, _ = phone.lives()
    assert rounds > 3 and [it["asked"] for it in documents][-1:] == [["AllowCamera"]], (rounds, documents)
    detail = FERRY.sql(f"SELECT detail FROM audit WHERE action = 'probe.start' AND object_id = '{probe}'")[0][0]
    assert json.loads(detail)["suspends"] == "probed", detail


@test
def a_server_that_gives_no_policies_gives_none():
    policy("set", "off", "AllowCamera=0")
    policy("default", "off")
    ivy = phone_of("ivy")
    assert gets(ivy)[CAMERA] == "0"
    assert FERRY.stop() == 0
    FERRY.environment["CERTFERRY_EAS_POLICY"] = "false"
    FERRY.serve()
    ivy.hang_up()
    answer = ivy.post("Provision", ivy.policy_request(), key=None)
    assert eas.text(answer.tree, 0x0E06, 0x0E07, 0x0E0B) == "2" and eas.find(answer.tree, 0x0E06, 0x0E07, 0x0E0A) is None
    assert status_of(ivy) == "1"


with FERRY:
    run()
