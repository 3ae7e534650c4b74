"""Lists of repositories: search, filters, sort and pages. Each test looks only at its own marker tag."""

import time

import pytest
from support.hub_client import ok, unique


def names(reply):
    return [item["id"].split("/")[1] for item in ok(reply).json()]


@pytest.fixture
def library(alice):
    """Four models that share a marker tag."""
    marker = unique("mark")
    cards = {
        "one": "license: mit\nlibrary_name: transformers\npipeline_tag: text-classification\nlanguage: en",
        "two": "license: apache-2.0\nlibrary_name: diffusers\npipeline_tag: text-to-image\nlanguage: [en, de]",
        "three": "license: mit\nlibrary_name: transformers\npipeline_tag: fill-mask\ndatasets: squad",
        "four": f"base_model: alice/{marker}-one",
    }
    for word, card in cards.items():
        made = alice.create_repo(f"{marker}-{word}")
        alice.commit_files(made, {"README.md": f"---\n{card}\ntags: [{marker}]\n---\n"})
        time.sleep(0.01)
    return marker


@pytest.mark.parametrize("params, expected", [
    ({}, {"one", "two", "three", "four"}),
    ({"filter": "license:mit"}, {"one", "three"}),
    ({"filter": ["license:mit", "transformers"]}, {"one", "three"}),
    ({"filter": ["license:mit", "fill-mask"]}, {"three"}),
    ({"filter": "de"}, {"two"}),
    ({"filter": "dataset:squad"}, {"three"}),
    ({"pipeline_tag": "text-to-image"}, {"two"}),
    ({"author": "alice"}, {"one", "two", "three", "four"}),
    ({"author": "ALICE"}, {"one", "two", "three", "four"}),
    ({"author": "bob"}, set()),
    ({"search": "thr"}, {"three"}),
    ({"search": "THREE"}, {"three"}),
    ({"search": "no%such_thing"}, set()),
    ({"gated": "false"}, {"one", "two", "three", "four"}),
    ({"gated": "true"}, set()),
    ({"trained_dataset": "squad"}, {"three"}),
])
def test_filters(nobody, library, params, expected):
    filters = params.get("filter", [])
    filters = [library, *([filters] if isinstance(filters, str) else filters)]
    got = names(nobody.get("/api/models", params={**params, "filter": filters}))
    assert {name.removeprefix(f"{library}-") for name in got} == expected


def test_base_model_filter(nobody, library):
    got = names(nobody.get("/api/models", params={"filter": [library, f"base_model:alice/{library}-one"]}))
    assert got == [f"{library}-four"]


@pytest.mark.parametrize("sort", ["lastModified", "createdAt"])
def test_sort_by_time(nobody, library, sort):
    got = names(nobody.get("/api/models", params={"filter": library, "sort": sort, "direction": -1}))
    assert got == [f"{library}-{word}" for word in ("four", "three", "two", "one")]


@pytest.mark.parametrize("sort", ["downloads", "likes", "trendingScore"])
def test_other_sorts_answer(nobody, library, sort):
    assert len(names(nobody.get("/api/models", params={"filter": library, "sort": sort, "direction": -1}))) == 4


def test_unknown_sort_is_400(nobody):
    assert nobody.get("/api/models", params={"sort": "colour"}).status_code == 400


@pytest.mark.parametrize("limit", ["0", "-1", "x", "99999999999999999999"])
def test_bad_limits(nobody, limit):
    assert nobody.get("/api/models", params={"limit": limit}).status_code in (200, 400)


@pytest.mark.parametrize("sort", [None, "lastModified", "createdAt", "downloads", "likes"])
def test_pages_hold_every_repository_once(alice, holt, library, sort):
    params = {"filter": library, "limit": 3} | ({"sort": sort, "direction": -1} if sort else {})
    reply = ok(alice.get("/api/models", params=params))
    assert len(reply.json()) == 3
    following = reply.links["next"]["url"]
    assert following.startswith(f"{holt.endpoint}/api/models?")
    last = ok(alice.get(following))
    assert "next" not in last.links
    seen = names(reply) + names(last)
    assert len(seen) == len(set(seen)) == 4


def test_broken_cursor_is_400(nobody):
    assert nobody.get("/api/models", params={"cursor": "garbage!", "limit": 2}).status_code == 400


def test_full_has_siblings_and_short_has_not(nobody, library):
    short = ok(nobody.get("/api/models", params={"filter": library})).json()[0]
    full = ok(nobody.get("/api/models", params={"filter": library, "full": "true"})).json()[0]
    assert "siblings" not in short
    assert {"rfilename": "README.md"} in full["siblings"]


def test_card_data_and_expand(nobody, library):
    with_card = ok(nobody.get("/api/models", params={"filter": library, "cardData": "true"})).json()[0]
    assert with_card["cardData"]["tags"] == [library]
    expanded = ok(nobody.get("/api/models", params={"filter": library, "expand": ["sha", "author"]})).json()[0]
    assert expanded["author"] == "alice" and len(expanded["sha"]) == 40
    assert "tags" not in expanded


def test_private_repositories_are_listed_for_those_allowed(alice, bob, nobody):
    own, shared = alice.create_repo(private=True), alice.create_repo(organization="acme", private=True)
    def sees(client, made):
        return [made.name] == names(client.get("/api/models", params={"search": made.name}))

    assert sees(alice, own) and not sees(bob, own) and not sees(nobody, own)
    assert sees(alice, shared) and sees(bob, shared) and not sees(nobody, shared)


def test_deleted_and_moved_repositories_leave_the_list(alice):
    made = alice.create_repo()
    target = unique("moved")
    ok(alice.post("/api/repos/move", json={"fromRepo": made.id, "toRepo": f"alice/{target}", "type": "model"}))
    assert names(alice.get("/api/models", params={"search": made.name})) == []
    assert names(alice.get("/api/models", params={"search": target})) == [target]


def test_datasets_and_spaces_have_lists_of_their_own(alice, nobody):
    dataset, space = alice.create_repo(kind="dataset"), alice.create_repo(kind="space")
    assert names(nobody.get("/api/datasets", params={"search": dataset.name})) == [dataset.name]
    assert names(nobody.get("/api/spaces", params={"search": space.name})) == [space.name]
    assert names(nobody.get("/api/models", params={"search": dataset.name})) == []


def test_number_of_parameters(alice, nobody):
    from test_repo_info_expand import safetensors_bytes

    made = alice.create_repo()
    alice.commit_lfs(made, {"model.safetensors": safetensors_bytes({"w": ("I8", [2000], 2000)})})
    for bounds, there in (("min:1K,max:3K", True), ("min:1K", True), ("max:1K", False), ("min:6B,max:128B", False)):
        got = names(nobody.get("/api/models", params={"search": made.name, "num_parameters": bounds}))
        assert (got == [made.name]) is there, bounds


def test_hostile_search_text(nobody):
    for text in ("'; DROP TABLE repos; --", "%", "_", "\\", "a" * 3000, "\u0000", "💥", '"', "*", "NEAR(", "(", "-"):
        reply = nobody.get("/api/models", params={"search": text})
        assert reply.status_code in (200, 400, 414), text
