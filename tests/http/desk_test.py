#!/usr/bin/env python3
"""The help desk's pages as a client sees them: forms that are sent twice, files of users, roles, forms of other sites."""

import csv
import hashlib
import html
import io
import os
import re
import time
import urllib.parse
import zipfile

from desk import Agent
from ferry import Ferry
from tap import note, run, test

FERRY = Ferry()
agents = {}


def agent(role):
    if role not in agents:
        agents[role] = Agent(FERRY, role)
    return agents[role]


def make_link(who, **fields):
    answer = who.post("/admin/links/new", form=who.form_key("/admin/links/new"), **fields)
    assert answer.status == 303, answer
    return answer["Location"]


def wait_for(path, who, word, most=3000, pause=0.02):
    """The page once it says the word: an import runs by itself."""
    for _ in range(most):
        page = who.get(path)
        assert page.status == 200, page
        if word in page.text():
            return page.text()
        time.sleep(pause)
    raise AssertionError(f"{path} never said {word}: {page.text()[-1000:]}")


def rows_of(answer):
    assert answer.status == 200 and answer["Content-Type"].startswith("text/csv"), answer
    assert "attachment" in answer["Content-Disposition"] and "no-store" in answer["Cache-Control"], answer
    return list(csv.DictReader(io.StringIO(answer.text(), newline="")))


# Links

@test
def a_new_link_is_shown_with_its_pin_to_the_log_in_that_made_it_only():
    who = agent("helpdesk")
    path = make_link(who, user="ann@example.org", name="Ann Example", lifetime="1d")
    page = who.get(path).text()
    token = re.search(r"/l/([a-z2-9]{26})", page).group(1)
    pin = "".join(re.findall(r"<span>(\d{3})</span>", page))
    assert len(pin) == 6, page
    assert token in who.get(path).text(), "loading it again shows it again"
    again = Agent.__new__(Agent)
    again.ferry, again.name, again.cookie = FERRY, who.name, None
    again.log_in("correct horse battery staple")
    for other in (again, agent("admin"), agent("auditor")):
        text = other.get(path).text()
        assert token not in text and pin not in text and "ann@example.org" in text
    claimed = FERRY.request("POST", f"/l/{token}", body=f"pin={pin}".encode(),
                            Content_Type="application/x-www-form-urlencoded")  # fmt: skip
    assert claimed.status == 200, claimed
    for secret in (token, pin + "&"):
        assert secret not in FERRY.log


@test
def address_and_pin_are_not_in_the_database():
    page = agent("helpdesk").get(make_link(agent("helpdesk"), user="dora@example.org")).text()
    token = re.search(r"/l/([a-z2-9]{26})", page).group(1)
    for name in ("certferry.db", "certferry.db-wal"):
        assert token.encode() not in FERRY.read("authority/" + name), name


@test
def a_form_sent_twice_makes_one_link():
    who = agent("helpdesk")
    key = who.form_key("/admin/links/new")
    first = who.post("/admin/links/new", form=key, user="twice@example.org")
    second = who.post("/admin/links/new", form=key, user="twice@example.org")
    assert first.status == second.status == 303 and first["Location"] == second["Location"], (first, second)
    assert FERRY.sql("SELECT count(*) FROM link WHERE user_name = 'twice@example.org'") == [(1,)]
    stolen = agent("admin").post("/admin/links/new", form=key, user="twice@example.org")
    assert stolen.status == 403, stolen
    for bad in ("", "short", "x" * 100):
        assert who.post("/admin/links/new", form=bad, user="none@example.org").status == 422


@test
def a_form_with_a_mistake_comes_back_as_it_was_typed():
    who = agent("helpdesk")
    answer = who.post("/admin/links/new", form=who.form_key("/admin/links/new"), user="x y", name='"><b>N', lifetime="3d")
    page = answer.text()
    assert answer.status == 422 and 'value="x y"' in page and "<b>N" not in page, answer
    assert '<option value="3d" selected' in page and 'role="alert"' in page, page


