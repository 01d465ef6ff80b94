"""What is installed with what: the base is small, and each message names an extra that is there."""

import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from slalom import extras

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]


def names(requirements):
    return {re.match(r"[\w.-]+", line)[0] for line in requirements}


def test_the_base_is_what_a_training_loop_needs():
    assert names(PROJECT["dependencies"]) == {"array-api-compat", "numpy"}
    assert names(EXTRAS["fused"]) == {"numba"}


def test_pytorch_is_the_users_own():
    assert "torch" not in {name for lines in EXTRAS.values() for name in names(lines)}


def test_all_is_all_the_others():
    others = ",".join(sorted(EXTRAS.keys() - {"all"}))
    assert EXTRAS["all"] == [f"{PROJECT['name']}[{others}]"]


def test_the_modules_of_the_laboratory_are_those_of_its_packages():
    packages = metadata.packages_distributions()
    found = {name.lower() for module in extras.LAB for name in packages[module]}
    assert found == names(EXTRAS["lab"])
    assert list(extras.LAB) == sorted(extras.LAB)


@pytest.mark.parametrize("extra", EXTRAS)
def test_the_line_names_the_distribution_and_the_extra(extra):
    line = extras.install(extra)
    assert f"pip install '{PROJECT['name']}[{extra}]'" in line
    assert f"pip install -e '.[{extra}]'" in line


def test_a_missing_module_of_the_laboratory_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(ModuleNotFoundError) as caught:
        import xarray.core  # noqa: F401
    found = extras.not_installed("slalom.race", caught.value)
    assert str(found) == f"slalom.race needs xarray: {extras.install('lab')}"


def test_another_missing_module_is_no_matter_of_the_extras():
    error = ModuleNotFoundError("No module named 'keras'", name="keras.optimizers")
    assert extras.not_installed("slalom.race", error) is error
