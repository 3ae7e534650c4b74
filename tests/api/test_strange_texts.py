"""Bytes that are no text where text is expected: left out or refused with a sentence, on both catalogs, and never
kept where they would make a repository unreadable."""

import base64
import struct

import pytest
from support.hub_client import add, ok


def gguf(architecture: bytes) -> bytes:
    def text(value: bytes) -> bytes:
        return struct.pack("<Q", len(value)) + value

    return (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text(b"general.architecture") + struct.pack("<I", 8)
            + text(architecture))


def test_a_gguf_with_half_characters_leaves_its_repository_readable(alice, repo):
    commit = alice.commit_files(repo, {"m.gguf": gguf(b"\xff\xfe"), "config.json": '{"model_type": "a\\u0000"}'})
    assert alice.info(repo)["sha"] == commit
    listed = ok(alice.get("/api/models", params={"author": "alice", "expand": ["gguf", "config"]})).json()
    assert repo.id in [one["id"] for one in listed]


def test_a_card_in_latin_1_is_refused_and_a_text_below_it_is_not(alice, repo):
    reply = alice.try_commit(repo, add("README.md", "---\ntitle: café\n---\n".encode("latin-1")))
    assert reply.status_code in (400, 422), reply.text
    assert "UTF-8" in reply.text
    commit = alice.commit_files(repo, {"README.md": "---\nlicense: mit\n---\n\nUn café.\n".encode("latin-1")})
    assert alice.info(repo)["sha"] == commit


@pytest.mark.parametrize("name", ["alice\0", "\0", "al\0ice"])
def test_a_nul_in_a_body_is_no_fault_of_the_server(nobody, name):
    reply = nobody.post("/api/login", json={"username": name, "password": "x"})
    assert reply.status_code in (400, 401), reply.text


@pytest.mark.parametrize("pair", [b"caf\xe9:x", b"alice\0:x", b"alice:\xff"])
def test_credentials_that_are_no_text_are_bad_credentials(nobody, repo, pair):
    header = {"Authorization": "Basic " + base64.b64encode(pair).decode()}
    assert nobody.get(repo.api, headers=header).status_code == 401


def test_a_nul_in_a_lock_or_an_object_name_is_refused(alice, repo):
    lfs = f"{repo.web}.git/info/lfs"
    for path, body in [("locks", {"path": "a\0"}), ("objects/verify", {"oid": "\0" * 64, "size": 1})]:
        reply = alice.post(f"{lfs}/{path}", json=body)
        assert 400 <= reply.status_code < 500, reply.text


def test_a_push_names_no_endless_reference(alice, repo):
    def pkt(data: bytes) -> bytes:
        return b"%04x" % (len(data) + 4) + data

    zero, one = b"0" * 40, b"1" * 40
    for name in [b"refs/heads/" + b"x" * 60000, b"refs/heads/a\nok refs/heads/b", b"refs/heads/\xff"]:
        body = pkt(zero + b" " + one + b" " + name + b"\0 report-status side-band-64k") + b"0000"
        reply = alice.post(f"{repo.web}.git/git-receive-pack", content=body)
        assert reply.status_code == 400, reply.text