@test
def rearming_shows_a_new_link_and_ends_the_old_one():
    who = agent("helpdesk")
    old = make_link(who, user="rita@example.org")
    key = re.search(r'name="form" value="([a-z2-9]+)"', who.get(old).text()).group(1)
    first = who.post(old + "/rearm", form=key)
    second = who.post(old + "/rearm", form=key)
    assert first.status == 303 and first["Location"] == second["Location"], (first, second)
    new = first["Location"].split("?")[0]
    assert new != old and "/l/" in who.get(new).text()
    assert "To the link that took its place" in who.get(old).text()
    assert who.post(old + "/cancel").status == 409 and who.post(new + "/cancel").status == 303


@test
def what_is_no_link_is_not_found():
    who = agent("helpdesk")
    for path in ("/admin/links/nosuchlink", "/admin/links/" + "x" * 200, "/admin/import/nosuchfile",
                 "/admin/import/nosuchfile/report.csv"):  # fmt: skip
        assert who.get(path).status == 404, path
    assert who.post("/admin/links/nosuchlink/cancel").status == 404
    assert who.post("/admin/import/nosuchfile/result.csv").status == 404
    assert agent("admin").get("/admin/mint/nosuchmint").status == 404


@test
def the_list_is_searched_and_paged():
    who = agent("auditor")
    for number in range(55):
        FERRY.link(f"page{number}@example.org")
    first = who.get("/admin/links?search=page&state=issued").text()
    found = re.findall(r"page(\d+)@example\.org</a>", first)
    following = html.unescape(re.search(r'href="([^"]+)" rel="next"', first).group(1))
    found += re.findall(r"page(\d+)@example\.org</a>", who.get(following).text())
    assert sorted(map(int, found)) == list(range(55)), found
    assert who.get("/admin/links?search=%21").status == 422
    assert who.get("/admin/links?state=lost").status == 422


# Import

@test
def bad_rows_are_all_named_and_nothing_is_made():
    who = agent("helpdesk")
    rows = [f"bulk{i}@example.org,nomail" if i % 2 else f"bulk{i}@example.org," for i in range(400)]
    answer = who.upload(("user,mail\n" + "\n".join(rows)).encode())
    assert answer.status == 303, answer
    page = who.get(answer["Location"]).text()
    assert "200 rows are bad" in page and page.count('<td lang="en">') == 100 and "100 more" in page, page[-300:]
    report = rows_of(who.get(answer["Location"] + "/report.csv"))
    assert [int(row["line"]) for row in report] == list(range(3, 402, 2))
    assert all("mail" in row["problem"] for row in report)
    assert FERRY.sql("SELECT count(*) FROM link WHERE user_name LIKE 'bulk%'") == [(0,)]
    for act in ("stop", "resume", "result.csv"):
        assert who.post(f"{answer['Location']}/{act}").status == 409, act


@test
def no_cell_of_the_result_is_a_formula():
    who = agent("helpdesk")
    cells = ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0"]
    body = "user;name\n" + "".join(f'sheet{i}@example.org;"{cell}"\n' for i, cell in enumerate(cells))
    path = who.upload(b"\xef\xbb\xbf" + body.encode())["Location"]
    wait_for(path, who, "Finished")
    result = rows_of(who.post(path + "/result.csv"))
    assert [row["name"] for row in result] == ["'" + cell for cell in cells], result
    assert all(not value or value[0] not in "=+-@\t\r" for row in result for value in row.values())


@test
def the_result_works_is_its_makers_only_and_goes_when_he_says_so():
    who = agent("helpdesk")
    path = who.upload(b"name,user\nEdgar,ed@example.org\n", name="..\\%22><script>.csv")["Location"]
    page = wait_for(path, who, "Finished")
    assert "<script>.csv" not in page and who.get("/admin/import").text().count("<script>.csv") == 0
    colleague = Agent(FERRY, "helpdesk")
    for other in (colleague, agent("admin")):
        assert other.post(path + "/result.csv").status == 403 and other.post(path + "/erase").status == 403
        assert "Only" in other.get(path).text()
    [row] = rows_of(who.post(path + "/result.csv"))
    link = {"path": urllib.parse.urlsplit(row["url"]).path, "pin": row["pin"]}
    claimed = FERRY.request("POST", link["path"], body=urllib.parse.urlencode({"pin": link["pin"]}).encode(),
                            Content_Type="application/x-www-form-urlencoded")  # fmt: skip
    assert claimed.status == 200, claimed
    assert who.post(path + "/erase").status == 303
    gone = who.post(path + "/result.csv")
    assert gone.status == 410 and "attachment" not in (gone["Content-Disposition"] or ""), gone


