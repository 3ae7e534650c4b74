"""Backup under load, damage and repair beside a running server, collections and their undo."""

import os
import pathlib
import shutil
import threading
import time

import pytest
from support.holt_server import HoltServer
from support.hub_client import ok


def objects(data: pathlib.Path, kind):
    return sorted(path for path in (data / "objects" / kind).rglob("*") if path.is_file())


def flip_bit(path: pathlib.Path, at: int) -> None:
    """As a disk does: the file keeps its time, and nobody is told."""
    before = path.stat()
    path.chmod(0o640)
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 0x10]))
    path.chmod(before.st_mode)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


class Writer(threading.Thread):
    """Commits small and large files to a repository of its own; remembers what was acknowledged, and when."""

    def __init__(self, holt, number):
        super().__init__(daemon=True)
        self.api = holt.api("alice")
        self.repo = self.api.create_repo()
        self.number, self.stop_now = number, threading.Event()
        self.acknowledged = []  # (moment, path, bytes); each path once

    def run(self):
        turn = 0
        while not self.stop_now.is_set():
            turn += 1
            path, content = f"f{turn}.bin", os.urandom(3000 + turn * 10)
            if turn % 2:
                self.api.commit_lfs(self.repo, {path: content})
            else:
                path = f"f{turn}.txt"
                content = content.hex().encode()
                self.api.commit_files(self.repo, {path: content})
            self.acknowledged.append((time.monotonic(), path, content))


def wait_for_commits(writers, count, limit_s=90):
    """Until so many more were acknowledged, of all writers together."""
    wanted, deadline = sum(len(writer.acknowledged) for writer in writers) + count, time.monotonic() + limit_s
    while sum(len(writer.acknowledged) for writer in writers) < wanted:
        assert time.monotonic() < deadline, f"no {count} commits within {limit_s} s"
        time.sleep(0.05)


def test_backup_while_clients_write(own_holt, restored_catalog, tmp_path):
    copy = tmp_path / "backup"
    writers = [Writer(own_holt, number) for number in range(4)]
    for writer in writers:
        writer.start()
    wait_for_commits(writers, 20)
    began = []
    for _ in range(2):  # the second into the same folder, as one does every day
        began.append(time.monotonic())
        own_holt.cli("backup", copy)
        wait_for_commits(writers, 4)
    for writer in writers:
        writer.stop_now.set()
    for writer in writers:
        writer.join(60)
        assert not writer.is_alive()
    restored = tmp_path / "restored"
    shutil.copytree(copy, restored)
    with HoltServer(data=restored, catalog=restored_catalog(restored)) as there:
        there.tokens = own_holt.tokens
        compared = 0
        with there.api("alice") as api:
            for writer in writers:
                for moment, path, content in writer.acknowledged:
                    if moment < began[-1]:
                        assert api.read(writer.repo, path) == content, path
                        compared += 1
        assert compared >= 24
        there.cli("fsck")
        # What runs on the copy goes on from it.
        with there.api("alice") as api:
            api.commit_files(writers[0].repo, {"after.txt": "restored"})
            assert api.read(writers[0].repo, "after.txt") == b"restored"


def wait_until_refused(api, repo, name, limit_s=60):
    """What is known to be damaged is not served any more, from within seconds on."""
    deadline = time.monotonic() + limit_s
    while (reply := api.get(repo.resolve("weights.bin"))).status_code == 200:
        assert time.monotonic() < deadline, "damaged bytes are served"
        time.sleep(0.2)
    assert reply.status_code == 503 and name.split(".")[0] in reply.text and "holt repair" in reply.text


def wait_until_read(api, repo, content, limit_s=60):
    """The server opens repaired files anew within seconds; until then it refuses them."""
    deadline = time.monotonic() + limit_s
    while (reply := api.get(repo.resolve("weights.bin"))).status_code != 200:
        assert time.monotonic() < deadline, reply.text
        time.sleep(0.2)
    assert reply.content == content


