"""The commit endpoint: NDJSON in, one commit out, all or nothing."""

import concurrent.futures
import hashlib
import json

import pytest
from support.hub_client import add, add_lfs, delete, delete_folder, header, ndjson, ok, unique


def test_reply_names_the_commit(alice, holt, repo):
    reply = ok(alice.try_commit(repo, add("a.txt", "a"), summary="Add a")).json()
    assert reply["success"] is True
    assert reply["commitUrl"] == f"{holt.endpoint}/{repo}/commit/{reply['commitOid']}"
    assert alice.head_of(repo) == reply["commitOid"]
    first = ok(alice.get(f"{repo.api}/commits/main")).json()[0]
    assert (first["id"], first["title"]) == (reply["commitOid"], "Add a")
    assert first["authors"][0]["user"] == "alice"


def test_dataset_commit_url(alice, holt):
    made = alice.create_repo(kind="dataset")
    reply = ok(alice.try_commit(made, add("a.txt", "a"))).json()
    assert reply["commitUrl"] == f"{holt.endpoint}/datasets/{made}/commit/{reply['commitOid']}"


def test_description_is_kept(alice, repo):
    ok(alice.try_commit(repo, raw=ndjson([header("Title", "Why it was done.\nAll of it."), add("a", "a")])))
    first = ok(alice.get(f"{repo.api}/commits/main")).json()[0]
    assert first["title"] == "Title"
    assert "Why it was done.\nAll of it." in first["message"]


def test_encodings_and_missing_final_newline(alice, repo):
    utf8 = {"key": "file", "value": {"path": "u.txt", "content": "žluť\n", "encoding": "utf-8"}}
    alice.commit(repo, utf8, add("b.bin", bytes(range(256))), final_newline=False)
    assert alice.read(repo, "u.txt") == "žluť\n".encode()
    assert alice.read(repo, "b.bin") == bytes(range(256))


def test_every_operation_in_order(alice, repo):
    alice.commit_files(repo, {"keep": "k", "old": "o", "d/1": "1", "d/e/2": "2", "dd/3": "3", "swap": "first"})
    oid = alice.lfs_upload(repo, b"\0large")
    alice.commit(repo, delete("old"), delete_folder("d"), delete("swap"), add("swap", "second"), add("new/x", "x"),
                 add_lfs("w.bin", oid, 6))
    assert alice.paths(repo) == [".gitattributes", "dd/3", "keep", "new/x", "swap", "w.bin"]
    assert alice.read(repo, "swap") == b"second"
    assert alice.read(repo, "w.bin") == b"\0large"


def test_folder_given_as_deleted_file(alice, repo):
    alice.commit_files(repo, {"d/1": "1", "d/e/2": "2"})
    alice.commit(repo, delete("d"))
    assert alice.paths(repo) == [".gitattributes"]


def test_legacy_deleted_entry(alice, repo):
    alice.commit_files(repo, {"a": "a"})
    alice.commit(repo, {"key": "deletedEntry", "value": {"path": "a"}})
    assert alice.paths(repo) == [".gitattributes"]


def test_deleting_what_is_not_there(alice, repo):
    before = alice.head_of(repo)
    reply = alice.try_commit(repo, add("a", "a"), delete("ghost.txt"))
    assert (reply.status_code, reply.headers["x-error-code"]) == (404, "EntryNotFound")
    assert "A file with this name doesn't exist" in reply.json()["error"]
    assert alice.head_of(repo) == before, "nothing of the commit stays"


def test_a_file_becomes_a_folder_and_back(alice, repo):
    alice.commit_files(repo, {"x": "file"})
    alice.commit(repo, delete("x"), add("x/y", "inside"))
    assert "x/y" in alice.paths(repo)
    alice.commit(repo, delete_folder("x"), add("x", "file again"))
    assert alice.read(repo, "x") == b"file again"


def test_empty_commit_answers_the_tip(alice, repo):
    tip = alice.commit_files(repo, {"a": "a"})
    assert alice.commit(repo, summary="nothing") == tip
    assert alice.commit(repo, add("a", "a"), summary="the same") in (tip, alice.head_of(repo))
    assert alice.read(repo, "a") == b"a"


def test_copy_of_a_large_file_has_no_size(alice, repo):
    content = b"\0copied" * 50
    oid = alice.lfs_upload(repo, content)
    alice.commit(repo, add_lfs("one.bin", oid, len(content)))
    alice.commit(repo, add_lfs("two.bin", oid))
    sizes = {entry["path"]: entry["size"] for entry in alice.tree(repo)}
    assert sizes["two.bin"] == len(content)
    assert alice.read(repo, "two.bin") == content


