"""The same requests through nginx as deploy/nginx.conf sets it up. What one client sends must not become the beginning
of another's request, whose connection to Holt nginx uses again."""

import time

import pytest
from corpus import CASES, get
from nginx import Nginx
from seen import Watch
from wire import Wire


@pytest.fixture(scope="module")
def nginx(attacked, tmp_path_factory):
    with Nginx(tmp_path_factory.mktemp("nginx"), attacked.port) as started:
        yield started


def read_all(wire: Wire, quiet_s=0.15) -> list:
    """Replies until none has come for a while."""
    wire.socket.settimeout(quiet_s)
    replies = []
    while not wire.ended and (reply := wire.receive()) is not None:
        replies.append(reply)
    return replies


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_next_client_gets_its_own_reply(holt, nginx, case):
    watch, logged = Watch(holt), nginx.logged_bytes()
    with Wire(nginx.port, tls=True) as attacker, Wire(nginx.port, tls=True) as other:
        attacker.send(case.raw)
        replies = read_all(attacker)
        for number in range(2):
            name = f"the-other-{number}"
            marked = other.send(get(b"X-Request-Id: " + name.encode(), target=b"/api/version?" + name.encode())).receive()
            assert marked is not None and marked.status == 200, (replies, marked)
            assert marked.fields["x-request-id"] == name
            assert b'"holt"' in marked.body
    deadline = time.monotonic() + 10
    while True:
        # nginx logs a request when the client is gone, Holt when its reply is out.
        passed, seen = nginx.passed_on(logged), watch.settled(2)
        if len(passed) == len(seen) or time.monotonic() > deadline:
            break
    assert len(seen) == len(passed), (passed, seen)
    smuggled = [one for one in seen if one.path.startswith("/smuggled")]
    # nginx may well take two requests for two: then it says so itself.
    assert len(smuggled) == sum("/smuggled" in line for line in passed), (passed, seen)
