"""Operators' pages of people, certificates, the CA and settings: by role, from other sites, with hostile names in them."""

import html
import json
import re
import time
import urllib.parse

from desk import Desk, path_of
from ferry import Ferry
from tap import case, run, test

FERRY = Ferry(options=["--key", "ec-p256"], bundle_key="ec-p256")
# One for each place where it could get out: an element, an attribute in either quote, a script, an address, a control.
HOSTILE = ['<script>alert(1)</script>', '"onmouseover="alert(1)', "'><img src=x onerror=alert(1)>", "javascript:alert(1)",
           "{{site.name}}", "a&amp;b", "%3Cb%3E", "日本語 Größe"]  # fmt: skip
DESKS = {}  # by role


def get(path, role="admin"):
    return DESKS[role].get(path) if role else FERRY.get(path)


def mint(user, name=None, device=None):
    words = ["mint", user, "--json", "--out", FERRY.file("x.p12")]
    words += ["--name", name] if name else []
    words += ["--device", device] if device else []
    return json.loads(FERRY.command(*words))["serial"]


def address_of(user):
    return path_of("/admin/people", user)


@test
def pages_show_what_there_is():
    serial = mint("anna@example.org", "Anna Schmidt", "Pixel")
    FERRY.link("anna@example.org", "--name", "Anna Schmidt")
    people = get("/admin/people")
    assert people.status == 200 and serial in people.text() and "Anna Schmidt" in people.text(), people
    person = get(address_of("anna@example.org"))
    assert person.status == 200 and serial in person.text() and "Waiting" in person.text(), person
    one = get(f"/admin/certificates/{serial}")
    assert one.status == 200 and "CN=Anna Schmidt" in one.text() and "certificate.issue" in one.text(), one
    home = get("/admin")
    assert re.search(r"Valid</a></dt><dd>1</dd>", home.text()), home.text()


@test
def people_are_found_by_any_of_their_words():
    serial = mint("ben.oberhauser@example.org", "Benjamin Oberhauser", "Galaxy Tab")
    for search in ("ben.ob", "OBERH", "benj", "tab", serial[:10], serial[:10].upper()):
        page = get("/admin/people?search=" + urllib.parse.quote(search))
        assert "ben.oberhauser@example.org" in page.text(), search
    page = get("/admin/people?search=nobody")
    assert page.status == 200 and "Nothing found" in page.text(), page
    assert get("/admin/people?search=%2B").status == 422
    assert get("/admin/people?after=nonsense").status == 422


def hostile_name_comes_out_as_text(name):
    user = f"x{HOSTILE.index(name)}@example.org"
    serial = mint(user, name, name)
    FERRY.link(user, "--name", name, "--device", name)
    search = urllib.parse.quote(name)
    for path in ("/admin/people", address_of(user), f"/admin/certificates/{serial}", f"/admin/people?search={search}",
                 f"/admin/people?show={search}", f"/admin/people?user={user}"):  # fmt: skip
        page = get(path)
        assert page.status in (200, 422), page
        text = page.text()
        assert not re.search(r"<script>|<img|\sonmouseover=|href=\"javascript:|<b>\s*%", text), f"{path}: {text}"
        assert html.escape(name, quote=False) in html.escape(html.unescape(text), quote=False), path


for number, hostile in enumerate(HOSTILE):
    case(f"hostile_name_{number}_comes_out_as_text", hostile_name_comes_out_as_text, hostile)


@test
def hostile_users_have_a_page_and_come_out_as_text():
    for user in ("DOMAIN\\eve", "a/b", "..", "<i>@example.org", "a\"b@example.org", "per%2fcent@example.org"):
        serial = mint(user, "Eve")
        links = re.findall(r'<th scope="row"><a href="([^"]+)">([^<]+)</a>', get("/admin/people").text())
        found = [html.unescape(address) for address, shown in links if html.unescape(shown) == user]
        assert len(found) == 1, f"{user}: {links}"
        page = get(found[0])
        assert page.status == 200 and serial in page.text(), f"{user}: {page}"
        assert "<i>" not in page.text()


@test
def what_is_not_there_is_404_for_everybody_who_may_look():
    for path in ("/admin/people/nobody", "/admin/people?user=", "/admin/certificates/00", "/admin/certificates/" + "a" * 600,
                 "/admin/certificates/%27%20OR%201=1"):  # fmt: skip
        assert get(path).status == 404, path


PAGES = {
    "/admin": "auditor",
    "/admin/people": "auditor",
    "/admin/people?user=anna@example.org": "auditor",
    "/admin/people/anna%40example.org": "auditor",
    "/admin/devices": "auditor",
    "/admin/ca": "auditor",
    "/admin/audit": "auditor",
    "/admin/settings": "admin",
}
ROLES = ("auditor", "helpdesk", "admin")


