"""Operators' pages of probes: starting one, watching it, its matrix, comparing, and what other sites found out."""

import csv
import html
import io
import json
import os
import re
import secrets

from desk import Agent, Desk
from ferry import Ferry
from simulated import Simulated
from tap import case, run, test

FERRY = Ferry(options=["--key", "ec-p256"])
DESKS = {}  # by role
CONSENT = 'The user agreed <script>alert("1")</script> & by telephone'
EVIL = '<img src=x onerror="alert(1)">'
LIMIT = 60 * 1024


# ---- phones and pages ----


def simulated(name, *options):
    """A phone of a user of its own, which was let in, and the id of its device."""
    phone = Simulated(FERRY, f"{name}@example.com", *options)
    phone.set_up()
    phone.id = phone.device("version <> 0")
    return phone


def get(path, role="helpdesk", status=200):
    answer = DESKS[role].get(path)
    assert answer.status == status, (path, answer)
    text = answer.text()
    assert len(answer.body) < LIMIT, (path, len(answer.body))
    assert "<script>alert" not in text and "<img src=x" not in text, path
    return re.sub(r"\s+", " ", text.replace("<wbr>", ""))


def words(page):
    """What a person reads of it."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<style>.*?</style>|<[^>]*>", " ", page.replace("<wbr>", ""))))


def start(phone, role="helpdesk", **fields):
    """The address of the probe."""
    answer = DESKS[role].post(f"/admin/devices/{phone.id}/probe", **{"risk": "1", "consent": CONSENT, **fields})
    assert answer.status == 303, words(answer.text())
    place = answer["Location"].split("?")
    assert place[1] == "said=probe-started", place
    return place[0]


def probed(name, *options, **fields):
    """(phone, address) of a probe that is over."""
    phone = simulated(name, *options)
    path = start(phone, **fields)
    phone.lives()
    return phone, path


def rows(page):
    """{policy: what its row says} of the matrix."""
    matrix = page[page.index('id="matrix"'):]
    return {
        element: words(row)
        for element, row in re.findall(r'<span class="element">(\w+)</span>(.*?)</tr>', matrix)
    }


def upload(role, data, site="North branch", origin="ours"):
    desk = DESKS[role]
    boundary = "----" + secrets.token_hex(16)
    body = f'--{boundary}\r\nContent-Disposition: form-data; name="site"\r\n\r\n'.encode() + site.encode()
    body += f'\r\n--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="probe.json"\r\n'.encode()
    body += b"Content-Type: application/json\r\n\r\n" + data + f"\r\n--{boundary}--\r\n".encode()
    return FERRY.request("POST", "/admin/probes/import", body=body, Cookie=desk.cookie,
                         Content_Type=f"multipart/form-data; boundary={boundary}", **desk._origin(origin))  # fmt: skip


def exported(path, **changes):
    """What a probe prints, as another site's, with other members."""
    document = json.loads(FERRY.command("probe", "export", path.rsplit("/", 1)[1]))
    document["id"] = secrets.token_hex(5)
    return json.dumps({**document, **changes}).encode()


def imported(data, site="North branch"):
    answer = upload("helpdesk", data, site)
    assert answer.status == 303, words(answer.text())
    return answer["Location"].split("?")[0]


# ---- tests ----


@test
def an_empty_list_says_what_to_do():
    page = get("/admin/probes", "auditor")
    assert "No phone was asked yet" in page and 'href="/admin/devices"' in page
    assert "No phone was asked yet" in get("/admin/probes/overview")
    assert "There must be two probes" in get("/admin/probes/compare")
    assert 'href="/admin/probes"' in get("/admin")


@test
def a_probe_is_started_from_the_page_of_its_device_and_watched_to_its_end():
    phone = simulated("watched", "--profile", "partial", "--seed", "5")
    device = get(f"/admin/devices/{phone.id}")
    assert "was not asked yet" in words(device) and f'href="/admin/devices/{phone.id}/probe"' in device
    path = start(phone)
    page = get(path)
    assert "Waiting for the phone: the first question" in words(page) and CONSENT in words(page)
    assert "None was put yet" in words(page) and 'data-live="3"' in page
    assert rows(page)["AllowCamera"].count("Not asked yet") == 1
    phone.lives(polls=9)
    assert "Waiting for the phone" in words(get(path)) and "<td>Nothing at all</td>" in get(path)
    phone.lives()
    page = get(path)
    assert "Everything that was to be asked was asked." in words(page) and "data-live" not in page
    assert "not given back" not in words(page) and "given back" in words(page)
    shown = json.loads(FERRY.command("probe", "show", path.rsplit("/", 1)[1], "--json"))
    labels = {"applied": "Applied", "partial": "Applied in part", "refused": "Refused", "not_offered": "Not asked",
              "cannot_tell": "Cannot tell"}  # fmt: skip
    for it in shown["policies"]:
        assert labels[it["result"]] in rows(page)[it["policy"]], it
    assert "Its risk is higher than was chosen." in rows(page)["AllowWiFi"]
    assert "Complete" in words(get(f"/admin/devices/{phone.id}"))
    assert FERRY.sql("SELECT count(*) FROM audit WHERE action = 'probe.start' AND actor LIKE 'operator:helpdesk%'")[0][0] > 0


