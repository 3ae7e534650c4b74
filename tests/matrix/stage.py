"""The repositories of the matrix: one of each kind and visibility in an organisation and with a user, each
with everything that a route may be asked about."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import time
import urllib.parse
from dataclasses import dataclass, field

import signatures
from cast import ORG, OWNER
from support import xet_wire
from support.hub_client import KIND_PLURAL, KIND_PREFIX, LFS_MEDIA, add, add_lfs, header, ndjson
from support.xet_wire import text
from wire import Call, Reply, Wire

SMALL = b"what a small file says\n"
# Who made the repositories and who sent their large file.
MAKER = {"org": "creator", "user": "owner"}
SENDER = {"org": "admin", "user": "owner"}
READER = {"org": "reader", "user": "owner"}


@dataclass
class Place:
    """A repository and what is in it."""

    section: str  # of rights.txt: org, user; stranger for what is beside the matrix
    kind: str
    visibility: str
    tail: str = ""
    facts: dict = field(default_factory=dict)

    @property
    def owner(self) -> str:
        return {"org": ORG, "user": OWNER}.get(self.section, self.section)

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.visibility}{self.tail}"

    @property
    def id(self) -> str:
        return f"{self.owner}/{self.name}"

    @property
    def api(self) -> str:
        return f"/api/{KIND_PLURAL[self.kind]}/{self.id}"

    @property
    def web(self) -> str:
        return f"/{KIND_PREFIX[self.kind]}{self.id}"

    @property
    def git(self) -> str:
        return f"{self.web}.git"

    def sibling(self, tail: str) -> "Place":
        return dataclasses.replace(self, tail=tail)

    def never(self) -> "Place":
        """The same request's other side: a name of the same length that nobody has."""
        return dataclasses.replace(self, visibility="none" if self.visibility == "priv" else self.visibility + "0")

    def __getattr__(self, name: str):
        try:
            return self.__dict__["facts"][name]
        except KeyError:
            raise AttributeError(name) from None

    def __str__(self):
        return f"{self.kind} {self.id}"


def places() -> list[Place]:
    kinds = {"org": KIND_PLURAL, "user": ("model", "dataset", "bucket")}
    return [Place(section, kind, visibility) for section in kinds for kind in kinds[section]
            for visibility in ("pub", "priv", "gated") if (kind, visibility) != ("bucket", "gated")]


