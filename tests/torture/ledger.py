"""What the server has acknowledged, and the comparison with what it serves."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile

from support.hub_client import Api, Repo


class Ledger:
    """One repository, written by its one writer only. `maybe` holds what unanswered requests may have left."""

    def __init__(self, repo: Repo):
        self.repo = repo
        self.files: dict[str, bytes] = {}               # path → bytes at main
        self.maybe: list[dict[str, bytes]] = []
        self.branches: dict[str, dict[str, bytes]] = {}
        self.settings: dict[str, object] = {"private": False, "gated": False}
        self.maybe_settings: list[dict[str, object]] = []
        self.titles: set[str] = set()                   # of discussions
        self.maybe_titles: set[str] = set()
        self.gone = self.maybe_gone = False
        self.changed = True                             # since git fsck looked at it

    def settled(self) -> bool:
        return not (self.gone or self.maybe_gone or self.maybe or self.maybe_settings)


class Tokens:
    """Access tokens made and revoked from the command line, by one administrator only."""

    def __init__(self):
        self.working: set[str] = set()
        self.revoked: set[str] = set()
        self.maybe: set[str] = set()


def git(folder, *words):
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_LFS_SKIP_SMUDGE": "1", "GIT_CONFIG_GLOBAL": "/dev/null"}
    done = subprocess.run(["git", *words], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"git {words[0]}: {done.stderr}"
    return done.stdout


def digest(files: dict[str, bytes]) -> dict[str, str]:
    return {path: hashlib.sha256(content).hexdigest()[:16] for path, content in sorted(files.items())}


def compare(api: Api, ledger: Ledger, folder) -> str:
    """Empty when everything acknowledged is there, byte for byte. What is found becomes what must be there from now on."""
    reply = api.get(ledger.repo.api, follow_redirects=True)
    if ledger.gone:
        return "" if reply.status_code == 404 else f"{ledger.repo} was deleted and is there again"
    if reply.status_code == 404 and ledger.maybe_gone:
        ledger.gone = True
        return ""
    if reply.status_code != 200:
        return f"{ledger.repo}: {reply.status_code} {reply.text[:200]}"
    told = reply.json()
    repo = Repo(told["id"])
    found = {path: api.read(repo, path) for path in api.paths(repo)}
    if found not in [ledger.files, *ledger.maybe]:
        return f"{repo}: main holds {digest(found)}, acknowledged was {digest(ledger.files)}"
    for name, files in ledger.branches.items():
        at = {path: api.read(repo, path, name) for path in api.paths(repo, name)}
        if at != files:
            return f"{repo}: branch {name} holds {digest(at)}, acknowledged was {digest(files)}"
    settings = {"private": told["private"], "gated": told["gated"]}
    if settings not in [ledger.settings, *ledger.maybe_settings]:
        return f"{repo}: the settings are {settings}, acknowledged was {ledger.settings}"
    titles = titles_of(api, repo)
    if not ledger.titles <= titles or not titles <= ledger.titles | ledger.maybe_titles:
        return f"{repo}: the discussions are {titles}, acknowledged were {ledger.titles}"
    if ledger.changed or found != ledger.files:
        with tempfile.TemporaryDirectory(dir=folder) as clone:
            try:
                git(clone, "clone", "-q", "--mirror", api.endpoint.replace("://", f"://x:{api.token}@") + repo.git, "c")
                git(clone + "/c", "fsck", "--full", "--strict", "--no-progress")
            except AssertionError as problem:
                return f"{repo}: {problem}"
    ledger.repo, ledger.files, ledger.maybe, ledger.maybe_gone, ledger.changed = repo, found, [], False, False
    ledger.settings, ledger.maybe_settings, ledger.titles, ledger.maybe_titles = settings, [], titles, set()
    return ""


def titles_of(api: Api, repo: Repo) -> set[str]:
    titles, page = set(), 0
    while True:
        told = api.get(f"{repo.api}/discussions", params={"p": page}).json()
        titles |= {entry["title"] for entry in told["discussions"]}
        page += 1
        if not told["discussions"] or len(titles) >= told["count"]:
            return titles


def compare_tokens(endpoint: str, tokens: Tokens) -> list[str]:
    problems = []
    for value in tokens.working | tokens.revoked:
        with Api(endpoint, token=value) as client:
            status = client.get("/api/whoami-v2").status_code
        if value in tokens.working and status != 200:
            problems.append(f"a token that was made does not work: {status}")
        if value in tokens.revoked and status != 401:
            problems.append(f"a token that was revoked works: {status}")
    return problems
