"""Repositories come, go and change their names."""

import pytest
from support.hub_client import KIND_PREFIX, Repo, ok, unique


@pytest.mark.parametrize("kind", ["model", "dataset", "space", "kernel"])
def test_create_answers_the_full_address(alice, holt, kind):
    name = unique(kind)
    body = {"name": name, "type": kind} | ({"sdk": "static"} if kind == "space" else {})
    reply = ok(alice.post("/api/repos/create", json=body)).json()
    assert reply["url"] == f"{holt.endpoint}/{KIND_PREFIX[kind]}alice/{name}"
    assert reply["name"] == f"alice/{name}"
    made = Repo(f"alice/{name}", kind)
    info = alice.info(made)
    assert info["id"] == f"alice/{name}"
    assert info["private"] is False
    commits = ok(alice.get(f"{made.api}/commits/main")).json()
    assert [commit["title"] for commit in commits] == ["initial commit"]
    assert ".gitattributes" in alice.paths(made)
    assert b"*.safetensors filter=lfs" in alice.read(made, ".gitattributes")


def test_name_may_hold_the_namespace(alice):
    name = unique()
    assert ok(alice.post("/api/repos/create", json={"name": f"acme/{name}"})).json()["name"] == f"acme/{name}"


def test_organization_and_private(alice, nobody):
    made = alice.create_repo(organization="acme", private=True)
    assert made.owner == "acme"
    assert alice.info(made)["private"] is True
    assert nobody.get(made.api).status_code == 401


def test_older_private_flag(alice):
    name = unique()
    ok(alice.post("/api/repos/create", json={"name": name, "private": True}))
    assert alice.info(Repo(f"alice/{name}"))["private"] is True


def test_create_with_files_and_licence_of_the_javascript_client(alice):
    import base64

    name = unique()
    content = base64.b64encode(b"hello\n").decode()
    ok(alice.post("/api/repos/create", json={
        "name": name, "organization": "alice", "license": "mit",
        "files": [{"encoding": "base64", "path": "notes/hello.txt", "content": content}]}))
    made = Repo(f"alice/{name}")
    assert alice.read(made, "notes/hello.txt") == b"hello\n"
    assert "license:mit" in alice.info(made)["tags"]


def test_second_create_is_409_and_names_the_repository(alice, holt, repo):
    for name in (repo.name, repo.name.upper()):
        reply = alice.post("/api/repos/create", json={"name": name, "type": "model"})
        assert reply.status_code == 409, name
        assert reply.json()["url"] == f"{holt.endpoint}/{repo}"
        assert "already created this model repo" in reply.json()["error"]


def test_same_name_may_be_a_dataset(alice, repo):
    assert alice.create_repo(repo.name, kind="dataset").name == repo.name


@pytest.mark.parametrize("name", ["", "a/b/c", "-x", "x--y", "x..y", "x.git", "a b", "ä", "x" * 97, ".x", "nobody/", "../x"])
def test_bad_names_are_400_and_say_so(alice, name):
    reply = alice.post("/api/repos/create", json={"name": name, "type": "model"})
    assert reply.status_code == 400
    assert len(reply.json()["error"]) > 10


@pytest.mark.parametrize("body, status", [
    (b"", 400), (b"{", 400), (b"[]", 400), (b'{"type":"model"}', 400), (b'{"name":7}', 400),
    (b'{"name":"x","type":"sandwich"}', 400), (b'{"name":"no-sdk","type":"space"}', 400),
    (b'{"name":"x","type":"space","sdk":"abacus"}', 400), (b'{"name":"x","visibility":"loud"}', 400),
])
def test_bad_bodies(alice, body, status):
    reply = alice.post("/api/repos/create", content=body, headers={"content-type": "application/json"})
    assert reply.status_code == status, reply.text
    assert reply.json()["error"]


def test_who_may_create_where(alice, bob, nobody):
    assert nobody.post("/api/repos/create", json={"name": unique()}).status_code == 401
    for client, namespace in ((bob, "alice"), (bob, "acme"), (alice, "no-such-namespace")):
        reply = client.post("/api/repos/create", json={"name": unique(), "organization": namespace})
        assert reply.status_code == 403, namespace
        assert namespace in reply.json()["error"]


def test_delete(alice):
    made = alice.create_repo()
    ok(alice.delete_repo(made))
    for reply in (alice.get(made.api), alice.delete_repo(made), alice.head(made.resolve("README.md"))):
        assert reply.status_code == 404
        assert reply.headers["x-error-code"] == "RepoNotFound"


