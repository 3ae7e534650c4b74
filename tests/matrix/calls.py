"""The request of every row of routes.txt: a valid one, so that who may is seen to be let through.

What a call needs to stand there first (a branch to delete, a comment of one's own) is made before it, as
root or as the caller, and only where the declaration says that the call will get that far."""

from __future__ import annotations

import hashlib
import json
import os
import struct
import urllib.parse
from dataclasses import dataclass
from typing import Callable

import signatures
from cast import ORG, PASSWORD
from stage import MAKER, SMALL, Place, Stagehand
from support import xet_wire
from support.hub_client import LFS_MEDIA, add, header, ndjson
from support.xet_wire import text
from wire import Call, Reply

BUILDERS: dict[tuple[str, str], Callable] = {}
NDJSON = {"content-type": "application/x-ndjson"}
LFS = {"content-type": LFS_MEDIA, "accept": LFS_MEDIA}


@dataclass
class Cell:
    """One caller before one route of one place."""

    place: Place | None
    caller: str
    number: int  # of this cell: for names that nobody else uses
    allowed: bool
    hand: Stagehand
    user: str = ""  # the account behind the caller

    def unique(self, prefix: str) -> str:
        return f"{prefix}{self.number}"


def case(route: str, *names: str):
    def keep(builder):
        for one in route.split():
            for name in names or ("-",):
                assert (one, name) not in BUILDERS, (one, name)
                BUILDERS[one, name] = builder
        return builder

    return keep


def get(route: str, target: Callable[[Place], str], name: str = "-", method: str = "GET", **headers) -> None:
    case(route, name)(lambda c: Call(method, target(c.place), b"", dict(headers)))


def post(route: str, target: Callable[[Place], str], body: Callable, name: str = "-", method: str = "POST") -> None:
    case(route, name)(lambda c: Call.json(method, target(c.place), body(c)))


# --- looking

get("repo_info", lambda p: p.api)
get("repo_info_at_revision", lambda p: f"{p.api}/revision/main")
get("list_tree", lambda p: f"{p.api}/tree/main")
get("list_tree_folder", lambda p: f"{p.api}/tree/main/dir")
post("paths_info", lambda p: f"{p.api}/paths-info/main", lambda c: {"paths": ["w.bin", "dir"]})
get("list_commits", lambda p: f"{p.api}/commits/main")
get("list_refs", lambda p: f"{p.api}/refs")
get("list_discussions", lambda p: f"{p.api}/discussions")
get("get_discussion", lambda p: f"{p.api}/discussions/{p.num}")
get("get_discussion", lambda p: f"{p.api}/discussions/{p.pr}?diff=1", "pull-request")
get("get_like", lambda p: f"{p.api}/like")
get("list_likers", lambda p: f"{p.api}/likers")
post("like_repo", lambda p: f"{p.api}/like", lambda c: {})
get("unlike_repo", lambda p: f"{p.api}/like", method="DELETE")
get("list_downloads", lambda p: f"{p.api}/downloads")
get("check_repo_access", lambda p: f"{p.api}/auth-check")
get("check_repo_write_access", lambda p: f"{p.api}/auth-check/write")
get("get_comparison", lambda p: f"{p.api}/comparison/v1..main")
get("compare_revisions", lambda p: f"{p.api}/compare/v1..main")

# --- files

for _route in ("resolve_model_file", "resolve_file"):
    get(_route, lambda p: f"{p.web}/resolve/main/README.md", "small")
    get(_route, lambda p: f"{p.web}/resolve/main/w.bin", "large")
    get(_route, lambda p: f"{p.web}/resolve/main/w.bin", "head", "HEAD")
get("resolve_cached_file", lambda p: f"/api/resolve-cache{p.api.removeprefix('/api')}/{p.head}/README.md")
for _route in ("read_raw_model_file", "read_raw_file"):
    get(_route, lambda p: f"{p.web}/raw/main/w.bin")


# --- changing


