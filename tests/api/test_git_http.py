"""git itself against the server: clone, fetch, push, and what a push may not do."""

import gzip
import hashlib

import httpx
import pytest
from support.git_tool import Git, with_token
from support.hub_client import ok, pointer_text


@pytest.fixture
def git(tmp_path):
    return Git(tmp_path / "home")


@pytest.fixture
def address(holt):
    return lambda repo, user="alice", suffix=".git": with_token(
        holt.endpoint, repo.web + suffix, holt.tokens[user] if user else None)


@pytest.fixture
def work(git, address, repo, tmp_path):
    """A clone of alice's repository, pushed to with her token."""
    git.ok("clone", "-q", address(repo), tmp_path / "work", cwd=tmp_path)
    return tmp_path / "work"


def put(work, name, content="x\n"):
    (work / name).parent.mkdir(parents=True, exist_ok=True)
    (work / name).write_bytes(content if isinstance(content, bytes) else content.encode())


def commit(git, work, message="change"):
    git.ok("add", "-A", cwd=work)
    git.ok("commit", "-qm", message, cwd=work)
    return git.ok("rev-parse", "HEAD", cwd=work)


@pytest.mark.parametrize("suffix", ["", ".git"])
@pytest.mark.parametrize("protocol", [0, 2])
def test_clone_anonymously(git, alice, address, repo, tmp_path, suffix, protocol):
    tip = alice.commit_files(repo, {"a.txt": "a", "d/b.txt": "b"})
    git.ok("-c", f"protocol.version={protocol}", "clone", "-q", address(repo, None, suffix), "c", cwd=tmp_path)
    assert git.ok("rev-parse", "HEAD", cwd=tmp_path / "c") == tip
    assert (tmp_path / "c/d/b.txt").read_text() == "b"
    git.ok("fsck", "--strict", cwd=tmp_path / "c")


@pytest.mark.parametrize("kind", ["dataset", "space"])
def test_other_kinds(git, alice, address, tmp_path, kind):
    made = alice.create_repo(kind=kind)
    alice.commit_files(made, {"a.txt": "a"})
    git.ok("clone", "-q", address(made, None), "c", cwd=tmp_path)
    put(tmp_path / "c", "b.txt")
    commit(git, tmp_path / "c")
    git.ok("push", "-q", address(made), "main", cwd=tmp_path / "c")
    assert "b.txt" in alice.paths(made)


def test_shallow_and_deepen(git, alice, address, repo, tmp_path):
    for i in range(5):
        alice.commit_files(repo, {"a": str(i)})
    git.ok("clone", "-q", "--depth", "2", address(repo, None), "c", cwd=tmp_path)
    assert git.ok("rev-list", "--count", "HEAD", cwd=tmp_path / "c") == "2"
    git.ok("fetch", "-q", "--unshallow", cwd=tmp_path / "c")
    assert git.ok("rev-list", "--count", "HEAD", cwd=tmp_path / "c") == "6"


def test_partial_clone_fetches_blobs_when_asked(git, alice, address, repo, tmp_path):
    alice.commit_files(repo, {"a.txt": "a" * 5000})
    git.ok("clone", "-q", "--filter=blob:none", "--no-checkout", address(repo, None), "c", cwd=tmp_path)
    missing = git.ok("rev-list", "--objects", "--missing=print", "HEAD", cwd=tmp_path / "c")
    assert any(line.startswith("?") for line in missing.splitlines()), "the server left blobs out"
    assert git.ok("show", "HEAD:a.txt", cwd=tmp_path / "c") == "a" * 5000


def test_fetch_of_a_commit_made_by_api(git, alice, repo, work):
    tip = alice.commit_files(repo, {"api.txt": "by api"})
    git.ok("pull", "-q", cwd=work)
    assert git.ok("rev-parse", "HEAD", cwd=work) == tip


def test_fetch_by_commit_id(git, alice, address, repo, tmp_path):
    first = alice.commit_files(repo, {"a": "1"})
    alice.commit_files(repo, {"a": "2"})
    git.ok("init", "-q", "c", cwd=tmp_path)
    git.ok("fetch", "-q", "--depth", "1", address(repo, None), first, cwd=tmp_path / "c")
    assert git.ok("rev-parse", "FETCH_HEAD", cwd=tmp_path / "c") == first


def test_push_has_the_effects_of_a_commit(git, alice, nobody, repo, work):
    put(work, "README.md", "---\nlicense: mit\npipeline_tag: fill-mask\n---\n# Pushed\n")
    put(work, "d/a.txt", "a\n")
    tip = commit(git, work, "By git")
    git.ok("push", "-q", cwd=work)
    info = nobody.info(repo)
    assert info["sha"] == tip
    assert "license:mit" in info["tags"] and info["pipeline_tag"] == "fill-mask"
    assert nobody.read(repo, "d/a.txt") == b"a\n"
    assert ok(nobody.get(f"{repo.api}/commits/main")).json()[0]["title"] == "By git"
    alice.commit_files(repo, {"after.txt": "api after git"})
    git.ok("pull", "-q", cwd=work)


