"""How refusals look: one place for statuses, X-Error-Code and the words clients match on."""

import re

import pytest
from support.hub_client import Repo, unique

MISSING = Repo("alice/there-is-no-such-repository")

# who asks, method, address of a repository named by the first key, status, X-Error-Code
TABLE = [
    ("alice", "GET", lambda r: MISSING.api, 404, "RepoNotFound"),
    ("nobody", "GET", lambda r: MISSING.api, 401, "RepoNotFound"),
    ("alice", "HEAD", lambda r: MISSING.resolve("a"), 404, "RepoNotFound"),
    ("nobody", "HEAD", lambda r: MISSING.resolve("a"), 401, "RepoNotFound"),
    ("bob", "GET", lambda r: r["private"].api, 404, "RepoNotFound"),
    ("nobody", "GET", lambda r: r["private"].api, 401, "RepoNotFound"),
    ("bob", "GET", lambda r: f"{r['private'].api}/tree/main", 404, "RepoNotFound"),
    ("bob", "GET", lambda r: f"{r['private'].api}/refs", 404, "RepoNotFound"),
    ("bob", "GET", lambda r: f"{r['private'].api}/commits/main", 404, "RepoNotFound"),
    ("bob", "HEAD", lambda r: r["private"].resolve("a"), 404, "RepoNotFound"),
    ("bob", "GET", lambda r: f"{r['private'].web}/raw/main/a", 404, "RepoNotFound"),
    ("bob", "GET", lambda r: f"{r['private'].api}/xet-read-token/main", 404, "RepoNotFound"),
    ("nobody", "HEAD", lambda r: r["public"].resolve("a", "no-such"), 404, "RevisionNotFound"),
    ("nobody", "GET", lambda r: f"{r['public'].api}/revision/no-such", 404, "RevisionNotFound"),
    ("nobody", "GET", lambda r: f"{r['public'].api}/tree/no-such", 404, "RevisionNotFound"),
    ("nobody", "GET", lambda r: f"{r['public'].api}/commits/no-such", 404, "RevisionNotFound"),
    ("nobody", "HEAD", lambda r: r["public"].resolve("no-such"), 404, "EntryNotFound"),
    ("nobody", "GET", lambda r: r["public"].resolve("no-such"), 404, "EntryNotFound"),
    ("nobody", "GET", lambda r: f"{r['public'].web}/raw/main/no-such", 404, "EntryNotFound"),
    ("nobody", "GET", lambda r: f"{r['public'].api}/tree/main/no-such", 404, "EntryNotFound"),
]


@pytest.mark.parametrize("who, method, address, status, code", TABLE)
def test_table(request, repo, private_repo, who, method, address, status, code):
    reply = request.getfixturevalue(who).request(method, address({"public": repo, "private": private_repo}))
    assert (reply.status_code, reply.headers.get("x-error-code")) == (status, code)
    assert len(reply.headers["x-error-message"]) > 8
    assert reply.headers["x-request-id"]
    if method != "HEAD":
        assert reply.json()["error"]


def test_revision_is_named(nobody, repo):
    assert "Invalid rev id: no-such" in nobody.get(f"{repo.api}/revision/no-such").json()["error"]


def test_unknown_routes_are_json_404(nobody):
    for url in ("/api/no/such/route", "/api/models/a/b/no-such", "/api/"):
        reply = nobody.get(url)
        assert reply.status_code in (401, 404), url
        assert reply.json()["error"]


def test_wrong_method(nobody):
    reply = nobody.post("/api/whoami-v2")
    assert reply.status_code in (404, 405)
    assert reply.json()["error"]


def test_error_text_is_a_header_whatever_the_name_holds(nobody, repo):
    reply = nobody.head(f"{repo.web}/resolve/main/line%0d%0aX-Injected:%20yes/%C4%8D")
    assert reply.status_code in (400, 404)
    assert "x-injected" not in reply.headers


@pytest.mark.parametrize("target", ["/%", "/%zz", "/api/models/%00/x", "/a/b/resolve/main/%2e%2e/%2e%2e/etc/passwd",
                                    "/..%2f..%2fetc/passwd", "/" + "a" * 20_000, "//x//y", "/api/models/a%2Fb/tree/main"])
def test_hostile_targets_get_an_answer(holt, nobody, target):
    import socket

    with socket.create_connection(("127.0.0.1", holt.port), timeout=10) as wire:
        wire.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while piece := wire.recv(65536):
            answer += piece
    status = int(re.match(rb"HTTP/1\.1 (\d{3})", answer).group(1))
    assert 300 <= status < 500 or status == 200
    assert b"root:" not in answer


@pytest.mark.parametrize("text", [
    b"GARBAGE\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 20_000 + b"\r\n",
    b"POST /api/repos/create HTTP/1.1\r\nHost: x\r\nContent-Length: nonsense\r\n\r\n",
    b"POST /api/repos/create HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST /api/repos/create HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
])
def test_broken_http_is_refused_and_the_server_lives(holt, nobody, text):
    import socket

    with socket.create_connection(("127.0.0.1", holt.port), timeout=10) as wire:
        wire.sendall(text)
        wire.shutdown(socket.SHUT_WR)
        answer = wire.recv(65536)
    assert answer == b"" or re.match(rb"HTTP/1\.[01] (4\d\d|505)", answer), answer[:100]
    assert nobody.get("/healthz").status_code == 200


def test_bodies_that_are_too_large_are_413(alice):
    reply = alice.post("/api/repos/create", content=b'{"name":"' + b"x" * (64 << 20) + b'"}',
                       headers={"content-type": "application/json"})
    assert reply.status_code in (400, 413)


def test_deep_json_is_refused(alice):
    reply = alice.post("/api/repos/create", content=b"[" * 200_000, headers={"content-type": "application/json"})
    assert reply.status_code == 400


def test_ids_of_people_who_do_not_exist(nobody):
    assert nobody.get("/api/models", params={"author": unique()}).json() == []
