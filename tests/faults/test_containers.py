"""Every command where little is there: no home, an unknown user, C locale, no width, no reader."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

import slalom

from .commands import COMMANDS, environment, run, start

pytestmark = pytest.mark.slow
NOBODY = 12345  # in no list of users
NUMBER = re.compile(r"[-(]?\d[\d.]*(e[-+]?\d+)?[%,)]*")


@dataclass(frozen=True)
class Box:
    """What a command finds. `{here}` is the folder of the test; None takes a variable away."""

    variables: dict[str, str | None]
    unknown: bool = False  # a user without a name, who is not root
    columns: int | None = None


NO_HOME = {"HOME": None, "SLALOM_CACHE_DIR": None, "XDG_CACHE_HOME": None}
BOXES = {
    "unknown user": Box(NO_HOME, unknown=True),
    "read-only home": Box(NO_HOME | {"HOME": "{here}/fixed"}, unknown=True),
    "no such home": Box(NO_HOME | {"HOME": "/nonexistent"}, unknown=True),
    "read-only cache": Box({"SLALOM_CACHE_DIR": "{here}/fixed/cache"}, unknown=True),
    "cache is a file": Box({"SLALOM_CACHE_DIR": "{here}/file"}),
    "read-only temporary folder": Box({"TMPDIR": "{here}/fixed"}, unknown=True),
    "C locale": Box({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}),
    "POSIX locale": Box({"LANG": "POSIX", "LC_ALL": None, "PYTHONUTF8": "0"}),
    "no width": Box({"COLUMNS": "0"}, columns=10_000),
    "narrow": Box({"COLUMNS": "40"}, columns=40),
    "no colour": Box({"NO_COLOR": "1", "TERM": "dumb"}),
    "reader left": Box({}),
    "no output": Box({}),
}
SAMPLE = [
    ("race", "unknown user"), ("landscape picture", "unknown user"), ("doctor", "unknown user"),
    ("landscape picture", "no such home"), ("race", "cache is a file"), ("rule", "C locale"),
    ("race", "no width"), ("help", "no width"), ("race", "narrow"), ("rule", "narrow"),
    ("landscapes", "reader left"), ("race", "no output"),
]  # fmt: skip


@pytest.fixture(scope="module")
def place():
    """A folder that everybody may use, unlike those of pytest."""
    made = Path(tempfile.mkdtemp(prefix="slalom-boxes-"))
    made.chmod(0o777)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def here(place):
    made = Path(tempfile.mkdtemp(dir=place))
    for name in ("work", "temporary", "fixed"):
        (made / name).mkdir()
    (made / "file").write_text("no folder")
    for each, mode in ((made, 0o777), (made / "work", 0o777), (made / "temporary", 0o777)):
        each.chmod(mode)
    (made / "fixed").chmod(0o555)
    return made


@pytest.fixture(scope="module")
def usual(place, cache_folder):
    """What a command says in an environment with all that it wants, by its name."""
    known = {}

    def find(name):
        if name not in known:
            folder = Path(tempfile.mkdtemp(dir=place))
            known[name] = *run(name, folder, environment(cache_folder)), made(folder)
        return known[name]

    return find


def made(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def as_nobody():
    """What a command begins with to run as an unknown user; nothing where we are not root."""
    if os.geteuid() != 0:
        return ()
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is not there")
    before = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    reading = [*before, sys.executable, "-c", f"open({slalom.__file__!r})"]
    if subprocess.run(reading, capture_output=True, check=False).returncode:
        pytest.skip("an unknown user cannot read the package")
    return before


def starts_processes(before):
    """Whether such a user may run the interpreter, which lies in the home of another here."""
    again = "import subprocess, sys; subprocess.run([sys.executable, '-c', ''], check=True)"
    ran = subprocess.run([*before, sys.executable, "-c", again], capture_output=True, check=False)
    return ran.returncode == 0


def cases():
    """The sample, and marked as `faults` all others."""
    everything = [(name, box) for box in BOXES for name in COMMANDS]
    marked = [(*case, pytest.mark.faults) for case in everything if case not in SAMPLE]
    return [
        pytest.param(name, BOXES[box], marks=marks, id=f"{name}, {box}")
        for name, box, *marks in [*SAMPLE, *marked]
    ]


@pytest.mark.parametrize(("name", "box"), cases())
def test_a_command_does_what_it_does_elsewhere(name, box, here, usual, cache_folder):
    status, out, said, files = usual(name)
    if box is BOXES["cache is a file"] and name == "doctor":
        status = 0
    env = environment(cache_folder, TMPDIR=str(here / "temporary"))
    for variable, value in box.variables.items():
        env.pop(variable, None)
        if value is not None:
            env[variable] = value.format(here=here)
    before = as_nobody() if box.unknown else ()
    if before and name in ("claims", "gallery") and not starts_processes(before):
        pytest.skip("the interpreter is in a folder that an unknown user cannot enter")
    options = {}
    if box is BOXES["no output"]:
        before = ("sh", "-c", 'exec "$@" >&-', "sh", *before)
    if box is BOXES["reader left"]:
        reading, options["stdout"] = os.pipe()
        os.close(reading)
    found, shown, complaints = run(name, here / "work", env, before, **options)
    if options:
        os.close(options["stdout"])
        assert (found, complaints) == ((1, "") if out else (status, said)), complaints
        return
    assert (found, complaints) == (status, ascii_only(said) if "PYTHONUTF8" in env else said)
    assert made(here / "work") == files
    assert made(here / "temporary") == []
    assert not list((here / "fixed").iterdir())
    if box is not BOXES["no output"]:
        check_output(name, box, out, shown)


def ascii_only(text):
    return text.encode("ascii", "backslashreplace").decode()


def check_output(name, box, usually, shown):
    assert bool(shown) == bool(usually)
    if name in ("doctor", "help", "version"):
        return  # tells of this machine, or is laid out by Typer
    if box.columns == 40:
        assert numbers(shown) <= numbers(usually)
        assert max(map(len, shown.splitlines()), default=0) <= 80
    elif "PYTHONUTF8" in box.variables and "LC_ALL" in box.variables:
        assert shown == usually.encode("ascii", "replace").decode() or shown == usually
    else:
        assert shown == usually


def numbers(text):
    return {word for word in text.split() if NUMBER.fullmatch(word)}


@pytest.mark.parametrize("platform", ["cuda", "tpu", "none"])
def test_a_platform_that_is_not_there(here, cache_folder, platform):
    """JAX says so by an assertion without a text, or by one about its own insides."""
    env = environment(cache_folder, JAX_PLATFORMS=platform)
    status, out, said = run("race", here, env)
    if status == 0:
        pytest.skip("it is there")
    told = f"JAX finds no device of JAX_PLATFORMS={platform}; JAX_PLATFORMS=cpu is always there"
    assert (status, out, said) == (2, "", f"slalom: {told}\n")


DESCEND = """
import json, numpy as np, slalom
run = slalom.descend("adam(lr=0.5)", lambda p: (p**2).sum(), np.ones(2), 3)
print(json.dumps(run.position.tolist()))
"""


def test_python_as_an_unknown_user(here):
    env = environment("")
    for name in ("HOME", "SLALOM_CACHE_DIR", "XDG_CACHE_HOME"):
        env.pop(name, None)
    ran = subprocess.run(
        [*as_nobody(), sys.executable, "-c", DESCEND], cwd=here / "work", env=env, text=True,
        timeout=120, capture_output=True, check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (0, "")
    assert json.loads(ran.stdout) == pytest.approx([-0.17, -0.17], abs=0.4)
    assert made(here) == ["file"]


def test_a_full_device(place, cache_folder):
    """What is printed and cannot be written is an error, told once."""
    with Path("/dev/full").open("wb") as full:
        ran = start("race", place, environment(cache_folder), stdout=full)
        _, said = ran.communicate(timeout=120)
    assert (ran.returncode, said) == (1, b"slalom: No space left on device\n")
