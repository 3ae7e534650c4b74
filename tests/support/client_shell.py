"""A user's shell with the stock clients in it: each call is a process of its own."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys


class Client:
    """A user's shell: HF_ENDPOINT, HF_TOKEN, an empty home."""

    def __init__(self, holt, user: str, home: pathlib.Path, **settings):
        home.mkdir(parents=True, exist_ok=True)
        self.home = home
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "HUGGING", "HOLT_", "GIT_", "PYTEST"))}
        self.environment = {
            **kept, "HOME": str(home), "HF_HOME": str(home / "hf"), "HF_ENDPOINT": holt.endpoint,
            "HF_TOKEN": holt.tokens[user], "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1",
            "HF_XET_TELEMETRY_ENABLED": "0", "HF_DATASETS_DISABLE_PROGRESS_BARS": "1", "DO_NOT_TRACK": "1",
            "HF_HUB_DISABLE_UPDATE_CHECK": "1", "NO_COLOR": "1", "TOKENIZERS_PARALLELISM": "false",
            "PATH": f"{pathlib.Path(sys.executable).parent}:{kept['PATH']}", **settings,
        }

    def run(self, *command, cwd=None, timeout=300) -> subprocess.CompletedProcess:
        return subprocess.run(list(map(str, command)), cwd=cwd or self.home, env=self.environment, text=True,
                              capture_output=True, timeout=timeout, stdin=subprocess.DEVNULL)

    def ok(self, *command, **options) -> str:
        ended = self.run(*command, **options)
        assert ended.returncode == 0, (f"{' '.join(map(str, command))[:300]} ended with {ended.returncode}\n"
                                       f"{ended.stdout[-3000:]}\n{ended.stderr[-6000:]}")
        return ended.stdout

    def hf(self, *words, **options) -> str:
        return self.ok("hf", *words, **options)

    def python(self, code: str, **values):
        """Runs code with `values` as variables; what it assigns to `answer` comes back (as JSON)."""
        script = ("import json, sys\n" + "\n".join(f"{name} = json.loads({json.dumps(json.dumps(value))})"
                                                   for name, value in values.items())
                  + "\nanswer = None\n" + code + "\nprint('\\n@answer ' + json.dumps(answer))\n")
        printed = self.ok(sys.executable, "-c", script)
        return json.loads(printed.rsplit("@answer ", 1)[1])
