"""Who a token speaks for."""

import re

import pytest
from support.hub_client import Api, ok


def test_whoami_names_user_organisations_and_token(alice):
    me = ok(alice.get("/api/whoami-v2")).json()
    assert (me["type"], me["name"], me["fullname"], me["email"]) == ("user", "alice", "Alice Liddell", "alice@example.com")
    acme = next(org for org in me["orgs"] if org["name"] == "acme")
    assert acme["fullname"] == "Acme Corporation"
    assert acme["roleInOrg"] == "admin"
    token = me["auth"]["accessToken"]
    assert me["auth"]["type"] == "access_token"
    assert token["role"] == "write"
    assert token["displayName"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", token["createdAt"])


def test_whoami_tells_roles_apart(holt, bob):
    me = ok(bob.get("/api/whoami-v2")).json()
    assert [org["roleInOrg"] for org in me["orgs"] if org["name"] == "acme"] == ["read"]
    with holt.api("bob:read") as reader:
        assert ok(reader.get("/api/whoami-v2")).json()["auth"]["accessToken"]["role"] == "read"


def test_anonymous_is_401(nobody):
    assert nobody.get("/api/whoami-v2").status_code == 401


@pytest.mark.parametrize("credentials", [
    "Bearer hf_thisTokenWasNeverMadeByAnybodyAtAll",
    "Bearer not-even-a-token",
    "Bearer hf_" + "a" * 5000,
])
def test_unknown_token_is_told_apart_from_a_missing_repository(nobody, repo, credentials):
    for url in ("/api/whoami-v2", repo.api, repo.resolve(".gitattributes")):
        reply = nobody.get(url, headers={"authorization": credentials})
        assert reply.status_code == 401, url
        assert reply.headers["x-error-message"] == "Invalid credentials in Authorization header"
        assert reply.json()["error"]


def test_revoked_token_stops_working(holt):
    token = holt.create_token("bob", name="short-lived")
    with Api(holt.endpoint, token=token) as client:
        ok(client.get("/api/whoami-v2"))
        holt.cli("token", "revoke", "bob", "short-lived")
        assert client.get("/api/whoami-v2").status_code == 401


def test_token_with_a_given_value_works(holt):
    value = "hf_GivenByTheOperatorOnPurpose0123456789"
    holt.create_token("bob", name="given", value=value)
    with Api(holt.endpoint, token=value) as client:
        assert ok(client.get("/api/whoami-v2")).json()["auth"]["accessToken"]["displayName"] == "given"


def test_read_token_reads_and_does_not_write(holt, alice, private_repo):
    with holt.api("alice:read") as reader:
        assert ok(reader.get(private_repo.api)).json()["private"] is True
        reply = reader.try_commit(private_repo, summary="nope")
        assert reply.status_code == 403
        assert reader.post("/api/repos/create", json={"name": "nope", "type": "model"}).status_code == 403
        assert reader.delete_repo(private_repo).status_code == 403


def test_fine_grained_token_reaches_only_its_repository(holt, alice):
    inside, outside = alice.create_repo(private=True), alice.create_repo(private=True)
    token = holt.create_token("alice", role="fine-grained", scopes=[
        holt.scope("model", inside.id, "repo.content.read", "repo.write")])
    with Api(holt.endpoint, token=token) as client:
        assert ok(client.get("/api/whoami-v2")).json()["auth"]["accessToken"]["role"] == "fineGrained"
        client.commit_files(inside, {"a.txt": "a"})
        assert client.get(outside.api).status_code in (403, 404)
        assert client.try_commit(outside).status_code in (403, 404)
