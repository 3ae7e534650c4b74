"""The people of the matrix and their credentials: every caller of rights.txt, as request headers."""

from __future__ import annotations

import base64
import datetime
import uuid

from wire import Call, Wire

ORG, OWNER = "acme", "olive"
PASSWORD = "correct horse battery staple"
KINDS = ("model", "dataset", "space", "kernel", "bucket")
WITH_PASSWORD = ("writer", "olive", "stranger", "suspended", "leaving")


def repository_names(owner: str, tail: str = "") -> list[tuple[str, str]]:
    """(kind, namespace/name) of everything staged in a namespace; see stage.py."""
    return [(kind, f"{owner}/{kind}-{visibility}{tail}") for kind in KINDS for visibility in ("pub", "priv", "gated")
            if (kind, visibility) != ("bucket", "gated")]


class Cast:
    def __init__(self, holt):
        self.holt, self.headers, self.tokens = holt, {}, {}
        self.people()
        self.plain_tokens()
        self.scoped_tokens()
        self.sessions()

    def people(self) -> None:
        for user in ("admin", "creator", "writer", "contributor", "reader", "former", "suspended", "olive", "stranger",
                     "rival", "leaving"):
            words = ["user", "create", self.name(user)]
            if user in WITH_PASSWORD:
                self.holt.cli(*words, "--password-stdin", stdin=PASSWORD + "\n")
            else:
                self.holt.cli(*words)
        self.holt.cli("user", "create", self.name("root"), "--admin")
        self.holt.cli("org", "create", ORG, "--owner", self.name("admin"))
        self.holt.cli("org", "create", "umbrella", "--owner", "rival")
        for user, role in (("creator", "contributor"), ("writer", "write"), ("contributor", "contributor"),
                           ("reader", "read"), ("former", "write"), ("suspended", "admin")):
            self.holt.cli("org", "member", "add", ORG, user, "--role", role)

    @staticmethod
    def name(user: str) -> str:
        return {"admin": "ada", "root": "hubroot"}.get(user, user)

    def bearer(self, caller: str, token: str) -> None:
        self.tokens[caller] = token
        self.headers[caller] = {"authorization": f"Bearer {token}"}

    def basic(self, caller: str, user: str, secret: str) -> None:
        text = base64.b64encode(f"{user}:{secret}".encode()).decode()
        self.headers[caller] = {"authorization": f"Basic {text}"}

    def plain_tokens(self) -> None:
        create = lambda user, **more: self.holt.create_token(self.name(user), **more)  # noqa: E731
        self.headers["nobody"] = {}
        for user in ("admin", "creator", "writer", "contributor", "reader", "former", "suspended", "stranger", "rival", "root"):
            self.bearer(user, create(user))
        self.bearer("owner", create("olive"))
        for caller, user in (("writer-read-token", "writer"), ("root-read-token", "root"),
                             ("stranger-read-token", "stranger"), ("owner-read-token", "olive")):
            self.bearer(caller, create(user, role="read"))
        self.bearer("revoked", create("admin", name="to-be-revoked"))
        self.bearer("garbage", "hf_" + uuid.uuid4().hex)
        self.basic("writer-basic", "whoever", self.tokens["writer"])
        self.basic("owner-basic", "whoever", self.tokens["owner"])
        self.basic("suspended-basic", "suspended", self.tokens["suspended"])
        self.basic("writer-password", "writer", PASSWORD)

    def scoped_tokens(self) -> None:
        def scoped(caller: str, user: str, *scopes: str) -> None:
            self.bearer(caller, self.holt.create_token(self.name(user), role="fine-grained", scopes=scopes))

        def each(owner: str, permissions: str) -> list[str]:
            return [f"{kind}:{name}:{permissions}" for tail in ("", "-doomed") for kind, name in repository_names(owner, tail)]

        def others(owner: str) -> list[str]:
            return [f"{kind}:{name}:write" for kind, name in repository_names(owner, "-other")]

        scoped("scoped-write", "admin", *each(ORG, "write"))
        scoped("scoped-read", "admin", *each(ORG, "read"))
        scoped("scoped-discuss", "admin", *each(ORG, "repo.content.read,discussion.write"))
        scoped("scoped-access", "admin", *each(ORG, "repo.access.read"))
        scoped("scoped-nothing", "admin")
        scoped("scoped-other", "admin", *others(ORG))
        scoped("root-scoped-other", "root", *others(ORG))
        scoped("scoped-org-write", "admin", f"org:{ORG}:write")
        scoped("scoped-org-read", "admin", f"org:{ORG}:read")
        scoped("scoped-user", "admin", f"user:{self.name('admin')}:write")
        scoped("reader-scoped", "reader", *each(ORG, "write"))
        scoped("stranger-scoped", "stranger", *each(ORG, "write"))
        scoped("owner-scoped-write", "olive", *each(OWNER, "write"))
        scoped("owner-scoped-read", "olive", *each(OWNER, "read"))
        scoped("owner-scoped-discuss", "olive", *each(OWNER, "repo.content.read,discussion.write"))
        scoped("owner-scoped-user", "olive", f"user:{OWNER}:write")
        scoped("owner-scoped-other", "olive", *others(OWNER))

    def sessions(self) -> None:
        wire = Wire(self.holt.port)

        def signed_in(user: str) -> dict:
            reply = wire.send(Call.json("POST", "/api/login", {"username": user, "password": PASSWORD}))
            assert reply.status == 200, reply.body
            return {"cookie": reply.header("set-cookie").split(";")[0]}

        for caller, user in (("writer-session", "writer"), ("owner-session", "olive"), ("stranger-session", "stranger"),
                             ("suspended-session", "suspended"), ("signed-out", "leaving")):
            self.headers[caller] = signed_in(user)
        # The shortest life that a token can be given here: over before the first cell.
        soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=2)
        made = wire.send(Call.json("POST", "/api/settings/tokens",
                                   {"name": "short", "role": "write", "expiresAt": soon.strftime("%Y-%m-%dT%H:%M:%SZ")}),
                         self.headers["writer-session"])
        assert made.status == 200, made.body
        self.expired_at = soon.timestamp() + 1
        self.bearer("expired", made.json()["value"])
        wire.send(Call("POST", "/api/logout", b"{}"), self.headers["signed-out"])

    def fall(self) -> None:
        """After the stage is built: who has lost their rights loses them now."""
        self.holt.cli("user", "suspend", "suspended")
        self.holt.cli("token", "revoke", self.name("admin"), "to-be-revoked")
        self.holt.cli("org", "member", "remove", ORG, "former")