def test_parent_commit(alice, repo):
    first = alice.head_of(repo)
    second = alice.commit(repo, add("a", "a"), parent=first)
    reply = alice.try_commit(repo, add("b", "b"), parent=first)
    assert reply.status_code == 412
    assert reply.json()["error"] == "The branch was updated since you opened this page. Please refresh and try again."
    assert alice.head_of(repo) == second
    alice.commit(repo, add("c", "c"), parent=second)
    assert alice.try_commit(repo, add("d", "d"), parent="zzz").status_code in (400, 412)


def test_commit_to_a_branch(alice, repo):
    ok(alice.post(f"{repo.api}/branch/feature%2Fx", json={}))
    main = alice.head_of(repo)
    alice.commit(repo, add("b", "b"), revision="feature/x")
    assert alice.head_of(repo) == main
    assert alice.read(repo, "b", "feature/x") == b"b"


def test_revisions_that_cannot_be_committed_to(alice, repo):
    tip = alice.head_of(repo)
    reply = alice.try_commit(repo, add("a", "a"), revision="no-such-branch")
    assert (reply.status_code, reply.headers["x-error-code"]) == (404, "RevisionNotFound")
    assert alice.try_commit(repo, add("a", "a"), revision=tip).status_code in (400, 404)
    assert alice.head_of(repo) == tip


def test_large_file_that_nobody_uploaded_is_refused(alice, repo):
    before = alice.head_of(repo)
    ghost = hashlib.sha256(unique().encode()).hexdigest()
    for line in (add_lfs("ghost.bin", ghost, 10), add_lfs("ghost.bin", ghost)):
        reply = alice.try_commit(repo, add("a", "a"), line)
        assert reply.status_code in (400, 422)
        assert "ghost.bin" in reply.json()["error"]
    assert alice.head_of(repo) == before


def test_large_file_of_somebody_elses_repository_is_refused(alice, bob, private_repo):
    content = unique().encode() * 40
    oid = alice.lfs_upload(private_repo, content)
    alice.commit(private_repo, add_lfs("secret.bin", oid, len(content)))
    theirs = bob.create_repo()
    assert bob.try_commit(theirs, add_lfs("mine-now.bin", oid, len(content))).status_code in (400, 422)


def test_wrong_size_of_a_large_file_is_refused(alice, repo):
    oid = alice.lfs_upload(repo, b"twelve bytes")
    assert alice.try_commit(repo, add_lfs("w.bin", oid, 13)).status_code in (400, 422)


@pytest.mark.parametrize("lines", [
    b"", b"\n", b"not json\n", b"{}\n", b"[1]\n", b'{"key":"header"}\n', b'{"key":"header","value":7}\n',
    ndjson([add("a", "a")]),
    ndjson([header(), header()]),
    ndjson([header(), {"key": "file", "value": {"content": "", "encoding": "base64"}}]),
    ndjson([header(), {"key": "file", "value": {"path": "a", "content": "?", "encoding": "base64"}}]),
    ndjson([header(), {"key": "file", "value": {"path": "a", "content": "aGk=", "encoding": "rot13"}}]),
    ndjson([header(), {"key": "file", "value": {"path": "a", "content": 7, "encoding": "utf-8"}}]),
    ndjson([header(), {"key": "lfsFile", "value": {"path": "a", "algo": "md5", "oid": "0" * 64}}]),
    ndjson([header(), {"key": "lfsFile", "value": {"path": "a", "algo": "sha256", "oid": "xyz"}}]),
    ndjson([header(), {"key": "lfsFile", "value": {"path": "a", "algo": "sha256", "oid": "0" * 64, "size": -1}}]),
    ndjson([header(), {"key": "sudo", "value": {"path": "a"}}]),
    ndjson([header(), add("ok", "ok")]) + b'{"key":"file","value":{"path":"a","content":"aGk',
    ndjson([header()]) + b'{"key":"file","value":' + b"[" * 5000,
    ndjson([header()]) + b"\xff\xfe\n",
], ids=lambda lines: repr(lines[-40:]))
def test_malformed_bodies_are_refused_whole(alice, repo, lines):
    before = alice.head_of(repo)
    reply = alice.try_commit(repo, raw=lines)
    assert reply.status_code in (400, 422), reply.text
    assert len(reply.json()["error"]) > 8
    assert alice.head_of(repo) == before


def test_malformed_line_is_named(alice, repo):
    reply = alice.try_commit(repo, raw=ndjson([header(), add("a", "a")]) + b"{oops\n")
    assert "3" in reply.json()["error"], "says which line"


