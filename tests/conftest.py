"""Servers for the tests. HOLT_TEST_CATALOG picks the catalogs: `sqlite`, `postgres`, or both with a
comma. tests/api and tests/matrix run on both unless told otherwise, tests/compat on SQLite."""

import os
import pathlib

import pytest
from support.holt_server import HoltServer, PostgresCluster

ENGINES = ("sqlite", "postgres")


def _engines(default: str) -> list[str]:
    named = [word.strip() for word in (os.environ.get("HOLT_TEST_CATALOG") or default).split(",")]
    for word in named:
        if word not in ENGINES:
            raise pytest.UsageError(f"HOLT_TEST_CATALOG: {word!r} is none of {', '.join(ENGINES)}")
    return named


def pytest_generate_tests(metafunc):
    if "engine" in metafunc.fixturenames:
        on_both = metafunc.definition.path.parent.name in ("api", "matrix")
        metafunc.parametrize("engine", _engines("sqlite,postgres" if on_both else "sqlite"), scope="session")


def _sanitizer_reports() -> dict[str, int]:
    folder = os.environ.get("HOLT_SANITIZER_REPORTS")  # set by scripts/sanitize
    return {str(path): path.stat().st_size for path in pathlib.Path(folder).iterdir()} if folder else {}


@pytest.fixture(autouse=True)
def no_sanitizer_report():
    """What a sanitizer wrote while a test ran is that test's failure, whatever the process made of it."""
    before = _sanitizer_reports()
    yield
    for path, size in _sanitizer_reports().items():
        if size > before.get(path, 0):
            text = pathlib.Path(path).read_text(errors="replace")[before.get(path, 0):]
            pytest.fail(f"a sanitizer reported ({path}):\n{text[:8000]}", pytrace=False)


@pytest.fixture(scope="session")
def postgres():
    with PostgresCluster() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def catalog(engine, request):
    """The connection string for a fresh catalog, or None for SQLite."""
    return request.getfixturevalue("postgres").create_database() if engine == "postgres" else None


@pytest.fixture
def restored_catalog(engine, request):
    """Makes a catalog of a backup's folder ready; its connection string, or None where it lies in the folder."""
    def restore(folder):
        return request.getfixturevalue("postgres").restore(folder / "catalog.pgdump") if engine == "postgres" else None

    return restore


@pytest.fixture(scope="session")
def shared_holt(catalog):
    server = HoltServer(catalog=catalog)
    try:
        server.start()
        server.create_people()
        yield server
    finally:
        server.close()


@pytest.fixture
def holt(shared_holt, request):
    """A running Holt with alice, bob, carol, root and acme. Tests share it: make your own repository."""
    began = shared_holt.log_path.stat().st_size
    yield shared_holt
    report = getattr(request.node, "call_report", None)
    if report is not None and report.failed:
        with open(shared_holt.log_path, errors="replace") as log:
            log.seek(began)
            print("--- server log of this test ---\n" + log.read()[-8000:])


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    if call.when == "call":
        item.call_report = outcome.get_result()


@pytest.fixture
def own_holt(engine, request):
    """A Holt for this test alone, with the same people: to stop, kill, or start again."""
    catalog = request.getfixturevalue("postgres").create_database() if engine == "postgres" else None
    with HoltServer(catalog=catalog) as server:
        server.create_people()
        yield server


def _client(user):
    @pytest.fixture(name=user)
    def client(holt):
        with holt.api(user) as api:
            yield api

    return client


alice, bob, carol, root = (_client(user) for user in ("alice", "bob", "carol", "root"))


@pytest.fixture
def nobody(holt):
    with holt.api() as api:
        yield api


@pytest.fixture
def repo(alice):
    """A fresh public model of alice's."""
    made = alice.create_repo()
    yield made
    alice.delete_repo(made)


@pytest.fixture
def private_repo(alice):
    made = alice.create_repo(private=True)
    yield made
    alice.delete_repo(made)