def test_delete_needs_the_right(alice, bob, nobody, repo, private_repo):
    assert bob.delete_repo(repo).status_code == 403
    assert bob.delete_repo(private_repo).status_code == 404
    assert nobody.delete_repo(repo).status_code == 401
    assert alice.info(repo)["id"] == repo.id


def test_name_of_a_deleted_repository_starts_empty(alice):
    made = alice.create_repo()
    alice.commit_files(made, {"old.txt": "old"})
    ok(alice.delete_repo(made))
    again = alice.create_repo(made.name)
    assert alice.paths(again) == [".gitattributes"]


@pytest.mark.parametrize("kind", ["model", "dataset"])
def test_move_keeps_content_and_redirects_the_old_name(alice, kind):
    made = alice.create_repo(kind=kind)
    commit = alice.commit_files(made, {"a.txt": "a"})
    moved = Repo(f"acme/{unique('moved')}", kind)
    ok(alice.post("/api/repos/move", json={"fromRepo": made.id, "toRepo": moved.id, "type": kind}))
    assert alice.head_of(moved) == commit
    for old, new in ((made.api, moved.api), (made.resolve("a.txt"), moved.resolve("a.txt"))):
        reply = alice.get(old)
        assert reply.status_code == 307
        assert reply.headers["location"] == new, "relative, and to the canonical name"
        assert alice.get(old, follow_redirects=True).status_code == 200
    alice.commit_files(made, {"b.txt": "through the old name"})
    assert "b.txt" in alice.paths(moved)


def test_old_names_are_never_given_to_anybody(alice):
    made = alice.create_repo()
    first, second = f"alice/{unique()}", f"alice/{unique()}"
    for source, target in ((made.id, first), (first, second)):
        ok(alice.post("/api/repos/move", json={"fromRepo": source, "toRepo": target, "type": "model"}))
    assert alice.get(made.api).headers["location"] == Repo(second).api
    reply = alice.post("/api/repos/create", json={"name": made.name})
    assert reply.status_code == 409


def test_move_back_to_the_old_name(alice):
    made = alice.create_repo()
    other = f"alice/{unique()}"
    ok(alice.post("/api/repos/move", json={"fromRepo": made.id, "toRepo": other, "type": "model"}))
    ok(alice.post("/api/repos/move", json={"fromRepo": other, "toRepo": made.id, "type": "model"}))
    assert alice.info(made)["id"] == made.id
    assert alice.get(Repo(other).api).headers["location"] == made.api


def test_move_refusals(alice, bob, repo):
    taken = alice.create_repo()
    reply = alice.post("/api/repos/move", json={"fromRepo": repo.id, "toRepo": taken.id, "type": "model"})
    assert reply.status_code == 409
    assert reply.json()["error"] == f"A model repository called {taken} already exists"
    for target, status in (("alice/a--b", 400), ("noslash", 400), ("bob/mine-now", 403)):
        assert alice.post("/api/repos/move", json={"fromRepo": repo.id, "toRepo": target, "type": "model"}
                          ).status_code == status, target
    body = {"fromRepo": repo.id, "toRepo": f"bob/{unique()}", "type": "model"}
    assert bob.post("/api/repos/move", json=body).status_code == 403
    missing = {"fromRepo": f"alice/{unique()}", "toRepo": f"alice/{unique()}", "type": "model"}
    assert alice.post("/api/repos/move", json=missing).status_code == 404


def test_duplicate_copies_every_file(alice, holt):
    source = alice.create_repo()
    alice.commit_files(source, {"README.md": "---\nlicense: mit\n---\n", "a/b.txt": "b"})
    alice.commit_lfs(source, {"w.bin": b"\0weights" * 100})
    target = Repo(f"acme/{unique('copy')}")
    reply = ok(alice.post(f"{source.api}/duplicate", json={"repository": target.id, "visibility": "private"})).json()
    assert reply["url"] == f"{holt.endpoint}/{target}"
    assert alice.paths(target) == alice.paths(source)
    assert alice.read(target, "w.bin") == b"\0weights" * 100
    assert alice.info(target)["private"] is True
    again = alice.post(f"{source.api}/duplicate", json={"repository": target.id})
    assert again.status_code == 409
    assert again.json()["url"] == f"{holt.endpoint}/{target}"


def test_duplicate_needs_a_right_on_both(alice, bob, private_repo, repo):
    assert bob.post(f"{private_repo.api}/duplicate", json={"repository": f"bob/{unique()}"}).status_code == 404
    assert bob.post(f"{repo.api}/duplicate", json={"repository": f"alice/{unique()}"}).status_code == 403
