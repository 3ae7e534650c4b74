"""Holds docs/asvs.md to the tree: every requirement of levels 1 and 2 has its line, and every test it names exists.

    check_asvs.py

A line is `number | what, in a few words | verdict`, where the verdict is one of
    tests: `path::name`, …     each path exists and has these words (a test's name; a line of a document)
    gap: …                     what is missing
    not here: …                why it does not apply
A table cell may go on behind the tests with words of its own."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/asvs.md"
# The requirements of levels 1 and 2 of version 5.0.0: chapter.section.number.
REQUIRED = """\
1.1:1-2 1.2:1-9 1.3:1-11 1.4:1-3 1.5:1-2 2.1:1-3 2.2:1-3 2.3:1-4 2.4:1 3.2:1-2 3.3:1-4 3.4:1-6 3.5:1-5 3.7:1-2
4.1:1-3 4.2:1 4.3:1-2 4.4:1-4 5.1:1 5.2:1-3 5.3:1-2 5.4:1-3 6.1:1-3 6.2:1-12 6.3:1-4 6.4:1-4 6.5:1-5 6.6:1-3
6.8:1-4 7.1:1-3 7.2:1-4 7.3:1-2 7.4:1-5 7.5:1-2 7.6:1-2 8.1:1-2 8.2:1-3 8.3:1 8.4:1 9.1:1-3 9.2:1-4 10.1:1-2
10.2:1-2 10.3:1-4 10.4:1-11 10.5:1-5 10.6:1-2 10.7:1-3 11.1:1-2 11.2:1-3 11.3:1-3 11.4:1-4 11.5:1 11.6:1
12.1:1-3 12.2:1-2 12.3:1-4 13.1:1 13.2:1-5 13.3:1-2 13.4:1-5 14.1:1-2 14.2:1-4 14.3:1-3 15.1:1-3 15.2:1-3
15.3:1-7 16.1:1 16.2:1-5 16.3:1-4 16.4:1-3 16.5:1-3 17.1:1 17.2:1-4 17.3:1-2"""


def required():
    for line in REQUIRED.split():
        section, _, numbers = line.partition(":")
        for number in numbers.split(","):
            first, _, last = number.partition("-")
            yield from (f"{section}.{one}" for one in range(int(first), int(last or first) + 1))


def wrong_with_tests(verdict):
    named = re.findall(r"`([\w./+-]+)::([^`]+)`", verdict)
    if not named:
        yield "names no test as `path::name`"
    for path, name in named:
        file = ROOT / path
        if not file.is_file():
            yield f"{path} does not exist"
        elif name not in file.read_text(errors="replace"):
            yield f"{path} has no {name}"


def main():
    wrong, seen, counts = [], [], {"tests": 0, "gap": 0, "not here": 0}
    for number, line in enumerate(PAGE.read_text().splitlines(), 1):
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if not re.fullmatch(r"\d+\.\d+\.\d+", cells[0]):
            continue
        kind = cells[-1].partition(":")[0]
        seen.append(cells[0])
        if len(cells) != 3 or kind not in counts:
            wrong.append(f"{number}: a line is number | words | tests: …, gap: … or not here: …")
            continue
        counts[kind] += 1
        if kind == "tests":
            wrong += [f"{number}: {cells[0]}: {what}" for what in wrong_with_tests(cells[-1])]
    wanted = list(required())
    wrong += [f"{one} has no line" for one in wanted if one not in seen]
    wrong += [f"{one} is no requirement of these levels, or stands twice" for one in seen if one not in wanted or seen.count(one) > 1]
    print("\n".join(f"docs/asvs.md:{one}" for one in wrong)
          or f"{len(seen)} requirements: {counts['tests']} by tests, {counts['gap']} gaps, {counts['not here']} do not apply")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
