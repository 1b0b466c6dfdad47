"""A backup taken while links are claimed brings back a server on which every earlier link and certificate works.

Also what must not come back: a backup that was cut off, changed, or killed half-way, leaves nothing behind.
"""

import json
import os
import shutil
import subprocess
import time

import claims
from ferry import release_ferry
from tap import note, run, test

BEFORE, DURING = 30, 60
PHRASE = "a passphrase for the tests"

world = {}


def file_with(name, text):
    path = world["ferry"].file(name)
    with open(path, "w", encoding="utf-8", opener=lambda file, flags: os.open(file, flags, 0o600)) as file:
        file.write(text)
    return path


def crl_number(ferry):
    [row] = claims.rows(ferry, "SELECT last_number AS number FROM crl WHERE issuer = 'issuing'")
    return row["number"]


def back_up(name, *options):
    return world["ferry"].run("backup", world["ferry"].file(name), "--passphrase-file", world["phrase"], *options)


def restore(name, folder, phrase=None):
    ferry = world["ferry"]
    words = ["restore", ferry.file(name), "--into", ferry.file(folder), "--passphrase-file", phrase or world["phrase"]]
    return ferry.run(*words, "--json")


def names(prefix):
    return sorted(name for name in os.listdir(world["ferry"].folder) if name.startswith(prefix))


def begin():
    ferry = release_ferry()
    world["ferry"] = ferry
    ferry.init()
    ferry.serve()
    world["phrase"] = file_with("phrase", PHRASE)
    world["number"] = crl_number(ferry)
    world["fresh"] = claims.create_links(ferry, BEFORE, "fresh")
    early = claims.create_links(ferry, 5, "early")
    world["early"] = claims.prove_all_claimable(ferry, early)
    world["load"] = claims.create_links(ferry, DURING, "load")


@test
def backups_are_taken_while_links_are_claimed():
    begin()
    load = claims.Load(world["ferry"], list(world["load"]))
    load.start()
    taken = 0
    while any(thread.is_alive() for thread in load.threads):
        done = back_up(f"backup{taken}", "--json")
        assert done.returncode == 0, done.stderr
        taken += 1
    load.join()
    world["taken"], world["answers"] = taken, load.answers
    note(f"{taken} backups while {len(load.answers)} links were claimed")
    assert taken >= 1 and all(answer.status == 200 for answer in load.answers.values()), load.answers


@test
def a_backup_is_for_its_owner_and_holds_nothing_in_the_clear():
    path = world["ferry"].file("backup0")
    assert os.stat(path).st_mode & 0o777 == 0o600
    with open(path, "rb") as file:
        content = file.read()
    for secret in (b"SQLite format 3", b"PRIVATE KEY", b"CERTIFICATE", b"fresh0@example.com", b"certferry.conf"):
        assert secret not in content, secret
    assert content.startswith(b"certferry backup 1\n")


@test
def a_backup_replaces_nothing():
    done = back_up("backup0")
    assert done.returncode == 1 and "exists already" in done.stderr, done.stderr
    assert names("backup0") == ["backup0"]


@test
def every_backup_restores_to_an_unbroken_authority():
    world["restored"] = []
    for number in range(world["taken"]):
        done = restore(f"backup{number}", f"restored{number}")
        assert done.returncode == 0, done.stderr
        restored = json.loads(done.stdout)
        assert restored["audit_whole"], restored
        world["restored"].append(restored)
    assert world["ferry"].stop() == 0
    for restored in world["restored"]:
        world["ferry"].config = restored["config"]
        report = json.loads(world["ferry"].command("audit", "verify", "--json"))
        assert report["whole"] and report["kept"] == report["rows"], report


@test
def the_restored_server_serves():
    world["ferry"].config = world["restored"][0]["config"]
    shutil.rmtree(world["ferry"].file("authority"))
    shutil.move(os.path.dirname(world["ferry"].config), world["ferry"].file("authority"))
    world["ferry"].config = os.path.join(world["ferry"].file("authority"), "certferry.conf")
    world["ferry"].serve()


@test
def links_of_before_the_backup_are_claimable_after_it():
    claimed = claims.prove_all_claimable(world["ferry"], world["fresh"])
    assert len(claimed) == BEFORE