@test
def no_answer_yet_is_a_state_of_its_own():
    phone = simulated("silent", "--profile", "slow", "--slow", "100", "--seed", "25")
    path = start(phone, risk="2", confirm=phone.user)
    phone.lives(polls=120)
    page = get(path)
    assert "No answer yet to question" in words(page) and "setting a PIN" in words(page)
    assert "No answer yet" in rows(page)["DevicePasswordEnabled"]


@test
def what_is_asked_for_wrongly_is_said_beside_its_field():
    phone = simulated("wrong", "--profile", "partial", "--seed", "6")
    where = f"/admin/devices/{phone.id}/probe"
    form = get(where)
    assert phone.user in words(form) and "cannot be undone" in form and 'name="RequireDeviceEncryption"' in form
    for fields, field, said in (
        ({"risk": "1", "consent": ""}, "consent", "Say who agreed"),
        ({"risk": "1", "consent": "x" * 501}, "consent", "Say who agreed"),
        ({"risk": "2", "consent": CONSENT}, "confirm", f"Type {phone.user} to confirm"),
        ({"risk": "3", "consent": CONSENT, "confirm": "somebody"}, "confirm", f"Type {phone.user} to confirm"),
        ({"risk": "9", "consent": CONSENT}, "risk", "Choose one of the four"),
        ({"consent": CONSENT}, "risk", "Choose one of the four"),
    ):
        answer = DESKS["helpdesk"].post(where, **fields)
        page = answer.text()
        assert answer.status == 422 and f'id="bad-{field}"' in page and said in words(page), (fields, words(page))
        assert "<script>alert" not in page and "It was not started" not in page
    assert CONSENT in html.unescape(DESKS["helpdesk"].post(where, risk="2", consent=CONSENT).text())
    assert FERRY.sql(f"SELECT count(*) FROM probe WHERE device = '{phone.id}'")[0][0] == 0
    path = start(phone, risk="3", confirm=phone.user, RequireDeviceEncryption="yes", one_by_one="yes")
    named, single = FERRY.sql(f"SELECT named, one_by_one FROM probe WHERE id = '{path.rsplit('/', 1)[1]}'")[0]
    assert named.bit_count() == 1 and single == 1, (named, single)
    assert "is not over yet" in words(get(where)) and f'href="{path}"' in get(where)
    again = DESKS["helpdesk"].post(where, risk="1", consent=CONSENT)
    assert again.status == 422 and "is not over" in words(again.text())


@test
def policies_of_risk_3_count_with_risk_3_only():
    phone = simulated("ticked", "--profile", "partial", "--seed", "7")
    path = start(phone, risk="1", RequireDeviceEncryption="yes", AllowWiFi="yes")
    assert FERRY.sql(f"SELECT named FROM probe WHERE id = '{path.rsplit('/', 1)[1]}'")[0][0] == 0


@test
def a_probe_is_stopped_with_the_same_end():
    phone = simulated("stopped", "--profile", "partial", "--seed", "23")
    path = start(phone, one_by_one="yes")
    phone.lives(polls=9)
    assert f'action="{path}/stop"' in get(path) and f'action="{path}/stop"' not in get(path, "auditor")
    answer = DESKS["helpdesk"].post(f"{path}/stop")
    assert answer.status == 303 and answer["Location"] == f"{path}?said=probe-stopped", answer
    assert "take back the policy that asks for nothing" in words(get(path)) and f"{path}/stop" not in get(path)
    assert DESKS["helpdesk"].post(f"{path}/stop").status == 409
    phone.lives()
    page = get(path)
    assert "It was stopped by an operator." in words(page) and "given back" in words(page)
    assert "The probe was stopped before." in words(page)


