"""What every reply says to browsers, whatever kind of reply it is; and which cookie a browser gets."""

import re
import socket

import httpx
import pytest
from support.holt_server import HoltServer
from support.hub_client import NO_TLS, ok

STRICT = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
PASSWORD = "correct horse battery"


def check(headers, *, https=False):
    assert headers.get("x-content-type-options") == "nosniff"
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "base-uri 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy and "unsafe-eval" not in policy.replace("wasm-unsafe-eval", "")
    assert headers["referrer-policy"] in ("no-referrer", "same-origin")
    assert "camera=()" in headers["permissions-policy"]
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] in ("same-origin", "cross-origin")
    assert headers.get("strict-transport-security") == ("max-age=31536000; includeSubDomains" if https else None)
    for name in ("x-content-type-options", "content-security-policy", "referrer-policy", "cache-control"):
        assert len([key for key, _ in headers.multi_items() if key.lower() == name]) <= 1, f"{name} stands twice"


def replies(holt, alice, nobody, repo):
    """One reply of every kind: (what it is, status, reply)."""
    content = b"\1" * 2000
    alice.commit_files(repo, {"README.md": "# Hi\n", "page.html": "<script>alert(1)</script>"})
    alice.commit_lfs(repo, {"w.bin": content})
    href = ok(nobody.lfs_batch(repo, "download", [(alice.lfs_upload(repo, content), len(content))])).json()["objects"][0]["actions"]["download"]["href"]
    xet = ok(alice.get(f"{repo.api}/xet-read-token/main"))
    asset = re.search(r'/_app/[^"]+\.js', nobody.get("/").text)
    get = nobody.get
    yield "page", 200, get("/")
    yield "page of a repository", 200, get(repo.web)
    yield "page of what is not there", 404, get("/alice/no-such-thing")
    if asset:
        yield "file of the web", 200, get(asset.group(0))
        yield "file of the web, unchanged", 304, get(asset.group(0), headers={"if-none-match": get(asset.group(0)).headers["etag"]})
    yield "API", 200, get(repo.api)
    yield "API with an account", 200, alice.get("/api/whoami-v2")
    yield "API, empty", 200, nobody.head("/api/telemetry/x/y")
    yield "text", 200, get("/healthz")
    yield "metrics", 200, get("/metrics")
    yield "resolve, small", 200, get(repo.resolve("page.html"))
    yield "resolve, head", 200, nobody.head(repo.resolve("w.bin"))
    yield "resolve, large", 200, get(repo.resolve("w.bin"))
    yield "resolve, part", 206, get(repo.resolve("w.bin"), headers={"range": "bytes=0-9"})
    yield "resolve, beyond the end", 416, get(repo.resolve("w.bin"), headers={"range": "bytes=9999-"})
    yield "raw", 200, get(f"{repo.web}/raw/main/page.html")
    yield "signed address", 200, httpx.get(href, trust_env=False, verify=NO_TLS)
    yield "Xet token", 200, xet
    yield "git", 200, get(f"{repo.git}/info/refs?service=git-upload-pack")
    yield "redirect", 307, get(f"/{repo.owner.upper()}/{repo.name}/resolve/main/README.md")
    yield "redirect of the icon", 302, get("/favicon.ico")
    yield "asked to sign in", 401, get("/api/whoami-v2")
    yield "wrong credentials", 401, get("/api/whoami-v2", headers={"authorization": "Bearer hf_x"})
    yield "git asks for a password", 401, nobody.post(f"{repo.git}/git-receive-pack", content=b"0000")
    yield "refused", 403, alice.get("/api/admin/users")
    yield "absent", 404, alice.get("/api/models/alice/no-such-thing")
    yield "another method", 405, nobody.request("PATCH", "/healthz")
    yield "not JSON", 400, nobody.post("/api/login", content=b"{")
    yield "too large", 413, nobody.post("/api/login", content=b"x" * 100_000)
    yield "preflight", 204, nobody.request("OPTIONS", repo.api, headers={"origin": "http://other.example"})


def test_every_kind_of_reply_tells_browsers_what_not_to_do(holt, alice, nobody, repo):
    for what, status, reply in replies(holt, alice, nobody, repo):
        assert reply.status_code == status, what
        try:
            check(reply.headers)
        except (AssertionError, KeyError) as problem:
            raise AssertionError(f"{what}: {problem} in {dict(reply.headers)}") from problem


