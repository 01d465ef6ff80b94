"""Every kind of result in files: it comes back as it was, and looks and runs as it did."""

import dataclasses
import functools
import json

import numpy as np
import pytest
import xarray as xr

from slalom import landscapes
from slalom.errors import SlalomError
from slalom.landscapes import Landscape, Minimum
from slalom.pictures import png
from slalom.studies import Chart, Mark, Panel, diff, load, race, respond
from slalom.studies.maps import basins, critical, sensitivity, stability
from slalom.studies.reading import KINDS

RULES = ["adam(lr=0.25)", "clip_norm(1.0) | gradient_descent(lr=0.1)"]


def chart():
    data = xr.Dataset(
        {"loss": (("rule", "step"), [[3.0, np.nan, 1.0], [3.0, 2.0, 0.5]])},
        {"rule": RULES, "rule_name": ("rule", ["adam", "gradient_descent"]), "step": [0, 1, 2]},
    )
    panels = (Panel("loss", log="y", marks=(Mark(1.0, "one"),)),)
    return Chart(data, "Two losses", panels, {"least": 0.5})


ON_A_LANDSCAPE = {
    "race": lambda ground: race(ground, [*RULES, "gradient_descent(lr=1e200)"], steps=6),
    "diff": lambda ground: diff(*RULES, landscape=ground, steps=6),
    "basins": lambda ground: basins(ground, RULES, 8, 20),
    "sensitivity": lambda ground: sensitivity(ground, "adam(lr=0.1)", 5, 20),
    "stability": lambda ground: stability(ground, "momentum(lr=0.1)", 5, 60),
    "critical": critical,
}
"""What computes each kind on a landscape, once for each landscape."""
ON_A_LANDSCAPE = {kind: functools.cache(make) for kind, make in ON_A_LANDSCAPE.items()}
TABLE = {
    "response": lambda: respond("momentum(momentum=[0.5, 0.9])", "spikes", length=9),
    "chart": chart,
    **{kind: lambda make=make: make("bowl") for kind, make in ON_A_LANDSCAPE.items()},
}
FILE = """
from pathlib import Path

with (Path(__file__).parent / "times").open("a") as times:
    times.write("run\\n")

def dish(x, y):
    return (x - 1) ** 2 + 2 * (y + 0.5) ** 2
"""


OWN = Landscape(
    name="mine",
    function=lambda p: (p[0] - 1) ** 2 + 2 * (p[1] + 0.5) ** 2,
    dim=2,
    domain=((-2, 2), (-2, 3)),
    start=(-1.5, 2),
    levels=(0.5, 1, 2, 4),
    filled=True,
    minima=(Minimum((1.0, -0.5), 0.0, True),),
    axes=("u", "v"),
)
"""A landscape of one's own, whose name says nothing to anybody else."""


def check_same(found, kept):
    assert type(found) is type(kept)
    xr.testing.assert_identical(found.data, kept.data)
    for name, variable in kept.data.variables.items():
        assert found.data[name].dtype == variable.dtype, name
    assert repr(found) == repr(kept)
    assert json.loads(json.dumps(found.summary(), allow_nan=False)) == kept.summary()
    assert png(found) == png(kept)


def test_the_table_has_every_kind():
    assert set(TABLE) == set(KINDS)


@pytest.mark.parametrize("ending", ["nc", "zarr"])
@pytest.mark.parametrize("kind", TABLE)
def test_comes_back_as_it_was(tmp_path, kind, ending):
    kept, path = TABLE[kind](), tmp_path / f"{kind}.{ending}"
    kept.save(path)
    found = load(path)
    assert found.kind == kind
    check_same(found, kept)
    found.save(path)  # and again, over itself
    xr.testing.assert_identical(load(path).data, kept.data)


@pytest.mark.parametrize("kind", ON_A_LANDSCAPE)
def test_a_landscape_of_the_catalogue_keeps_its_function(tmp_path, kind):
    ON_A_LANDSCAPE[kind]("bowl").save(tmp_path / "a.nc")
    found = load(tmp_path / "a.nc").landscape
    assert found.function is landscapes.bowl.function
    assert race(found, "adam()", steps=2).summary() == race("bowl", "adam()", steps=2).summary()


