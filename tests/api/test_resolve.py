"""Reading a file: HEAD, GET, ranges, conditions, names, redirects and refusals."""

import hashlib
import re

import pytest
from support.hub_client import Repo, add, blob_sha1, ok, pointer_text, unique

SMALL = b"0123456789" * 10
LARGE = bytes(range(256)) * 4096  # 1 MiB


@pytest.fixture
def stocked(alice):
    made = alice.create_repo()
    alice.commit(made, add("small.txt", SMALL))
    made.tip = alice.commit_lfs(made, {"large.bin": LARGE})
    return made


@pytest.mark.parametrize("path, content, etag", [
    ("small.txt", SMALL, blob_sha1(SMALL)),
    ("large.bin", LARGE, hashlib.sha256(LARGE).hexdigest()),
])
@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_headers(nobody, stocked, method, path, content, etag):
    reply = ok(nobody.request(method, stocked.resolve(path), headers={"accept-encoding": "identity"}))
    assert reply.headers["x-repo-commit"] == stocked.tip
    assert reply.headers["etag"] == f'"{etag}"'
    assert reply.headers["content-length"] == str(len(content))
    assert reply.headers["accept-ranges"] == "bytes"
    assert "content-encoding" not in reply.headers
    assert reply.content == (content if method == "GET" else b"")
    if path == "large.bin":
        assert reply.headers["x-linked-size"] == str(len(content))
        assert reply.headers["x-linked-etag"] == f'"{etag}"'


@pytest.mark.parametrize("path, content", [("small.txt", SMALL), ("large.bin", LARGE)])
@pytest.mark.parametrize("asked, start, end", [
    ("bytes=0-0", 0, 1), ("bytes=10-19", 10, 20), ("bytes=90-", 90, None), ("bytes=-5", -5, None),
    ("bytes=0-99999999", 0, None), ("bytes=-99999999", 0, None),
])
def test_ranges(nobody, stocked, path, content, asked, start, end):
    reply = ok(nobody.get(stocked.resolve(path), headers={"range": asked}), 206)
    wanted = content[start:end]
    first = start if start >= 0 else len(content) + start
    assert reply.content == wanted
    assert reply.headers["content-length"] == str(len(wanted))
    assert reply.headers["content-range"] == f"bytes {first}-{first + len(wanted) - 1}/{len(content)}"
    assert reply.headers["etag"] and reply.headers["x-repo-commit"] == stocked.tip


@pytest.mark.parametrize("path, content", [("small.txt", SMALL), ("large.bin", LARGE)])
@pytest.mark.parametrize("start", ["{size}-", "99999999999-", "{size}-{size}"])
def test_range_past_the_end(nobody, stocked, path, content, start):
    reply = nobody.get(stocked.resolve(path), headers={"range": "bytes=" + start.format(size=len(content))})
    assert reply.status_code == 416
    assert reply.headers["content-range"] == f"bytes */{len(content)}"


@pytest.mark.parametrize("asked", ["bytes=9-3", "bytes=a-b", "lines=1-2", "bytes=", "bytes=-", "bytes=1-2-3", "bytes=" + "9" * 40 + "-"])
def test_ranges_that_make_no_sense_are_ignored_or_refused(nobody, stocked, asked):
    reply = nobody.get(stocked.resolve("small.txt"), headers={"range": asked})
    assert reply.status_code in (200, 400, 416)
    if reply.status_code == 200:
        assert reply.content == SMALL


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ["small.txt", "large.bin"])
def test_if_none_match(nobody, stocked, method, path):
    etag = nobody.head(stocked.resolve(path)).headers["etag"]
    for sent in (etag, f'"other", {etag}', "*", f"W/{etag}"):
        reply = nobody.request(method, stocked.resolve(path), headers={"if-none-match": sent})
        assert reply.status_code == 304, sent
        assert reply.headers["etag"] == etag
        assert reply.content == b""
    ok(nobody.request(method, stocked.resolve(path), headers={"if-none-match": '"other"'}))


def test_if_range_of_an_older_version_gets_the_whole(nobody, stocked):
    reply = nobody.get(stocked.resolve("small.txt"), headers={"range": "bytes=0-3", "if-range": '"older"'})
    assert (reply.status_code, reply.content) == (200, SMALL)


@pytest.mark.parametrize("name", ["plain.txt", "two words.txt", 'qu"ote.txt', "žluť 文.txt", "semi;colon.txt", "per%cent.txt"])
def test_content_disposition(alice, repo, name):
    from urllib.parse import quote

    alice.commit_files(repo, {f"folder/{name}": "x"})
    told = ok(alice.get(repo.resolve(f"folder/{name}"))).headers["content-disposition"]
    assert told.startswith("inline; ")
    assert f"filename*=UTF-8''{quote(name, safe='')}".lower() in told.lower()
    assert re.search(r'filename="[^\r\n]+";?', told)
    assert "folder" not in told
    told = ok(alice.get(repo.resolve(f"folder/{name}"), params={"download": "true"})).headers["content-disposition"]
    assert told.startswith("attachment; ")


def test_missing_file_names_the_commit(nobody, stocked):
    for method in ("GET", "HEAD"):
        reply = nobody.request(method, stocked.resolve("no/such.txt"))
        assert reply.status_code == 404
        assert reply.headers["x-error-code"] == "EntryNotFound"
        assert reply.headers["x-repo-commit"] == stocked.tip
        assert "no/such.txt" in reply.headers["x-error-message"]