def multipart(text, kind="multipart/form-data; boundary=b"):
    who = agent("helpdesk")
    return FERRY.request("POST", "/admin/import", body=text.encode(), Content_Type=kind, Cookie=who.cookie,
                         Origin=f"https://127.0.0.1:{FERRY.https_port}")  # fmt: skip


@test
def a_form_that_no_browser_sends_is_refused():
    part = 'Content-Disposition: form-data; name="file"; filename="x"\r\n\r\n'
    good = f"--b\r\n{part}user\r\nzoe@example.org\r\n--b--\r\n"
    assert multipart(good).status == 303
    assert multipart(good, "text/csv").status == 415
    assert multipart(good, "application/x-www-form-urlencoded").status == 415
    for text in ("", "user\nzoe\n", good.replace("--b--", "--b"), good + "x", f"--b\r\n{part}\r\n--b--\r\n",
                 good.replace('"file"', '"other"'), good.replace("form-data", "attachment")):  # fmt: skip
        assert multipart(text).status == 422, text
    assert FERRY.sql("SELECT count(*) FROM import WHERE faults = 0 AND file_name = 'x'") == [(1,)]


@test
def a_file_has_a_most_of_bytes_and_only_its_own_page_takes_that_much():
    who = agent("helpdesk")
    assert who.upload(b"x" * (17 * 1024 * 1024)).status == 413
    assert who.post("/admin/links/new", user="x" * 20000).status == 413


@test
def a_hundred_thousand_users_become_links():
    program = os.environ.get("CERTFERRY_RELEASE") or FERRY.program
    with Ferry(program=program) as ferry:
        who = Agent(ferry, "helpdesk")
        users = "".join(f'user{i}@example.org,"User {i}"\n' for i in range(100000))
        begin = time.monotonic()
        answer = who.upload(b"user,name\n" + users.encode())
        assert answer.status == 303, answer
        checked = time.monotonic()
        wait_for(answer["Location"], who, "Finished", pause=0.2)  # each look is a handshake and a page
        made = time.monotonic()
        result = rows_of(who.post(answer["Location"] + "/result.csv"))
        note(f"taken and checked in {checked - begin:.1f} s, made in {made - checked:.1f} s")
        assert [row["user"] for row in result] == [f"user{i}@example.org" for i in range(100000)]
        hashes = {hashlib.sha256(row["url"].rsplit("/", 1)[1].encode()).digest() for row in result}
        known = {bytes(row[0]) for row in ferry.sql("SELECT token_hash FROM link")}
        assert len(hashes) == 100000 and hashes == known


# Mint

@test
def several_bundles_come_as_an_archive_once_for_each_form():
    who = agent("admin")
    key = who.form_key("/admin/mint")
    fields = {"form": key, "users": "eva@example.org, Eva Example\r\nleo@example.org\r\n\r\n"}
    first, second = who.post("/admin/mint", **fields), who.post("/admin/mint", **fields)
    assert first.status == 303 and first["Location"] == second["Location"], (first, second)
    assert FERRY.sql("SELECT count(*) FROM certificate WHERE user_name IN ('eva@example.org', 'leo@example.org')") == [(2,)]
    page = who.get(first["Location"])
    assert page.status == 200 and "2 files are ready" in page.text() and "no-store" in page["Cache-Control"], page
    file = who.get(first["Location"] + "/file")
    assert file.status == 200 and file["Content-Type"] == "application/zip", file
    with zipfile.ZipFile(io.BytesIO(file.body)) as archive:
        assert archive.namelist() == ["01-eva.p12", "02-leo.p12"] and archive.testzip() is None
    assert Agent(FERRY, "admin").get(first["Location"]).status == 410, "another log-in sees nothing"


