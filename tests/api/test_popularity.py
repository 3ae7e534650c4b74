"""Likes and downloads by day, by the public hub's routes."""

import datetime
import os

from support.hub_client import ok
from support.xet_wire import Cas


def likes(api, repo):
    return api.info(repo)["likes"]


def test_a_like_counts_once_and_is_taken_back(alice, bob, nobody, repo):
    assert likes(alice, repo) == 0
    for _ in range(2):
        ok(bob.post(f"{repo.api}/like"))
    ok(alice.post(f"{repo.api}/like"))
    assert likes(nobody, repo) == 2
    assert ok(bob.get(f"{repo.api}/like")).json() == {"liked": True}
    assert ok(nobody.get(f"{repo.api}/like")).json() == {"liked": False}
    likers = ok(nobody.get(f"{repo.api}/likers")).json()
    assert [one["user"] for one in likers] == ["alice", "bob"]
    assert {"fullname", "avatarUrl"} <= likers[0].keys()
    for _ in range(2):
        ok(bob.delete(f"{repo.api}/like"))
    assert likes(nobody, repo) == 1
    assert ok(bob.get(f"{repo.api}/like")).json() == {"liked": False}
    assert nobody.post(f"{repo.api}/like").status_code == 401


def test_what_a_user_likes_is_listed_as_far_as_one_may_see_it(alice, bob, nobody, repo, private_repo):
    ok(alice.post(f"{repo.api}/like"))
    ok(alice.post(f"{private_repo.api}/like"))

    def liked(api):
        return [one["repo"]["name"] for one in ok(api.get("/api/users/alice/likes")).json() if one["repo"]["type"] == "model"]

    assert {repo.id, private_repo.id} <= set(liked(alice))
    for other in (bob, nobody):
        assert repo.id in liked(other) and private_repo.id not in liked(other)
    assert nobody.get("/api/users/nobody-of-this-name/likes").status_code == 404
    assert bob.post(f"{private_repo.api}/like").status_code == 404


def test_likers_come_in_pages(alice, nobody, repo):
    ok(alice.post(f"{repo.api}/like"))
    assert nobody.get(f"{repo.api}/likers", params={"cursor": "x"}).status_code == 400
    assert ok(nobody.get(f"{repo.api}/likers", params={"cursor": "1"})).json() == []
    assert "link" not in nobody.get(f"{repo.api}/likers").headers


def test_lists_are_sorted_by_likes(alice, bob, repo):
    other = alice.create_repo()
    ok(bob.post(f"{other.api}/like"))
    listed = [one["id"] for one in ok(alice.get("/api/models", params={"sort": "likes", "direction": "-1", "author": "alice", "limit": "1000"})).json()]
    assert listed.index(other.id) < listed.index(repo.id)


def test_downloads_are_counted_by_day_and_looking_is_none(own_holt):
    """The browser says of its own pages' requests that they are; a click on a link is a navigation."""
    with own_holt.api("alice") as alice:
        repo = alice.create_repo()
        alice.commit_files(repo, {"a.txt": b"a"})
        counted = ({}, {"range": "bytes=0-0"}, {"sec-fetch-site": "same-origin", "sec-fetch-mode": "navigate"},
                   {"sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"})
        looks = ({"sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"},
                 {"sec-fetch-site": "same-origin", "sec-fetch-mode": "no-cors"})
        for headers in counted + looks:
            ok(alice.get(repo.resolve("a.txt"), headers=headers), 206 if "range" in headers else 200)
        # Through Xet: a file read whole, or from its beginning; what follows is the same download.
        cas = Cas(alice, repo)
        entry = cas.upload(os.urandom(300_000))
        for byte_range in (None, "bytes=0-9", "bytes=100-199"):
            cas.reconstruction(entry.hash, byte_range=byte_range)
    own_holt.stop()  # writes what was counted
    own_holt.start()
    expected = len(counted) + 2
    with own_holt.api("alice") as alice:
        info = ok(alice.get(repo.api, params={"expand[]": ["downloads", "downloadsAllTime"]})).json()
        assert (info["downloads"], info["downloadsAllTime"]) == (expected, expected)
        days = ok(alice.get(f"{repo.api}/downloads")).json()
        assert len(days) == 30
        assert sum(day["downloads"] for day in days) == days[-1]["downloads"] + days[-2]["downloads"] == expected
        today = datetime.datetime.now(datetime.timezone.utc).date()
        assert days[-1]["date"] in (str(today), str(today - datetime.timedelta(days=1)))