class Stagehand:
    """Does things as somebody and insists that they are done."""

    def __init__(self, port: int, headers: dict, secret: bytes):
        self.wire, self.headers, self.secret = Wire(port), headers, secret

    def done(self, caller: str, call: Call, more: dict | None = None) -> Reply:
        reply = self.wire.send(call, {**self.headers[caller], **(more or {})})
        assert reply.status < 300, f"{caller}: {call.method} {call.target} → {reply.status} {reply.body[:400]!r}"
        return reply

    # --- acts

    def create(self, caller: str, place: Place) -> None:
        private = place.visibility == "priv"
        if place.kind == "bucket":
            self.done(caller, Call.json("POST", place.api, {"private": private}))
            return
        body = {"name": place.name, "organization": place.owner, "type": place.kind, "private": private}
        if place.kind == "space":
            body["sdk"] = "gradio"
        self.done(caller, Call.json("POST", "/api/repos/create", body))
        if place.visibility == "gated":
            self.done(caller, Call.json("PUT", f"{place.api}/settings", {"gated": "manual"}))

    def delete(self, caller: str, place: Place) -> None:
        self.done(caller, Call.json("DELETE", "/api/repos/delete",
                                    {"name": place.name, "organization": place.owner, "type": place.kind}))

    def commit(self, caller: str, place: Place, *lines, revision="main", query="") -> dict:
        body = ndjson([header(), *lines])
        call = Call("POST", f"{place.api}/commit/{urllib.parse.quote(revision, safe='')}{query}", body,
                    {"content-type": "application/x-ndjson"})
        return self.done(caller, call).json()

    def propose(self, caller: str, place: Place) -> int:
        told = self.commit(caller, place, add("proposed.txt", os.urandom(8).hex()), query="?create_pr=1")
        return int(told["pullRequestUrl"].rsplit("/", 1)[1])

    def discuss(self, caller: str, place: Place) -> int:
        told = self.done(caller, Call.json("POST", f"{place.api}/discussions", {"title": "why", "description": "because"}))
        return told.json()["num"]

    def comment(self, caller: str, place: Place, num: int) -> str:
        told = self.done(caller, Call.json("POST", f"{place.api}/discussions/{num}/comment", {"comment": "well"}))
        return told.json()["newMessage"]["id"]

    def lock(self, caller: str, place: Place, path: str) -> str:
        body = json.dumps({"path": path}).encode()
        told = self.done(caller, Call("POST", f"{place.git}/info/lfs/locks", body, {"content-type": LFS_MEDIA}))
        return told.json()["lock"]["id"]

    def xet_token(self, caller: str, place: Place, access: str, query: str = "") -> str:
        tail = "" if place.kind == "bucket" else "/main"
        return self.done(caller, Call("GET", f"{place.api}/xet-{access}-token{tail}{query}")).json()["accessToken"]

    def send_xet(self, token: str, content: bytes) -> xet_wire.FileEntry:
        as_holder = {"authorization": f"Bearer {token}"}
        xorb = xet_wire.Xorb(xet_wire.cut(content))
        entry = xet_wire.whole(xorb, content)
        for call in (Call("POST", f"/v1/xorbs/default/{text(xorb.hash)}", xorb.body),
                     Call("POST", "/v1/shards", xet_wire.shard([entry], [xorb]))):
            reply = self.wire.send(call, as_holder)
            assert reply.status == 200, reply.body
        return entry

    # --- the stage

    def build(self, place: Place) -> Place:
        maker, facts = MAKER[place.section], place.facts
        self.create(maker, place)
        content = os.urandom(9000)
        entry = self.send_xet(self.xet_token(SENDER[place.section], place, "write"), content)
        xorb = xet_wire.Xorb(xet_wire.cut(content))
        facts.update(content=content, oid=hashlib.sha256(content).hexdigest(), xorb=xorb, entry=entry,
                     xorb_hash=text(xorb.hash), file_hash=text(entry.hash), chunk_hash=text(xorb.nodes[0][0]))
        if place.kind == "bucket":
            lines = [{"type": "addFile", "path": f"dir/{name}", "xetHash": facts["file_hash"], "mtime": 1_700_000_000_000}
                     for name in ("w.bin", "other.bin")]
            self.done(maker, Call("POST", f"{place.api}/batch", ndjson(lines), {"content-type": "application/x-ndjson"}))
        else:
            facts["head"] = self.commit(maker, place, add("README.md", SMALL), add("dir/a.txt", SMALL),
                                        add_lfs("w.bin", facts["oid"], len(content)))["commitOid"]
            for branch in ("work", "squash"):
                self.done(maker, Call.json("POST", f"{place.api}/branch/{branch}", {}))
            self.done(maker, Call.json("POST", f"{place.api}/tag/main", {"tag": "v1"}))
            # By root, so that none of these belongs to one of the callers who is asked about `others`.
            facts["num"], facts["pr"] = self.discuss("root", place), self.propose("root", place)
            facts["comment"] = self.comment("root", place, facts["num"])
            facts["lock"] = self.lock("root", place, "w.bin")
        self.give_xet_tokens(place)
        return place

    def give_xet_tokens(self, place: Place) -> None:
        """Tokens of every holder of [cas] in rights.txt, where the holder may have one."""
        section, org = place.section, place.section == "org"
        token = {"none": "", "garbage": "xet1.1.r.0.0.99999999999.AAAA", "hub-token": self.headers["root"]["authorization"].split()[1]}
        token["read"] = self.xet_token(READER[section], place, "read")
        token["write"] = self.xet_token(MAKER[section], place, "write")
        if place.kind != "bucket":
            token["propose"] = self.xet_token(READER[section], place, "write", "?create_pr=1")
        _, repo, _, user, access, expires, mac = token["write"].split(".")
        token["changed"] = ".".join(["xet1", repo, "w", str(int(user) + 1), access, expires, mac])
        token["expired"] = signatures.xet_token(self.secret, repo, "w", user, access, int(time.time()) - 1)
        if org:
            token["suspended-maker"] = self.xet_token("suspended", place, "write")
            token["revoked-maker"] = self.xet_token("revoked", place, "write")
            token["former-read"] = self.xet_token("former", place, "read")
            token["former-write"] = self.xet_token("former", place, "write")
        place.facts.update(repo_key=repo, xet_tokens=token)
        # Another repository of the sender's, opened with a fine-grained token for that one alone.
        other = dataclasses.replace(place, tail="-other", facts={})
        if other.visibility == "gated":
            self.done(MAKER[section], Call.json("POST", "/api/repos/create", {
                "name": other.name, "organization": other.owner, "type": other.kind,
                **({"sdk": "static"} if other.kind == "space" else {})}))
        else:
            self.create(MAKER[section], other)
        scoped = "scoped-other" if org else "owner-scoped-other"
        token["other-scoped"] = self.xet_token(scoped, other, "write")
        strangers = Place("stranger", place.kind, place.visibility, f"-{section}")
        self.create("stranger", strangers)
        token["other-write"] = self.xet_token("stranger", strangers, "write")
        token["other-read"] = self.xet_token("stranger", strangers, "read")
        place.facts["other_repo_key"] = token["other-write"].split(".")[1]
        gone = dataclasses.replace(place, tail="-gone", facts={})
        self.create("root", gone)
        place.facts["gone_repo_key"] = self.xet_token("root", gone, "write").split(".")[1]
        self.delete("root", gone)