@pytest.mark.parametrize("ending", ["nc", "zarr"])
@pytest.mark.parametrize("kind", ON_A_LANDSCAPE)
def test_ones_own_landscape_can_be_drawn_but_not_run(tmp_path, kind, ending):
    kept, path = ON_A_LANDSCAPE[kind](OWN), tmp_path / f"{kind}.{ending}"
    kept.save(path)
    found = load(path)
    check_same(found, kept)
    assert found.landscape.name == "mine"
    assert found.landscape.minima == kept.landscape.minima
    with pytest.raises(SlalomError, match="no function of mine: it can be drawn, but nothing can"):
        race(found.landscape, "adam()")
    found.save(path)
    xr.testing.assert_identical(load(path).surface, kept.surface)


@pytest.mark.parametrize("kind", ON_A_LANDSCAPE)
def test_loading_runs_no_file(tmp_path, kind):
    file = tmp_path / "own.py"
    file.write_text(FILE)
    kept = ON_A_LANDSCAPE[kind](f"{file}:dish")
    kept.save(tmp_path / "a.nc")
    file.write_text(FILE.replace("run", "run again"))
    found = load(tmp_path / "a.nc")
    assert (tmp_path / "times").read_text() == "run\n"
    check_same(found, kept)


def test_a_name_of_the_catalogue_does_not_make_it_that_landscape(tmp_path):
    """The function behind the same name is another, and so are its heights."""
    own = Landscape(
        name="bowl", function=lambda p: (p**4).sum(0), dim=2, domain=((-1, 1), (-1, 1)),
        start=(-1, -1),
    )  # fmt: skip
    race(own, "adam()", steps=3).save(tmp_path / "a.nc")
    found = load(tmp_path / "a.nc")
    assert float(found.surface[0, 0]) == 2
    with pytest.raises(SlalomError, match="no function of bowl"):
        found.landscape((1, 1))


def test_a_landscape_drawn_in_another_way_keeps_its_function(tmp_path):
    ground = landscapes.find("x**2 + 3*y**2").on(((-1, 2), (-1, 5)))
    kept = race(ground, "adam()", steps=3)
    kept.save(tmp_path / "a.nc")
    found = load(tmp_path / "a.nc")
    check_same(found, kept)
    assert found.landscape.start == ground.start
    assert found.landscape((1, 2)) == 13


def test_axes_may_be_called_like_the_dimensions_of_a_race(tmp_path):
    kept = race(dataclasses.replace(OWN, axes=("step", "rule")), RULES, steps=3)
    kept.save(tmp_path / "a.nc")
    check_same(load(tmp_path / "a.nc"), kept)


def old(attrs):
    """A race as the version before wrote it: no kind, and outcomes as text."""
    data = xr.Dataset({"loss": (("rule", "step"), [[1.0, 2.0]])}, {"rule": ["adam()"]}, attrs)
    return data.assign_coords(outcome=("rule", ["diverged at step 1"]))


@pytest.mark.parametrize(
    "attrs",
    [
        {"drawing": "{}"},
        {"map": "basins", "landscape": "bowl", "domain": "[[-1, 1], [-1, 1]]"},
        {"kind": "race"},
        {"kind": "race", "layout": 10**6},
        {"kind": "globe", "layout": 1},
        {"kind": [1, 2], "layout": 1},
    ],
    ids=str,
)
def test_a_file_of_another_version_says_how_to_go_on(tmp_path, attrs):
    old(attrs).to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    with pytest.raises(
        SlalomError, match=r"a\.nc holds no race, .*; if .* save it again"
    ) as caught:
        load(tmp_path / "a.nc")
    assert "\n" not in str(caught.value)


def test_labels_of_rules_and_outcomes():
    found = ON_A_LANDSCAPE["race"]("bowl")
    assert found.data.rule_name.values.tolist() == ["adam", "gradient_descent", "gradient_descent"]
    assert found.data.outcome.values.tolist() == ["finished", "finished", "diverged"]
    assert found.data.outcome_step.values.tolist() == [6, 6, 1]
    assert [str(outcome) for outcome in found.outcomes][1:] == ["finished", "diverged at step 1"]
