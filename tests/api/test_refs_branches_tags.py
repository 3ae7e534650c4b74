"""Branches and tags."""

import pytest
from support.hub_client import ok


def refs(client, repo):
    told = ok(client.get(f"{repo.api}/refs")).json()
    assert told["converts"] == []
    return ({b["name"]: b["targetCommit"] for b in told["branches"]}, {t["name"]: t["targetCommit"] for t in told["tags"]})


def branch(client, repo, name, method="POST", **body):
    from urllib.parse import quote

    return client.request(method, f"{repo.api}/branch/{quote(name, safe='')}", json=body)


def tag(client, repo, name, revision="main", **more):
    return client.post(f"{repo.api}/tag/{revision}", json={"tag": name, **more})


def test_refs_of_a_new_repository(alice, nobody, repo):
    tip = alice.head_of(repo)
    told = ok(nobody.get(f"{repo.api}/refs")).json()
    assert told["branches"] == [{"name": "main", "ref": "refs/heads/main", "targetCommit": tip}]
    assert (told["tags"], told["converts"]) == ([], [])
    assert ok(nobody.get(f"{repo.api}/refs", params={"include_prs": 1})).json()["pullRequests"] == []


def test_branch_from_main_a_commit_and_a_branch(alice, repo):
    first = alice.head_of(repo)
    second = alice.commit_files(repo, {"a": "a"})
    ok(branch(alice, repo, "from-main"))
    ok(branch(alice, repo, "from/commit", startingPoint=first))
    ok(branch(alice, repo, "from-branch", startingPoint="from/commit"))
    assert refs(alice, repo)[0] == {"main": second, "from-main": second, "from/commit": first, "from-branch": first}


def test_empty_branch(alice, repo):
    alice.commit_files(repo, {"a": "a"})
    ok(branch(alice, repo, "empty", emptyBranch=True))
    assert "a" not in alice.paths(repo, "empty")


def test_existing_branch(alice, repo):
    ok(branch(alice, repo, "x"))
    reply = branch(alice, repo, "x")
    assert reply.status_code == 409
    assert reply.json()["error"].startswith("Reference refs/heads/x already exists")
    tip = alice.commit_files(repo, {"a": "a"})
    ok(branch(alice, repo, "x", overwrite=True))
    assert refs(alice, repo)[0]["x"] == tip


def test_delete_branch(alice, repo):
    ok(branch(alice, repo, "x"))
    ok(branch(alice, repo, "x", "DELETE"))
    assert "x" not in refs(alice, repo)[0]
    assert branch(alice, repo, "x", "DELETE").status_code == 404


def test_main_stays(alice, repo):
    reply = branch(alice, repo, "main", "DELETE")
    assert reply.status_code == 403
    assert "Cannot delete refs/heads/main" in reply.json()["error"]


@pytest.mark.parametrize("name", ["refs/heads/x", "refs/pr/1", "a..b", "a b", "x.lock", "-x", "a~1", "a^", "a:b", "a//b", ".x", "@{x}", "a\\b"])
def test_bad_branch_names(alice, repo, name):
    reply = branch(alice, repo, name)
    assert reply.status_code == 400, name
    if name.startswith("refs/"):
        assert "Invalid reference for a branch" in reply.json()["error"]


def test_branch_from_nowhere(alice, repo):
    reply = branch(alice, repo, "x", startingPoint="no-such")
    assert (reply.status_code, reply.headers["x-error-code"]) == (404, "RevisionNotFound")


def test_tags(alice, repo):
    first = alice.head_of(repo)
    second = alice.commit_files(repo, {"a": "a"})
    ok(branch(alice, repo, "old", startingPoint=first))
    ok(tag(alice, repo, "v1", "old", message="First release"))
    ok(tag(alice, repo, "v2"))
    ok(tag(alice, repo, "v1-again", first))
    tags = refs(alice, repo)[1]
    assert (tags["v2"], tags["v1-again"]) == (second, first)
    assert alice.head_of(repo, "v1") == first
    ok(alice.delete(f"{repo.api}/tag/v1"))
    assert "v1" not in refs(alice, repo)[1]


def test_tag_refusals(alice, repo):
    ok(tag(alice, repo, "v1"))
    ok(branch(alice, repo, "b"))
    assert tag(alice, repo, "v1").status_code == 409
    reply = tag(alice, repo, "v3", "no-such")
    assert (reply.status_code, reply.headers["x-error-code"]) == (404, "RevisionNotFound")
    for name in ("", "a b", "a..b", "refs/tags/../x", "-", "x.lock"):
        assert tag(alice, repo, name).status_code == 400, name
    for name in ("b", "no-such"):
        reply = alice.delete(f"{repo.api}/tag/{name}")
        assert (reply.status_code, reply.headers["x-error-code"]) == (404, "RevisionNotFound")


def test_who_may(alice, bob, nobody, repo, private_repo):
    for client, made, status in ((bob, repo, 403), (nobody, repo, 401), (bob, private_repo, 404)):
        assert branch(client, made, "x").status_code == status
        assert tag(client, made, "x").status_code == status
        assert branch(client, made, "main", "DELETE").status_code == status
    assert bob.get(f"{private_repo.api}/refs").status_code == 404
