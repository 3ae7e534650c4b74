"""Xet tokens and signed addresses written down a second time, so that tests can make what a server would not:
ones that are over, or for something else. `secret` is the data folder's secret.key."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from dataclasses import dataclass, replace


def _mac(secret: bytes, text: str) -> bytes:
    return hmac.new(secret, text.encode(), hashlib.sha256).digest()


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def in_an_hour() -> int:
    return int(time.time() * 1000) + 3_600_000


def xet_token(secret: bytes, repo: str, letter: str, user: str, token: str, expires_s: int) -> str:
    payload = f"xet1.{repo}.{letter}.{user}.{token}.{expires_s}"
    return payload + "." + _base64url(_mac(secret, f"holt xet token\n{payload}"))


@dataclass(frozen=True)
class LfsLink:
    act: str  # upload, download, part, complete, verify
    repo: str
    sha256: str
    size: int
    expires: int
    upload: str = ""
    chunk: int = 0
    part: int = 0

    def path(self) -> str:
        tail = {"part": f"/parts/{self.part}", "complete": "/complete", "verify": "/verify"}.get(self.act, "")
        return f"/lfs-data/{self.sha256}{tail}"

    def query(self) -> str:
        more = f"&upload={self.upload}&chunk={self.chunk}" if self.upload else ""
        return f"repo={self.repo}&size={self.size}&expires={self.expires}{more}"

    def signature(self, secret: bytes) -> str:
        return _mac(secret, f"holt lfs link 1\n{self.act}\n{self.repo}\n{self.sha256}\n{self.size}\n{self.expires}\n"
                            f"{self.upload}\n{self.chunk}\n{self.part}\n").hex()

    def other_act(self) -> "LfsLink":
        return replace(self, act={"download": "upload", "upload": "verify", "verify": "complete", "complete": "part",
                                  "part": "complete"}[self.act])


@dataclass(frozen=True)
class DataLink:
    repo: str
    sha256: str  # the xorb's hash, as text
    size: int
    expires: int
    ranges: str

    def path(self) -> str:
        return f"/xet-data/{self.sha256}"

    def query(self) -> str:
        return f"repo={self.repo}&size={self.size}&expires={self.expires}&ranges={self.ranges}"

    def signature(self, secret: bytes) -> str:
        return _base64url(_mac(secret, f"holt xet data\n{self.sha256}\n{self.query()}"))

    def other_act(self) -> "DataLink":
        return replace(self, ranges=self.ranges + ",0-0")


def target(link, signature: str) -> str:
    return f"{link.path()}?{link.query()}" + (f"&signature={signature}" if signature else "")


def forged(link, how: str, secret: bytes, *, other_object: str, other_repo: str, gone_repo: str) -> str:
    """The address as each caller of [signed] has it."""
    good = link.signature(secret)
    if how in ("none", "token"):
        return target(link, "")
    if how == "changed":
        return target(link, good[:-2] + ("AA" if good[-2:] != "AA" else "BB"))
    if how == "expired":
        over = replace(link, expires=int(time.time() * 1000) - 1000)
        return target(over, over.signature(secret))
    if how == "other-object":
        return target(link, replace(link, sha256=other_object).signature(secret))
    if how == "other-repo":
        return target(link, replace(link, repo=other_repo).signature(secret))
    if how == "other-act":
        return target(link, link.other_act().signature(secret))
    if how == "gone":
        gone = replace(link, repo=gone_repo)
        return target(gone, gone.signature(secret))
    assert how in ("good", "good-revoked"), how
    return target(link, good)