def test_push_of_many_commits_branches_and_tags(git, alice, repo, work):
    for i in range(30):
        put(work, f"f{i}.txt", str(i))
        commit(git, work, f"c{i}")
    git.ok("branch", "feature/x", "HEAD~3", cwd=work)
    git.ok("tag", "v1", "HEAD~2", cwd=work)
    git.ok("tag", "-a", "v2", "-m", "annotated", cwd=work)
    git.ok("push", "-q", "origin", "main", "feature/x", "v1", "v2", cwd=work)
    refs = ok(alice.get(f"{repo.api}/refs")).json()
    assert {b["name"] for b in refs["branches"]} == {"main", "feature/x"}
    assert {t["name"] for t in refs["tags"]} == {"v1", "v2"}
    assert alice.read(repo, "f29.txt", "v2") == b"29"
    git.ok("push", "-q", "origin", "--delete", "feature/x", "v1", cwd=work)
    refs = ok(alice.get(f"{repo.api}/refs")).json()
    assert {b["name"] for b in refs["branches"]} == {"main"} and {t["name"] for t in refs["tags"]} == {"v2"}


def test_main_cannot_be_deleted(git, alice, repo, work):
    assert git.run("push", "origin", "--delete", "main", cwd=work).returncode != 0
    assert alice.head_of(repo)


def test_force_push_is_refused(git, alice, repo, work):
    put(work, "a.txt")
    tip = commit(git, work)
    git.ok("push", "-q", cwd=work)
    git.ok("reset", "-q", "--hard", "HEAD~1", cwd=work)
    put(work, "b.txt")
    commit(git, work, "rewritten")
    ended = git.run("push", "--force", cwd=work)
    assert ended.returncode != 0
    assert "rejected" in ended.stderr
    assert alice.head_of(repo) == tip


def test_stale_push_is_refused(git, alice, repo, work):
    tip = alice.commit_files(repo, {"api.txt": "api"})
    put(work, "a.txt")
    commit(git, work)
    assert git.run("push", cwd=work).returncode != 0
    assert alice.head_of(repo) == tip


def test_pointer_without_its_object_is_refused(git, alice, repo, work):
    before = alice.head_of(repo)
    put(work, "ghost.bin", pointer_text(b"never uploaded by anybody"))
    commit(git, work)
    ended = git.run("push", cwd=work)
    assert ended.returncode != 0
    assert "ghost.bin" in ended.stderr, "says which file"
    assert alice.head_of(repo) == before


# Modes as no git writes them today, and as git reads them: 040755 is a folder, 020000 a submodule.
@pytest.mark.parametrize("mode, taken", [("40755", False), ("40000", False), ("20000", True)])
def test_odd_modes_hide_no_pointer(git, alice, repo, work, tmp_path, mode, taken):
    put(work, "ghost.bin", pointer_text(b"never uploaded, in a folder"))
    blob = git.ok("hash-object", "-w", "ghost.bin", cwd=work)
    (tmp_path / "inner").write_bytes(b"100644 ghost.bin\0" + bytes.fromhex(blob))
    inner = git.ok("hash-object", "-t", "tree", "-w", tmp_path / "inner", cwd=work)
    named = "7" * 40 if taken else inner  # git asks for no object behind a submodule
    (tmp_path / "outer").write_bytes(mode.encode() + b" odd\0" + bytes.fromhex(named))
    outer = git.ok("hash-object", "--literally", "-t", "tree", "-w", tmp_path / "outer", cwd=work)
    tip = git.ok("commit-tree", outer, "-p", "HEAD", "-m", "odd", cwd=work)
    pushed = git.run("push", "origin", f"{tip}:refs/heads/main", cwd=work)
    assert (pushed.returncode == 0) == taken, pushed.stderr
    if taken:
        assert alice.head_of(repo) == tip
        ok(alice.get(f"{repo.api}/tree/main", params={"recursive": True}))
    else:
        assert "not uploaded" in pushed.stderr


def test_pointer_with_its_object_is_taken(git, alice, repo, work):
    content = b"\0there" * 100
    alice.lfs_upload(repo, content)
    put(work, "w.bin", pointer_text(content))
    commit(git, work)
    git.ok("push", "-q", cwd=work)
    assert alice.read(repo, "w.bin") == content
    assert alice.tree(repo)[-1]["lfs"]["oid"] == hashlib.sha256(content).hexdigest()


