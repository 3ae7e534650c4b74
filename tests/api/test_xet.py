"""The Xet door, spoken by hand: tokens, xorbs, shards, reconstructions."""

import hashlib
import os
import struct
import time

import httpx
import pytest
from support import xet_wire
from support.hub_client import add_lfs, ok
from support.xet_wire import Cas, FileEntry, Term, Xorb, cut, text


@pytest.fixture
def content():
    return os.urandom(300_000)


@pytest.fixture
def cas(alice, repo):
    return Cas(alice, repo)


# --- tokens ---


@pytest.mark.parametrize("access", ["read", "write"])
def test_token_in_body_and_headers(alice, holt, repo, access):
    reply = ok(alice.get(f"{repo.api}/xet-{access}-token/main"))
    told = reply.json()
    assert told["accessToken"] == reply.headers["x-xet-access-token"]
    assert str(told["exp"]) == reply.headers["x-xet-token-expiration"]
    assert told["casUrl"] == reply.headers["x-xet-cas-url"]
    assert told["casUrl"].startswith(holt.endpoint)
    assert isinstance(told["exp"], int) and time.time() + 300 < told["exp"] < time.time() + 86400


def test_who_gets_which_token(alice, bob, nobody, repo, private_repo):
    for client, made, access, status in (
            (nobody, repo, "read", 200), (nobody, repo, "write", 401), (bob, repo, "read", 200), (bob, repo, "write", 403),
            (bob, private_repo, "read", 404), (nobody, private_repo, "read", 401), (bob, private_repo, "write", 404)):
        assert client.get(f"{made.api}/xet-{access}-token/main").status_code == status, (client.user, made.id, access)


def test_token_for_a_missing_revision(alice, repo):
    reply = alice.get(f"{repo.api}/xet-read-token/no-such")
    assert (reply.status_code, reply.headers["x-error-code"]) == (404, "RevisionNotFound")


def test_read_token_does_not_write(alice, repo, content):
    reader = Cas(alice, repo, "read")
    assert reader.put_xorb(Xorb(cut(content))).status_code in (401, 403)
    assert reader.put_shard(xet_wire.shard([], [])).status_code in (401, 403)


@pytest.mark.parametrize("token", [None, "nonsense", "hub"])
def test_cas_takes_its_own_tokens_only(alice, cas, content, token):
    header = {} if token is None else {"authorization": f"Bearer {alice.token if token == 'hub' else token}"}
    reply = httpx.post(f"{cas.url}/v1/xorbs/default/{text(Xorb(cut(content)).hash)}", content=b"x", headers=header,
                       trust_env=False)
    assert reply.status_code in (401, 403)


def test_changed_token_is_refused(cas, content):
    cas.http.headers["authorization"] += "x"
    assert cas.put_xorb(Xorb(cut(content))).status_code in (401, 403)


# --- store, commit, read back ---


def test_round_trip_through_every_door(alice, nobody, repo, cas, content):
    entry = cas.upload(content)
    oid = hashlib.sha256(content).hexdigest()
    alice.commit(repo, add_lfs("w.bin", oid, len(content)))
    head = ok(nobody.head(repo.resolve("w.bin")))
    assert head.headers["x-xet-hash"] == text(entry.hash)
    assert 'rel="xet-auth"' in head.headers["link"] and "/xet-read-token/" in head.headers["link"]
    assert head.headers["etag"] == f'"{oid}"'
    assert nobody.read(repo, "w.bin") == content
    part = nobody.get(repo.resolve("w.bin"), headers={"range": "bytes=65530-200000"})
    assert (part.status_code, part.content) == (206, content[65530:200001])
    assert next(e for e in nobody.tree(repo) if e["path"] == "w.bin")["xetHash"] == text(entry.hash)
    assert Cas(nobody, repo, "read").download(entry.hash) == content
    there = ok(nobody.lfs_batch(repo, "download", [(oid, len(content))])).json()["objects"][0]["actions"]["download"]
    assert httpx.get(there["href"], headers=there.get("header"), follow_redirects=True, trust_env=False).content == content


