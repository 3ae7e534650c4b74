"""The audit trail: every event of the server's own table is provoked and its row is looked at; no row holds a secret."""

import shutil
import subprocess
import time
from contextlib import closing

import httpx
import pytest
from support.git_tool import Git, with_token
from support.holt_server import binary_path
from support.hub_client import NO_TLS, add, ok, unique

from test_upkeep import flip_bit, objects

PASSWORD, OTHER = "correct horse battery", "battery staple one"
EVENTS = {}


def event(*actions):
    """Marks what provokes these actions: gives (actor, subject) of each, None where either does not matter."""
    def mark(provoke):
        for action in actions:
            assert action not in EVENTS, action
            EVENTS[action] = provoke
        return provoke
    return mark


class Scene:
    """A Holt with something to do to it."""

    def __init__(self, holt, tmp_path):
        self.holt, self.tmp_path = holt, tmp_path
        self.alice, self.root, self.carol = holt.api("alice"), holt.api("root"), holt.api("carol")
        holt.run("user", "password", "alice", stdin=PASSWORD + "\n")
        self.repo = self.alice.create_repo()

    def browser(self, password=PASSWORD):
        client = httpx.Client(base_url=self.holt.endpoint, trust_env=False, verify=NO_TLS, timeout=60)
        self.reply = client.post("/api/login", json={"username": "alice", "password": password})
        return client

    def user(self):
        name = unique("u").replace("-", "")
        self.holt.cli("user", "create", name)
        return name

    def rows(self):
        return ok(self.root.get("/api/admin/audit")).json()


CLI = "command line"


@event("user.create", "user.suspend", "user.restore", "org.create", "org.member.set", "org.member.remove", "token.create", "token.revoke")
def _(s):
    name, org = s.user(), unique("org")
    s.holt.cli("user", "suspend", name)
    s.holt.cli("user", "restore", name)
    s.holt.cli("org", "create", org, "--owner", "alice")
    ok(s.alice.put(f"/api/organizations/{org}/members/{name}", json={"role": "read"}))
    ok(s.alice.delete(f"/api/organizations/{org}/members/{name}"))
    s.holt.create_token(name, name="one")
    s.holt.cli("token", "revoke", name, "one")
    return {"user.create": (CLI, name), "user.suspend": (CLI, name), "user.restore": (CLI, name), "org.create": (CLI, org),
            "org.member.set": ("alice", org), "org.member.remove": ("alice", org), "token.create": (CLI, name), "token.revoke": (CLI, name)}


@event("session.create", "session.end", "session.end_all", "user.password", "user.profile")
def _(s):
    with closing(s.browser()) as one:
        ok(one.put("/api/settings/profile", json={"fullname": "Alice", "email": "alice@example.com"}))
        ok(one.put("/api/settings/password", json={"current": PASSWORD, "password": OTHER}))
        ok(one.delete("/api/settings/sessions"))
    with closing(s.browser(OTHER)) as one:
        ok(one.put("/api/settings/password", json={"current": OTHER, "password": PASSWORD}))
        ok(one.post("/api/logout"))
    return dict.fromkeys(("session.create", "session.end", "session.end_all", "user.password", "user.profile"), ("alice", "alice"))


@event("login.failed", "login.throttled")
def _(s):
    for _ in range(11):
        s.browser("wrong one").close()
    assert s.reply.status_code == 429
    return {"login.failed": ("", "alice"), "login.throttled": ("", "alice")}


@event("access.refused")
def _(s):
    assert s.carol.try_commit(s.repo, add("x", "x")).status_code == 403
    assert s.carol.try_commit(s.repo, add("x", "x")).status_code == 403
    return {"access.refused": ("carol", "create_commit")}


@event("token.refused")
def _(s):
    token = s.holt.create_token("carol", name="gone")
    s.holt.cli("token", "revoke", "carol", "gone")
    for _ in range(3):
        assert s.alice.get("/api/whoami-v2", headers={"authorization": f"Bearer {token}"}).status_code == 401
    return {"token.refused": ("", "carol")}


