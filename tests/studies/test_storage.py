"""Files: races of all precisions and dimensions in them, and what cannot be written or read."""

from pathlib import Path

import pytest
import xarray as xr

from slalom import landscapes
from slalom.errors import SlalomError
from slalom.studies import Race, load, race

KINDS = ("nc", "zarr")


@pytest.fixture(scope="module")
def three():
    return race("booth", ["adam(lr=0.25)", "sgd(1e200)"], (1, -2), 5, states=True)


def same(a, b):
    xr.testing.assert_identical(a, b)
    assert {n: v.dtype for n, v in a.variables.items()} == {
        n: v.dtype for n, v in b.variables.items()
    }


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_race_comes_back(three, tmp_path, kind, dtype):
    kept = three if dtype == "float64" else race("booth", "nag(0.1)", steps=3, dtype=dtype)
    path = tmp_path / f"race.{kind}"
    kept.save(path)
    found = load(path)
    assert isinstance(found, Race)
    same(found.data, kept.data)
    xr.testing.assert_equal(found.surface, kept.surface)
    assert found.summary() == kept.summary()
    assert found.landscape.minima == landscapes.booth.minima
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    found.save(path)  # and again, over itself
    same(load(path).data, kept.data)


@pytest.mark.parametrize("name", ["parabola_1d", "rosenbrock(dim=3)", "x**4 + sin(3*y)"])
def test_landscapes_of_other_dimensions_and_kinds(tmp_path, name):
    kept = race(name, "adam()", steps=2)
    kept.save(tmp_path / "race.nc")
    found = load(tmp_path / "race.nc")
    same(found.data, kept.data)
    assert found.landscape.name == kept.landscape.name
    if kept.landscape.dim <= 2:
        xr.testing.assert_equal(found.surface, kept.surface)
    else:
        with pytest.raises(SlalomError, match="3 dimensions"):
            _ = found.surface


def test_a_domain_of_ones_own_comes_back(tmp_path):
    race(landscapes.booth.on(((-1, 2), (0, 5))), "adam()", steps=2).save(tmp_path / "race.nc")
    assert load(tmp_path / "race.nc").landscape.domain == ((-1, 2), (0, 5))


@pytest.mark.parametrize("name", ["race.csv", "race", "race.nc.txt", "race.NC"])
def test_another_ending(three, tmp_path, name):
    with pytest.raises(SlalomError, match=r"must end in \.nc or \.zarr, got"):
        three.save(tmp_path / name)
    with pytest.raises(SlalomError, match=r"must end in \.nc or \.zarr, got"):
        load(tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", KINDS)
def test_no_such_file(tmp_path, kind):
    with pytest.raises(SlalomError, match="no such file"):
        load(tmp_path / f"race.{kind}")


def test_other_content(tmp_path):
    (tmp_path / "text.nc").write_text("no data")
    with pytest.raises(SlalomError, match="cannot be read") as caught:
        load(tmp_path / "text.nc")
    assert "\n" not in str(caught.value)
    (tmp_path / "empty.zarr").mkdir()
    with pytest.raises(SlalomError) as caught:
        load(tmp_path / "empty.zarr")
    assert "\n" not in str(caught.value)
    xr.Dataset({"heat": ("x", [1.0, 2.0])}).to_netcdf(tmp_path / "heat.nc", engine="h5netcdf")
    with pytest.raises(SlalomError, match="holds no race, response"):
        load(tmp_path / "heat.nc")


@pytest.mark.parametrize("kind", KINDS)
def test_failing_leaves_the_file_that_was_there(three, tmp_path, kind, monkeypatch):
    path = tmp_path / f"race.{kind}"
    three.save(path)

    def fill_the_disk(made, content):
        made.write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", fill_the_disk)
    other = race("square_sum", "adam()", steps=2)
    with pytest.raises(SlalomError, match=r"cannot write .*: No space left on device"):
        other.save(path)
    monkeypatch.undo()
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    same(load(path).data, three.data)
    with pytest.raises(SlalomError, match="there is no folder"):
        other.save(tmp_path / "nowhere" / f"race.{kind}")


def test_a_formula_that_is_defined_only_on_its_own_domain(tmp_path):
    ground = landscapes.find("sqrt(x - 10)*x + y**2", [[11, 15], [-3, 3]])
    race(ground, "adam(lr=0.1)").save(tmp_path / "r.nc")
    assert load(tmp_path / "r.nc").landscape.domain == ((11, 15), (-3, 3))