def test_again_is_not_inserted(cas, content):
    xorb = Xorb(cut(content))
    assert ok(cas.put_xorb(xorb)).json() == {"was_inserted": True}
    assert ok(cas.put_xorb(xorb)).json() == {"was_inserted": False}
    body = xet_wire.shard([xet_wire.whole(xorb, content)], [xorb])
    assert ok(cas.put_shard(body)).json()["result"] == 1
    assert ok(cas.put_shard(body)).json()["result"] in (0, 1)


def test_v2_shards_stream_events_or_are_absent(cas, content):
    xorb = Xorb(cut(content))
    ok(cas.put_xorb(xorb))
    reply = cas.put_shard(xet_wire.shard([xet_wire.whole(xorb, content)], [xorb]), version=2)
    if reply.status_code != 404:
        import json

        assert reply.headers["content-type"].startswith("application/x-ndjson")
        assert json.loads(ok(reply).text.strip().splitlines()[-1]) == {"type": "result", "result": 1}


def test_head_of_xorb_and_file(cas, content):
    entry = cas.upload(content)
    xorb = Xorb(cut(content))
    assert ok(cas.http.head(f"/v1/xorbs/default/{text(xorb.hash)}")).headers["content-length"] == str(len(xorb.body))
    assert ok(cas.http.head(f"/v1/files/{text(entry.hash)}")).headers["content-length"] == str(len(content))
    absent = text(xet_wire.chunk_hash(os.urandom(8)))
    assert cas.http.head(f"/v1/xorbs/default/{absent}").status_code == 404
    assert cas.http.head(f"/v1/files/{absent}").status_code == 404


@pytest.mark.parametrize("span, first, last", [(None, 0, 299_999), ("bytes=0-299999", 0, 299_999), ("bytes=0-0", 0, 0),
                                               ("bytes=65536-131071", 65536, 131071), ("bytes=70000-200000", 70000, 200000),
                                               ("bytes=299999-999999", 299_999, 299_999)])
@pytest.mark.parametrize("version", [1, 2])
def test_reconstruction_covers_the_range(cas, content, version, span, first, last):
    entry = cas.upload(content)
    plan = ok(cas.reconstruction(entry.hash, version, span)).json()
    start = first - first % xet_wire.CHUNK_BYTES
    assert plan["offset_into_first_range"] == first - start
    covered = sum(term["unpacked_length"] for term in plan["terms"])
    assert start + covered > last
    assert start + covered - last <= xet_wire.CHUNK_BYTES, "no more than the chunks asked for"
    for term in plan["terms"]:
        if version == 2:
            spans = [r["chunks"] for f in plan["xorbs"][term["hash"]] for r in f["ranges"]]
        else:
            spans = [f["range"] for f in plan["fetch_info"][term["hash"]]]
        assert any(s["start"] <= term["range"]["start"] and term["range"]["end"] <= s["end"] for s in spans)


@pytest.mark.parametrize("version", [1, 2])
def test_range_past_the_end_is_416(cas, content, version):
    entry = cas.upload(content)
    assert cas.reconstruction(entry.hash, version, "bytes=300000-400000").status_code == 416


def test_unknown_file_is_404(cas):
    assert cas.reconstruction(xet_wire.chunk_hash(b"nobody")).status_code == 404


def test_file_over_two_xorbs_with_repeats(alice, repo, cas):
    one, two = Xorb(cut(os.urandom(200_000))), Xorb(cut(os.urandom(150_000)))
    ok(cas.put_xorb(one))
    ok(cas.put_xorb(two))
    terms = [Term(one.hash, 0, 2, one.nodes[0:2]), Term(two.hash, 1, 3, two.nodes[1:3]), Term(one.hash, 1, 4, one.nodes[1:4]),
             Term(one.hash, 0, 1, one.nodes[0:1])]
    whole = b"".join(b"".join(x.chunks[t.start:t.end]) for t in terms for x in (one, two) if x.hash == t.xorb)
    entry = FileEntry(terms, hashlib.sha256(whole).hexdigest())
    ok(cas.put_shard(xet_wire.shard([entry], [one, two])))
    alice.commit(repo, add_lfs("w.bin", entry.sha256, len(whole)))
    assert alice.read(repo, "w.bin") == whole
    assert cas.download(entry.hash) == whole


