"""The vocabulary of tags, by type."""

import pytest
from support.hub_client import ok, unique


@pytest.mark.parametrize("kind, card, expected", [
    ("model", "library_name: transformers\npipeline_tag: fill-mask\nlicense: mit\nlanguage: cs",
     {("library", "transformers"), ("pipeline_tag", "fill-mask"), ("license", "license:mit"), ("language", "cs")}),
    ("dataset", "license: mit\nlanguage: cs\ntask_categories: [text-classification]\nsize_categories: n<1K",
     {("license", "license:mit"), ("language", "language:cs"), ("task_categories", "task_categories:text-classification"),
      ("size_categories", "size_categories:n<1K")}),
])
def test_tags_in_use_are_listed(alice, nobody, kind, card, expected):
    made = alice.create_repo(unique(), kind=kind)
    alice.commit_files(made, {"README.md": f"---\n{card}\n---\n"})
    told = ok(nobody.get(f"/api/{kind}s-tags-by-type")).json()
    for type_, listed in told.items():
        for tag in listed:
            assert tag["type"] == type_ and tag["id"] and tag["label"]
    assert expected <= {(tag["type"], tag["id"]) for listed in told.values() for tag in listed}
