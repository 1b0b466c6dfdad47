"""The link from outside: scanners, races, cut answers, the window, and what is left afterwards."""

import concurrent.futures
import json
import os
import time

from ferry import Ferry
from tap import run, test

FERRY = Ferry(keys=None, server_connections_per_address="400")
KIND = "application/x-www-form-urlencoded"


def race(link, sources):
    """The same right PIN from all of them at the same moment."""
    connections = [FERRY.connect(source=source) for source in sources]
    body = b"pin=" + link["pin"].encode()
    request = (
        f"POST {link['path']} HTTP/1.1\r\nHost: {FERRY.host}\r\nAccept: application/json\r\n"
        f"Content-Type: {KIND}\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body

    def ask(connection):
        with connection:
            connection.sendall(request)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    with concurrent.futures.ThreadPoolExecutor(len(connections)) as pool:
        return list(pool.map(ask, connections))


def status(reply):
    return int(reply.split(b" ", 2)[1])


def body(reply):
    return reply.partition(b"\r\n\r\n")[2]


def certificates(user):
    lines = FERRY.command("cert", "list", "--json").splitlines()
    return [row for row in map(json.loads, lines) if row.get("user") == user]


@test
def of_200_right_pins_from_200_addresses_one_wins_and_199_are_told():
    link = FERRY.link("race@example.com")
    replies = race(link, [f"127.0.2.{i}" for i in range(1, 201)])
    found = sorted(map(status, replies))
    assert found == [200] + [409] * 199, found
    losers = [body(reply) for reply in replies if status(reply) == 409]
    assert all(b'"reason":"claimed_elsewhere"' in loser for loser in losers), losers[0]
    assert not any(b"password" in loser or b"/d/" in loser for loser in losers)
    assert len(certificates("race@example.com")) == 1


@test
def two_hundred_right_pins_from_one_address_get_one_and_the_same_answer():
    link = FERRY.link("same@example.com")
    replies = race(link, ["127.0.3.1"] * 200)
    assert set(map(status, replies)) == {200}, sorted(map(status, replies))
    assert len(set(map(body, replies))) == 1
    assert len(certificates("same@example.com")) == 1


@test
def an_answer_that_was_cut_off_comes_again_with_the_same_bundle():
    link = FERRY.link("cut@example.com")
    data = b"pin=" + link["pin"].encode()
    connection = FERRY.connect()
    connection.sendall(
        f"POST {link['path']} HTTP/1.1\r\nHost: {FERRY.host}\r\nContent-Type: {KIND}\r\n"
        f"Content-Length: {len(data)}\r\n\r\n".encode()
        + data
    )
    connection.close()
    first, second = FERRY.claim(link), FERRY.claim(link)
    assert first.status == second.status == 200, (first, second)
    assert first.body == second.body
    files = first.json()["files"]
    assert FERRY.get(files["p12"]).body == FERRY.get(files["pfx"]).body
    assert len(certificates("cut@example.com")) == 1


@test
def fifty_scanners_do_no_harm():
    link = FERRY.link("scan@example.com")
    agents = ["Mozilla/5.0 (compatible; Safe Links)", "Slackbot 1.0", "WhatsApp/2", "facebookexternalhit/1.1", "curl/7"]
    for i in range(50):
        agent = {"User_Agent": agents[i % len(agents)]}
        if i % 5 == 0:
            answer = FERRY.request("HEAD", link["path"], **agent)
        elif i % 5 in (1, 2):
            answer = FERRY.get(link["path"], **agent)
        else:
            fields = [{}, {"pin": ""}, {"pin": "on"}, {"submit": "1"}, {"pin": "12"}, {"pin": "abcdef"}][i % 6]
            answer = FERRY.post(link["path"], fields, **agent)
        assert answer.status in (200, 400), answer
    answer = FERRY.claim(link, "000000" if link["pin"] != "000000" else "000001")
    assert answer.status == 403 and answer.json()["tries_left"] == 4, answer
    assert FERRY.claim(link).status == 200


@test
def a_bot_and_a_person_see_the_same_bytes():
    link = FERRY.link("bytes@example.com")
    bot = FERRY.get(link["path"], User_Agent="Slackbot")
    person = FERRY.get(link["path"], User_Agent="Mozilla/5.0 (iPhone)")
    assert bot.status == person.status == 200 and bot.body == person.body
    head = FERRY.request("HEAD", link["path"])
    assert head["Content-Length"] == str(len(bot.body)) and head.body == b""
    assert "bytes@example.com" not in bot.text(), "the page tells who it is for"


@test
def a_wrong_pin_says_how_many_tries_are_left_and_the_fifth_locks():
    link = FERRY.link("wrong@example.com")
    wrong = "000000" if link["pin"] != "000000" else "000001"
    for left in (4, 3, 2, 1):
        answer = FERRY.claim(link, wrong)
        assert answer.status == 403 and answer.json()["tries_left"] == left, answer
    page = FERRY.post(link["path"], {"pin": wrong})
    assert page.status == 410 and "locked" in page.text(), page
    assert FERRY.claim(link).status == 410, "the right PIN after the lock"
    assert FERRY.get(link["path"]).status == 410


@test
def the_help_desk_sees_wrong_pins_and_downloads():
    link = FERRY.link("seen@example.com")
    wrong = "000000" if link["pin"] != "000000" else "000001"
    assert "wrong PINs" not in FERRY.command("link", "show", link["id"])
    FERRY.claim(link, wrong)
    claimed = FERRY.claim(link).json()
    for _ in range(2):
        assert FERRY.get(claimed["files"]["p12"]).status == 200
    shown = FERRY.command("link", "show", link["id"])
    assert "wrong PINs         1\n" in shown and "times fetched      2\n" in shown, shown


@test
def the_page_of_a_wrong_pin_shows_the_form_again():
    link = FERRY.link("form@example.com")
    page = FERRY.post(link["path"], {"pin": "000000" if link["pin"] != "000000" else "000001"})
    assert page.status == 403 and "You have 4 more tries" in page.text() and 'name="pin"' in page.text()
    malformed = FERRY.post(link["path"], {"pin": "12"})
    assert malformed.status == 400 and "did not count" in malformed.text()
    german = FERRY.post(link["path"], {"pin": "12"}, Accept_Language="de-AT, en;q=0.5")
    assert german["Content-Language"] == "de" and german.text() != malformed.text()
    assert FERRY.claim(link, f" {link['pin'][:3]} {link['pin'][3:]} ").status == 200, "spaces do not matter"


@test
def somebody_elsewhere_is_told_when_and_with_what_it_was_claimed():
    link = FERRY.link("else@example.com")
    phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 Safari/604.1"
    first = FERRY.claim(link, User_Agent=phone)
    assert first.status == 200
    page = FERRY.post(link["path"], {"pin": link["pin"]}, source="127.0.4.1")
    assert page.status == 409 and "iPhone" in page.text(), page
    assert first.json()["password"] not in page.text()
    cookie = first["Set-Cookie"].split(";")[0]
    again = FERRY.claim(link, source="127.0.4.1", Cookie=cookie)
    assert again.status == 200 and again.body == first.body, "the same browser in another network"
    assert FERRY.claim(link, source="127.0.4.1", Cookie=cookie + "x").status == 409


@test
def an_unknown_token_tells_nothing():
    known = FERRY.link("known@example.com")
    token = known["path"].rsplit("/", 1)[1]
    for other in (token[:-1], token[:-1] + ("a" if token[-1] != "a" else "b"), "x", token.upper(), "a" * 500):
        get, post = FERRY.get("/l/" + other), FERRY.post("/l/" + other, {"pin": "123456"})
        assert get.status == post.status == 404, (other, get, post)
        assert get.body == post.body


@test
def the_bundle_is_the_same_each_time_and_answers_head_and_conditions():
    link = FERRY.link("twice@example.com")
    files = FERRY.claim(link).json()["files"]
    kinds = {"p12": "x-pkcs12", "pfx": "x-pkcs12", "mobileconfig": "x-apple-aspen-config"}
    for kind, path in files.items():
        head, first, second = FERRY.request("HEAD", path), FERRY.get(path), FERRY.get(path, source="127.0.5.1")
        assert first.status == second.status == head.status == 200
        assert first.body == second.body and head.body == b""
        for answer in (head, first, second):
            assert answer["Content-Type"] == "application/" + kinds[kind], answer
            assert answer["Content-Length"] == str(len(first.body)) and answer["ETag"] == first["ETag"]
            assert answer["Content-Disposition"] == f'attachment; filename="twice.{kind}"', answer
            assert answer["Cache-Control"] == "no-store"
        assert FERRY.get(path, If_None_Match=first["ETag"]).status == 304
        assert FERRY.get(path, Range="bytes=0-1", If_Match=first["ETag"]).body == first.body
        assert FERRY.request("POST", path, b"").status == 405
    assert FERRY.get(files["p12"].replace("twice", "other")).status == 404
    assert FERRY.get(files["p12"].replace(".p12", ".exe")).status == 404


@test
def repacking_gives_the_same_password_and_another_file():
    link = FERRY.link("again@example.com")
    first = FERRY.claim(link).json()
    before = FERRY.get(first["files"]["p12"]).body
    answer = FERRY.post(first["repack"], {"packing": "modern"}, Accept="application/json")
    assert answer.status == 200, answer
    second = answer.json()
    assert (second["password"], second["serial"], second["packing"]) == (first["password"], first["serial"], "modern")
    assert FERRY.get(second["files"]["p12"]).body != before
    assert FERRY.post(first["repack"], {"packing": "zip"}).status == 400
    assert FERRY.post(first["repack"].replace("/d/", "/d/x"), {"packing": "modern"}).status == 404
    assert len(certificates("again@example.com")) == 1


def database_bytes(ferry):
    folder = ferry.file("authority")
    names = [name for name in os.listdir(folder) if name.startswith("certferry.db")]
    assert "certferry.db" in names, names
    return b"".join(ferry.read("authority/" + name) for name in names)


@test
def after_the_window_a_page_says_why_and_no_secret_is_left():
    with Ferry(link_window="5s") as ferry:
        link = ferry.link("gone@example.com")
        claim = ferry.claim(link).json()
        bundle = ferry.get(claim["files"]["p12"]).body
        assert ferry.get(claim["files"]["p12"]).body == bundle
        ticket = claim["files"]["p12"].split("/")[2]
        deadline = time.monotonic() + 60
        while ferry.get(claim["files"]["p12"]).status == 200 and time.monotonic() < deadline:
            time.sleep(0.2)
        while (stored := database_bytes(ferry)) and bundle[100:200] in stored and time.monotonic() < deadline:
            time.sleep(0.2)
        time.sleep(6)
        for path in claim["files"].values():
            gone = ferry.get(path)
            assert gone.status == 404 and "no longer here" in gone.text(), gone
            assert gone["Content-Type"].startswith("text/html") and gone["Content-Disposition"] is None
        assert ferry.post(claim["repack"], {"packing": "modern"}).status == 404
        assert ferry.claim(link).status == 410
        stored = database_bytes(ferry)
        token = link["path"].rsplit("/", 1)[1]
        for secret in (claim["password"].encode(), ticket.encode(), token.encode(), bundle[64:160]):
            assert secret not in stored, "a secret is left in the database"
        for secret in (claim["password"], ticket, token, "pin=" + link["pin"]):
            assert secret not in ferry.log, "a secret is in the log"


@test
def cancelled_and_expired_links_say_so():
    link = FERRY.link("stop@example.com")
    FERRY.command("link", "cancel", link["id"])
    page = FERRY.get(link["path"])
    assert page.status == 410 and "withdrawn" in page.text(), page
    assert FERRY.claim(link).json()["reason"] == "cancelled"


@test
def the_server_ends_well():
    assert FERRY.stop() == 0, FERRY.log[-4000:]


with FERRY:
    run()
