"""A plain HTTP client for the hub, with the few compound acts that tests repeat.

It sends what the public clients send and asserts nothing beyond `ok`: tests say what they expect.
"""

from __future__ import annotations

import base64
import hashlib
import json
import ssl
import urllib.parse
import uuid

import httpx

# Nothing here speaks TLS; reading the certificates of the world takes longer than most tests.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
LFS_MEDIA = "application/vnd.git-lfs+json"
KIND_PREFIX = {"model": "", "dataset": "datasets/", "space": "spaces/", "kernel": "kernels/", "bucket": "buckets/"}
KIND_PLURAL = {"model": "models", "dataset": "datasets", "space": "spaces", "kernel": "kernels", "bucket": "buckets"}


def unique(prefix: str = "r") -> str:
    return f"{prefix}-{uuid.uuid4().hex[:10]}"


def ok(reply: httpx.Response, status: int = 200) -> httpx.Response:
    assert reply.status_code == status, f"{reply.request.method} {reply.request.url} → {reply.status_code}: {reply.text[:800]}"
    return reply


def blob_sha1(content: bytes) -> str:
    """The object name git gives these bytes."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def pointer_text(content: bytes) -> bytes:
    """The git-lfs pointer for these bytes."""
    return (f"version https://git-lfs.github.com/spec/v1\noid sha256:{hashlib.sha256(content).hexdigest()}\n"
            f"size {len(content)}\n").encode()


# --- lines of a commit ---


def header(summary="change", description="", **more):
    return {"key": "header", "value": {"summary": summary, "description": description, **more}}


def add(path, content: bytes | str):
    content = content.encode() if isinstance(content, str) else content
    return {"key": "file", "value": {"path": path, "content": base64.b64encode(content).decode(), "encoding": "base64"}}


def add_lfs(path, oid, size=None):
    value = {"path": path, "algo": "sha256", "oid": oid}
    return {"key": "lfsFile", "value": value if size is None else {**value, "size": size}}


def delete(path):
    return {"key": "deletedFile", "value": {"path": path}}


def delete_folder(path):
    return {"key": "deletedFolder", "value": {"path": path}}


def ndjson(lines, final_newline=True) -> bytes:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    return (text + ("\n" if final_newline else "")).encode()


class Repo:
    """A repository's addresses. str(repo) is its id."""

    def __init__(self, repo_id: str, kind: str = "model"):
        self.id, self.kind = repo_id, kind
        self.owner, self.name = repo_id.split("/")
        self.api = f"/api/{KIND_PLURAL[kind]}/{repo_id}"
        self.web = f"/{KIND_PREFIX[kind]}{repo_id}"
        self.git = f"{self.web}.git"

    def resolve(self, path: str, revision: str = "main") -> str:
        return f"{self.web}/resolve/{urllib.parse.quote(revision, safe='')}/{urllib.parse.quote(path)}"

    def __str__(self):
        return self.id


class Api(httpx.Client):
    def __init__(self, endpoint: str, *, token: str | None = None, user: str | None = None, **options):
        headers = {"authorization": f"Bearer {token}"} if token else {}
        super().__init__(base_url=endpoint, headers=headers, timeout=60, trust_env=False, verify=NO_TLS, **options)
        self.endpoint, self.token, self.user = endpoint, token, user

    # --- repositories ---

    def create_repo(self, name: str | None = None, *, kind: str = "model", organization: str | None = None,
                    private: bool = False, **more) -> Repo:
        name = name or unique(kind)
        body = {"name": name, "organization": organization, "type": kind,
                "visibility": "private" if private else "public", **more}
        if kind == "space":
            body.setdefault("sdk", "gradio")
        reply = ok(self.post("/api/repos/create", json=body)).json()
        return Repo(reply["url"].split("/", 3)[3].removeprefix(KIND_PREFIX[kind]), kind)

    def delete_repo(self, repo: Repo) -> httpx.Response:
        body = {"name": repo.name, "organization": repo.owner, "type": repo.kind}
        return self.request("DELETE", "/api/repos/delete", json=body)

    def info(self, repo: Repo, revision: str | None = None, **params) -> dict:
        tail = f"/revision/{urllib.parse.quote(revision, safe='')}" if revision else ""
        return ok(self.get(repo.api + tail, params=params)).json()

    def head_of(self, repo: Repo, revision: str | None = None) -> str:
        return self.info(repo, revision)["sha"]

    # --- writing ---

    def try_commit(self, repo: Repo, *lines, summary="change", revision="main", parent=None, raw: bytes | None = None,
                   final_newline=True, params=None) -> httpx.Response:
        more = {"parentCommit": parent} if parent else {}
        content = raw if raw is not None else ndjson([header(summary, **more), *lines], final_newline)
        return self.post(f"{repo.api}/commit/{urllib.parse.quote(revision, safe='')}", content=content, params=params,
                         headers={"content-type": "application/x-ndjson"})

    def commit(self, repo: Repo, *lines, **options) -> str:
        """Commits and returns the new commit's id."""
        return ok(self.try_commit(repo, *lines, **options)).json()["commitOid"]

    def commit_files(self, repo: Repo, files: dict, **options) -> str:
        return self.commit(repo, *[add(path, content) for path, content in files.items()], **options)

    # --- LFS ---

    def lfs_batch(self, repo: Repo, operation: str, objects, transfers=("basic",), **more) -> httpx.Response:
        body = {"operation": operation, "transfers": list(transfers), "hash_algo": "sha256",
                "objects": [{"oid": oid, "size": size} for oid, size in objects], **more}
        return self.post(f"{repo.git}/info/lfs/objects/batch", content=json.dumps(body),
                         headers={"accept": LFS_MEDIA, "content-type": LFS_MEDIA})

    def lfs_upload(self, repo: Repo, content: bytes) -> str:
        """Puts an object as the Python client does (basic transfer, no credentials on the PUT)."""
        oid = hashlib.sha256(content).hexdigest()
        told = ok(self.lfs_batch(repo, "upload", [(oid, len(content))])).json()["objects"][0]
        actions = told.get("actions") or {}
        if "upload" in actions:
            reply = httpx.put(actions["upload"]["href"], content=content, timeout=60, trust_env=False)
            assert reply.status_code in (200, 201), f"PUT → {reply.status_code}: {reply.text[:500]}"
        if "verify" in actions:
            reply = self.post(actions["verify"]["href"], json={"oid": oid, "size": len(content)},
                              headers=actions["verify"].get("header") or {})
            assert reply.status_code == 200, f"verify → {reply.status_code}: {reply.text[:500]}"
        return oid

    def commit_lfs(self, repo: Repo, files: dict, **options) -> str:
        lines = [add_lfs(path, self.lfs_upload(repo, content), len(content)) for path, content in files.items()]
        return self.commit(repo, *lines, **options)

    # --- reading ---

    def tree(self, repo: Repo, path: str = "", revision: str = "main", **params) -> list[dict]:
        tail = f"/{urllib.parse.quote(path)}" if path else ""
        url, entries = f"{repo.api}/tree/{urllib.parse.quote(revision, safe='')}{tail}", []
        reply = ok(self.get(url, params=params))
        while True:
            entries += reply.json()
            if "next" not in reply.links:
                return entries
            reply = ok(self.get(reply.links["next"]["url"]))

    def paths(self, repo: Repo, revision: str = "main") -> list[str]:
        return sorted(e["path"] for e in self.tree(repo, revision=revision, recursive="true") if e["type"] == "file")

    def read(self, repo: Repo, path: str, revision: str = "main") -> bytes:
        return ok(self.get(repo.resolve(path, revision), follow_redirects=True)).content
