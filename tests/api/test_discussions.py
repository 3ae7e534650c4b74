"""Discussions and pull requests: who may open, change and merge them."""

import hashlib
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.hub_client import add, add_lfs, delete, ok, unique
from support.xet_wire import Cas


def post(api, repo, tail, body=None, status=200):
    return ok(api.post(f"{repo.api}/discussions{tail}", json=body), status).json()


def opened(api, repo, title="a question", pull_request=False, **more):
    return post(api, repo, "", {"title": title, "description": "what for", "pullRequest": pull_request, **more})["num"]


def details(api, repo, num, status=200, **params):
    return ok(api.get(f"{repo.api}/discussions/{num}", params=params), status).json()


def listed(api, repo, **params):
    page = ok(api.get(f"{repo.api}/discussions", params=params)).json()
    assert page["count"] >= len(page["discussions"])
    return [entry["num"] for entry in page["discussions"]]


def propose(api, repo, *lines, revision="main", summary="a change"):
    """Opens a pull request by a commit; its number."""
    reply = ok(api.try_commit(repo, *lines, revision=revision, summary=summary, params={"create_pr": "1"})).json()
    return int(reply["pullRequestUrl"].rsplit("/", 1)[1]), reply["commitOid"]


def content(api, repo, path, revision="main", status=200):
    return ok(api.get(repo.resolve(path, revision)), status).text


def test_a_discussion_goes_on(alice, bob, repo):
    num = opened(bob, repo, "Does it work?")
    said = post(alice, repo, f"/{num}/comment", {"comment": "It <does>."})["newMessage"]
    assert said["type"] == "comment" and said["author"]["name"] == "alice"
    assert said["data"]["latest"]["raw"] == "It <does>." and "&lt;does&gt;" in said["data"]["latest"]["html"]
    renamed = post(bob, repo, f"/{num}/title", {"title": "It works"})["newTitle"]
    assert renamed["data"] == {"from": "Does it work?", "to": "It works"}
    closed = post(bob, repo, f"/{num}/status", {"status": "closed", "comment": "thanks"})["newStatus"]
    assert closed["data"]["status"] == "closed"
    found = details(alice, repo, num)
    assert [event["type"] for event in found["events"]] == ["comment", "comment", "title-change", "comment", "status-change"]
    assert found["title"] == "It works" and found["status"] == "closed" and not found["isPullRequest"]
    assert found["repo"] == {"name": repo.id, "type": "model"} and found["numComments"] == 3
    details(alice, repo, 99, 404)
    details(alice, repo, "first", 404)


def test_comments_are_shown_as_markdown_without_what_could_run(alice, bob, repo):
    num = opened(bob, repo, "Markdown")
    text = "It is **bold**.\n\n<script>alert(1)</script><img src=x onerror=alert(1)>\n\n[a](javascript:alert(1)) `<b>`\n\n---\nend"
    said = post(alice, repo, f"/{num}/comment", {"comment": text})["newMessage"]
    shown = details(alice, repo, num)["events"][-1]["data"]["latest"]
    assert shown["raw"] == text
    assert "<strong>bold</strong>" in shown["html"] and "<code>&lt;b&gt;</code>" in shown["html"] and "end" in shown["html"]
    assert not any(bad in shown["html"] for bad in ("<script", "onerror", "javascript:"))
    post(alice, repo, f"/{num}/comment/{said['id']}/hide", {})
    assert details(alice, repo, num)["events"][-1]["data"]["latest"]["html"] == "This comment has been hidden"


def test_lists_are_filtered_and_paged(alice, bob, repo):
    first, second = opened(alice, repo), opened(bob, repo)
    third = opened(alice, repo, pull_request=True)
    assert [first, second, third] == [1, 2, 3]
    assert listed(alice, repo) == [3, 2, 1]
    assert listed(alice, repo, type="pull_request") == [3] and listed(alice, repo, type="discussion") == [2, 1]
    assert listed(alice, repo, author="BOB") == [2] and listed(alice, repo, author="nobody-at-all") == []
    post(alice, repo, f"/{first}/status", {"status": "closed"})
    assert listed(alice, repo, status="open") == [3, 2] and listed(alice, repo, status="closed") == [1]
    post(alice, repo, f"/{first}/pin", {"pinned": True})
    assert listed(alice, repo) == [1, 3, 2]
    ok(bob.post(f"{repo.api}/discussions/{first}/pin", json={"pinned": False}), 403)
    for _ in range(50):
        opened(alice, repo)
    page = ok(alice.get(f"{repo.api}/discussions", params={"p": 1})).json()
    assert page["start"] == 50 and page["count"] == 53 and len(page["discussions"]) == 3
    ok(alice.get(f"{repo.api}/discussions", params={"type": "gossip"}), 400)