@pytest.mark.parametrize("request_text", ["nonsense\r\n\r\n", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "GET / HTTP/1.1\r\n" + "A: " + "x" * 100_000 + "\r\n\r\n"])
def test_also_what_is_refused_before_there_is_a_request(holt, request_text):
    with socket.create_connection(("127.0.0.1", holt.port)) as connection:
        connection.sendall(request_text.encode())
        head = b""
        while b"\r\n\r\n" not in head and (got := connection.recv(65536)):
            head += got
    status, *lines = head.split(b"\r\n\r\n")[0].decode().split("\r\n")
    assert status.split()[1] in ("400", "431")
    check(httpx.Headers([tuple(line.split(": ", 1)) for line in lines]))


def test_bytes_of_others_run_nothing_and_pages_of_others_may_show_public_ones(alice, nobody, repo, private_repo):
    for made, embedding in ((repo, "cross-origin"), (private_repo, "same-origin")):
        alice.commit_files(made, {"page.html": "<script>alert(1)</script>"})
        for address in (made.resolve("page.html"), f"{made.web}/raw/main/page.html"):
            reply = ok(alice.get(address))
            assert reply.headers["content-security-policy"] == STRICT
            assert reply.headers["cross-origin-resource-policy"] == embedding


def test_answers_of_the_api_stay_in_no_cache(alice, nobody, repo):
    for client, address in ((alice, "/api/whoami-v2"), (nobody, repo.api), (nobody, "/api/models"), (nobody, "/api/no-such")):
        assert client.get(address).headers["cache-control"] == "no-store"


@pytest.fixture
def https_holt(engine, request):
    catalog = request.getfixturevalue("postgres").create_database() if engine == "postgres" else None
    with HoltServer(catalog=catalog, environment={"HOLT_PUBLIC_URL": "https://hub.example.com"}) as server:
        server.create_people()
        server.run("user", "password", "bob", stdin=PASSWORD + "\n")
        yield server


def test_behind_tls_browsers_are_told_to_stay_there(https_holt):
    with https_holt.api("alice") as alice, https_holt.api() as nobody:
        repo = alice.create_repo()
        for address in ("/", repo.web, repo.api, "/healthz", "/api/no-such", "/favicon.ico", repo.resolve(".gitattributes")):
            check(nobody.get(address).headers, https=True)


@pytest.mark.parametrize("setting,said", [("off", None), ("host", "max-age=31536000")])
def test_the_operator_chooses_how_far_that_goes(setting, said):
    with HoltServer(environment={"HOLT_PUBLIC_URL": "https://hub.example.com", "HOLT_HSTS": setting}) as server, server.api() as nobody:
        assert nobody.get("/healthz").headers.get("strict-transport-security") == said


def cookie_of(reply):
    pair, *attributes = [part.strip() for part in reply.headers["set-cookie"].split(";")]
    return pair, {one.split("=")[0].lower(): one.partition("=")[2] for one in attributes}


def test_behind_tls_the_cookie_is_bound_to_the_host(https_holt):
    with https_holt.api() as nobody:
        pair, attributes = cookie_of(ok(nobody.post("/api/login", json={"username": "bob", "password": PASSWORD})))
        name, _, value = pair.partition("=")
        assert name == "__Host-holt_session" and len(value) == 43
        assert attributes.keys() == {"path", "httponly", "samesite", "secure", "max-age"}
        assert (attributes["path"], attributes["samesite"]) == ("/", "Lax")
        nobody.cookies.clear()
        assert ok(nobody.get("/api/whoami-v2", headers={"cookie": pair})).json()["name"] == "bob"
        # A neighbouring host can set a cookie of the plain name: it counts for nothing.
        assert nobody.get("/api/whoami-v2", headers={"cookie": f"holt_session={value}"}).status_code == 401


def test_without_tls_the_cookie_is_out_of_reach_of_scripts_and_other_sites(holt, nobody):
    holt.run("user", "password", "bob", stdin=PASSWORD + "\n")
    pair, attributes = cookie_of(ok(nobody.post("/api/login", json={"username": "bob", "password": PASSWORD})))
    assert pair.startswith("holt_session=")
    assert attributes.keys() == {"path", "httponly", "samesite", "max-age"} and attributes["samesite"] == "Lax"