@pytest.mark.parametrize("path", [
    "", "/", "/etc/passwd", "../up", "a/../b", "./a", "a/./b", "a//b", "a/", ".git/config", "a/.git/hooks/x", ".GIT/x",
    "a\0b", "..", ".",
])
def test_bad_paths(alice, repo, path):
    before = alice.head_of(repo)
    reply = alice.try_commit(repo, add("fine", "fine"), add(path, "x"))
    assert reply.status_code == 400, reply.text
    assert alice.head_of(repo) == before


@pytest.mark.parametrize("path", [
    "a b.txt", "ünïcödé/文件.txt", "percent%20.txt", "plus+hash#q?.txt", "quote'\".txt", "-dash", ".hidden", "a.git/x",
    "x" * 200, "deep/" * 40 + "end", "back\\slash", "emoji💾",
])
def test_awkward_paths_work(alice, repo, path):
    alice.commit_files(repo, {path: "content of it"})
    assert path in alice.paths(repo)
    assert alice.read(repo, path) == b"content of it"


def test_readme_with_broken_yaml_is_refused(alice, repo):
    before = alice.head_of(repo)
    reply = alice.try_commit(repo, add("README.md", "---\nlicense: [mit\n---\n"))
    assert reply.status_code in (400, 422)
    assert alice.head_of(repo) == before


def test_who_may_commit(alice, bob, nobody, repo, private_repo):
    for client, made, status in ((nobody, repo, 401), (bob, repo, 403), (bob, private_repo, 404), (nobody, private_repo, 401)):
        assert client.try_commit(made, add("a", "a")).status_code == status
    shared = alice.create_repo(organization="acme")
    assert bob.try_commit(shared, add("a", "a")).status_code == 403, "bob only reads in acme"


def test_sixteen_at_once_are_all_there(alice, holt, repo):
    def commit(number):
        with holt.api("alice") as client:
            return client.try_commit(repo, add(f"files/{number}.txt", str(number)), summary=f"number {number}")

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        replies = list(pool.map(commit, range(16)))
    assert [reply.status_code for reply in replies] == [200] * 16
    oids = {reply.json()["commitOid"] for reply in replies}
    history = ok(alice.get(f"{repo.api}/commits/main", params={"limit": 100})).json()
    assert len(oids) == 16
    assert oids <= {commit["id"] for commit in history}
    assert len(history) == 17
    for number in range(16):
        assert alice.read(repo, f"files/{number}.txt") == str(number).encode()


def test_conflicting_deletes_at_once(alice, holt, repo):
    alice.commit_files(repo, {"only-once": "x"})

    def commit(_):
        with holt.api("alice") as client:
            return client.try_commit(repo, delete("only-once")).status_code

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(commit, range(4)))
    assert statuses[0] == 200
    assert set(statuses[1:]) <= {404, 409}


def test_many_operations(alice, repo):
    lines = (json.dumps(add(f"d{i % 50}/f{i}", str(i))) for i in range(25_000))
    alice.commit(repo, *lines)
    assert len(alice.paths(repo)) == 25_001
    assert alice.read(repo, "d7/f24957") == b"24957"


def test_body_cut_short_leaves_nothing(alice, holt, repo):
    import socket

    before = alice.head_of(repo)
    body = ndjson([header(), add("a", "a" * 1000)])
    with socket.create_connection(("127.0.0.1", holt.port)) as wire:
        wire.sendall((f"POST {repo.api}/commit/main HTTP/1.1\r\nHost: 127.0.0.1:{holt.port}\r\n"
                      f"Authorization: Bearer {alice.token}\r\nContent-Type: application/x-ndjson\r\n"
                      f"Content-Length: {len(body)}\r\n\r\n").encode() + body[:len(body) // 2])
    assert alice.head_of(repo) == before
    alice.commit_files(repo, {"b": "b"})
    assert alice.paths(repo) == [".gitattributes", "b"]


def test_crash_keeps_every_acknowledged_commit(own_holt):
    with own_holt.api("alice") as client:
        made = client.create_repo()
        tips = [client.commit_files(made, {f"f{i}": str(i)}) for i in range(10)]
        content = b"\0kept" * 1000
        client.commit_lfs(made, {"w.bin": content})
    own_holt.kill()
    own_holt.start()
    with own_holt.api("alice") as client:
        assert client.read(made, "w.bin") == content
        assert [client.read(made, f"f{i}") for i in range(10)] == [str(i).encode() for i in range(10)]
        assert set(tips) <= {c["id"] for c in ok(client.get(f"{made.api}/commits/main")).json()}
