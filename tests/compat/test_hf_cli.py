"""The hf command."""

import os

from support.hub_client import Repo, unique


def test_whoami(either_client):
    assert "alice" in either_client.hf("auth", "whoami")


def test_create_upload_download(either_client, alice, tmp_path):
    repo = Repo(f"alice/{unique('cli')}")
    either_client.hf("repos", "create", repo.id)
    folder = tmp_path / "up"
    folder.mkdir()
    weights = os.urandom(2_000_000)
    (folder / "weights.bin").write_bytes(weights)
    (folder / "notes.txt").write_text("notes\n")
    either_client.hf("upload", repo.id, folder, ".")
    either_client.hf("upload", repo.id, folder / "notes.txt", "docs/notes.txt", "--commit-message", "Docs")
    assert alice.paths(repo) == [".gitattributes", "docs/notes.txt", "notes.txt", "weights.bin"]
    either_client.hf("download", repo.id, "--local-dir", tmp_path / "down")
    assert (tmp_path / "down/weights.bin").read_bytes() == weights
    assert (tmp_path / "down/docs/notes.txt").read_text() == "notes\n"
    either_client.hf("repos", "delete", repo.id, "--yes")
    assert alice.get(repo.api).status_code == 404


def test_upload_creates_the_repository(client, alice, tmp_path):
    repo = Repo(f"alice/{unique('auto')}", "dataset")
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    client.hf("upload", repo.id, tmp_path / "a.csv", "--type", "dataset")
    assert alice.read(repo, "a.csv") == b"a,b\n1,2\n"


def test_unknown_repository_is_said(client):
    ended = client.run("hf", "download", "alice/none-such", "x")
    assert ended.returncode != 0
    assert "not found" in (ended.stdout + ended.stderr).lower()
