"""Listing large files and deleting them for good."""

import hashlib

from support.hub_client import delete, ok, unique


def listed(client, repo):
    return ok(client.get(f"{repo.api}/lfs-files")).json()


def test_list_names_every_large_file(alice, repo):
    contents = {f"w{i}.bin": unique().encode() * 30 for i in range(3)}
    alice.commit_lfs(repo, contents)
    files = {entry["filename"]: entry for entry in listed(alice, repo)}
    assert set(files) == set(contents)
    for path, content in contents.items():
        assert files[path]["oid"] == hashlib.sha256(content).hexdigest()
        assert files[path]["size"] == len(content)
        assert files[path]["fileOid"] and files[path]["pushedAt"].endswith("Z")


def test_files_of_older_commits_are_listed(alice, repo):
    alice.commit_lfs(repo, {"w.bin": unique().encode() * 30})
    alice.commit(repo, delete("w.bin"))
    assert [entry["filename"] for entry in listed(alice, repo)] == ["w.bin"]


def test_permanent_delete_rewrites_history(alice, repo):
    kept, gone = unique().encode() * 30, unique().encode() * 30
    old = alice.commit_lfs(repo, {"kept.bin": kept, "gone.bin": gone})
    alice.commit_files(repo, {"later.txt": "l"})
    victim = next(entry for entry in listed(alice, repo) if entry["filename"] == "gone.bin")
    ok(alice.post(f"{repo.api}/lfs-files/batch", json={
        "deletions": {"sha": [victim["fileOid"]], "rewriteHistory": True}}))
    assert [entry["filename"] for entry in listed(alice, repo)] == ["kept.bin"]
    assert alice.paths(repo) == [".gitattributes", "kept.bin", "later.txt"]
    assert alice.read(repo, "kept.bin") == kept
    assert alice.head(repo.resolve("gone.bin", old)).status_code == 404
    for commit in ok(alice.get(f"{repo.api}/commits/main")).json():
        assert "gone.bin" not in alice.paths(repo, commit["id"])


def test_delete_keeps_the_same_content_elsewhere(alice, repo):
    content = unique().encode() * 30
    other = alice.create_repo()
    alice.commit_lfs(repo, {"w.bin": content})
    alice.commit_lfs(other, {"w.bin": content})
    file = listed(alice, repo)[0]
    ok(alice.post(f"{repo.api}/lfs-files/batch", json={"deletions": {"sha": [file["fileOid"]], "rewriteHistory": True}}))
    assert alice.read(other, "w.bin") == content


def test_duplicate_makes_objects_available_for_a_commit(alice, bob, repo):
    from support.hub_client import add_lfs

    content = unique().encode() * 30
    alice.commit_lfs(repo, {"w.bin": content})
    oid = hashlib.sha256(content).hexdigest()
    target = alice.create_repo()
    entry = listed(alice, repo)[0]
    file = {"sha256": oid, "filename": "w.bin", "xetHash": entry.get("xetHash")}
    told = ok(alice.post(f"{repo.api}/lfs-files/duplicate", json={
        "target": {"type": "model", "name": target.id}, "files": [file]})).json()
    assert not told.get("failed")
    alice.commit(target, add_lfs("copy.bin", oid))
    assert alice.read(target, "copy.bin") == content
    missing = {**file, "sha256": hashlib.sha256(b"never").hexdigest()}
    told = alice.post(f"{repo.api}/lfs-files/duplicate", json={
        "target": {"type": "model", "name": target.id}, "files": [missing]})
    assert told.status_code in (400, 404, 422) or told.json()["failed"]


def test_who_may(alice, bob, nobody, repo, private_repo):
    body = {"deletions": {"sha": ["x"], "rewriteHistory": True}}
    assert bob.post(f"{repo.api}/lfs-files/batch", json=body).status_code == 403
    assert nobody.post(f"{repo.api}/lfs-files/batch", json=body).status_code == 401
    assert bob.get(f"{private_repo.api}/lfs-files").status_code == 404