def commit_to(c: Cell, revision: str, query: str = "") -> Call:
    lines = ndjson([header(), add("said.txt", f"{c.number}")])
    return Call("POST", f"{c.place.api}/commit/{urllib.parse.quote(revision, safe='')}{query}", lines, NDJSON)


case("create_commit")(lambda c: commit_to(c, "work"))
case("create_commit", "as-proposal")(lambda c: commit_to(c, "main", "?create_pr=1"))
case("create_commit", "others-proposal")(lambda c: commit_to(c, f"refs/pr/{c.place.pr}"))


@case("create_commit", "own-proposal")
def _(c: Cell) -> Call:
    number = c.hand.propose(c.caller, c.place) if c.allowed else c.place.pr
    return commit_to(c, f"refs/pr/{number}")


post("preupload", lambda p: f"{p.api}/preupload/main", lambda c: {"files": [{"path": "a", "size": 1, "sample": "YQ=="}]})
post("preupload", lambda p: f"{p.api}/preupload/main?create_pr=1",
     lambda c: {"files": [{"path": "a", "size": 1, "sample": "YQ=="}]}, "as-proposal")
case("create_branch")(lambda c: Call.json("POST", f"{c.place.api}/branch/{c.unique('b')}", {}))
case("create_tag")(lambda c: Call.json("POST", f"{c.place.api}/tag/main", {"tag": c.unique("t")}))


@case("delete_branch")
def _(c: Cell) -> Call:
    if c.allowed:
        c.hand.done("root", Call.json("POST", f"{c.place.api}/branch/{c.unique('b')}", {}))
    return Call("DELETE", f"{c.place.api}/branch/{c.unique('b') if c.allowed else 'work'}")


@case("delete_tag")
def _(c: Cell) -> Call:
    if c.allowed:
        c.hand.done("root", Call.json("POST", f"{c.place.api}/tag/main", {"tag": c.unique("t")}))
    return Call("DELETE", f"{c.place.api}/tag/{c.unique('t') if c.allowed else 'v1'}")


post("squash_branch", lambda p: f"{p.api}/super-squash/squash", lambda c: {"message": "one"})
get("list_large_files", lambda p: f"{p.api}/lfs-files")
post("delete_large_files", lambda p: f"{p.api}/lfs-files/batch",
     lambda c: {"deletions": {"sha": ["0" * 40], "rewriteHistory": False}})
post("copy_large_files", lambda p: f"{p.api}/lfs-files/duplicate",
     lambda c: {"target": {"type": c.place.kind, "name": c.place.id}, "files": [{"sha256": c.place.oid, "filename": "w.bin"}]})
post("update_repo_settings", lambda p: f"{p.api}/settings", lambda c: {"discussionsDisabled": False}, method="PUT")
post("update_repo_settings", lambda p: f"{p.api}/settings", lambda c: {"private": c.place.visibility not in ("pub", "gated")},
     "visibility", "PUT")


@case("move_repo", "-", "bucket")
def _(c: Cell) -> Call:  # to where it is
    return Call.json("POST", "/api/repos/move", {"fromRepo": c.place.id, "toRepo": c.place.id, "type": c.place.kind})


@case("move_repo", "elsewhere")
def _(c: Cell) -> Call:
    # Not even root moves something into a name space that is not there.
    space = "nowhere" if c.caller == "root" else "stranger"
    target = f"{space}/{c.unique('moved')}"
    return Call.json("POST", "/api/repos/move", {"fromRepo": c.place.id, "toRepo": target, "type": c.place.kind})


def doomed(c: Cell) -> Place:
    """Beside the place, and there again for each call."""
    target = c.place.sibling("-doomed")
    reply = c.hand.wire.send(Call("GET", target.api), c.hand.headers["root"])
    if reply.status == 404 and c.place.visibility in ("pub", "priv", "gated"):
        c.hand.create(MAKER[c.place.section], target)
    return target


