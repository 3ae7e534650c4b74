"""Checks what is written outside the code.

    check_tree.py links    every relative link and every `path/like.this` of the Markdown files exists
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


def main():
    what = {"links": links, "hosts": hosts}.get(sys.argv[1] if len(sys.argv) == 2 else "")
    if not what:
        sys.exit(__doc__)
    found = [f"{path.relative_to(ROOT)}:{line}: {text}" for path, line, text in what()]
    print("\n".join(found) or "nothing found")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
