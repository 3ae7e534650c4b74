"""The model of a power cut: what is synced stays, what is not goes. A model that keeps too much would pass everything."""

import pathlib
import random
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from power import Disk  # noqa: E402
from shim import Entry  # noqa: E402


class Journal:
    def __init__(self, folder):
        self.before, self.running, self.folder = folder / "before", folder / "running", folder
        for made in (self.before, self.running):
            (made / "a").mkdir(parents=True)
            (made / "b").mkdir()
            (made / "a" / "old").write_bytes(b"old bytes")
        self.entries, self.cuts = [], 0

    def file(self, path):
        """An inode of its own for each file that the journal makes."""
        if path == "a/old":
            info = (self.running / path).stat()
            return info.st_dev, info.st_ino
        return 0, hash(path)

    def note(self, op, path, second="", *, inode="", offset=0, data=b"", pid=1):
        where = str(self.running) if path == "." else str(self.running / path)
        self.entries.append(Entry(op, self.file(inode or path), offset, "?", pid, where,
                                  str(self.running / second) if second else "", data))

    def left(self, chance=None):
        disk = Disk(self.before, self.running)
        disk.replay(self.entries)
        self.cuts += 1
        after = self.folder / f"after-{self.cuts}"
        disk.leave(after, chance)
        self.retried = [str(pathlib.Path(path).relative_to(self.running)) for path in disk.retried]
        return {str(path.relative_to(after)): path.read_bytes() for path in after.rglob("*") if path.is_file()}


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path)


def test_nothing_happened(journal):
    assert journal.left() == {"a/old": b"old bytes"}


def test_bytes_need_their_file_synced(journal):
    journal.note("write", "a/old", offset=4, data=b"B")
    assert journal.left() == {"a/old": b"old bytes"}
    journal.note("sync", "a/old")
    journal.note("write", "a/old", offset=0, data=b"X")
    assert journal.left() == {"a/old": b"old Bytes"}


def test_a_name_needs_its_folder_synced(journal):
    journal.note("create", "a/new")
    journal.note("write", "a/new", data=b"new")
    journal.note("sync", "a/new")
    assert "a/new" not in journal.left()
    journal.note("sync", "a")
    assert journal.left()["a/new"] == b"new"


def test_a_name_without_its_bytes_is_empty(journal):
    journal.note("create", "a/new")
    journal.note("write", "a/new", data=b"new")
    journal.note("sync", "a")
    assert journal.left()["a/new"] == b""


def test_a_rename_needs_a_folder_synced_and_is_whole(journal):
    journal.note("rename", "a/old", "b/moved")
    assert journal.left() == {"a/old": b"old bytes"}
    journal.note("sync", "a")
    assert journal.left() == {"b/moved": b"old bytes"}


def test_a_removal_needs_its_folder_synced(journal):
    journal.note("unlink", "a/old")
    assert journal.left() == {"a/old": b"old bytes"}
    journal.note("sync", "a")
    assert journal.left() == {}


def test_what_a_failed_sync_was_to_keep_is_lost_whatever_the_next_one_says(journal):
    journal.note("write", "a/old", data=b"X")
    journal.note("sync_failed", "a/old")
    journal.note("write", "a/old", offset=8, data=b"Y")
    journal.note("sync", "a/old")
    assert journal.left() == {"a/old": b"old byteY"}
    assert journal.retried == ["a/old"]


def test_a_failed_sync_of_nothing_is_no_harm_and_another_process_may_try(journal):
    journal.note("sync_failed", "a/old")
    journal.note("sync", "a/old")
    journal.note("write", "a/old", data=b"X")
    journal.note("sync_failed", "a/old", pid=1)
    journal.note("sync", "a/old", pid=2)
    journal.left()
    assert journal.retried == []


def test_torn_never_loses_what_was_synced(journal):
    journal.note("create", "a/new")
    journal.note("write", "a/new", data=b"n" * 5000)
    journal.note("sync", "a/new")
    journal.note("sync", "a")
    journal.note("write", "a/new", offset=5000, data=b"m" * 5000)
    seen = set()
    for seed in range(40):
        left = journal.left(random.Random(seed))["a/new"]
        assert left[:5000] == b"n" * 5000
        seen.add(len(left))
    assert {5000, 10000} < seen and len(seen) > 5
