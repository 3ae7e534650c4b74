"""Rows about requests: small files, commits, lists."""

from __future__ import annotations

import concurrent.futures
import json
import random
import statistics
import threading
import time

import traffic
from stage import Row, Stage
from traffic import Connection
from yardsticks import Disk, HeadLoad, alternately, get_requests_per_second, percentile

WORDS = """amber birch cedar delta ember fable grove harbor iris jasper kelp lotus maple nectar onyx pearl quartz raven
    sable tulip umber violet willow xenon yarrow zephyr""".split()
JSON = {"content-type": "application/json"}


def against_nginx(stage: Stage, figure: str, load) -> list[Row]:
    urls = (f"{stage.nginx.endpoint}/small.txt", f"{stage.holt.endpoint}/{stage.small_repo}/resolve/main/small.txt")
    nginx, holt = alternately(3, *[lambda url=url: load(url, stage.seconds) for url in urls])
    return [Row(figure, "≥ 0.5 × nginx", f"{holt / nginx:.2f} × ({holt:,.0f}/s)", f"nginx static {nginx:,.0f}/s",
                holt / nginx >= 0.5)]


def get_small(stage: Stage) -> list[Row]:
    return against_nginx(stage, "GET resolve of 4 KiB, 16 connections", get_requests_per_second)


def head_small(stage: Stage) -> list[Row]:
    return against_nginx(stage, "HEAD resolve, 16 connections", HeadLoad(stage.folder).requests_per_second)


def commit(stage: Stage) -> list[Row]:
    repo, disk = stage.create_repo("commits"), Disk(stage.folder)
    commits, fsyncs = [], []
    for number in range(220):
        body = traffic.commit_body({f"file-{number % 20}.txt": f"content {number}\n".encode()})
        fsyncs.append(disk.write_and_fsync())
        began = time.perf_counter()
        stage.alice.ok("POST", f"/api/models/{repo}/commit/main", body, **traffic.NDJSON)
        commits.append(time.perf_counter() - began)
    disk.close()
    seen, unit = statistics.median(commits[20:]) * 1000, statistics.median(fsyncs[20:]) * 1000
    bound = 3 * unit + 3
    return [Row("one-file commit, durable, median", f"≤ 3 × fsync + 3 ms = {bound:.2f} ms", f"{seen:.2f} ms",
                f"write+fsync of 4 KiB {unit:.2f} ms", seen <= bound)]


def commits_at_once(stage: Stage) -> list[Row]:
    repo = stage.create_repo("at-once")
    barrier = threading.Barrier(16)

    def one(number: int) -> bool:
        connection = Connection(stage.holt.endpoint, stage.holt.tokens["alice"])
        barrier.wait()
        status, _ = connection.send("POST", f"/api/models/{repo}/commit/main",
                                    traffic.commit_body({f"f{number}.txt": b"x"}), **traffic.NDJSON)
        connection.close()
        return status == 200

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        acknowledged = sum(pool.map(one, range(16)))
    tree = json.loads(stage.alice.ok("GET", f"/api/models/{repo}/tree/main"))
    there = sum(entry["path"].startswith("f") for entry in tree)
    return [Row("16 commits at once", "16 acknowledged, 16 there", f"{acknowledged} acknowledged, {there} there", "–",
                acknowledged == there == 16)]


def fill(holt, count: int, already: int = 0) -> float:
    """Creates models with cards by the API, 16 at a time. Returns the seconds it took."""
    import base64

    numbers, lock = iter(range(already, count)), threading.Lock()

    def work():
        connection = Connection(holt.endpoint, holt.tokens["alice"])
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return connection.close()
            draw = random.Random(number)
            card = (f"---\nlicense: {draw.choice(['mit', 'apache-2.0'])}\npipeline_tag: {draw.choice(['fill-mask', 'text-to-image'])}"
                    f"\ntags: [{draw.choice(WORDS)}]\n---\n")
            body = {"name": f"{draw.choice(WORDS)}-{draw.choice(WORDS)}-{number}", "organization": draw.choice(["acme", None]),
                    "files": [{"path": "README.md", "encoding": "base64", "content": base64.b64encode(card.encode()).decode()}]}
            connection.ok("POST", "/api/repos/create", json.dumps(body), **JSON)

    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        for done in [pool.submit(work) for _ in range(16)]:
            done.result()
    return time.monotonic() - began


def list_queries(draw: random.Random) -> str:
    sort = draw.choice(["lastModified", "createdAt", "downloads", "likes", "trendingScore"])
    narrow = draw.choice(["", "&author=acme", f"&filter={draw.choice(WORDS)}", "&pipeline_tag=fill-mask", "&filter=license:mit"])
    return f"/api/models?limit=30&sort={sort}&direction=-1{narrow}"


def search_queries(draw: random.Random) -> str:
    word = draw.choice(WORDS)
    text = draw.choice([word, word[:3], f"{word}-{draw.choice(WORDS)}", str(draw.randrange(5000)), "nothing-like-it"])
    return f"/api/models?limit=30&search={text}"


def facet_queries(draw: random.Random) -> str:
    narrow = draw.choice(["", "?author=acme", f"?filter={draw.choice(WORDS)}", "?pipeline_tag=fill-mask",
                          f"?filter=license:mit&filter={draw.choice(WORDS)}", f"?search={draw.choice(WORDS)}"])
    return f"/api/models-facets{narrow}"


def typed_queries(draw: random.Random) -> str:
    word = f"{draw.choice(WORDS)}-{draw.choice(WORDS)}"
    return f"/api/quicksearch?q={word[: draw.randrange(1, len(word))]}"


def p99_ms(holt, make_query, asked: int = 1000) -> float:
    connection, draw, times = Connection(holt.endpoint), random.Random(1), []
    for number in range(asked + 50):
        query = make_query(draw)
        began = time.perf_counter()
        connection.ok("GET", query)
        if number >= 50:
            times.append(time.perf_counter() - began)
    connection.close()
    return percentile(times, 0.99) * 1000


def lists(stage: Stage) -> list[Row]:
    holt, rows, already = stage.new_holt("lists"), [], 0
    for count, bound in ((5000, 20), (100_000, 50)) if stage.long else ((5000, 20),):
        seconds = fill(holt, count, already)
        already = count
        for name, queries in (("list page", list_queries), ("search", search_queries)):
            seen = p99_ms(holt, queries)
            rows.append(Row(f"{count:,} repositories: {name}, p99", f"< {bound} ms", f"{seen:.1f} ms",
                            f"filled in {seconds:.0f} s by API", seen < bound))
        for name, queries in (("facets with counts", facet_queries), ("found as one types", typed_queries)):
            seen = p99_ms(holt, queries, 400)
            rows.append(Row(f"{count:,} repositories: {name}, p99", "< 100 ms", f"{seen:.1f} ms", "–", seen < 100))
    return rows
