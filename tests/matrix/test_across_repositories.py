"""Content of one repository asked for with the rights to another: by hash, by token, by address, by list.

What is refused is refused in the words for what never was: each test asks both and compares."""

import hashlib
import os
import time

import pytest
from support import xet_wire
from support.git_tool import Git, with_token
from support.hub_client import add_lfs, ndjson, ok, pointer_text, unique
from support.xet_wire import Cas, Xorb, cut, text


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def alike(one, other, *renamed) -> None:
    """Nothing in two replies differs but the names asked for."""

    def essence(reply):
        kept = [(k, v) for k, v in reply.headers.items() if k not in ("date", "x-request-id", "content-length")]
        said = f"{reply.status_code} {kept} {reply.text}"
        for old, new in renamed:
            said = said.replace(old, new)
        return said

    assert essence(one) == essence(other)


class Secret:
    """A private repository of alice's, with one large file."""

    def __init__(self, api):
        self.content = os.urandom(200_000)
        self.repo = api.create_repo(private=True)
        self.entry = Cas(api, self.repo).upload(self.content)
        self.oid, self.xorb = sha(self.content), Xorb(cut(self.content))
        api.commit(self.repo, add_lfs("w.bin", self.oid, len(self.content)))


@pytest.fixture
def secret(alice):
    made = Secret(alice)
    yield made
    alice.delete_repo(made.repo)


@pytest.fixture
def theirs(bob):
    made = bob.create_repo()
    yield made
    bob.delete_repo(made)


@pytest.fixture
def never():
    """Content that nobody sent."""
    return os.urandom(200_000)


def scoped(holt, api, repo, *permissions):
    from support.hub_client import Api

    token = holt.create_token(api.user, role="fine-grained", scopes=[holt.scope(repo.kind, repo.id, *permissions)])
    return Api(holt.endpoint, token=token, user=api.user)


# --- an upload claims nothing by hash alone


def test_a_commit_cannot_claim_by_hash(bob, theirs, secret, never):
    for params in ({}, {"create_pr": "1"}):
        claims = [bob.try_commit(theirs, add_lfs("w.bin", oid, len(never)), params=params) for oid in (secret.oid, sha(never))]
        assert claims[0].status_code in (400, 422)
        alike(*claims, (secret.oid, sha(never)))


def test_a_push_cannot_claim_by_hash(holt, bob, theirs, secret, tmp_path):
    git, clone = Git(tmp_path / "home"), tmp_path / "clone"
    git.ok("clone", "-q", with_token(holt.endpoint, theirs.git, bob.token), clone, cwd=tmp_path)
    (clone / "w.bin").write_bytes(pointer_text(secret.content))
    git.ok("add", "w.bin", cwd=clone)
    git.ok("commit", "-qm", "claim", cwd=clone)
    pushed = git.run("push", "-q", "origin", "HEAD:main", cwd=clone)
    assert pushed.returncode != 0 and secret.oid[:12] in pushed.stderr + pushed.stdout
    assert bob.get(theirs.resolve("w.bin")).status_code == 404


def test_the_lfs_door_asks_for_bytes_that_another_repository_has(bob, theirs, secret, never):
    size = len(never)
    for operation in ("upload", "download"):
        told = [ok(bob.lfs_batch(theirs, operation, [(oid, size)])).json()["objects"][0] for oid in (secret.oid, sha(never))]
        assert [set(one) for one in told[:1]] == [set(told[1])], "known and unknown are answered alike"
        assert ("actions" in told[0]) == (operation == "upload")
        if operation == "download":
            assert told[0]["error"] == told[1]["error"]
    confirmed = [bob.post(f"{theirs.git}/info/lfs/objects/verify", json={"oid": oid, "size": size}) for oid in (secret.oid, sha(never))]
    assert confirmed[0].status_code == 404
    alike(*confirmed, (secret.oid, sha(never)))


