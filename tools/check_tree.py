"""Checks what is written outside the code.

    check_tree.py links    every relative link and every `path/like.this` of the Markdown files exists
    check_tree.py parsers  docs/security/parsers.md and the fuzzers, their corpora and bounds say the same
    check_tree.py hosts    no package registry's host and no path of somebody's machine in the tree
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
# Written so that this file does not find itself.
REFUSED = {
    r"\b(pypi|files\.python" + r"hosted|crates|npm" + r"js|proxy\.go" + r"lang|deb\.deb" + r"ian)\.(org|io|com)\b(?!-index)": "registry host",
    r"(?<![\w./-])/(work|root)" + r"/[\w.]+": "path of one machine",
    r"/home/" + r"(?!holt\b)\w+/": "path of one machine",
}
NAMED_PATH = re.compile(r"`((?:src|tools|tests|scripts|cmake|docs|deploy|native|migrations|conformance|bench|fuzz)/[\w./-]+)`")
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")


def tracked(*patterns):
    found = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z", *patterns], cwd=ROOT, capture_output=True, check=True)
    return [ROOT / name.decode() for name in found.stdout.split(b"\0") if name and (ROOT / name.decode()).is_file()]


def links():
    for path in tracked("*.md"):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            for target in LINK.findall(line):
                if not re.match(r"[a-z]+:", target) and not (path.parent / target).exists():
                    yield path, number, f"link to {target}, which does not exist"
            for target in NAMED_PATH.findall(line):
                if not (ROOT / target).exists():
                    yield path, number, f"names {target}, which does not exist"


def hosts():
    for path in tracked():
        data = path.read_bytes()
        if b"\0" in data[:8000]:
            continue
        for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
            for pattern, what in REFUSED.items():
                found = re.search(pattern, line)
                if found:
                    yield path, number, f"{what}: {found.group(0)}"


def parsers():
    """Each row of the page: a fuzzer, and code that holds the constants it names."""
    page = ROOT / "docs/security/parsers.md"
    fuzzers = {path.stem for path in tracked("src/*_fuzz.cpp")}
    listed = set()
    for number, line in enumerate(page.read_text().splitlines(), 1):
        row = re.match(r"\| `(\w+_fuzz)` \|", line)
        if not row:
            continue
        if row[1] not in fuzzers:
            yield page, number, f"lists {row[1]}, which does not exist"
        if row[1] in listed:
            yield page, number, f"lists {row[1]} twice"
        listed.add(row[1])
        corpus = ROOT / "fuzz/corpora" / row[1]
        if not corpus.is_dir() or not any(corpus.iterdir()):
            yield page, number, f"{row[1]} has no corpus in fuzz/corpora"
        files = [ROOT / name for name in re.findall(r"`(src/[\w/.]+)`", line)]
        code = "".join(path.read_text() for path in files if path.is_file())
        for name in re.findall(r"`(k[A-Z]\w+|\w+_bytes|\w+_timeout)`", line):
            if not re.search(rf"\b{name}\b\s*[={{]", code):
                yield page, number, f"{row[1]}: {name} is set in none of the files named beside it"
    for name in sorted(fuzzers - listed):
        yield page, 1, f"does not list {name}: say what it reads and within which bounds"
    for folder in ("fuzz/corpora", "fuzz/dictionaries"):
        for path in sorted((ROOT / folder).iterdir()):
            if path.suffix != ".md" and path.stem not in fuzzers:
                yield path, 1, "belongs to no fuzzer"


def main():
    what = {"links": links, "hosts": hosts, "parsers": parsers}.get(sys.argv[1] if len(sys.argv) == 2 else "")
    if not what:
        sys.exit(__doc__)
    found = [f"{path.relative_to(ROOT)}:{line}: {text}" for path, line, text in what()]
    print("\n".join(found) or "nothing found")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
