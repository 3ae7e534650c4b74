"""One Holt for all of this folder, which must be well after each test: attacked servers stay."""

import os
import zlib

import pytest
from seen import Watch
from support.holt_server import HoltServer


@pytest.fixture(scope="session")
def attacked():
    """With --log-format json, so that tests can read what was asked of it."""
    with HoltServer(options=["--log-format", "json"]) as server:
        server.create_people()
        yield server


@pytest.fixture
def holt(attacked):
    yield attacked
    assert attacked.process.poll() is None, f"the server ended with {attacked.process.returncode}:\n{attacked.log(50)}"
    watch = Watch(attacked)
    with attacked.api() as api:
        assert api.get("/readyz").status_code == 200
        assert api.get("/api/version").json()["name"] == "holt"
    watch.settled(2)  # not to be taken for the next test's


def pytest_collection_modifyitems(config, items):
    """HOLT_HOSTILE=short: a third of what is parametrised, always the same; the corpus of requests whole."""
    if os.environ.get("HOLT_HOSTILE") != "short":
        return
    def kept(item):
        sampled = "[" in item.name and not item.path.name.startswith("test_smuggling") and item.path.parent.name == "hostile"
        return not sampled or zlib.crc32(item.nodeid.encode(errors="replace")) % 3 == 0

    config.hook.pytest_deselected(items=[item for item in items if not kept(item)])
    items[:] = [item for item in items if kept(item)]
