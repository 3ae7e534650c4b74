"""Signing in: sessions, their end, guessing, other sites' pages, joining."""

import json
import re
from contextlib import closing

import httpx
import pytest
from support.holt_server import HoltServer
from support.hub_client import NO_TLS, ok, unique

PASSWORD = "correct horse battery"


@pytest.fixture
def person(holt):
    """A user of this test alone, with a password."""
    name = unique("user").replace("-", "")
    holt.cli("user", "create", name, "--password-stdin", stdin=PASSWORD + "\n")
    holt.tokens[name] = holt.create_token(name)
    return name


def browser(holt, user=None, password=PASSWORD, **headers):
    client = httpx.Client(base_url=holt.endpoint, trust_env=False, verify=NO_TLS, headers=headers, timeout=60)
    if user:
        ok(client.post("/api/login", json={"username": user, "password": password}))
    return client


def who(client):
    reply = client.get("/api/whoami-v2")
    return reply.json()["name"] if reply.status_code == 200 else reply.status_code


def test_signing_in_again_ends_the_session_before(holt, person):
    one = browser(holt, person)
    first = dict(one.cookies)
    ok(one.post("/api/login", json={"username": person, "password": PASSWORD}))
    assert dict(one.cookies) != first and who(one) == person
    with browser(holt) as stolen:
        stolen.cookies.update(first)
        assert who(stolen) == 401


def test_a_session_that_is_not_the_servers_is_not_taken_over(holt, person):
    with browser(holt) as client:
        planted = {"cookie": "holt_session=" + "A" * 43}
        ok(client.post("/api/login", json={"username": person, "password": PASSWORD}, headers=planted))
        assert client.cookies["holt_session"] != "A" * 43 and who(client) == person
    with browser(holt) as other:
        other.cookies.set("holt_session", "A" * 43)
        assert who(other) == 401


def test_a_new_password_ends_every_session_and_begins_one(holt, person):
    here, there = browser(holt, person), browser(holt, person)
    before = dict(here.cookies)
    ok(here.put("/api/settings/password", json={"current": PASSWORD, "password": "battery staple one"}))
    assert who(here) == person and dict(here.cookies) != before
    assert who(there) == 401
    with browser(holt) as old:
        old.cookies.update(before)
        assert who(old) == 401
    with holt.api(person) as by_token:
        assert who(by_token) == person
    ok(here.put("/api/settings/password", json={"current": "battery staple one", "password": PASSWORD, "revokeTokens": True}))
    with holt.api(person) as by_token:
        assert who(by_token) == 401


def test_sign_out_everywhere(holt, person):
    here, there, third = (browser(holt, person) for _ in range(3))
    listed = ok(here.get("/api/settings/sessions")).json()
    assert len(listed) == 3 and [one["current"] for one in listed].count(True) == 1
    assert all(one["address"] == "127.0.0.1" and one["lastUsedAt"] >= one["createdAt"] for one in listed)
    ok(here.delete("/api/settings/sessions", params={"keep": "current"}))
    assert (who(here), who(there), who(third)) == (person, 401, 401)
    there = browser(holt, person)
    reply = ok(here.delete("/api/settings/sessions"))
    assert "Max-Age=0" in reply.headers["set-cookie"]
    assert (who(here), who(there)) == (401, 401)
    there = browser(holt, person)
    assert "Ended 1 web session" in holt.cli("user", "sign-out", person)
    assert who(there) == 401
    with holt.api(person) as by_token:
        assert by_token.delete("/api/settings/sessions").status_code == 403


def test_the_operator_can_end_tokens_with_the_password(holt, person):
    holt.cli("user", "password", person, "--revoke-tokens", stdin="battery staple two\n")
    with holt.api(person) as by_token:
        assert who(by_token) == 401


def test_sessions_end_by_the_clock(engine, request):
    """Of sessions that were opened long ago: the catalog is changed while the server is down."""
    if engine == "postgres":
        pytest.skip("the clock is moved in a SQLite file; the statements are the same")
    from support.catalog_file import change_catalog

    with HoltServer(environment={"HOLT_SESSION_DAYS": "10", "HOLT_SESSION_IDLE_HOURS": "5"}) as server:
        server.create_people()
        server.run("user", "password", "bob", stdin=PASSWORD + "\n")
        cookies = {}
        for name in ("fresh", "unused", "old"):
            with closing(browser(server, "bob")) as client:
                cookies[name] = dict(client.cookies)
                assert client.cookies
        server.stop()
        hour = 3600 * 1000
        change_catalog(server.data / "catalog.sqlite", f"""
            UPDATE sessions SET created_at = created_at - 4 * {hour}, last_used_at = last_used_at - 4 * {hour} WHERE id = 1;
            UPDATE sessions SET created_at = created_at - 6 * {hour}, last_used_at = last_used_at - 6 * {hour} WHERE id = 2;
            UPDATE sessions SET expires_at = created_at WHERE id = 3""")
        server.start()
        seen = {}
        for name, kept in cookies.items():
            with browser(server) as client:
                client.cookies.update(kept)
                seen[name] = who(client)
        assert seen == {"fresh": "bob", "unused": 401, "old": 401}


# --- guessing


@pytest.fixture
def proxied(engine, request):
    """A Holt that believes what a proxy says about addresses: tests come from many."""
    catalog = request.getfixturevalue("postgres").create_database() if engine == "postgres" else None
    with HoltServer(catalog=catalog, environment={"HOLT_TRUST_FORWARDED": "true", "HOLT_OPEN_TO_JOIN": "true"}) as server:
        server.create_people()
        server.run("user", "password", "bob", stdin=PASSWORD + "\n")
        yield server