def test_damage_is_found_and_repaired_beside_the_server(own_holt, tmp_path):
    content, other = os.urandom(400_000), os.urandom(50_000)
    with own_holt.api("alice") as alice:
        made = alice.create_repo()
        alice.commit_lfs(made, {"weights.bin": content})
        neighbour = alice.create_repo()
        alice.commit_lfs(neighbour, {"other.bin": other})
        deadline = time.monotonic() + 60
        while "x-xet-hash" not in alice.head(made.resolve("weights.bin")).headers:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        own_holt.cli("gc", "--grace-hours", "0", "--undo-days", "0")
        own_holt.cli("backup", tmp_path / "backup")
        assert alice.read(made, "weights.bin") == content
        xorb = max(objects(own_holt.data, "xorbs"), key=lambda path: path.stat().st_size)
        sound = xorb.read_bytes()
        flip_bit(xorb, len(sound) // 2)
        found = own_holt.run("scrub")
        assert found.returncode == 1
        assert xorb.name in found.stdout
        assert f"model {made}: weights.bin" in found.stdout
        assert str(neighbour) not in found.stdout
        assert alice.read(neighbour, "other.bin") == other
        wait_until_refused(alice, made, xorb.name)
        assert "holt_damaged_objects 1" in ok(alice.get("/metrics")).text
        repaired = own_holt.cli("repair", "--from", tmp_path / "backup")
        assert xorb.name in repaired
        assert xorb.read_bytes() == sound
        assert [path.name.split(".")[0] for path in (own_holt.data / "quarantine" / "xorbs").iterdir()] == [xorb.name]
        wait_until_read(alice, made, content)
        assert "holt_damaged_objects 0" in ok(alice.get("/metrics")).text
    own_holt.cli("scrub")


def test_damage_is_repaired_from_another_holt(own_holt, holt):
    """Both have the file; the other one's administrator lets this one read its objects."""
    content = os.urandom(300_000)
    for hub in (holt, own_holt):
        with hub.api("alice") as alice:
            mine = alice.create_repo()
            alice.commit_lfs(mine, {"weights.bin": content})
            deadline = time.monotonic() + 60
            while "x-xet-hash" not in alice.head(mine.resolve("weights.bin")).headers:
                assert time.monotonic() < deadline
                time.sleep(0.1)
    own_holt.cli("gc", "--grace-hours", "0", "--undo-days", "0")
    with own_holt.api("alice") as alice:
        xorb = max(objects(own_holt.data, "xorbs"), key=lambda path: path.stat().st_size)
        sound = xorb.read_bytes()
        flip_bit(xorb, len(sound) // 3)
        assert xorb.name in own_holt.run("scrub").stdout
        there = ("repair", "--from", holt.endpoint, "--token-stdin")
        assert "--token-stdin" in own_holt.run(*there[:-1]).stderr
        assert "does not know the token" in own_holt.run(*there, stdin="hf_nobody").stderr
        assert "does not let" in own_holt.run(*there, stdin=holt.tokens["alice"]).stderr
        assert "cannot be asked" in own_holt.run("repair", "--from", "http://127.0.0.1:1", "--token-stdin", stdin="hf_x").stderr
        assert xorb.read_bytes() != sound
        ended = own_holt.run(*there, stdin=holt.tokens["root"])
        assert ended.returncode == 0 and xorb.name in ended.stdout, ended.stdout + ended.stderr
        assert xorb.read_bytes() == sound
        wait_until_read(alice, mine, content)
    own_holt.cli("scrub")
    with holt.api("root") as root:
        assert xorb.name in ok(root.get("/api/admin/audit")).text
        assert root.get(f"/api/admin/objects/xorbs/{xorb.name}").content == sound
        assert root.get("/api/admin/objects/elsewhere/" + "0" * 64).status_code == 404


def test_collected_files_come_back(own_holt):
    content = os.urandom(20_000)
    with own_holt.api("alice") as alice:
        made = alice.create_repo()
        alice.lfs_upload(made, content)
        listed = own_holt.cli("gc", "--dry-run", "--grace-hours", "0")
        assert "would remove blob" in listed and "nothing was removed" in listed
        assert "in the bin" in own_holt.cli("gc", "--grace-hours", "0")
        assert objects(own_holt.data, "blobs") == []
        assert "brought back 1 objects" in own_holt.cli("gc", "--undo")
        alice.commit(made, {"key": "lfsFile", "value": {
            "path": "w.bin", "algo": "sha256", "oid": objects(own_holt.data, "blobs")[0].name, "size": len(content)}})
        own_holt.cli("gc", "--grace-hours", "0", "--undo-days", "0")
        assert alice.read(made, "w.bin") == content
    own_holt.cli("fsck")


def test_used_storage_is_what_the_disk_holds(own_holt):
    with own_holt.api("alice") as alice:
        made = alice.create_repo()
        alice.commit_lfs(made, {"a.bin": os.urandom(30_000), "b.bin": os.urandom(40_000)})
        alice.commit_files(made, {"c.txt": "text"})
        alice.commit(made, {"key": "deletedFile", "value": {"path": "c.txt"}})
        gone = alice.create_repo()
        alice.commit_lfs(gone, {"x.bin": os.urandom(10_000)})
        alice.delete_repo(gone)
        own_holt.cli("gc", "--grace-hours", "0", "--undo-days", "0")
        held = sum(path.stat().st_size for kind in ("packs", "blobs", "xorbs") for path in objects(own_holt.data, kind))
        time.sleep(0.2)
        shown = alice.get(made.api, params={"expand": "usedStorage"}).json()["usedStorage"]
        assert shown == held


@pytest.mark.parametrize("share", ["0", "2", "1/0", "2/1", "all", ""])
def test_share_is_checked(holt, share):
    ended = holt.run("scrub", "--share", share)
    assert ended.returncode != 0
    assert "--share" in ended.stderr + ended.stdout


def test_repair_says_what_it_cannot_use(holt, tmp_path):
    ended = holt.run("repair", "--from", tmp_path)
    assert ended.returncode == 1
    assert "no backup" in ended.stderr
    assert "data folder itself" in holt.run("repair", "--from", holt.data).stderr