@case("delete_repo", "-", "bucket")
def _(c: Cell) -> Call:
    target = doomed(c)
    return Call.json("DELETE", "/api/repos/delete", {"name": target.name, "organization": target.owner, "type": target.kind})


@case("duplicate_repo")
def _(c: Cell) -> Call:
    name = f"copy-{c.place.section}-{c.place.kind}-{c.place.visibility}-{c.number}"
    return Call.json("POST", f"{c.place.api}/duplicate", {"repository": name})


# --- discussions


def discussed(route: str, name: str, tail: str, body: Callable, *, own: bool = False, comment: bool = False) -> None:
    @case(route, name)
    def _(c: Cell) -> Call:
        num, said = c.place.num, c.place.comment
        if c.allowed and own and not comment:
            num = c.hand.discuss(c.caller, c.place)
        if c.allowed and comment:
            said = c.hand.comment(c.caller if own else "root", c.place, num)
        elif comment and c.caller == "root":  # the standing comment is root's own
            said = c.hand.comment(MAKER[c.place.section], c.place, num)
        return Call.json("POST", f"{c.place.api}/discussions/{num}{tail.format(comment=said)}", body(c))


post("create_discussion", lambda p: f"{p.api}/discussions", lambda c: {"title": "a question", "description": "?"})
post("create_discussion", lambda p: f"{p.api}/discussions",
     lambda c: {"title": "a change", "description": "", "pullRequest": True}, "pull-request")
discussed("comment_discussion", "-", "/comment", lambda c: {"comment": "so it is"})
for _own, _name in ((True, "own"), (False, "others")):
    discussed("rename_discussion", _name, "/title", lambda c: {"title": f"now {c.number}"}, own=_own)
    discussed("change_discussion_status", _name, "/status", lambda c: {"status": "open"}, own=_own)
    discussed("edit_discussion_comment", _name, "/comment/{comment}/edit", lambda c: {"content": "better"}, own=_own, comment=True)
    discussed("hide_discussion_comment", _name, "/comment/{comment}/hide", lambda c: {}, own=_own, comment=True)
discussed("pin_discussion", "-", "/pin", lambda c: {"pinned": c.number % 2 == 0})


@case("merge_pull_request")
def _(c: Cell) -> Call:
    number = c.hand.propose("root", c.place) if c.allowed else c.place.pr
    return Call.json("POST", f"{c.place.api}/discussions/{number}/merge", {})


# --- git


def packet(line: str) -> bytes:
    return f"{len(line) + 4:04x}{line}".encode()


def push_body(c: Cell) -> bytes:
    """Makes a branch at a commit that is there: a command and a pack of nothing."""
    pack = b"PACK" + struct.pack(">II", 2, 0)
    command = packet(f"{'0' * 40} {c.place.head} refs/heads/{c.unique('p')}\0report-status")
    return command + b"0000" + pack + hashlib.sha1(pack).digest()


for _prefix in ("git_model_", "git_"):
    get(f"{_prefix}refs", lambda p: f"{p.git}/info/refs?service=git-upload-pack", "fetch")
    get(f"{_prefix}refs", lambda p: f"{p.git}/info/refs?service=git-receive-pack", "push")
    case(f"{_prefix}fetch")(lambda c: Call(
        "POST", f"{c.place.git}/git-upload-pack", packet("command=ls-refs\n") + b"00010000",
        {"content-type": "application/x-git-upload-pack-request", "git-protocol": "version=2"}))
    case(f"{_prefix}push")(lambda c: Call(
        "POST", f"{c.place.git}/git-receive-pack", push_body(c), {"content-type": "application/x-git-receive-pack-request"}))


# --- LFS


def lfs(c: Cell, tail: str, body: dict, method: str = "POST") -> Call:
    return Call(method, f"{c.place.git}/info/lfs/{tail}", json.dumps(body).encode(), LFS)


