"""What a power cut leaves of a data folder.

The model, from the shim's journal and a copy of the folder as it was before:

- Bytes written to a file are there after the cut if an fsync of that file succeeded later. With `chance`, bytes that
  were not synced may be there, be missing, or be torn at a sector.
- A name made, moved or removed in a folder is so after the cut if an fsync of that folder succeeded later. An fsync of
  a new file does not keep its name. With `chance`, the changes of a folder that were not synced hold up to a random one.
- A rename between two folders happens whole or not at all once either is synced: file systems write it in one step.
- After a failed fsync the kernel takes the pages for clean. What that fsync was to keep is lost, whatever a later one
  says; only bytes that are written again can be kept.
- A direct write is as lost as any other until its file is synced: disks have caches, and lengths are metadata.
"""

from __future__ import annotations

import os
import pathlib
import random
import shutil
from dataclasses import dataclass, field

SECTOR = 512


@dataclass
class File:
    source: pathlib.Path | None = None                 # its bytes before
    link_to: str | None = None                         # a symbolic link
    synced: list[tuple] = field(default_factory=list)  # ("write", offset, bytes) and ("truncate", length)
    pending: list[tuple] = field(default_factory=list)

    def survive(self, chance: random.Random | None) -> list[tuple]:
        kept = list(self.synced)
        if chance is None:
            return kept
        for change in self.pending:
            what = chance.random()
            if what < 0.4:
                kept.append(change)
            elif what < 0.7 and change[0] == "write" and len(change[2]) > SECTOR:
                kept.append(("write", change[1], change[2][:chance.randrange(SECTOR, len(change[2]), SECTOR)]))
        return kept


class Folder:
    def __init__(self):
        self.names: dict[str, object] = {}     # now
        self.before: dict[str, object] = {}    # at the beginning
        self.changes: list[tuple[str, object, object]] = []  # name, what it became (None: removed), the step
        self.synced = 0                        # changes that are durable

    def change(self, name: str, to, step) -> None:
        if to is None:
            self.names.pop(name, None)
        else:
            self.names[name] = to
        self.changes.append((name, to, step))


class Step:
    """One rename: kept in both folders when it is kept in one."""

    def __init__(self):
        self.parts: list[tuple[Folder, int]] = []