@test
def rounds_have_pages_and_all_of_them_are_shown():
    phone, path = probed("paged", "--profile", "partial", "--seed", "8", one_by_one="yes")
    numbers, where = [], path
    while where:
        page = get(where)
        part = page[page.index('id="rounds"'):]
        numbers += [int(number) for number in re.findall(r'<th scope="row">(\d+)</th>', part)]
        earlier = re.search(r'<a href="([^"#]*)#rounds" rel="next">', part)
        where = earlier and html.unescape(earlier[1])
    asked = FERRY.sql(f"SELECT count(*) FROM probe_round JOIN probe ON probe.number = probe WHERE id = '{path.rsplit('/', 1)[1]}'")
    assert numbers == list(range(asked[0][0], 0, -1)) and len(numbers) > 30, numbers
    for bad in ("0", "-1", "x", "99999999999"):
        assert f'<th scope="row">{asked[0][0]}</th>' in get(f"{path}?before={bad}")


@test
def the_matrix_comes_as_csv_and_json():
    phone, path = probed("files", "--profile", "partial", "--seed", "9")
    probe = path.rsplit("/", 1)[1]
    table = DESKS["auditor"].get(f"{path}/probe.csv")
    assert table.status == 200 and table["Content-Type"].startswith("text/csv")
    assert table["Content-Disposition"] == f'attachment; filename="probe-{probe}.csv"', table["Content-Disposition"]
    lines = list(csv.DictReader(io.StringIO(table.text())))
    whole = DESKS["auditor"].get(f"{path}/probe.json")
    assert whole["Content-Type"] == "application/json" and "attachment" in whole["Content-Disposition"]
    document = json.loads(whole.text())
    assert document == json.loads(FERRY.command("probe", "export", probe))
    assert [(it["policy"], it["result"]) for it in lines] == [(it["policy"], it["result"]) for it in document["policies"]]
    assert len(lines) == 42 and {it["user"] for it in lines} == {phone.user}


@test
def lists_by_user_and_by_device_and_refuses_other_pages():
    phone, path = probed("listed", "--profile", "supports-all", "--seed", "10")
    assert f'href="{path}"' in get("/admin/probes") and f'href="{path}"' in get(f"/admin/probes?user={phone.user.upper()}")
    alone = get(f"/admin/probes?device={phone.id}")
    assert f'href="{path}"' in alone and alone.count('class="state') == 1
    assert "Nothing found" in get("/admin/probes?user=nobody")
    assert "no such page" in get("/admin/probes?after=x-y", status=422)
    assert "no such page" in get("/admin/probes/overview?after=7", status=422)


@test
def the_overview_has_six_devices_a_page_and_each_once():
    for number in range(4):
        probed(f"wide{number}", "--profile", "supports-all", "--seed", str(30 + number))
    devices = FERRY.sql("SELECT count(DISTINCT device) FROM probe")[0][0]
    found, where = [], "/admin/probes/overview"
    while where:
        page = get(where)
        columns = re.findall(r'<th scope="col"><a href="(/admin/probes/\w+)"', page)
        assert len(columns) <= 6 and page.count("<td>") == 42 * len(columns)
        found += columns
        more = re.search(r'<a href="([^"]*)" rel="next">', page)
        where = more and html.unescape(more[1])
    assert len(found) == len(set(found)) == devices > 6, (found, devices)


@test
def two_probes_are_compared_differences_first():
    _, first = probed("before", "--profile", "supports-all", "--seed", "40")
    phone, second = probed("after", "--profile", "partial", "--seed", "5")
    ids = [path.rsplit("/", 1)[1] for path in (first, second)]
    found = [json.loads(FERRY.command("probe", "export", probe))["policies"] for probe in ids]
    told = [{it["policy"]: it["result"] for it in one if it["result"] != "not_offered"} for one in found]
    refused = {name for name in told[0].keys() & told[1].keys() if told[0][name] != told[1][name]}
    page = get(f"/admin/probes/compare?a={ids[0]}&b={ids[1]}")
    parts = re.split(r'<h2 id="(?:differences|one-sided|same)">', page)
    elements = [set(re.findall(r'<span class="element">(\w+)</span>', part)) for part in parts]
    assert elements[1] == refused and refused, (elements[1], refused)
    assert f"{len(refused)} policies have different results" in words(page)
    assert elements[-1] and not elements[-1] & refused and len(set().union(*elements)) == 42
    assert "Applied in part" in words(parts[1]) or "Refused" in words(parts[1])
    same = get(f"/admin/probes/compare?a={ids[0]}&b={ids[0]}")
    assert "No policy has different results." in words(same) and 'class="state is-note">differs' not in same
    get(f"/admin/probes/compare?a={ids[0]}&b=nothing", status=404)
    assert f'value="{ids[0]}" selected' in get(f"/admin/probes/compare?a={ids[0]}")