@event("token.leaked", "token.blocked")
def _(s):
    token = s.holt.create_token("carol", name="lost")
    assert s.alice.try_commit(s.repo, add("x", token)).status_code == 422
    assert s.holt.run("token", "revoke-leaked", "-", stdin=token).returncode == 3
    return {"token.leaked": (CLI, "carol"), "token.blocked": ("alice", f"model {s.repo.id}")}


@event("repo.create", "repo.visibility", "repo.gate", "repo.settings", "repo.move", "repo.delete")
def _(s):
    made = s.alice.create_repo()
    for change in ({"private": True}, {"gated": "manual"}, {"allowForcePush": True}, {"discussionsDisabled": True}):
        ok(s.alice.put(f"{made.api}/settings", json=change))
    moved = f"alice/{unique()}"
    ok(s.alice.post("/api/repos/move", json={"fromRepo": made.id, "toRepo": moved, "type": "model"}))
    ok(s.alice.request("DELETE", "/api/repos/delete", json={"name": moved.split("/")[1], "organization": "alice", "type": "model"}))
    name = f"model {made.id}"
    return {"repo.create": ("alice", name), "repo.visibility": ("alice", name), "repo.gate": ("alice", name), "repo.settings": ("alice", name),
            "repo.move": ("alice", f"{made.id} to {moved}"), "repo.delete": ("alice", f"model {moved}")}


@event("repo.commit", "repo.branch.create", "repo.branch.delete", "repo.tag.create", "repo.tag.delete", "repo.squash", "repo.push",
       "repo.history.rewrite", "repo.proposal.open", "repo.merge")
def _(s):
    alice, repo = s.alice, s.alice.create_repo()
    alice.commit_lfs(repo, {"w.bin": b"\1" * 20_000})
    ok(alice.post(f"{repo.api}/branch/side", json={}))
    ok(alice.delete(f"{repo.api}/branch/side"))
    ok(alice.post(f"{repo.api}/tag/main", json={"tag": "v1"}))
    ok(alice.delete(f"{repo.api}/tag/v1"))
    opened = ok(alice.try_commit(repo, add("p.txt", "p"), params={"create_pr": "1"})).json()
    ok(alice.post(f"{repo.api}/discussions/{opened['pullRequestUrl'].rsplit('/', 1)[1]}/merge", json={}))
    ok(alice.post(f"{repo.api}/discussions", json={"title": "draft", "description": "d", "pullRequest": True}))
    git, work = Git(s.tmp_path / "home"), s.tmp_path / "work"
    git.ok("clone", "-q", with_token(s.holt.endpoint, repo.git, s.holt.tokens["alice"]), work, cwd=s.tmp_path)
    (work / "pushed.txt").write_text("x")
    git.ok("add", "-A", cwd=work)
    git.ok("commit", "-qm", "pushed", cwd=work)
    git.ok("push", "-q", "origin", "main", cwd=work)
    files = ok(alice.get(f"{repo.api}/lfs-files")).json()
    ok(alice.post(f"{repo.api}/lfs-files/batch", json={"deletions": {"sha": [files[0]["fileOid"]], "rewriteHistory": True}}))
    ok(alice.post(f"{repo.api}/super-squash/main", json={}))
    return dict.fromkeys([name for name in EVENTS if EVENTS[name] is EVENTS["repo.commit"]], ("alice", repo.id))


@event("upkeep.look", "upkeep.collect", "upkeep.undo", "upkeep.check", "upkeep.scrub", "upkeep.repair", "upkeep.backup", "object.damage", "object.repair")
def _(s):
    # Of an administrator, in a page; and of the command line.
    ok(s.root.post("/api/admin/maintenance", json={"work": "look"}))
    while ok(s.root.get("/api/admin/maintenance")).json()["running"]:
        time.sleep(0.02)
    assert any((row["actor"], row["action"]) == ("root", "upkeep.look") for row in s.rows())
    s.alice.commit_lfs(s.repo, {"w.bin": b"\2" * 50_000})
    backup = s.tmp_path / "backup"
    if s.holt.catalog:
        shutil.copytree(s.holt.data, backup)  # what PostgreSQL's users copy
        (backup / "lock").unlink()
        s.holt.run("backup", s.tmp_path / "none")
    else:
        s.holt.cli("backup", backup)
    flip_bit(max(objects(s.holt.data, "packs"), key=lambda path: path.stat().st_size), 100)
    assert s.holt.run("scrub").returncode == 1
    s.holt.cli("repair", "--from", backup)
    for words in (("fsck",), ("gc", "--dry-run"), ("gc",), ("gc", "--undo")):
        s.holt.cli(*words)
    expected = dict.fromkeys([name for name in EVENTS if EVENTS[name] is EVENTS["upkeep.look"]], (CLI, None))
    if s.holt.catalog:
        del expected["upkeep.backup"]  # there is none on PostgreSQL: pg_dump makes it
    return expected


