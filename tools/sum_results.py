"""Adds up JUnit reports: `sum_results.py FOLDER SUITE...` reads FOLDER/SUITE.xml for each suite.

Prints a line per suite, the names of what failed, and last `N passed, N failed`. A suite without a
readable report, or with no tests in it, is one failure: silence never passes.
"""

import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree

BAD_STATUS = {"fail", "notrun", "disabled"}  # ctest's; pytest has child elements instead


def outcome(case: ElementTree.Element) -> str:
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    if case.get("status") in BAD_STATUS:
        return "failed"
    return "skipped" if case.find("skipped") is not None else "passed"


def main() -> int:
    folder, suites = pathlib.Path(sys.argv[1]), sys.argv[2:]
    passed = failed = 0
    for suite in suites:
        try:
            # A test's own words may hold what XML may not: the colours of a terminal.
            text = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", (folder / f"{suite}.xml").read_text())
            cases = list(ElementTree.fromstring(text).iter("testcase"))
        except (OSError, ElementTree.ParseError) as reason:
            print(f"{suite}: no report, so it counts as failed ({reason})")
            failed += 1
            continue
        if not cases:
            print(f"{suite}: not one test was run, so it counts as failed")
            failed += 1
            continue
        names = {"passed": [], "failed": [], "skipped": []}
        for case in cases:
            group, name = case.get("classname", ""), case.get("name", "")
            names[outcome(case)].append(name if group in ("", name) else f"{group}.{name}")
        print(f"{suite}: " + ", ".join(f"{len(found)} {what}" for what, found in names.items() if found))
        for what in ("failed", "skipped"):
            for name in names[what]:
                print(f"  {what}: {name}")
        passed += len(names["passed"])
        failed += len(names["failed"])
    line = f"{passed} passed, {failed} failed"
    (folder / "closing.txt").write_text(line + "\n")
    print(line)
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
