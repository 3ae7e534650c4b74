"""pytest plugin that lets the client's own tests meet the hub at $HUB_UNDER_TEST (see conformance/run).

Neither the tests nor the client are edited. The source distribution leaves out the tests' conftest,
so the fixtures and markers they name are here; the addresses they name are pointed at the hub under
test; and nothing connects to any other machine: an attempt is refused and noted on the test as the
property `external_host`, which takes it out of the count.
"""

import os
import shutil
import socket
import time
import types
import warnings
from unittest import mock

HUB = os.environ["HUB_UNDER_TEST"].rstrip("/")

# The client reads these when it is imported, so they come before it.
os.environ["HF_ENDPOINT"] = HUB
for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HUGGINGFACE_CO_STAGING"):
    os.environ[name] = ""

import tests.testing_constants as names_in_tests  # noqa: E402  (working directory: the distribution)

STAGING = names_in_tests.ENDPOINT_STAGING
names_in_tests.ENDPOINT_STAGING = HUB

import pytest  # noqa: E402
from huggingface_hub import HfApi, constants, repocard  # noqa: E402
from tests.testing_utils import repo_name  # noqa: E402

MARKERS = {
    "api": "hub tests",
    "transfer": "upload and download tests",
    "inference": "inference tests",
    "xet": "uses hf_xet",
    "no_xet": "only where hf_xet is absent",
    "production": "speaks to the public hub",
    "deprecated": "warns that the named functions are deprecated",
    "git_lfs": "uses git-lfs",
}


# --- no other machine ---------------------------------------------------------------------------


class Loopback:
    """Name resolution that knows this machine only."""

    def __init__(self):
        self.refused: set[str] = set()
        self._resolve, self._sleep = socket.getaddrinfo, time.sleep
        socket.getaddrinfo, time.sleep = self.resolve, self.sleep

    def resolve(self, host, *rest, **options):
        name = host.decode() if isinstance(host, bytes) else host
        if name and name.endswith(".localhost"):
            name = "localhost"
        if name and name not in ("localhost", "::1", "0.0.0.0") and not name.startswith("127."):
            self.refused.add(str(name))
            raise socket.gaierror(socket.EAI_NONAME, f"{name}: only this machine can be reached from here")
        return self._resolve(name, *rest, **options)

    def sleep(self, seconds):
        # A client that was refused backs off and tries again; that wait proves nothing.
        self._sleep(min(seconds, 0.01) if self.refused else seconds)


loopback = Loopback()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logstart():
    loopback.refused.clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    report = yield
    report.user_properties += [("external_host", host) for host in sorted(loopback.refused)]
    return report


# --- which tests, and the addresses inside them ---------------------------------------------------


def pytest_configure(config):
    for marker, meaning in MARKERS.items():
        config.addinivalue_line("markers", f"{marker}: {meaning}")


# These two files write the staging address out inside test bodies.
WRITE_ADDRESS_OUT = {"test_hf_api.py", "test_kernels.py"}


def with_address(code: types.CodeType) -> types.CodeType:
    """The same code, its staging address replaced by that of the hub under test."""

    def replaced(value):
        if isinstance(value, types.CodeType):
            return with_address(value)
        if isinstance(value, tuple):
            return tuple(map(replaced, value))
        return value.replace(STAGING, HUB) if isinstance(value, str) else value

    return code.replace(co_consts=tuple(map(replaced, code.co_consts)))


def pytest_collection_modifyitems(config, items):
    public = [item for item in items
              if item.get_closest_marker("production") or "api_prod" in getattr(item, "fixturenames", ())]
    config.hook.pytest_deselected(items=public)
    items[:] = [item for item in items if item not in set(public)]
    for item in items:
        function = getattr(item, "function", None)
        function = getattr(function, "__func__", function)
        if item.path.name in WRITE_ADDRESS_OUT and isinstance(function, types.FunctionType):
            function.__code__ = with_address(function.__code__)


# --- fixtures the tests name -----------------------------------------------------------------------


@pytest.fixture(scope="session")
def api():
    return HfApi(endpoint=HUB, token=names_in_tests.TOKEN)


@pytest.fixture(scope="session")
def api_prod():
    return HfApi(endpoint=names_in_tests.ENDPOINT_PRODUCTION)


