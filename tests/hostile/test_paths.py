"""Paths that mean something else to somebody: `..`, NUL, backslashes, `.git` in disguise, two names that are one elsewhere.
Nothing like it is stored, by whatever door it comes, and no address leads out of a repository."""

import json

import pytest
from packs import ZERO, commit, entry, oid_of, pack, push, tree
from support.hub_client import add, add_lfs, ok
from wire import Wire

# What may be no part of a path, for any system that a clone may stand on.
FORBIDDEN = [
    "..", ".", ".git", ".GIT", ".Git", ".git ", ".git.", ".git. .", "git~1", "GIT~1", ".g\u200cit", ".gi\ufefft", "\u200d.git", ".git\u202e",
    ".git:stream", ".git::$INDEX_ALLOCATION", "a\\..\\.git", "a\\.git", ".git\\config", "a\0b", "\0",
]
SHAPES = ["{}", "{}/x", "a/{}", "a/{}/x"]
MALFORMED = ["", "/", "/etc/passwd", "a//b", "a/", "//", "a" * 5000, "a/" * 2100 + "b", "a" * 256, "b/" + "a" * 256]


@pytest.fixture(scope="module")
def alice(attacked):
    with attacked.api("alice") as api:
        yield api


@pytest.fixture(scope="module")
def repo(alice):
    made = alice.create_repo()
    alice.commit_files(made, {"a/b.txt": "b", "README.md": "# r\n"})
    return made


@pytest.mark.parametrize("path", [shape.format(part) for part in FORBIDDEN for shape in SHAPES] + MALFORMED, ids=lambda path: repr(path[:40]))
def test_is_not_committed(holt, alice, repo, path):
    tip = alice.head_of(repo)
    lines = [add(path, "x"), add_lfs(path, "0" * 64, 1), {"key": "copyFile", "value": {"path": path, "srcPath": "README.md"}}]
    if not path.endswith("/"):  # clients name a folder to delete like that
        lines += [{"key": key, "value": {"path": path}} for key in ("deletedFile", "deletedFolder")]
    for line in lines:
        reply = alice.try_commit(repo, line)
        assert reply.status_code in (400, 404, 422), f"{line}: {reply.status_code} {reply.text}"
    reply = alice.post(f"{repo.api}/preupload/main", json={"files": [{"path": path, "size": 1, "sample": ""}]})
    assert reply.status_code in (400, 422), reply.text
    assert alice.head_of(repo) == tip


# git's own fsck stops most of these; the rest is Holt's.
@pytest.mark.parametrize("name", [part for part in FORBIDDEN if "\0" not in part] + ["", "a/b", "\u00e9".encode("latin-1"), ".gitmodules\u200c"],
                         ids=repr)
def test_is_not_pushed(holt, alice, repo, name):
    tip = alice.head_of(repo)
    blob = oid_of("blob", b"x")
    inner = tree([("100644", name, blob)])
    outer = tree([("40000", "sub", oid_of("tree", inner))])
    for root, entries in ((inner, [entry("tree", inner)]), (outer, [entry("tree", inner), entry("tree", outer)])):
        made = commit(oid_of("tree", root), [tip])
        packed = pack([entry("blob", b"x"), *entries, entry("commit", made)])
        reply = push(alice, repo, [(tip, oid_of("commit", made), "refs/heads/main")], packed)
        if name == ".gitmodules\u200c":  # an odd name, and harmless: only links are not
            continue
        assert b"ng refs/heads/main" in reply.content, reply.text
        assert alice.head_of(repo) == tip


@pytest.mark.parametrize("mode", ["120000", "40000", "160000"])
def test_git_folder_is_not_pushed_as_another_kind(holt, alice, repo, mode):
    tip = alice.head_of(repo)
    blob, empty = oid_of("blob", b"x"), oid_of("tree", b"")
    root = tree([(mode, ".GiT", {"120000": blob, "40000": empty, "160000": tip}[mode])])
    made = commit(oid_of("tree", root), [tip])
    packed = pack([entry("blob", b"x"), entry("tree", b""), entry("tree", root), entry("commit", made)])
    assert b"ng " in push(alice, repo, [(tip, oid_of("commit", made), "refs/heads/main")], packed).content
    assert alice.head_of(repo) == tip


@pytest.mark.parametrize("name", ["refs/heads/../../config", "refs/heads/.lock", "refs/heads/a.lock", "refs/heads/a..b", "refs/heads/a b",
                                  "refs/heads/a\\b", "refs/heads/a\x7fb", "refs/heads/", "refs/heads//a", "HEAD", "config", "/etc/passwd",
                                  "refs/heads/a@{1}", "refs/heads/" + "a" * 5000, "refs/pr/1", "refs/holt/x", "refs/heads/main/x"])
