"""What the server does when nobody waits: Xet forms of large files, merging of packs. And what a
collection may take afterwards."""

import os
import time

import pytest
from support.holt_server import HoltServer


def wait_for(what, found, limit_s=60):
    deadline = time.monotonic() + limit_s
    while not (value := found()):
        assert time.monotonic() < deadline, f"{what}: not within {limit_s} s"
        time.sleep(0.1)
    return value


def objects(holt, kind):
    return sorted(path.name for path in (holt.data / "objects" / kind).rglob("*") if path.is_file())


def test_blob_goes_once_it_has_a_xet_form(own_holt):
    content = os.urandom(300_000) * 10
    with own_holt.api("alice") as alice:
        made = alice.create_repo()
        alice.commit_lfs(made, {"w.bin": content, "small.bin": b"\7" * 1000})
        assert "x-xet-hash" not in alice.head(made.resolve("small.bin")).headers
        wait_for("a Xet form", lambda: "x-xet-hash" in alice.head(made.resolve("w.bin")).headers)
        assert len(objects(own_holt, "blobs")) == 2
        own_holt.cli("gc")
        assert len(objects(own_holt, "blobs")) == 2, "the grace period is a day"
        own_holt.cli("gc", "--grace-hours", "0")
        assert len(objects(own_holt, "blobs")) == 1
        assert alice.read(made, "w.bin") == content
        assert alice.read(made, "small.bin") == b"\7" * 1000
    own_holt.cli("fsck")


def test_conversion_can_be_left_out(engine, request):
    catalog = request.getfixturevalue("postgres").create_database() if engine == "postgres" else None
    with HoltServer(catalog=catalog, options=["--xet-convert=false"]) as holt:
        holt.create_people()
        with holt.api("alice") as alice:
            made = alice.create_repo()
            alice.commit_lfs(made, {"w.bin": os.urandom(200_000)})
            time.sleep(3)
            assert "x-xet-hash" not in alice.head(made.resolve("w.bin")).headers
        assert objects(holt, "xorbs") == []


def test_many_commits_leave_few_packs(own_holt):
    with own_holt.api("alice") as alice:
        made = alice.create_repo()
        for number in range(50):
            tip = alice.commit_files(made, {f"f{number % 9}.txt": f"version {number}\n"})
        repository, = (own_holt.data / "cache" / "repositories").rglob("*.git")
        wait_for("few packs", lambda: len(list(repository.glob("objects/pack/*.pack"))) <= 33)
        assert len(objects(own_holt, "packs")) > 50, "what was merged stays for the grace period"
        own_holt.cli("gc", "--grace-hours", "0")
        assert len(objects(own_holt, "packs")) <= 33
        own_holt.cli("fsck")
        assert alice.head_of(made) == tip
        for number in range(41, 50):
            assert alice.read(made, f"f{number % 9}.txt") == f"version {number}\n".encode()


@pytest.mark.parametrize("hours", ["-1", "soon", "87601"])
def test_grace_hours_are_checked(holt, hours):
    ended = holt.run("gc", "--grace-hours", hours)
    assert ended.returncode != 0
    assert "grace-hours" in ended.stderr + ended.stdout
