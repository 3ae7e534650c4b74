"""HTTP/1.1 over one kept connection, with as little work as tens of thousands of calls allow."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass, field


@dataclass
class Call:
    method: str
    target: str
    body: bytes = b""
    headers: dict = field(default_factory=dict)

    @staticmethod
    def json(method: str, target: str, body) -> "Call":
        return Call(method, target, json.dumps(body).encode(), {"content-type": "application/json"})


@dataclass
class Reply:
    status: int
    head: bytes
    body: bytes

    def header(self, name: str) -> str:
        for line in self.head.split(b"\r\n")[1:]:
            key, _, value = line.partition(b":")
            if key.strip().lower() == name.encode():
                return value.strip().decode("latin-1")
        return ""

    def json(self):
        return json.loads(self.body)


class Wire:
    def __init__(self, port: int):
        self.port, self.socket = port, None

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()
        self.socket = None

    def send(self, call: Call, headers: dict | None = None) -> Reply:
        lines = [f"{call.method} {call.target} HTTP/1.1", f"host: 127.0.0.1:{self.port}"]
        lines += [f"{name}: {value}" for name, value in {**call.headers, **(headers or {})}.items()]
        if call.body or call.method in ("POST", "PUT"):
            lines.append(f"content-length: {len(call.body)}")
        text = ("\r\n".join(lines) + "\r\n\r\n").encode() + call.body
        kept = self.socket is not None
        try:
            return self._exchange(text, call.method)
        except ConnectionError:
            # The server closes a connection on which it refused a body, which this end notices late.
            self.close()
            if not kept:
                raise
            return self._exchange(text, call.method)

    def _exchange(self, text: bytes, method: str) -> Reply:
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=60)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(text)
        got = b""
        while True:
            end = got.find(b"\r\n\r\n")
            if end >= 0:
                if not got.startswith(b"HTTP/1.1 100"):
                    break
                got = got[end + 4:]
                continue
            got += self._more()
        head, rest = got[:end], got[end + 4:]
        reply = Reply(int(head[9:12]), head, b"")
        if method != "HEAD" and reply.status not in (204, 304):
            reply.body = self._body(head.lower(), rest)
        if b"\r\nconnection: close" in head.lower():
            self.close()
        return reply

    def _body(self, head: bytes, got: bytes) -> bytes:
        at = head.find(b"\r\ncontent-length:")
        if at >= 0:
            length = int(head[at + 17:].split(b"\r\n", 1)[0])
            while len(got) < length:
                got += self._more()
            return got[:length]
        if b"\r\ntransfer-encoding: chunked" not in head:
            raise AssertionError(f"a reply of unknown length: {head!r}")
        out = b""
        while True:
            while b"\r\n" not in got:
                got += self._more()
            size, _, got = got.partition(b"\r\n")
            need = int(size, 16) + 2
            while len(got) < need:
                got += self._more()
            out, got = out + got[:need - 2], got[need:]
            if need == 2:
                return out

    def _more(self) -> bytes:
        piece = self.socket.recv(1 << 16)
        if not piece:
            raise ConnectionResetError("the server closed the connection")
        return piece