def test_reference_is_not_pushed(holt, alice, repo, name):
    tip = alice.head_of(repo)
    reply = push(alice, repo, [(ZERO, tip, name)])
    assert reply.status_code == 400 or b"ng " in reply.content, reply.text
    assert [branch["name"] for branch in ok(alice.get(f"{repo.api}/refs")).json()["branches"]] == ["main"]


ESCAPES = ["../../../../etc/passwd", "..%2f..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/etc/passwd", "a/../../../etc/passwd", "a/..%2f..%2fx",
           "%00", "README.md%00.txt", "..%5c..%5cetc%5cpasswd", "\\..\\..\\etc\\passwd", "%252e%252e%252fetc%252fpasswd", "/etc/passwd", "%2fetc%2fpasswd",
           "....//....//etc/passwd", ".%2e/.git/config", ".git/config", "%c0%ae%c0%ae/etc/passwd", "%ff", "a%0d%0aX: y", "file:///etc/passwd",
           "objects/pack", "HEAD", "catalog.sqlite"]


@pytest.mark.parametrize("escape", ESCAPES)
def test_addresses_do_not_lead_out(holt, repo, escape):
    raw = escape.encode()
    for base in (f"/{repo.id}/resolve/main/", f"/{repo.id}/raw/main/", f"{repo.api}/tree/main/", f"{repo.api}/rendered/main/", f"/{repo.id}/blob/main/",
                 f"/{repo.id}.git/", f"{repo.api}/revision/", "/_app/", "/", "/api/models/", "/v1/xorbs/default/"):
        with Wire(holt.port) as wire:
            reply = wire.send(b"GET " + base.encode() + raw + b" HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").receive()
        assert reply is not None and reply.status < 500, (base, reply)
        assert b"root:" not in reply.body and b"[core]" not in reply.body and b"SQLite" not in reply.body[:16], base
        assert "x" not in reply.fields or reply.fields["x"] != "y", base
        if reply.status == 200 and reply.body.lstrip().startswith((b"<!doctype", b"<!DOCTYPE")):
            continue  # the shell of the pages, which says itself that there is nothing
        assert reply.status in (301, 302, 307, 308, 400, 401, 404, 405), (base, reply)


def test_a_reference_is_no_other_ones_folder(holt, alice):
    """git keeps references as files: with both, every clone would fail."""
    made = alice.create_repo()
    tip = alice.head_of(made)
    ok(alice.post(f"{made.api}/branch/a/b", json={}))
    for name in ("a", "a/b/c", "main/x"):
        assert alice.post(f"{made.api}/branch/{name}", json={}).status_code == 409, name
        assert b"ng " in push(alice, made, [(ZERO, tip, f"refs/heads/{name}")]).content, name
    assert b"ng " in push(alice, made, [(ZERO, tip, "refs/heads/x"), (ZERO, tip, "refs/heads/x/y")]).content
    # One goes and the other comes, in one push.
    assert b"ng " not in push(alice, made, [(tip, ZERO, "refs/heads/a/b"), (ZERO, tip, "refs/heads/a")]).content
    assert {branch["name"] for branch in ok(alice.get(f"{made.api}/refs")).json()["branches"]} == {"a", "main"}
    alice.delete_repo(made)


def test_names_that_are_one_elsewhere_stay_two_here(holt, alice):
    repo = alice.create_repo()
    files = {"Readme.txt": "1", "README.TXT": "2", "readme.txt": "3", "caf\u00e9.txt": "4", "cafe\u0301.txt": "5", "\ufb01.txt": "6", "fi.txt": "7",
             "A/x": "8", "a/x": "9", "con.txt": "10", "a b": "11", "a\\b": "12", "trailing ": "13", "dots...": "14", "-rf": "15", "%2e%2e": "16"}
    alice.commit_files(repo, files)
    assert set(alice.paths(repo)) == {*files, ".gitattributes"}
    for path, content in files.items():
        assert alice.read(repo, path) == content.encode(), path
    alice.delete_repo(repo)


@pytest.mark.parametrize("name", ["..", ".", "a/../b", "../x", "a\0b", "a\\b", ".git", "a.git", "x" * 200, "a b", "%2e%2e", "", "-", "a--b", "a..b", "\u200cx",
                                  "con\n", "a/b/c", "{name}", "api"])
def test_repository_names(holt, alice, name):
    reply = alice.post("/api/repos/create", content=json.dumps({"name": name}), headers={"content-type": "application/json"})
    if reply.status_code == 200:
        assert name == "api", reply.text  # a plain word of one's own namespace
        return
    assert reply.status_code in (400, 422), reply.text
