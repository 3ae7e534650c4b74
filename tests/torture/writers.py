"""The clients of a torture: writers of repositories, an administrator, a collector of garbage."""

from __future__ import annotations

import hashlib
import pathlib
import random
import signal
import subprocess
import tempfile
import threading

import httpx

from ledger import Ledger, Tokens, git
from support.holt_server import HoltServer
from support.hub_client import Api, Repo, add, add_lfs, delete, unique
from support.xet_wire import Cas, Xorb, cut, shard, whole

Interrupted = (httpx.HTTPError, OSError, AssertionError, KeyError)
# Many writers hold the same large files: what one deletes and the collector takes, another is just uploading.
SHARED_FILES = 24


def shared_file(number: int) -> bytes:
    return random.Random(f"shared {number}").randbytes(1000 + 9973 * number)


class Client(threading.Thread):
    """Acts until it is told to stop; what it learns of wrongs that no kill explains goes to `wrongs`."""

    def __init__(self, seed: int, stop: threading.Event, wrongs: list[str]):
        super().__init__(daemon=True)
        self.random, self.stop_now, self.wrongs = random.Random(seed), stop, wrongs
        self.acknowledged = 0

    def run(self):
        while not self.stop_now.is_set():
            try:
                self.act()
                self.acknowledged += 1
            except Interrupted:
                if self.stop_now.wait(0.05):
                    return
            except Exception as wrong:  # of this program: a round that hides it would prove nothing
                self.wrongs.append(f"{type(self).__name__}: {wrong!r}")
                return

    def check(self, reply: httpx.Response) -> httpx.Response:
        """A killed server answers nothing: whatever refusal comes is one that should not."""
        if reply.status_code >= 300:
            self.wrongs.append(f"{reply.request.method} {reply.request.url.path}: {reply.status_code} {reply.text[:300]}")
            raise AssertionError(reply.text)
        return reply