def test_a_folder_is_not_a_file(alice, repo):
    alice.commit_files(repo, {"folder/a": "a"})
    assert alice.get(repo.resolve("folder")).headers["x-error-code"] == "EntryNotFound"


def test_missing_revision(nobody, stocked):
    for revision in ("no-such", "0" * 40, "refs/pr/1"):
        reply = nobody.head(stocked.resolve("small.txt", revision))
        assert (reply.status_code, reply.headers["x-error-code"]) == (404, "RevisionNotFound"), revision


def test_every_way_to_name_a_revision(alice, stocked):
    ok(alice.post(f"{stocked.api}/branch/feature%2Fx", json={}))
    ok(alice.post(f"{stocked.api}/tag/main", json={"tag": "v1.0"}))
    for revision in ("main", "feature/x", "v1.0", stocked.tip, stocked.tip[:7], "refs/heads/main", "refs/heads/feature/x",
                     "refs/tags/v1.0"):
        reply = alice.head(stocked.resolve("small.txt", revision))
        assert reply.status_code == 200, revision
        assert reply.headers["x-repo-commit"] == stocked.tip, revision
    assert alice.get(f"{stocked.web}/resolve/refs/heads/main/small.txt").content == SMALL, "unescaped, as fsspec sends it"


def test_older_commits_stay_readable(alice, repo):
    first = alice.commit_files(repo, {"a": "one"})
    second = alice.commit_files(repo, {"a": "two"})
    assert alice.read(repo, "a", first) == b"one"
    assert alice.head(repo.resolve("a", first)).headers["x-repo-commit"] == first
    assert alice.read(repo, "a", second) == b"two"


def test_wrong_case_is_sent_to_the_right_one(alice, nobody):
    made = alice.create_repo(unique("Mixed"))
    alice.commit_files(made, {"a b.txt": "a"})
    wrong = Repo(made.id.lower())
    for method in ("GET", "HEAD"):
        reply = nobody.request(method, wrong.resolve("a b.txt"))
        assert reply.status_code == 307
        assert reply.headers["location"] == made.resolve("a b.txt")


def test_renamed_private_repository_redirects_only_those_allowed(alice, bob, nobody):
    made = alice.create_repo(private=True)
    alice.commit_files(made, {"a": "a"})
    target = Repo(f"alice/{unique('renamed')}")
    ok(alice.post("/api/repos/move", json={"fromRepo": made.id, "toRepo": target.id, "type": "model"}))
    assert alice.head(made.resolve("a")).headers["location"] == target.resolve("a")
    for client, status in ((bob, 404), (nobody, 401)):
        reply = client.head(made.resolve("a"))
        assert (reply.status_code, reply.headers["x-error-code"]) == (status, "RepoNotFound")
        assert "location" not in reply.headers


def test_private(alice, bob, nobody, private_repo):
    alice.commit_files(private_repo, {"a": "a"})
    assert alice.read(private_repo, "a") == b"a"
    missing = Repo(f"alice/{unique()}")
    for client, status in ((bob, 404), (nobody, 401)):
        there, not_there = client.head(private_repo.resolve("a")), client.head(missing.resolve("a"))
        for reply in (there, not_there):
            assert (reply.status_code, reply.headers["x-error-code"]) == (status, "RepoNotFound")
        strip = lambda reply, made: reply.headers["x-error-message"].replace(made.id, "*")  # noqa: E731
        assert strip(there, private_repo) == strip(not_there, missing), "hidden and absent look alike"


def test_raw_gives_what_git_holds(nobody, stocked):
    assert ok(nobody.get(f"{stocked.web}/raw/main/small.txt")).content == SMALL
    reply = ok(nobody.get(f"{stocked.web}/raw/main/large.bin"))
    assert reply.content == pointer_text(LARGE)
    assert reply.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("kind", ["dataset", "space", "kernel"])
def test_other_kinds(alice, nobody, kind):
    made = alice.create_repo(kind=kind)
    alice.commit_files(made, {"a": "a"})
    assert nobody.read(made, "a") == b"a"


def test_empty_file(alice, repo):
    alice.commit_files(repo, {"empty": ""})
    reply = ok(alice.get(repo.resolve("empty")))
    assert (reply.content, reply.headers["content-length"]) == (b"", "0")
    assert alice.get(repo.resolve("empty"), headers={"range": "bytes=0-"}).status_code in (200, 416)


def test_several_requests_on_one_connection_do_not_mix(nobody, stocked):
    for _ in range(20):
        assert nobody.get(stocked.resolve("small.txt")).content == SMALL
        assert nobody.head(stocked.resolve("large.bin")).content == b""
        assert nobody.get(stocked.resolve("no-such")).status_code == 404
        assert nobody.get(stocked.resolve("large.bin"), headers={"range": "bytes=5-9"}).content == LARGE[5:10]


def test_browsers_may_read_from_anywhere(nobody, stocked):
    reply = nobody.options(stocked.resolve("small.txt"), headers={
        "origin": "https://notebook.example", "access-control-request-method": "GET",
        "access-control-request-headers": "authorization,range"})
    assert reply.status_code in (200, 204)
    assert reply.headers["access-control-allow-origin"] == "*"
    allowed = reply.headers["access-control-allow-headers"].lower()
    assert "authorization" in allowed and "range" in allowed
    exposed = nobody.get(stocked.resolve("small.txt"), headers={"origin": "https://notebook.example"}
                         ).headers["access-control-expose-headers"].lower()
    for name in ("x-repo-commit", "x-error-code", "etag", "link", "content-range", "x-linked-size", "x-xet-hash"):
        assert name in exposed, name