def test_comments_are_edited_by_their_author_and_hidden_by_writers(alice, bob, carol, repo):
    num = opened(bob, repo)
    comment = details(bob, repo, num)["events"][0]["id"]
    edited = post(bob, repo, f"/{num}/comment/{comment}/edit", {"content": "better"})["updatedComment"]
    assert edited["data"]["edited"] and edited["data"]["latest"]["raw"] == "better"
    assert edited["data"]["history"][0]["raw"] == "what for"
    post(alice, repo, f"/{num}/comment/{comment}/edit", {"content": "words of another"}, 403)
    post(carol, repo, f"/{num}/comment/{comment}/hide", {}, 403)
    hidden = post(alice, repo, f"/{num}/comment/{comment}/hide")["updatedComment"]
    assert hidden["data"]["hidden"] and "better" not in str(hidden) and hidden["data"]["history"] == []
    post(bob, repo, f"/{num}/comment/{comment}/edit", {"content": "again"}, 409)
    post(bob, repo, f"/{num}/comment/{'0' * 24}/edit", {"content": "none"}, 404)


def test_titles_and_statuses_are_not_for_strangers(bob, carol, repo):
    num = opened(bob, repo)
    post(carol, repo, f"/{num}/title", {"title": "mine"}, 403)
    post(carol, repo, f"/{num}/status", {"status": "closed"}, 403)
    post(bob, repo, f"/{num}/status", {"status": "published"}, 400)
    assert details(bob, repo, num)["title"] == "a question"


def test_a_stranger_proposes_and_a_writer_merges(alice, bob, carol, repo):
    before = alice.head_of(repo)
    num, commit = propose(bob, repo, add("hello.txt", "hello\n"), summary="Say hello")
    assert content(alice, repo, "hello.txt", f"refs/pr/{num}") == "hello\n"
    assert alice.head_of(repo) == before
    content(alice, repo, "hello.txt", status=404)
    # Reading is enough for the pull request and for nothing else.
    assert bob.try_commit(repo, add("x", "x")).status_code == 403
    assert bob.try_commit(repo, add("x", "x"), revision="refs/heads/main").status_code == 403
    assert carol.try_commit(repo, add("x", "x"), revision=f"refs/pr/{num}").status_code == 403
    assert bob.try_commit(repo, add("x", "x"), revision="refs/pr/99").status_code == 404
    second = bob.commit(repo, add("more.txt", "more\n"), revision=f"refs/pr/{num}", summary="Say more")
    found = details(carol, repo, num, diff="1")
    assert found["status"] == "open" and found["title"] == "Say hello"
    assert found["changes"] == {"base": "refs/heads/main"} and found["filesWithConflicts"] is False
    assert "+hello" in found["diff"] and "+more" in found["diff"]
    assert [e["data"]["oid"] for e in found["events"] if e["type"] == "commit"] == [commit, second]
    post(bob, repo, f"/{num}/merge", {}, 403)
    ok(alice.post(f"{repo.api}/discussions/{num}/merge"))
    assert content(carol, repo, "hello.txt") == "hello\n" and content(carol, repo, "more.txt") == "more\n"
    found = details(alice, repo, num, diff="1")
    assert found["status"] == "merged" and found["changes"]["mergeCommitId"] == alice.head_of(repo)
    assert "+hello" in found["diff"]
    post(alice, repo, f"/{num}/merge", {}, 409)
    post(bob, repo, f"/{num}/status", {"status": "open"}, 409)
    assert bob.try_commit(repo, add("late", "x"), revision=f"refs/pr/{num}").status_code == 409