class Writer(Client):
    """Works on repositories of its own, so that what must be there is known exactly."""

    def __init__(self, server: HoltServer, token: str, ledgers: list[Ledger], folder, **more):
        super().__init__(**more)
        self.api = Api(server.endpoint, token=token, user="alice")
        self.token, self.ledgers, self.folder = token, ledgers, pathlib.Path(folder)

    def act(self):
        live = [ledger for ledger in self.ledgers if ledger.settled()]
        if len(live) < 2:
            return self.create()
        act, = self.random.choices(
            [self.commit, self.large, self.chunked, self.push, self.branch, self.configure, self.discuss, self.move,
             self.remove, self.create], weights=[10, 5, 4, 2, 2, 2, 2, 1, 0.3, 0.5])
        if act == self.create:
            return self.create()
        ledger = self.random.choice(live)
        ledger.changed = True
        act(ledger)

    def create(self):
        name = unique("t")
        repo = Repo(f"alice/{name}")
        self.api.create_repo(name)
        ledger = Ledger(repo)
        ledger.files = {path: self.api.read(repo, path) for path in self.api.paths(repo)}
        self.ledgers.append(ledger)

    def change(self, ledger: Ledger, state: dict, *lines):
        """A commit that turns main into `state`; an unanswered one leaves either."""
        ledger.maybe.append(state)
        self.check(self.api.try_commit(ledger.repo, *lines, summary=unique("c")))
        ledger.files = state
        ledger.maybe.pop()

    def commit(self, ledger: Ledger):
        state, lines = dict(ledger.files), []
        for _ in range(self.random.randint(1, 4)):
            path = f"d{self.random.randint(0, 3)}/f{self.random.randint(0, 20)}.txt"
            if any(line["value"]["path"] == path for line in lines):
                continue
            if path in state and self.random.random() < 0.2:
                lines.append(delete(path))
                del state[path]
            else:
                state[path] = self.random.randbytes(self.random.randint(0, 4000)).hex().encode()
                lines.append(add(path, state[path]))
        large = [path for path in state if path.endswith(".bin")]
        if large and self.random.random() < 0.3:
            path = self.random.choice(large)
            lines.append(delete(path))
            del state[path]
        self.change(ledger, state, *lines)

    def content(self) -> bytes:
        if self.random.random() < 0.7:
            return shared_file(self.random.randrange(SHARED_FILES))
        return self.random.randbytes(self.random.randint(1000, 300_000))

    def refer(self, ledger: Ledger, content: bytes):
        path = f"w{self.random.randint(0, 5)}.bin"
        if ledger.files.get(path) == content:
            return
        self.change(ledger, {**ledger.files, path: content},
                    add_lfs(path, hashlib.sha256(content).hexdigest(), len(content)))

    def large(self, ledger: Ledger):
        content = self.content()
        oid, repo = hashlib.sha256(content).hexdigest(), ledger.repo
        told = self.check(self.api.lfs_batch(repo, "upload", [(oid, len(content))])).json()["objects"][0]
        actions = told.get("actions") or {}
        if "upload" in actions:
            self.check(httpx.put(actions["upload"]["href"], content=content, timeout=60, trust_env=False))
        if "verify" in actions:
            self.check(self.api.post(actions["verify"]["href"], json={"oid": oid, "size": len(content)},
                                     headers=actions["verify"].get("header") or {}))
        self.refer(ledger, content)

    def chunked(self, ledger: Ledger):
        content = self.content()
        cas = Cas(self.api, ledger.repo)
        try:
            xorb = Xorb(cut(content))
            self.check(cas.put_xorb(xorb))
            self.check(cas.put_shard(shard([whole(xorb, content)], [xorb])))
        finally:
            cas.http.close()
        self.refer(ledger, content)

    def push(self, ledger: Ledger):
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            url = self.api.endpoint.replace("://", f"://x:{self.token}@") + ledger.repo.git
            git(folder, "clone", "-q", url, ".")
            content = self.random.randbytes(500).hex().encode()
            (pathlib.Path(folder) / "pushed.txt").write_bytes(content)
            git(folder, "add", "pushed.txt")
            git(folder, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", unique("p"))
            state = {**ledger.files, "pushed.txt": content}
            ledger.maybe.append(state)
            git(folder, "push", "-q", "origin", "HEAD:main")
            ledger.files = state
            ledger.maybe.pop()

    def branch(self, ledger: Ledger):
        name = unique("b")
        self.check(self.api.post(f"{ledger.repo.api}/branch/{name}", json={}))
        ledger.branches[name] = dict(ledger.files)

    def configure(self, ledger: Ledger):
        wanted = {"private": self.random.random() < 0.3, "gated": self.random.choice([False, "auto", "manual"])}
        ledger.maybe_settings.append(wanted)
        self.check(self.api.put(f"{ledger.repo.api}/settings", json=wanted))
        ledger.settings = wanted
        ledger.maybe_settings.pop()

    def discuss(self, ledger: Ledger):
        title = unique("d")
        ledger.maybe_titles.add(title)
        self.check(self.api.post(f"{ledger.repo.api}/discussions", json={"title": title, "description": "why?"}))
        ledger.titles.add(title)
        ledger.maybe_titles.discard(title)

    def move(self, ledger: Ledger):
        to = f"alice/{unique('m')}"
        # Old names lead to the repository for ever, so an unanswered move is found by the old one either way.
        self.check(self.api.post("/api/repos/move", json={"fromRepo": ledger.repo.id, "toRepo": to, "type": "model"}))
        ledger.repo = Repo(to)

    def remove(self, ledger: Ledger):
        ledger.maybe_gone = True
        self.check(self.api.delete_repo(ledger.repo))
        ledger.gone, ledger.maybe_gone = True, False


class Commands(Client):
    """Runs `holt ...` beside the server. At the end of a round its command is killed like the server."""

    def __init__(self, server: HoltServer, **more):
        super().__init__(**more)
        self.server, self.running = server, None

    def command(self, *words):
        self.running = subprocess.Popen(self.server.command_line(*words), env=self.server.command_environment(),
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True)
        output, _ = self.running.communicate(timeout=120)
        if self.running.returncode == -signal.SIGKILL:
            raise AssertionError("killed")
        if self.running.returncode != 0:
            self.wrongs.append(f"holt {words[0]}: {output[-300:]}")
            raise AssertionError(output)

    def kill(self):
        if self.running is not None and self.running.poll() is None:
            self.running.kill()


class Administrator(Commands):
    """Makes tokens and revokes them."""

    def __init__(self, tokens: Tokens, **more):
        super().__init__(**more)
        self.tokens = tokens

    def act(self):
        if self.stop_now.wait(self.random.uniform(0, 0.5)):
            raise AssertionError("the round is over")
        value = f"hf_{self.random.getrandbits(170):034x}"[:37]
        if self.tokens.working and self.random.random() < 0.4:
            value = self.random.choice(sorted(self.tokens.working))
            self.tokens.working.discard(value)
            self.command("token", "revoke", "alice", value[-12:])
            self.tokens.revoked.add(value)
        else:
            self.command("token", "create", "alice", "--name", value[-12:], "--role", "read", "--value", value)
            self.tokens.working.add(value)


class Collector(Commands):
    def act(self):
        self.command("gc")
