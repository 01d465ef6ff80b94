"""Files stay short, and every dependency is accounted for."""

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
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [
        re.match(r"[\w.-]+", x)[0] for xs in project["optional-dependencies"].values() for x in xs
    ]


@pytest.mark.parametrize("name", dependencies() + optional_dependencies())
def test_every_dependency_has_its_line(name):
    lines = (ROOT / "docs" / "dependencies.md").read_text().splitlines()
    assert sum(f"`{name}`" in line for line in lines) >= 1


def test_dependencies_are_sorted():
    assert dependencies() == sorted(dependencies())
