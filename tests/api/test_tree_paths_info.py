"""Listing a repository's files."""

import hashlib

import pytest
from support.hub_client import add, blob_sha1, ok, pointer_text

LARGE = b"\0weights" * 64


@pytest.fixture
def stocked(alice):
    made = alice.create_repo()
    alice.commit_files(made, {"a.txt": "a", "d/b.txt": "bb", "d/e/c.txt": "ccc", "z": "z"})
    made.tip = alice.commit_lfs(made, {"d/w.bin": LARGE}, summary="Add weights")
    return made


def test_one_level(nobody, stocked):
    entries = {entry["path"]: entry for entry in nobody.tree(stocked)}
    assert set(entries) == {".gitattributes", "a.txt", "d", "z"}
    assert entries["a.txt"] == {"type": "file", "oid": blob_sha1(b"a"), "size": 1, "path": "a.txt"}
    assert (entries["d"]["type"], entries["d"]["size"], len(entries["d"]["oid"])) == ("directory", 0, 40)


def test_sub_folder_has_full_paths(nobody, stocked):
    assert {entry["path"] for entry in nobody.tree(stocked, "d")} == {"d/b.txt", "d/e", "d/w.bin"}


def test_recursive_lists_folders_too(nobody, stocked):
    entries = nobody.tree(stocked, recursive="true")
    assert {entry["path"] for entry in entries if entry["type"] == "directory"} == {"d", "d/e"}
    assert {entry["path"] for entry in entries if entry["type"] == "file"} == {
        ".gitattributes", "a.txt", "d/b.txt", "d/e/c.txt", "d/w.bin", "z"}
    below = nobody.tree(stocked, "d", recursive="true")
    assert {entry["path"] for entry in below} == {"d/b.txt", "d/e", "d/e/c.txt", "d/w.bin"}


def test_large_files_show_their_real_size(nobody, stocked):
    entry = next(entry for entry in nobody.tree(stocked, "d") if entry["path"] == "d/w.bin")
    pointer = pointer_text(LARGE)
    assert entry["size"] == len(LARGE)
    assert entry["oid"] == blob_sha1(pointer)
    assert entry["lfs"] == {"oid": hashlib.sha256(LARGE).hexdigest(), "size": len(LARGE), "pointerSize": len(pointer)}
    etag = nobody.head(stocked.resolve("d/w.bin")).headers["etag"].strip('"')
    assert etag == entry["lfs"]["oid"]


def test_expand_names_the_last_commit(alice, nobody, stocked):
    entries = {entry["path"]: entry for entry in nobody.tree(stocked, recursive="true", expand="true")}
    assert entries["d/w.bin"]["lastCommit"]["title"] == "Add weights"
    assert entries["d/w.bin"]["lastCommit"]["id"] == stocked.tip
    assert entries["d"]["lastCommit"]["id"] == stocked.tip
    assert entries["a.txt"]["lastCommit"]["id"] != stocked.tip
    assert entries[".gitattributes"]["lastCommit"]["title"] == "initial commit"
    assert entries["a.txt"]["lastCommit"]["date"].endswith("Z")
    again = alice.commit(stocked, add("a.txt", "changed"), summary="Change a")
    entries = {entry["path"]: entry for entry in nobody.tree(stocked, expand="true")}
    assert entries["a.txt"]["lastCommit"]["id"] == again
    assert entries["d"]["lastCommit"]["id"] == stocked.tip


def test_without_expand_no_commit_is_looked_up(nobody, stocked):
    assert all("lastCommit" not in entry for entry in nobody.tree(stocked))


def test_older_revision(alice, nobody, stocked):
    alice.commit_files(stocked, {"later": "l"})
    assert "later" not in nobody.paths(stocked, stocked.tip)


def test_missing(nobody, stocked):
    reply = nobody.get(f"{stocked.api}/tree/main/no/such")
    assert (reply.status_code, reply.headers["x-error-code"]) == (404, "EntryNotFound")
    reply = nobody.get(f"{stocked.api}/tree/no-such")
    assert (reply.status_code, reply.headers["x-error-code"]) == (404, "RevisionNotFound")


def test_escaped_and_awkward_paths(alice, nobody, repo):
    alice.commit_files(repo, {"a b/č/f#.txt": "x", "p%20/q": "y"})
    assert [entry["path"] for entry in nobody.tree(repo, "a b/č")] == ["a b/č/f#.txt"]
    assert ok(nobody.get(f"{repo.api}/tree/main/a%20b%2F%C4%8D")).json()[0]["path"] == "a b/č/f#.txt"
    assert [entry["path"] for entry in nobody.tree(repo, "p%20")] == ["p%20/q"]


@pytest.mark.parametrize("recursive", ["true", "false"])
def test_pages(alice, nobody, holt, repo, recursive):
    alice.commit_files(repo, {f"many/{i:04}.txt": str(i) for i in range(1500)})
    url = f"{repo.api}/tree/main/many"
    reply = ok(nobody.get(url, params={"recursive": recursive}))
    assert len(reply.json()) == 1000
    following = reply.links["next"]["url"]
    assert following.startswith(f"{holt.endpoint}{url}?") and f"recursive={recursive}" in following
    rest = ok(nobody.get(following))
    assert len(rest.json()) == 500 and "next" not in rest.links
    assert len({entry["path"] for entry in reply.json() + rest.json()}) == 1500
    assert len(ok(nobody.get(url, params={"limit": 7})).json()) == 7
    assert nobody.get(url, params={"cursor": "garbage!"}).status_code == 400


def info(client, repo, paths, revision="main", **more):
    return ok(client.post(f"{repo.api}/paths-info/{revision}", data={"paths": paths, **more})).json()


def test_paths_info_as_python_sends_it(nobody, stocked):
    entries = {entry["path"]: entry for entry in info(nobody, stocked, ["a.txt", "d", "d/w.bin", "no-such"], expand="false")}
    assert set(entries) == {"a.txt", "d", "d/w.bin"}
    assert entries["d"]["type"] == "directory"
    assert entries["d/w.bin"]["lfs"]["size"] == len(LARGE)
    assert "lastCommit" not in entries["a.txt"]


def test_paths_info_as_javascript_sends_it(nobody, stocked):
    told = ok(nobody.post(f"{stocked.api}/paths-info/main", json={"paths": ["a.txt"], "expand": True})).json()
    assert told[0]["lastCommit"]["id"]


def test_paths_info_of_nothing(nobody, stocked):
    assert info(nobody, stocked, ["no-such"]) == []
    reply = nobody.post(f"{stocked.api}/paths-info/no-such", data={"paths": ["a.txt"]})
    assert (reply.status_code, reply.headers["x-error-code"]) == (404, "RevisionNotFound")


def test_paths_info_of_a_single_path(nobody, stocked):
    assert [entry["path"] for entry in info(nobody, stocked, "a.txt")] == ["a.txt"]
