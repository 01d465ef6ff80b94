"""docs/architecture.md names what there is: files, names, rooms, and the floors of imports."""

import importlib
import re
from collections import defaultdict
from pathlib import Path

import pytest

import slalom

from ..house.test_imports import ADAPTERS, LEVEL

ROOT = Path(__file__).parents[2]
SOURCE = Path(slalom.__file__).parent
PAGE = (ROOT / "docs" / "architecture.md").read_text()
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
BLOCKS = BLOCK.findall(PAGE)
DIAGRAMS = [text for kind, text in BLOCKS if kind == "text"]
QUOTED = {*re.findall(r"`([^`\n]+)`", BLOCK.sub("", PAGE))}
ROOMS = {path.relative_to(SOURCE).parts[0].removesuffix(".py") for path in SOURCE.rglob("*.py")}
ROOMS -= {"__init__"}

FILES = sorted(
    {name for name in QUOTED if re.fullmatch(r"[\w/]+\.py", name)}
    | {name for text in DIAGRAMS for name in re.findall(r"\b\w+/[\w/]+\.py\b", text)}
)
NAMES = sorted(
    name
    for name in QUOTED - {*FILES}
    if re.fullmatch(r"\w+(\.\w+)+", name) and name.partition(".")[0] in ROOMS
)
MEMBERS = sorted(name for name in QUOTED if re.fullmatch(r"[A-Z]\w+(\.\w+)+", name))
"""Of classes that the page names with their modules elsewhere."""
IN_DIAGRAMS = sorted(
    {pair for text in DIAGRAMS for pair in re.findall(r"(\w+/\w+\.py) {2,}([A-Za-z_][\w.]*)", text)}
)


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_there(name):
    assert (SOURCE / name).is_file() or (ROOT / name).is_file()


def found(place, names):
    """What a dotted name means, from a module on; modules are loaded on the way."""
    for name in names:
        if not hasattr(place, name):
            importlib.import_module(f"{place.__name__}.{name}")
        place = getattr(place, name)
    return place


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_there(name):
    found(slalom, name.split("."))


@pytest.mark.parametrize("name", MEMBERS)
def test_a_member_of_a_class_is_there(name):
    first, *rest = name.split(".")
    homes = [known for known in NAMES if known.rpartition(".")[2] == first]
    assert len(homes) == 1, "the page says nowhere, or in several places, where the class is"
    found(slalom, [*homes[0].split("."), *rest])


@pytest.mark.parametrize(("file", "name"), IN_DIAGRAMS)
def test_a_name_of_a_diagram_is_in_its_file(file, name):
    module = importlib.import_module("slalom." + file.removesuffix(".py").replace("/", "."))
    found(module, name.split("."))


def floors():
    """The rooms of each line of the diagram, from the highest on: all, and those after the bar."""
    text = dict(BLOCKS)["floors"]
    for line in text.splitlines():
        rooms = re.split(r"\s{3,}", line)[0]
        before, _, after = rooms.partition("|")
        yield {*before.split(), *after.split()}, {*after.split()}


def test_the_diagram_of_imports_is_what_the_test_of_imports_holds():
    levels = defaultdict(set)
    for room, level in LEVEL.items():
        levels[level].add(room)
    assert [rooms for rooms, _ in floors()] == [levels[k] for k in sorted(levels, reverse=True)]
    assert set().union(*(narrow for _, narrow in floors())) == ADAPTERS


def test_every_room_is_on_the_page():
    assert set().union(*(rooms for rooms, _ in floors())) == ROOMS


def test_the_page_is_read():
    """Each kind of name is found, so that none is left unchecked by a change of the page's form."""
    assert "rules/stepping.py" in FILES
    assert "descent/stops.py" in FILES
    assert "rules.stepping.step" in NAMES
    assert "Rule.needs" in MEMBERS
    assert ("torch/steps.py", "Steps.planned") in IN_DIAGRAMS
