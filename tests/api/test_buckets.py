"""Buckets: collections of Xet files without history."""

import hashlib
import json
import os
import time
import urllib.parse

import pytest
from support.hub_client import Repo, add_lfs, ndjson, ok, unique
from support.xet_wire import Cas, text

EMPTY = "0" * 64


def make(api, *, owner="me", name=None, **body) -> Repo:
    reply = ok(api.post(f"/api/buckets/{owner}/{name or unique('bucket')}", json=body))
    return Repo(reply.json()["url"].split("/buckets/")[1], "bucket")


@pytest.fixture
def bucket(alice):
    made = make(alice)
    yield made
    alice.delete(made.api)


@pytest.fixture
def hidden(alice):
    made = make(alice, private=True)
    yield made
    alice.delete(made.api)


def batch(api, bucket, *lines, status=200):
    reply = ok(api.post(f"{bucket.api}/batch", content=ndjson(lines), headers={"content-type": "application/x-ndjson"}), status)
    return reply.json()


def added(path, xet_hash, mtime=1_700_000_000_123, **more):
    return {"type": "addFile", "path": path, "xetHash": xet_hash, "mtime": mtime, **more}


def copied(path, xet_hash, source, **more):
    return {"type": "copyFile", "path": path, "xetHash": xet_hash, "sourceRepoType": source.kind, "sourceRepoId": source.id, **more}


def removed(path):
    return {"type": "deleteFile", "path": path}


def fill(api, bucket, files: dict) -> dict:
    """Uploads and adds; the Xet hash of each path."""
    cas = Cas(api, bucket)
    hashes = {path: text(cas.upload(content).hash) if content else EMPTY for path, content in files.items()}
    assert batch(api, bucket, *[added(path, found) for path, found in hashes.items()])["success"]
    return hashes


def file_url(bucket, path):
    return f"{bucket.web}/resolve/{urllib.parse.quote(path, safe='')}"


def paths(api, bucket, prefix="", **params):
    url, found = f"{bucket.api}/tree" + (f"/{urllib.parse.quote(prefix, safe='')}" if prefix else ""), []
    reply = ok(api.get(url, params=params))
    while True:
        found += reply.json()
        if "next" not in reply.links:
            return [(e["type"][0], e["path"]) for e in found]
        reply = ok(api.get(reply.links["next"]["url"]))


# --- the bucket itself ---


def test_create_twice_then_delete(alice, holt):
    name = unique("bucket")
    made = make(alice, name=name)
    assert made.id == f"alice/{name}"
    again = ok(alice.post(made.api, json={}), 409).json()
    assert again["url"] == f"{holt.endpoint}/buckets/{made.id}"
    told = ok(alice.get(made.api)).json()
    assert (told["id"], told["private"], told["size"], told["totalFiles"]) == (made.id, False, 0, 0)
    assert told["createdAt"].endswith("Z")
    ok(alice.delete(made.api))
    reply = ok(alice.get(made.api), 404)
    assert reply.headers["x-error-code"] == "RepoNotFound"
    ok(alice.delete(made.api), 404)


def test_who_may_create_where(alice, nobody, bob):
    ok(nobody.post(f"/api/buckets/alice/{unique()}", json={}), 401)
    ok(bob.post(f"/api/buckets/alice/{unique()}", json={}), 403)
    ok(alice.post("/api/buckets/alice/a--b", json={}), 400)
    ok(alice.post("/api/repos/create", json={"name": unique(), "type": "bucket"}), 400)


def test_private_bucket_looks_absent(alice, bob, nobody, hidden):
    fill(alice, hidden, {"a.bin": b"secret" * 1000})
    for url in (hidden.api, f"{hidden.api}/tree", f"{hidden.api}/xet-read-token", file_url(hidden, "a.bin")):
        assert bob.get(url).headers["x-error-code"] == "RepoNotFound"
        assert (bob.get(url).status_code, nobody.get(url).status_code) == (404, 401), url
    assert bob.get(f"{hidden.api}/xet-write-token").status_code == 404
    assert bob.post(f"{hidden.api}/batch", content=ndjson([removed("a.bin")])).status_code == 404
    assert bob.post(f"{hidden.api}/paths-info", json={"paths": ["a.bin"]}).status_code == 404
    assert hidden.id not in [b["id"] for b in ok(bob.get("/api/buckets/alice")).json()]
    assert hidden.id in [b["id"] for b in ok(alice.get("/api/buckets/me")).json()]