def opens_for_its_role_and_those_above_only(path, least):
    for role in ROLES:
        wanted = 200 if ROLES.index(role) >= ROLES.index(least) else 403
        assert get(path, role).status == wanted, f"{path} as {role}: {get(path, role)}"
    nobody = get(path, None)
    assert nobody.status == 303 and nobody["Location"].startswith("/admin/login?next="), nobody
    assert FERRY.request("GET", path, https=False).status in (302, 308), "never over plain http"
    assert "no-store" in get(path, "admin")["Cache-Control"]


for page_path, role_needed in PAGES.items():
    case(f"{page_path}_opens_for_its_role_and_those_above_only", opens_for_its_role_and_those_above_only, page_path,
         role_needed)  # fmt: skip


@test
def an_auditor_is_offered_no_act():
    serial = mint("olga@example.org")
    for path in (address_of("olga@example.org"), f"/admin/certificates/{serial}"):
        assert re.findall(r'<form[^>]* action="([^"]+)"', get(path, "auditor").text()) == ["/admin/logout"], path
        assert "/admin/settings" not in get(path, "helpdesk").text()


@test
def each_page_weighs_less_than_60_kb_with_all_that_it_loads():
    for path in PAGES:
        page = get(path)
        total = len(page.body)
        for name in set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text())):
            total += len(FERRY.get(name).body)
        assert total < 60000, f"{path}: {total}"


def state_of(serial):
    return FERRY.sql(f"SELECT state, reason FROM certificate WHERE serial = '{serial}'")[0]


@test
def a_certificate_is_revoked_with_its_reason_by_whom_it_says():
    serial = mint("paul@example.org")
    address = f"/admin/certificates/{serial}"
    assert f'action="{address}/revoke"' in get(address, "helpdesk").text()
    answer = DESKS["helpdesk"].post(f"{address}/revoke", {"reason": "superseded"})
    assert answer.status == 303 and answer["Location"] == f"{address}?said=revoked", answer
    assert state_of(serial) == ("revoked", 4)
    page = get(answer["Location"]).text()
    assert "Replaced by another" in page and "certificate.revoke" in page and "operator:helpdesk" in page, page
    assert "/revoke" not in page, "it can be done once"
    again = DESKS["helpdesk"].post(f"{address}/revoke", {"reason": "superseded"})
    assert again.status == 409, again


@test
def all_of_a_person_are_revoked_at_once_and_nobody_elses():
    serials = [mint("ruth@example.org", device=device) for device in ("phone", "tablet")]
    other = mint("ruth2@example.org")
    page = get(address_of("ruth@example.org"), "helpdesk").text()
    assert "Revoke all 2 certificates" in page, page
    answer = DESKS["helpdesk"].post("/admin/people/revoke", {"user": "RUTH@example.org", "reason": "keyCompromise"})
    assert answer.status == 303, answer
    assert [state_of(serial) for serial in serials] == [("revoked", 1)] * 2
    assert state_of(other)[0] == "issued"
    assert DESKS["helpdesk"].post("/admin/people/revoke", {"user": "nobody", "reason": "superseded"}).status == 404


@test
def acts_are_refused_to_auditors_to_other_sites_and_without_a_good_reason():
    serial = mint("sara@example.org")
    path = f"/admin/certificates/{serial}/revoke"
    reason = {"reason": "superseded"}
    assert DESKS["auditor"].post(path, reason).status == 403
    assert DESKS["auditor"].post("/admin/people/revoke", {"user": "sara@example.org", **reason}).status == 403
    for role in ("auditor", "helpdesk"):
        assert DESKS[role].post("/admin/ca/publish", {}).status == 403
    for origin in (None, "null", "https://evil.example"):
        assert DESKS["admin"].post(path, reason, origin=origin).status == 403, origin
        assert DESKS["admin"].post("/admin/ca/publish", {}, origin=origin).status == 403, origin
    assert FERRY.post(path, reason).status in (401, 403)
    for bad in ({}, {"reason": ""}, {"reason": "certificateHold"}, {"reason": "<b>"}):
        assert DESKS["admin"].post(path, bad).status in (400, 422), bad
    assert state_of(serial) == ("issued", None)


@test
def the_certificates_of_the_cas_are_not_revoked_here():
    for (serial,) in FERRY.sql("SELECT serial FROM certificate WHERE profile IN ('root', 'issuing')"):
        assert "/revoke" not in get(f"/admin/certificates/{serial}").text()
        answer = DESKS["admin"].post(f"/admin/certificates/{serial}/revoke", {"reason": "superseded"})
        assert answer.status in (400, 422), answer


