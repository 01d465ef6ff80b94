"""The command line, called in this process and in its own."""

import os
import subprocess
import sys
from dataclasses import dataclass

import pytest

from slalom.cli import main


@dataclass(frozen=True)
class Result:
    status: int
    out: str
    err: str

    @property
    def complaint(self):
        """The one line on standard error, of a call that had nothing else to say."""
        [line] = self.err.splitlines()
        assert self.out == ""
        return line


@pytest.fixture
def slalom(tmp_path, monkeypatch, capsys):
    """Calls the command line in a folder of the test's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")

    def call(*argv):
        status = main([str(arg) for arg in argv])
        captured = capsys.readouterr()
        return Result(status, captured.out, captured.err)

    return call


@pytest.fixture(scope="session")
def environment(cache_folder):
    """Of processes: with a cache that they share, and no screen."""
    known = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "JAX_PLATFORMS")}
    return known | {"SLALOM_CACHE_DIR": str(cache_folder)}


@pytest.fixture
def process(tmp_path, environment):
    """Starts the command line as a process of its own in the folder of the test."""

    def start(*argv, command=("-m", "slalom"), **options):
        piped = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        settings = {"cwd": tmp_path, "env": environment} | piped | options
        return subprocess.Popen([sys.executable, *command, *argv], **settings)

    return start
