"""Operators' pages of phones: the list, one device with its sentence and timeline, watching, and what they do to them."""

import html
import re
import time
import urllib.parse

import phone as eas
from desk import Agent, Desk
from ferry import Ferry
from phone import Phone
from tap import case, run, test

FERRY = Ferry(options=["--key", "ec-p256"], bundle_key="ec-p256", eas_pin="true", eas_session_lifetime="0s",
              eas_domains="SALES=example.com")  # fmt: skip
DESKS = {}  # by role
FOLDER_SYNC = (0x0716, [(0x0712, "0")])
_devices = iter(range(10**6))


def get(path, role="helpdesk"):
    answer = DESKS[role].get(path)
    assert answer.status == 200, answer
    return re.sub(r"\s+", " ", answer.text())


def words(page):
    """What a person reads of it."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<style>.*?</style>|<[^>]*>", " ", page)))


def phone(user, pem="own", **options):
    if pem == "own":
        pem = eas.pem_of(eas.mint(FERRY, user))
    options.setdefault("device", f"dev{next(_devices):08d}")
    return Phone(FERRY, pem, user=user, **options)


def eventually(look, *wanted):
    """Sightings are written a moment after the answer."""
    for _ in range(1000):
        text = look()
        if all(word in words(text) for word in wanted):
            return text
        time.sleep(0.05)
    raise AssertionError(f"{wanted} not in {words(text)}")


def device_of(user, device=None):
    """(address, id) of a device that the list shows."""
    more = f" AND device_id = '{device}'" if device else ""
    for _ in range(1000):
        rows = FERRY.sql(f"SELECT id FROM device WHERE user_name = '{user}'{more}")
        if rows:
            return f"/admin/devices/{rows[0][0]}"
        time.sleep(0.05)
    raise AssertionError(f"no device of {user}")


def live(user):
    return "/admin/devices/live?user=" + urllib.parse.quote(user)


@test
def a_phone_that_is_set_up_shows_in_list_page_person_and_watch():
    it = phone("ann@example.com", agent="Mailer/9")
    it.set_up()
    eventually(lambda: get(live("ann@example.com")), "The phone is set up: it fetches mail.", "FolderSync", "Mail fetched")
    listed = get("/admin/devices?search=ann")
    assert "ann@example.com" in listed and it.device in listed and "Allowed" in listed, words(listed)
    page = get(device_of("ann@example.com"))
    for word in ("The phone gets in.", it.device, "Mailer/9", "Phone OS 1", "Agrees on policies", "Certificate presented",
                 "14.1", "All applied", "answer 200"):  # fmt: skip
        assert word in words(page), f"{word}: {words(page)}"
    serial = FERRY.sql("SELECT serial FROM device WHERE user_name = 'ann@example.com'")[0][0]
    assert f'href="/admin/certificates/{serial}"' in page
    for path in ("/admin/people/ann%40example.com", f"/admin/certificates/{serial}"):
        assert device_of("ann@example.com") in get(path), path


@test
def times_are_elements_that_the_reader_s_zone_can_be_put_into():
    page = get(device_of("ann@example.com"))
    times = re.findall(r'<time datetime="\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ">', page)
    assert len(times) > 6, page


@test
def what_was_answered_with_policies_first_is_no_step_of_a_set_up():
    it = phone("nora@example.com")
    assert it.post("Provision", it.policy_request()).status == 200
    for command, body in (("FolderSync", FOLDER_SYNC), ("Sync", (0x05, [(0x1C, [(0x0F, [(0x0B, "0"), (0x12, "1")])])]))):
        assert it.post(command, body, key=None).status == 200
    page = eventually(lambda: get(live("nora@example.com")), "Fetches mail", "answer 200, status 142")
    done = re.findall(r'<li class="is-done">([A-Z][^<]*)<time', page)
    assert "The phone gets in, the set-up goes on." in words(page) and "Mail fetched" not in done and "Folders fetched" not in done, done


@test
def a_request_that_is_refused_is_no_set_up_that_goes_on():
    it = phone("otto@example.com", version="9.9")
    assert it.post("FolderSync", FOLDER_SYNC).status == 400
    page = eventually(lambda: get(live("otto@example.com")), "answer 400")
    assert "The certificate is good, but the request of the phone was refused." in words(page), words(page)
    assert "the set-up goes on" not in words(page), words(page)


@test
def watching_begins_with_waiting():
    page = words(get(live("nobody@example.com")))
    assert "Waiting for the phone …" in page and "Nothing in the last 15 minutes." in page, page
    assert 'role="status"' in get(live("nobody@example.com"))


@test
def without_a_name_watching_asks_for_one():
    page = get("/admin/devices/live")
    assert 'name="user"' in page and "Waiting for the phone" not in words(page), words(page)


def written_otherwise(sent):
    phone(sent, None).post("FolderSync", FOLDER_SYNC)
    page = eventually(lambda: get(live("cora@example.com")), "The phone presented no certificate.", f"as {sent}")
    assert "Ask the owner to look in the settings of the phone" in words(page)


for _sent in ("cora", "cora@example.com", "SALES\\cora", "CORA"):
    case(f"without_a_certificate_the_user_{_sent.encode().hex()}_is_found", written_otherwise, _sent)


@test
def the_certificate_of_another_user_shows_to_whom_waits_for_the_account():
    eas_pem = eas.pem_of(eas.mint(FERRY, "dora@example.com"))
    Phone(FERRY, eas_pem, user="emil@example.com", device="wronguser1").post("FolderSync", FOLDER_SYNC)
    for user in ("dora@example.com", "emil@example.com"):
        eventually(lambda user=user: get(live(user)), "The certificate is of another user", "letter by letter")
    page = words(get(device_of("dora@example.com")))
    assert "The certificate is of another user than the account on the phone." in page, page


@test
def a_domain_that_nobody_knows_is_not_told_as_another_user():
    pem = eas.pem_of(eas.mint(FERRY, "olga@example.com"))
    assert Phone(FERRY, pem, user="ADS\\olga", device="domain1").post("FolderSync", FOLDER_SYNC).status == 403
    page = words(get(device_of("olga@example.com")))
    for word in ("a domain that is not known", "leave the domain empty", "the account on the phone is of ADS\\olga"):
        assert word in page, page
    eventually(lambda: get("/admin/devices?search=olga"), "a domain that is not known")


@test
def a_revoked_certificate_is_explained_with_what_to_do():
    bundle = eas.mint(FERRY, "fred@example.com")
    it = Phone(FERRY, eas.pem_of(bundle), user="fred@example.com", device="revoked1")
    it.set_up()
    FERRY.command("cert", "revoke", bundle["serial"])
    assert it.post("FolderSync", FOLDER_SYNC).status == 403
    eventually(lambda: get(live("fred@example.com")), "The certificate was revoked.")
    page = eventually(lambda: get(device_of("fred@example.com")), "which is refused since", "It was let in until")
    assert "If the phone was lost, leave it so." in words(page) and "Refused" in words(page), words(page)
    refused = get("/admin/devices?show=refused")
    assert "fred@example.com" in refused and ">ann@example.com<" not in refused, words(refused)
    home = get("/admin")
    assert re.search(r"Phones refused, last 24 hours</a></dt><dd>[1-9]", home), home


@test
def a_phone_that_stops_to_present_its_certificate_is_told_of_with_times():
    it = phone("gina@example.com")
    it.set_up()
    it.forget_session()
    bare = Phone(FERRY, None, user="gina@example.com", device=it.device)
    assert bare.post("FolderSync", FOLDER_SYNC).status == 403
    page = eventually(lambda: get(device_of("gina@example.com")), "does not present its certificate any more")
    assert re.search(r"presented its certificate at <time[^>]*>[^<]*</time>, was let in until <time", page), page


@test
def a_pin_alarm_is_shown_and_the_pin_taken_off():
    pem = eas.pem_of(eas.mint(FERRY, "hana@example.com"))
    Phone(FERRY, pem, user="hana@example.com", device="pinned1").set_up()
    other = Phone(FERRY, pem, user="hana@example.com", device="pinned2")
    assert other.post("FolderSync", FOLDER_SYNC).status == 403
    other_page = eventually(lambda: get(device_of("hana@example.com", "pinned2")), "Pin alarm")
    assert "The certificate belongs to another device." in words(other_page), words(other_page)
    address = device_of("hana@example.com", "pinned1")
    page = get(address)
    assert "Pinned to pinned1" in words(page) and "Another device came with this certificate pinned2" in words(page), words(page)
    done = DESKS["helpdesk"].post(address + "/unpin")
    assert done.status == 303, done
    assert "Unpinned." in words(get(done["Location"]))
    assert other.post("FolderSync", FOLDER_SYNC).status != 403
    assert DESKS["helpdesk"].post(address + "/unpin").status == 303  # it is pinned to the new one


@test
def a_device_is_blocked_from_its_next_request_and_unblocked():
    it = phone("ida@example.com")
    it.set_up()
    address = device_of("ida@example.com")
    done = DESKS["helpdesk"].post(address + "/block")
    assert done.status == 303 and "Blocked. The phone is refused" in words(get(done["Location"])), done
    assert it.post("FolderSync", FOLDER_SYNC).status == 403
    page = words(get(address))
    assert "An operator blocked this." in page and "Unblock" in page, page
    assert DESKS["helpdesk"].post(address + "/block").status == 409
    assert DESKS["helpdesk"].post(address + "/unblock").status == 303
    assert it.post("FolderSync", FOLDER_SYNC).status == 200
    acts = FERRY.sql(f"SELECT action, actor FROM audit WHERE object_id = '{address.rsplit('/', 1)[1]}' AND actor <> 'system' ORDER BY id")
    assert [act for act, _ in acts] == ["device.block", "device.unblock"], acts
    assert all(actor == f"operator:{DESKS['helpdesk'].name}" for _, actor in acts), acts


@test
def an_auditor_looks_but_changes_nothing():
    address = device_of("ann@example.com")
    page = get(address, "auditor")
    assert "/block" not in page and "The phone gets in." in words(page), page
    for act in ("block", "unblock", "unpin"):
        assert DESKS["auditor"].post(f"{address}/{act}").status == 403, act
        assert DESKS["helpdesk"].post(f"{address}/{act}", origin="https://evil.example").status == 403, act


def claimed(link):
    """Certificate and key of the bundle, which the person fetched and unpacked with the password of the answer."""
    answer = FERRY.claim(link)
    assert answer.status == 200, answer
    bundle = answer.json()
    link["file"] = bundle["files"]["p12"]
    path = FERRY.file(f"{link['id']}.p12")
    with open(path, "wb") as file:
        file.write(FERRY.get(bundle["files"]["p12"]).body)
    return eas.pem_of({"file": path, "password": bundle["password"]})


@test
def a_claimed_link_is_in_use_from_the_first_request_and_names_the_device():
    made = FERRY.link("jon@example.com")
    before = get(f"/admin/links/{made['id']}")
    assert "/admin/devices/live?user=jon%40example.com" in before and "/admin/devices/" not in before.replace("devices/live", ""), before
    it = phone("jon@example.com", claimed(made), kind="Trophy")
    assert "Claimed" in words(get(f"/admin/links/{made['id']}"))
    assert it.options().status == 200
    state = FERRY.sql(f"SELECT state FROM link WHERE id = '{made['id']}'")
    assert state == [("in_use",)], state
    assert FERRY.get(made["file"]).status == 404, "the window is open"
    it.set_up()
    page = get(f"/admin/links/{made['id']}")
    assert "In use" in words(page) and "Certificate in use – Trophy" in words(page), words(page)
    assert f'<a href="{device_of("jon@example.com", it.device)}">Trophy</a>' in page, page


@test
def the_timeline_is_paged():
    it = phone("kim@example.com")
    it.set_up()
    for _ in range(60):
        it.post("FolderSync", FOLDER_SYNC)
    address = device_of("kim@example.com")
    page = eventually(lambda: get(address), "Further ones")
    following = re.search(r'href="([^"]*)" rel="next"', page).group(1)
    eventually(lambda: get(html.unescape(following)), "Agrees on policies")
    assert DESKS["helpdesk"].get(address + "?after=nonsense").status == 400


@test
def what_is_not_there_is_said():
    assert DESKS["helpdesk"].get("/admin/devices/none").status == 404
    assert DESKS["helpdesk"].post("/admin/devices/none/block").status == 404
    assert DESKS["helpdesk"].get("/admin/devices?search=%2B").status == 422
    assert "Nothing found" in words(get("/admin/devices?search=zzzz"))


@test
def what_a_phone_says_of_itself_comes_out_as_text():
    hostile = '"><script>alert(1)</script>'
    it = phone("lea@example.com", agent=hostile, device="hostile1")
    it.post("FolderSync", FOLDER_SYNC)
    address = device_of("lea@example.com", "hostile1")
    page = eventually(lambda: get(address), hostile)
    for text in (page, get("/admin/devices"), get(live("lea@example.com")), get(live(hostile))):
        assert "<script>alert" not in text and "<img" not in text, text


@test
def pages_speak_german():
    page = words(DESKS["helpdesk"].get(device_of("fred@example.com"), **{"Accept-Language": "de"}).text())
    assert "Es wurde widerrufen." in page and "Ging das Telefon verloren" in page, page


def begin():
    DESKS["admin"] = Desk(FERRY)
    for role in ("helpdesk", "auditor"):
        DESKS[role] = Agent(FERRY, role)


with FERRY:
    begin()
    run()
