"""One of everything that changes a hub, each with what must hold once it was acknowledged."""

from __future__ import annotations

import hashlib
import os
import pathlib
import random
import shutil
import subprocess
from dataclasses import dataclass
from typing import Callable

import httpx

from support.catalog_file import change_catalog
from support.holt_server import CommandFailed, HoltServer
from support.hub_client import Api, Repo, add, add_lfs, ok
from support.xet_wire import Cas

CONTENT = random.Random(11)
SMALL = CONTENT.randbytes(700).hex().encode()
LARGE = CONTENT.randbytes(190_000)  # some of it goes past the page cache
CHUNKED = CONTENT.randbytes(70_000)
GARBAGE = CONTENT.randbytes(2_000)
LONG_AGO_S = 3 * 24 * 3600
GIT_ENVIRONMENT = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_TERMINAL_PROMPT": "0",
                   "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b",
                   "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}


class Refused(Exception):
    """The server said no to something it should have taken."""


class Unanswered(Exception):
    """The server failed, with a sentence, or was gone: the step may have happened or not."""


def git(folder, *words) -> str:
    done = subprocess.run(["git", *map(str, words)], cwd=folder, env=GIT_ENVIRONMENT, capture_output=True, text=True,
                          timeout=60)
    if done.returncode != 0:
        raise Unanswered(f"git {words[0]}: {done.stderr.strip()[-300:]}")
    return done.stdout


def taken(reply: httpx.Response) -> httpx.Response:
    """What a client makes of a reply: taken, failed with a sentence, or wrong."""
    if reply.status_code < 300:
        return reply
    if reply.status_code not in (500, 503, 507):
        raise Refused(f"{reply.request.method} {reply.request.url.path}: {reply.status_code} {reply.text[:300]}")
    try:
        sentence = reply.json().get("error") or reply.json().get("message")
    except ValueError:
        sentence = None
    if not sentence:
        raise Refused(f"{reply.status_code} without a sentence: {reply.text[:300]!r}")
    raise Unanswered(f"{reply.status_code}: {sentence}")


def read(api: Api, repo: Repo, path: str, content: bytes) -> str:
    """Empty when these bytes are served whole; else what was served."""
    reply = api.get(repo.resolve(path), follow_redirects=True)
    if reply.status_code == 404:
        return f"{repo.id}/{path} is not there"
    if reply.status_code != 200:
        return f"{repo.id}/{path}: {reply.status_code} {reply.text[:200]}"
    return "" if reply.content == content else f"WRONG BYTES in {repo.id}/{path}: {len(reply.content)} bytes"


@dataclass
class Step:
    name: str
    act: Callable[["World"], None]
    holds: Callable[["World"], str]     # empty when what was acknowledged is there


class World:
    """A server on a data folder, its two clients, and what they need to know."""

    def __init__(self, server: HoltServer, clone: pathlib.Path, dead: Callable[[], bool] = lambda: False):
        self.server, self.clone, self.dead = server, clone, dead
        self.alice = Api(server.endpoint, token=server.tokens["alice"], user="alice")
        self.alice.timeout = httpx.Timeout(20)

    def close(self):
        self.alice.close()


BASE, MOVED, DOOMED, SET, PROBE = (Repo(f"alice/{name}") for name in ("base", "moves", "doomed", "settings", "probe"))
MADE, MOVED_TO = Repo("alice/made"), Repo("alice/moved")
TOKEN = "hf_" + "faultsfaultsfaultsfaults0123456789"[:34]


