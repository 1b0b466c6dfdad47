"""The signer dies or hangs while its server runs: the server says so and ends, and nothing is lost."""

import os
import signal

import claims
from ferry import release_ferry
from tap import run, test


def serving():
    ferry = release_ferry()
    ferry.init()
    ferry.serve()
    return ferry


def end_of(ferry):
    """The exit code of a server that ends by itself."""
    code = ferry.server.wait()
    ferry.server = None
    return code


@test
def a_killed_signer_ends_the_server_with_a_fault_and_a_clear_line():
    ferry = serving()
    try:
        [signer] = claims.children(ferry.server.pid)
        os.kill(signer, signal.SIGKILL)
        assert end_of(ferry) == 4
        assert "signer" in ferry.log.splitlines()[-1], ferry.log[-2000:]
    finally:
        ferry.close()


@test
def a_claim_that_meets_a_dead_signer_gets_no_bundle_and_the_link_stays_good():
    ferry = serving()
    try:
        links = claims.create_links(ferry, 8)
        [signer] = claims.children(ferry.server.pid)
        load = claims.Load(ferry, list(links), threads=8)
        os.kill(signer, signal.SIGKILL)
        load.start()
        load.join()
        for answer in load.answers.values():
            assert answer.status in (200, 503), answer
            assert answer.status == 200 or "pkcs12" not in answer["Content-Type"], answer
        assert end_of(ferry) == 4
        ferry.serve()
        claims.prove_all_claimable(ferry, links)
        assert ferry.stop() == 0
    finally:
        ferry.close()


@test
def a_signer_that_tries_to_leave_its_sandbox_is_lost_too():
    ferry = serving()
    try:
        [signer] = claims.children(ferry.server.pid)
        os.kill(signer, signal.SIGSYS)
        assert end_of(ferry) == 4
    finally:
        ferry.close()


@test
def signals_of_the_terminal_end_the_server_in_order():
    ferry = serving()
    try:
        [signer] = claims.children(ferry.server.pid)
        os.kill(signer, signal.SIGINT)
        os.kill(signer, signal.SIGTERM)
        assert ferry.stop(signal.SIGINT) == 0
        assert not claims.is_running(signer)
    finally:
        ferry.close()


@test
def a_wrong_passphrase_or_an_open_key_file_is_refused_at_the_start():
    ferry = release_ferry()
    try:
        ferry.init()
        key = next(
            os.path.join(folder, name)
            for folder, _, names in os.walk(ferry.file("authority"))
            for name in names
            if "issuing" in name and name.endswith(".key")
        )
        os.chmod(key, 0o644)
        done = ferry.run("serve")
        assert done.returncode in (1, 3), done
        assert "chmod 600" in done.stderr, done.stderr
    finally:
        ferry.close()


run()
