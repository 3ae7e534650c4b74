"""Rows about hostile clients: what they cost the others. Each attack runs against one Holt while well-behaved clients,
from another address, go on as before; their 99th percentile is held against what it was alone, in the same run.

Attackers sit on the same cores as the server, so they are paced and step back (nice): an attack is what it makes the
server do, and a client that burns the processor itself would be measured instead. Each says how it is paced. They are a
process of their own: an interpreter runs one thread at a time, and neighbours within it would wait for its attackers.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import multiprocessing
import os
import random
import socket
import sys
import threading
import time
import zlib

import traffic
from stage import Row, Stage
from yardsticks import percentile

GOOD, BAD = "127.0.0.1", "127.0.0.66"  # all of 127/8 is this machine


class Session:
    """One keep-alive connection from an address of one's own."""

    def __init__(self, holt, address: str, user: str | None = "alice"):
        self.http = http.client.HTTPConnection("127.0.0.1", holt.port, timeout=60, source_address=(address, 0))
        self.headers = {"authorization": f"Bearer {holt.tokens[user]}"} if user else {}

    def send(self, method: str, target: str, body=None, **headers) -> int:
        self.http.request(method, target, body=body, headers={**self.headers, **headers})
        reply = self.http.getresponse()
        reply.read()
        return reply.status

    def ok(self, method: str, target: str, body=None, **headers) -> None:
        status = self.send(method, target, body, **headers)
        if status != 200:
            raise RuntimeError(f"{method} {target} → {status}")