def make_template(folder: pathlib.Path) -> dict[str, str]:
    """A data folder that has been used for a while, and a clone with a commit to push; the tokens."""
    server = HoltServer(data=folder / "data", options=["--xet-convert=false"])
    server.create_people()
    with server, Api(server.endpoint, token=server.tokens["alice"], user="alice") as alice:
        for repo in (BASE, MOVED, DOOMED, SET, PROBE):
            alice.create_repo(repo.name)
        alice.commit(BASE, add("old.txt", SMALL))
        alice.lfs_upload(BASE, GARBAGE)
        url = server.endpoint + BASE.git
        git(folder, "clone", "-q", url, "clone")
        (folder / "clone" / "pushed.txt").write_bytes(SMALL * 2)
        git(folder / "clone", "add", "pushed.txt")
        git(folder / "clone", "commit", "-qm", "pushed")
        branch = git(folder / "clone", "rev-parse", "HEAD").strip()
        (folder / "pushed").write_text(branch)
    # What nobody refers to is old enough to be collected.
    garbage = hashlib.sha256(GARBAGE).hexdigest()
    past = (folder / "data" / "format").stat().st_mtime - LONG_AGO_S
    for path in (folder / "data" / "objects").rglob(garbage):
        os.utime(path, (past, past))
    change_catalog(folder / "data" / "catalog.sqlite", f"UPDATE contents SET stored_at = stored_at - {LONG_AGO_S * 1000}")
    shutil.rmtree(folder / "data" / "staging", ignore_errors=True)
    (folder / "data" / "staging").mkdir(mode=0o750)
    return server.tokens


def sentence_of(failed: CommandFailed) -> Unanswered:
    text = (failed.result.stdout + failed.result.stderr).strip()
    if not text:
        raise Refused("a command failed and said nothing")
    return Unanswered(text[-300:])


def command(world: World, *words) -> str:
    try:
        return world.server.cli(*words)
    except CommandFailed as failed:
        raise sentence_of(failed) from None


def create(world):
    taken(world.alice.post("/api/repos/create", json={"name": MADE.name, "type": "model", "visibility": "public"}))


def created(world):
    reply = world.alice.get(MADE.api)
    return "" if reply.status_code == 200 and reply.json().get("sha") else f"{MADE.id}: {reply.status_code} {reply.text[:200]}"


def commit(world):
    taken(world.alice.try_commit(BASE, add("a/small.txt", SMALL), add("b.txt", b"b"), summary="small"))


def upload_large(world):
    oid, repo = hashlib.sha256(LARGE).hexdigest(), BASE
    told = taken(world.alice.lfs_batch(repo, "upload", [(oid, len(LARGE))])).json()["objects"][0]["actions"]
    taken(httpx.put(told["upload"]["href"], content=LARGE, timeout=20, trust_env=False))
    taken(world.alice.post(told["verify"]["href"], json={"oid": oid, "size": len(LARGE)},
                           headers=told["verify"].get("header") or {}))
    taken(world.alice.try_commit(repo, add_lfs("w.bin", oid, len(LARGE)), summary="large"))


def upload_chunked(world):
    from support import xet_wire

    reply = taken(world.alice.get(f"{BASE.api}/xet-write-token/main"))
    assert reply.json()["accessToken"]
    cas = Cas(world.alice, BASE)
    try:
        xorb = xet_wire.Xorb(xet_wire.cut(CHUNKED))
        taken(cas.put_xorb(xorb))
        taken(cas.put_shard(xet_wire.shard([xet_wire.whole(xorb, CHUNKED)], [xorb])))
    finally:
        cas.http.close()
    oid = hashlib.sha256(CHUNKED).hexdigest()
    taken(world.alice.try_commit(BASE, add_lfs("x.bin", oid, len(CHUNKED)), summary="chunked"))


def push(world):
    url = world.server.endpoint.replace("://", f"://alice:{world.alice.token}@") + BASE.git
    git(world.clone, "push", "-q", url, "HEAD:refs/heads/pushed")


def pushed(world):
    reply = world.alice.get(BASE.resolve("pushed.txt", "pushed"), follow_redirects=True)
    if reply.status_code != 200:
        return f"pushed.txt: {reply.status_code} {reply.text[:200]}"
    return "" if reply.content == SMALL * 2 else "WRONG BYTES in pushed.txt"


def ref_is_there(name):
    def holds(world):
        reply = world.alice.get(f"{BASE.api}/revision/{name}")
        return "" if reply.status_code == 200 else f"{name}: {reply.status_code} {reply.text[:200]}"
    return holds


