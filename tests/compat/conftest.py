"""Stock clients, each in a process of its own with the settings a user would export."""

import pathlib
import sys

import pytest
from support.client_shell import Client
from support.git_tool import Git


@pytest.fixture
def client(holt, tmp_path):
    """alice's shell, Xet on (the default of an installation)."""
    return Client(holt, "alice", tmp_path / "home")


@pytest.fixture
def old_client(holt, tmp_path):
    """alice's shell without Xet, as before it existed."""
    return Client(holt, "alice", tmp_path / "old-home", HF_HUB_DISABLE_XET="1")


@pytest.fixture(params=["xet", "lfs"])
def either_client(request, holt):  # holt is named here for the catalog: pytest does not see the lookup below
    return request.getfixturevalue("client" if request.param == "xet" else "old_client")


@pytest.fixture
def git(tmp_path):
    made = Git(tmp_path / "git-home", path_first=str(pathlib.Path(sys.executable).parent))
    made.install_lfs(tmp_path)
    return made