def test_an_empty_pull_request_is_a_draft(alice, repo):
    num = opened(alice, repo, pull_request=True)
    assert details(alice, repo, num)["status"] == "draft"
    assert alice.head_of(repo, f"refs/pr/{num}") == alice.head_of(repo)
    post(alice, repo, f"/{num}/merge", {}, 409)
    alice.commit(repo, add("a", "a"), revision=f"refs/pr/{num}")
    post(alice, repo, f"/{num}/status", {"status": "open"})
    post(alice, repo, f"/{num}/merge", {"comment": "good"})
    assert content(alice, repo, "a") == "a"


def test_merging_into_a_branch_that_moved(alice, bob, repo):
    alice.commit(repo, add("base.txt", "base\n"), add("gone.txt", "gone\n"), add("dir/kept.txt", "kept\n"))
    num, _ = propose(bob, repo, add("theirs.txt", "theirs\n"), add("dir/kept.txt", "changed\n"), delete("gone.txt"))
    ours = alice.commit(repo, add("ours.txt", "ours\n"))
    post(alice, repo, f"/{num}/merge", {})
    assert content(alice, repo, "theirs.txt") == "theirs\n" and content(alice, repo, "ours.txt") == "ours\n"
    assert content(alice, repo, "dir/kept.txt") == "changed\n"
    content(alice, repo, "gone.txt", status=404)
    commits = ok(alice.get(f"{repo.api}/commits/main")).json()
    assert ours in [commit["id"] for commit in commits] and details(alice, repo, num)["status"] == "merged"


def test_conflicts_are_named_and_not_merged(alice, bob, repo):
    alice.commit(repo, add("both.txt", "base\n"))
    num, _ = propose(bob, repo, add("both.txt", "theirs\n"), add("place", "a file\n"))
    tip = alice.commit(repo, add("both.txt", "ours\n"), add("place/in/a/folder", "x"))
    assert details(alice, repo, num)["filesWithConflicts"] == ["both.txt", "place"]
    assert "both.txt" in post(alice, repo, f"/{num}/merge", {}, 409)["error"]
    assert alice.head_of(repo) == tip and details(alice, repo, num)["status"] == "open"


def test_the_same_change_on_both_sides_is_no_conflict(alice, bob, repo):
    num, _ = propose(bob, repo, add("same.txt", "same\n"), add("other.txt", "other\n"))
    alice.commit(repo, add("same.txt", "same\n"))
    assert details(alice, repo, num)["filesWithConflicts"] is False
    post(alice, repo, f"/{num}/merge", {})
    assert content(alice, repo, "other.txt") == "other\n"


def test_pull_requests_are_made_against_branches(alice, bob, repo):
    ok(alice.post(f"{repo.api}/branch/next", json={}))
    num, _ = propose(bob, repo, add("n", "n"), revision="next")
    assert details(alice, repo, num)["changes"]["base"] == "refs/heads/next"
    post(alice, repo, f"/{num}/merge", {})
    assert content(alice, repo, "n", "next") == "n"
    content(alice, repo, "n", status=404)
    for revision in (alice.head_of(repo), "missing"):
        reply = bob.try_commit(repo, add("n", "n"), revision=revision, params={"create_pr": "1"})
        assert reply.status_code == 404 and reply.headers["x-error-code"] == "RevisionNotFound"


def test_preupload_for_a_pull_request_needs_reading_only(bob, nobody, repo):
    body = {"files": [{"path": "a.bin", "size": 3, "sample": "AAAA"}]}
    ok(bob.post(f"{repo.api}/preupload/main", json=body), 403)
    ok(nobody.post(f"{repo.api}/preupload/main", json=body, params={"create_pr": "1"}), 401)
    reply = ok(bob.post(f"{repo.api}/preupload/main", json=body, params={"create_pr": "1"})).json()
    assert reply["files"][0]["uploadMode"] == "lfs"


