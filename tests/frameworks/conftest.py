"""The report of a session, and what frameworks do to a process kept from the tests after them."""

import os
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"  # read when these frameworks are imported

import pytest
import torch

from .. import torchvision_operators  # noqa: F401
from .report import Report

REPORT = pytest.StashKey[Report]()


def pytest_addoption(parser):
    parser.addoption("--report", type=Path, help="where to write the page of what was compared")


def pytest_configure(config):
    config.addinivalue_line("filterwarnings", "ignore")  # frameworks warn of their own matters
    config.stash[REPORT] = Report()
    if config.pluginmanager.hasplugin("cacheprovider"):  # what DeepSpeed compiles
        os.environ.setdefault("TORCH_EXTENSIONS_DIR", str(config.cache.mkdir("extensions")))


def pytest_sessionfinish(session, exitstatus):
    """A page of a whole run that passed, never of a part of it."""
    path = session.config.getoption("report")
    if path is not None and exitstatus == pytest.ExitCode.OK:
        session.config.stash[REPORT].write(session.config.invocation_params.dir / path)


@pytest.fixture
def report(request):
    return request.config.stash[REPORT]


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    """Where frameworks write without being asked."""
    monkeypatch.chdir(tmp_path)
