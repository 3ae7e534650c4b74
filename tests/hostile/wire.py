"""A client that sends bytes as they are and reads replies as they come."""

from __future__ import annotations

import socket
import ssl
import time
from dataclasses import dataclass, field


@dataclass
class Reply:
    status: int
    fields: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class Wire:
    def __init__(self, port: int, *, tls: bool = False, patience_s: float = 20):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=patience_s)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            self.socket = context.wrap_socket(self.socket)
        self.input = b""
        self.ended = False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, raw: bytes) -> "Wire":
        """Sends what the other side takes: one that has refused and closed takes no more."""
        try:
            self.socket.sendall(raw)
        except (ConnectionError, ssl.SSLError):
            pass
        return self

    def receive(self) -> Reply | None:
        """The next reply; None when the connection ends before a whole one."""
        while b"\r\n\r\n" not in self.input:
            if not self._more():
                return None
        head, _, self.input = self.input.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        reply = Reply(int(first.split(" ")[1]), fields)
        if reply.status < 200 or reply.status in (204, 304):
            return reply
        if fields.get("transfer-encoding") == "chunked":
            return reply if self._chunks(reply) else None
        if "content-length" in fields:
            size = int(fields["content-length"])
            while len(self.input) < size:
                if not self._more():
                    return None
            reply.body, self.input = self.input[:size], self.input[size:]
            return reply
        while self._more():
            pass
        reply.body, self.input = self.input, b""
        return reply

    def quiet_for(self, seconds: float) -> bool:
        """True when neither a byte nor the end comes within that time."""
        self.socket.settimeout(seconds)
        try:
            return not self._more() and not self.ended
        finally:
            self.socket.settimeout(20)

    def closes(self, within_s: float = 10) -> bool:
        """True when the other side ends the connection without another byte."""
        deadline = time.monotonic() + within_s
        while not self.ended and time.monotonic() < deadline:
            if self.input or self._more():
                return False
        return self.ended

    def _more(self) -> bool:
        try:
            piece = self.socket.recv(1 << 16)
        except TimeoutError:
            return False
        except (ConnectionError, ssl.SSLError):
            piece = b""
        self.ended = not piece
        self.input += piece
        return bool(piece)

    def _chunks(self, reply: Reply) -> bool:
        while True:
            while b"\r\n" not in self.input:
                if not self._more():
                    return False
            line, _, self.input = self.input.partition(b"\r\n")
            size = int(line, 16)
            while len(self.input) < size + 2:
                if not self._more():
                    return False
            reply.body += self.input[:size]
            self.input = self.input[size + 2:]
            if size == 0:
                return True
