"""Checks the house against the table in ARCHITECTURE.md, so that the document is the law.

    check_rooms.py [ROOT]     prints `path:line: what is wrong`, one per line; status 1 if any

Rules: includes point down and only where the table allows; across rooms only the door
`<room>/<room>.h` (or `<room>_fwd.h`) is included; an owned third-party header stays with its
owner; SQL, JSON, file length, first lines; and the only forms in which `co_await` may appear.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__).resolve()
ROOT = ROOT if ROOT.is_dir() else ROOT.parents[1]
MAX_LINES = 600
EVERYWHERE_REFUSED = {
    r"#\s*include\s*<(regex|iostream)>": "<{0}> is not used in this house",
    r"\busing\s+namespace\b": "no `using namespace`",
    r"\bget_instance\b": "no singletons: wire objects in app/wiring.cpp",
}
JSON_FILE = re.compile(r"^(wire|routes)(_\w+)?(_test)?\.(h|cpp)$|_test\.cpp$|_wire(_test)?\.(h|cpp)$")
SQL_FILE = re.compile(r"^store(_\w+)?\.cpp$")
EXPRESSION = r"co_await\s+(?P<expr>.+)"
AWAIT_FORMS = [
    re.compile(EXPRESSION + r";$"),
    re.compile(r"(?:const\s+)?[\w:<>,*&.\s-]+?(?:\[[\w,\s]+\]\s*)?=\s*" + EXPRESSION + r";$"),
    re.compile(r"co_return\s+" + EXPRESSION + r";$"),
    re.compile(r"TRY_ASSIGN\([^;]*?,\s*" + EXPRESSION + r"\);$"),
]
problems = []


def complain(path, line, text):
    problems.append(f"{path.relative_to(ROOT)}:{line}: {text}")


def read_table():
    """Rooms of the table: name -> (floor, rooms it may use, prefixes of headers it alone includes)."""
    rooms, inside = {}, False
    for line in (ROOT / "ARCHITECTURE.md").read_text().splitlines():
        if line.startswith("| room |"):
            inside = True
        elif inside and not line.startswith("|"):
            break
        elif inside and not line.startswith("|-"):
            name, floor, uses, owned = [cell.strip().strip("`") for cell in line.split("|")[1:5]]
            rooms[name] = (floor, set(uses.split()), owned.replace("`", "").split())
    if not rooms:
        sys.exit("ARCHITECTURE.md has no table that starts with `| room |`")
    everything = set(rooms)
    groups = {"io": {n for n, r in rooms.items() if r[0] == "io"}, "everything": everything}
    return {n: (f, set().union(*(groups.get(w, {w}) for w in u)) if u else set(), o) for n, (f, u, o) in rooms.items()}


def room_of(path):
    """`io/net/net.h` -> net; `base/text.h` -> base; `app/main.cpp` -> app."""
    parts = pathlib.PurePosixPath(path).parts
    return parts[0] if parts[0] in ("base", "app") else parts[1] if len(parts) > 2 else None


def blank(match):
    return re.sub(r"[^\n]", " ", match.group(0))


def without_comments(text):
    text = re.sub(r'R"(\w*)\((?:.|\n)*?\)\1"', lambda m: '""' + "\n" * m.group(0).count("\n"), text)
    return re.sub(r'//[^\n]*|/\*(?:.|\n)*?\*/|"(?:\\.|[^"\\\n])*"', lambda m: m.group(0) if m.group(0)[0] == '"' else blank(m), text)


def check_includes(path, text, rooms):
    here = room_of(path.relative_to(ROOT / "src"))
    if here not in rooms:
        complain(path, 1, f"no room `{here}` in the table of ARCHITECTURE.md")
        return
    for number, line in enumerate(text.splitlines(), 1):
        ours = re.match(r'\s*#\s*include\s*"([^"]+)"', line)
        if ours and ours[1].startswith("holt_"):
            continue  # the C headers of native/
        if ours:
            there = room_of(ours[1]) if "/" in ours[1] else None
            if there is None or not (ROOT / "src" / ours[1]).exists():
                complain(path, number, f'"{ours[1]}": spell includes from src/ (or the file is missing)')
            elif there != here:
                if there not in rooms[here][1]:
                    complain(path, number, f"room `{here}` may not use room `{there}`")
                name = pathlib.PurePosixPath(ours[1]).name
                for_tests = name.endswith("_test.h") and path.name.endswith(("_test.cpp", "_test.h"))
                if there != "base" and not for_tests and name not in (f"{there}.h", f"{there}_fwd.h"):
                    complain(path, number, f'"{ours[1]}" is private to `{there}`: include its door {there}.h')
        foreign = re.match(r"\s*#\s*include\s*<([^>]+)>", line)
        if foreign:
            owners = [n for n, r in rooms.items() if any(foreign[1].startswith(p) for p in r[2])]
            if foreign[1].startswith("boost/json"):
                if here not in owners and not JSON_FILE.search(path.name):
                    complain(path, number, "JSON lives in wire.h, wire.cpp and routes.cpp")
            elif owners and here not in owners:
                complain(path, number, f"<{foreign[1]}> belongs to {' and '.join(owners)}")
        for pattern, message in EVERYWHERE_REFUSED.items():
            found = re.search(pattern, line)
            if found:
                complain(path, number, message.format(*found.groups()))
        if here != "db" and re.search(r"\bdb::Query\s+k\w+\s*[{=(]", line):
            if not SQL_FILE.match(path.name) and not path.name.endswith("_test.cpp"):
                complain(path, number, "SQL lives in store.cpp")


def check_awaits(path, text):
    text = re.sub(r"^\s*#[^\n]*", blank, re.sub(r'"(?:\\.|[^"\\\n])*"', '""', text), flags=re.M)
    for found in re.finditer(r"\bco_await\b", text):
        begin = max(text.rfind(mark, 0, found.start()) for mark in ";{}") + 1
        end = text.find(";", found.start()) + 1
        statement = " ".join(text[begin:end].split())
        statement = re.sub(r"^(case [\w:]+|default):\s+", "", statement)
        form = next((m for m in (f.fullmatch(statement) for f in AWAIT_FORMS) if m), None)
        line = text.count("\n", 0, found.start()) + 1
        if not form:
            complain(path, line, f"co_await only as `[auto x =] co_await f(named);`, not `{statement[:90]}`")
        elif re.search(r"[{?]|(^|[(,=\s])\[|\bco_await\b", form["expr"]):
            complain(path, line, f"name the arguments of co_await first: `{statement[:90]}`")


def check_cmake(path, rooms):
    for call in re.finditer(r"holt_(room|app)\(\s*(\w+)([^)]*)\)", path.read_text()):
        name = "app" if call[1] == "app" else call[2]
        words = call[3].split()
        deps = words[words.index("DEPS") + 1 :] if "DEPS" in words else []
        for word in deps:
            if word in ("LIBS", "TEST_LIBS", "EXCEPT"):
                break
            if name in rooms and word not in rooms[name][1]:
                complain(path, 1, f"room `{name}` may not use room `{word}`")


def main():
    rooms = read_table()
    for path in sorted((ROOT / "src").rglob("*")):
        if path.name == "CMakeLists.txt":
            check_cmake(path, rooms)
        if path.suffix not in (".h", ".cpp"):
            continue
        original = path.read_text()
        text = without_comments(original)
        lines = original.count("\n")
        if lines > MAX_LINES:
            complain(path, lines, f"{lines} lines: over {MAX_LINES}, split it by noun")
        if not original.startswith("//"):
            complain(path, 1, "the first line says what lives in this file")
        if path.suffix == ".h" and "#pragma once" not in original:
            complain(path, 1, "no #pragma once")
        check_includes(path, text, rooms)
        check_awaits(path, text)
    for name, (floor, uses, _) in rooms.items():
        for other in uses - set(rooms):
            problems.append(f"ARCHITECTURE.md:1: room `{name}` uses `{other}`, which the table does not list")
        folder = ROOT / "src" / (floor if floor in ("base", "app") else f"{floor}/{name}")
        if not folder.is_dir():
            problems.append(f"ARCHITECTURE.md:1: room `{name}` has no folder {folder.relative_to(ROOT)}")
    print("\n".join(problems) or f"{len(rooms)} rooms in order")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
