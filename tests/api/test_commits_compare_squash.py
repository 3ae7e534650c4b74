"""History: listing, comparing, squashing."""

from support.hub_client import add, delete, ok


def history(client, repo, revision="main", **params):
    return ok(client.get(f"{repo.api}/commits/{revision}", params=params))


def test_newest_first_with_pages_and_total(alice, nobody, holt, repo):
    made = [alice.commit_files(repo, {"a": str(i)}, summary=f"number {i}") for i in range(5)]
    reply = history(nobody, repo)
    assert [c["title"] for c in reply.json()] == [*(f"number {i}" for i in (4, 3, 2, 1, 0)), "initial commit"]
    assert [c["id"] for c in reply.json()][:5] == made[::-1]
    first = history(nobody, repo, limit=4)
    assert first.headers["x-total-count"] == "6"
    assert len(first.json()) == 4
    assert first.links["next"]["url"].startswith(holt.endpoint)
    second = ok(nobody.get(first.links["next"]["url"]))
    assert [c["title"] for c in second.json()] == ["number 0", "initial commit"]
    assert "next" not in second.links


def test_count_as_javascript_asks(nobody, repo):
    assert history(nobody, repo, limit=1).headers["x-total-count"] == "1"


def test_formatted(alice, nobody, repo):
    alice.commit_files(repo, {"a": "a"}, summary="Use `code` & <tags>")
    first = history(nobody, repo, **{"expand[]": "formatted"}).json()[0]
    assert "<tags>" not in first["formatted"]["title"]
    assert "formatted" not in history(nobody, repo).json()[0]


def test_history_of_a_branch_and_of_nothing(alice, nobody, repo):
    ok(alice.post(f"{repo.api}/branch/b", json={}))
    alice.commit_files(repo, {"a": "a"}, revision="b")
    assert len(history(nobody, repo, "b").json()) == 2
    assert len(history(nobody, repo).json()) == 1
    reply = nobody.get(f"{repo.api}/commits/no-such")
    assert (reply.status_code, reply.headers["x-error-code"]) == (404, "RevisionNotFound")


def test_compare_is_a_unified_diff(alice, nobody, repo):
    first = alice.commit_files(repo, {"a.txt": "one\ntwo\n", "gone.txt": "gone\n"})
    second = alice.commit(repo, add("a.txt", "one\n2\n"), add("new.txt", "new\n"), delete("gone.txt"))
    text = ok(nobody.get(f"{repo.api}/compare/{first}..{second}")).text
    for line in ("-two", "+2", "+new", "-gone", "+++ b/a.txt", "--- a/a.txt"):
        assert line in text.splitlines(), line
    assert ok(nobody.get(f"{repo.api}/compare/{second}..{second}")).text == ""
    raw = ok(nobody.get(f"{repo.api}/compare/{first}..{second}", params={"raw": "true"})).text
    assert {line.split()[-1] for line in raw.splitlines()} == {"a.txt", "new.txt", "gone.txt"}
    assert nobody.get(f"{repo.api}/compare/{first}..no-such").status_code == 404
    assert nobody.get(f"{repo.api}/compare/{first}").status_code in (400, 404)


def test_squash(alice, bob, repo):
    for i in range(3):
        alice.commit_files(repo, {f"f{i}": str(i)})
    before = alice.head_of(repo)
    ok(alice.post(f"{repo.api}/branch/kept", json={}))
    ok(alice.post(f"{repo.api}/tag/main", json={"tag": "v1"}))
    assert bob.post(f"{repo.api}/super-squash/main", json={"message": "no"}).status_code == 403
    ok(alice.post(f"{repo.api}/super-squash/main", json={"message": "All in one"}))
    commits = history(alice, repo).json()
    assert [c["title"] for c in commits] == ["All in one"]
    assert alice.paths(repo) == [".gitattributes", "f0", "f1", "f2"]
    assert alice.head_of(repo, "kept") == alice.head_of(repo, "v1") == before
    assert len(history(alice, repo, "kept").json()) == 4
    assert alice.post(f"{repo.api}/super-squash/no-such", json={"message": "x"}).status_code == 404
