"""Rows about the process: memory and time to start, time to rebuild."""

from __future__ import annotations

import concurrent.futures
import json
import os
import subprocess
import time

import traffic
from stage import MIB, Row, Stage
from support.holt_server import HoltServer, binary_path
from traffic import Connection, Pattern


def memory(stage: Stage) -> list[Row]:
    holt = stage.new_holt("memory")
    holt.stop()
    holt.start()
    time.sleep(2)
    idle = holt.memory_bytes() / MIB
    size = 1 << 30 if stage.long else 64 * MIB
    connection = Connection(holt.endpoint, holt.tokens["alice"])
    connection.ok("POST", "/api/repos/create", json.dumps({"name": "load"}), **{"content-type": "application/json"})
    block = os.urandom(MIB)
    seed = Pattern(0, size, block)
    seed_oid = seed.oid()
    traffic.put(traffic.upload_address(connection, "alice/load", seed_oid, size), seed)
    connection.ok("POST", "/api/models/alice/load/commit/main",
                  traffic.commit_body({}, large=[("seed.bin", seed_oid, size)]), **traffic.NDJSON)
    uploads = [Pattern(number, size, block) for number in range(1, 33)]
    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        oids = list(pool.map(Pattern.oid, uploads))
        urls = [traffic.upload_address(connection, "alice/load", oid, size) for oid in oids]
        began = time.monotonic()
        running = [pool.submit(traffic.put, url, content) for url, content in zip(urls, uploads, strict=True)]
        running += [pool.submit(traffic.get_and_drop, holt.endpoint, "/alice/load/resolve/main/seed.bin") for _ in range(32)]
        for done in running:
            done.result()
        seconds = time.monotonic() - began
    peak = holt.memory_bytes("VmHWM") / MIB
    return [
        Row("memory, idle", "≤ 60 MB", f"{idle:.0f} MiB", "resident set", idle * 1.048576 <= 60),
        Row(f"memory, 32 uploads and 32 downloads of {size // MIB} MiB at once", "≤ 250 MB", f"{peak:.0f} MiB",
            f"peak resident set; took {seconds:.0f} s", peak * 1.048576 <= 250),
    ]


def start(stage: Stage) -> list[Row]:
    first = HoltServer(data=stage.folder / "start" / "data")
    (stage.folder / "start").mkdir()
    times = []
    for _ in range(3):
        first.start()
        times.append(first.seconds_to_ready)
        first.stop()
    return [Row("start: empty folder, then again", "< 1 s", f"{times[0]:.2f} s, then {min(times[1:]):.2f} s", "–", max(times) < 1)]


def rebuild(stage: Stage) -> list[Row]:
    """Only when asked for: touches one source file and builds."""
    build = binary_path().parent
    source = build.parent / "src" / "domain" / "repos" / "repos.cpp"
    subprocess.run(["cmake", "--build", build], check=True, stdout=subprocess.DEVNULL)
    source.touch()
    compiled = {**os.environ, "CCACHE_RECACHE": "1"}  # what a change costs, not what a copy of one does
    began = time.monotonic()
    subprocess.run(["cmake", "--build", build], check=True, stdout=subprocess.DEVNULL, env=compiled)
    seconds = time.monotonic() - began
    return [Row("rebuild after touching one .cpp", "≤ 15 s", f"{seconds:.1f} s", "–", seconds <= 15)]
