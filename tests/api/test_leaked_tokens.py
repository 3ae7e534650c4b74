"""Tokens that got out: found in texts and repositories, revoked, and kept from being published in the first place."""

import binascii
import pathlib
import re

import pytest
from support.git_tool import Git, with_token
from support.holt_server import HoltServer
from support.hub_client import add, ok, unique

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def works(holt, token):
    with holt.api() as client:
        return client.get("/api/whoami-v2", headers={"authorization": f"Bearer {token}"}).status_code == 200


@pytest.fixture
def leak(holt):
    """A live token of carol's."""
    return holt.create_token("carol", name=unique("leak"))


def test_the_checksum_is_what_the_page_says(holt, leak):
    page = (pathlib.Path(__file__).parents[2] / "docs/formats/tokens.md").read_text()
    pattern = re.search(r"`(\\bhf_[^`]+)`", page)[1]
    assert re.fullmatch(pattern, leak)
    number, digits = binascii.crc32(leak[:31].encode()), ""
    for _ in range(6):
        digits, number = DIGITS[number % 62] + digits, number // 62
    assert leak[31:] == digits


@pytest.mark.parametrize("text", [
    "export HF_TOKEN={}\n", "Authorization: Bearer {}", '{{"token":"{}","x":1}}', "https://carol:{}@hub.example.com/a/b", "curl -H 'x: {}'",
    "<a href='?t={}'>", "tokens: {}, and more", "{}", "x{}", "`{}`.", "|{}|", "{}\\n",
])
def test_a_token_is_found_wherever_it_stands(holt, leak, tmp_path, text):
    file = tmp_path / "log.txt"
    file.write_text("first\n" * 3 + text.format(leak) + "\nlast\n")
    ended = holt.run("token", "revoke-leaked", file)
    assert ended.returncode == 3, ended.stdout + ended.stderr
    assert f"{file}:4: " in ended.stdout and "of carol" in ended.stdout and "revoked now" in ended.stdout
    assert leak not in ended.stdout + ended.stderr
    assert not works(holt, leak)
    again = holt.run("token", "revoke-leaked", file)
    assert again.returncode == 0 and "was revoked before" in again.stdout


def test_a_long_text_comes_by_standard_input(holt, leak):
    other = holt.create_token("carol", name=unique("other"), value="hf_chosen.by-hand:" + unique())
    # At a place where the server's pieces of the text meet, and far behind.
    text = "." * ((1 << 20) - 20) + "\n" + leak + "\n" + "hf_hub_download " * 100_000 + "\n" + other + " " + leak
    looked = holt.run("token", "revoke-leaked", "-", "--dry-run", stdin=text)
    assert looked.returncode == 3 and "2 tokens of this hub found, 2 of them live (nothing was revoked)" in looked.stdout
    assert works(holt, leak) and works(holt, other)
    ended = holt.run("token", "revoke-leaked", "-", stdin=text)
    assert ended.returncode == 3 and "standard input:2: " in ended.stdout and "standard input:4: " in ended.stdout
    assert not works(holt, leak) and not works(holt, other)


def test_nothing_is_found_where_nothing_is(holt, tmp_path):
    file = tmp_path / "clean.txt"
    file.write_text("hf_hub_download, hf_transfer, hf_" + "a" * 34 + "\n")
    ended = holt.run("token", "revoke-leaked", file)
    assert ended.returncode == 0 and ended.stdout == "0 tokens of this hub found, 0 of them live\n"
    assert holt.run("token", "revoke-leaked").returncode == 1
    assert holt.run("token", "revoke-leaked", tmp_path / "absent").returncode == 1


def test_while_the_server_is_down_and_what_is_left_in_the_audit_trail(own_holt, tmp_path):
    token = own_holt.create_token("carol", name="laptop")
    assert works(own_holt, token)
    own_holt.stop()
    (tmp_path / "log").write_text(token)
    assert own_holt.run("token", "revoke-leaked", tmp_path / "log").returncode == 3
    own_holt.start()
    assert not works(own_holt, token)
    with own_holt.api("root") as root:
        row = next(row for row in root.get("/api/admin/audit").json() if row["action"] == "token.leaked")
    assert (row["actor"], row["via"], row["subject"]) == ("command line", "system", "carol")
    assert row["detail"]["token"] == "laptop" and row["detail"]["where"].endswith("log:1") and token not in str(row)


def test_repositories_are_searched_in_every_version(engine, request):
    catalog = request.getfixturevalue("postgres").create_database() if engine == "postgres" else None
    with HoltServer(catalog=catalog, environment={"HOLT_TOKEN_PROTECTION": "off"}) as server:
        server.create_people()
        old, new = (server.create_token("carol", name=name) for name in ("old", "new"))
        with server.api("alice") as alice:
            public, private = alice.create_repo(), alice.create_repo(private=True)
            alice.commit_files(public, {"a/run.sh": f"#!/bin/sh\nTOKEN={old}\n"})
            alice.commit_files(public, {"a/run.sh": "#!/bin/sh\n"})
            alice.commit_files(private, {"notes.md": new, "big.bin": b"\0" + new.encode()})
            looked = server.run("token", "revoke-leaked", "--repos", "--dry-run")
            assert looked.returncode == 3
            assert f"model {public.id}: a/run.sh:2 (commit " in looked.stdout and f"model {private.id}: notes.md:1" in looked.stdout
            assert server.run("token", "revoke-leaked", "--repos").returncode == 3
            assert not works(server, old) and not works(server, new)
            assert server.run("token", "revoke-leaked", "--repos").returncode == 0