@test
def certificates_of_before_the_backup_are_known():
    for claimed in world["early"].values():
        row = json.loads(world["ferry"].command("cert", "show", claimed["serial"], "--json"))
        assert row["state"] == "issued", row


@test
def a_link_that_was_claimed_around_the_backup_is_claimed_again_or_gives_the_same():
    known = {row["serial"]: row for row in claims.rows(world["ferry"], "SELECT * FROM certificate")}
    again = claims.prove_all_claimable(world["ferry"], world["load"])
    same = 0
    for link, answer in world["answers"].items():
        before = answer.json()
        if before["serial"] in known and known[before["serial"]]["state"] == "issued":
            assert again[link]["serial"] == before["serial"] and again[link]["password"] == before["password"]
            same += 1
    note(f"{same} of {len(again)} claims were in the backup already")


@test
def the_next_revocation_list_counts_as_newer_than_any_that_was_published():
    assert crl_number(world["ferry"]) >= world["number"] + 1000000


@test
def both_acts_stand_in_the_audit():
    acts = world["ferry"].command("audit", "list", "--action", "backup.create")
    assert "backup0" in acts, acts
    assert "backup0" in world["ferry"].command("audit", "list", "--action", "backup.restore")


@test
def check_finds_nothing_wrong():
    done = world["ferry"].run("check", "--json")
    wrong = [line for line in map(json.loads, done.stdout.splitlines()) if line["level"] == "error"]
    assert all("listener" in line["subject"] for line in wrong), wrong  # the server has its ports


# What must leave nothing behind


def expect_nothing(done, sentence):
    assert done.returncode == 1 and sentence in done.stderr, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert names("none") == []


@test
def a_wrong_passphrase_leaves_nothing():
    expect_nothing(restore("backup0", "none", file_with("other", PHRASE + "!")), "the passphrase is wrong")


@test
def a_file_that_is_cut_off_or_changed_leaves_nothing():
    with open(world["ferry"].file("backup0"), "rb") as file:
        content = bytearray(file.read())
    cut = world["ferry"].file("cut")
    for length in (10, 60, 67, 70000, len(content) - 100, len(content) - 1):
        with open(cut, "wb") as file:
            file.write(content[:length])
        expect_nothing(restore("cut", "none"), "")
    for place in (30, 100, 70000, len(content) - 10):
        with open(cut, "wb") as file:
            file.write(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        expect_nothing(restore("cut", "none"), "changed")
    with open(cut, "wb") as file:
        file.write(content.replace(b"certferry backup 1\n", b"certferry backup 2\n", 1))
    expect_nothing(restore("cut", "none"), "newer certferry")
    with open(cut, "wb") as file:
        file.write(b"SQLite format 3\0" * 100)
    expect_nothing(restore("cut", "none"), "is no backup")


@test
def a_folder_that_is_not_empty_is_refused():
    os.mkdir(world["ferry"].file("full"))
    with open(world["ferry"].file("full/x"), "w", encoding="utf-8"):
        pass
    done = restore("backup0", "full")
    assert done.returncode == 1 and "is not empty" in done.stderr, done.stderr
    assert os.listdir(world["ferry"].file("full")) == ["x"]


@test
def a_backup_that_is_killed_is_no_backup_and_in_nobodys_way():
    words = [world["ferry"].program, "-c", world["ferry"].config, "backup", world["ferry"].file("killed")]
    for delay in (0.05, 0.2, 0.5):
        process = subprocess.Popen(
            [*words, "--passphrase-file", world["phrase"]], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env=world["ferry"].environment,
        )  # fmt: skip
        time.sleep(delay)
        process.kill()
        process.wait()
        if "killed" in names("killed"):
            note(f"it was faster than {delay} s")
            os.unlink(world["ferry"].file("killed"))
    done = back_up("killed")
    assert done.returncode == 0, done.stderr
    assert world["ferry"].run("audit", "verify").returncode == 0


@test
def the_server_ends_well():
    assert world["ferry"].stop() == 0, world["ferry"].log[-2000:]


try:
    run()
finally:
    if "ferry" in world:
        world["ferry"].close()
