"""Clients that are slow, idle or many: each wait has an end, none takes much memory, others are served."""

import contextlib
import resource
import socket
import time

import pytest
from bounds import MIB, Bounded
from corpus import TARGET, get
from support.hub_client import ok
from wire import Wire

IDLE = 10_000
DRIPPING = 300
HEAD_LIMIT_S = 20  # io/net/net.h: header_timeout


@pytest.fixture(scope="module")
def many_descriptors():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < IDLE + 1000:
        pytest.skip(f"this machine lets a process have {hard} descriptors; the test needs {IDLE + 1000}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=20)


def test_ten_thousand_idle_connections(holt, many_descriptors):
    with contextlib.ExitStack() as stack, Bounded(holt, memory=IDLE * 12 * 1024):
        crowd = [stack.enter_context(connect(holt.port)) for _ in range(IDLE)]
        with holt.api() as api:
            for _ in range(20):
                assert ok(api.get("/api/version")).json()["name"] == "holt"
        # Each of them is served when it speaks at last.
        for one in crowd[::500]:
            one.sendall(get())
            assert one.recv(100).startswith(b"HTTP/1.1 200")


def test_heads_that_drip_end_in_time(holt):
    with contextlib.ExitStack() as stack, Bounded(holt, memory=32 * MIB):
        crowd = [stack.enter_context(Wire(holt.port, patience_s=40)) for _ in range(DRIPPING)]
        began = time.monotonic()
        for one in crowd:
            one.send(b"GET /api/version HTTP/1.1\r\nHost: h\r\nX: ")
        with holt.api() as api:
            while time.monotonic() - began < HEAD_LIMIT_S - 2:
                for one in crowd:
                    one.send(b"x")
                ok(api.get("/api/version"))
                time.sleep(1)
        for one in crowd:
            reply = one.receive()
            assert reply is not None and reply.status == 408
            assert one.closes()
        assert time.monotonic() - began < HEAD_LIMIT_S + 10


def test_bodies_that_stop_take_no_memory(holt):
    with contextlib.ExitStack() as stack, Bounded(holt, memory=32 * MIB):
        for _ in range(DRIPPING):
            one = stack.enter_context(Wire(holt.port))
            one.send(b"POST " + TARGET + b" HTTP/1.1\r\nHost: h\r\nContent-Length: 8000000\r\n\r\n{")
        with holt.api() as api:
            ok(api.get("/api/version"))
        time.sleep(1)


def test_readers_that_never_read_take_no_memory(holt):
    with holt.api("alice") as api:
        repo = api.create_repo()
        api.commit_lfs(repo, {"big.bin": b"0123456789abcdef" * (4 * MIB)})
        with contextlib.ExitStack() as stack, Bounded(holt, memory=32 * MIB):
            for _ in range(DRIPPING):
                one = stack.enter_context(Wire(holt.port))
                one.send(get(target=repo.resolve("big.bin").encode()))
            time.sleep(1)
            ok(api.get("/api/version"))
            assert ok(api.get(repo.resolve("big.bin"), headers={"range": "bytes=0-15"}), 206).content == b"0123456789abcdef"
        api.delete_repo(repo)