@test
def a_bad_line_of_many_and_nothing_is_minted():
    who = agent("admin")
    before = FERRY.sql("SELECT count(*) FROM certificate")
    for users, word in (("good@example.org\nx y\n", "line 2"), ("\n", "1 to 50"), ("a,b,c,d\n", "user, name, device"),
                        ("".join(f"u{i}@example.org\n" for i in range(51)), "1 to 50")):  # fmt: skip
        answer = who.post("/admin/mint", form=who.form_key("/admin/mint"), users=users)
        assert answer.status == 422 and word in answer.text(), (users, answer.text())
    short = who.post("/admin/mint", form=who.form_key("/admin/mint"), user="a@example.org", password="short")
    assert short.status == 422 and "short" not in re.sub(r"shortest|shorter", "", short.text()), short
    assert FERRY.sql("SELECT count(*) FROM certificate") == before


# Who may

PAGES = {  # least role of each address, and what a caller who may gets
    ("GET", "/admin/links"): ("auditor", 200),
    ("GET", "/admin/links/new"): ("helpdesk", 200),
    ("POST", "/admin/links/new"): ("helpdesk", 422),
    ("GET", "/admin/links/{link}"): ("auditor", 200),
    ("POST", "/admin/links/{link}/cancel"): ("helpdesk", 303),
    ("POST", "/admin/links/{link}/rearm"): ("helpdesk", 400),
    ("GET", "/admin/mint"): ("admin", 200),
    ("POST", "/admin/mint"): ("admin", 422),
    ("GET", "/admin/mint/nosuchmint"): ("admin", 404),
    ("GET", "/admin/mint/nosuchmint/file"): ("admin", 404),
    ("GET", "/admin/import"): ("auditor", 200),
    ("POST", "/admin/import"): ("helpdesk", 415),
    ("GET", "/admin/import/nosuchfile"): ("auditor", 404),
    ("GET", "/admin/import/nosuchfile/report.csv"): ("auditor", 404),
    ("POST", "/admin/import/nosuchfile/stop"): ("helpdesk", 404),
    ("POST", "/admin/import/nosuchfile/resume"): ("helpdesk", 404),
    ("POST", "/admin/import/nosuchfile/result.csv"): ("helpdesk", 404),
    ("POST", "/admin/import/nosuchfile/erase"): ("helpdesk", 404),
}
ROLES = ["auditor", "helpdesk", "admin"]


def call(who, method, pattern, **options):
    path = pattern.replace("{link}", FERRY.link("role@example.org")["id"])
    return who.get(path) if method == "GET" else who.post(path, **options)


@test
def every_address_has_its_least_role():
    nobody = Agent.__new__(Agent)
    nobody.ferry, nobody.cookie = FERRY, None
    for (method, pattern), (least, wanted) in PAGES.items():
        refused = call(nobody, method, pattern)
        assert refused.status == (303 if method == "GET" else 401), (method, pattern, refused)
        for role in ROLES:
            answer = call(agent(role), method, pattern)
            may = ROLES.index(role) >= ROLES.index(least)
            assert answer.status == (wanted if may else 403), (role, method, pattern, answer)


@test
def a_form_of_another_site_changes_nothing():
    for method, pattern in PAGES:
        for origin in ("https://evil.example", "null", None):
            if method == "POST":
                answer = call(agent("admin"), method, pattern, origin=origin)
                assert answer.status == 403, (pattern, origin, answer)
    assert agent("admin").upload(b"user\nx@example.org\n", origin="https://evil.example").status == 403


@test
def an_auditor_sees_no_button_that_he_may_not_press():
    link = FERRY.link("look@example.org")["id"]
    for path in ("/admin/links", f"/admin/links/{link}", "/admin/import"):
        page = agent("auditor").get(path).text()
        forms = re.findall(r'<form[^>]*action="([^"]+)"', page)
        assert set(forms) <= {"/admin/logout", "/admin/links"}, (path, forms)
        assert "/admin/links/new" not in page and "/admin/mint" not in page, path


with FERRY:
    run()
