"""Changes a stopped Holt's SQLite catalog behind its back, as no user may: for tests that move the clock.

Holt's pages carry checksums that Python's SQLite does not write (docs/formats/catalog.md), so those of the pages
that changed are computed here. The others keep theirs: a page that was damaged before is still refused after.
"""

from __future__ import annotations

import pathlib
import struct
import subprocess
import sys

SUM_BYTES = 8
RESERVED_AT = 20


def change_catalog(path: pathlib.Path, statements: str) -> None:
    """Holt must have closed the catalog, so that it has no log beside it."""
    log = path.with_name(path.name + "-wal")
    assert not log.exists(), f"{log} is there: let Holt close its catalog first"
    before = path.read_bytes()
    # In a process of its own, which closes what it opens.
    subprocess.run([sys.executable, "-c", "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); "
                    "c.executescript(sys.argv[2]); c.close()", str(path), f"BEGIN;{statements};COMMIT;"], check=True)
    assert not log.exists()
    after = bytearray(path.read_bytes())
    if after[RESERVED_AT] != SUM_BYTES:
        return
    size = struct.unpack_from(">H", after, 16)[0]
    for at in range(0, len(after), size):
        page = bytes(after[at:at + size])
        if page != before[at:at + size]:
            after[at + size - SUM_BYTES:at + size] = sums_of(page[:-SUM_BYTES])
    with open(path, "r+b") as file:
        file.write(after)


def sums_of(page: bytes) -> bytes:
    first = second = 0
    words = struct.unpack(f"<{len(page) // 4}I", page)
    for even, odd in zip(words[::2], words[1::2]):
        first = (first + even + second) & 0xffffffff
        second = (second + odd + first) & 0xffffffff
    return struct.pack("<II", first, second)
