"""Cards are checked before they are committed."""

import pytest
from support.hub_client import ok


def check(client, content, kind="model"):
    return client.post("/api/validate-yaml", json={"content": content, "repoType": kind})


@pytest.mark.parametrize("content", ["", "# Only text\n", "---\nlicense: mit\n---\ntext", "---\r\nlicense: mit\r\n---\r\n",
                                     "---\nlicense: mit\ntags: [a, b]\nmodel-index: []\n---\n"])
@pytest.mark.parametrize("kind", ["model", "dataset", "space"])
def test_good_cards(nobody, content, kind):
    told = ok(check(nobody, content, kind)).json()
    assert told["errors"] == []
    assert isinstance(told["warnings"], list)


def test_missing_metadata_is_a_warning(nobody):
    assert ok(check(nobody, "# No metadata\n")).json()["warnings"][0]["message"]


@pytest.mark.parametrize("content", ["---\nlicense: [mit\n---\n", "---\n- a list\n---\n", "---\na: b: c\n---\n", "---\n\ttab: x\n---\n"])
def test_broken_cards(nobody, content):
    reply = check(nobody, content)
    assert reply.status_code == 400
    assert reply.json()["errors"][0]["message"]


def test_aliases_do_not_blow_up(nobody):
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"] + [
        f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]" for i in range(12)]
    reply = check(nobody, "---\n" + "\n".join(lines) + "\n---\n")
    assert reply.status_code in (200, 400)
    assert check(nobody, "---\nx: " + "[" * 50_000 + "\n---\n").status_code in (400, 413)


@pytest.mark.parametrize("body", [{}, {"content": 7, "repoType": "model"}, []])
def test_bad_bodies(nobody, body):
    assert nobody.post("/api/validate-yaml", json=body).status_code == 400
