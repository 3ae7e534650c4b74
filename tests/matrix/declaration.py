"""Reads rights.txt and routes.txt: which reply every caller is to get from every route.

As a program: reads an OpenAPI document (`holt openapi | declaration.py`) and names the routes without a row
and the rows without a route."""

from __future__ import annotations

import json
import pathlib
import re
import sys
from dataclasses import dataclass

HERE = pathlib.Path(__file__).parent
OUTCOMES = {"ok", "401", "bad", "403", "404", "400", "gate", "hide"}
VISIBILITIES = ("pub", "priv", "gated")
KINDS = {"all": ("model", "dataset", "space", "kernel"), "model": ("model",), "typed": ("dataset", "space", "kernel"),
         "bucket": ("bucket",), "cas": (), "signed": (), "-": ()}


def _lines(name: str):
    for number, line in enumerate((HERE / name).read_text().splitlines(), 1):
        words = line.split("#", 1)[0].split()
        if words:
            yield f"{name}:{number}", words


@dataclass
class Rights:
    """One section of rights.txt: caller -> column -> outcome; a column is (need, visibility or None)."""

    columns: list
    callers: dict

    def outcome(self, caller: str, need: str, visibility: str | None) -> str:
        row = self.callers[caller]
        return row[need, visibility] if (need, visibility) in row else row[need, None]

    def needs(self) -> set:
        return {need for need, _ in self.columns}


def read_rights() -> dict[str, Rights]:
    sections, section, waiting, needs = {}, None, [], []
    for where, words in _lines("rights.txt"):
        if words[0].startswith("["):
            section, needs, waiting = words[0].strip("[]"), words[1:], []
            assert section not in sections, f"{where}: [{section}] stands twice"
            plain = section in ("hub", "signed", "private-hub")
            sections[section] = Rights([(need, None) for need in needs] if plain else [], {})
            continue
        table = sections[section]
        if not table.columns:
            assert words == list(VISIBILITIES) * len(needs), f"{where}: pub priv gated under each need"
            table.columns = [(need, visibility) for need in needs for visibility in VISIBILITIES]
            continue
        outcomes = [word for word in words if word in OUTCOMES]
        waiting += words[:len(words) - len(outcomes)]
        if not outcomes:
            continue
        assert words[-len(outcomes):] == outcomes and len(outcomes) == len(table.columns), f"{where}: {len(table.columns)} outcomes"
        for caller in waiting:
            assert caller not in table.callers, f"{where}: {caller} stands twice in [{section}]"
            table.callers[caller] = dict(zip(table.columns, outcomes, strict=True))
        waiting = []
    assert not waiting, f"rights.txt: no outcomes for {waiting}"
    return sections


@dataclass(frozen=True)
class Row:
    """One line of routes.txt."""

    route: str
    case: str
    kinds: str
    needs: tuple
    exceptions: tuple

    @property
    def key(self):
        return self.route, self.case

    def __str__(self):
        return self.route if self.case == "-" else f"{self.route}-{self.case}"

    def expected(self, rights: dict[str, Rights], section: str, caller: str, visibility: str | None) -> str:
        for name, outcome in self.exceptions:
            # An exception is for who would otherwise be stopped by a rule, not by their rights.
            if name == caller:
                return outcome
        for need in self.needs:
            outcome = need
            if need not in OUTCOMES:
                table = rights[section] if need in rights[section].needs() else rights["hub"]
                outcome = table.outcome(caller, need, visibility)
            if outcome != "ok":
                return outcome
        return "ok"


def read_routes() -> list[Row]:
    rights, rows = read_rights(), []
    needs = set().union(*(table.needs() for table in rights.values()))
    for where, words in _lines("routes.txt"):
        assert len(words) >= 4, f"{where}: route, case, kinds, needs"
        route, case, kinds, needed, *exceptions = words
        row = Row(route, case, kinds, tuple(needed.split("+")), tuple(tuple(one.split("=")) for one in exceptions))
        assert kinds in KINDS, f"{where}: unknown kinds {kinds}"
        assert all(need in needs | OUTCOMES for need in row.needs), f"{where}: unknown need in {needed}"
        assert all(outcome in OUTCOMES for _, outcome in row.exceptions), f"{where}: {exceptions}"
        assert row.key not in {other.key for other in rows}, f"{where}: {row} stands twice"
        rows.append(row)
    return rows


@dataclass(frozen=True)
class Route:
    """A route as the server's own table has it. Its ideas of who may call it are left out on purpose."""

    method: str
    path: re.Pattern

    def takes(self, method: str, target: str) -> bool:
        return (method == self.method or (method, self.method) == ("HEAD", "GET")) and bool(self.path.fullmatch(target))


def served_routes(document: str) -> dict[str, Route]:
    routes = {}
    for template, operations in json.loads(document)["paths"].items():
        for method, operation in operations.items():
            words = {one["name"]: one for one in operation.get("parameters", [])}

            def pattern(match, words=words):
                one = words[match[1]]
                if "enum" in one["schema"]:
                    return "(" + "|".join(one["schema"]["enum"]) + ")"
                return ".+" if "description" in one else "[^/?]+"

            path = re.sub(r"\\{(\w+)\\}", pattern, re.escape(template.split("#")[0]))
            routes[operation["operationId"]] = Route(method.upper(), re.compile(path))
    return routes


def mismatches(document: str) -> list[str]:
    served, declared = set(served_routes(document)), {row.route for row in read_routes()}
    return ([f"route {name} has no row in tests/matrix/routes.txt: say there what its callers need" for name in sorted(served - declared)]
            + [f"tests/matrix/routes.txt has a row for {name}, which is no route" for name in sorted(declared - served)])


if __name__ == "__main__":
    found = mismatches(sys.stdin.read())
    print("\n".join(found))
    sys.exit(1 if found else 0)
