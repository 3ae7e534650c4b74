"""git-lfs: basic transfer, and the multipart agent that `hf lfs-enable-largefiles` sets up."""

import hashlib
import os

import pytest
from support.client_shell import Client
from support.git_tool import with_token


@pytest.fixture
def work(git, holt, repo, tmp_path):
    git.ok("clone", "-q", with_token(holt.endpoint, repo.git, holt.tokens["alice"]), tmp_path / "work", cwd=tmp_path)
    return tmp_path / "work"


def push(git, work, files):
    for name, content in files.items():
        (work / name).write_bytes(content)
    git.ok("add", ".", cwd=work)
    git.ok("commit", "-qm", "weights", cwd=work)
    git.ok("push", "-q", cwd=work)


def test_push_and_clone(git, alice, holt, repo, work, tmp_path):
    files = {f"w{i}.bin": os.urandom(300_000) for i in range(5)}
    push(git, work, files)
    for name, content in files.items():
        assert alice.read(repo, name) == content
    git.ok("clone", "-q", with_token(holt.endpoint, repo.git, None), tmp_path / "again", cwd=tmp_path)
    for name, content in files.items():
        assert (tmp_path / "again" / name).read_bytes() == content
    git.ok("lfs", "fsck", cwd=tmp_path / "again")


def test_clone_without_downloading_then_pull(git, holt, repo, work, tmp_path):
    push(git, work, {"w.bin": b"\0" * 1_000_000})
    git.ok("clone", "-q", with_token(holt.endpoint, repo.git, None), tmp_path / "lazy", cwd=tmp_path, GIT_LFS_SKIP_SMUDGE="1")
    assert (tmp_path / "lazy/w.bin").read_bytes().startswith(b"version https://git-lfs")
    git.ok("lfs", "pull", cwd=tmp_path / "lazy")
    assert (tmp_path / "lazy/w.bin").read_bytes() == b"\0" * 1_000_000


def test_multipart_agent(git, alice, holt, repo, work):
    git.ok("lfs", "install", "--local", cwd=work)
    Client(holt, "alice", work.parent / "agent-home").hf("lfs-enable-largefiles", work)
    content = os.urandom(1 << 20) * 140
    push(git, work, {"w.bin": content})
    assert hashlib.sha256(alice.read(repo, "w.bin")).digest() == hashlib.sha256(content).digest()


def test_locks(git, work):
    (work / "w.bin").write_bytes(b"\0x")
    git.ok("lfs", "lock", "w.bin", cwd=work)
    assert "w.bin" in git.ok("lfs", "locks", cwd=work)
    git.ok("lfs", "unlock", "w.bin", "--force", cwd=work)
    assert "w.bin" not in git.ok("lfs", "locks", cwd=work)
