"""The LFS door: batch, basic, multipart, verify, locks."""

import hashlib
import math

import httpx
import pytest
from support.hub_client import LFS_MEDIA, Repo, add_lfs, ok, unique

GIB = 1 << 30


def fresh(size: int = 4096) -> bytes:
    return (unique().encode() * (size // 8 + 1))[:size]


def oid_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def put(action, content):
    return httpx.put(action["href"], content=content, timeout=60, trust_env=False)


def one(reply):
    return ok(reply).json()["objects"][0]


@pytest.mark.parametrize("kind", ["model", "dataset", "space"])
def test_upload_then_download(alice, nobody, kind):
    made, content = alice.create_repo(kind=kind), fresh()
    reply = ok(alice.lfs_batch(made, "upload", [(oid_of(content), len(content))]))
    assert reply.headers["content-type"].startswith(LFS_MEDIA)
    told = reply.json()
    assert told.get("transfer", "basic") == "basic"
    upload = told["objects"][0]["actions"]["upload"]
    assert put(upload, content).status_code in (200, 201), "no credentials: the address carries them"
    alice.commit(made, add_lfs("w.bin", oid_of(content), len(content)))
    there = one(nobody.lfs_batch(made, "download", [(oid_of(content), len(content))]))
    download = there["actions"]["download"]
    assert httpx.get(download["href"], headers=download.get("header"), trust_env=False, follow_redirects=True).content == content


def test_second_upload_needs_no_action(alice, repo):
    content = fresh()
    alice.lfs_upload(repo, content)
    told = one(alice.lfs_batch(repo, "upload", [(oid_of(content), len(content))]))
    assert "actions" not in told and "error" not in told
    assert (told["oid"], told["size"]) == (oid_of(content), len(content))


def test_what_another_repository_holds_must_be_sent_again(alice, bob, private_repo):
    content = fresh()
    alice.lfs_upload(private_repo, content)
    theirs = bob.create_repo()
    told = one(bob.lfs_batch(theirs, "upload", [(oid_of(content), len(content))]))
    assert "upload" in told["actions"], "knowing a hash grants nothing"
    error = one(bob.lfs_batch(theirs, "download", [(oid_of(content), len(content))]))["error"]
    assert error["code"] == 404


def test_bytes_that_do_not_match_are_refused(alice, repo):
    content = fresh()
    upload = one(alice.lfs_batch(repo, "upload", [(oid_of(content), len(content))]))["actions"]["upload"]
    for wrong in (content[:-1] + b"!", content + b"more", content[:-1], b""):
        assert put(upload, wrong).status_code in (400, 409, 422)
    assert alice.try_commit(repo, add_lfs("w.bin", oid_of(content), len(content))).status_code in (400, 422)
    assert put(upload, content).status_code in (200, 201), "the right bytes still come in"


def test_address_is_for_one_object_only(alice, repo):
    one_, two = fresh(), fresh()
    upload = one(alice.lfs_batch(repo, "upload", [(oid_of(one_), len(one_))]))["actions"]["upload"]
    forged = {"href": upload["href"].replace(oid_of(one_), oid_of(two))}
    assert put(forged, two).status_code in (400, 401, 403, 404, 409, 422)


def test_unsigned_put_is_refused(nobody, alice, repo):
    content = fresh()
    upload = one(alice.lfs_batch(repo, "upload", [(oid_of(content), len(content))]))["actions"]["upload"]
    assert put({"href": upload["href"].split("?")[0]}, content).status_code in (400, 401, 403, 404)


def test_verify(alice, repo):
    content = fresh()
    told = one(alice.lfs_batch(repo, "upload", [(oid_of(content), len(content))]))["actions"]
    verify = told["verify"]
    early = alice.post(verify["href"], json={"oid": oid_of(content), "size": len(content)})
    assert early.status_code in (404, 422)
    put(told["upload"], content)
    ok(alice.post(verify["href"], json={"oid": oid_of(content), "size": len(content)}))
    assert alice.post(verify["href"], json={"oid": oid_of(content), "size": 1}).status_code in (400, 404, 422)


def multipart(alice, repo, oid, size):
    reply = ok(alice.lfs_batch(repo, "upload", [(oid, size)], transfers=("basic", "multipart"))).json()
    action = reply["objects"][0]["actions"]["upload"]
    header = dict(action.get("header") or {})
    return reply, action, int(header.pop("chunk_size", 0)), header


def test_multipart_is_offered_for_big_objects(alice, repo):
    oid, size = hashlib.sha256(unique().encode()).hexdigest(), 6 * GIB + 7
    reply, action, part_bytes, parts = multipart(alice, repo, oid, size)
    assert reply["transfer"] == "multipart"
    assert part_bytes > 0
    assert list(parts) == [f"{i + 1:05}" for i in range(math.ceil(size / part_bytes))]


def test_multipart_is_not_offered_to_those_who_did_not_ask(alice, repo):
    told = ok(alice.lfs_batch(repo, "upload", [(hashlib.sha256(b"x").hexdigest(), 6 * GIB)])).json()
    assert told.get("transfer", "basic") == "basic"
    assert "chunk_size" not in (told["objects"][0]["actions"]["upload"].get("header") or {})


def smallest_multipart(alice, repo):
    """A size for which the server offers parts: more than one of them, not more bytes than needed."""
    for mebibytes in (1, 6, 11, 17, 33, 65, 129):
        size = (mebibytes << 20) + 12345
        content = (hashlib.sha256(unique().encode()).digest() * (size // 32 + 1))[:size]
        reply, action, part_bytes, parts = multipart(alice, repo, oid_of(content), size)
        if reply.get("transfer") == "multipart":
            return content, action, part_bytes, parts
    raise AssertionError("no multipart offered up to 129 MiB")


def test_multipart_upload(alice, repo):
    content, action, part_bytes, parts = smallest_multipart(alice, repo)
    sent = []
    for index, url in enumerate(parts.values()):
        reply = httpx.put(url, content=content[index * part_bytes:(index + 1) * part_bytes], timeout=60, trust_env=False)
        assert reply.status_code in (200, 201)
        sent.append({"partNumber": index + 1, "etag": reply.headers["etag"]})
    headers = {"accept": LFS_MEDIA, "content-type": LFS_MEDIA}
    missing = httpx.post(action["href"], json={"oid": oid_of(content), "parts": sent[:-1]}, headers=headers, trust_env=False)
    assert missing.status_code in (400, 404, 409, 422)
    done = httpx.post(action["href"], json={"oid": oid_of(content), "parts": sent}, headers=headers, timeout=60, trust_env=False)
    assert done.status_code == 200, done.text
    alice.commit(repo, add_lfs("w.bin", oid_of(content), len(content)))
    assert alice.read(repo, "w.bin") == content


def test_multipart_of_wrong_bytes_is_refused(alice, repo):
    content, action, part_bytes, parts = smallest_multipart(alice, repo)
    broken = bytes([content[0] ^ 1]) + content[1:]
    sent = []
    for index, url in enumerate(parts.values()):
        reply = httpx.put(url, content=broken[index * part_bytes:(index + 1) * part_bytes], timeout=60, trust_env=False)
        sent.append({"partNumber": index + 1, "etag": reply.headers.get("etag", "")})
    done = httpx.post(action["href"], json={"oid": oid_of(content), "parts": sent}, timeout=60, trust_env=False)
    assert done.status_code in (400, 409, 422)
    assert alice.try_commit(repo, add_lfs("w.bin", oid_of(content), len(content))).status_code in (400, 422)


def test_who_may(alice, bob, nobody, repo, private_repo):
    wanted = [(oid_of(b"x"), 1)]
    assert nobody.lfs_batch(repo, "upload", wanted).status_code == 401
    assert bob.lfs_batch(repo, "upload", wanted).status_code == 403
    assert bob.lfs_batch(private_repo, "download", wanted).status_code == 404
    assert nobody.lfs_batch(private_repo, "download", wanted).status_code == 401
    assert alice.lfs_batch(Repo(f"alice/{unique()}"), "upload", wanted).status_code == 404


def test_basic_credentials_as_git_lfs_sends_them(holt, private_repo):
    reply = httpx.post(f"{holt.endpoint}{private_repo.git}/info/lfs/objects/batch", auth=("anything", holt.tokens["alice"]),
                       json={"operation": "upload", "objects": [{"oid": oid_of(b"x"), "size": 1}]},
                       headers={"accept": LFS_MEDIA, "content-type": LFS_MEDIA}, trust_env=False)
    assert "upload" in one(reply)["actions"]


@pytest.mark.parametrize("body", [
    b"", b"{", b"[]", b'{"operation":"upload"}', b'{"operation":"destroy","objects":[]}',
    b'{"operation":"upload","objects":7}',
])
def test_bad_batches(alice, repo, body):
    reply = alice.post(f"{repo.git}/info/lfs/objects/batch", content=body, headers={"content-type": LFS_MEDIA})
    assert reply.status_code in (400, 422)
    assert reply.json().get("message") or reply.json().get("error")


@pytest.mark.parametrize("oid, size", [("xyz", 1), ("0" * 63, 1), ("G" * 64, 1), ("0" * 64, -1), ("../../etc/passwd", 1)])
def test_bad_objects(alice, repo, oid, size):
    reply = alice.lfs_batch(repo, "upload", [(oid, size)])
    assert reply.status_code in (400, 422) or "error" in reply.json()["objects"][0]


def test_unknown_hash_algorithm(alice, repo):
    assert alice.lfs_batch(repo, "upload", [("0" * 64, 1)], hash_algo="md5").status_code in (409, 422, 400)
    ok(alice.lfs_batch(repo, "upload", [("0" * 64, 1)], hash_algo="sha_256"))


def test_xet_transfer_for_those_who_list_it(alice, repo):
    told = ok(alice.lfs_batch(repo, "upload", [(oid_of(fresh()), 4096)], transfers=("basic", "multipart", "xet"))).json()
    if told.get("transfer") == "xet":
        action = told["objects"][0]["actions"]["upload"]
        assert "/xet-write-token/" in action["href"]
        for name in ("X-Xet-Cas-Url", "X-Xet-Access-Token", "X-Xet-Token-Expiration", "X-Xet-Session-Id"):
            assert action["header"][name]


def test_locks(alice, repo):
    url = f"{repo.git}/info/lfs/locks"
    headers = {"accept": LFS_MEDIA, "content-type": LFS_MEDIA}
    made = alice.post(url, json={"path": "w.bin"}, headers=headers)
    assert made.status_code == 201, made.text
    lock = made.json()["lock"]
    assert (lock["path"], lock["owner"]["name"]) == ("w.bin", "alice")
    assert alice.post(url, json={"path": "w.bin"}, headers=headers).status_code == 409
    assert [held["id"] for held in ok(alice.get(url, headers=headers)).json()["locks"]] == [lock["id"]]
    verify = ok(alice.post(f"{url}/verify", json={}, headers=headers)).json()
    assert [held["id"] for held in verify["ours"]] == [lock["id"]] and verify["theirs"] == []
    ok(alice.post(f"{url}/{lock['id']}/unlock", json={}, headers=headers))
    assert ok(alice.get(url, headers=headers)).json()["locks"] == []


def test_upload_cut_short_leaves_nothing(holt, alice, repo):
    import socket
    from urllib.parse import urlsplit

    content = fresh(100_000)
    upload = one(alice.lfs_batch(repo, "upload", [(oid_of(content), len(content))]))["actions"]["upload"]
    address = urlsplit(upload["href"])
    with socket.create_connection((address.hostname, address.port)) as wire:
        wire.sendall((f"PUT {address.path}?{address.query} HTTP/1.1\r\nHost: {address.netloc}\r\n"
                      f"Content-Length: {len(content)}\r\n\r\n").encode() + content[:50_000])
    assert "upload" in one(alice.lfs_batch(repo, "upload", [(oid_of(content), len(content))]))["actions"]
