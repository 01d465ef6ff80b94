"""The recipes of CONTRIBUTING.md: each is followed in a copy, and does what it promises."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text()
SECTIONS = dict(re.findall(r"^## (Add .+)\n((?:(?!^## ).*\n)*)", PAGE, re.MULTILINE))
BLOCK = re.compile(r"^```(\w+)(?: file=(\S+))?\n(.*?)^```", re.MULTILINE | re.DOTALL)
COPIED = ("src", "tests", "docs", "tools", "pyproject.toml", "README.md", "CONTRIBUTING.md")


def followed(recipe, place):
    """Write the files of a recipe, and change others as its diffs say; its commands."""
    commands = []
    for kind, name, text in BLOCK.findall(recipe):
        if kind == "python":
            assert not (place / name).exists(), name
            (place / name).write_text(text)
        elif kind == "diff":
            patch(place, text)
        else:
            assert kind == "console"
            commands += promised(text)
    return commands


def patch(place, text):
    """Make the changes of a diff: what it shows of a file stands there once."""
    head, _, hunks = text.partition("\n")
    file = place / head.removeprefix("--- ")
    found = file.read_text()
    for hunk in hunks.split("@@\n"):
        lines = hunk.splitlines(keepends=True)
        before = "".join(line[1:] for line in lines if line[0] in " -")
        after = "".join(line[1:] for line in lines if line[0] in " +")
        assert f"\n{found}".count(f"\n{before}") == 1, f"{file.name}: {before}"
        found = f"\n{found}".replace(f"\n{before}", f"\n{after}")[1:]
    file.write_text(found)


def promised(console):
    """The commands of a block, each with the lines that it promises."""
    for block in re.split(r"^\$ ", console, flags=re.MULTILINE)[1:]:
        command, *lines = block.splitlines()
        yield command, lines


def run(command, place):
    words = shlex.split(command)
    argv = [*words[1:]] if words[0] == "python" else ["-m", *words]
    paths = os.pathsep.join([str(place / "src"), os.environ.get("PYTHONPATH", "")])
    environment = os.environ | {"PYTHONPATH": paths, "MPLBACKEND": "agg", "JAX_PLATFORMS": "cpu"}
    environment.pop("COLUMNS", None)
    done = subprocess.run(
        [sys.executable, *argv], cwd=place, env=environment, capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return [" ".join(line.split()) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("name", SECTIONS)
def test_a_recipe_does_what_it_promises(name, tmp_path):
    for part in COPIED:
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        copy(ROOT / part, tmp_path / part)
    for command, lines in followed(SECTIONS[name], tmp_path):
        said = run(command, tmp_path)
        for line in lines:
            assert any(" ".join(line.split()) in each for each in said), (command, line, said)


def test_every_recipe_is_there():
    things = ["rule", "landscape", "signal", "claim", "command"]
    assert list(SECTIONS) == [f"Add a {thing}" for thing in things]
    for recipe in SECTIONS.values():
        kinds = {kind for kind, *_ in BLOCK.findall(recipe)}
        assert {"diff", "console"} <= kinds


def test_every_command_of_make_is_described():
    targets = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert targets - {"help", "clean"} <= set(re.findall(r"`?make ([a-z-]+)", PAGE))


NAMED = sorted(set(re.findall(r"`(?:[a-z_]+/)+\w+\.(?:py|md)`", PAGE)))


@pytest.mark.parametrize("file", NAMED)
def test_a_file_that_the_page_names_is_there(file):
    made = re.findall(r"file=(\S+)", PAGE)
    place = file.strip("`")
    assert place in made or (ROOT / place).is_file() or (ROOT / "src/slalom" / place).is_file()