class Disk:
    def __init__(self, before: pathlib.Path, running: pathlib.Path):
        """before: a copy that nobody touches; running: the folder that the program worked in, not yet touched."""
        self.running = str(running)
        self.files: dict[tuple[int, int], File] = {}
        self.failed: set[tuple] = set()  # process and what it could not sync
        self.retried: list[str] = []     # what a process synced again all the same
        self.root = self._read(before, running)

    def _read(self, before: pathlib.Path, running: pathlib.Path) -> Folder:
        folder = Folder()
        for entry in os.scandir(running):
            source = before / entry.name
            if entry.is_symlink():
                child = File(link_to=os.readlink(entry.path))
            elif entry.is_dir():
                child = self._read(source, pathlib.Path(entry.path))
            else:
                info = entry.stat(follow_symlinks=False)
                child = self.files.setdefault((info.st_dev, info.st_ino), File(source))
            folder.names[entry.name] = child
        folder.before = dict(folder.names)
        return folder

    def _at(self, path: str):
        at = self.root
        for part in os.path.relpath(path, self.running).split("/"):
            if part != ".":
                at = at.names[part]
        return at

    def _parent(self, path: str) -> tuple[Folder, str]:
        folder, _, name = path.rpartition("/")
        return self._at(folder), name

    def replay(self, journal) -> None:
        for entry in journal:
            getattr(self, "_" + entry.op, lambda entry: None)(entry)

    # --- bytes ---

    def _create(self, entry):
        made = self.files[entry.file] = File()
        folder, name = self._parent(entry.first)
        folder.change(name, made, None)

    def _write(self, entry):
        self.files[entry.file].pending.append(("write", entry.offset, entry.data))

    def _truncate(self, entry):
        self.files[entry.file].pending.append(("truncate", entry.offset))

    def _synced(self, entry):
        """What a sync was called for."""
        what = self._at(entry.first) if self._is_folder(entry.first) else self.files[entry.file]
        if (entry.pid, id(what)) in self.failed:
            self.retried.append(entry.first)
        return what

    def _sync(self, entry):
        what = self._synced(entry)
        if isinstance(what, Folder):
            what.synced = len(what.changes)
        else:
            what.synced += what.pending
            what.pending = []

    def _sync_failed(self, entry):
        what = self._synced(entry)
        # Nothing was lost where there was nothing to keep.
        if isinstance(what, Folder) and what.synced < len(what.changes):
            self.failed.add((entry.pid, id(what)))
        elif isinstance(what, File) and what.pending:
            self.failed.add((entry.pid, id(what)))
            what.pending = []

    def _is_folder(self, path: str) -> bool:
        try:
            return isinstance(self._at(path), Folder)
        except (KeyError, AttributeError):
            return False

    # --- names ---

    def _rename(self, entry):
        old_folder, old_name = self._parent(entry.first)
        new_folder, new_name = self._parent(entry.second)
        step, moved = Step(), old_folder.names[old_name]
        for folder, name, to in ((old_folder, old_name, None), (new_folder, new_name, moved)):
            folder.change(name, to, step)
            step.parts.append((folder, len(folder.changes)))

    def _link(self, entry):
        folder, name = self._parent(entry.second)
        folder.change(name, self._at(entry.first), None)

    def _symlink(self, entry):
        folder, name = self._parent(entry.first)
        folder.change(name, File(link_to=entry.second), None)

    def _unlink(self, entry):
        folder, name = self._parent(entry.first)
        folder.change(name, None, None)

    _rmdir = _unlink

    def _mkdir(self, entry):
        folder, name = self._parent(entry.first)
        folder.change(name, Folder(), None)

    # --- after the cut ---

    def _all_folders(self, chance) -> dict[Folder, int]:
        """Each folder that may still be there and how many of its changes hold."""
        kept, waiting = {}, [self.root]
        while waiting:
            folder = waiting.pop()
            if folder in kept:
                continue
            kept[folder] = folder.synced if chance is None else chance.randint(folder.synced, len(folder.changes))
            waiting += [to for to in (*folder.before.values(), *(change[1] for change in folder.changes))
                        if isinstance(to, Folder)]
        again = True
        while again:
            again = False
            for folder, count in list(kept.items()):
                for _, _, step in folder.changes[:count]:
                    for other, needed in step.parts if step else ():
                        if kept.get(other, 0) < needed:
                            kept[other] = needed
                            again = True
        return kept

    def leave(self, target: pathlib.Path, chance: random.Random | None = None) -> None:
        """Writes what the cut leaves into the new folder target. chance: None drops all that was not synced."""
        kept = self._all_folders(chance)
        written: dict[int, pathlib.Path] = {}

        def put(folder: Folder, at: pathlib.Path) -> None:
            at.mkdir(mode=0o750)
            names = dict(folder.before)
            for name, to, _ in folder.changes[:kept[folder]]:
                if to is None:
                    names.pop(name, None)
                else:
                    names[name] = to
            for name, child in names.items():
                path = at / name
                if isinstance(child, Folder):
                    put(child, path)
                elif child.link_to is not None:
                    path.symlink_to(child.link_to)
                elif id(child) in written:
                    os.link(written[id(child)], path)
                else:
                    write(child, path)
                    written[id(child)] = path

        def write(file: File, path: pathlib.Path) -> None:
            changes = file.survive(chance)
            if file.source is not None:
                shutil.copy2(file.source, path)
                if not changes:
                    return
                path.chmod(0o640)
            with open(path, "r+b" if file.source is not None else "w+b") as out:
                for change in changes:
                    if change[0] == "truncate":
                        out.truncate(change[1])
                    else:
                        out.seek(change[1])
                        out.write(change[2])

        put(self.root, target)
