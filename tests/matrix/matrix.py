"""Asks every cell: each caller before each route of each place, and holds the reply against the declaration.

As a program (`make matrix`): runs them all on SQLite and prints a table of the rows."""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import calls  # noqa: E402
import declaration  # noqa: E402
from cast import Cast  # noqa: E402
from stage import Place, Stagehand, places  # noqa: E402
from support.holt_server import HoltServer, binary_path  # noqa: E402
from wire import Call, Reply, Wire  # noqa: E402

# argon2id is asked again after every change of the catalog: these callers come to the doors that are theirs.
PASSWORD_KINDS = ("model",)
TOLD_APART_BY = re.compile(rb"^(date|x-request-id|content-length): .*\r?\n", re.M | re.I)
RANDOM_HASHES = ("xorb_hash", "file_hash", "chunk_hash")


def outcome(reply: Reply) -> str:
    code = reply.header("x-error-code")
    if reply.status < 400:
        return "ok"
    if reply.status == 401 and "Invalid credentials" in reply.header("x-error-message"):
        return "bad"
    if reply.status in (401, 403) and code == "GatedRepo":
        return "gate"
    if reply.status in (401, 404) and code == "RepoNotFound":
        return "hide"
    return str(reply.status)


@dataclass
class Findings:
    cells: dict = field(default_factory=dict)  # row -> how many
    outcomes: dict = field(default_factory=dict)  # (row, outcome) -> how many
    compared: int = 0
    wrong: dict = field(default_factory=dict)  # row -> texts

    def count(self, row, expected: str) -> None:
        self.cells[row.key] = self.cells.get(row.key, 0) + 1
        self.outcomes[row.key, expected] = self.outcomes.get((row.key, expected), 0) + 1

    def note(self, row, text: str) -> None:
        self.wrong.setdefault(row.key, []).append(text)

    def merge(self, other: "Findings") -> None:
        for mine, theirs in ((self.cells, other.cells), (self.outcomes, other.outcomes)):
            for key, number in theirs.items():
                mine[key] = mine.get(key, 0) + number
        for key, texts in other.wrong.items():
            self.wrong.setdefault(key, []).extend(texts)
        self.compared += other.compared

    def total(self) -> int:
        return sum(self.cells.values())


class Asker:
    """Puts the cells of one place, or of the hub itself, to the server."""

    def __init__(self, port: int, headers: dict, secret: bytes, document: str, private_hub: bool):
        self.rights, self.rows = declaration.read_rights(), declaration.read_routes()
        self.routes = declaration.served_routes(document)
        self.hand, self.wire, self.headers = Stagehand(port, headers, secret), Wire(port), headers
        self.findings, self.number, self.private_hub = Findings(), 0, private_hub

    def ask_place(self, place: Place) -> Findings:
        if self.private_hub:
            return self.ask_private_hub(place)
        for row in self.rows:
            if place.kind in declaration.KINDS[row.kinds]:
                for caller in self.rights[place.section].callers:
                    if not caller.endswith("-password") or row.kinds in PASSWORD_KINDS:
                        self.ask(row, place.section, caller, place, self.headers[caller])
            elif row.kinds == "cas":
                for holder in self.rights["cas"].callers:
                    token = place.xet_tokens.get(holder)
                    if token is not None:
                        self.ask(row, "cas", holder, place, {"authorization": f"Bearer {token}"} if token else {})
            elif row.kinds == "signed":
                for how in self.rights["signed"].callers:
                    self.ask(row, "signed", how, place, {})
        return self.findings

    def ask_hub(self) -> Findings:
        if self.private_hub:
            return self.ask_private_hub(None)
        for row in self.rows:
            if row.kinds == "-":
                for caller in self.rights["hub"].callers:
                    self.ask(row, "hub", caller, None, self.headers[caller])
        return self.findings

    def ask_private_hub(self, place: Place | None) -> Findings:
        kinds = place.kind if place else None
        for row in self.rows:
            # Rows that answer everybody that there is nothing say nothing here either.
            if (kinds in declaration.KINDS[row.kinds] if place else row.kinds == "-") and row.needs[-1] not in declaration.OUTCOMES:
                for caller in self.rights["private-hub"].callers:
                    self.ask(row, "private-hub", caller, place, self.headers[caller])
        return self.findings

    def ask(self, row, section: str, caller: str, place: Place | None, headers: dict) -> None:
        visibility = place.visibility if place else None
        expected = row.expected(self.rights, section, caller, visibility)
        self.number += 1
        self.findings.count(row, expected)
        where = f"{caller} at {place or 'the hub'}: declared {expected}"
        try:
            cell = calls.Cell(place, caller, self.number, expected == "ok", self.hand)
            call = calls.BUILDERS[row.key](cell)
            # A header of the call's own comes after the caller's: log_out's cookie.
            reply = self.wire.send(Call(call.method, call.target, call.body), {**headers, **call.headers})
            if not self.routes[row.route].takes(call.method, call.target.split("?")[0]):
                self.findings.note(row, f"{where}: {call.method} {call.target} is not of this route")
            got = outcome(reply)
            if got != expected and not (expected == "401" and reply.status == 401 and got in ("hide", "gate")):
                self.findings.note(row, f"{where}, got {got}: {call.method} {call.target} → {reply.status} {reply.body[:200]!r}")
            elif expected == "ok" and row.key in calls.PROOFS and not calls.PROOFS[row.key](cell, reply):
                self.findings.note(row, f"{where}, but it was not done: {reply.status} {reply.body[:200]!r}")
            elif place and self.must_not_know(row, section, caller, place, expected):
                self.compare(row, where, cell, call, reply, headers)
        except Exception as problem:  # one broken cell does not hide the others
            self.findings.note(row, f"{where}: {type(problem).__name__}: {problem}")

    def must_not_know(self, row, section: str, caller: str, place: Place, expected: str) -> bool:
        if section == "cas":
            return place.visibility != "pub" and caller.startswith("other") and expected in ("404", "400")
        if section == "private-hub":
            return True
        if section == "signed" or place.visibility != "priv":
            return False
        return self.rights[section].outcome(caller, "see", "priv") != "ok"

    def compare(self, row, where: str, cell, call: Call, reply: Reply, headers: dict) -> None:
        """The same call about what never was: nothing in the reply may differ but the name asked for."""
        self.findings.compared += 1
        place = cell.place
        if row.kinds == "cas":
            facts = {**place.facts, **{name: os.urandom(32).hex() for name in RANDOM_HASHES}}
            content = os.urandom(len(place.content))
            facts["entry"] = calls.xet_wire.whole(calls.xet_wire.Xorb([content]), content)
            facts["xorb_hash"] = facts["file_hash"] = calls.text(calls.xet_wire.Xorb([content]).hash)
            facts["file_hash"] = calls.text(facts["entry"].hash)
            never = dataclasses.replace(place, facts=facts)
            renamed = [(facts[name], place.facts[name]) for name in RANDOM_HASHES]
        else:
            never = place.never()
            renamed = [(never.name, place.name)]
        other_call = calls.BUILDERS[row.key](dataclasses.replace(cell, place=never))
        other = self.wire.send(Call(other_call.method, other_call.target, other_call.body), {**headers, **other_call.headers})

        def essence(one: Reply) -> bytes:
            text = TOLD_APART_BY.sub(b"", one.head + b"\r\n") + one.body
            for new, old in renamed:
                text = text.replace(new.encode(), old.encode())
            return text

        if essence(reply) != essence(other):
            self.findings.note(row, f"{where}: can be told from what never was:\n    {essence(reply)!r}\n    {essence(other)!r}")


