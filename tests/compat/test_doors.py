"""What one door stores, every door serves."""

import hashlib
import os
import time

import httpx
import pytest
from support.git_tool import with_token

CONTENT = os.urandom(5_000_000)


def by_curl(client, holt, repo, _tmp):
    target = client.home / "curl.out"
    client.ok("curl", "-sSf", "-L", "-H", f"Authorization: Bearer {holt.tokens['alice']}", "-o", target,
              f"{holt.endpoint}{repo.resolve('w.bin')}")
    return target.read_bytes()


def by_ranges(client, holt, repo, _tmp):
    with holt.api("alice") as api:
        step = 777_777
        return b"".join(api.get(repo.resolve("w.bin"), headers={"range": f"bytes={at}-{at + step - 1}"}).content
                        for at in range(0, len(CONTENT), step))


def by_python(client, holt, repo, _tmp):
    path = client.python("from huggingface_hub import hf_hub_download\nanswer = hf_hub_download(repo, 'w.bin', force_download=True)",
                         repo=repo.id)
    return open(path, "rb").read()


def by_lfs_batch(client, holt, repo, _tmp):
    with holt.api("alice") as api:
        wanted = [(hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))]
        action = api.lfs_batch(repo, "download", wanted).json()["objects"][0]["actions"]["download"]
    return httpx.get(action["href"], headers=action.get("header"), follow_redirects=True, trust_env=False, timeout=60).content


@pytest.fixture
def every_door(client, old_client, git, holt, tmp_path):
    def by_git(repo):
        git.ok("clone", "-q", with_token(holt.endpoint, repo.git, holt.tokens["alice"]), tmp_path / "clone", cwd=tmp_path)
        return (tmp_path / "clone/w.bin").read_bytes()

    def read(repo):
        yield "curl", by_curl(client, holt, repo, tmp_path)
        yield "ranges", by_ranges(client, holt, repo, tmp_path)
        yield "git-lfs", by_git(repo)
        yield "LFS batch", by_lfs_batch(client, holt, repo, tmp_path)
        yield "old Python client", by_python(old_client, holt, repo, tmp_path)
        yield "Python client with Xet", by_python(client, holt, repo, tmp_path)

    return read


@pytest.mark.parametrize("stored_by", ["xet", "lfs", "git-lfs"])
def test_stored_once_served_everywhere(every_door, client, old_client, git, holt, alice, repo, tmp_path, stored_by):
    (tmp_path / "w.bin").write_bytes(CONTENT)
    if stored_by == "git-lfs":
        work = tmp_path / "push"
        git.ok("clone", "-q", with_token(holt.endpoint, repo.git, holt.tokens["alice"]), work, cwd=tmp_path)
        (work / "w.bin").write_bytes(CONTENT)
        git.ok("add", ".", cwd=work)
        git.ok("commit", "-qm", "weights", cwd=work)
        git.ok("push", "-q", cwd=work)
    else:
        (client if stored_by == "xet" else old_client).hf("upload", repo.id, tmp_path / "w.bin", "w.bin")
    for door, content in every_door(repo):
        assert hashlib.sha256(content).digest() == hashlib.sha256(CONTENT).digest(), f"stored by {stored_by}, read by {door}"
    entry = next(e for e in alice.tree(repo) if e["path"] == "w.bin")
    assert (entry["lfs"]["oid"], entry["size"]) == (hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))


def test_lfs_file_is_read_by_the_xet_client_once_chunked(client, old_client, alice, repo, tmp_path):
    content = os.urandom(5_000_000)  # that no other test gave a Xet form
    (tmp_path / "w.bin").write_bytes(content)
    old_client.hf("upload", repo.id, tmp_path / "w.bin", "w.bin")
    deadline = time.monotonic() + 60
    while "x-xet-hash" not in (head := alice.head(repo.resolve("w.bin"))).headers:
        assert time.monotonic() < deadline, "an LFS file gets its Xet form in the background"
        time.sleep(0.2)
    expected = client.python("import hf_xet\nanswer = hf_xet.hash_files([path])[0].hash", path=str(tmp_path / "w.bin"))
    assert head.headers["x-xet-hash"] == expected
    assert by_python(client, None, repo, tmp_path) == content
