"""The disk is full while links are claimed: 503, nothing half-issued, and every link works once there is room again."""

import contextlib
import os
import resource
import subprocess

import claims
from ferry import release_ferry
from desk import Desk
from tap import run, skip, test

DISK = "24m"
LINKS = 24


@contextlib.contextmanager
def small_disk(ferry):
    """A tmpfs under the ferry's folder."""
    if os.geteuid() != 0:
        skip("only root can mount a small disk")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=0700", "certferry-test", ferry.folder], capture_output=True
    )
    if mounted.returncode != 0:
        skip("this system mounts no tmpfs")
    try:
        yield
    finally:
        ferry.kill()
        subprocess.run(["umount", "-l", ferry.folder], check=True)
        ferry.close()


@contextlib.contextmanager
def no_room(ferry):
    """Not one byte more can be written below the ferry's folder."""
    name = ferry.file("ballast")
    with open(name, "wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            with contextlib.suppress(OSError):
                while True:
                    file.write(bytes(size))
    try:
        yield
    finally:
        os.unlink(name)


@test
def a_full_disk_is_a_503_and_every_link_works_when_there_is_room_again():
    ferry = release_ferry()
    with small_disk(ferry):
        ferry.init()
        ferry.serve()
        links = claims.create_links(ferry, LINKS)
        with no_room(ferry):
            answers = {link["id"]: ferry.claim(link) for link in links}
        refused = [name for name, answer in answers.items() if answer.status == 503]
        for name, answer in answers.items():
            assert answer.status in (200, 503), f"{name}: {answer}"
        assert refused, "the disk was not full"
        for name in refused:
            assert "pkcs12" not in answers[name]["Content-Type"], answers[name]
            assert b"password" not in answers[name].body, answers[name]

        live = "SELECT count(*) FROM certificate WHERE link_id = ? AND state = 'issued'"
        for name in refused:
            assert claims.rows(ferry, live, name)[0][0] == 0, name
        claims.prove_all_claimable(ferry, links)
        assert ferry.stop() == 0, ferry.log[-2000:]
        for link in links:
            assert claims.rows(ferry, live, link["id"])[0][0] == 1, link["id"]


@test
def a_limit_of_file_sizes_is_a_503_and_not_the_end_of_the_server():
    ferry = release_ferry()
    try:
        ferry.init()
        ferry.serve()
        links = claims.create_links(ferry, 4)
        pid = ferry.server.pid
        before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, before[1]))
        answers = [ferry.claim(link) for link in links]
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
        assert [answer.status for answer in answers] == [503] * len(links), answers
        claims.prove_all_claimable(ferry, links)
        assert ferry.stop() == 0
    finally:
        ferry.close()


@test
def pages_and_ca_files_are_served_from_a_full_disk():
    ferry = release_ferry()
    with small_disk(ferry):
        ferry.init()
        ferry.serve()
        [link] = claims.create_links(ferry, 1)
        with no_room(ferry):
            for path in ("/", "/ca/root.cer", "/ca/issuing.crl", link["path"]):
                answer = ferry.get(path)
                assert answer.status == 200, f"{path}: {answer}"


PAGES = ["/admin", "/admin/people", "/admin/people?search=a", "/admin/ca", "/admin/devices", "/admin/settings"]


@test
def operators_read_from_a_full_disk_and_are_told_why_nothing_can_be_changed():
    ferry = release_ferry()
    with small_disk(ferry):
        ferry.init()
        ferry.serve()
        desk = Desk(ferry)
        change = {"organisation.contact": "x" * 200, "organisation.name": "Full", "organisation.color": "#7a1f3d"}
        with no_room(ferry):
            for path in PAGES:
                answer = desk.get(path)
                assert answer.status == 200, f"{path}: {answer}"
            refused = desk.post("/admin/settings", change)
            assert refused.status in (503, 507), refused
            assert "disk" in refused.text() or "space" in refused.text(), refused.text()
            assert "Full" not in ferry.get("/").text()
        assert desk.post("/admin/settings", change).status == 303
        assert "Full" in ferry.get("/").text()


run()
