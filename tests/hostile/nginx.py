"""nginx before a Holt, with deploy/nginx.conf as it is but for ports and the certificate."""

from __future__ import annotations

import pathlib
import subprocess

from support.holt_server import ROOT, free_port
from support.nginx_process import NginxProcess


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
        # One worker: all clients share the connections to Holt.
        self.process = NginxProcess(self.folder, self.port, workers="1", http=f"""
            log_format seen '$upstream_addr|$upstream_status|$request_method|$uri';
            access_log {self.seen_path} seen;
            include {self.folder}/site.conf;""")
        self.process.start()
        return self

    def __exit__(self, *_):
        self.process.stop()

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
