"""Imports point one way, in no circle, and loading a part loads no more than it needs."""

import ast
import graphlib
import subprocess
import sys
from pathlib import Path

import pytest

import slalom

SOURCE = Path(slalom.__file__).parent
MODULES = sorted(SOURCE.rglob("*.py"))

# a part sees those of the lines above, and itself; nothing sees the front door
ORDER = [
    {"errors", "types", "digits"},
    {"extras", "memory", "characters", "own_code"},
    {"shutdown", "devices"},
    {"lazy", "scanner", "files", "atomic", "workers"} | {"random_state", "divergence", "immutable"},
    {"cache"},
    {"rules", "signals"},
    {"lowering", "jax"},
    {"landscapes", "problems"},
    {"descent"},
    {"studies"},
    {"pictures"},
    {"articles"},
    {"gallery"},
    {"cli"},
    {"__main__"},
]
LEVEL = {part: level for level, parts in enumerate(ORDER) for part in parts}
# a notebook shows a result as a picture: drawn by the part above, loaded only then
UPWARDS = {("studies/labelled.py", "pictures", False)}
# imports within a function, or for a type alone, without which no circle of files remains
BACKWARDS = {
    ("studies/labelled.py", "pictures/__init__.py"),
    ("rules/value.py", "rules/notebook.py"),  # a notebook shows a value as a table
    ("rules/rule.py", "rules/calls.py"),  # methods for people, which call what engines call
    ("torch/optimizer.py", "torch/convert.py"),  # a method that makes another optimizer of it
}
ADAPTERS = {"torch", "optax", "scipy", "kernels"}
LEVEL |= dict.fromkeys(ADAPTERS, LEVEL["lowering"] + 1)


def part_of(place):
    return place.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported(place):
    """What a file imports of Slalom, as names from there on, and whether at its top."""
    tree = ast.parse(place.read_text())
    top = {id(node) for node in tree.body}
    package = ["slalom", *place.relative_to(SOURCE).parts[:-1]]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            targets = [alias.name.split(".") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else []
            base = base + (node.module.split(".") if node.module else [])
            targets = [[*base, alias.name] for alias in node.names]
        else:
            continue
        yield from ((target[1:], id(node) in top) for target in targets if target[0] == "slalom")


def seen(place):
    """The parts of Slalom that a file imports, and whether at its top or within a function."""
    for names, at_top in imported(place):
        yield (names[0] if names else "the front door"), at_top


def file_of(names):
    """The file that an import of these names reads from."""
    place = SOURCE
    for name in names:
        if (place / f"{name}.py").is_file():
            return place / f"{name}.py"
        if not (place / name).is_dir():
            break
        place /= name
    return place / "__init__.py"


def arrows():
    """Every file with each file that it imports, at its top or not, as paths within Slalom."""
    for place in MODULES:
        for names, _ in imported(place):
            if (other := file_of(names)) != place:
                yield place.relative_to(SOURCE).as_posix(), other.relative_to(SOURCE).as_posix()


def circle(pairs):
    """Files that import each other in a circle, if any do."""
    graph = graphlib.TopologicalSorter()
    for place, other in pairs:
        graph.add(place, other)
    try:
        graph.prepare()
    except graphlib.CycleError as error:
        return error.args[1]
    return []


def allowed(part, other):
    if part == other:
        return True
    if part in ADAPTERS:
        beside = {"rules", "lowering", "kernels"} | ({"jax"} if part == "optax" else set())
        return LEVEL[other] < LEVEL["rules"] or other in beside
    return other in LEVEL and LEVEL[other] < LEVEL[part]


@pytest.mark.parametrize("place", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_imports_point_one_way(place):
    if place == SOURCE / "__init__.py":
        assert list(seen(place)) == [("lazy", True)]  # names only; the stub says where they are
        return
    name, part = place.relative_to(SOURCE).as_posix(), part_of(place)
    assert part in LEVEL, f"{name} has no place in the house"
    for other, at_top in seen(place):
        upwards = (name, other, at_top) in UPWARDS
        assert upwards or allowed(part, other), f"{name} imports {other}"


def test_no_files_import_each_other_in_a_circle():
    assert circle(set(arrows()) - BACKWARDS) == []


@pytest.mark.parametrize("arrow", sorted(BACKWARDS), ids=" -> ".join)
def test_an_exception_would_close_a_circle(arrow):
    drawn = set(arrows())
    assert arrow in drawn, "it is no longer imported"
    assert set(arrow) <= set(circle(drawn - (BACKWARDS - {arrow})))


@pytest.mark.parametrize("exception", sorted(UPWARDS), ids=lambda e: " -> ".join(e[:2]))
def test_an_exception_points_upwards(exception):
    name, other, at_top = exception
    assert (other, at_top) in list(seen(SOURCE / name)), "it is no longer imported"
    assert not allowed(part_of(SOURCE / name), other)


def test_every_part_of_the_order_is_there():
    assert {part_of(place) for place in MODULES} - {"__init__"} == set(LEVEL)


def test_the_walk_sees_imports():
    """Of every kind that the sources write."""
    race = list(seen(SOURCE / "studies" / "race.py"))
    assert ("landscapes", True) in race
    assert ("errors", True) in race
    assert ("pictures", False) in list(seen(SOURCE / "studies" / "labelled.py"))
    assert {part for part, _ in seen(SOURCE / "studies" / "storage.py")} == {"atomic", "errors"}
    assert {part for part, _ in seen(SOURCE / "__main__.py")} == {"cli", "shutdown"}
    assert not allowed("rules", "descent")
    assert not allowed("studies", "cli")
    assert not allowed("pictures", "the front door")
    assert {
        ("studies/race.py", "studies/result.py"),
        ("studies/__init__.py", "studies/race.py"),
    } < {*arrows()}
    assert circle([("a", "b"), ("b", "c"), ("c", "b")]) == ["b", "c", "b"]


LABORATORY = {"jax", "matplotlib", "scipy", "sklearn", "typer", "xarray"}
EAGER_STEP = """
import torch, slalom.torch
p = torch.nn.Parameter(torch.ones(3))
p.grad = torch.ones(3)
slalom.torch.Optimizer([p], "clip_norm(1) | adamw(lr=cosine(0.1, 9))", compile=False).step()
"""
FUSED_STEP = EAGER_STEP.replace(", compile=False", "")


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import slalom", {"jax", "numpy", "matplotlib", "torch", "xarray"}),
        ("import slalom; dir(slalom)", {"jax", "numpy", "matplotlib", "torch", "xarray"}),
        ("import slalom; slalom.Adam, slalom.parse", {"jax", "numpy", "matplotlib", "xarray"}),
        ("import slalom.studies", {"matplotlib", "torch"}),
        ("import slalom.pictures", {"torch"}),
        ("import slalom.torch", LABORATORY),
        (EAGER_STEP, LABORATORY),
        (FUSED_STEP, LABORATORY - {"scipy"}),  # which Numba loads where it is installed
    ],
)
def test_what_loading_does_not_load(statement, absent):
    code = f"{statement}\nimport sys; print(sorted({absent!r} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "[]\n"
