"""What the rows of the table share: one Holt, one nginx, the big file, and the clients."""

from __future__ import annotations

import functools
import json
import os
import pathlib
import statistics
import subprocess
from dataclasses import dataclass

import traffic
import yardsticks
from support.client_shell import Client
from support.holt_server import HoltServer

MIB, GIB = 1 << 20, 1 << 30


@dataclass
class Row:
    figure: str
    wanted: str
    seen: str
    yardstick: str
    good: bool


class Stage:
    """folder: on the disk to measure. big_bytes: what `1 GiB` in the table stands for in this run."""

    def __init__(self, folder: pathlib.Path, *, big_bytes: int, seconds: int, long: bool):
        self.folder, self.big_bytes, self.seconds, self.long = folder, big_bytes, seconds, long
        self.size_name = f"{big_bytes / GIB:g} GiB"
        self._open = []

    def close(self):
        for thing in reversed(self._open):
            thing.__exit__(None, None, None)

    def enter(self, thing):
        self._open.append(thing)
        return thing.__enter__()

    def new_holt(self, name: str) -> HoltServer:
        """Another server with data of its own, closed with the stage."""
        holt = HoltServer(data=self.folder / name / "data")
        (self.folder / name).mkdir()
        self.enter(holt)
        holt.create_people()
        return holt

    @functools.cached_property
    def holt(self) -> HoltServer:
        return self.new_holt("main")

    @functools.cached_property
    def alice(self) -> traffic.Connection:
        return traffic.Connection(self.holt.endpoint, self.holt.tokens["alice"])

    def create_repo(self, name: str) -> str:
        self.alice.ok("POST", "/api/repos/create", json.dumps({"name": name}), **{"content-type": "application/json"})
        return f"alice/{name}"

    def client(self, name: str) -> Client:
        """A stock client whose caches are its own."""
        return Client(self.holt, "alice", self.folder / "clients" / name)

    @functools.cached_property
    def nginx(self) -> yardsticks.Nginx:
        (self.folder / "static").mkdir(exist_ok=True)
        return self.enter(yardsticks.Nginx(self.folder / "static", self.folder / "nginx"))

    @functools.cached_property
    def big_file(self) -> pathlib.Path:
        """Random bytes, where nginx serves them too."""
        (self.folder / "static").mkdir(exist_ok=True)
        path = self.folder / "static" / "big.bin"
        traffic.write_random(path, self.big_bytes)
        return path

    @functools.cached_property
    def sha256_seconds(self) -> float:
        return yardsticks.sha256_cpu_seconds(self.big_file)

    # What an upload costs the server is seen three times and the best is kept, as with the yardstick:
    # the rest is what else the machine did.

    @functools.cached_property
    def lfs_upload(self) -> dict:
        uploads = [self._lfs_upload(f"by-lfs-{number}", number) for number in range(3)]
        return {**uploads[0], "cpu": min(one["cpu"] for one in uploads), "later": min(one["later"] for one in uploads)}

    def _lfs_upload(self, name: str, number: int) -> dict:
        """Uploads a big file by LFS: the repository, and what it cost the server."""
        repo = self.create_repo(name)
        if number > 0:  # the first is the one that is downloaded; the others are new bytes too
            path = self.folder / "lfs.bin"
            traffic.write_random(path, self.big_bytes)
        else:
            path = self.big_file
        oid = subprocess.run(["openssl", "dgst", "-sha256", "-r", path], check=True, capture_output=True,
                             text=True).stdout.split()[0]
        url = traffic.upload_address(self.alice, repo, oid, self.big_bytes)
        traffic.wait_until_idle(self.holt)
        before = self.holt.cpu_seconds()
        subprocess.run(["curl", "-sSf", "-H", "Expect:", "-T", path, "-o", "/dev/null", url], check=True)
        received = self.holt.cpu_seconds() - before
        self.alice.ok("POST", f"/api/models/{repo}/commit/main",
                      traffic.commit_body({}, large=[("big.bin", oid, self.big_bytes)]), **traffic.NDJSON)
        traffic.wait_until_idle(self.holt)
        return {"repo": repo, "cpu": received, "later": self.holt.cpu_seconds() - before - received}

    @functools.cached_property
    def xet_upload(self) -> dict:
        """Uploads big files of its own by Xet, then the last with 1 MiB changed under another name."""
        repo, path, client = self.create_repo("by-xet"), self.folder / "xet.bin", self.client("xet-up")
        costs = []
        for name in ("three.bin", "four.bin", "one.bin"):
            traffic.write_random(path, self.big_bytes)
            traffic.wait_until_idle(self.holt)
            start = self.holt.cpu_seconds()
            client.hf("upload", repo, path, name, timeout=900)
            costs.append(self.holt.cpu_seconds() - start)
            traffic.wait_until_idle(self.holt)
        first = min(costs)
        # How much new chunks hold beside the new bytes depends on where the edges of chunks happen to
        # lie; so several edits, each at a place of its own.
        growths, edit_costs = [], []
        for number in range(5):
            bytes_before = self.holt.data_bytes()
            with open(path, "r+b") as file:
                file.seek(self.big_bytes // 6 * (number + 1))
                file.write(os.urandom(MIB))
            start = self.holt.cpu_seconds()
            client.hf("upload", repo, path, f"two-{number}.bin", timeout=900)
            edit_costs.append(self.holt.cpu_seconds() - start)
            traffic.wait_until_idle(self.holt)
            growths.append(self.holt.data_bytes() - bytes_before)
        return {"repo": repo, "cpu": first, "edit_cpu": statistics.median(edit_costs), "growths": growths,
                "edited": "two-4.bin"}

    @functools.cached_property
    def small_repo(self) -> str:
        """A repository with a 4 KiB file, small.txt, that nginx serves too."""
        (self.folder / "static").mkdir(exist_ok=True)
        content = os.urandom(3072).hex().encode()[:4096]
        (self.folder / "static" / "small.txt").write_bytes(content)
        repo = self.create_repo("small")
        self.alice.ok("POST", f"/api/models/{repo}/commit/main", traffic.commit_body({"small.txt": content}), **traffic.NDJSON)
        return repo
