"""Repositories with very many references, or very many files in one folder."""

import base64
import json

import pytest
from bounds import MIB, Bounded
from packs import ZERO, push
from support.git_tool import Git, with_token
from support.hub_client import ok

MANY = 100_000
STEP = 10_000  # the most that one push may bring


@pytest.fixture(scope="module")
def alice(attacked):
    with attacked.api("alice") as api:
        api.timeout = 300
        yield api


def names(count: int, start: int = 0) -> list[str]:
    return [f"refs/heads/branch-{number:06}" for number in range(start, start + count)]


@pytest.fixture(scope="module")
def many_refs(attacked, alice):
    repo = alice.create_repo()
    tip = alice.head_of(repo)
    with Bounded(attacked, memory=256 * MIB, kept=128 * MIB):
        for start in range(0, MANY, STEP):
            reply = push(alice, repo, [(ZERO, tip, name) for name in names(STEP, start)])
            assert reply.status_code == 200 and b"ng " not in reply.content, reply.text[:500]
            assert reply.content.count(b"ok refs/heads/") == STEP
    return repo, tip


def test_a_push_of_100_000_references_is_refused(holt, alice):
    repo = alice.create_repo()
    tip = alice.head_of(repo)
    with Bounded(holt, memory=128 * MIB):
        reply = push(alice, repo, [(ZERO, tip, name) for name in names(MANY)])
    assert reply.status_code == 400 and "10,000" in reply.text
    assert [branch["name"] for branch in ok(alice.get(f"{repo.api}/refs")).json()["branches"]] == ["main"]
    alice.delete_repo(repo)


def test_a_reference_named_twice_is_refused(holt, alice):
    repo = alice.create_repo()
    tip = alice.head_of(repo)
    twice = [*names(STEP - 1), names(1)[0]]
    assert push(alice, repo, [(ZERO, tip, name) for name in twice]).status_code == 400
    alice.delete_repo(repo)


def test_many_references_are_listed(holt, alice, many_refs):
    repo, _ = many_refs
    with Bounded(holt, memory=256 * MIB):
        assert len(ok(alice.get(f"{repo.api}/refs")).json()["branches"]) == MANY + 1


def test_a_repository_with_many_references_is_worked_with(holt, alice, many_refs, tmp_path):
    repo, first = many_refs
    git = Git(tmp_path / "home")
    address = with_token(holt.endpoint, repo.git, holt.tokens["alice"])
    with Bounded(holt, memory=400 * MIB, kept=64 * MIB):
        assert len(git.ok("ls-remote", address, "refs/heads/branch-0000*", cwd=tmp_path).splitlines()) == 100
        second = alice.commit_files(repo, {"a.txt": "a"})
        ok(alice.get(f"{repo.api}/tree/branch-000001"))
        # At a commit that no branch's tip is, and at one that many are.
        third = alice.commit_files(repo, {"a.txt": "b"})
        ok(alice.post(f"{repo.api}/branch/from-second", json={"startingPoint": second}))
        ok(alice.post(f"{repo.api}/branch/from-first", json={"startingPoint": first}))
        git.ok("clone", "-q", "--single-branch", address, "c", cwd=tmp_path)
        assert git.ok("rev-parse", "HEAD", cwd=tmp_path / "c") == third
        (tmp_path / "c" / "b.txt").write_text("b")
        git.ok("add", ".", cwd=tmp_path / "c")
        git.ok("commit", "-qm", "pushed", cwd=tmp_path / "c")
        git.ok("push", "-q", cwd=tmp_path / "c")
        assert alice.head_of(repo) == git.ok("rev-parse", "HEAD", cwd=tmp_path / "c")


@pytest.fixture(scope="module")
def many_files(attacked, alice):
    repo = alice.create_repo()
    content = base64.b64encode(b"x").decode()
    line = '{{"key":"file","value":{{"path":"folder/file-{:06}.txt","content":"{}","encoding":"base64"}}}}\n'
    body = '{"key":"header","value":{"summary":"many"}}\n' + "".join(line.format(number, content) for number in range(MANY))
    with Bounded(attacked, memory=256 * MIB, kept=64 * MIB):
        ok(alice.try_commit(repo, raw=body.encode()))
    return repo


def test_a_folder_of_100_000_files_is_listed_page_by_page(holt, alice, many_files):
    with Bounded(holt, memory=128 * MIB):
        reply = ok(alice.get(f"{many_files.api}/tree/main/folder"))
        assert len(reply.json()) == 1000 and "next" in reply.links
        names = [entry["path"] for entry in reply.json()]
        reply = ok(alice.get(reply.links["next"]["url"]))
        assert not set(names) & {entry["path"] for entry in reply.json()}
        reply = ok(alice.get(f"{many_files.api}/tree/main/folder", params={"expand": "true"}))
        assert len(reply.json()) == 100 and reply.json()[0]["lastCommit"]["title"] == "many"
        assert [entry["path"] for entry in ok(alice.get(f"{many_files.api}/tree/main")).json()] == [".gitattributes", "folder"]


def test_a_repository_of_100_000_files_is_worked_with(holt, alice, many_files, tmp_path):
    git = Git(tmp_path / "home")
    with Bounded(holt, memory=400 * MIB, kept=64 * MIB):
        assert len(alice.info(many_files)["siblings"]) == MANY + 1
        ok(alice.get(many_files.web))
        assert alice.read(many_files, "folder/file-054321.txt") == b"x"
        tip = alice.commit_files(many_files, {"folder/one-more.txt": "y"})
        git.ok("clone", "-q", "--no-checkout", with_token(holt.endpoint, many_files.git, None), "c", cwd=tmp_path)
        assert git.ok("rev-parse", "HEAD", cwd=tmp_path / "c") == tip
        assert len(git.ok("ls-tree", "HEAD", "folder/", cwd=tmp_path / "c").splitlines()) == MANY + 1


def test_more_operations_than_a_commit_may_have_are_refused(holt, alice):
    repo = alice.create_repo()
    tip = alice.head_of(repo)
    with Bounded(holt, memory=256 * MIB):
        lines = "".join('{"key":"deletedFile","value":{"path":"f%d"}}\n' % number for number in range(MANY + 1))
        reply = alice.try_commit(repo, raw=('{"key":"header","value":{"summary":"x"}}\n' + lines).encode())
    assert reply.status_code in (400, 404, 413), reply.text
    assert alice.head_of(repo) == tip
    alice.delete_repo(repo)


def test_a_commit_of_one_endless_line_is_refused(holt, alice):
    repo = alice.create_repo()
    tip = alice.head_of(repo)

    def body():
        yield b'{"key":"header","value":{"summary":"' + b"x" * MIB
        for _ in range(150):
            yield b"x" * MIB

    with Bounded(holt, memory=400 * MIB):
        reply = alice.post(f"{repo.api}/commit/main", content=body(), headers={"content-type": "application/x-ndjson"})
    assert reply.status_code in (400, 413), reply.text
    assert alice.head_of(repo) == tip
    alice.delete_repo(repo)


def test_asking_about_very_many_paths(holt, alice, many_files):
    paths = [f"folder/file-{number:06}.txt" for number in range(MANY)]
    with Bounded(holt, memory=256 * MIB):
        reply = alice.post(f"{many_files.api}/paths-info/main", content=json.dumps({"paths": paths, "expand": True}),
                           headers={"content-type": "application/json"})
    assert reply.status_code in (200, 400, 413), reply.text[:300]