@pytest.mark.parametrize("version", [1, 2])
def test_a_shard_cannot_claim_by_hash(bob, theirs, secret, never, version):
    cas, unknown = Cas(bob, theirs), Xorb(cut(never))
    claims = [cas.put_shard(xet_wire.shard([xet_wire.whole(xorb, content)], []), version)
              for xorb, content in ((secret.xorb, secret.content), (unknown, never))]
    assert claims[0].status_code == 400
    alike(*claims, (text(secret.xorb.hash), text(unknown.hash)), (text(secret.entry.hash), text(xet_wire.whole(unknown, never).hash)))
    assert bob.try_commit(theirs, add_lfs("w.bin", secret.oid, len(never))).status_code in (400, 422)


def test_a_bucket_cannot_claim_by_hash(bob, secret, never):
    bucket = f"/api/buckets/bob/{unique('bucket')}"
    ok(bob.post(bucket, json={}))
    known, unknown = text(secret.entry.hash), text(xet_wire.whole(Xorb(cut(never)), never).hash)
    lines = [{"type": "addFile", "path": "w.bin", "mtime": 1_700_000_000_000},
             {"type": "copyFile", "path": "w.bin", "sourceRepoType": "model", "sourceRepoId": secret.repo.id}]
    for line in lines:
        claims = [bob.post(f"{bucket}/batch", content=ndjson([{**line, "xetHash": found}])) for found in (known, unknown)]
        assert not claims[0].json().get("success")
        alike(*claims, (known, unknown))
    missing = {**lines[1], "sourceRepoId": f"alice/{unique('never')}", "xetHash": known}
    alike(bob.post(f"{bucket}/batch", content=ndjson([{**lines[1], "xetHash": known}])),
          bob.post(f"{bucket}/batch", content=ndjson([missing])), (secret.repo.id, missing["sourceRepoId"]))
    ok(bob.delete(bucket))


def test_large_files_are_copied_from_where_one_may_read(bob, theirs, secret, never):
    target = {"type": "model", "name": theirs.id}
    files = [{"sha256": secret.oid, "filename": "w.bin"}]
    assert bob.post(f"{secret.repo.api}/lfs-files/duplicate", json={"target": target, "files": files}).status_code == 404
    told = [ok(bob.post(f"{theirs.api}/lfs-files/duplicate", json={"target": target, "files": [{"sha256": oid, "filename": "w.bin"}]}))
            for oid in (secret.oid, sha(never))]
    alike(*told, (secret.oid, sha(never)))
    assert bob.try_commit(theirs, add_lfs("w.bin", secret.oid, len(never))).status_code in (400, 422)


# --- a token for one repository is for that one


def test_a_scoped_token_does_not_reach_what_its_owner_sent_elsewhere(holt, alice, secret, never):
    """That alice once sent the bytes is hers to use, not of whoever holds a token of hers for something else."""
    other = alice.create_repo()
    with scoped(holt, alice, other, "repo.content.read", "repo.write") as narrow:
        cas, unknown = Cas(narrow, other), Xorb(cut(never))
        for prefix in ("default", "default-merkledb"):
            asked = [cas.http.get(f"/v1/chunks/{prefix}/{text(xorb.nodes[0][0])}") for xorb in (secret.xorb, unknown)]
            assert asked[0].status_code == 404
            alike(*asked)
        claim = cas.put_shard(xet_wire.shard([xet_wire.whole(secret.xorb, secret.content)], []))
        assert claim.status_code == 400
        assert narrow.try_commit(other, add_lfs("w.bin", secret.oid, len(never))).status_code in (400, 422)
        assert cas.reconstruction(secret.entry.hash).status_code == 404
    alice.delete_repo(other)