def batch(c: Cell, operation: str, oid: str, size: int, **more) -> Call:
    return lfs(c, "objects/batch", {"operation": operation, "transfers": ["basic"], "objects": [{"oid": oid, "size": size}], **more})


for _tail in ("", "_typed"):
    case(f"lfs_batch{_tail}", "download")(lambda c: batch(c, "download", c.place.oid, len(c.place.content)))
    case(f"lfs_batch{_tail}", "upload")(lambda c: batch(c, "upload", os.urandom(32).hex(), 1000))
    case(f"lfs_batch{_tail}", "upload-proposal")(
        lambda c: batch(c, "upload", os.urandom(32).hex(), 1000, ref={"name": "refs/pr/1"}))
    case(f"lfs_verify{_tail}")(lambda c: lfs(c, "objects/verify", {"oid": c.place.oid, "size": len(c.place.content)}))
    case(f"list_lfs_locks{_tail}")(lambda c: Call("GET", f"{c.place.git}/info/lfs/locks", b"", {"accept": LFS_MEDIA}))
    case(f"create_lfs_lock{_tail}")(lambda c: lfs(c, "locks", {"path": c.unique("locked")}))
    case(f"verify_lfs_locks{_tail}")(lambda c: lfs(c, "locks/verify", {}))

    @case(f"remove_lfs_lock{_tail}", "own")
    def _(c: Cell) -> Call:
        # root's own lock is the standing one, which others are asked about.
        lock = c.hand.lock(c.caller, c.place, c.unique("own")) if c.allowed else c.place.lock
        return lfs(c, f"locks/{lock}/unlock", {})

    @case(f"remove_lfs_lock{_tail}", "others")
    def _(c: Cell) -> Call:
        # Of somebody who is not the caller, whoever that is.
        lock = c.place.lock if c.caller != "root" else c.place.facts.setdefault(
            "lock_of_maker", c.hand.lock(MAKER[c.place.section], c.place, "of-maker"))
        return lfs(c, f"locks/{lock}/unlock", {})

    @case(f"remove_lfs_lock{_tail}", "others-force")
    def _(c: Cell) -> Call:
        lock = c.hand.lock("root" if c.caller != "root" else MAKER[c.place.section], c.place, c.unique("o")) if c.allowed else c.place.lock
        return lfs(c, f"locks/{lock}/unlock", {"force": True})


# --- tokens for the Xet server

get("get_xet_read_token", lambda p: f"{p.api}/xet-read-token/main")
get("get_xet_write_token", lambda p: f"{p.api}/xet-write-token/main")
get("get_xet_write_token", lambda p: f"{p.api}/xet-write-token/main?create_pr=1", "as-proposal")
get("get_xet_write_token", lambda p: f"{p.api}/xet-write-token/refs%2Fpr%2F{p.pr}", "proposal")
get("get_bucket_xet_read_token", lambda p: f"{p.api}/xet-read-token")
get("get_bucket_xet_write_token", lambda p: f"{p.api}/xet-write-token")

# --- buckets

get("get_bucket", lambda p: p.api)
get("list_bucket_tree", lambda p: f"{p.api}/tree")
get("list_bucket_tree_below", lambda p: f"{p.api}/tree/dir")
post("get_bucket_paths_info", lambda p: f"{p.api}/paths-info", lambda c: {"paths": ["dir/w.bin"]})
get("resolve_bucket_file", lambda p: f"{p.web}/resolve/dir%2Fw.bin")
get("resolve_bucket_file", lambda p: f"{p.web}/resolve/dir%2Fw.bin", "head", "HEAD")
post("update_bucket_settings", lambda p: f"{p.api}/settings", lambda c: {"private": c.place.visibility != "pub"}, method="PUT")


def bucket_batch(c: Cell, line: dict) -> Call:
    return Call("POST", f"{c.place.api}/batch", ndjson([line]), NDJSON)


case("change_bucket_files", "add")(lambda c: bucket_batch(
    c, {"type": "addFile", "path": c.unique("f"), "xetHash": c.place.file_hash, "mtime": 1_700_000_000_000}))
