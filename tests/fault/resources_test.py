"""What runs out: descriptors, and a reader of the log. The server waits for some, goes on, and ends as it should."""

import fcntl
import os
import socket
import tempfile

from ferry import Ferry
from tap import note, run, test

DESCRIPTORS = 48
PAGE = 4096
F_SETPIPE_SZ = 1031  # fcntl has its name since Python 3.10


def behind(shell):
    """The program after a line of shell, as a program of its own."""
    handle, name = tempfile.mkstemp(suffix=".sh")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write("#!/bin/sh\n" + shell.format(program=f'"{os.environ["CERTFERRY"]}" "$@"') + "\n")
    os.chmod(name, 0o700)
    return name


def processor_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def answers_within(connection, seconds):
    connection.settimeout(seconds)
    try:
        connection.recv(1)
        return True
    except TimeoutError:
        return False


@test
def without_descriptors_it_waits_for_some_and_not_in_a_circle():
    program = behind(f"ulimit -n {DESCRIPTORS}; exec {{program}}")
    with Ferry(program, server_threads=64, server_head_timeout="60s", bundle_key_pool=0) as ferry:
        waiting = [socket.create_connection(("127.0.0.1", ferry.http_port)) for _ in range(2 * DESCRIPTORS)]
        before = processor_seconds(ferry.server.pid)
        answered = answers_within(waiting[-1], 2)
        used = processor_seconds(ferry.server.pid) - before
        for connection in waiting:
            connection.close()
        note(f"{used:.2f} s of the processor in 2 s")
        assert not answered and used < 1, f"{used:.2f} s"
        assert ferry.get("/").status == 200


def log_of_one_page():
    """A named pipe that is open and that nobody reads; and the program that logs into it."""
    name = os.path.join(tempfile.mkdtemp(), "log")
    os.mkfifo(name)
    pipe = os.open(name, os.O_RDWR)
    fcntl.fcntl(pipe, F_SETPIPE_SZ, PAGE)
    return pipe, behind(f"exec {{program}} 2> {name}")


def expect_file(ferry):
    answer = ferry.get("/ca/root.cer", https=False)
    assert answer.status == 200, answer


@test
def a_log_that_nobody_reads_holds_nobody_up():
    pipe, program = log_of_one_page()
    with Ferry(program, log_level="debug") as ferry:
        for _ in range(PAGE // 32):
            expect_file(ferry)
        assert os.read(pipe, 16 * PAGE)
        expect_file(ferry)
        assert b" lines before this one were lost\n" in os.read(pipe, 16 * PAGE)
        for _ in range(PAGE // 32):
            expect_file(ferry)
    os.close(pipe)


@test
def a_log_whose_reader_is_gone_ends_nothing():
    pipe, program = log_of_one_page()
    with Ferry(program, log_level="debug") as ferry:
        os.close(pipe)
        for _ in range(3):
            expect_file(ferry)


run()