def test_a_scoped_token_passes_only_the_gates_it_names(holt, alice):
    gated, other = alice.create_repo(), alice.create_repo()
    alice.commit_files(gated, {"a.txt": "a"})
    ok(alice.put(f"{gated.api}/settings", json={"gated": "manual"}))
    with scoped(holt, alice, other, "repo.content.read") as narrow, scoped(holt, alice, gated, "repo.content.read") as named:
        refused = narrow.get(gated.resolve("a.txt"))
        assert (refused.status_code, refused.headers["x-error-code"]) == (403, "GatedRepo")
        assert narrow.info(gated)["gated"] == "manual", "facts stay readable"
        assert named.read(gated, "a.txt") == b"a"
    for made in (gated, other):
        alice.delete_repo(made)


def test_a_batch_of_reconstructions_gives_all_or_nothing(bob, theirs, secret):
    content = os.urandom(1000)
    cas = Cas(bob, theirs)
    own = cas.upload(content)
    hashes = [text(own.hash), text(secret.entry.hash)]
    assert cas.http.get("/v1/reconstructions", params={"file_id": hashes}).status_code == 404
    assert cas.http.post("/v1/reconstructions", json=[{"prefix": "default", "hash": h} for h in hashes]).status_code == 404


def test_a_stranger_learns_nothing_from_a_dedup_query(bob, theirs, secret, never):
    cas = Cas(bob, theirs)
    for chunk in (0, 1):
        asked = [cas.http.get(f"/v1/chunks/default/{text(xorb.nodes[chunk][0])}") for xorb in (secret.xorb, Xorb(cut(never)))]
        assert asked[0].status_code == 404
        alike(*asked)
    sent = cas.put_xorb(secret.xorb)
    assert ok(sent).json() == {"was_inserted": True}, "sent in full, and told nothing of the one that was there"


# --- rights that end


@pytest.mark.parametrize("end", ["revoked", "suspended", "made private", "deleted"])
def test_a_xet_token_in_use_ends_with_the_rights_behind_it(holt, alice, end):
    user = unique("user").replace("-", "")
    holt.cli("user", "create", user)
    holt.tokens[user] = holt.create_token(user, name="laptop")
    shared, content = alice.create_repo(), os.urandom(1000)
    entry = Cas(alice, shared).upload(content)
    with holt.api(user) as api:
        cas = Cas(api, shared, "read")
        ok(cas.reconstruction(entry.hash))
        match end:
            case "revoked":
                holt.cli("token", "revoke", user, "laptop")
            case "suspended":
                holt.cli("user", "suspend", user)
            case "made private":
                ok(alice.put(f"{shared.api}/settings", json={"private": True}))
            case "deleted":
                ok(alice.delete_repo(shared))
        time.sleep(0.02)
        assert cas.reconstruction(entry.hash).status_code in (401, 404)
        if end == "suspended":
            holt.cli("user", "restore", user)
            time.sleep(0.02)
            ok(cas.reconstruction(entry.hash))
    if end != "deleted":
        alice.delete_repo(shared)


def test_suspension_ends_tokens_passwords_and_sessions_and_can_be_taken_back(holt, nobody):
    user, password = unique("user").replace("-", ""), "a password to sign in with"
    holt.cli("user", "create", user, "--password-stdin", stdin=password + "\n")
    holt.tokens[user] = holt.create_token(user)
    login = {"username": user, "password": password}
    session = {"cookie": ok(nobody.post("/api/login", json=login)).headers["set-cookie"].split(";")[0]}
    nobody.cookies.clear()
    with holt.api(user) as api:
        repo = api.create_repo(private=True)
        api.commit_files(repo, {"a.txt": "a"})
        assert api.read(repo, "a.txt") == b"a"
        holt.cli("user", "suspend", user)
        time.sleep(0.2)
        for reply in (api.get("/api/whoami-v2"), api.get(repo.resolve("a.txt")), api.get(repo.api),
                      nobody.get(repo.resolve("a.txt"), headers=session), nobody.get("/api/whoami-v2", headers=session)):
            assert reply.status_code == 401
        refused = nobody.post("/api/login", json=login)
        assert refused.status_code == 401 and "suspended" in refused.json()["error"]
        holt.cli("user", "restore", user)
        time.sleep(0.2)
        assert api.read(repo, "a.txt") == b"a"
        assert nobody.get("/api/whoami-v2", headers=session).status_code == 401, "sessions do not come back"
        api.delete_repo(repo)