@event("hub.openness")
def _(s):
    ok(s.root.put("/api/admin/openness", json={"openToJoin": True}))
    ok(s.root.put("/api/admin/openness", json={"openToJoin": False}))
    return {"hub.openness": ("root", "hub")}


@event("object.read")
def _(s):
    s.alice.lfs_upload(s.repo, b"\3" * 1000)
    name = objects(s.holt.data, "blobs")[-1].name
    ok(s.root.get(f"/api/admin/objects/blobs/{name}"))
    return {"object.read": ("root", f"blobs {name}")}


@event("secret.renew", "server.start", "server.settings")
def _(s):
    s.holt.stop()
    (s.holt.data / "secret.key").unlink()
    s.holt.environment["HOLT_GC_UNDO_DAYS"] = "9"
    s.holt.start()
    return {"secret.renew": ("system", "secret.key"), "server.start": ("system", "the hub"), "server.settings": ("system", "the hub")}


def test_every_event_of_the_table_leaves_its_row(own_holt, tmp_path):
    printed = subprocess.run([binary_path(), "audit", "actions"], capture_output=True, text=True, check=True).stdout
    listed = [line.split()[0] for line in printed.splitlines()[1:]]
    assert len(listed) == len(set(listed)) and set(listed) == set(EVENTS), "each action of the table is provoked here"
    scene, seen = Scene(own_holt, tmp_path), []
    for provoke in dict.fromkeys(EVENTS.values()):
        before = int(scene.rows()[0]["id"])
        expected = provoke(scene)
        new = [row for row in scene.rows() if int(row["id"]) > before]
        seen += new
        for action, (actor, subject) in expected.items():
            found = [row for row in new if row["action"] == action]
            assert found, f"{action} left no row"
            assert any(row["actor"] == actor and subject in (None, row["subject"]) for row in found), (action, actor, subject, found)
    by_action = {row["action"]: row for row in seen}
    assert len([row for row in seen if row["action"] == "access.refused"]) == 1, "sampled"
    assert len([row for row in seen if row["action"] == "token.refused"]) == 1, "sampled"
    assert len([row for row in seen if row["action"] == "login.throttled"]) == 1, "sampled"
    assert by_action["session.create"]["via"] == "session" and by_action["session.create"]["detail"] == {"address": "127.0.0.1"}
    assert by_action["repo.visibility"]["detail"] == {"from": "public", "to": "private"}
    assert by_action["repo.gate"]["detail"] == {"from": "none", "to": "manual"}
    assert by_action["server.settings"]["detail"] == {"changed": "gc-undo-days"}
    text = str(seen)
    for secret in (PASSWORD, OTHER, "wrong one", *own_holt.tokens.values()):
        assert secret not in text
    assert "repo.merge" in own_holt.cli("audit", "list", "--limit", "1000")


def test_a_name_typed_wrong_is_not_written_down(holt, nobody, root):
    """It may be the password, in the wrong field."""
    assert nobody.post("/api/login", json={"username": "my secret password", "password": "alice"}).status_code == 401
    rows = ok(root.get("/api/admin/audit")).json()
    assert rows[0]["action"] == "login.failed" and rows[0]["subject"] == ""
    assert "my secret password" not in str(rows)


def test_the_trail_is_for_administrators(alice, nobody):
    assert (alice.get("/api/admin/audit").status_code, nobody.get("/api/admin/audit").status_code) == (403, 401)
