"""A rule, a landscape or a signal that is added later changes no published figure."""

import ast
import importlib
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import slalom.articles

from .newcomers import ENTRIES, NAME

FILES = sorted(Path(slalom.articles.__file__).parent.rglob("*.py"))
CATALOGUES = {"RULES", "COMPOSITIONS", "WRAPPERS", "SCHEDULES", "SIGNALS", "CATALOGUE", "PROBLEMS"}
ROOMS = {"rules", "landscapes", "signals", "problems"}


def named(modules):
    """Where modules hold a newcomer, in a value or in a default of a function."""
    catalogues = [id(catalogue) for catalogue, _ in ENTRIES]
    for module in modules:
        for name, value in vars(module).items():
            if name.startswith("__") or id(value) in catalogues or inspect.ismodule(value):
                continue
            texts = [repr(value)]
            if inspect.isfunction(value):
                texts.append(repr((value.__defaults__, value.__kwdefaults__)))
            if NAME in " ".join(texts).lower():
                yield f"{module.__name__}.{name}"


def everything():
    """All modules of the articles."""
    found = pkgutil.walk_packages(slalom.articles.__path__, "slalom.articles.")
    return [importlib.import_module(module.name) for module in found]


def test_what_is_loaded_after_newcomers_came_does_not_name_them():
    program = f"""
from tests.articles.newcomers import ENTRIES, NAME
for catalogue, entry in ENTRIES:
    catalogue[NAME] = entry
from {__name__} import everything, named
print(list(named(everything())))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == "[]\n"


def through(source):
    """The lines of a source that use a catalogue otherwise than by the name of an entry."""
    tree = ast.parse(source)
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in ROOMS
        for alias in node.names
        if alias.name in CATALOGUES
    }
    by_name = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript):
            by_name.add(id(node.value))
        if isinstance(node, ast.Compare):  # whether it has an entry of that name
            by_name.update(map(id, node.comparators))
    for node in ast.walk(tree):
        one = isinstance(node, ast.Name) and node.id in imported
        one |= isinstance(node, ast.Attribute) and node.attr in CATALOGUES
        if one and id(node) not in by_name:
            yield node.lineno


@pytest.mark.parametrize(
    "source",
    [
        "from ...rules import RULES\ntuple(RULES)",
        "from ...signals import SIGNALS as ALL\n[s for s in ALL.values()]",
        "from ... import landscapes\nlandscapes.CATALOGUE.values()",
    ],
)
def test_going_through_a_catalogue_is_seen(source):
    assert list(through(source)) == [2]


@pytest.mark.parametrize("place", FILES, ids=lambda p: "/".join(p.parts[-2:]))
def test_no_file_goes_through_a_catalogue(place):
    assert list(through(place.read_text())) == []