@test
def a_probe_of_another_site_is_shown_as_imported_and_deleted():
    _, path = probed("theirs", "--profile", "partial", "--seed", "11")
    data = exported(path, user="zoe@example.net", model=EVIL, os=EVIL, agent=EVIL, consent=EVIL, started_by=EVIL)
    where = imported(data, "North <b>branch</b>")
    page = get(where)
    assert "Imported from North <b>branch</b>" in words(page) and EVIL in words(page)
    assert "Nobody here can say whether it is so." in words(page)
    assert rows(page) == rows(get(path)) and "Everything that was to be asked was asked." in words(page)
    assert f'action="{where}/delete"' in page and f'action="{where}/stop"' not in page
    listed = get("/admin/probes?user=ZOE@example.net")
    assert f'href="{where}"' in listed and ">imported<" in listed and EVIL in words(listed)
    assert f'href="{where}"' in get("/admin/probes/overview")
    ids = [it.rsplit("/", 1)[1] for it in (path, where)]
    both = get(f"/admin/probes/compare?a={ids[0]}&b={ids[1]}")
    assert "No policy has different results." in words(both) and "Imported from North <b>branch</b>" in words(both)
    assert json.loads(DESKS["auditor"].get(f"{where}/probe.json").text()) == json.loads(data)
    lines = list(csv.DictReader(io.StringIO(DESKS["auditor"].get(f"{where}/probe.csv").text())))
    assert len(lines) == 42 and {it["model"] for it in lines} == {EVIL}
    assert upload("helpdesk", data, "North <b>branch</b>").status == 422
    assert DESKS["helpdesk"].post(f"{where}/stop").status == 404
    assert DESKS["helpdesk"].post(f"{path}/delete").status == 404
    answer = DESKS["helpdesk"].post(f"{where}/delete")
    assert answer.status == 303 and answer["Location"] == "/admin/probes?said=probe-deleted"
    get(where, status=404)
    acts = FERRY.sql(f"SELECT action FROM audit WHERE object_id = '{ids[1]}' ORDER BY id")
    assert acts == [("probe.import",), ("probe.forget",)], acts
    assert f'href="{where}"' in get("/admin/audit", "admin")


@test
def a_file_that_tells_of_its_rounds_or_only_counts_them_is_taken():
    _, path = probed("rounds", "--profile", "partial", "--seed", "12")
    rounds = [
        {"number": 1, "kind": "baseline", "policies": [], "offered_at": "2026-11-26T08:30:00Z",
         "answered_at": "2026-11-26T08:30:09Z", "acknowledgment": "applied"},
        {"number": 2, "kind": "single", "policies": ["AllowCamera"], "offered_at": "2026-11-26T08:31:00Z",
         "answered_at": None, "acknowledgment": None},
    ]  # fmt: skip
    page = words(get(imported(exported(path, rounds=rounds))))
    assert "One policy AllowCamera" in page and "2026" in page
    assert "does not tell of single questions" in words(get(imported(exported(path, rounds=17))))
    document = json.loads(exported(path))
    document.pop("rounds", None)
    assert words(get(imported(json.dumps(document).encode())))


@test
def the_command_takes_it_too():
    _, path = probed("command", "--profile", "partial", "--seed", "13")
    file = os.path.join(FERRY.folder, "theirs.json")
    with open(file, "wb") as out:
        out.write(exported(path))
    done = json.loads(FERRY.command("probe", "import", file, "--site", "South", "--json"))
    assert done["site"] == "South" and "Imported from South" in words(get(f"/admin/probes/{done['id']}"))
    assert FERRY.run("probe", "import", file, "--site", "South").returncode == 1
    assert FERRY.run("probe", "import", file).returncode == 2
    with open(file, "w", encoding="ascii") as out:
        out.write("{}")
    refused = FERRY.run("probe", "import", file, "--site", "East")
    assert refused.returncode == 1 and "format: is missing" in refused.stderr, refused.stderr


def bad_import(change, said):
    document = json.loads(exported(FERRY.sql("SELECT '/' || id FROM probe WHERE outcome = 'complete' LIMIT 1")[0][0]))
    before = FERRY.sql("SELECT count(*) FROM probe_import")
    data = change(document)
    answer = upload("helpdesk", data if isinstance(data, bytes) else json.dumps(data).encode())
    assert answer.status == 422, answer
    page = answer.text()
    assert 'id="bad-file"' in page and said in words(page) and "<script>" not in page, words(page)
    assert FERRY.sql("SELECT count(*) FROM probe_import") == before