def test_public_bucket_is_read_by_all_and_written_by_its_owner(alice, bob, nobody, bucket):
    fill(alice, bucket, {"a.bin": b"shown" * 1000})
    assert ok(nobody.get(file_url(bucket, "a.bin"))).content == b"shown" * 1000
    ok(bob.get(f"{bucket.api}/xet-read-token"))
    ok(bob.get(f"{bucket.api}/xet-write-token"), 403)
    ok(bob.post(f"{bucket.api}/batch", content=ndjson([removed("a.bin")])), 403)
    ok(nobody.post(f"{bucket.api}/batch", content=ndjson([removed("a.bin")])), 401)
    ok(bob.put(f"{bucket.api}/settings", json={"private": True}), 403)
    ok(bob.delete(bucket.api), 403)


def test_settings_list_and_move(alice, bob, bucket):
    assert ok(alice.put(f"{bucket.api}/settings", json={"private": True})).json() == {"private": True}
    ok(bob.get(bucket.api), 404)
    assert ok(alice.put(f"{bucket.api}/settings", json={"private": False})).json() == {"private": False}
    listed = ok(bob.get("/api/buckets/alice", params={"search": bucket.name})).json()
    assert [b["id"] for b in listed] == [bucket.id]
    ok(alice.get("/api/buckets/no-such-namespace"), 404)
    target = f"alice/{unique('moved')}"
    ok(alice.post("/api/repos/move", json={"fromRepo": bucket.id, "toRepo": target, "type": "bucket"}))
    assert ok(alice.get(f"/api/buckets/{target}")).json()["id"] == target
    assert ok(alice.get(bucket.api)).json()["id"] == target, "the old name leads on"


def test_a_bucket_is_no_repository_of_another_type(alice, bucket):
    for kind in ("models", "datasets", "spaces", "kernels"):
        ok(alice.get(f"/api/{kind}/{bucket.id}"), 404)
        assert bucket.id not in [r["id"] for r in ok(alice.get(f"/api/{kind}", params={"author": "alice"})).json()]
    assert alice.get(f"/buckets/{bucket.id}.git/info/refs", params={"service": "git-upload-pack"}).status_code == 404
    assert alice.get(f"{bucket.api}/tree/main").json() == [], "main is a prefix here, not a branch"


# --- files ---


def test_batch_then_tree_info_and_paths(alice, bucket):
    files = {"a.txt": b"a" * 10, "logs/b.txt": b"b" * 20, "logs/sub/c.txt": b"c" * 30, "logs.json": b"d" * 40, "empty": b""}
    hashes = fill(alice, bucket, files)
    told = ok(alice.get(bucket.api)).json()
    assert (told["size"], told["totalFiles"]) == (100, 5)
    entries = ok(alice.get(f"{bucket.api}/tree")).json()
    assert [e["path"] for e in entries] == sorted(files)
    for entry in entries:
        assert (entry["type"], entry["size"], entry["xetHash"]) == ("file", len(files[entry["path"]]), hashes[entry["path"]])
        assert entry["mtime"] == "2023-11-14T22:13:20.123Z" and entry["uploadedAt"].endswith("Z")
    asked = {"paths": ["logs/b.txt", "no/such", "logs", "../x"]}
    assert [e["path"] for e in ok(alice.post(f"{bucket.api}/paths-info", json=asked)).json()] == ["logs/b.txt"]
    outcome = batch(alice, bucket, removed("a.txt"), removed("not/there"), added("logs/b.txt", hashes["logs.json"]))
    assert outcome == {"success": True, "processed": 3, "failed": []}
    told = ok(alice.get(bucket.api)).json()
    assert (told["size"], told["totalFiles"]) == (110, 4)