case("change_bucket_files", "delete")(lambda c: bucket_batch(c, {"type": "deleteFile", "path": "dir/other.bin"}))
case("delete_bucket")(lambda c: Call("DELETE", doomed(c).api))

# --- the Xet server

get("head_xorb", lambda p: f"/v1/xorbs/default/{p.xorb_hash}", method="HEAD")
get("head_xet_file", lambda p: f"/v1/files/{p.file_hash}", method="HEAD")
get("get_xet_reconstruction", lambda p: f"/v1/reconstructions/{p.file_hash}")
get("get_xet_reconstruction_v2", lambda p: f"/v2/reconstructions/{p.file_hash}")
get("list_xet_reconstructions", lambda p: f"/v1/reconstructions?file_id={p.file_hash}")
case("query_xet_reconstructions")(lambda c: Call.json("POST", "/v1/reconstructions", [{"prefix": "default", "hash": c.place.file_hash}]))
get("get_xet_chunk", lambda p: f"/v1/chunks/default/{p.chunk_hash}")
get("get_xet_chunk", lambda p: f"/v1/chunks/default-merkledb/{p.chunk_hash}", "global")
post("post_xorb_grant", lambda p: f"/v1/xorb-grants/default/{p.xorb_hash}", lambda c: {"length": 1})
get("get_xet_file_chunk_hashes", lambda p: f"/v2/file-chunk-hashes/{p.file_hash}")


@case("post_xorb")
def _(c: Cell) -> Call:
    xorb = xet_wire.Xorb([os.urandom(300)])
    return Call("POST", f"/v1/xorbs/default/{text(xorb.hash)}", xorb.body)


# By its hashes alone: not one byte of the xorb is sent.
for _route, _target in (("post_shard", "/v1/shards"), ("post_shard_with_events", "/v2/shards")):
    case(_route)(lambda c, target=_target: Call("POST", target, xet_wire.shard([c.place.entry], [])))


# --- signed addresses


def signed(c: Cell, method: str, link, body: bytes = b"", **headers) -> Call:
    how = c.caller
    target = signatures.forged(link, how, c.hand.secret, other_object="ab" * 32, other_repo=c.place.other_repo_key,
                               gone_repo=c.place.gone_repo_key)
    if how == "token":
        headers.update(c.hand.headers["root"])
    if how == "good-revoked":
        headers.update(c.hand.headers["garbage"])
    return Call(method, target, body, headers)


def lfs_link(c: Cell, act: str, content: bytes | None = None, **more) -> signatures.LfsLink:
    oid, size = (c.place.oid, len(c.place.content)) if content is None else (hashlib.sha256(content).hexdigest(), len(content))
    return signatures.LfsLink(act, c.place.repo_key, oid, size, signatures.in_an_hour(), **more)


case("download_lfs_object")(lambda c: signed(c, "GET", lfs_link(c, "download")))
case("download_lfs_object", "head")(lambda c: signed(c, "HEAD", lfs_link(c, "download")))


@case("upload_lfs_object")
def _(c: Cell) -> Call:
    content = os.urandom(500)
    return signed(c, "PUT", lfs_link(c, "upload", content), content)


@case("upload_lfs_part")
def _(c: Cell) -> Call:
    content = os.urandom(500)
    return signed(c, "PUT", lfs_link(c, "part", content, upload=os.urandom(16).hex(), chunk=300, part=1), content[:300])


@case("complete_lfs_upload")
def _(c: Cell) -> Call:
    content, upload = os.urandom(500), os.urandom(16).hex()
    for part, piece in ((1, content[:300]), (2, content[300:])):
        link = lfs_link(c, "part", content, upload=upload, chunk=300, part=part)
        if c.caller == "gone":
            link = signatures.replace(link, repo=c.place.gone_repo_key)
        reply = c.hand.wire.send(Call("PUT", signatures.target(link, link.signature(c.hand.secret)), piece))
        assert reply.status == 200, reply.body
    link = lfs_link(c, "complete", content, upload=upload, chunk=300)
    body = {"oid": link.sha256, "parts": [{"partNumber": n, "etag": "x"} for n in (1, 2)]}
    return signed(c, "POST", link, json.dumps(body).encode())


