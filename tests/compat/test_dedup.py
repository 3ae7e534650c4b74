"""A small edit of a large file takes little more room than the edit."""

import random

MIB = 1 << 20


def randbytes(size: int, seed: int = 20) -> bytes:
    """The same in each run: the bytes decide how far chunks reach beyond both ends of an edit, up to 128 KiB each."""
    return random.Random(seed).randbytes(size)


def test_edit_of_one_mebibyte(client, holt, alice, repo, tmp_path):
    content = bytearray(randbytes(64 * MIB))
    path = tmp_path / "w.bin"
    path.write_bytes(content)
    client.hf("upload", repo.id, path, "one.bin")
    before = holt.data_bytes()
    content[20 * MIB:21 * MIB] = randbytes(MIB, seed=21)
    path.write_bytes(content)
    client.hf("upload", repo.id, path, "two.bin")
    assert holt.data_bytes() - before <= 1.2 * MIB
    assert alice.read(repo, "two.bin") == bytes(content)


def test_same_file_again_takes_no_room(client, holt, alice, repo, tmp_path):
    path = tmp_path / "w.bin"
    path.write_bytes(randbytes(16 * MIB))
    client.hf("upload", repo.id, path, "one.bin")
    before = holt.data_bytes()
    client.hf("upload", repo.id, path, "two.bin")
    assert holt.data_bytes() - before < 0.1 * MIB
