"""Load and its bookkeeping: a proxy that counts, uploads and downloads by many threads."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import pathlib
import socket
import threading
import time
from urllib.parse import urlsplit

MIB = 1 << 20


class CountingProxy:
    """Forwards TCP to a port and counts what flows towards the client and towards the server."""

    def __init__(self, target_port: int):
        self.target_port = target_port
        self.to_client = self.to_server = 0
        self._lock = threading.Lock()

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.listener.getsockname()[1]
        self.endpoint = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                server = socket.create_connection(("127.0.0.1", self.target_port))
                for source, target, name in ((client, server, "to_server"), (server, client, "to_client")):
                    threading.Thread(target=self._pump, args=(source, target, name), daemon=True).start()

    def _pump(self, source, target, name):
        with contextlib.suppress(OSError):
            while piece := source.recv(MIB):
                with self._lock:
                    setattr(self, name, getattr(self, name) + len(piece))
                target.sendall(piece)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)


class Connection:
    """One keep-alive connection that speaks as a user."""

    def __init__(self, endpoint: str, token: str | None = None):
        self.http = http.client.HTTPConnection(urlsplit(endpoint).netloc, timeout=300)
        self.http.connect()
        self.http.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.headers = {"authorization": f"Bearer {token}"} if token else {}

    def send(self, method: str, target: str, body=None, **headers) -> tuple[int, bytes]:
        self.http.request(method, target, body=body, headers={**self.headers, **headers})
        reply = self.http.getresponse()
        return reply.status, reply.read()

    def ok(self, method: str, target: str, body=None, **headers) -> bytes:
        status, text = self.send(method, target, body, **headers)
        if not 200 <= status < 300:
            raise RuntimeError(f"{method} {target} → {status}: {text[:500]!r}")
        return text

    def close(self):
        self.http.close()


def commit_body(files: dict[str, bytes], summary="bench", large=()) -> bytes:
    import base64

    lines = [{"key": "header", "value": {"summary": summary, "description": ""}}]
    lines += [{"key": "file", "value": {"path": path, "encoding": "base64", "content": base64.b64encode(content).decode()}}
              for path, content in files.items()]
    lines += [{"key": "lfsFile", "value": {"path": path, "algo": "sha256", "oid": oid, "size": size}}
              for path, oid, size in large]
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


NDJSON = {"content-type": "application/x-ndjson"}
LFS = {"content-type": "application/vnd.git-lfs+json", "accept": "application/vnd.git-lfs+json"}


def upload_address(connection: Connection, repo: str, oid: str, size: int) -> str | None:
    """Where to PUT an object, by the basic transfer; None when the server has it."""
    body = json.dumps({"operation": "upload", "transfers": ["basic"], "hash_algo": "sha256",
                       "objects": [{"oid": oid, "size": size}]})
    told = json.loads(connection.ok("POST", f"/{repo}.git/info/lfs/objects/batch", body, **LFS))
    action = told["objects"][0].get("actions", {}).get("upload")
    return action and action["href"]


class Pattern:
    """`size` bytes that differ from every other Pattern's, without keeping them in memory."""

    def __init__(self, number: int, size: int, block: bytes):
        self.size, self.block = size, number.to_bytes(8, "little") + block[8:]

    def pieces(self):
        for at in range(0, self.size, len(self.block)):
            yield self.block[:min(len(self.block), self.size - at)]

    def oid(self) -> str:
        digest = hashlib.sha256()
        for piece in self.pieces():
            digest.update(piece)
        return digest.hexdigest()


def put(url: str, content: Pattern) -> None:
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.netloc, timeout=600)
    connection.request("PUT", f"{address.path}?{address.query}", body=content.pieces(),
                       headers={"content-length": str(content.size)})
    reply = connection.getresponse()
    text = reply.read()
    connection.close()
    if reply.status not in (200, 201):
        raise RuntimeError(f"PUT → {reply.status}: {text[:300]!r}")


def get_and_drop(endpoint: str, target: str, buffer=MIB) -> int:
    connection = http.client.HTTPConnection(urlsplit(endpoint).netloc, timeout=600)
    connection.request("GET", target)
    reply = connection.getresponse()
    total = 0
    while piece := reply.read(buffer):
        total += len(piece)
    connection.close()
    if reply.status != 200:
        raise RuntimeError(f"GET {target} → {reply.status}")
    return total


def wait_until_idle(holt, quiet_s=1.5, limit_s=120) -> None:
    """Returns when the server has used no CPU for a while: its background work is done."""
    deadline, used, since = time.monotonic() + limit_s, holt.cpu_seconds(), time.monotonic()
    while time.monotonic() < deadline and time.monotonic() - since < quiet_s:
        time.sleep(0.1)
        now = holt.cpu_seconds()
        if now - used > 0.015:
            used, since = now, time.monotonic()


def write_random(path: pathlib.Path, size: int) -> None:
    import os

    with open(path, "wb") as file:
        for at in range(0, size, 8 * MIB):
            file.write(os.urandom(min(8 * MIB, size - at)))
