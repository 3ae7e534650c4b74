"""Writes the web's API client: one function for each operation of Holt's OpenAPI document.

    holt openapi | make_client.py > web/src/lib/api/operations.ts

Only operations under /api/ are of interest to pages; what is not used is left out of the bundle.
"""

import json
import re
import sys

HEAD = """// Generated from `holt openapi` by tools/make_client.py; `scripts/check stale` compares.
import { operation } from './request.ts';

"""


def main():
    document = json.load(sys.stdin)
    lines = []
    for path, methods in document["paths"].items():
        path = path.partition("#")[0]
        if not path.startswith("/api/"):
            continue
        for method, what in methods.items():
            names = re.findall(r"\{(\w+)\}", path)
            parameters = {p["name"]: p for p in what.get("parameters", [])}
            rest = [n for n in names if parameters[n].get("description", "").startswith("The rest")]
            kinds = " | ".join(f"'{n}'" for n in names) or "never"
            lines.append((what["operationId"], f"/** {what.get('summary', '')} */\n"
                          f"export const {what['operationId']} = /* @__PURE__ */ operation<{kinds}>"
                          f"('{method.upper()}', '{path}'{', ' + json.dumps(rest) if rest else ''});\n"))
    sys.stdout.write(HEAD + "\n".join(text for _, text in sorted(set(lines))))


if __name__ == "__main__":
    main()
