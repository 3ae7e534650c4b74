"""Starts and stops a Holt on a free loopback port, with a data folder of its own.

Standard library only, so that conformance/run and bench/run work before anything is installed;
`Holt.api` alone needs httpx.

    with HoltServer() as holt:                    # SQLite
        holt.cli("user", "create", "alice")
        token = holt.create_token("alice", role="write")

    with PostgresCluster() as cluster, HoltServer(catalog=cluster.create_database()) as holt: ...

Environment: HOLT_BINARY names the binary (default: build/holt of this repository).
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOKEN_TEXT = re.compile(r"\bhf_[A-Za-z0-9_]{20,250}\b")
START_LIMIT_S = 30
STOP_LIMIT_S = 20


def binary_path() -> pathlib.Path:
    path = pathlib.Path(os.environ.get("HOLT_BINARY") or ROOT / "build" / "holt")
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: run `make build`, or name a binary in HOLT_BINARY")
    return path.resolve()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class CommandFailed(AssertionError):
    """A holt command ended with a status other than 0; the text holds what it printed."""

    def __init__(self, result: subprocess.CompletedProcess):
        self.result = result
        super().__init__(
            f"{' '.join(map(str, result.args))} ended with {result.returncode}\n{result.stdout}{result.stderr}"
        )


class HoltServer:
    """One server process and its data folder.

    data: keep this folder (and leave it on exit) instead of a temporary one.
    catalog: a PostgreSQL connection string; None means SQLite in the data folder.
    options: more words for `holt serve`.
    """

    def __init__(self, *, data=None, catalog=None, port=None, options=(), environment=None):
        self._own_folder = tempfile.mkdtemp(prefix="holt-test-") if data is None else None
        self.data = pathlib.Path(data) if data is not None else pathlib.Path(self._own_folder) / "data"
        self.log_path = pathlib.Path(self._own_folder or self.data.parent) / f"server-{uuid.uuid4().hex[:6]}.log"
        self.catalog = catalog
        self.port = port or free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.options = tuple(options)
        self.environment = dict(environment or {})
        self.process: subprocess.Popen | None = None
        self.tokens: dict[str, str] = {}
        self.seconds_to_ready = 0.0

    # --- life ---

    def serve_command(self) -> list[str]:
        command = [str(binary_path()), "serve", "--data", str(self.data), "--listen", f"127.0.0.1:{self.port}"]
        if self.catalog:
            command += ["--catalog", self.catalog]
        return [*command, *self.options]

    def launch(self) -> None:
        """Starts the process and does not wait for it."""
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                self.serve_command(), stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                env=self.command_environment(),
            )

    def start(self) -> "HoltServer":
        """Returns when /readyz answers 200; raises with the log when the process ends before that."""
        began = time.monotonic()
        self.launch()
        while not self._ready():
            if self.process.poll() is not None:
                raise RuntimeError(f"holt serve ended with {self.process.returncode} before it was ready\n{self.log()}")
            if time.monotonic() - began > START_LIMIT_S:
                self.kill()
                raise RuntimeError(f"holt serve was not ready after {START_LIMIT_S} s\n{self.log()}")
            time.sleep(0.005)
        self.seconds_to_ready = time.monotonic() - began
        return self

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.endpoint}/readyz", timeout=2) as reply:
                return reply.status == 200
        except (OSError, urllib.error.URLError):
            return False

    def stop(self) -> int:
        """Asks the server to end (SIGTERM), as systemd would, and returns its exit status."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_LIMIT_S)
            except subprocess.TimeoutExpired:
                self.kill()
        status, self.process = self.process.returncode, None
        return status

    def kill(self) -> None:
        """Ends the server with no warning, as a power cut would."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def close(self) -> None:
        self.stop()
        if self._own_folder:
            # Hundreds of folders: nobody need wait for that.
            subprocess.Popen(["rm", "-rf", self._own_folder], start_new_session=True, stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_):
        self.close()

    def log(self, last_lines: int = 200) -> str:
        with contextlib.suppress(FileNotFoundError):
            return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-last_lines:])
        return ""

    # --- command line ---

    def command_environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("HOLT_") or k == "HOLT_BINARY"}
        if self.catalog:
            kept["HOLT_CATALOG"] = self.catalog
        return {**kept, **self.environment}

    def run(self, *words, stdin: str | None = None) -> subprocess.CompletedProcess:
        """Runs `holt WORDS --data DIR` and returns what came of it, whatever the status."""
        return subprocess.run(
            self.command_line(*words), input=stdin if stdin is not None else "", text=True, capture_output=True,
            timeout=120, env=self.command_environment(),
        )

    def command_line(self, *words) -> list[str]:
        return [str(binary_path()), *map(str, words), "--data", str(self.data)]

    def cli(self, *words, stdin: str | None = None) -> str:
        """Runs `holt WORDS --data DIR` and returns its standard output; raises CommandFailed."""
        result = self.run(*words, stdin=stdin)
        if result.returncode != 0:
            raise CommandFailed(result)
        return result.stdout

    @staticmethod
    def scope(kind: str, name: str, *permissions: str) -> str:
        """The word after --scope that lets a fine-grained token do this with one entity."""
        return f"{kind}:{name}:{','.join(permissions)}"

    def create_token(self, user: str, *, name: str | None = None, role: str = "write", value=None, scopes=()) -> str:
        """Makes an access token and returns its text. scopes: made by `scope`, for fine-grained ones."""
        words = ["token", "create", user, "--name", name or f"t-{uuid.uuid4().hex[:8]}", "--role", role]
        if value:
            words += ["--value", value]
        for scope in scopes:
            words += ["--scope", scope]
        printed = self.cli(*words)
        if value:
            return value
        found = TOKEN_TEXT.search(printed)
        if not found:
            raise AssertionError(f"holt token create printed no token: {printed!r}")
        return found.group(0)

    def create_people(self) -> None:
        """alice and bob (plain users), carol (in no organisation), root (site administrator); the
        organisation acme, which alice owns and bob reads. Each has a write token in `tokens`;
        `alice:read` and `bob:read` are read-only ones."""
        for user, more in (("alice", ["--full-name", "Alice Liddell", "--email", "alice@example.com"]),
                           ("bob", []), ("carol", []), ("root", ["--admin"])):
            self.cli("user", "create", user, *more)
            self.tokens[user] = self.create_token(user)
        for user in ("alice", "bob"):
            self.tokens[f"{user}:read"] = self.create_token(user, role="read")
        self.cli("org", "create", "acme", "--owner", "alice", "--full-name", "Acme Corporation")
        self.cli("org", "member", "add", "acme", "bob", "--role", "read")

    # --- HTTP ---

    def api(self, user: str | None = None, **options):
        """An httpx client (support.hub_client.Api) that speaks as `user`, or as nobody."""
        from support.hub_client import Api

        return Api(self.endpoint, token=self.tokens[user] if user else None, user=user, **options)

    # --- the process seen from outside ---

    def cpu_seconds(self) -> float:
        """User and system time of the server and of children it has waited for."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(int(fields[i]) for i in (11, 12, 13, 14)) / os.sysconf("SC_CLK_TCK")

    def memory_bytes(self, field: str = "VmRSS") -> int:
        """VmRSS (now) or VmHWM (peak) of the server."""
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(f"{field}:"):
                return int(line.split()[1]) * 1024
        raise RuntimeError(f"no {field} in /proc/{self.process.pid}/status")

    def data_bytes(self) -> int:
        """Disk space the data folder takes: blocks, every hard-linked file once."""
        seen, total = set(), 0
        for folder, _, names in os.walk(self.data):
            for name in names:
                with contextlib.suppress(FileNotFoundError):
                    entry = os.lstat(os.path.join(folder, name))
                    if (entry.st_dev, entry.st_ino) not in seen:
                        seen.add((entry.st_dev, entry.st_ino))
                        total += entry.st_blocks * 512
        return total