@pytest.mark.parametrize("limit", [1, 2, 1000])
def test_tree_prefixes_folders_and_pages(alice, bucket, limit):
    fill(alice, bucket, {p: b"x" for p in ("b", "d-x/1", "d/1", "d/2", "d/e/1", "d/e/2", "d.json", "d0", "é/ü.txt")})
    every = ["b", "d-x/1", "d.json", "d/1", "d/2", "d/e/1", "d/e/2", "d0", "é/ü.txt"]
    assert paths(alice, bucket, limit=limit) == [("f", p) for p in every]
    assert paths(alice, bucket, limit=limit, recursive="true") == [("f", p) for p in every]
    assert paths(alice, bucket, limit=limit, recursive="False") == [
        ("f", "b"), ("d", "d-x"), ("f", "d.json"), ("d", "d"), ("f", "d0"), ("d", "é")]
    inside = [("f", "d/1"), ("f", "d/2"), ("d", "d/e")]
    assert paths(alice, bucket, "d/", limit=limit, recursive="false") == inside
    assert paths(alice, bucket, "d", limit=limit, recursive="false") == [("d", "d-x"), ("f", "d.json"), *inside, ("f", "d0")]
    assert paths(alice, bucket, "d/e/", limit=limit) == [("f", "d/e/1"), ("f", "d/e/2")]
    assert paths(alice, bucket, "d/1", limit=limit, recursive="false") == [("f", "d/1")]
    assert paths(alice, bucket, "zzz", limit=limit) == []


def test_a_folder_of_many_files_is_one_entry(alice, bucket):
    found = text(Cas(alice, bucket).upload(b"x").hash)
    batch(alice, bucket, *[added(f"many/{i}", found) for i in range(300)], added("next", found))
    assert paths(alice, bucket, recursive="false") == [("d", "many"), ("f", "next")]


def test_resolve_ranges_and_conditions(alice, nobody, holt, bucket):
    content = os.urandom(300_000)
    found = fill(alice, bucket, {"dir/w é.bin": content, "empty": b""})["dir/w é.bin"]
    url = file_url(bucket, "dir/w é.bin")
    head = ok(nobody.head(url))
    etag = f'"{hashlib.sha256(content).hexdigest()}"'
    assert head.headers["etag"] == etag and head.headers["x-xet-hash"] == found
    assert head.headers["content-length"] == head.headers["x-linked-size"] == str(len(content))
    assert f'<{holt.endpoint}/api/buckets/{bucket.id}/xet-read-token>; rel="xet-auth"' in head.headers["link"]
    assert ok(nobody.get(url)).content == content
    assert ok(nobody.get(f"{bucket.web}/resolve/dir/w%20%C3%A9.bin")).content == content
    part = ok(nobody.get(url, headers={"range": "bytes=1000-250000"}), 206)
    assert part.content == content[1000:250001] and part.headers["content-range"] == f"bytes 1000-250000/{len(content)}"
    assert ok(nobody.get(url, headers={"range": "bytes=-10"}), 206).content == content[-10:]
    ok(nobody.get(url, headers={"range": f"bytes={len(content)}-"}), 416)
    ok(nobody.get(url, headers={"if-none-match": etag}), 304)
    assert ok(nobody.get(url, headers={"range": "bytes=0-9", "if-range": '"other"'})).content == content
    empty = ok(nobody.get(file_url(bucket, "empty")))
    assert empty.content == b"" and empty.headers["content-length"] == "0"
    missing = ok(nobody.get(file_url(bucket, "no/such")), 404)
    assert missing.headers["x-error-code"] == "EntryNotFound"


@pytest.mark.parametrize("said, shown", [("image/png", "image/png"), ("text/html", "application/octet-stream"),
                                         ("image/svg+xml", "application/octet-stream"), ("image/png\r\nX-Evil: 1", "application/octet-stream")])
def test_a_browser_runs_nothing_from_a_bucket(alice, bucket, said, shown):
    found = text(Cas(alice, bucket).upload(b"<script>").hash)
    batch(alice, bucket, added("f", found, contentType=said))
    reply = ok(alice.get(file_url(bucket, "f")))
    assert reply.headers["content-type"] == shown and reply.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in reply.headers["content-security-policy"] and "x-evil" not in reply.headers


def test_the_xet_side_gives_the_file_back(alice, nobody, bucket):
    content = os.urandom(200_000)
    cas = Cas(alice, bucket)
    entry = cas.upload(content)
    batch(alice, bucket, added("w.bin", text(entry.hash)))
    assert Cas(nobody, bucket, "read").download(entry.hash) == content


# --- what is refused ---


