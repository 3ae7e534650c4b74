"""Requests that two programs may read differently, to Holt itself: each is read in one way or refused."""

import pytest
from corpus import CASES, LENGTH, SMUGGLED, YAML, get, post
from seen import Watch
from wire import Wire


def answers(wire: Wire, count: int) -> list:
    replies = []
    while len(replies) < count and (reply := wire.receive()) is not None:
        replies.append(reply)
    return replies


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_is_read_in_one_way_or_refused(holt, case):
    watch = Watch(holt)
    with Wire(holt.port) as wire:
        replies = answers(wire.send(case.raw), len(case.want))
        assert tuple(reply.status for reply in replies) == case.want
        if case.open_after:
            # The next request is read as itself: nothing of this one is left in front of it.
            after = answers(wire.send(get(b"X-Request-Id: the-next")), 1)
            assert [(reply.status, reply.fields["x-request-id"]) for reply in after] == [(200, "the-next")]
        else:
            assert wire.closes(), "the connection goes on after what cannot be trusted"
    wanted = len([status for status in case.want if status >= 200]) + (1 if case.open_after else 0)
    seen = watch.settled(wanted)
    assert len(seen) == wanted, seen
    assert not any("smuggled" in one.path for one in seen if one.status < 400), seen
    if not case.open_after:
        assert [one.status for one in seen] == [status for status in case.want if status >= 200]


def test_requests_in_pieces_of_one_byte(holt):
    watch = Watch(holt)
    with Wire(holt.port) as wire:
        for byte in get() + get():
            wire.send(bytes([byte]))
        assert [reply.status for reply in answers(wire, 2)] == [200, 200]
        assert wire.quiet_for(0.2)
    assert len(watch.settled(2)) == 2


def test_a_body_is_asked_for_once(holt):
    watch = Watch(holt)
    with Wire(holt.port) as wire:
        assert wire.send(post(b"Expect: 100-continue", LENGTH)).receive().status == 100
        assert wire.quiet_for(0.1)
        assert wire.send(YAML + get()).receive().status == 200
        assert wire.receive().status == 200
    assert len(watch.settled(2)) == 2


def test_a_body_that_was_not_asked_for_is_no_request(holt):
    """The client may send it all the same, or its next request: nobody knows, so the connection ends."""
    watch = Watch(holt)
    with Wire(holt.port) as wire:
        assert wire.send(get(b"Expect: 100-continue", b"Content-Length: %d" % len(SMUGGLED))).receive().status == 413
        wire.send(SMUGGLED)
        assert wire.closes()
    assert [one.status for one in watch.settled(1)] == [413]
