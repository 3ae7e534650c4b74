"""nginx before a Holt, with deploy/nginx.conf as it is but for ports and the certificate."""

from __future__ import annotations

import os
import pathlib
import shutil
import socket
import subprocess
import time

from support.holt_server import ROOT, free_port


class Nginx:
    def __init__(self, folder: pathlib.Path, holt_port: int):
        self.folder, self.holt_port = folder, holt_port
        self.plain_port, self.port = free_port(), free_port()
        self.seen_path = folder / "seen.log"

    def site(self) -> str:
        site = (ROOT / "deploy" / "nginx.conf").read_text()
        for written, meant in (("server 127.0.0.1:8080;", f"server 127.0.0.1:{self.holt_port};"),
                               ("listen 80;", f"listen 127.0.0.1:{self.plain_port};"),
                               ("listen 443 ssl", f"listen 127.0.0.1:{self.port} ssl"),
                               ("/etc/ssl/certs/hub.example.org.pem", f"{self.folder}/cert.pem"),
                               ("/etc/ssl/private/hub.example.org.key", f"{self.folder}/key.pem")):
            assert written in site, f"deploy/nginx.conf has no {written!r} any more"
            site = site.replace(written, meant)
        return site

    def __enter__(self):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                        "-subj", "/CN=hub.example.org", "-keyout", "key.pem", "-out", "cert.pem"], cwd=self.folder, check=True,
                       capture_output=True)
        (self.folder / "site.conf").write_text(self.site())
        user = "user root;" if os.getuid() == 0 else ""
        temporary = "".join(f"{kind}_temp_path {self.folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        # One worker: all clients share the connections to Holt.
        (self.folder / "nginx.conf").write_text(f"""
            {user} worker_processes 1; daemon off; pid {self.folder}/pid; error_log {self.folder}/error.log;
            events {{ worker_connections 1024; }}
            http {{
              log_format seen '$upstream_addr|$upstream_status|$request_method|$uri';
              access_log {self.seen_path} seen; {temporary}
              include {self.folder}/site.conf;
            }}""")
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        self.process = subprocess.Popen([program, "-c", self.folder / "nginx.conf", "-e", self.folder / "error.log"],
                                        stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return self
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    self.__exit__()
                    raise RuntimeError(f"nginx did not start: {(self.folder / 'error.log').read_text()}") from None
                time.sleep(0.02)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def passed_on(self, offset: int) -> list[str]:
        """Of the requests logged since: one line for each time that Holt was asked."""
        out = []
        for line in self.seen_path.read_text(errors="replace")[offset:].splitlines():
            address, *_ = line.split("|")
            if address != "-":
                out += [line] * (address.count(",") + 1)
        return out

    def logged_bytes(self) -> int:
        return len(self.seen_path.read_text(errors="replace"))