@case("confirm_lfs_upload")
def _(c: Cell) -> Call:
    link = lfs_link(c, "verify")
    return signed(c, "POST", link, json.dumps({"oid": link.sha256, "size": link.size}).encode())


@case("get_xet_data")
def _(c: Cell) -> Call:
    last = len(c.place.xorb.body) - 1
    link = signatures.DataLink(c.place.repo_key, c.place.xorb_hash, last + 1, signatures.in_an_hour(), f"0-{last}")
    return signed(c, "GET", link, range=f"bytes=0-{last}")


# --- the hub

for _route, _target in (
        ("get_health", "/healthz"), ("get_readiness", "/readyz"), ("get_metrics", "/metrics"),
        ("get_openapi", "/.well-known/openapi.json"), ("get_version", "/api/version"), ("telemetry", "/api/telemetry/x/y"),
        ("list_agent_harnesses", "/api/agent-harnesses"), ("list_models", "/api/models"), ("list_datasets", "/api/datasets"),
        ("list_spaces", "/api/spaces"), ("list_kernels", "/api/kernels"), ("list_buckets", f"/api/buckets/{ORG}"),
        ("list_model_tags", "/api/models-tags-by-type"), ("list_dataset_tags", "/api/datasets-tags-by-type"),
        ("list_space_tags", "/api/spaces-tags-by-type"), ("get_user_overview", "/api/users/olive/overview"),
        ("get_organization_overview", f"/api/organizations/{ORG}/overview"),
        ("list_organization_members", f"/api/organizations/{ORG}/members"), ("whoami", "/api/whoami-v2"),
        ("list_own_storage", "/api/settings/repositories"), ("list_org_storage", f"/api/organizations/{ORG}/settings/repositories"),
        ("list_tokens", "/api/settings/tokens"), ("legacy_repo_info", "/api/models/model-pub"),
        ("legacy_repo_info_at_revision", "/api/models/model-pub/revision/main"),
        ("legacy_list_tree", "/api/models/model-pub/tree/main"), ("legacy_resolve_model_file", "/model-pub/resolve/main/README.md")):
    case(_route)(lambda c, target=_target: Call("GET", target))
case("delete_unnamed_bucket")(lambda c: Call("DELETE", "/api/buckets/bucket-pub"))
# Not with the caller's own cookie: signing in again in the same browser ends the session that it had.
case("log_in")(lambda c: Call("POST", "/api/login", json.dumps({"username": "leaving", "password": PASSWORD}).encode(),
                              {"content-type": "application/json", "cookie": "holt_session=none"}))
# Another cookie than the caller's, whose session goes on.
case("log_out")(lambda c: Call("POST", "/api/logout", b"{}", {"cookie": "holt_session=none"}))
case("post_telemetry")(lambda c: Call.json("POST", "/v1/telemetry", {"event": "x"}))
case("validate_yaml")(lambda c: Call.json("POST", "/api/validate-yaml", {"content": "---\nlicense: mit\n---\n", "repoType": "model"}))
case("create_token")(lambda c: Call.json("POST", "/api/settings/tokens", {"name": c.unique("t"), "role": "read"}))


@case("revoke_token")
def _(c: Cell) -> Call:
    if c.allowed:
        c.hand.done(c.caller, Call.json("POST", "/api/settings/tokens", {"name": c.unique("r"), "role": "read"}))
    return Call("DELETE", f"/api/settings/tokens/{c.unique('r')}")


case("create_repo", "own")(lambda c: Call.json("POST", "/api/repos/create", {"name": c.unique("own"), "type": "model"}))
case("create_repo", "acme")(
    lambda c: Call.json("POST", "/api/repos/create", {"name": c.unique("made"), "organization": ORG, "type": "dataset", "private": True}))