def test_shard_that_mixes_known_and_new_files_keeps_both(alice, repo, cas):
    first, second = os.urandom(70_000), os.urandom(70_000)
    known = cas.upload(first)
    xorb = Xorb(cut(second))
    ok(cas.put_xorb(xorb))
    ok(cas.put_shard(xet_wire.shard([known, xet_wire.whole(xorb, second)], [xorb])))
    alice.commit(repo, *(add_lfs(name, hashlib.sha256(bytes_).hexdigest()) for name, bytes_ in (("1", first), ("2", second))))
    assert (alice.read(repo, "1"), alice.read(repo, "2")) == (first, second)


# --- what is refused ---


def test_xorb_under_a_wrong_name(cas, content):
    xorb = Xorb(cut(content))
    other = Xorb(cut(os.urandom(1000)))
    assert cas.put_xorb(xorb, name=other.hash).status_code == 400
    assert cas.http.head(f"/v1/xorbs/default/{text(other.hash)}").status_code == 404


@pytest.mark.parametrize("spoil", [
    lambda body: b"",
    lambda body: body[:-1],
    lambda body: body[:4],
    lambda body: body + b"\0\0\0",
    lambda body: b"\1" + body[1:],
    lambda body: body[:4] + b"\7" + body[5:],
    lambda body: body[:4] + b"\1" + body[5:],
    lambda body: body[:1] + b"\xff\xff\xff" + body[4:],
    lambda body: body[:5] + b"\xff\xff\xff" + body[8:],
    lambda body: body[:5] + b"\0\0\0" + body[8:],
    lambda body: body[:100] + bytes([body[100] ^ 1]) + body[101:],
], ids=["empty", "short", "half a header", "tail", "version", "scheme", "not lz4", "compressed length", "raw length",
        "zero length", "one bit"])
def test_broken_xorbs_are_refused_whole(cas, content, spoil):
    xorb = Xorb(cut(content))
    reply = cas.put_xorb(xorb, body=spoil(xorb.body))
    assert reply.status_code == 400
    assert len(reply.json().get("error") or reply.json().get("message")) > 8
    assert cas.http.head(f"/v1/xorbs/default/{text(xorb.hash)}").status_code == 404


@pytest.mark.parametrize("name", ["xyz", "0" * 63, "G" * 64, "..%2F..%2Fetc"])
def test_bad_xorb_names(cas, name):
    assert cas.http.post(f"/v1/xorbs/default/{name}", content=b"x").status_code in (400, 404)


def test_shard_over_an_unknown_xorb(alice, repo, cas, content):
    xorb = Xorb(cut(content))
    assert cas.put_shard(xet_wire.shard([xet_wire.whole(xorb, content)], [])).status_code == 400
    assert alice.try_commit(repo, add_lfs("w", hashlib.sha256(content).hexdigest())).status_code in (400, 422)


def test_shard_over_another_repositorys_xorb(alice, bob, private_repo, content):
    Cas(alice, private_repo).upload(content)
    theirs = bob.create_repo()
    xorb = Xorb(cut(content))
    reply = Cas(bob, theirs).put_shard(xet_wire.shard([xet_wire.whole(xorb, content)], []))
    assert reply.status_code == 400, "knowing hashes must not open somebody else's bytes"
    assert bob.try_commit(theirs, add_lfs("w", hashlib.sha256(content).hexdigest())).status_code in (400, 422)


