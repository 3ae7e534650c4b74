"""Small requests that unpack to huge ones: refused, with little memory taken and nothing kept."""

import gzip
import json
import zlib

import pytest
from bounds import MIB, Bounded
from packs import ZERO, commit, entry, entry_head, oid_of, pack, push, ref_delta, repeat_delta, tree
from support.hub_client import add, header, ndjson, ok
from support.xet_wire import Cas, Xorb, chunk_header

SERVER = 64 * MIB
# git's own index-pack reads what is pushed; what one of its objects may need is bounded by Holt.
WITH_GIT = 640 * MIB


@pytest.fixture
def alice(holt):
    with holt.api("alice") as api:
        yield api


@pytest.fixture
def repo(alice):
    made = alice.create_repo()
    yield made
    alice.delete_repo(made)


@pytest.fixture
def tip(alice, repo):
    return alice.head_of(repo)


def zeros_gzipped(size: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(bytes(MIB)) for _ in range(size // MIB)) + packer.flush()


def test_gzipped_fetch(holt, repo):
    body = zeros_gzipped(300 * MIB)
    with Bounded(holt, memory=SERVER), holt.api() as nobody:
        reply = nobody.post(f"{repo.git}/git-upload-pack", content=body,
                            headers={"content-type": "application/x-git-upload-pack-request", "content-encoding": "gzip"})
    assert reply.status_code == 413, reply.text


def test_gzipped_push(holt, alice, repo, tip):
    body = zeros_gzipped(400 * MIB)
    with Bounded(holt, memory=SERVER):
        reply = alice.post(f"{repo.git}/git-receive-pack", content=body,
                           headers={"content-type": "application/x-git-receive-pack-request", "content-encoding": "gzip"})
    assert reply.status_code == 413, reply.text
    assert alice.head_of(repo) == tip


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, gzip"])
def test_packed_bodies_elsewhere_are_refused(holt, alice, repo, tip, encoding):
    commit_body = gzip.compress(ndjson([header("x"), add("a.txt", "a")]))
    batch = gzip.compress(json.dumps({"operation": "upload", "objects": []}).encode())
    for path, body, kind in ((f"{repo.api}/commit/main", commit_body, "application/x-ndjson"),
                             (f"{repo.git}/info/lfs/objects/batch", batch, "application/vnd.git-lfs+json"),
                             ("/api/validate-yaml", batch, "application/json")):
        reply = alice.post(path, content=body, headers={"content-type": kind, "content-encoding": encoding})
        assert reply.status_code in (400, 415, 422), f"{path}: {reply.status_code} {reply.text}"
        told = reply.json()
        assert told.get("error") or told.get("message")  # git-lfs has a word of its own
    assert alice.head_of(repo) == tip


def huge(kind: str, size: int, head: bytes = b"") -> tuple[bytes, str]:
    """An object of zeros after `head`, made without holding it: its entry in a pack, and its name."""
    import hashlib

    packer, digest = zlib.compressobj(9), hashlib.sha1(b"%s %d\0" % (kind.encode(), size) + head)
    out = [packer.compress(head)]
    left = size - len(head)
    while left:
        piece = bytes(min(MIB, left))
        digest.update(piece)
        out.append(packer.compress(piece))
        left -= len(piece)
    number = {"commit": 1, "tree": 2, "blob": 3, "tag": 4}[kind]
    return entry_head(number, size) + b"".join(out) + packer.flush(), digest.hexdigest()


def refused(holt, alice, repo, tip, updates, packed, memory=WITH_GIT):
    with Bounded(holt, memory=memory):
        reply = push(alice, repo, updates, packed)
    assert reply.status_code == 200, reply.text
    assert b"ng " in reply.content and b"\nok refs" not in reply.content, reply.text
    assert alice.head_of(repo) == tip
    assert [branch["name"] for branch in ok(alice.get(f"{repo.api}/refs")).json()["branches"]] == ["main"]
    return reply.text


def test_pack_with_a_huge_file(holt, alice, repo, tip):
    blob, blob_oid = huge("blob", 320 * MIB)
    root = tree([("100644", "zeros.bin", blob_oid)])
    made = commit(oid_of("tree", root), [tip])
    packed = pack([blob, entry("tree", root), entry("commit", made)])
    assert len(packed) < MIB
    assert "git-lfs" in refused(holt, alice, repo, tip, [(tip, oid_of("commit", made), "refs/heads/main")], packed)


@pytest.mark.parametrize("kind", ["commit", "tag", "tree"])
def test_pack_with_a_huge_object(holt, alice, repo, tip, kind):
    empty = oid_of("tree", b"")
    if kind == "commit":
        # A byte NUL is refused by fsck, so the text is long in another way.
        made = commit(empty, [tip], b"x" * (100 * MIB))
        packed, target = pack([entry("tree", b""), entry("commit", made)]), oid_of("commit", made)
        updates = [(tip, target, "refs/heads/main")]
    elif kind == "tag":
        made = (b"object " + tip.encode() + b"\ntype commit\ntag v1\ntagger A <a@example.com> 1700000000 +0000\n\n" + b"x" * (100 * MIB))
        packed, updates = pack([entry("tag", made)]), [(ZERO, oid_of("tag", made), "refs/tags/v1")]
    else:
        blob = oid_of("blob", b"x")
        root = tree([("100644", f"{number:07}{'x' * 200}", blob) for number in range(320_000)])
        made = commit(oid_of("tree", root), [tip])
        packed = pack([entry("blob", b"x"), entry("tree", root), entry("commit", made)])
        updates = [(tip, oid_of("commit", made), "refs/heads/main")]
    refused(holt, alice, repo, tip, updates, packed)


def test_pack_of_deltas(holt, alice, repo, tip):
    """Each delta is the one before, a hundred times over."""
    content = b"y" * 65536
    entries, base, size = [entry("blob", content)], oid_of("blob", content), len(content)
    # The names of what the deltas make are known without making them only for the first.
    first = content * 100
    entries.append(ref_delta(base, repeat_delta(size, 100)))
    base, size = oid_of("blob", first), len(first)
    entries.append(ref_delta(base, repeat_delta(size, 100)))
    packed = pack(entries)
    assert len(packed) < 1 * MIB
    made = commit(oid_of("tree", b""), [tip])
    refused(holt, alice, repo, tip, [(tip, oid_of("commit", made), "refs/heads/main")], packed)


@pytest.mark.parametrize("levels", [10, 40])
def test_tree_of_trees(holt, alice, repo, tip, levels):
    """A few kilobytes that are ten files to the power of the levels when listed."""
    below, entries = oid_of("blob", b"x"), [entry("blob", b"x")]
    mode = "100644"
    for _ in range(levels):
        node = tree([(mode, f"d{digit}", below) for digit in range(10)])
        entries.append(entry("tree", node))
        below, mode = oid_of("tree", node), "40000"
    made = commit(below, [tip])
    entries.append(entry("commit", made))
    refused(holt, alice, repo, tip, [(tip, oid_of("commit", made), "refs/heads/main")], pack(entries), memory=SERVER)
    branch = commit(below, [])
    entries[-1] = entry("commit", branch)
    refused(holt, alice, repo, tip, [(ZERO, oid_of("commit", branch), "refs/heads/other")], pack(entries), memory=SERVER)


def test_xorb_chunks(holt, alice, repo):
    import struct

    cas = Cas(alice, repo)
    xorb = Xorb([b"z" * 65536])
    # An LZ4 frame whose one block says: this byte, many times over.
    def frame(length: int) -> bytes:
        sequence = b"\x1fz\x01\x00" + b"\xff" * (length // 255) + bytes([length % 255]) + b"\x50zzzzz"
        return b"\x04\x22\x4d\x18\x40\x70\xdf" + struct.pack("<I", len(sequence)) + sequence + b"\0\0\0\0"

    bombs = {
        "more than announced": chunk_header(len(frame(4 * MIB - 64)), scheme=1, uncompressed=65536) + frame(4 * MIB - 64),
        "announces 16 MiB": chunk_header(len(frame(4 * MIB - 64)), scheme=1, uncompressed=(1 << 24) - 1) + frame(4 * MIB - 64),
        "grouped": chunk_header(len(frame(4 * MIB - 64)), scheme=2, uncompressed=65536) + frame(4 * MIB - 64),
        "many": (chunk_header(len(frame(131072)), scheme=1, uncompressed=131072) + frame(131072)) * 20_000,
    }
    for name, body in bombs.items():
        with Bounded(holt, memory=SERVER):
            reply = cas.put_xorb(xorb, body=body)
        assert reply.status_code == 400, f"{name}: {reply.status_code} {reply.text[:300]}"