for _name, _change, _said in (
    ("empty", lambda it: b"", "the file is empty"),
    ("no_json", lambda it: b"<script>", "the file is not valid JSON: line 1"),
    ("deep", lambda it: b"[" * 5000, "inside one another"),
    ("list", lambda it: b"[]", "not a JSON object"),
    ("nothing", lambda it: {}, "format: is missing"),
    ("other_format", lambda it: {**it, "format": "certferry probe 9"}, "format: is not"),
    ("unknown_member", lambda it: {**it, "<script>": 1}, "<script>: there is no such member here"),
    ("long_text", lambda it: {**it, "model": "x" * 301}, "model: must have 1 to 300 bytes"),
    ("control", lambda it: {**it, "model": "a\x1b[2J"}, "model: has a control character"),
    ("outcome", lambda it: {**it, "outcome": "fine"}, "outcome: "),
    ("policy", lambda it: {**it, "policies": it["policies"][:-1]}, "policies: must be a list of 42"),
    ("twice", lambda it: {**it, "policies": it["policies"][:-1] + it["policies"][:1]}, "policies[41].policy: stands twice"),
    ("result", lambda it: {**it, "policies": [{**it["policies"][0], "result": 1}] + it["policies"][1:]}, "policies[0].result: must be a text"),
    ("rounds", lambda it: {**it, "rounds": [{"number": 2}]}, "rounds[0]."),
    ("not_utf8", lambda it: b'{"format": "\xff"}', "the file is not valid JSON"),
    ("too_large", lambda it: json.dumps(it).encode().ljust(65537), "the file has more than 65536 bytes"),
):  # fmt: skip
    case(f"a_bad_file_is_refused_by_name_{_name}", bad_import, _change, _said)


@test
def a_file_above_every_limit_and_a_site_without_a_name_are_refused():
    path = "/" + FERRY.sql("SELECT id FROM probe WHERE outcome = 'complete' LIMIT 1")[0][0]
    assert upload("helpdesk", b" " * 100000).status == 413
    for site in ("", "x" * 101, "a\x07b", "a\x00b"):
        answer = upload("helpdesk", exported(path), site)
        assert answer.status == 422 and 'id="bad-site"' in answer.text(), (site, answer)


@test
def auditors_read_and_other_sites_do_nothing():
    phone, path = probed("roles", "--profile", "supports-all", "--seed", "14")
    where = imported(exported(path))
    assert "/stop" not in get(path, "auditor") and "/delete" not in get(where, "auditor")
    assert "/admin/probes/import" not in get("/admin/probes", "auditor")
    assert "/probe\"" not in get(f"/admin/devices/{phone.id}", "auditor")
    get(f"/admin/devices/{phone.id}/probe", "auditor", status=403)
    for address in (f"/admin/devices/{phone.id}/probe", f"{path}/stop", f"{where}/delete"):
        assert DESKS["auditor"].post(address, risk="1", consent=CONSENT).status == 403, address
        for origin in ("https://elsewhere.example", None):
            assert DESKS["helpdesk"].send(address, {"risk": "1", "consent": CONSENT}, origin).status == 403, address
    assert upload("auditor", exported(path)).status == 403
    assert upload("helpdesk", exported(path), origin="https://elsewhere.example").status == 403
    get(where)


@test
def an_unreadable_probe_is_said_to_be_one():
    phone, path = probed("broken", "--profile", "supports-all", "--seed", "15")
    probe = path.rsplit("/", 1)[1]
    FERRY.sql(f"UPDATE probe SET state = 'nonsense' WHERE id = '{probe}'")
    assert "cannot be read" in words(get(path)) and "Unreadable" in words(get("/admin/probes"))
    get("/admin/probes/overview")
    get("/admin/probes/nothing", status=404)
    get("/admin/devices/nothing/probe", status=404)


@test
def the_pages_speak_german():
    path = FERRY.sql("SELECT id FROM probe WHERE outcome = 'complete' LIMIT 1")[0][0]
    answer = DESKS["helpdesk"].get(f"/admin/probes/{path}", Accept_Language="de")
    assert answer["Content-Language"] == "de" and "Die Kamera darf benutzt werden." in answer.text()


with FERRY:
    for ROLE in ("admin", "helpdesk", "auditor"):
        DESKS[ROLE] = Desk(FERRY) if ROLE == "admin" else Agent(FERRY, ROLE)
    run()