@pytest.mark.parametrize("case", ["file hash", "sha256", "range hash", "chunk range", "term size", "no verification"])
def test_shards_that_lie_are_refused(alice, repo, cas, content, case):
    xorb = Xorb(cut(content))
    ok(cas.put_xorb(xorb))
    entry = xet_wire.whole(xorb, content)
    body = None
    if case == "file hash":
        entry.hash = xet_wire.chunk_hash(b"another")
    elif case == "sha256":
        entry.sha256 = hashlib.sha256(b"another").hexdigest()
    elif case == "chunk range":
        entry.terms[0].end += 1
    elif case == "no verification":
        body = xet_wire.shard([entry], [xorb], verification=False)
    body = body or xet_wire.shard([entry], [xorb])
    if case == "range hash":
        at = 48 * 3
        body = body[:at] + bytes([body[at] ^ 1]) + body[at + 1:]
    elif case == "term size":
        at = 48 * 2 + 36
        body = body[:at] + struct.pack("<I", len(content) + 1) + body[at + 4:]
    reply = cas.put_shard(body)
    assert reply.status_code == 400, reply.text
    for oid in (hashlib.sha256(content).hexdigest(), hashlib.sha256(b"another").hexdigest()):
        assert alice.try_commit(repo, add_lfs("w", oid)).status_code in (400, 422)


@pytest.mark.parametrize("spoil", [
    lambda body: b"",
    lambda body: body[:47],
    lambda body: body[:-48],
    lambda body: body[:60],
    lambda body: b"X" + body[1:],
    lambda body: body[:32] + struct.pack("<Q", 9) + body[40:],
    lambda body: body[:84] + struct.pack("<I", 0xFFFFFFFF) + body[88:],
], ids=["empty", "half a header", "no last bookend", "half an entry", "tag", "version", "count"])
def test_broken_shards_are_refused(cas, content, spoil):
    xorb = Xorb(cut(content))
    ok(cas.put_xorb(xorb))
    assert cas.put_shard(spoil(xet_wire.shard([xet_wire.whole(xorb, content)], [xorb]))).status_code == 400


# --- who may read ---


def test_hash_of_another_repositorys_file_grants_nothing(alice, bob, private_repo, content):
    entry = Cas(alice, private_repo).upload(content)
    alice.commit(private_repo, add_lfs("secret.bin", hashlib.sha256(content).hexdigest(), len(content)))
    theirs = Cas(bob, bob.create_repo(), "read")
    for version in (1, 2):
        assert theirs.reconstruction(entry.hash, version).status_code in (403, 404)
    assert theirs.http.head(f"/v1/files/{text(entry.hash)}").status_code in (403, 404)
    assert theirs.http.head(f"/v1/xorbs/default/{text(Xorb(cut(content)).hash)}").status_code in (403, 404)
    first_chunk = text(Xorb(cut(content)).nodes[0][0])
    assert theirs.http.get(f"/v1/chunks/default/{first_chunk}").status_code == 404


def data_ranges(plan):
    for fetches in plan["xorbs"].values():
        for fetch in fetches:
            for part in fetch["ranges"]:
                yield fetch["url"], part["bytes"]["start"], part["bytes"]["end"]


def test_data_address_is_bound_to_its_bytes(cas, content):
    entry = cas.upload(content)
    plan = ok(cas.reconstruction(entry.hash, 2, "bytes=65536-131071")).json()
    url, start, end = next(data_ranges(plan))
    get = lambda u, span: httpx.get(u, headers={"range": span}, trust_env=False)  # noqa: E731
    good = get(url, f"bytes={start}-{end}")
    assert (good.status_code, len(good.content)) == (206, end - start + 1)
    assert good.headers["content-range"].startswith(f"bytes {start}-{end}/")
    assert get(url, "bytes=0-10").status_code == 403, "bytes it was not given for"
    assert get(url, f"bytes={start}-{end + 1}").status_code == 403
    spoiled = url[:-1] + ("0" if url[-1] != "0" else "1")
    assert get(spoiled, f"bytes={start}-{end}").status_code == 403
    assert get(url.split("?")[0], f"bytes={start}-{end}").status_code in (401, 403, 404)