def test_big_plain_file_is_refused_with_a_reason(git, alice, repo, work):
    before = alice.head_of(repo)
    put(work, "big.txt", b"0123456789abcdef" * (11 << 16))
    commit(git, work)
    ended = git.run("push", cwd=work)
    assert ended.returncode != 0
    assert "big.txt" in ended.stderr and "lfs" in ended.stderr.lower()
    assert alice.head_of(repo) == before


def test_one_bad_ref_does_not_leave_half_a_push(git, alice, repo, work):
    put(work, "good.txt")
    commit(git, work)
    git.ok("checkout", "-qb", "other", cwd=work)
    put(work, "ghost.bin", pointer_text(b"never uploaded, again"))
    commit(git, work)
    assert git.run("push", "--atomic", "origin", "main", "other", cwd=work).returncode != 0
    assert "good.txt" not in alice.paths(repo)


def test_credentials(git, address, holt, repo, private_repo, tmp_path):
    wrong = "hf_" + "wrong" * 7
    for target in (address(private_repo, None), address(private_repo, "bob"), with_token(holt.endpoint, private_repo.git, wrong)):
        assert git.run("clone", "-q", target, "x", cwd=tmp_path).returncode != 0
    # git sends credentials only when asked for them, so it never shows them to a public repository.
    reply = httpx.get(f"{holt.endpoint}{repo.git}/info/refs?service=git-upload-pack", auth=("hf_user", wrong), trust_env=False)
    assert reply.status_code == 401
    git.ok("clone", "-q", address(private_repo), "mine", cwd=tmp_path)
    put(tmp_path / "mine", "a")
    commit(git, tmp_path / "mine")
    for user in (None, "bob", "alice:read"):
        assert git.run("push", "-q", address(private_repo, user), "main", cwd=tmp_path / "mine").returncode != 0, user
    git.ok("push", "-q", address(private_repo), "main", cwd=tmp_path / "mine")


def test_challenge_makes_git_ask_for_a_password(nobody, repo, private_repo):
    for made, service in ((private_repo, "git-upload-pack"), (repo, "git-receive-pack")):
        reply = nobody.get(f"{made.git}/info/refs", params={"service": service})
        assert reply.status_code == 401
        assert reply.headers["www-authenticate"].startswith("Basic realm=")


def test_any_user_name_goes_with_a_valid_token(holt, private_repo):
    for user in ("hf_user", "alice", "", "x" * 50):
        reply = httpx.get(f"{holt.endpoint}{private_repo.git}/info/refs?service=git-upload-pack",
                          auth=(user, holt.tokens["alice"]), trust_env=False)
        assert reply.status_code == 200
        assert reply.headers["content-type"] == "application/x-git-upload-pack-advertisement"
        assert "no-cache" in reply.headers["cache-control"]


@pytest.mark.parametrize("service, body, status", [
    ("git-upload-pack", b"", {400, 200}), ("git-upload-pack", b"zzzz", {400}), ("git-upload-pack", b"0004", {400, 200}),
    ("git-receive-pack", b"zzzz", {400}), ("git-receive-pack", b"00ff", {400}),
    ("git-receive-pack", b"0000PACK" + b"\0" * 100, {400, 200}),
])
def test_nonsense_is_refused(alice, repo, service, body, status):
    before = alice.head_of(repo)
    reply = alice.post(f"{repo.git}/{service}", content=body, headers={"content-type": f"application/x-{service}-request"})
    assert reply.status_code in status
    assert alice.head_of(repo) == before


def test_broken_pack_is_refused_whole(alice, repo):
    before = alice.head_of(repo)
    line = f"{before} {'1' * 40} refs/heads/main\0 report-status".encode()
    body = f"{len(line) + 4:04x}".encode() + line + b"0000" + b"PACK\0\0\0\2\0\0\0\1" + b"\x78\x9cgarbage" + b"\0" * 20
    reply = alice.post(f"{repo.git}/git-receive-pack", content=body,
                       headers={"content-type": "application/x-git-receive-pack-request"})
    assert reply.status_code == 400 or b"unpack ok" not in reply.content
    assert alice.head_of(repo) == before


def test_gzip_bodies_are_read(alice, repo):
    body = gzip.compress(b"0014command=ls-refs\n0000")
    reply = alice.post(f"{repo.git}/git-upload-pack", content=body, headers={
        "content-type": "application/x-git-upload-pack-request", "content-encoding": "gzip", "git-protocol": "version=2"})
    assert ok(reply).content.endswith(b"0000") and b"refs/heads/main" in reply.content


def test_renamed_repository_still_clones(git, alice, address, tmp_path):
    from support.hub_client import unique

    made = alice.create_repo()
    ok(alice.post("/api/repos/move", json={"fromRepo": made.id, "toRepo": f"alice/{unique()}", "type": "model"}))
    git.ok("clone", "-q", address(made, None), "c", cwd=tmp_path)
