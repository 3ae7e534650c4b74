"""The same bytes to Holt and to the reference store that hf_xet carries: same hashes, same bytes back."""

import hashlib
import os
import random

import pytest
from support import xet_wire
from support.client_shell import Client
from support.xet_wire import Cas

UPLOAD = """
import hf_xet
session = hf_xet.XetSession()
def upload(**where):
    with session.new_upload_commit(**where) as commit:
        handles = [commit.start_upload_file(path, sha256=hf_xet.COMPUTE_SHA256) for path in paths]
    return [[h.result().xet_info.hash, h.result().xet_info.file_size, h.result().xet_info.sha256] for h in handles]
"""


def made_of(kind: str) -> bytes:
    seeded = random.Random(kind)
    match kind:
        case "random":
            return seeded.randbytes(6_000_000)
        case "zeros":
            return bytes(3_000_000)
        case "text":
            return b"".join(b"line %d of some text\n" % seeded.randrange(1000) for _ in range(100_000))
        case "bf16":
            return b"".join(bytes((seeded.randrange(256), 0x3F)) for _ in range(1_000_000))
        case "repeats":
            block = seeded.randbytes(300_000)
            return block + seeded.randbytes(1000) + block + block[:150_000]
        case "tiny":
            return b"Hello World!"
    raise ValueError(kind)


@pytest.mark.parametrize("kind", ["random", "zeros", "text", "bf16", "repeats", "tiny"])
def test_same_hashes_and_same_bytes(client, holt, alice, repo, tmp_path, kind):
    content = made_of(kind)
    path = tmp_path / "file.bin"
    path.write_bytes(content)
    (tmp_path / "store").mkdir()
    answer = client.python(UPLOAD + """
local = upload(endpoint=f"local://{store}")
remote = upload(token_refresh_url=refresh, token_refresh_headers={"authorization": f"Bearer {token}"})
answer = dict(local=local, remote=remote)
""", paths=[str(path)], store=str(tmp_path / "store"), token=holt.tokens["alice"],
        refresh=f"{holt.endpoint}{repo.api}/xet-write-token/main")
    assert answer["local"] == answer["remote"]
    file_hash, size, sha256 = answer["remote"][0]
    assert (size, sha256) == (len(content), hashlib.sha256(content).hexdigest())

    plan = Cas(alice, repo, "read").reconstruction(xet_wire.from_text(file_hash)).json()
    assert sum(term["unpacked_length"] for term in plan["terms"]) == len(content)

    back = client.python("""
import hashlib, hf_xet
session = hf_xet.XetSession()
info = hf_xet.XetFileInfo(file_hash, size)
def download(target, **where):
    with session.new_file_download_group(**where) as group:
        group.start_download_file(info, target)
    return hashlib.sha256(open(target, "rb").read()).hexdigest()
def middle(**where):
    group = session.new_download_stream_group(**where)
    return hashlib.sha256(b"".join(group.download_stream(info, start=size // 3, end=size // 3 * 2))).hexdigest()
here = dict(endpoint=f"local://{store}")
there = dict(token_refresh_url=refresh, token_refresh_headers={"authorization": f"Bearer {token}"})
answer = [download(folder + "/l", **here), download(folder + "/r", **there), middle(**here), middle(**there)]
""", file_hash=file_hash, size=size, store=str(tmp_path / "store"), folder=str(tmp_path), token=holt.tokens["alice"],
        refresh=f"{holt.endpoint}{repo.api}/xet-read-token/main")
    part = hashlib.sha256(content[size // 3:size // 3 * 2]).hexdigest()
    assert back == [sha256, sha256, part, part]


def test_terms_are_those_of_the_reference_store(client, holt, alice, repo, tmp_path):
    """Xorb boundaries are the client's choice; that the two stores were told the same xorbs shows in
    the xorb hashes of the plan."""
    content = os.urandom(2_000_000)
    (tmp_path / "file.bin").write_bytes(content)
    (tmp_path / "store").mkdir()
    answer = client.python(UPLOAD + """
upload(endpoint=f"local://{store}")
answer = upload(token_refresh_url=refresh, token_refresh_headers={"authorization": f"Bearer {token}"})
""", paths=[str(tmp_path / "file.bin")], store=str(tmp_path / "store"), token=holt.tokens["alice"],
        refresh=f"{holt.endpoint}{repo.api}/xet-write-token/main")
    plan = Cas(alice, repo, "read").reconstruction(xet_wire.from_text(answer[0][0])).json()
    stored = " ".join(str(path.relative_to(tmp_path)) for path in (tmp_path / "store").rglob("*"))
    assert {term["hash"] for term in plan["terms"]}, "at least one xorb"
    for term in plan["terms"]:
        assert term["hash"] in stored


def test_second_client_deduplicates_against_the_first(holt, alice, repo, tmp_path):
    content = os.urandom(8_000_000)
    (tmp_path / "file.bin").write_bytes(content)
    Client(holt, "alice", tmp_path / "one").hf("upload", repo.id, tmp_path / "file.bin", "a.bin")
    before = holt.data_bytes()
    (tmp_path / "file.bin").write_bytes(content + b"more")
    Client(holt, "alice", tmp_path / "two").hf("upload", repo.id, tmp_path / "file.bin", "b.bin")
    assert alice.read(repo, "b.bin") == content + b"more"
    assert holt.data_bytes() - before < 2_000_000
