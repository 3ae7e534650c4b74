"""git's objects, packs and pushes made by hand: what git itself would not send."""

from __future__ import annotations

import hashlib
import struct
import zlib

TYPES = {"commit": 1, "tree": 2, "blob": 3, "tag": 4}
ZERO = "0" * 40


def oid_of(kind: str, content: bytes) -> str:
    return hashlib.sha1(b"%s %d\0" % (kind.encode(), len(content)) + content).hexdigest()


def entry_head(number: int, size: int) -> bytes:
    out, byte, size = b"", (number << 4) | (size & 15), size >> 4
    while size:
        out += bytes([byte | 0x80])
        byte, size = size & 0x7f, size >> 7
    return out + bytes([byte])


def entry(kind: str, content: bytes) -> bytes:
    return entry_head(TYPES[kind], len(content)) + zlib.compress(content, 9)


def ref_delta(base: str, delta: bytes) -> bytes:
    return entry_head(7, len(delta)) + bytes.fromhex(base) + zlib.compress(delta, 9)


def varint(number: int) -> bytes:
    out = b""
    while number >= 0x80:
        out, number = out + bytes([number & 0x7f | 0x80]), number >> 7
    return out + bytes([number])


def repeat_delta(base_size: int, times: int) -> bytes:
    """The base, so many times over: three bytes of copying for each 64 KiB."""
    once = b"".join(copy(at, min(0x10000, base_size - at)) for at in range(0, base_size, 0x10000))
    return varint(base_size) + varint(base_size * times) + once * times


def copy(offset: int, size: int) -> bytes:
    command, arguments = 0x80, b""
    for bit in range(4):
        if byte := offset >> (8 * bit) & 0xff:
            command, arguments = command | 1 << bit, arguments + bytes([byte])
    if size != 0x10000:
        for bit in range(3):
            if byte := size >> (8 * bit) & 0xff:
                command, arguments = command | 0x10 << bit, arguments + bytes([byte])
    return bytes([command]) + arguments


def pack(entries: list[bytes]) -> bytes:
    body = b"PACK" + struct.pack(">II", 2, len(entries)) + b"".join(entries)
    return body + hashlib.sha1(body).digest()


def tree(items: list[tuple[str, str | bytes, str]]) -> bytes:
    """mode, name, object; in the order given."""
    return b"".join(mode.encode() + b" " + (name if isinstance(name, bytes) else name.encode()) + b"\0" + bytes.fromhex(oid)
                    for mode, name, oid in items)


def commit(tree_oid: str, parents=(), message: bytes = b"hostile\n") -> bytes:
    who = b"A <a@example.com> 1700000000 +0000"
    return (b"tree " + tree_oid.encode() + b"\n" + b"".join(b"parent " + p.encode() + b"\n" for p in parents)
            + b"author " + who + b"\ncommitter " + who + b"\n\n" + message)


def pkt(text: bytes) -> bytes:
    return b"%04x" % (len(text) + 4) + text


def commands(updates: list[tuple[str, str, str]]) -> bytes:
    """old, new, name of each ref."""
    out = []
    for number, (old, new, name) in enumerate(updates):
        capabilities = b"\0report-status delete-refs ofs-delta agent=hostile" if number == 0 else b""
        out.append(pkt(f"{old} {new} {name}".encode() + capabilities + b"\n"))
    return b"".join(out) + b"0000"


EMPTY_PACK = pack([])


def push(api, repo, updates, packed: bytes = EMPTY_PACK, **headers):
    """Sends a push as it is; httpx's reply. What became of it stands in the text: `unpack ok`, `ok ref`, `ng ref why`."""
    return api.post(f"{repo.git}/git-receive-pack", content=commands(updates) + packed, timeout=300,
                    headers={"content-type": "application/x-git-receive-pack-request", **headers})