class PostgresCluster:
    """A PostgreSQL of its own in a temporary folder, reachable by unix socket only.

    As root, the server runs as user `postgres` (PostgreSQL refuses root). Nothing is fsynced: the
    data is thrown away.
    """

    def __enter__(self):
        self._as = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"] if os.getuid() == 0 else []
        self._bin = self._find_programs()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="holt-pg-"))
        self.folder.chmod(0o755)
        if self._as:
            shutil.chown(self.folder, "postgres", "postgres")
        try:
            self._run("initdb", "-D", self.folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8",
                      "--locale=C.UTF-8", "--no-sync")
            options = (f"-k {self.folder} -c listen_addresses='' -c fsync=off -c synchronous_commit=off "
                       "-c full_page_writes=off -c max_connections=200 -c shared_buffers=64MB")
            self._run("pg_ctl", "-D", self.folder / "data", "-l", self.folder / "log", "-w", "-t", "60",
                      "-o", options, "start")
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        return self

    def __exit__(self, *_):
        with contextlib.suppress(subprocess.CalledProcessError):
            self._run("pg_ctl", "-D", self.folder / "data", "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def create_database(self) -> str:
        """Makes an empty database and returns the connection string for it."""
        name = f"holt_{uuid.uuid4().hex[:8]}"
        self._run("createdb", "-h", self.folder, "-U", "postgres", name)
        return f"postgresql:///{name}?host={self.folder}&user=postgres"

    def restore(self, dump: pathlib.Path) -> str:
        """A fresh database with what `holt backup` wrote, as its guide says; its connection string."""
        location = self.create_database()
        ended = subprocess.run([self._bin / "pg_restore", "--exit-on-error", "--dbname", location, dump],
                               capture_output=True, text=True, timeout=300)
        if ended.returncode != 0:
            raise RuntimeError(f"pg_restore ended with {ended.returncode}: {ended.stderr}")
        return location

    def _find_programs(self) -> pathlib.Path:
        versions = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"),
                          key=lambda path: int(path.parent.parent.name.split(".")[0]))
        if versions:
            return versions[-1].parent
        on_path = shutil.which("initdb")
        if on_path:
            return pathlib.Path(on_path).resolve().parent
        raise FileNotFoundError(
            "no PostgreSQL server found: install Debian's `postgresql`, or set HOLT_TEST_CATALOG=sqlite")

    def _run(self, program: str, *words) -> None:
        # pg_ctl's child inherits what it is given, so its output must not be a pipe somebody waits on.
        with tempfile.TemporaryFile() as output:
            ended = subprocess.run(
                [*self._as, str(self._bin / program), *map(str, words)], stdout=output, stderr=output,
                stdin=subprocess.DEVNULL, cwd=self.folder, timeout=120,
            )
            if ended.returncode != 0:
                output.seek(0)
                raise RuntimeError(f"{program} ended with {ended.returncode}: {output.read().decode(errors='replace')}")
