"""What pages ask for beside the public hub's API: facets, search as one types, cards as HTML, commits, blame,
accounts and administration."""

import httpx
import pytest
from support.hub_client import add, header, ndjson, unique

CARD = "---\nlicense: mit\nlanguage: [en, de]\npipeline_tag: text-generation\nlibrary_name: transformers\n---\n# Hi\n\n<script>x</script>\n\n*there*\n"


def commit(api, repo, path, text, summary="Change"):
    lines = ndjson([header(summary), add(path, text)])
    reply = api.post(f"/api/models/{repo}/commit/main", content=lines, headers={"content-type": "application/x-ndjson"})
    assert reply.status_code == 200, reply.text


def test_facets_count_what_lists_would_show(alice, nobody, repo):
    commit(alice, repo, "README.md", CARD)
    author = str(repo).split("/")[0]
    tag = unique("tag")
    commit(alice, repo, "README.md", CARD.replace("license: mit", f"license: mit\ntags: [{tag}]"))
    found = nobody.get("/api/models-facets", params={"author": author, "filter": tag}).json()
    assert found["total"] == 1 and found["cut"] is False
    kinds = {kind: {one["id"]: one["count"] for one in values} for kind, values in found["facets"].items()}
    assert kinds["license"]["license:mit"] == 1
    assert kinds["language"]["en"] == kinds["language"]["de"] == 1
    assert kinds["pipeline_tag"]["text-generation"] == 1
    assert kinds["author"] == {author: 1}
    assert nobody.get("/api/models-facets", params={"filter": [tag, "license:apache-2.0"]}).json()["total"] == 0


def test_facets_and_search_leave_out_what_is_private(alice, nobody, private_repo):
    name = str(private_repo).split("/")[1]
    assert nobody.get("/api/models-facets", params={"search": name}).json()["total"] == 0
    assert alice.get("/api/models-facets", params={"search": name}).json()["total"] == 1
    assert nobody.get("/api/quicksearch", params={"q": name}).json()["models"] == []
    assert [one["id"] for one in alice.get("/api/quicksearch", params={"q": name}).json()["models"]] == [str(private_repo)]


def test_quicksearch_knows_people_and_organisations(nobody):
    found = nobody.get("/api/quicksearch", params={"q": "AC"}).json()
    assert "acme" in [one["name"] for one in found["orgs"]]
    assert "alice" in [one["name"] for one in nobody.get("/api/quicksearch", params={"q": "lic"}).json()["users"]]
    assert nobody.get("/api/quicksearch", params={"q": "%_"}).json()["users"] == []


def test_cards_come_without_front_matter_and_scripts(alice, nobody, repo):
    commit(alice, repo, "README.md", CARD)
    reply = nobody.get(f"/api/models/{repo}/rendered/main/README.md").json()
    assert reply["html"] == '<h1 id="card-hi">Hi</h1>\n\n<p><em>there</em></p>\n'
    assert nobody.get(f"/api/models/{repo}/rendered/main/absent.md").headers["x-error-code"] == "EntryNotFound"


def test_long_texts_are_rendered_in_a_child(alice, nobody, repo):
    commit(alice, repo, "long.md", "word **bold**\n\n" * 20_000)
    html = nobody.get(f"/api/models/{repo}/rendered/main/long.md").json()["html"]
    assert html.count("<strong>bold</strong>") == 20_000


def test_a_text_that_takes_the_parser_for_ever_is_shown_as_it_stands(alice, nobody, repo):
    commit(alice, repo, "slow.md", "*a**a*" * 60_000 + "_a__a_" * 60_000)
    reply = nobody.get(f"/api/models/{repo}/rendered/main/slow.md", timeout=60)
    assert reply.status_code == 200 and "a" in reply.json()["html"]


def test_a_commit_with_its_changes_and_the_history_of_a_file(alice, nobody, repo):
    commit(alice, repo, "a.txt", "one\ntwo\n", "First")
    commit(alice, repo, "b.txt", "b\n", "Elsewhere")
    commit(alice, repo, "a.txt", "one\ntwo and a half\n", "Second")
    history = nobody.get(f"/api/models/{repo}/commits/main/a.txt").json()
    assert [one["title"] for one in history] == ["Second", "First"]
    page = nobody.get(f"/api/models/{repo}/commit/{history[0]['id']}").json()
    assert [(one["path"], one["change"]) for one in page["files"]] == [("a.txt", "modified")]
    assert "+two and a half\n" in page["diff"] and "-two\n" in page["diff"] and page["cut"] is False
    blame = nobody.get(f"/api/models/{repo}/blame/main/a.txt").json()
    assert [blame["commits"][line]["title"] for line in blame["lines"]] == ["First", "Second"]