class Neighbours:
    """Small reads, a page of a tree, and commits: one after the other, a moment apart, as people come."""

    PAUSE_S = 0.002

    def __init__(self, stage: Stage, holt):
        self.holt, self.repo = holt, "alice/neighbour"
        alice = Session(holt, GOOD)
        alice.ok("POST", "/api/repos/create", json.dumps({"name": "neighbour"}), **{"content-type": "application/json"})
        files = {f"folder/file-{number:03}.txt": b"content %d\n" % number for number in range(200)}
        alice.ok("POST", f"/api/models/{self.repo}/commit/main", traffic.commit_body(files), **traffic.NDJSON)
        self.count = 0

    def kinds(self):
        def commit(session):
            self.count += 1
            session.ok("POST", f"/api/models/{self.repo}/commit/main",
                       traffic.commit_body({f"new/{self.count % 50}.txt": f"{self.count}".encode()}), **traffic.NDJSON)

        return {
            "GET of a small file": lambda session: session.ok("GET", f"/{self.repo}/resolve/main/folder/file-007.txt"),
            "page of a tree": lambda session: session.ok("GET", f"/api/models/{self.repo}/tree/main/folder"),
            "commit": commit,
        }

    def p99_ms(self, seconds: float) -> dict[str, float]:
        times: dict[str, list[float]] = {}

        def work(name, act):
            session, end = Session(self.holt, GOOD), time.monotonic() + seconds
            while time.monotonic() < end:
                began = time.perf_counter()
                act(session)
                times.setdefault(name, []).append(time.perf_counter() - began)
                time.sleep(self.PAUSE_S)

        threads = [threading.Thread(target=work, args=item) for item in self.kinds().items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return {name: percentile(values, 0.99) * 1000 for name, values in times.items()}


@contextlib.contextmanager
def crowd(count: int, act):
    """`count` threads that call act(number, stop) until it is over."""
    stop = threading.Event()

    def one(number):
        while not stop.is_set():
            with contextlib.suppress(OSError, http.client.HTTPException):
                act(number, stop)

    threads = [threading.Thread(target=one, args=(number,), daemon=True) for number in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(90)


@contextlib.contextmanager
def idle(holt):
    """5,000 connections that say nothing."""
    connections = [socket.create_connection(("127.0.0.1", holt.port), source_address=(BAD, 0)) for _ in range(5000)]
    try:
        yield
    finally:
        for connection in connections:
            connection.close()


@contextlib.contextmanager
def slowloris(holt):
    """1,000 heads, a byte each every two seconds."""
    connections = [socket.create_connection(("127.0.0.1", holt.port), source_address=(BAD, 0)) for _ in range(1000)]
    for connection in connections:
        connection.sendall(b"GET / HTTP/1.1\r\nX: ")

    def drip(_, stop):
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.send(b"x")
            if stop.wait(0.002):
                return

    try:
        with crowd(1, drip):
            yield
    finally:
        for connection in connections:
            connection.close()


@contextlib.contextmanager
def malformed(holt):
    """A connection and a malformed head, 200 times a second."""
    def one(_, stop):
        with socket.create_connection(("127.0.0.1", holt.port), source_address=(BAD, 0)) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n")
            connection.recv(4096)
        stop.wait(0.005)

    with crowd(1, one):
        yield


def bomb_push(holt, stop, number):
    """A push whose pack of 250 KiB holds a file of 256 MiB: git hashes it before it is refused."""
    session = Session(holt, BAD, "bob")
    session.send("POST", "/bob/bombs.git/git-receive-pack", BOMB, **{"content-type": "application/x-git-receive-pack-request"})
    stop.wait(0.2)


def make_bomb() -> bytes:
    import hashlib
    import struct

    size, packer = 256 << 20, zlib.compressobj(1)
    head = bytes([0xb0 | size & 15 | 0x80])
    left = size >> 4
    while left:
        head, left = head + bytes([left & 0x7f | (0x80 if left >> 7 else 0)]), left >> 7
    content = b"".join(packer.compress(bytes(1 << 20)) for _ in range(256)) + packer.flush()
    pack = b"PACK" + struct.pack(">II", 2, 1) + head + content
    pack += hashlib.sha1(pack).digest()
    command = f"{'0' * 40} {'1' * 40} refs/heads/bomb".encode() + b"\0report-status\n"
    return b"%04x" % (len(command) + 4) + command + b"0000" + pack


BOMB = make_bomb()


@contextlib.contextmanager
def pushes(holt):
    """12 pushes at once of packs that are bombs."""
    with crowd(12, lambda number, stop: bomb_push(holt, stop, number)):
        yield


@contextlib.contextmanager
def fetches(holt):
    """8 advertisements at once of a repository with 100,000 references."""
    def one(_, stop):
        Session(holt, BAD, None).send("GET", "/bob/refs.git/info/refs?service=git-upload-pack")
        stop.wait(0.1)

    with crowd(8, one):
        yield


@contextlib.contextmanager
def big_folders(holt):
    """4 readers of pages of a folder of 100,000 files, from all over it."""
    def one(number, stop):
        session, draw = Session(holt, BAD, None), random.Random(number)
        while not stop.is_set():
            cursor = base64.b64encode(str(draw.randrange(99_000)).encode()).decode()
            session.send("GET", f"/api/models/bob/folder/tree/main/f?cursor={cursor}")
            stop.wait(0.05)

    with crowd(4, one):
        yield


@contextlib.contextmanager
def cards(holt):
    """8 previews at once of 256 KiB of brackets."""
    body = json.dumps({"text": "[a](" * (1 << 16), "repo": "bob/folder"})

    def one(_, stop):
        Session(holt, BAD, None).send("POST", "/api/markdown", body, **{"content-type": "application/json"})
        stop.wait(0.1)

    with crowd(8, one):
        yield


@contextlib.contextmanager
def own_commits(holt):
    """16 writers who commit to one repository of theirs, 20 times a second together, and so wait for each other."""
    def one(number, stop):
        session = Session(holt, BAD, "bob")
        while not stop.is_set():
            session.send("POST", "/api/models/bob/crowd/commit/main",
                         traffic.commit_body({f"{number}.txt": os.urandom(16)}), **traffic.NDJSON)
            stop.wait(0.8)

    with crowd(16, one):
        yield


@contextlib.contextmanager
def from_elsewhere(attack, holt):
    """The attack goes on in another process until it is over."""
    context = multiprocessing.get_context("fork")
    begun, over = context.Event(), context.Event()

    def work():
        os.nice(10)
        with attack(holt):
            begun.set()
            over.wait()

    process = context.Process(target=work, daemon=True)
    process.start()
    try:
        if not begun.wait(60):
            raise RuntimeError(f"the attack {attack.__name__} did not begin")
        yield
    finally:
        over.set()
        process.join(120)


ATTACKS = {"idle connections": idle, "slow heads": slowloris, "malformed heads": malformed, "pack bombs": pushes,
           "many references": fetches, "a huge folder": big_folders, "cards of brackets": cards, "commits to one repository": own_commits}


def prepare(holt) -> None:
    bob = Session(holt, BAD, "bob")
    for name in ("bombs", "refs", "folder", "crowd"):
        bob.ok("POST", "/api/repos/create", json.dumps({"name": name}), **{"content-type": "application/json"})
    files = {f"f/{number:06}.txt": b"x" for number in range(100_000)}
    bob.ok("POST", "/api/models/bob/folder/commit/main", traffic.commit_body(files), **traffic.NDJSON)
    connection = traffic.Connection(holt.endpoint, holt.tokens["bob"])
    tip = json.loads(connection.ok("GET", "/api/models/bob/refs"))["sha"]
    for push in range(10):
        lines = [f"{'0' * 40} {tip} refs/heads/b{push}-{number}".encode() for number in range(10_000)]
        lines[0] += b"\0report-status"
        body = b"".join(b"%04x" % (len(line) + 4) + line for line in lines) + b"0000"
        connection.ok("POST", "/bob/refs.git/git-receive-pack", body, **{"content-type": "application/x-git-receive-pack-request"})
    connection.close()


def hostile(stage: Stage) -> list[Row]:
    """wanted: the 99th percentile of others stays within twice what it is alone."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    holt = stage.new_holt("hostile")
    prepare(holt)
    neighbours = Neighbours(stage, holt)
    neighbours.p99_ms(1)  # warms everybody up
    rows = []
    for name, attack in ATTACKS.items():
        # Alone before and after: a machine with other work on it drifts.
        before = neighbours.p99_ms(stage.seconds)
        with from_elsewhere(attack, holt):
            time.sleep(0.5)
            under = neighbours.p99_ms(stage.seconds)
        traffic.wait_until_idle(holt)
        after = neighbours.p99_ms(stage.seconds)
        for kind, seen in under.items():
            alone = (before[kind] + after[kind]) / 2
            rows.append(Row(f"{name}: {kind}, p99", "≤ 2 × alone", f"{seen / alone:.2f} × ({seen:.1f} ms)",
                            f"alone {alone:.1f} ms ({before[kind]:.1f}, {after[kind]:.1f})", seen <= 2 * alone))
            print(f"  {rows[-1].figure}: {rows[-1].seen}; {rows[-1].yardstick}", file=sys.stderr, flush=True)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return rows
