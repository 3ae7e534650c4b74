"""@huggingface/hub in Node, Xet on. Node comes as a Python package; the client is installed by name
into a cache folder."""

import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest
from support.hub_client import unique

HERE = pathlib.Path(__file__).parent
ENVIRONMENT = {**os.environ, "PATH": f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"}


@pytest.fixture(scope="module")
def folder():
    base = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "holt" / "compat-js"
    base.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "javascript.mjs"):
        shutil.copyfile(HERE / name, base / name)
    subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund"], cwd=base, check=True, timeout=300,
                   env=ENVIRONMENT)
    return base


def test_upload_and_download(folder, holt, alice, tmp_path):
    content = os.urandom(3_000_000)
    (tmp_path / "w.bin").write_bytes(content)
    repo = f"alice/{unique('js')}"
    ended = subprocess.run(["node", "javascript.mjs", holt.endpoint, holt.tokens["alice"], repo, str(tmp_path / "w.bin")],
                           cwd=folder, capture_output=True, text=True, timeout=120, env=ENVIRONMENT)
    assert ended.returncode == 0, ended.stderr[-4000:]
    told = json.loads(ended.stdout.strip().splitlines()[-1])
    digest = hashlib.sha256(content).hexdigest()
    assert told["digests"] == {"true": digest, "false": digest}
    assert told["paths"] == [".gitattributes", "notes.txt", "weights.bin"]
    assert (told["who"], told["size"], told["xet"]) == ("alice", len(content), True)
