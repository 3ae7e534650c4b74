"""huggingface_hub as people use it, with and without Xet."""

import hashlib
import os

import pytest
from support.hub_client import unique


def test_the_walk_of_a_first_day(either_client, alice, tmp_path):
    folder = tmp_path / "model"
    (folder / "sub").mkdir(parents=True)
    (folder / "README.md").write_text("---\nlicense: mit\n---\n# Mine\n")
    (folder / "config.json").write_text('{"model_type": "bert"}')
    (folder / "empty.txt").write_text("")
    weights = os.urandom(3_000_000)
    (folder / "model.safetensors.bin").write_bytes(weights)
    (folder / "sub" / "more.bin").write_bytes(weights[:100_000])
    answer = either_client.python("""
from huggingface_hub import HfApi, hf_hub_download, snapshot_download
api = HfApi()
url = api.create_repo(repo_id=name, private=True)
api.create_repo(repo_id=name, exist_ok=True)
commit = api.upload_folder(repo_id=url.repo_id, folder_path=folder)
one = api.upload_file(repo_id=url.repo_id, path_or_fileobj=b"hello", path_in_repo="notes/hello.txt")
path = hf_hub_download(url.repo_id, "model.safetensors.bin")
again = hf_hub_download(url.repo_id, "model.safetensors.bin")
snapshot = snapshot_download(url.repo_id)
import os, hashlib
files = {}
for base, _, names in os.walk(snapshot):
    for n in names:
        p = os.path.join(base, n)
        files[os.path.relpath(p, snapshot)] = hashlib.sha256(open(p, "rb").read()).hexdigest()
info = api.model_info(url.repo_id, files_metadata=True)
answer = dict(repo=url.repo_id, files=files, same=path == again, commit=one.oid, sha=info.sha,
              sizes={s.rfilename: s.size for s in info.siblings}, who=api.whoami()["name"])
""", name=unique("day"), folder=str(folder))
    assert answer["who"] == "alice" and answer["repo"].startswith("alice/day-")
    assert answer["same"] and answer["sha"] == answer["commit"]
    assert answer["files"]["model.safetensors.bin"] == hashlib.sha256(weights).hexdigest()
    assert answer["files"]["sub/more.bin"] == hashlib.sha256(weights[:100_000]).hexdigest()
    assert answer["files"]["empty.txt"] == hashlib.sha256(b"").hexdigest()
    assert answer["files"]["notes/hello.txt"] == hashlib.sha256(b"hello").hexdigest()
    assert answer["sizes"]["model.safetensors.bin"] == len(weights)


def test_errors_are_told_apart(client, repo):
    assert client.python("""
from huggingface_hub import HfApi, hf_hub_download
from huggingface_hub import errors
answer = []
for call in (lambda: hf_hub_download(repo, "nope.txt"), lambda: hf_hub_download(repo, "a", revision="nope"),
             lambda: hf_hub_download("alice/none-such", "a"), lambda: HfApi(token="hf_" + "w" * 34).whoami()):
    try:
        call()
        answer.append("no error")
    except Exception as e:
        answer.append(type(e).__name__)
""", repo=repo.id) == ["RemoteEntryNotFoundError", "RevisionNotFoundError", "RepositoryNotFoundError", "HfHubHTTPError"]


def test_branches_tags_history_and_squash(client, repo):
    answer = client.python("""
from huggingface_hub import HfApi
api = HfApi()
api.create_branch(repo, branch="dev")
api.upload_file(repo_id=repo, path_or_fileobj=b"1", path_in_repo="a", revision="dev", commit_message="One")
api.create_tag(repo, tag="v1", revision="dev")
refs = api.list_repo_refs(repo)
commits = [c.title for c in api.list_repo_commits(repo, revision="dev")]
api.super_squash_history(repo, branch="dev", commit_message="Flat")
answer = dict(branches=sorted(b.name for b in refs.branches), tags=[t.name for t in refs.tags], commits=commits,
              after=[c.title for c in api.list_repo_commits(repo, revision="dev")], files=api.list_repo_files(repo, revision="v1"))
""", repo=repo.id)
    assert answer == {"branches": ["dev", "main"], "tags": ["v1"], "commits": ["One", "initial commit"], "after": ["Flat"],
                      "files": [".gitattributes", "a"]}


def test_concurrent_uploads(client, repo):
    answer = client.python("""
from concurrent.futures import ThreadPoolExecutor
from huggingface_hub import HfApi
api = HfApi()
with ThreadPoolExecutor(8) as pool:
    list(pool.map(lambda i: api.upload_file(repo_id=repo, path_or_fileobj=str(i).encode() * 9, path_in_repo=f"f{i}"), range(16)))
answer = len(api.list_repo_files(repo))
""", repo=repo.id)
    assert answer == 17


@pytest.mark.parametrize("size", [1, 8191, 65536, 131072, 131073, 20_000_000])
def test_sizes_at_the_edges_of_chunks(client, alice, repo, tmp_path, size):
    content = os.urandom(size)
    (tmp_path / "w.bin").write_bytes(content)
    got = client.python("""
import hashlib
from huggingface_hub import HfApi, hf_hub_download
HfApi().upload_file(repo_id=repo, path_or_fileobj=path, path_in_repo="w.bin")
answer = hashlib.sha256(open(hf_hub_download(repo, "w.bin"), "rb").read()).hexdigest()
""", repo=repo.id, path=str(tmp_path / "w.bin"))
    assert got == hashlib.sha256(content).hexdigest()
    assert alice.read(repo, "w.bin") == content


def test_delta_of_the_same_file(client, alice, repo, tmp_path):
    first = os.urandom(10_000_000)
    second = first[:5_000_000] + os.urandom(1000) + first[5_000_000:]
    for content in (first, second):
        (tmp_path / "w.bin").write_bytes(content)
        client.hf("upload", repo.id, tmp_path / "w.bin", "w.bin")
        assert alice.read(repo, "w.bin") == content


def test_file_system(client, repo):
    assert client.python("""
from huggingface_hub import HfFileSystem
fs = HfFileSystem()
base = repo
with fs.open(f"{base}/d/a.txt", "w") as f:
    f.write("hello world")
with fs.open(f"{base}/big.bin", "wb") as f:
    f.write(bytes(range(256)) * 4000)
with fs.open(f"{base}/big.bin", "rb") as f:
    f.seek(1000)
    middle = list(f.read(4))
fs.cp_file(f"{base}/d/a.txt", f"{base}/d/b.txt")
listed = sorted(n.removeprefix(base + "/") for n in fs.find(base))
globbed = [n.removeprefix(base + "/") for n in fs.glob(f"{base}/d/*.txt")]
fs.rm(f"{base}/d/a.txt")
answer = dict(text=fs.read_text(f"{base}/d/b.txt"), middle=middle, listed=listed, globbed=globbed,
              gone=not fs.exists(f"{base}/d/a.txt"), size=fs.info(f"{base}/big.bin")["size"])
""", repo=repo.id) == {
        "text": "hello world", "middle": [232, 233, 234, 235], "listed": [".gitattributes", "big.bin", "d/a.txt", "d/b.txt"],
        "globbed": ["d/a.txt", "d/b.txt"], "gone": True, "size": 1_024_000}
