"""An nginx of one's own in a folder, with the configuration that its user gives."""

from __future__ import annotations

import os
import pathlib
import shutil
import socket
import subprocess
import time


class NginxProcess:
    """folder: for everything that it writes. port: of its configuration, asked until somebody answers."""

    def __init__(self, folder: pathlib.Path, port: int, *, workers: str, http: str):
        self.folder, self.port, self.workers, self.http = folder, port, workers, http

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        user = "user root;" if os.getuid() == 0 else ""
        temporary = "".join(f"{kind}_temp_path {self.folder}/{kind};"
                            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (self.folder / "nginx.conf").write_text(f"""
            {user} worker_processes {self.workers}; daemon off; pid {self.folder}/pid; error_log {self.folder}/error.log;
            events {{ worker_connections 1024; }}
            http {{ {temporary} {self.http} }}""")
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        self.process = subprocess.Popen([program, "-c", self.folder / "nginx.conf", "-e", self.folder / "error.log"],
                                        stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    self.stop()
                    raise RuntimeError(f"nginx did not start: {(self.folder / 'error.log').read_text()}") from None
                time.sleep(0.02)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()
