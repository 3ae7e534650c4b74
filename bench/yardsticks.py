"""What a figure is held against: nginx, the disk's own fsync, OpenSSL. Measured in the same run."""

from __future__ import annotations

import os
import pathlib
import re
import resource
import shutil
import statistics
import subprocess
import sys
import time
from urllib.parse import urlsplit

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))
from support.holt_server import free_port  # noqa: E402
from support.nginx_process import NginxProcess  # noqa: E402


class Nginx:
    """nginx with sendfile over a folder, on a free loopback port."""

    def __init__(self, root: pathlib.Path, run_folder: pathlib.Path):
        self.root, self.folder, self.port = root, run_folder, free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        self.process = NginxProcess(self.folder, self.port, workers="auto", http=f"""
            access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;
            server {{ listen 127.0.0.1:{self.port}; root {self.root}; }}""")
        self.process.start()
        return self

    def __exit__(self, *_):
        self.process.stop()


def curl_bytes_per_second(url: str) -> float:
    printed = subprocess.run(["curl", "-sSf", "-L", "-o", "/dev/null", "-w", "%{speed_download}", url], check=True,
                             capture_output=True, text=True).stdout
    return float(printed)


def get_requests_per_second(url: str, seconds: int, connections=16) -> float:
    printed = subprocess.run(["wrk", "-t2", f"-c{connections}", f"-d{seconds}s", url], check=True, capture_output=True,
                             text=True).stdout
    if "Non-2xx" in printed or "Socket errors" in printed:
        raise RuntimeError(f"wrk met errors at {url}:\n{printed}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", printed).group(1))


class HeadLoad:
    """Counts HEAD requests (head_load.cpp says why this is not wrk)."""

    def __init__(self, folder: pathlib.Path):
        self.program = folder / "head_load"
        compiler = os.environ.get("CXX") or shutil.which("clang++-19") or "c++"
        subprocess.run([compiler, "-std=c++20", "-O2", "-pthread", pathlib.Path(__file__).with_name("head_load.cpp"),
                        "-o", self.program], check=True)

    def requests_per_second(self, url: str, seconds: int, connections=16) -> float:
        address = urlsplit(url)
        printed = subprocess.run([self.program, str(address.port), address.path, str(connections), str(seconds)],
                                 check=True, stdout=subprocess.PIPE, text=True).stdout
        return float(printed)


class Disk:
    """One write-and-fsync of 4 KiB, again and again, to one file."""

    def __init__(self, folder: pathlib.Path):
        self.file = os.open(folder / "fsync.probe", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        self.block = os.urandom(4096)

    def write_and_fsync(self) -> float:
        began = time.perf_counter()
        os.write(self.file, self.block)
        os.fsync(self.file)
        return time.perf_counter() - began

    def close(self):
        os.close(self.file)


def sha256_cpu_seconds(path: pathlib.Path) -> float:
    """CPU that `openssl sha256` spends on the file, reading included: the best of three."""

    def once():
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(["openssl", "dgst", "-sha256", path], check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    return min(once(), once(), once())


def alternately(rounds: int, *measures) -> list[float]:
    """Runs the measures by turns, so that a busy machine disturbs all of them, and returns their medians."""
    seen = [[] for _ in measures]
    for _ in range(rounds):
        for values, measure in zip(seen, measures, strict=True):
            values.append(measure())
    return [statistics.median(values) for values in seen]


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
