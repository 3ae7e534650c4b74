"""Reads a JUnit report of the client's tests and says what it means for a hub.

    summary.py REPORT.xml                      counts per file, must-pass tests, `hub tests: P/N`
    summary.py --list-needing-hub NULL.xml     the tests that need a hub, from a run against null_server.py

Most of the client's tests run without any server, so the plain pass count says nothing. Counted are
the tests of needs_hub.txt: those that fail where every request is answered 501, reach for no other
host, and do not fail for want of a file that the source distribution leaves out.
"""

from __future__ import annotations

import argparse
import collections
import pathlib
import sys
import xml.etree.ElementTree as ElementTree

HERE = pathlib.Path(__file__).resolve().parent
MISSING_FIXTURE = "tests/fixtures/"  # left out of the source distribution
BAD = ("failure", "error", "external")


def outcome_of(case: ElementTree.Element) -> str:
    if any(prop.get("name") == "external_host" for prop in case.iter("property")):
        return "external"
    for state in ("failure", "error", "skipped"):
        node = case.find(state)
        if node is not None:
            text = (node.get("message") or "") + (node.text or "")
            return "skipped" if MISSING_FIXTURE in text else state
    return "passed"


def read_report(path) -> dict[str, str]:
    """Test id (module.Class::name) → passed, failure, error, skipped or external. A test that is
    reported twice (call and teardown) keeps the worse outcome."""
    outcomes: dict[str, str] = {}
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        test_id = f"{case.get('classname')}::{case.get('name')}"
        if outcomes.get(test_id) not in BAD:
            outcomes[test_id] = outcome_of(case)
    return outcomes


def read_list(name: str) -> list[str]:
    return [line for line in (HERE / name).read_text().splitlines() if line and not line.startswith("#")]


def file_of(test_id: str) -> str:
    return test_id.removeprefix("tests.").split("::")[0].split(".")[0]


def print_table(outcomes: dict[str, str], needing: set[str]) -> tuple[int, int]:
    """A test that needs a hub and is not in the report at all still counts as needed."""
    columns = ("hub passed", "needs hub", "passed", "failure", "error", "skipped", "external")
    rows: dict[str, collections.Counter] = collections.defaultdict(collections.Counter)
    for test_id, outcome in outcomes.items():
        rows[file_of(test_id)][outcome] += 1
    for test_id in needing:
        row = rows[file_of(test_id)]
        row["needs hub"] += 1
        row["hub passed"] += outcomes.get(test_id) == "passed"
    total = sum(rows.values(), collections.Counter())
    print(f"{'file':32}" + "".join(f"{name:>11}" for name in columns))
    for name, row in [*sorted(rows.items()), ("total", total)]:
        print(f"{name:32}" + "".join(f"{row[column]:>11}" for column in columns))
    return total["hub passed"], total["needs hub"]


def print_must_pass(outcomes: dict[str, str], files: set[str]) -> bool:
    wanted = [test_id for test_id in read_list("must_pass.txt") if file_of(test_id) in files]
    failed = [test_id for test_id in wanted if outcomes.get(test_id) != "passed"]
    print(f"\nmust pass: {len(wanted) - len(failed)}/{len(wanted)}")
    for test_id in failed:
        print(f"  {outcomes.get(test_id, 'not run'):8} {test_id}")
    return not failed


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("report")
    arguments.add_argument("--files", help="the files that were meant to run, with commas (default: those reported)")
    arguments.add_argument("--list-needing-hub", action="store_true")
    arguments.add_argument("--failed", action="store_true", help="also name every test that needs a hub and did not pass")
    given = arguments.parse_args()
    outcomes = read_report(given.report)
    if given.list_needing_hub:
        print("\n".join(sorted(test_id for test_id, outcome in outcomes.items() if outcome in ("failure", "error"))))
        return 0
    files = set(given.files.split(",")) if given.files else {file_of(test_id) for test_id in outcomes}
    needing = {test_id for test_id in read_list("needs_hub.txt") if file_of(test_id) in files}
    passed, needed = print_table(outcomes, needing)
    if given.failed:
        print()
        for test_id in sorted(needing):
            if outcomes.get(test_id) != "passed":
                print(f"  {outcomes.get(test_id, 'not run'):8} {test_id}")
    all_there = print_must_pass(outcomes, files)
    print(f"hub tests: {passed}/{needed}")
    return 0 if all_there else 1


if __name__ == "__main__":
    sys.exit(main())
