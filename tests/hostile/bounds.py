"""How much memory and disk a server took while something was done to it."""

from __future__ import annotations

import os
import pathlib
import threading

MIB = 1 << 20


def family_bytes(pid: int, program: str | None = None) -> int:
    """Memory of its own that a process and its children have: neither files that are mapped, nor what a child that is
    just being made shares with its parent."""
    total = 0
    try:
        here = os.readlink(f"/proc/{pid}/exe")
        if here != program:
            for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith(("RssAnon:", "RssShmem:")):
                    total += int(line.split()[1]) * 1024
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            total += sum(family_bytes(int(child), program or here) for child in (task / "children").read_text().split())
    except (FileNotFoundError, ProcessLookupError):
        pass  # ended meanwhile
    return total


class Bounded:
    """Fails when the server and its children take more than so much memory on top of what they have now, or keep more
    on disk than before."""

    def __init__(self, holt, *, memory: int, kept: int = 4 * MIB):
        self.holt, self.memory, self.kept = holt, memory, kept

    def __enter__(self):
        self.before, self.peak = family_bytes(self.holt.process.pid), 0
        self.disk = self.holt.data_bytes()
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._watch)
        self.thread.start()
        return self

    def _watch(self):
        while not self.over.wait(0.02):
            self.peak = max(self.peak, family_bytes(self.holt.process.pid))

    def __exit__(self, kind, *_):
        self.over.set()
        self.thread.join()
        if kind is not None:
            return
        grown = self.peak - self.before
        assert grown <= self.memory, f"{grown / MIB:.0f} MiB of memory were taken, {self.memory / MIB:.0f} are allowed"
        kept = self.holt.data_bytes() - self.disk
        assert kept <= self.kept, f"{kept / MIB:.0f} MiB were left on disk, {self.kept / MIB:.0f} are allowed"
