"""What a repository says about itself."""

import json
import re
import struct

import pytest
from support.hub_client import ok

ISO_MILLIS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
MODEL_EXPAND = """author baseModels cardData childrenModelCount config createdAt disabled downloads downloadsAllTime
    evalResults gated gguf inference inferenceProviderMapping lastModified library_name likes mask_token model-index
    pipeline_tag private resourceGroup safetensors sha siblings spaces tags transformersInfo trendingScore usedStorage
    widgetData""".split()
DATASET_EXPAND = """author cardData citation createdAt description disabled downloads downloadsAllTime gated
    lastModified likes mainSize paperswithcode_id private resourceGroup sha siblings tags trendingScore
    usedStorage""".split()
SPACE_EXPAND = """author cardData createdAt datasets disabled lastModified likes models private region resourceGroup
    runtime sdk sha siblings subdomain tags trendingScore usedStorage""".split()
CARD = """---
license: apache-2.0
language: [en, fr]
library_name: transformers
pipeline_tag: text-classification
datasets: [squad]
base_model: alice/parent
tags: [demo]
---
# A model
"""


def safetensors_bytes(tensors: dict[str, tuple[str, list[int], int]]) -> bytes:
    offset, head = 0, {"__metadata__": {"format": "pt"}}
    for name, (dtype, shape, size) in tensors.items():
        head[name] = {"dtype": dtype, "shape": shape, "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(head).encode()
    return struct.pack("<Q", len(text)) + text + bytes(offset)


def gguf_bytes() -> bytes:
    def string(text):
        return struct.pack("<Q", len(text)) + text.encode()

    metadata = [("general.architecture", "llama"), ("tokenizer.chat_template", "{{ messages }}")]
    body = b"GGUF" + struct.pack("<IQQ", 3, 1, len(metadata) + 1)
    for key, value in metadata:
        body += string(key) + struct.pack("<I", 8) + string(value)
    body += string("llama.context_length") + struct.pack("<II", 4, 4096)
    body += string("token_embd.weight") + struct.pack("<IQQIQ", 2, 8, 4, 0, 0)  # two dimensions, F32
    return body + bytes(-len(body) % 32) + bytes(8 * 4 * 4)


def test_default_body(alice, repo):
    commit = alice.commit_files(repo, {"a.txt": "a"})
    info = alice.info(repo)
    assert info["id"] == info["modelId"] == repo.id
    assert info["author"] == "alice"
    assert info["sha"] == commit
    assert ISO_MILLIS.fullmatch(info["createdAt"]) and ISO_MILLIS.fullmatch(info["lastModified"])
    assert (info["private"], info["gated"], info["disabled"]) == (False, False, False)
    assert (info["downloads"], info["likes"]) == (0, 0)
    assert info["siblings"] == [{"rfilename": ".gitattributes"}, {"rfilename": "a.txt"}]
    assert isinstance(info["tags"], list)
    assert info["usedStorage"] >= 0


def test_info_of_a_revision(alice, repo):
    first = alice.commit_files(repo, {"a.txt": "a"})
    alice.commit_files(repo, {"b.txt": "b"})
    info = alice.info(repo, first)
    assert info["sha"] == first
    assert [s["rfilename"] for s in info["siblings"]] == [".gitattributes", "a.txt"]
    assert alice.info(repo, first[:8])["sha"] == first
    reply = alice.get(f"{repo.api}/revision/no-such")
    assert (reply.status_code, reply.headers["x-error-code"]) == (404, "RevisionNotFound")


def test_blobs_tell_sizes(alice, repo):
    content = b"\0" * 1000
    oid = alice.lfs_upload(repo, content)
    from support.hub_client import add, add_lfs, blob_sha1, pointer_text

    alice.commit(repo, add("a.txt", b"hello"), add_lfs("w.bin", oid, 1000))
    siblings = {s["rfilename"]: s for s in alice.info(repo, blobs="true")["siblings"]}
    assert siblings["a.txt"]["size"] == 5
    assert siblings["a.txt"]["blobId"] == blob_sha1(b"hello")
    assert siblings["w.bin"]["size"] == 1000
    assert siblings["w.bin"]["blobId"] == blob_sha1(pointer_text(content))
    assert siblings["w.bin"]["lfs"] == {"sha256": oid, "size": 1000, "pointerSize": len(pointer_text(content))}


def test_card_becomes_facts(alice, repo):
    alice.commit_files(repo, {"README.md": CARD})
    info = alice.info(repo)
    assert info["cardData"]["license"] == "apache-2.0"
    assert info["cardData"]["language"] == ["en", "fr"]
    assert info["library_name"] == "transformers"
    assert info["pipeline_tag"] == "text-classification"
    for tag in ("transformers", "text-classification", "en", "fr", "license:apache-2.0", "dataset:squad", "demo",
                "base_model:alice/parent"):
        assert tag in info["tags"], tag
    alice.commit_files(repo, {"README.md": "---\nlicense: mit\n---\n"})
    info = alice.info(repo)
    assert "license:mit" in info["tags"] and "license:apache-2.0" not in info["tags"]


def test_config_safetensors_and_gguf_are_read_when_written(alice, repo):
    alice.commit_files(repo, {"config.json": json.dumps(
        {"architectures": ["BertForMaskedLM"], "model_type": "bert", "hidden_size": 8})})
    weights = safetensors_bytes({"a": ("F32", [2, 3], 24), "b": ("BF16", [4], 8), "c": ("BF16", [], 2)})
    alice.commit_lfs(repo, {"model.safetensors": weights})
    info = alice.info(repo)
    assert info["config"]["architectures"] == ["BertForMaskedLM"]
    assert info["config"]["model_type"] == "bert"
    assert info["safetensors"] == {"parameters": {"F32": 6, "BF16": 5}, "total": 11}
    assert "safetensors" in info["tags"]
    other = alice.create_repo()
    alice.commit_lfs(other, {"m-Q8_0.gguf": gguf_bytes()})
    gguf = alice.info(other)["gguf"]
    assert (gguf["total"], gguf["architecture"], gguf["context_length"]) == (32, "llama", 4096)
    assert gguf["chat_template"] == "{{ messages }}"


@pytest.mark.parametrize("content", [b"", b"\xff" * 8, struct.pack("<Q", 1 << 60), b"\x10\0\0\0\0\0\0\0{\"a\":", b"{}" * 40])
def test_broken_safetensors_do_not_stop_a_commit(alice, repo, content):
    alice.commit_lfs(repo, {"model.safetensors": content or b"\0"})
    assert alice.info(repo).get("safetensors") in (None, {"parameters": {}, "total": 0})


def test_used_storage_counts_large_files(alice, repo):
    before = alice.info(repo)["usedStorage"]
    alice.commit_lfs(repo, {"w.bin": b"\1" * 100_000})
    assert alice.info(repo)["usedStorage"] >= before + 100_000


@pytest.mark.parametrize("kind, allowed", [("model", MODEL_EXPAND), ("dataset", DATASET_EXPAND), ("space", SPACE_EXPAND)])
def test_every_expand_is_answered(alice, kind, allowed):
    made = alice.create_repo(kind=kind)
    for name in allowed:
        info = alice.info(made, expand=name)
        assert info["id"] == made.id and info["_id"], name
        assert set(info) <= {"id", "_id", "modelId", name}, name
    everything = alice.info(made, expand=allowed)
    assert everything["author"] == "alice"
    assert everything["createdAt"]


@pytest.mark.parametrize("kind, allowed", [("model", MODEL_EXPAND), ("dataset", DATASET_EXPAND), ("space", SPACE_EXPAND)])
def test_unknown_expand_lists_what_is_known(alice, kind, allowed):
    made = alice.create_repo(kind=kind)
    for url in (made.api, made.api.rsplit("/", 2)[0]):
        reply = alice.get(url, params={"expand": "foo"})
        assert reply.status_code == 400
        listed = reply.json()["error"].split("expected one of ")[1]
        assert set(re.findall(r'"([^"]+)"', listed)) >= set(allowed)


def test_expand_in_brackets(alice, repo):
    info = ok(alice.get(repo.api, params={"expand[]": ["sha", "likes"]})).json()
    assert set(info) <= {"id", "_id", "modelId", "sha", "likes"} and info["sha"]


def test_ids_are_case_insensitive(alice, bob):
    made = alice.create_repo("Mixed-Case-" + alice.create_repo().name[-6:])
    from support.hub_client import Repo

    wrong = Repo(made.id.lower())
    reply = bob.get(wrong.api, params={"blobs": "true"})
    assert reply.status_code == 307
    assert reply.headers["location"] == f"{made.api}?blobs=true"
    assert ok(bob.get(wrong.api, follow_redirects=True)).json()["id"] == made.id
    alice.commit_files(wrong, {"a.txt": "posted to the wrong case"})
    assert "a.txt" in alice.paths(made)


def test_space_info(alice):
    made = alice.create_repo(kind="space", sdk="docker")
    info = alice.info(made)
    assert info["sdk"] == "docker"
    assert info["subdomain"] and info["runtime"]["stage"]


def test_who_sees_a_private_repository(alice, bob, nobody, holt, private_repo):
    assert alice.info(private_repo)["private"] is True
    for client, status in ((bob, 404), (nobody, 401)):
        reply = client.get(private_repo.api)
        assert reply.status_code == status
        assert reply.headers["x-error-code"] == "RepoNotFound"
    shared = alice.create_repo(organization="acme", private=True)
    assert bob.info(shared)["id"] == shared.id


def test_auth_check(alice, bob, nobody, repo, private_repo):
    ok(bob.get(f"{repo.api}/auth-check"))
    ok(alice.get(f"{private_repo.api}/auth-check"))
    ok(alice.get(f"{private_repo.api}/auth-check/write"))
    assert bob.get(f"{private_repo.api}/auth-check").status_code == 404
    assert bob.get(f"{repo.api}/auth-check/write").status_code == 403
    assert nobody.get(f"{private_repo.api}/auth-check").status_code == 401
