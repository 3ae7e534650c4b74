"""Runs git as a user would, with a home of its own so that nothing of this machine's settings leaks in."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
from urllib.parse import urlsplit


class Git:
    def __init__(self, home: pathlib.Path, *, path_first: str | None = None):
        home.mkdir(parents=True, exist_ok=True)
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "HF_", "HUGGING"))}
        self.environment = {**kept, "HOME": str(home), "XDG_CONFIG_HOME": str(home), "GIT_TERMINAL_PROMPT": "0",
                            "GIT_CONFIG_NOSYSTEM": "1", "GIT_ASKPASS": "true", "NO_COLOR": "1"}
        if path_first:
            self.environment["PATH"] = f"{path_first}:{kept['PATH']}"
        self.ok("config", "--global", "user.name", "Tester", cwd=home)
        self.ok("config", "--global", "user.email", "tester@example.com", cwd=home)
        self.ok("config", "--global", "init.defaultBranch", "main", cwd=home)
        # git-lfs is quiet about locks only when told so.
        self.ok("config", "--global", "lfs.locksverify", "false", cwd=home)
        self.ok("config", "--global", "credential.helper", "", cwd=home)

    def run(self, *words, cwd, **more) -> subprocess.CompletedProcess:
        return subprocess.run(["git", *map(str, words)], cwd=cwd, env={**self.environment, **more}, text=True,
                              capture_output=True, timeout=300, stdin=subprocess.DEVNULL)

    def ok(self, *words, cwd, **more) -> str:
        ended = self.run(*words, cwd=cwd, **more)
        assert ended.returncode == 0, f"git {' '.join(map(str, words))}: {ended.returncode}\n{ended.stdout}{ended.stderr}"
        return ended.stdout.strip()

    def install_lfs(self, cwd) -> None:
        assert shutil.which("git-lfs"), "git-lfs is not installed (Debian package git-lfs)"
        self.ok("lfs", "install", cwd=cwd)


def with_token(endpoint: str, path: str, token: str | None, user: str = "hf_user") -> str:
    """The clone address, credentials inside."""
    parts = urlsplit(endpoint)
    credentials = f"{user}:{token}@" if token else ""
    return f"{parts.scheme}://{credentials}{parts.netloc}{path}"