# --- all of it, on as many processes as there are cores

_shared: dict = {}


def _asker() -> Asker:
    return Asker(_shared["port"], _shared["headers"], _shared["secret"], _shared["document"], _shared["private_hub"])


def _build(place: Place) -> Place:
    return Stagehand(_shared["port"], _shared["headers"], _shared["secret"]).build(place)


def _ask(place: Place | None) -> Findings:
    return _asker().ask_place(place) if place else _asker().ask_hub()


def run(catalog: str | None = None, *, sample: bool = False, private_hub: bool = False) -> Findings:
    """sample: models and buckets of the organisation, and the hub. private_hub: [private-hub] of rights.txt, on those."""
    chosen = [place for place in places() if not sample or (place.section, place.kind) in (("org", "model"), ("org", "bucket"))]
    # Nothing of this outlives the run: where memory serves as a disk, fsync costs nothing.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="holt-matrix-", dir=memory) as folder:
        settings = {"HOLT_HUB_PRIVATE": "true"} if private_hub else {}
        with HoltServer(data=f"{folder}/data", catalog=catalog, environment=settings) as holt:
            cast = Cast(holt)
            rights = declaration.read_rights()
            callers = set().union(*(rights[section].callers for section in ("org", "user", "hub")))
            document = subprocess.run([binary_path(), "openapi"], capture_output=True, text=True, check=True).stdout
            _shared.update(port=holt.port, secret=(holt.data / "secret.key").read_bytes(), document=document, headers=cast.headers,
                           private_hub=private_hub)
            first = Stagehand(holt.port, cast.headers, _shared["secret"])
            own = Place("user", "model", "pub", "-token")
            first.create("owner", own)
            cast.bearer("xet-token", first.xet_token("owner", own, "write"))
            assert callers <= set(cast.headers), f"cast.py has no {callers - set(cast.headers)}"
            context = multiprocessing.get_context("fork")
            with context.Pool(min(4, os.cpu_count() or 2)) as pool:
                built = pool.map(_build, chosen, chunksize=1)
            cast.fall()
            time.sleep(max(0.0, cast.expired_at - time.time()))
            with context.Pool(min(4, os.cpu_count() or 2)) as pool:
                findings = Findings()
                for one in pool.imap_unordered(_ask, [None, *built], chunksize=1):
                    findings.merge(one)
            assert holt.process.poll() is None, f"the server ended\n{holt.log()}"
            return findings


def main() -> int:
    began = time.monotonic()
    findings, bad = run(), 0
    findings.merge(run(sample=True, private_hub=True))
    kinds = sorted({found for _, found in findings.outcomes})
    print(f"{'route':34}{'case':17}{'cells':>7}  " + "".join(f"{kind:>7}" for kind in kinds))
    for row in declaration.read_routes():
        counts = "".join(f"{findings.outcomes.get((row.key, kind), 0) or '·':>7}" for kind in kinds)
        wrong = findings.wrong.get(row.key, [])
        bad += len(wrong)
        print(f"{row.route:34}{row.case:17}{findings.cells.get(row.key, 0):7}  {counts}" + (f"   {len(wrong)} WRONG" if wrong else ""))
    for key, texts in findings.wrong.items():
        for text in texts[:20]:
            print(f"{' '.join(key)}: {text}")
    print(f"{findings.total()} cells in {time.monotonic() - began:.0f} s, {bad} not as declared; "
          f"{findings.compared} replies compared with those about what never was")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
