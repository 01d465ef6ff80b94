"""Files stay short, and every dependency is accounted for."""

import itertools
import re
import statistics
import tomllib
from pathlib import Path

import pytest

import slalom

SOURCE = Path(slalom.__file__).parent
ROOT = Path(__file__).parents[2]
LENGTHS = {p: len(p.read_text().splitlines()) for p in SOURCE.rglob("*.py")}


def test_no_file_is_two_things():
    assert not [str(p) for p, length in LENGTHS.items() if length > 400]
    assert statistics.median(LENGTHS.values()) < 150


def test_every_folder_is_a_package():
    folders = {p.parent for p in SOURCE.rglob("*.py")}
    assert all((folder / "__init__.py").is_file() for folder in folders)


def dependencies():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [re.match(r"[\w.-]+", line)[0] for line in project["dependencies"]]


def optional_dependencies():
    """By extra; `all` is made of the others."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].items()
    return {
        extra: [re.match(r"[\w.-]+", x)[0] for x in xs] for extra, xs in extras if extra != "all"
    }


NAMES = sorted({*dependencies(), *itertools.chain(*optional_dependencies().values())})


@pytest.mark.parametrize("name", NAMES)
def test_every_dependency_has_its_line(name):
    lines = (ROOT / "docs" / "dependencies.md").read_text().splitlines()
    assert sum(f"`{name}`" in line for line in lines) >= 1


def test_dependencies_are_sorted():
    for found in (dependencies(), *optional_dependencies().values()):
        assert found == sorted(found)