case("create_bucket", "own")(lambda c: Call.json("POST", f"/api/buckets/me/{c.unique('own')}", {}))
case("create_bucket", "acme")(lambda c: Call.json("POST", f"/api/buckets/{ORG}/{c.unique('made')}", {}))


# --- what pages ask for, and pages

get("render_file", lambda p: f"{p.api}/rendered/main/README.md")
get("get_commit", lambda p: f"{p.api}/commit/main")
get("list_file_commits", lambda p: f"{p.api}/commits/main/README.md")
get("blame_file", lambda p: f"{p.api}/blame/main/README.md")
for _route, _target in (
        ("list_model_facets", "/api/models-facets"), ("list_dataset_facets", "/api/datasets-facets"),
        ("list_space_facets", "/api/spaces-facets"), ("quick_search", "/api/quicksearch?q=a"),
        ("list_organizations", "/api/organizations"), ("list_sessions", "/api/settings/sessions"), ("list_users", "/api/admin/users"),
        ("list_audit", "/api/admin/audit"), ("get_admin_overview", "/api/admin/overview"), ("list_settings", "/api/admin/settings"),
        ("get_maintenance", "/api/admin/maintenance"), ("get_stored_object", f"/api/admin/objects/blobs/{'0' * 64}"),
        ("get_queue", "/api/admin/queue"), ("list_all_organizations", "/api/admin/organizations"),
        ("get_web_file", "/_app/version.json"), ("get_web_icon", "/favicon.svg"),
        ("get_web_preview", "/preview.png"), ("get_web_robots", "/robots.txt"), ("get_web_icon_by_old_name", "/favicon.ico"),
        ("page_home", "/"), ("page_models", "/models"), ("page_datasets", "/datasets"), ("page_spaces", "/spaces"),
        ("page_search", "/search/all"), ("page_organizations", "/organizations"), ("page_organization", "/organizations/new"),
        ("page_login", "/login"), ("page_join", "/join"), ("page_setup", "/setup"), ("page_welcome", "/welcome"), ("page_new", "/new"),
        ("page_new_dataset", "/new-dataset"), ("page_new_space", "/new-space"), ("page_settings", "/settings"),
        ("page_setting", "/settings/tokens"), ("page_owner", "/olive"), ("list_user_likes", "/api/users/olive/likes")):
    case(_route)(lambda c, target=_target: Call("GET", target))
for _kind in ("model", "repo"):
    for _name, _tail in (("", ""), ("_tree_root", "/tree/main"), ("_tree", "/tree/main/dir"), ("_blob", "/blob/main/README.md"),
                         ("_blame", "/blame/main/README.md"), ("_edit", "/edit/main/README.md"), ("_commits", "/commits/main"),
                         ("_file_commits", "/commits/main/README.md"), ("_commit", "/commit/main"), ("_compare", "/compare/a..b"),
                         ("_upload_root", "/upload/main"), ("_upload", "/upload/main/dir"), ("_new_root", "/new/main"),
                         ("_new", "/new/main/dir"), ("_settings", "/settings"), ("_discussions", "/discussions"),
                         ("_discussion", "/discussions/1")):
        get(f"page_{_kind}{_name}", lambda p, tail=_tail: f"{p.web}{tail}")
