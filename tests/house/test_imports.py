"""Imports point one way, and loading a part loads no more than it needs."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import slalom

SOURCE = Path(slalom.__file__).parent
MODULES = sorted(SOURCE.rglob("*.py"))

# a part sees those of the lines above, and itself; nothing sees the front door
ORDER = [
    {"errors"},
    {"scanner", "files", "atomic", "cache"},
    {"rules", "signals"},
    {"lowering", "jax"},
    {"landscapes", "problems"},
    {"descent"},
    {"studies", "bench"},
    {"pictures"},
    {"explorer", "gallery"},
    {"cli"},
    {"__main__"},
]
LEVEL = {part: level for level, parts in enumerate(ORDER) for part in parts}
# a notebook shows a study as a picture: drawn by the part above, loaded only then
UPWARDS = {
    ("studies/labelled.py", "pictures", False),
    ("cli/app.py", "__version__", False),  # the one fact that the front door holds
}
ADAPTERS = {"torch", "optax", "scipy", "kernels"}
LEVEL |= dict.fromkeys(ADAPTERS, LEVEL["lowering"] + 1)


def part_of(place):
    return place.relative_to(SOURCE).parts[0].removesuffix(".py")


def seen(place):
    """The parts of Slalom that a file imports, and whether at its top or within a function."""
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
        for target in targets:
            if target[0] == "slalom":
                yield (target[1] if len(target) > 1 else "the front door"), id(node) in top


def allowed(part, other):
    if part == other:
        return True
    if part in ADAPTERS:
        seen_too = {"rules", "lowering", "kernels"} | ({"jax"} if part == "optax" else set())
        return LEVEL[other] < LEVEL["rules"] or other in seen_too
    return other in LEVEL and LEVEL[other] < LEVEL[part]


@pytest.mark.parametrize("place", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_imports_point_one_way(place):
    if place == SOURCE / "__init__.py":
        assert not list(seen(place))  # names only; the stub says where they come from
        return
    name, part = place.relative_to(SOURCE).as_posix(), part_of(place)
    assert part in LEVEL, f"{name} has no place in the house"
    for other, at_top in seen(place):
        upwards = (name, other, at_top) in UPWARDS
        assert upwards or allowed(part, other), f"{name} imports {other}"


def test_the_walk_sees_imports():
    """Of every kind that the sources write."""
    race = list(seen(SOURCE / "studies" / "race.py"))
    assert ("landscapes", True) in race
    assert ("errors", True) in race
    assert ("pictures", False) in list(seen(SOURCE / "studies" / "labelled.py"))
    assert {part for part, _ in seen(SOURCE / "studies" / "storage.py")} == {"atomic", "errors"}
    assert {part for part, _ in seen(SOURCE / "__main__.py")} == {"cli"}
    assert not allowed("rules", "descent")
    assert not allowed("studies", "cli")
    assert not allowed("pictures", "the front door")


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import slalom", {"jax", "numpy", "matplotlib", "torch", "xarray"}),
        ("import slalom; dir(slalom)", {"jax", "numpy", "matplotlib", "torch", "xarray"}),
        ("import slalom; slalom.Adam, slalom.parse", {"jax", "numpy", "matplotlib", "xarray"}),
        ("import slalom.studies", {"matplotlib", "torch"}),
        ("import slalom.pictures", {"torch"}),
    ],
)
def test_what_loading_does_not_load(statement, absent):
    code = f"{statement}\nimport sys; print(sorted({absent!r} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "[]\n"
