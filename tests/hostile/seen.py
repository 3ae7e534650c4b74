"""What Holt says in its log that it was asked."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Seen:
    method: str
    path: str
    status: int
    id: str


class Watch:
    """The requests that a server logs from now on. It needs `--log-format json`."""

    def __init__(self, holt):
        self.path = holt.log_path
        self.offset = self.path.stat().st_size

    def requests(self) -> list[Seen]:
        with open(self.path, "rb") as log:
            log.seek(self.offset)
            text = log.read()
        lines = [json.loads(line) for line in text[:text.rfind(b"\n") + 1].splitlines() if line.startswith(b"{")]
        return [Seen(line["method"], line["path"], line["status"], line["request.id"]) for line in lines if line.get("route") and "method" in line]

    def settled(self, at_least: int, quiet_s: float = 0.03, limit_s: float = 10) -> list[Seen]:
        """When so many have come and no more follow: a request is logged after its reply has been sent."""
        deadline, count = time.monotonic() + limit_s, -1
        while time.monotonic() < deadline:
            found = self.requests()
            if len(found) >= at_least and len(found) == count:
                return found
            count = len(found)
            time.sleep(quiet_s)
        return self.requests()
