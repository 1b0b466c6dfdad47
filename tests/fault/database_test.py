"""The database is locked, damaged or missing."""

import os
import shutil
import sqlite3

import claims
from ferry import release_ferry
from tap import run, test


def serving():
    ferry = release_ferry()
    ferry.init()
    ferry.serve()
    return ferry


@test
def a_database_that_another_process_locks_is_a_503_and_the_link_stays_good():
    ferry = serving()
    try:
        [link] = claims.create_links(ferry, 1)
        other = sqlite3.connect(claims.database_path(ferry), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        answer = ferry.claim(link)
        assert answer.status == 503, answer
        other.execute("ROLLBACK")
        other.close()
        claims.prove_claimable(ferry, link)
        assert ferry.stop() == 0
    finally:
        ferry.close()


def overwrite(path, data):
    with open(path, "r+b") as file:
        file.write(data)
        file.truncate(len(data))


def start_on_damaged_database(ferry):
    """False when serve refuses, as it may."""
    try:
        ferry.serve()
    except AssertionError:
        assert "database" in ferry.log or "malformed" in ferry.log, ferry.log[-2000:]
        ferry.kill()
        return False
    return True


@test
def a_damaged_database_gives_out_nothing():
    ferry = serving()
    try:
        links = claims.create_links(ferry, 4)
        assert ferry.stop() == 0
        path = claims.database_path(ferry)
        with open(path, "rb") as file:
            whole = file.read()
        overwrite(path, whole[:4096] + b"\xa5" * (len(whole) - 4096))
        if start_on_damaged_database(ferry):
            for link in links:
                answer = ferry.claim(link)
                assert answer.status in (500, 503), answer
                assert "pkcs12" not in answer["Content-Type"]
                assert b"password" not in answer.body
            ferry.kill()
        for name in (path + "-wal", path + "-shm"):
            if os.path.exists(name):
                os.unlink(name)
        overwrite(path, whole)
        ferry.serve()
        claims.prove_all_claimable(ferry, links)
        assert ferry.stop() == 0
    finally:
        ferry.close()


def refused_start(damage):
    """Exit code and standard error of serve after `damage` to the database's path."""
    ferry = release_ferry()
    try:
        ferry.init()
        damage(claims.database_path(ferry))
        done = ferry.run("serve")
        return done.returncode, done.stderr
    finally:
        ferry.close()


def fill_with_text(path):
    overwrite(path, b"this is a letter to the help-desk\n" * 200)


def put_a_folder_there(path):
    os.unlink(path)
    os.mkdir(path)


def take_it_away(path):
    shutil.move(path, path + ".elsewhere")


@test
def a_start_on_no_database_says_what_is_wrong():
    for damage in (fill_with_text, put_a_folder_there, take_it_away):
        code, said = refused_start(damage)
        assert code in (1, 3, 4), f"{damage.__name__}: {code} {said}"
        assert "certferry.db" in said, f"{damage.__name__}: {said}"


run()