@test
def a_new_link_for_the_same_person_starts_from_the_certificate():
    serial = mint("tom&co@example.org", 'Tom "T" O\'Hara', "Pixel 9")
    page = html.unescape(get(f"/admin/certificates/{serial}", "helpdesk").text())
    address = re.search(r'href="(/admin/links/new\?[^"]*)"', page).group(1)
    values = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(address).query))
    assert values["user"] == "tom&co@example.org" and values["name"] == 'Tom "T" O\'Hara', values
    assert values["device"] == "Pixel 9", values


@test
def the_audit_shows_who_did_what_and_goes_on_to_its_first_row():
    serial = mint("vera@example.org")
    page = get(f"/admin/audit?kind=certificate&object={serial}", "auditor").text()
    assert len(re.findall("<tr>", page)) == 3 and "certificate.issue" in page, page
    assert get("/admin/audit?kind=certificate&object=nothing").status == 200
    assert "certificate.issue" in get(f"/admin/audit?object={serial}").text(), "an id alone is enough"
    for half in ("kind=link&object=", "after=abc", "from=yesterday", "to=2026-02-30", "from=2026-01-31T12:00:00Z"):
        assert get(f"/admin/audit?{half}").status == 422, half
    path, numbers = "/admin/audit", []
    while path:
        page = get(path).text()
        numbers += [int(number) for number in re.findall(r'<td data-label="Number">(\d+)</td>', page)]
        following = re.search(r'<a href="([^"]+)" rel="next">', page)
        path = following and html.unescape(following.group(1))
    assert numbers == list(range(numbers[0], 0, -1)), numbers


def acts_of(page):
    """The names of the acts that a page of the audit shows."""
    assert page.status == 200, page
    return re.findall(r'<th scope="row">([a-z_.]+)', page.text())


@test
def the_audit_is_looked_through_by_who_what_and_when():
    link = FERRY.link("wim@example.org")
    answer = DESKS["helpdesk"].post(f"/admin/links/{link['id']}/cancel", {})
    assert answer.status == 303, answer
    who = urllib.parse.quote(f"operator:{DESKS['helpdesk'].name}")
    assert "link.cancel" in acts_of(get(f"/admin/audit?actor={who}"))
    assert "link.create" not in acts_of(get(f"/admin/audit?actor={who}")), "the command line made it"
    assert set(acts_of(get("/admin/audit?action=link.cancel"))) == {"link.cancel"}
    assert acts_of(get(f"/admin/audit?actor={who}&action=link.cancel&kind=link&object={link['id']}")) == ["link.cancel"]
    today = time.strftime("%Y-%m-%d", time.gmtime(FERRY.sql("SELECT max(at) FROM audit")[0][0]))
    first = time.strftime("%Y-%m-%d", time.gmtime(FERRY.sql("SELECT min(at) FROM audit")[0][0]))
    assert "link.cancel" in acts_of(get(f"/admin/audit?from={first}&to={today}&action=link.cancel")), "the last day counts"
    for never in ("from=2001-01-01&to=2001-01-02", "from=2099-01-01", "to=2001-01-01", "actor=operator:nobody", "action=x"):
        page = get(f"/admin/audit?{never}")
        assert acts_of(page) == [] and "Nothing found" in page.text(), never


@test
def what_is_looked_for_in_the_audit_stands_in_the_next_page_and_comes_out_as_text():
    for number in range(60):
        FERRY.sql(f"INSERT INTO audit SELECT max(id) + 1, max(at), '<b>&\"x', 'link.create', '', '', '', '{{}}', zeroblob(32) FROM audit WHERE {number} >= 0")
    actor = urllib.parse.quote('<b>&"x')
    page = get(f"/admin/audit?actor={actor}&action=link.create&from=2001-01-01")
    assert len(acts_of(page)) == 50 and "<b>&" not in page.text(), page
    following = html.unescape(re.search(r'<a href="([^"]+)" rel="next">', page.text()).group(1))
    assert len(acts_of(get(following))) == 10, following
    for name in ("actor", "action", "object", "from", "to", "kind", "after"):
        for hostile_text in HOSTILE:
            page = get(f"/admin/audit?{name}={urllib.parse.quote(hostile_text)}")
            assert page.status in (200, 422), page
            assert not re.search(r"<script>|<img|\sonmouseover=", page.text()), page.text()


@test
def a_refused_log_in_counts_on_home_and_its_links_lead_to_what_they_count():
    def refused():
        return int(re.search(r'<a href="/admin/audit">[^<]*</a></dt><dd>(\d+)</dd>', get("/admin").text()).group(1))

    before = refused()
    answer = DESKS["admin"].ferry.post("/admin/login", {"name": "nobody", "password": "x"},
                                       Origin=f"https://{FERRY.host}:{FERRY.https_port}")  # fmt: skip
    assert answer.status == 403, answer
    assert refused() == before + 1
    FERRY.link("xena@example.org")
    tiles = re.findall(r'<a href="(/admin/links\?state=\w+)">[^<]+</a></dt><dd>(\d+)</dd>', get("/admin").text())
    assert len(tiles) == 5 and any(int(count) > 0 for _, count in tiles), tiles
    for path, count in tiles:
        shown = get(path).text().count('<th scope="row">')
        assert shown == min(int(count), 50), f"{path}: {shown} of {count}"


