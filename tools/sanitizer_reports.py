"""Turns what sanitizers wrote into a folder into one JUnit report: `sanitizer_reports.py FOLDER OUT.xml`.

Each file is a test that failed; with none, the one test `no report` has passed.
"""

import pathlib
import re
import sys
import xml.sax.saxutils as saxutils


def main() -> int:
    folder, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    files = sorted(path for path in folder.iterdir() if path.stat().st_size > 0)
    cases = ["<testcase classname='sanitizer' name='no report'/>"] if not files else []
    for path in files:
        text = path.read_text(errors="replace")
        print(f"--- {path}\n{text[:6000]}")
        found = re.search(r"(?:ERROR|WARNING): \w+Sanitizer: .*|runtime error: .*|SUMMARY: .*", text)
        name = saxutils.quoteattr(f"{path.name}: {found.group(0)[:150] if found else 'report'}")
        clean = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", text[:20000])
        cases.append(f"<testcase classname='sanitizer' name={name}><failure>{saxutils.escape(clean)}</failure></testcase>")
    out.write_text(f"<testsuite name='sanitizer'>{''.join(cases)}</testsuite>")
    return 1 if files else 0


if __name__ == "__main__":
    sys.exit(main())