@pytest.fixture
def browser(holt):
    holt.run("user", "password", "bob", stdin="correct horse battery\n")
    with httpx.Client(base_url=holt.endpoint) as client:
        reply = client.post("/api/login", json={"username": "bob", "password": "correct horse battery"})
        assert reply.status_code == 200
        yield client


def test_a_session_changes_things_from_its_own_pages_only(holt, browser):
    for headers in ({"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"},
                    {"origin": "null"}):
        assert browser.put("/api/settings/profile", json={"fullname": "Owned"}, headers=headers).status_code == 403
    assert browser.put("/api/settings/profile", json={"fullname": "Bob"}, headers={"origin": holt.endpoint}).status_code == 200
    assert browser.get("/api/users/bob/overview").json()["fullname"] == "Bob"


def test_a_password_is_changed_with_the_present_one(browser):
    change = {"current": "not it at all", "password": "quite another one"}
    assert browser.put("/api/settings/password", json=change).status_code == 403
    assert browser.put("/api/settings/password", json={**change, "current": "correct horse battery"}).status_code == 200
    # All of them have ended; this browser has a new one.
    sessions = browser.get("/api/settings/sessions").json()
    assert [one["current"] for one in sessions] == [True]


def test_joining_needs_the_operators_word(holt, nobody):
    assert nobody.post("/api/join", json={"name": unique("j"), "password": "long enough"}).status_code == 403


def test_upkeep_is_begun_and_looked_at_by_administrators(alice, root):
    assert alice.post("/api/admin/maintenance", json={"work": "look"}).status_code == 403
    assert root.post("/api/admin/maintenance", json={"work": "everything"}).status_code == 400
    assert root.post("/api/admin/maintenance", json={"work": "look"}).status_code == 200
    for _ in range(600):
        state = root.get("/api/admin/maintenance").json()
        if not state["running"]:
            break
    assert state["failure"] == "" and state["work"] == "look" and state["bytes"] >= 0
    actions = [row["action"] for row in root.get("/api/admin/audit").json()]
    assert "repo.create" in actions or "token.create" in actions


def test_two_revisions_are_compared_with_their_files(alice, nobody, repo):
    commit(alice, repo, "a.txt", "one\n")
    before = alice.head_of(repo)
    alice.post(f"/api/models/{repo}/branch/work%2Fa", json={})
    commit(alice, repo, "a.txt", "two\n")
    commit(alice, repo, "b.txt", "new\n")
    found = nobody.get(f"/api/models/{repo}/comparison/work/a..main").json()
    assert found["from"]["id"] == before and found["to"]["id"] == alice.head_of(repo)
    assert [(one["path"], one["change"]) for one in found["files"]] == [("a.txt", "modified"), ("b.txt", "added")]
    assert "-one\n+two\n" in found["diff"] and found["totalFiles"] == 2 and not found["cut"]
    assert nobody.get(f"/api/models/{repo}/comparison/main...{before}").json()["files"][1]["change"] == "removed"
    assert nobody.get(f"/api/models/{repo}/comparison/main").status_code == 400
    assert nobody.get(f"/api/models/{repo}/comparison/main..nothing").headers["x-error-code"] == "RevisionNotFound"


def test_administrators_see_what_waits_and_what_organisations_take(holt, alice):
    with holt.api("root") as root:
        queue = root.get("/api/admin/queue").json()
        assert queue["damaged"] == 0 and queue["failures"] == []
        assert {"flush counters", "catalog version", "facets"} <= {task["name"] for task in queue["tasks"]}
        orgs = {one["name"]: one for one in root.get("/api/admin/organizations").json()}
        assert orgs["acme"]["members"] >= 1 and orgs["acme"]["admins"]
    assert alice.get("/api/admin/queue").status_code == 403
