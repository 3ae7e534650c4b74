"""The Xet wire written down a second time, for tests: hashes, xorbs, shards.

Small and slow, and independent of the server and of hf_xet, so that the three can be compared. Files
are cut every 64 KiB: the protocol leaves the cutting to the client.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass, field

from blake3 import blake3

DATA_KEY = bytes([102, 151, 245, 119, 91, 149, 80, 222, 49, 53, 203, 172, 165, 151, 24, 28, 157, 228, 33, 16, 155, 235,
                  43, 88, 180, 208, 176, 75, 147, 173, 242, 41])
NODE_KEY = bytes([1, 126, 197, 199, 165, 71, 41, 150, 253, 148, 102, 102, 180, 138, 2, 230, 93, 221, 83, 111, 55, 199,
                  109, 210, 248, 99, 82, 230, 74, 83, 113, 63])
VERIFY_KEY = bytes([127, 24, 87, 214, 206, 86, 237, 102, 18, 127, 249, 19, 231, 165, 195, 243, 164, 205, 38, 213, 181,
                    219, 73, 230, 65, 36, 152, 127, 40, 251, 148, 195])
ZERO = bytes(32)
CHUNK_BYTES = 65536
SHARD_TAG = b"HFRepoMetaData\0" + bytes([85, 105, 103, 69, 106, 123, 129, 87, 131, 165, 189, 217, 92, 205, 209, 74, 169])
BOOKEND = b"\xff" * 32 + bytes(16)
WITH_VERIFICATION, WITH_METADATA = 1 << 31, 1 << 30


def text(digest: bytes) -> str:
    """The text form of a hash: four little-endian words, most significant digit first."""
    return "".join(f"{word:016x}" for word in struct.unpack("<4Q", digest))


def from_text(words: str) -> bytes:
    return struct.pack("<4Q", *(int(words[i:i + 16], 16) for i in range(0, 64, 16)))


def keyed(key: bytes, data: bytes) -> bytes:
    return blake3(data, key=key).digest()


def chunk_hash(data: bytes) -> bytes:
    return keyed(DATA_KEY, data)


def tree_root(nodes: list[tuple[bytes, int]]) -> bytes:
    if not nodes:
        return ZERO
    while len(nodes) > 1:
        level, start = [], 0
        while start < len(nodes):
            remaining = len(nodes) - start
            take = remaining
            if remaining > 2:
                take = min(9, remaining)
                for index in range(2, take):
                    if struct.unpack("<Q", nodes[start + index][0][24:])[0] % 4 == 0:
                        take = index + 1
                        break
            group = nodes[start:start + take]
            lines = "".join(f"{text(digest)} : {length}\n" for digest, length in group)
            level.append((keyed(NODE_KEY, lines.encode()), sum(length for _, length in group)))
            start += take
        nodes = level
    return nodes[0][0]


def file_hash(nodes: list[tuple[bytes, int]]) -> bytes:
    return keyed(ZERO, tree_root(nodes)) if nodes else ZERO


def cut(content: bytes, size: int = CHUNK_BYTES) -> list[bytes]:
    return [content[i:i + size] for i in range(0, len(content), size)]


@dataclass
class Xorb:
    """Uncompressed chunks, stored one after the other."""

    chunks: list[bytes]
    nodes: list[tuple[bytes, int]] = field(init=False)
    hash: bytes = field(init=False)
    body: bytes = field(init=False)

    def __post_init__(self):
        self.nodes = [(chunk_hash(chunk), len(chunk)) for chunk in self.chunks]
        self.hash = tree_root(self.nodes)
        self.body = b"".join(chunk_header(len(chunk)) + chunk for chunk in self.chunks)

    @property
    def raw_bytes(self) -> int:
        return sum(map(len, self.chunks))


def chunk_header(size: int, *, version: int = 0, scheme: int = 0, uncompressed: int | None = None) -> bytes:
    return (bytes([version]) + size.to_bytes(3, "little") + bytes([scheme])
            + (size if uncompressed is None else uncompressed).to_bytes(3, "little"))


def sha256_field(hex_digits: str) -> bytes:
    """A SHA-256 as a shard holds it: each group of eight bytes turned round."""
    return from_text(hex_digits)


@dataclass
class Term:
    xorb: bytes
    start: int
    end: int
    nodes: list[tuple[bytes, int]]

    @property
    def unpacked(self) -> int:
        return sum(length for _, length in self.nodes)

    @property
    def range_hash(self) -> bytes:
        return keyed(VERIFY_KEY, b"".join(digest for digest, _ in self.nodes))


@dataclass
class FileEntry:
    """A file as terms over xorbs. The fields may be overridden to tell a lie."""

    terms: list[Term]
    sha256: str | None
    hash: bytes | None = None

    def __post_init__(self):
        if self.hash is None:
            self.hash = file_hash([node for term in self.terms for node in term.nodes])


def whole(xorb: Xorb, content: bytes) -> FileEntry:
    """The file that is exactly this xorb."""
    return FileEntry([Term(xorb.hash, 0, len(xorb.chunks), xorb.nodes)], hashlib.sha256(content).hexdigest())


def shard(files: list[FileEntry], xorbs: list[Xorb], *, verification=True) -> bytes:
    """An upload shard: no footer, as the clients send it."""
    out = [SHARD_TAG, struct.pack("<QQ", 2, 0)]
    for entry in files:
        flags = (WITH_VERIFICATION if verification else 0) | (WITH_METADATA if entry.sha256 else 0)
        out.append(entry.hash + struct.pack("<IIQ", flags, len(entry.terms), 0))
        out += [t.xorb + struct.pack("<IIII", 0, t.unpacked, t.start, t.end) for t in entry.terms]
        if verification:
            out += [t.range_hash + bytes(16) for t in entry.terms]
        if entry.sha256:
            out.append(sha256_field(entry.sha256) + bytes(16))
    out.append(BOOKEND)
    for xorb in xorbs:
        out.append(xorb.hash + struct.pack("<IIII", 0, len(xorb.chunks), xorb.raw_bytes, len(xorb.body)))
        offset = 0
        for digest, length in xorb.nodes:
            out.append(digest + struct.pack("<IIII", offset, length, 0, 0))
            offset += length
    out.append(BOOKEND)
    return b"".join(out)


class Cas:
    """Speaks to the Xet side of a hub on behalf of one repository, with its tokens."""

    def __init__(self, api, repo, access: str = "write", revision: str = "main"):
        import httpx

        reply = api.get(f"{repo.api}/xet-{access}-token" + ("" if repo.kind == "bucket" else f"/{revision}"))
        assert reply.status_code == 200, f"{reply.status_code}: {reply.text[:500]}"
        told = reply.json()
        self.url, self.token, self.expiry = told["casUrl"], told["accessToken"], told["exp"]
        self.http = httpx.Client(base_url=self.url, headers={"authorization": f"Bearer {self.token}"}, timeout=60,
                                 trust_env=False)

    def put_xorb(self, xorb: Xorb, *, body: bytes | None = None, name: bytes | None = None):
        return self.http.post(f"/v1/xorbs/default/{text(name or xorb.hash)}", content=xorb.body if body is None else body)

    def put_shard(self, body: bytes, version: int = 1):
        return self.http.post(f"/v{version}/shards", content=body)

    def reconstruction(self, file: bytes, version: int = 2, byte_range: str | None = None):
        headers = {"range": byte_range} if byte_range else {}
        return self.http.get(f"/v{version}/reconstructions/{text(file)}", headers=headers)

    def upload(self, content: bytes) -> FileEntry:
        xorb = Xorb(cut(content))
        reply = self.put_xorb(xorb)
        assert reply.status_code == 200, f"xorb → {reply.status_code}: {reply.text[:500]}"
        entry = whole(xorb, content)
        reply = self.put_shard(shard([entry], [xorb]))
        assert reply.status_code == 200, f"shard → {reply.status_code}: {reply.text[:500]}"
        return entry

    def download(self, file: bytes) -> bytes:
        """Follows a v2 reconstruction as a client would. Reads stored chunks only: what `upload` put."""
        import httpx

        plan = self.reconstruction(file)
        assert plan.status_code == 200, f"{plan.status_code}: {plan.text[:500]}"
        plan = plan.json()
        chunks: dict[tuple[str, int], bytes] = {}
        for xorb, fetches in plan["xorbs"].items():
            for fetch in fetches:
                for part in fetch["ranges"]:
                    span = f"bytes={part['bytes']['start']}-{part['bytes']['end']}"
                    reply = httpx.get(fetch["url"], headers={"range": span}, timeout=60, trust_env=False)
                    assert reply.status_code == 206, f"{reply.status_code}: {reply.text[:300]}"
                    data, offset = reply.content, 0
                    for index in range(part["chunks"]["start"], part["chunks"]["end"]):
                        size = int.from_bytes(data[offset + 1:offset + 4], "little")
                        assert data[offset + 4] == 0, "a chunk came back compressed that was sent stored"
                        chunks[xorb, index] = data[offset + 8:offset + 8 + size]
                        offset += 8 + size
                    assert offset == len(data)
        content = b"".join(chunks[term["hash"], index] for term in plan["terms"]
                           for index in range(term["range"]["start"], term["range"]["end"]))
        return content[plan["offset_into_first_range"]:]