def move(world):
    taken(world.alice.post("/api/repos/move", json={"fromRepo": MOVED.id, "toRepo": MOVED_TO.id, "type": "model"}))


def moved(world):
    reply = world.alice.get(MOVED_TO.api)
    return "" if reply.status_code == 200 else f"{MOVED_TO.id}: {reply.status_code} {reply.text[:200]}"


def remove(world):
    taken(world.alice.delete_repo(DOOMED))


def removed(world):
    reply = world.alice.get(DOOMED.api)
    return "" if reply.status_code == 404 else f"{DOOMED.id} was deleted and is there again: {reply.status_code}"


def change_settings(world):
    taken(world.alice.put(f"{SET.api}/settings", json={"private": True, "gated": "auto"}))


def settings_changed(world):
    told = ok(world.alice.get(SET.api)).json()
    return "" if told["private"] and told["gated"] == "auto" else f"{SET.id}: private {told['private']}, gated {told['gated']}"


def token_works(world):
    with Api(world.server.endpoint, token=TOKEN) as client:
        reply = client.get("/api/whoami-v2")
    return "" if reply.status_code == 200 else f"the new token: {reply.status_code} {reply.text[:200]}"


def discuss(world):
    taken(world.alice.post(f"{SET.api}/discussions", json={"title": "kept?", "description": "yes"}))


def discussed(world):
    found = ok(world.alice.get(f"{SET.api}/discussions")).json()["discussions"]
    return "" if [entry["title"] for entry in found] == ["kept?"] else f"discussions of {SET.id}: {found}"


STEPS = [
    Step("create a repository", create, created),
    Step("commit", commit, lambda world: read(world.alice, BASE, "a/small.txt", SMALL) or read(world.alice, BASE, "b.txt", b"b")),
    Step("upload by LFS and commit", upload_large, lambda world: read(world.alice, BASE, "w.bin", LARGE)),
    Step("upload by Xet and commit", upload_chunked, lambda world: read(world.alice, BASE, "x.bin", CHUNKED)),
    Step("git push", push, pushed),
    Step("branch", lambda world: taken(world.alice.post(f"{BASE.api}/branch/side", json={})), ref_is_there("side")),
    Step("tag", lambda world: taken(world.alice.post(f"{BASE.api}/tag/main", json={"tag": "v1", "message": "one"})),
         ref_is_there("v1")),
    Step("move", move, moved),
    Step("delete", remove, removed),
    Step("settings", change_settings, settings_changed),
    Step("discussion", discuss, discussed),
    Step("token", lambda world: command(world, "token", "create", "alice", "--name", "late", "--role", "write",
                                        "--value", TOKEN), token_works),
    Step("gc", lambda world: command(world, "gc"), lambda world: ""),
]


def play(world: World) -> tuple[list[Step], list[str]]:
    """Does every step; those that were acknowledged, and a line for each that was not."""
    done, failed = [], []
    for step in STEPS:
        if world.dead():
            break
        try:
            step.act(world)
            done.append(step)
        except (Unanswered, httpx.TransportError) as problem:
            failed.append(f"{step.name}: {type(problem).__name__} {problem}")
        except (Refused, AssertionError) as problem:
            if world.dead():
                break
            # An upload by several requests may have lost its ground in the one that failed before.
            raise Refused(f"{step.name}: {problem}; before: {failed}") from None
    return done, failed


def compare(world: World, done: list[Step]) -> list[str]:
    """Everything acknowledged that is not there as it was; and whatever is served wrongly of the rest."""
    problems = [f"lost: {step.name}: {wrong}" for step in done if (wrong := step.holds(world))]
    for step in STEPS:
        if step not in done and (wrong := step.holds(world)).startswith("WRONG BYTES"):
            problems.append(f"{step.name}: {wrong}")
    old = read(world.alice, BASE, "old.txt", SMALL)
    return problems + ([f"lost: {old}"] if old else [])