@pytest.fixture(scope="module")
def vcr_config():
    return {"ignore_localhost": True, "filter_headers": ["authorization", "cookie", "user-agent"]}


def drop(api, repo_id, repo_type=None):
    try:
        api.delete_repo(repo_id, repo_type=repo_type)
    except Exception:  # gone already, or somebody else's: the hub is thrown away anyway
        pass


@pytest.fixture
def new_repo_id(api):
    """The id of a repository that the test itself creates."""
    repo_id = f"{names_in_tests.USER}/{repo_name()}"
    yield repo_id
    drop(api, repo_id)


@pytest.fixture
def repo_factory(api):
    """Call it with a repository type to make one; it goes away with the test."""
    created = []

    def create(repo_type="model", *, repo_id=None, **options):
        if repo_type == "space":
            options = {"space_sdk": "gradio", **options}
        url = api.create_repo(repo_id=repo_id or repo_name(prefix=repo_type), repo_type=repo_type, **options)
        created.append((url.repo_id, repo_type))
        return url

    yield create
    for repo_id, repo_type in created:
        drop(api, repo_id, repo_type)


@pytest.fixture(autouse=True)
def own_caches(tmp_path_factory, monkeypatch):
    """Every test starts with an empty home: no cached file, no stored token."""
    home = tmp_path_factory.mktemp("home")
    for constant, path in (("HF_HOME", ""), ("HF_HUB_CACHE", "hub"), ("HUGGINGFACE_HUB_CACHE", "hub"),
                           ("HF_XET_CACHE", "xet"), ("HF_ASSETS_CACHE", "assets"), ("HF_TOKEN_PATH", "token"),
                           ("HF_STORED_TOKENS_PATH", "stored_tokens")):
        monkeypatch.setattr(constants, constant, str(home / path), raising=False)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_EXPERIMENTAL_WARNING", True, raising=False)
    # Command-line tests compare what is printed.
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture(autouse=True)
def client_as_imported(monkeypatch):
    """Undoes what an earlier test of the same process may have left in the client's modules."""
    from huggingface_hub.cli._output import out
    from huggingface_hub.utils import _auth, _detect_agent

    out.set_mode()
    out.set_no_truncate(False)
    monkeypatch.setattr(_detect_agent, "_registry", _detect_agent._EMPTY_REGISTRY)
    monkeypatch.setattr(_auth, "_OAUTH_REFRESH_CACHE", None)
    monkeypatch.setattr(_auth, "_OAUTH_REFRESH_WARNED", False)


@pytest.fixture(autouse=True)
def xet_mode(request, monkeypatch):
    if request.node.get_closest_marker("no_xet"):
        pytest.skip("hf_xet is installed")
    if request.node.get_closest_marker("xet"):
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", False)
        monkeypatch.delenv("HF_HUB_DISABLE_XET", raising=False)


@pytest.fixture(autouse=True)
def git_lfs_present(request):
    if request.node.get_closest_marker("git_lfs") and not shutil.which("git-lfs"):
        pytest.skip("git-lfs is not installed")


@pytest.fixture(autouse=True)
def announced_deprecations(request):
    """A test marked `deprecated` must see a FutureWarning for each function it names."""
    functions = {name for marker in request.node.iter_markers("deprecated") for name in marker.args}
    if not functions:
        yield
        return
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always", FutureWarning)
        yield
    texts = [str(warning.message) for warning in seen if issubclass(warning.category, FutureWarning)]
    silent = {name for name in functions if not any(f"'{name}'" in text for text in texts)}
    assert not silent, f"no deprecation warning about {sorted(silent)}"


@pytest.fixture(autouse=True)
def cards_are_checked_here(monkeypatch):
    """repocard posts a card to a written-out public address before it pushes; the hub under test
    has the same route."""
    public = "https://huggingface.co/api/validate-yaml"
    make_session = repocard.get_session

    def session_for_cards():
        session = make_session()
        here = mock.MagicMock(wraps=session)
        here.post = lambda url, *rest, **more: session.post(
            f"{HUB}/api/validate-yaml" if url == public else url, *rest, **more)
        return here

    monkeypatch.setattr(repocard, "get_session", session_for_cards)
