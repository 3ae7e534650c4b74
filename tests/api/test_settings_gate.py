"""Visibility and the gate."""

import pytest
from support.hub_client import ok


@pytest.mark.parametrize("body, private", [({"private": True}, True), ({"visibility": "private"}, True),
                                           ({"visibility": "public"}, False), ({"private": False}, False)])
def test_visibility(alice, nobody, repo, body, private):
    ok(alice.put(f"{repo.api}/settings", json=body))
    assert alice.info(repo)["private"] is private
    assert nobody.get(repo.api).status_code == (401 if private else 200)


@pytest.mark.parametrize("gate", ["auto", "manual"])
def test_gate_refuses_content_and_shows_the_page(alice, bob, nobody, repo, gate):
    alice.commit_files(repo, {"a.txt": "a"})
    ok(alice.put(f"{repo.api}/settings", json={"gated": gate}))
    assert alice.info(repo)["gated"] == gate
    assert bob.info(repo)["gated"] == gate, "facts stay readable"
    assert alice.read(repo, "a.txt") == b"a"
    for client, status in ((bob, 403), (nobody, 401)):
        for method in ("GET", "HEAD"):
            reply = client.request(method, repo.resolve("a.txt"))
            assert reply.status_code == status
            assert reply.headers["x-error-code"] == "GatedRepo"
            assert (f"Access to model {repo} is restricted and you are not in the authorized list"
                    in reply.headers["x-error-message"])
    ok(alice.put(f"{repo.api}/settings", json={"gated": False}))
    assert bob.read(repo, "a.txt") == b"a"


def test_gate_holds_at_every_door(alice, bob, repo):
    content = b"\0secret weights" * 100
    alice.commit_lfs(repo, {"w.bin": content})
    oid = alice.tree(repo)[-1]["lfs"]["oid"]
    ok(alice.put(f"{repo.api}/settings", json={"gated": "manual"}))
    assert bob.get(f"{repo.web}/raw/main/w.bin").status_code == 403
    assert bob.get(f"{repo.api}/xet-read-token/main").status_code == 403
    assert bob.get(f"{repo.git}/info/refs", params={"service": "git-upload-pack"}).status_code in (401, 403)
    batch = bob.lfs_batch(repo, "download", [(oid, len(content))])
    assert batch.status_code == 403 or "error" in batch.json()["objects"][0]


@pytest.mark.parametrize("body", [{"gated": "perhaps"}, {"visibility": "loud"}, {"private": "yes"}, [], 7])
def test_bad_settings_change_nothing(alice, repo, body):
    assert alice.put(f"{repo.api}/settings", json=body).status_code == 400
    info = alice.info(repo)
    assert (info["gated"], info["private"]) == (False, False)


def test_settings_need_the_right(alice, bob, nobody, repo, private_repo):
    assert bob.put(f"{repo.api}/settings", json={"private": True}).status_code == 403
    assert bob.put(f"{private_repo.api}/settings", json={"private": False}).status_code == 404
    assert nobody.put(f"{repo.api}/settings", json={"private": True}).status_code == 401
    assert alice.info(repo)["private"] is False


def test_dataset_settings(alice):
    made = alice.create_repo(kind="dataset")
    ok(alice.put(f"{made.api}/settings", json={"gated": "auto", "private": True}))
    info = alice.info(made)
    assert (info["gated"], info["private"]) == ("auto", True)