def test_a_revoked_token_in_git_is_no_wrong_password(holt, nobody):
    user, password = unique("user").replace("-", ""), "a password to sign in with"
    holt.cli("user", "create", user, "--password-stdin", stdin=password + "\n")
    token = holt.create_token(user, name="old")
    holt.cli("token", "revoke", user, "old")
    for _ in range(15):
        assert nobody.get("/api/whoami-v2", auth=(user, token)).status_code == 401
    assert ok(nobody.get("/api/whoami-v2", auth=(user, password))).json()["name"] == user


# --- lists


def test_lists_name_no_private_repository_to_those_who_may_not_know(holt, alice, bob, carol, nobody, root):
    word = unique("hush").replace("-", "")
    made = {kind: alice.create_repo(f"{word}-{kind}", kind=kind, private=True) for kind in ("model", "dataset", "space")}
    bucket = f"alice/{word}-bucket"
    ok(alice.post(f"/api/buckets/{bucket}", json={"private": True}))
    for kind, repo in made.items():
        alice.commit_files(repo, {"README.md": f"---\ntags:\n- {word}\nlanguage: en\n---\n"})
    addresses = [f"/api/{kind}s{query}" for kind in made for query in (
        f"?search={word}", f"?filter={word}", "?author=alice&limit=1000", "?sort=lastModified&full=true", "?sort=createdAt&limit=1000",
        "-tags-by-type")]
    addresses += ["/api/buckets/alice", f"/api/buckets/alice?search={word}", "/api/users/alice/overview",
                  "/api/organizations/acme/overview"]
    with scoped(holt, alice, alice.create_repo(), "repo.content.read") as narrow:
        for api in (nobody, bob, carol, narrow):
            for address in addresses + ([] if api is nobody else ["/api/settings/repositories"]):
                assert word not in ok(api.get(address)).text.replace(f"search={word}", "").replace(f"filter={word}", ""), (api.user, address)
    for api in (alice, root):
        assert made["model"].id in ok(api.get(f"/api/models?search={word}")).text
        assert bucket in ok(api.get(f"/api/buckets/alice?search={word}")).text
    for repo in made.values():
        alice.delete_repo(repo)
    ok(alice.delete(f"/api/buckets/{bucket}"))


def test_a_taken_name_is_told_only_where_one_may_create(alice, bob, secret):
    taken, free = ({"name": name, "organization": "alice", "type": "model"} for name in (secret.repo.name, unique()))
    refused = [bob.post("/api/repos/create", json=body) for body in (taken, free)]
    assert refused[0].status_code == 403
    alike(*refused, (taken["name"], free["name"]))
    moved = bob.create_repo()
    tries = [bob.post("/api/repos/move", json={"fromRepo": moved.id, "toRepo": f"alice/{body['name']}", "type": "model"})
             for body in (taken, free)]
    assert tries[0].status_code == 403
    alike(*tries, (taken["name"], free["name"]))
    bob.delete_repo(moved)


def test_a_copy_keeps_the_gate_of_its_source(alice, bob, holt):
    source = alice.create_repo(organization="acme")
    alice.commit_files(source, {"a.txt": "a"})
    ok(alice.put(f"{source.api}/settings", json={"gated": "manual"}))
    name = unique("copy")
    ok(bob.post(f"{source.api}/duplicate", json={"repository": f"bob/{name}"}))
    with holt.api("carol") as carol:
        refused = carol.get(f"/bob/{name}/resolve/main/a.txt")
        assert (refused.status_code, refused.headers["x-error-code"]) == (403, "GatedRepo")
    assert ok(bob.get(f"/bob/{name}/resolve/main/a.txt")).text == "a"
    alice.delete_repo(source)