def test_several_ranges_in_one_request(cas):
    xorb = Xorb(cut(os.urandom(65536 * 6)))
    ok(cas.put_xorb(xorb))
    terms = [Term(xorb.hash, 0, 1, xorb.nodes[0:1]), Term(xorb.hash, 3, 4, xorb.nodes[3:4])]
    whole = xorb.chunks[0] + xorb.chunks[3]
    entry = FileEntry(terms, hashlib.sha256(whole).hexdigest())
    ok(cas.put_shard(xet_wire.shard([entry], [xorb])))
    plan = ok(cas.reconstruction(entry.hash)).json()
    ranges = list(data_ranges(plan))
    assert len(ranges) == 2
    if ranges[0][0] == ranges[1][0]:
        spans = ",".join(f"{start}-{end}" for _, start, end in ranges)
        reply = httpx.get(ranges[0][0], headers={"range": f"bytes={spans}"}, trust_env=False)
        assert reply.status_code == 206
        assert reply.headers["content-type"].startswith("multipart/byteranges; boundary=")
        boundary = reply.headers["content-type"].split("boundary=")[1].strip('"').encode()
        parts = reply.content.split(b"--" + boundary)[1:-1]
        for part, (_, start, end) in zip(parts, ranges, strict=True):
            head, _, body = part.partition(b"\r\n\r\n")
            assert f"bytes {start}-{end}/{len(xorb.body)}".encode() in head
            assert body == xorb.body[start:end + 1] + b"\r\n"


def test_chunk_query_answers_a_valid_shard_or_404(alice, repo, cas, content):
    entry = cas.upload(content)
    alice.commit(repo, add_lfs("w.bin", hashlib.sha256(content).hexdigest(), len(content)))
    first = entry.terms[0].nodes[0][0]
    for prefix in ("default", "default-merkledb"):
        reply = cas.http.get(f"/v1/chunks/{prefix}/{text(first)}")
        assert reply.status_code in (200, 404)
        if reply.status_code == 200:
            body = reply.content
            footer = body[-200:]
            version, files, cas_info = struct.unpack("<3Q", footer[:24])
            lookups = struct.unpack("<6Q", footer[24:72])
            _, expiry = struct.unpack("<QQ", footer[104:120])
            footer_offset = struct.unpack("<Q", footer[-8:])[0]
            assert body[:32] == xet_wire.SHARD_TAG
            assert (version, footer_offset) == (1, len(body) - 200)
            assert body[files:files + 48] == xet_wire.BOOKEND, "no files in it"
            assert {lookups[0], lookups[2], lookups[4]} == {footer_offset}
            assert expiry > time.time()
            hmac_key = footer[72:104]
            wanted = first if hmac_key == bytes(32) else xet_wire.keyed(hmac_key, first)
            assert wanted in body[cas_info:footer_offset]
    assert cas.http.get(f"/v1/chunks/default/{text(xet_wire.chunk_hash(os.urandom(9)))}").status_code == 404


def test_telemetry_and_grants_answer_fast(holt, nobody, cas):
    began = time.monotonic()
    assert nobody.post("/v1/telemetry", json={"event": "x"}).status_code == 200
    assert cas.http.post(f"/v1/xorb-grants/default/{'0' * 64}", json={"length": 1}).status_code == 404
    assert time.monotonic() - began < 1


def test_lfs_uploaded_file_is_offered_by_xet_in_time(alice, repo):
    content = os.urandom(400_000)
    alice.commit_lfs(repo, {"w.bin": content})
    deadline = time.monotonic() + 30
    while "x-xet-hash" not in (reply := ok(alice.head(repo.resolve("w.bin")))).headers:
        assert time.monotonic() < deadline, "an LFS file is chunked in the background"
        time.sleep(0.2)
    plan = ok(Cas(alice, repo, "read").reconstruction(xet_wire.from_text(reply.headers["x-xet-hash"]))).json()
    assert sum(term["unpacked_length"] for term in plan["terms"]) == len(content)