# --- before it happens


def refusal(reply, path, line):
    assert reply.status_code == 422, reply.text
    said = reply.json()["error"]
    assert said.startswith(f"{path}, line {line}: this is a live access token of this hub")
    assert "Nothing was stored" in said and "revoke it" in said
    return said


def test_a_commit_with_a_live_token_is_refused(holt, alice, leak, repo):
    before = alice.head_of(repo)
    reply = alice.try_commit(repo, add("ok.txt", "fine"), add("a/run.sh", f"one\ntwo {leak}\n"))
    said = refusal(reply, "a/run.sh", 2)
    assert leak not in said and leak[-4:] in said
    assert alice.head_of(repo) == before
    assert works(holt, leak), "only the owner and the operator revoke"
    with holt.api("root") as root:
        row = next(row for row in root.get("/api/admin/audit").json() if row["action"] == "token.blocked")
    assert row["actor"] == "alice" and row["subject"] == f"model {repo.id}" and row["detail"]["where"] == "a/run.sh, line 2"
    holt.run("token", "revoke-leaked", "-", stdin=leak)
    alice.commit_files(repo, {"a/run.sh": leak})  # harmless now


def test_a_pull_request_is_looked_at_too(holt, alice, bob, leak, repo):
    reply = bob.try_commit(repo, add("x.txt", leak), params={"create_pr": "1"})
    refusal(reply, "x.txt", 1)
    assert bob.get(f"{repo.api}/discussions").json()["count"] == 0


def test_private_repositories_are_their_owners_affair_until_they_are_public(holt, alice, leak, private_repo):
    alice.commit_files(private_repo, {"notes.md": f"a\nb\n{leak}"})
    alice.commit_files(private_repo, {"notes.md": "clean"})  # but the history has it
    said = refusal(alice.put(f"{private_repo.api}/settings", json={"private": False}), "notes.md", 3)
    assert "stays private" in said
    assert alice.info(private_repo)["private"] is True
    copy = alice.post(f"{private_repo.api}/duplicate", json={"repository": f"alice/{unique('copy')}", "private": False})
    refusal(copy, "notes.md", 3)
    holt.run("token", "revoke-leaked", "-", stdin=leak)
    ok(alice.put(f"{private_repo.api}/settings", json={"private": False}))


@pytest.mark.parametrize("content", [
    pytest.param(lambda t: b"\0" + t.encode(), id="binary"),
    pytest.param(lambda t: ("." * (5 << 20)).encode() + t.encode(), id="large"),
    pytest.param(lambda t: t[:-1].encode() + (b"A" if t[-1] != "A" else b"B"), id="lookalike"),
])
def test_what_is_not_looked_at(alice, leak, repo, content):
    ok(alice.try_commit(repo, add("file", content(leak))))


@pytest.fixture
def git(tmp_path):
    return Git(tmp_path / "home")


def test_a_push_with_a_live_token_is_refused(holt, alice, git, leak, repo, tmp_path):
    address = with_token(holt.endpoint, repo.git, holt.tokens["alice"])
    git.ok("clone", "-q", address, tmp_path / "work", cwd=tmp_path)
    work = tmp_path / "work"
    (work / "sub").mkdir()
    (work / "sub" / "conf.ini").write_text(f"[a]\n\ntoken={leak}\n")
    git.ok("add", "-A", cwd=work)
    git.ok("commit", "-qm", "one", cwd=work)
    (work / "sub" / "conf.ini").unlink()
    git.ok("commit", "-qam", "taken out again, but the history has it", cwd=work)
    before = alice.head_of(repo)
    refused = git.run("push", "-q", "origin", "main", cwd=work)
    assert refused.returncode != 0 and "sub/conf.ini, line 3: this is a live access token" in refused.stderr
    assert leak not in refused.stderr and alice.head_of(repo) == before
    holt.run("token", "revoke-leaked", "-", stdin=leak)
    git.ok("push", "-q", "origin", "main", cwd=work)


@pytest.mark.parametrize("setting,private,status", [("off", False, 200), ("all", True, 422)])
def test_the_operator_chooses_where(engine, request, setting, private, status):
    catalog = request.getfixturevalue("postgres").create_database() if engine == "postgres" else None
    with HoltServer(catalog=catalog, environment={"HOLT_TOKEN_PROTECTION": setting}) as server:
        server.create_people()
        with server.api("alice") as alice:
            made = alice.create_repo(private=private)
            assert alice.try_commit(made, add("a.txt", server.tokens["carol"])).status_code == status
