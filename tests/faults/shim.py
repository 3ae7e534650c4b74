"""The shim's state file as the driver sees it: orders to shim.cpp, and the journal it leaves."""

from __future__ import annotations

import errno
import mmap
import os
import pathlib
import struct
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parents[2]
STATE_BYTES = 96 << 20  # sparse: what is not written takes no room
JOURNAL_AT = 4096
ENTRY = struct.Struct("<IIQQQIiIIQ")
OPS = {1: "create", 2: "write", 3: "truncate", 4: "sync", 5: "sync_failed", 6: "rename", 7: "link", 8: "symlink",
       9: "unlink", 10: "rmdir", 11: "mkdir", 12: "call"}
KINDS = {1: "open", 2: "look", 3: "write", 4: "resize", 5: "fsync", 6: "flush", 7: "rename", 8: "link", 9: "unlink",
         10: "mkdir", 11: "attribute"}
WATCH, FAIL, CUT = 0, 1, 2
SHORT = 0  # in place of an error: the write is done by half

# What may befall a call. An fsync that finds no room has lost what it was to keep, like any failed fsync.
FAULTS = {
    "eio": (errno.EIO, {"open", "write", "resize", "fsync", "flush", "rename", "link", "unlink", "mkdir", "attribute"}),
    "enospc": (errno.ENOSPC, {"open", "write", "resize", "fsync", "rename", "link", "mkdir"}),
    "emfile": (errno.EMFILE, {"open", "look"}),
    "short": (SHORT, {"write"}),
}


def library() -> pathlib.Path:
    path = pathlib.Path(os.environ.get("HOLT_FAULTS_LIBRARY") or ROOT / "build" / "libholt_faults.so")
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: run scripts/build holt_faults")
    return path


@dataclass
class Entry:
    op: str
    file: tuple[int, int]  # device and inode
    offset: int
    kind: str
    pid: int
    first: str
    second: str
    data: bytes


@dataclass
class Call:
    number: int
    kind: str
    path: str


class Shim:
    """One state file; `environment` is what puts the shim before a program."""

    def __init__(self, folder: pathlib.Path, data: pathlib.Path):
        self.path, self.data = folder / "faults", data.resolve()
        with open(self.path, "wb") as file:
            file.truncate(STATE_BYTES)
        with open(self.path, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), STATE_BYTES)

    @property
    def environment(self) -> dict[str, str]:
        return {"LD_PRELOAD": str(library()), "HOLT_FAULTS": str(self.path), "HOLT_FAULTS_DATA": str(self.data)}

    def order(self, mode: int, first: int = 0, last: int | None = None, error: int = 0) -> None:
        """From now on the calls first to last are hit. The mode is written last: it puts the rest in force."""
        struct.pack_into("<iQQ", self.memory, 4, error, first, first if last is None else last)
        struct.pack_into("<I", self.memory, 0, mode)

    def _number(self, offset: int) -> int:
        return struct.unpack_from("<Q", self.memory, offset)[0]

    calls = property(lambda self: self._number(40))
    hits = property(lambda self: self._number(48))
    dead = property(lambda self: struct.unpack_from("<I", self.memory, 36)[0] != 0)

    def journal(self) -> list[Entry]:
        entries, at, end = [], JOURNAL_AT, JOURNAL_AT + self._number(56)
        while at < end:
            size, op, device, inode, offset, kind, pid, one, two, data = ENTRY.unpack_from(self.memory, at)
            rest = at + ENTRY.size
            first = self.memory[rest:rest + one].decode(errors="surrogateescape")
            second = self.memory[rest + one:rest + one + two].decode(errors="surrogateescape")
            content = self.memory[rest + one + two:rest + one + two + data]
            entries.append(Entry(OPS[op], (device, inode), offset, KINDS.get(kind, "?"), pid, first, second, content))
            at += size
        return entries

    def numbered(self) -> list[Call]:
        return [Call(e.offset, e.kind, os.path.relpath(e.first, self.data)) for e in self.journal() if e.op == "call"]

    def close(self) -> None:
        self.memory.close()
        self.path.unlink(missing_ok=True)