def test_large_files_of_a_stranger_come_by_their_pull_request(alice, bob, repo):
    data = os.urandom(200_000)
    ok(bob.get(f"{repo.api}/xet-write-token/main"), 403)
    ok(bob.get(f"{repo.api}/xet-write-token/refs%2Fpr%2F1"))
    assert "token" in str(ok(bob.get(f"{repo.api}/xet-write-token/None", params={"create_pr": "1"})).json()).lower()
    cas = Cas(bob, repo, revision="main?create_pr=1")
    cas.upload(data)
    oid = hashlib.sha256(data).hexdigest()
    assert bob.try_commit(repo, add_lfs("big.bin", oid, len(data))).status_code == 403
    num, _ = propose(bob, repo, add_lfs("big.bin", oid, len(data)))
    assert ok(alice.get(repo.resolve("big.bin", f"refs/pr/{num}"))).content == data
    post(alice, repo, f"/{num}/merge", {})
    assert ok(alice.get(repo.resolve("big.bin"))).content == data


def test_private_repositories_look_absent(alice, bob, nobody, private_repo):
    num = opened(alice, private_repo)
    for tail in ("", f"/{num}"):
        missing = ok(bob.get(f"{private_repo.api}/discussions{tail}"), 404)
        assert missing.headers["x-error-code"] == "RepoNotFound"
        ok(nobody.get(f"{private_repo.api}/discussions{tail}"), 401)
    post(bob, private_repo, "", {"title": "hello"}, 404)
    post(bob, private_repo, f"/{num}/comment", {"comment": "hello"}, 404)
    assert bob.try_commit(private_repo, add("x", "x"), params={"create_pr": "1"}).status_code == 404


def test_anonymous_readers_only_read(alice, nobody, repo):
    num = opened(alice, repo)
    assert listed(nobody, repo) == [num]
    post(nobody, repo, "", {"title": "hello"}, 401)
    post(nobody, repo, f"/{num}/comment", {"comment": "hello"}, 401)


def test_discussions_can_be_turned_off(alice, bob, repo):
    ok(alice.put(f"{repo.api}/settings", json={"discussionsDisabled": True}))
    post(bob, repo, "", {"title": "hello"}, 403)
    assert bob.try_commit(repo, add("x", "x"), params={"create_pr": "1"}).status_code == 403
    assert listed(alice, repo) == []


def test_requests_that_make_no_sense(alice, repo):
    post(alice, repo, "", {"title": "   "}, 400)
    post(alice, repo, "", {"title": "t" * 201}, 413)
    ok(alice.post(f"{repo.api}/discussions", content=b"[1]"), 400)
    num = opened(alice, repo)
    post(alice, repo, f"/{num}/comment", {"comment": ""}, 400)
    post(alice, repo, f"/{num}/merge", {}, 400)


def test_pull_requests_are_squashed_fetched_and_gone_with_their_repository(holt, alice, bob, tmp_path):
    name = unique()
    repo = alice.create_repo(name)
    num, _ = propose(bob, repo, add("a", "1"))
    bob.commit(repo, add("a", "2"), revision=f"refs/pr/{num}")
    ok(alice.post(f"{repo.api}/super-squash/refs%2Fpr%2F{num}", json={"message": "one"}))
    assert len(ok(alice.get(f"{repo.api}/commits/refs%2Fpr%2F{num}")).json()) == 1
    refs = ok(alice.get(f"{repo.api}/refs", params={"include_prs": "1"})).json()
    assert [ref["ref"] for ref in refs["pullRequests"]] == [f"refs/pr/{num}"]
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    subprocess.run(["git", "-C", str(tmp_path), "fetch", "-q", f"{holt.endpoint}{repo.git}", f"refs/pr/{num}"], check=True)
    assert subprocess.run(["git", "-C", str(tmp_path), "show", "FETCH_HEAD:a"], check=True, capture_output=True).stdout == b"2"
    ok(alice.delete_repo(repo))
    again = alice.create_repo(name)
    assert listed(alice, again) == [] and opened(alice, again) == 1
    alice.delete_repo(again)


@pytest.mark.parametrize("what", ["pull request", "discussion"])
def test_concurrent_openings_get_numbers_of_their_own(alice, bob, repo, what):
    def one(n):
        api = (alice, bob)[n % 2]
        return propose(api, repo, add(f"{n}", f"{n}"))[0] if what == "pull request" else opened(api, repo)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(one, range(8))) == list(range(1, 9))