def test_only_what_was_uploaded_here_is_added(alice, bob, bucket, hidden):
    found = fill(alice, hidden, {"s.bin": b"secret" * 1000})["s.bin"]
    told = batch(alice, bucket, added("stolen", found), status=422)
    assert not told["success"] and told["processed"] == 0
    assert [f["path"] for f in told["failed"]] == ["stolen"] and "upload" in told["failed"][0]["error"]
    bobs = make(bob)
    told = batch(bob, bobs, copied("stolen", found, hidden), status=422)
    assert "cannot be read" in told["failed"][0]["error"]
    assert paths(bob, bobs) == []
    ok(bob.delete(bobs.api))


def test_good_ones_are_done_when_others_are_refused(alice, bucket):
    found = fill(alice, bucket, {"a": b"a"})["a"]
    told = batch(alice, bucket, copied("b", found, bucket), copied("c", EMPTY, bucket), added("../d", found), added("e", "xyz"),
                 added("/f", found), added("g//h", found), added("i\0j", found))
    assert told["processed"] == 1 and not told["success"]
    assert [f["path"] for f in told["failed"]] == ["c", "../d", "e", "/f", "g//h", "i\0j"]
    assert paths(alice, bucket) == [("f", "a"), ("f", "b")]


@pytest.mark.parametrize("body", [b"", b"\n\n", b"{", b"[]", b'{"type":"addFile"}', b'{"type":"rename","path":"a"}',
                                  b'{"type":"addFile","path":"a","xetHash":"' + b"a" * 64 + b'","mtime":"soon"}',
                                  b'{"type":"addFile","path":"a","xetHash":"' + b"a" * 64 + b'","mtime":1e300}',
                                  b'{"type":"copyFile","path":"a","xetHash":"' + b"a" * 64 + b'","sourceRepoType":"planet","sourceRepoId":"a/b"}'])
def test_a_malformed_batch_changes_nothing(alice, bucket, body):
    fill(alice, bucket, {"keep": b"k"})
    reply = ok(alice.post(f"{bucket.api}/batch", content=json.dumps(removed("keep")).encode() + b"\n" + body if body.strip() else body), 400)
    assert len(reply.json()["error"]) > 10
    assert paths(alice, bucket) == [("f", "keep")]


def test_bad_cursor_and_limit(alice, bucket):
    for params in ({"cursor": "!"}, {"limit": "none"}, {"limit": "0"}):
        ok(alice.get(f"{bucket.api}/tree", params=params), 400)


# --- copies ---


def test_copy_from_buckets_and_repositories(alice, nobody, bucket, hidden, repo):
    content, more = os.urandom(100_000), os.urandom(50_000)
    found = fill(alice, hidden, {"s.bin": content, "empty": b""})["s.bin"]
    cas = Cas(alice, repo)
    entry = cas.upload(more)
    alice.commit(repo, add_lfs("w.bin", hashlib.sha256(more).hexdigest(), len(more)))
    told = batch(alice, bucket, copied("from/bucket", found, hidden), copied("from/model", text(entry.hash), repo),
                 copied("from/nothing", EMPTY, hidden))
    assert told == {"success": True, "processed": 3, "failed": []}
    ok(alice.delete(hidden.api))
    assert ok(nobody.get(file_url(bucket, "from/bucket"))).content == content
    assert ok(nobody.get(file_url(bucket, "from/model"))).content == more
    assert ok(nobody.get(file_url(bucket, "from/nothing"))).content == b""
    assert "mtime" not in ok(alice.get(f"{bucket.api}/tree")).json()[0]


# --- upkeep ---


def test_gc_keeps_the_files_of_buckets(own_holt):
    kept, gone, dropped = os.urandom(400_000), os.urandom(300_000), os.urandom(200_000)
    with own_holt.api("alice") as alice:
        stays, goes = make(alice), make(alice)
        fill(alice, stays, {"w.bin": kept, "old.bin": dropped, "empty": b""})
        fill(alice, goes, {"w.bin": gone})
        batch(alice, stays, removed("old.bin"))
        ok(alice.delete(goes.api))
        time.sleep(0.05)
    printed = own_holt.cli("gc", "--grace-hours", "0")
    assert hashlib.sha256(gone).hexdigest() in printed and hashlib.sha256(dropped).hexdigest() in printed
    assert hashlib.sha256(kept).hexdigest() not in printed
    own_holt.cli("fsck")
    with own_holt.api("alice") as alice:
        assert ok(alice.get(file_url(stays, "w.bin"))).content == kept
        assert paths(alice, stays) == [("f", "empty"), ("f", "w.bin")]