def sign_in(server, user, password, address):
    with browser(server) as client:
        return client.post("/api/login", json={"username": user, "password": password}, headers={"x-forwarded-for": address})


def test_a_stranger_who_guesses_is_slowed_down_and_shuts_nobody_out(proxied):
    statuses = [sign_in(proxied, "bob", f"guess number {i}", "203.0.113.7").status_code for i in range(12)]
    assert statuses == [401] * 10 + [429] * 2
    refused = sign_in(proxied, "bob", PASSWORD, "203.0.113.7")
    assert refused.status_code == 429 and 0 < int(refused.headers["retry-after"]) <= 300
    assert refused.headers["retry-after"] in refused.json()["error"]
    # bob himself, elsewhere; and somebody else from the stranger's address.
    assert sign_in(proxied, "bob", PASSWORD, "198.51.100.1").status_code == 200
    assert sign_in(proxied, "alice", "wrong one", "203.0.113.7").status_code == 401


def test_many_strangers_do_not_shut_out_who_signed_in_before(proxied):
    assert sign_in(proxied, "bob", PASSWORD, "198.51.100.1").status_code == 200
    # What the server remembers of that is gone after a restart; the sessions tell it.
    proxied.stop()
    proxied.start()
    seen = [sign_in(proxied, "bob", f"guess number {i}", f"2001:db8:{i}::1").status_code for i in range(101)]
    assert seen == [401] * 100 + [429]
    assert sign_in(proxied, "bob", PASSWORD, "198.51.100.1").status_code == 200
    assert sign_in(proxied, "bob", PASSWORD, "198.51.100.2").status_code == 429


def test_a_password_in_git_is_guarded_alike(proxied):
    for i in range(10):
        with proxied.api() as client:
            reply = client.get("/api/whoami-v2", auth=("bob", f"guess number {i}"), headers={"x-forwarded-for": "203.0.113.9"})
            assert reply.status_code == 401
    with proxied.api() as client:
        refused = client.get("/acme/x/info/refs?service=git-upload-pack", auth=("bob", PASSWORD), headers={"x-forwarded-for": "203.0.113.9"})
        assert refused.status_code == 429 and "retry-after" in refused.headers
        assert client.get("/api/whoami-v2", auth=("bob", PASSWORD), headers={"x-forwarded-for": "203.0.113.10"}).status_code == 200
    # Tokens and sessions go on from the same address.
    with proxied.api("bob") as by_token:
        assert who(by_token) == "bob"


def test_names_that_nobody_has_are_slowed_down_like_others(proxied):
    name = unique("nobody")
    assert [sign_in(proxied, name, f"guess {i}", "203.0.113.20").status_code for i in range(11)] == [401] * 10 + [429]


def test_joining_is_bounded_by_address(proxied):
    def join(address):
        with proxied.api() as client:
            return client.post("/api/join", json={"name": unique("j"), "password": PASSWORD}, headers={"x-forwarded-for": address})
    assert [join("203.0.113.30").status_code for _ in range(11)] == [200] * 10 + [429]
    assert "retry-after" in join("203.0.113.30").headers
    assert join("203.0.113.31").status_code == 200


def test_passwords_that_everybody_tries_are_refused(holt, nobody):
    for bad in ("password1", "qwertyuiop", "12345678", "short"):
        ended = holt.run("user", "create", unique("u").replace("-", ""), "--password-stdin", stdin=bad + "\n")
        assert ended.returncode == 1 and "assword" in ended.stderr


def test_a_long_password_counts_to_its_last_character(holt, nobody):
    name, password = unique("u").replace("-", ""), "Spaces, ümläuts and \u2603 are fine. " * 5
    holt.cli("user", "create", name, "--password-stdin", stdin=password + "x\n")
    for wrong in (password, password + "X", (password + "x").lower(), password + "x "):
        assert nobody.post("/api/login", json={"username": name, "password": wrong}).status_code == 401
    ok(nobody.post("/api/login", json={"username": name, "password": password + "x"}))


# --- pages of other sites


def test_no_change_is_taken_from_another_sites_page(holt, person):
    """Every route that changes something, asked as a foreign page would make a signed-in browser ask."""
    document = holt.api().get("/.well-known/openapi.json").json()
    asked = 0
    with closing(browser(holt, person)) as client:
        for path, operations in document["paths"].items():
            target = re.sub(r"\{(\w+)\}", lambda m: {"type": "datasets", "owner": person, "rev": "main"}.get(m[1], "x"), path.split("#")[0])
            for method in operations:
                if method in ("get", "head", "options"):
                    continue
                for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}, {"origin": "null"}):
                    reply = client.request(method.upper(), target, content=json.dumps({}), headers={"content-type": "text/plain", **headers})
                    asked += 1
                    # Either refused for that very reason, or a route that does not look at the cookie at all.
                    if reply.status_code == 403 and "another site" in reply.text:
                        continue
                    assert operations[method]["operationId"] in WITHOUT_COOKIES, (method, target, reply.status_code, reply.text[:200])
        assert who(client) == person, "the session goes on"
    assert asked > 150


# These answer to a Xet token, a signature or the code of the console, or keep nothing.
WITHOUT_COOKIES = {"post_telemetry", "set_up_hub", "post_xorb", "post_shard", "post_shard_with_events", "post_xorb_grant", "query_xet_reconstructions",
                   "upload_lfs_object", "upload_lfs_part", "confirm_lfs_upload", "complete_lfs_upload"}