@test
def an_admin_publishes_a_revocation_list():
    def number():
        return FERRY.sql("SELECT number FROM crl WHERE issuer = 'issuing'")[0][0]

    before = number()
    answer = DESKS["admin"].post("/admin/ca/publish", {})
    assert answer.status == 303, answer
    assert number() > before
    assert f"Number {number()}" in get("/admin/ca").text()


SETTINGS = {"organisation.name": "Example Organisation", "organisation.color": "#1d4ed8", "organisation.contact": ""}


NEW_NAME = "Fähre &amp; Söhne"  # as it stands in a page


def change(role="admin", origin="ours", **more):
    fields = {**SETTINGS, **{key.replace("__", "."): value for key, value in more.items()}}
    return DESKS[role].post("/admin/settings", fields, origin=origin)


@test
def a_setting_counts_at_once_and_after_a_restart_and_says_where_it_comes_from():
    answer = change(organisation__name="Fähre & Söhne", organisation__color="#7a1f3d")
    assert answer.status == 303 and answer["Location"] == "/admin/settings?said=settings", answer
    page = get("/admin/settings").text()
    assert NEW_NAME in page and "Set on this page." in page, page
    assert NEW_NAME in FERRY.get("/").text()
    assert "#7a1f3d" in FERRY.get("/").text()
    serial = mint("late@example.org")
    assert "O=" + NEW_NAME in get(f"/admin/certificates/{serial}").text()
    FERRY.stop()
    FERRY.serve()
    assert NEW_NAME in FERRY.get("/").text()
    back = DESKS["admin"].post("/admin/settings", {"back.organisation.name": "yes", "back.organisation.color": "yes"})
    assert back.status == 303, back
    assert "Example Organisation" in FERRY.get("/").text()
    assert "Set on this page." not in get("/admin/settings").text()
    acts = FERRY.sql("SELECT actor, object_id, detail FROM audit WHERE action = 'setting.change' ORDER BY id")
    assert [act[1] for act in acts] == ["organisation.name", "organisation.color"] * 2, acts
    assert acts[0][0] == "operator:admin" and json.loads(acts[0][2])["value"] == html.unescape(NEW_NAME), acts


@test
def a_setting_that_cannot_be_changes_nothing_and_is_shown_again():
    before = FERRY.sql("SELECT count(*) FROM audit")
    for field, value, sentence in (
        ("organisation__name", "", "organisation.name"),
        ("organisation__name", "x" * 65, "organisation.name"),
        ("organisation__color", "red", "organisation.color"),
        ("organisation__color", "#ffff00", "contrast of 1.1 to 1"),
        ("organisation__contact", "a\u202eb", "organisation.contact"),
    ):
        answer = change(**{field: value})
        assert answer.status == 422 and sentence in html.unescape(answer.text()), f"{field}={value}: {answer}"
        assert html.escape(value).replace("&#x27;", "&#39;") in answer.text() or value.startswith("a"), answer.text()
    assert FERRY.sql("SELECT count(*) FROM audit") == before


@test
def a_setting_of_the_environment_is_not_changed_on_the_page():
    FERRY.stop()
    FERRY.environment["CERTFERRY_ORGANISATION_CONTACT"] = "+49 30 1234567"
    FERRY.serve()
    page = get("/admin/settings").text()
    assert "From the environment" in page and re.search(r'name="organisation.contact"[^>]*disabled', page), page
    assert change(organisation__contact="other").status == 422
    assert "+49 30 1234567" in FERRY.get("/").text()
    FERRY.stop()
    del FERRY.environment["CERTFERRY_ORGANISATION_CONTACT"]
    FERRY.serve()


@test
def settings_are_changed_by_an_admin_from_our_own_page_only():
    for role in ("auditor", "helpdesk"):
        assert change(role, organisation__name="Evil").status == 403
    for origin in (None, "https://evil.example", "null"):
        assert change(origin=origin, organisation__name="Evil").status == 403, origin
    nobody = FERRY.post("/admin/settings", {"organisation.name": "Evil"})
    assert nobody.status in (401, 403), nobody
    assert "Evil" not in FERRY.get("/").text()


try:
    FERRY.init()
    FERRY.serve()
    for role_name in ("admin", "helpdesk", "auditor"):
        DESKS[role_name] = Desk(FERRY, role_name)
    run()
finally:
    FERRY.close()
