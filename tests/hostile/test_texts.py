"""Texts that cost their parser more than they should: Markdown, YAML, JSON. Each is answered in bounded time and memory;
the time is bounded here only by the client's patience, and in C++ where each parser is."""

import json

import pytest
from bounds import MIB, Bounded
from support.hub_client import add, ok

PATIENCE_S = 30
MEBI = 1 << 20


@pytest.fixture(scope="module")
def alice(attacked):
    with attacked.api("alice") as api:
        api.timeout = PATIENCE_S
        yield api


@pytest.fixture(scope="module")
def repo(alice):
    return alice.create_repo()


def repeated(text: str, size: int = MEBI) -> str:
    return text * (size // len(text.encode()))


MARKDOWN = {
    "brackets": repeated("["), "brackets-both": "[" * (MEBI // 2) + "]" * (MEBI // 2), "brackets-and-text": repeated("[a"), "links": repeated("[a]("),
    "links-empty": repeated("[]("), "images": repeated("!["), "quotes": repeated("> "), "quotes-on-lines": "\n".join("> " * n for n in range(1000)),
    "emphasis": repeated("*a_ "), "emphasis-open": repeated("**a "), "emphasis-mixed": repeated("a**b_c*d__"), "tildes": repeated("~a"), "backticks": "".join("e" + "`" * n for n in range(1400)),
    "lists": repeated("- "), "lists-deep": "".join("  " * n + "- x\n" for n in range(1000)), "ordered": repeated("1. "), "tables": "|".join("a" for _ in range(5000)) + "\n" + "|".join("-" for _ in range(5000)) + "\n" + "\n".join("|" for _ in range(5000)),
    "table-rows": "a|b\n-|-\n" + repeated("|\n"), "entities": repeated("&"), "html-open": repeated("<a "), "html-deep": repeated("<div>"), "html-close": repeated("</p>"),
    "html-comments": repeated("<!--"), "html-instructions": repeated("<?"), "html-cdata": repeated("<![CDATA["), "autolinks": repeated("http://a."), "mails": repeated("a@"), "www": repeated("www."),
    "references": "".join(f"[a{n}]: /u\n" for n in range(40_000)) + repeated("[a1]", MEBI // 2), "reference-one": "[a]: /" + "u" * 1000 + "\n" + repeated("[a] ", MEBI // 2),
    "footnotes": "".join(f"[^{n}]: x\n" for n in range(30_000)) + "".join(f"[^{n}]" for n in range(30_000)), "rules": repeated("---\n"), "backslashes": repeated("\\"), "hard-breaks": repeated("a  \n"),
    "nul": repeated("\0"), "one-line": "a" * MEBI, "headings": repeated("# "), "setext": repeated("a\n=\n"), "fences": repeated("```\n"), "attributes": "<a " + repeated("b=c ") + ">",
}


@pytest.mark.parametrize("name", MARKDOWN)
def test_card(holt, alice, repo, name):
    text = MARKDOWN[name]
    with Bounded(holt, memory=400 * MIB, kept=8 * MIB):
        alice.commit_files(repo, {f"{name}.md": text})
        shown = alice.get(f"{repo.api}/rendered/main/{name}.md")
        assert ok(shown).json()["html"] is not None
        preview = alice.post("/api/markdown", content=json.dumps({"text": text, "repo": repo.id}), headers={"content-type": "application/json"})
        assert preview.status_code in (200, 400, 413), preview.text[:300]


def lol() -> str:
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    return "\n".join(lines)


YAML = {
    "aliases": lol(), "aliases-few": "a: &a [b, b]\n" + "\n".join(f"x{n}: *a" for n in range(90)), "alias-of-itself": "a: &a [*a]", "alias-of-itself-in-map": "a: &a {b: *a}",
    "merge": "a: &a {b: c}\n" + "\n".join(f"x{n}: {{<<: *a}}" for n in range(2000)), "flow-deep": "a: " + "[" * 500_000, "flow-deep-closed": "a: " + "[" * 300 + "]" * 300,
    "maps-deep": "a: " + "{a: " * 100_000, "block-deep": "\n".join(" " * n + "a:" for n in range(900)), "dashes": "- " * 300_000, "questions": "? " * 300_000, "colons": ": " * 300_000,
    "keys": "\n".join(f"k{n}: v" for n in range(60_000)), "keys-equal": "a: 1\n" * 50_000, "anchors": "\n".join(f"k{n}: &a{n} v" for n in range(40_000)), "documents": "a: 1\n...\n" * 50_000,
    "tags": "a: !!" + "x" * 500_000, "quotes": 'a: "' + "\\x41" * 200_000 + '"', "quotes-open": 'a: "' + "x" * 900_000, "folded": "a: >\n" + "  x\n\n" * 150_000, "comments": "# x\n" * 200_000,
    "tabs": "a:\n\t- b\n" * 50_000, "huge-number": "a: " + "9" * 900_000, "percent": "%YAML 1.2\n" * 50_000, "flow-keys": "{" + "a, " * 300_000 + "}", "flow-no-keys": "[" + "a: , " * 200_000 + "]",
    "commas": "a: [" + "," * 800_000 + "]", "binary": "a: !!binary " + "A" * 800_000, "language-list": "language:\n" + "- en\n" * 60_000, "tag-list": "tags: [" + "a, " * 49_000 + "]", "long-tag": "tags: [" + "x" * 900_000 + "]",
    "model-index": "model-index:\n- name: x\n  results:\n" + "  - task: {type: x}\n    metrics: [{type: y, value: 1}]\n" * 8000,
}


@pytest.mark.parametrize("name", YAML)
def test_metadata(holt, alice, repo, name):
    card = f"---\n{YAML[name]}\n---\n# x\n"
    with Bounded(holt, memory=400 * MIB, kept=8 * MIB):
        checked = alice.post("/api/validate-yaml", content=json.dumps({"content": card, "repoType": "model"}), headers={"content-type": "application/json"})
        assert checked.status_code in (200, 400, 413, 422), checked.text[:300]
        made = alice.try_commit(repo, add("README.md", card))
        assert made.status_code in (200, 400, 422), made.text[:300]
        ok(alice.get(repo.api))
        ok(alice.get("/api/models", params={"limit": 5}))


JSON = {
    "arrays": "[" * MEBI, "objects": '{"a":' * (MEBI // 5), "arrays-closed": "[" * 100_000 + "]" * 100_000, "in-a-value": '{"a":' + "[" * MEBI, "keys": "{" + ",".join(f'"k{n}":1' for n in range(60_000)) + "}",
    "keys-equal": "{" + ",".join('"k":1' for _ in range(60_000)) + "}", "number": "1" * MEBI, "exponent": "1e" + "9" * 1000, "string-open": '"' + "x" * MEBI, "escapes": '"' + "\\u0000" * (MEBI // 6) + '"', "nul": "\0" * 1000,
    "surrogates": '"\\ud800"', "not-utf8": b"\xff\xfe", "blanks": " " * MEBI, "numbers": "[" + "1," * 400_000 + "1]",
}


@pytest.mark.parametrize("name", JSON)
def test_json(holt, alice, repo, name):
    text = JSON[name]
    body = text if isinstance(text, bytes) else text.encode()
    tip = alice.head_of(repo)
    json_type = {"content-type": "application/json"}
    with Bounded(holt, memory=128 * MIB, kept=8 * MIB):
        for method, path in (("POST", "/api/repos/create"), ("POST", f"{repo.api}/preupload/main"), ("POST", f"{repo.api}/paths-info/main"),
                             ("POST", "/api/validate-yaml"), ("POST", "/api/markdown"), ("PUT", f"{repo.api}/settings"), ("POST", f"{repo.api}/branch/x"),
                             ("POST", f"{repo.git}/info/lfs/objects/batch"), ("POST", f"{repo.api}/commit/main"), ("POST", f"{repo.api}/discussions")):
            reply = alice.request(method, path, content=body, headers=json_type)
            assert reply.status_code < 500, f"{method} {path}: {reply.status_code} {reply.text[:300]}"
        # The same inside a line of a commit, and in a file that facts are read from.
        line = b'{"key":"header","value":{"summary":"x"}}\n{"key":"file","value":' + body.replace(b"\n", b"") + b"}\n"
        assert alice.try_commit(repo, raw=line).status_code in (400, 413, 422)
        assert alice.head_of(repo) == tip
        alice.commit_files(repo, {"config.json": body, "model.safetensors.index.json": body, "adapter_config.json": body, "tokenizer_config.json": body})
        ok(alice.get(repo.api))