case("preview_markdown")(lambda c: Call.json("POST", "/api/markdown", {"text": "# Hi"}))
case("update_profile")(lambda c: Call.json("PUT", "/api/settings/profile", {"fullname": "As Before"}))
case("change_password")(lambda c: Call.json("PUT", "/api/settings/password", {"current": PASSWORD}))
case("end_sessions")(lambda c: Call("DELETE", "/api/settings/sessions?keep=current"))
case("end_session")(lambda c: Call("DELETE", "/api/settings/sessions/999999999"))
case("create_organization")(lambda c: Call.json("POST", "/api/organizations", {"name": c.unique("org")}))
case("join_hub")(lambda c: Call.json("POST", "/api/join", {"name": c.unique("joined"), "password": PASSWORD}))
case("legacy_unlike_repo")(lambda c: Call("DELETE", "/api/models/model-pub/like"))
case("set_up_hub")(lambda c: Call.json("POST", "/api/setup", {"code": "x", "name": c.unique("first"), "password": PASSWORD}))
case("set_openness")(lambda c: Call.json("PUT", "/api/admin/openness", {}))
case("create_user")(lambda c: Call.json("POST", "/api/admin/users", {"name": c.unique("made"), "password": PASSWORD}))
case("set_user_suspended")(lambda c: Call.json("PUT", "/api/admin/users/leaving/suspended", {"suspended": False}))
case("reset_user_password")(lambda c: Call.json("PUT", "/api/admin/users/leaving/password", {"password": PASSWORD}))
case("start_maintenance")(lambda c: Call.json("POST", "/api/admin/maintenance", {"work": "look"}))


def _visitor(c: Cell) -> str:
    """A user beside the matrix, to make a member of acme and to take out again."""
    name = c.unique("visitor")
    if c.allowed:
        c.hand.done("root", Call.json("POST", "/api/admin/users", {"name": name, "password": PASSWORD}))
    return name


case("set_organization_member")(lambda c: Call.json("PUT", f"/api/organizations/{ORG}/members/{_visitor(c)}", {"role": "read"}))


@case("remove_organization_member")
def _(c: Cell) -> Call:
    name = _visitor(c)
    if c.allowed:
        c.hand.done("root", Call.json("PUT", f"/api/organizations/{ORG}/members/{name}", {"role": "read"}))
    return Call("DELETE", f"/api/organizations/{ORG}/members/{name}")


# --- what an allowed call must have brought, where 2xx alone would not show it


def _lfs_answer(c: Cell, reply: Reply) -> bool:
    return all("error" not in one and ("actions" in one) for one in reply.json()["objects"])


PROOFS: dict[tuple[str, str], Callable[[Cell, Reply], bool]] = {
    **{(route, "small"): lambda c, r: r.body == SMALL for route in ("resolve_model_file", "resolve_file")},
    **{(route, "large"): lambda c, r: r.body == c.place.content for route in ("resolve_model_file", "resolve_file")},
    ("resolve_cached_file", "-"): lambda c, r: r.body == SMALL,
    ("resolve_bucket_file", "-"): lambda c, r: r.body == c.place.content,
    ("download_lfs_object", "-"): lambda c, r: r.body == c.place.content,
    ("get_xet_data", "-"): lambda c, r: r.body == c.place.xorb.body,
    **{(route, "-"): lambda c, r: b"refs/heads/main" in r.body for route in ("git_model_fetch", "git_fetch")},
    **{(route, "-"): lambda c, r: b"unpack ok" in r.body and b"\nng " not in r.body and b"ok refs/heads/p" in r.body
       for route in ("git_model_push", "git_push")},
    **{(f"lfs_batch{tail}", name): _lfs_answer for tail in ("", "_typed") for name in ("download", "upload", "upload-proposal")},
    **{("change_bucket_files", name): lambda c, r: r.json()["success"] for name in ("add", "delete")},
    ("copy_large_files", "-"): lambda c, r: not r.json().get("failed"),
    ("get_xet_reconstruction", "-"): lambda c, r: c.place.xorb_hash in r.json()["fetch_info"],
    ("get_xet_reconstruction_v2", "-"): lambda c, r: c.place.xorb_hash in r.json()["xorbs"],
    ("get_xet_chunk", "-"): lambda c, r: r.body.startswith(xet_wire.SHARD_TAG),
    ("post_shard", "-"): lambda c, r: r.json()["result"] in (0, 1),
    ("post_shard_with_events", "-"): lambda c, r: b'"type":"result"' in r.body,
}
