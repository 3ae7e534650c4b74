"""Which files go which way, asked before an upload."""

import base64
import hashlib

import pytest
from support.hub_client import add, blob_sha1, ok

TEXT, BINARY = b"plain text, however long\n" * 4, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"


def ask(client, repo, files, revision="main", **more):
    listed = [{"path": path, "size": size, "sample": base64.b64encode(sample).decode()} for path, size, sample in files]
    return client.post(f"{repo.api}/preupload/{revision}", json={"files": listed, **more})


@pytest.mark.parametrize("path, size, sample, mode", [
    ("config.json", 100, TEXT, "regular"),
    ("README.md", 100, TEXT, "regular"),
    ("model.safetensors", 100, TEXT, "lfs"),
    ("deep/er/model.bin", 100, TEXT, "lfs"),
    ("saved_model/1/variables", 100, TEXT, "lfs"),
    ("events.out.tfevents.1", 100, TEXT, "lfs"),
    ("data.tar.gz", 100, TEXT, "lfs"),
    ("x.lfs.anything", 100, TEXT, "lfs"),
    ("picture", 100, BINARY, "lfs"),
    ("latin1.txt", 100, b"caf\xe9 au lait", "lfs"),
    ("utf8.txt", 100, "café".encode(), "regular"),
    ("huge.txt", 10_000_001, TEXT * 5, "lfs"),
    ("empty.bin.txt", 0, b"", "regular"),
])
def test_rule(alice, repo, path, size, sample, mode):
    told = ok(ask(alice, repo, [(path, size, sample)])).json()["files"]
    assert [(entry["path"], entry["uploadMode"], entry["shouldIgnore"]) for entry in told] == [(path, mode, False)]


def test_answers_in_the_order_asked(alice, repo):
    names = [f"f{i}.txt" for i in (3, 1, 2)]
    told = ok(ask(alice, repo, [(name, 4, TEXT) for name in names])).json()["files"]
    assert [entry["path"] for entry in told] == names


def test_attributes_of_the_repository_count(alice, repo):
    alice.commit(repo, add(".gitattributes", "*.weird filter=lfs diff=lfs merge=lfs -text\n*.bin -filter\n"))
    told = ok(ask(alice, repo, [("a.weird", 10, TEXT), ("a.safetensors", 10, TEXT)])).json()["files"]
    assert [entry["uploadMode"] for entry in told] == ["lfs", "regular"]


def test_attributes_sent_along_win(alice, repo):
    told = ok(ask(alice, repo, [("a.mine", 10, TEXT)], gitAttributes="*.mine filter=lfs\n")).json()["files"]
    assert told[0]["uploadMode"] == "lfs"


@pytest.mark.parametrize("sent", [True, False])
def test_ignored_files(alice, repo, sent):
    rules = "*.log\n/build/\n!keep.log\n"
    if not sent:
        alice.commit(repo, add(".gitignore", rules))
    more = {"gitIgnore": rules} if sent else {}
    files = [("a.log", 1, TEXT), ("x/b.log", 1, TEXT), ("build/out.txt", 1, TEXT), ("keep.log", 1, TEXT), ("c.txt", 1, TEXT)]
    told = ok(ask(alice, repo, files, **more)).json()["files"]
    assert [entry["shouldIgnore"] for entry in told] == [True, True, True, False, False]


def test_present_content_is_named(alice, repo):
    content = b"\0large" * 10
    alice.commit_files(repo, {"a.txt": "a"})
    tip = alice.commit_lfs(repo, {"w.bin": content})
    told = ok(ask(alice, repo, [("a.txt", 1, b"a"), ("w.bin", 60, content), ("new.txt", 1, b"n")])).json()
    by_path = {entry["path"]: entry.get("oid") for entry in told["files"]}
    assert by_path == {"a.txt": blob_sha1(b"a"), "w.bin": hashlib.sha256(content).hexdigest(), "new.txt": None}
    assert told.get("commitOid", tip) == tip


def test_refusals(alice, bob, nobody, repo, private_repo):
    files = [("a.txt", 1, b"a")]
    assert ask(nobody, repo, files).status_code == 401
    assert ask(bob, repo, files).status_code == 403
    assert ask(bob, private_repo, files).status_code == 404
    reply = ask(alice, repo, files, revision="no-such")
    assert (reply.status_code, reply.headers["x-error-code"]) == (404, "RevisionNotFound")


@pytest.mark.parametrize("body", [{}, {"files": 7}, {"files": [{"path": 7}]}, {"files": [{"path": "a", "size": -1, "sample": ""}]},
                                  {"files": [{"path": "a", "size": 1, "sample": "?"}]}])
def test_bad_bodies(alice, repo, body):
    assert alice.post(f"{repo.api}/preupload/main", json=body).status_code == 400


def test_twenty_five_thousand_files_in_slices(alice, repo):
    told = ok(ask(alice, repo, [(f"f{i}.txt", 1, b"x") for i in range(256)])).json()["files"]
    assert len(told) == 256
