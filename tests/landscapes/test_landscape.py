"""What every landscape offers, and how it says no."""

import subprocess
import sys

import numpy as np
import pytest

from slalom import landscapes
from slalom.errors import SlalomError
from slalom.landscapes import CATALOGUE, Landscape

parabola = landscapes.parabola_1d
bowl = landscapes.bowl


@pytest.mark.parametrize("landscape", CATALOGUE.values(), ids=list(CATALOGUE))
def test_is_ready_to_draw_and_to_descend(landscape):
    low, high = np.array(landscape.domain).T
    assert np.all((low <= landscape.start) & (landscape.start <= high))
    assert np.isfinite(landscape(landscape.start))
    assert len(landscape.axes) == landscape.dim
    assert landscape.formula
    assert landscape.source
    assert landscape.steps > 0
    if landscape.levels is not None:
        assert np.all(np.diff(landscape.levels) > 0)
    if landscape.log_levels:
        assert min(landscape.levels) > 0
        assert np.nanmin(landscape.mesh(100)[-1]) > 0


def test_repr_is_short():
    assert repr(bowl) == "<Landscape bowl>"


def test_habrs_levels():
    levels = landscapes.hills_and_canyon.levels
    assert levels[:3] == (-2, -1.75, -1.5)
    assert levels[-17:] == (5.75, 6.25, 6.5, 6.75, *range(7, 20))
    assert len(levels) == 32 + 3 + 13


@pytest.mark.parametrize("shape", [(2,), (5, 2), (3, 5, 2), (0, 2)])
def test_call_takes_coordinates_last(shape):
    points = np.random.default_rng(0).normal(size=shape)
    expected = points[..., 0] ** 2 + 2 * points[..., 1] ** 2
    np.testing.assert_allclose(bowl(points), expected)
    np.testing.assert_allclose(bowl.value(np.moveaxis(points, -1, 0)), expected)


def test_call_takes_lists_and_whole_numbers():
    assert bowl([1, 2]) == 9
    assert bowl(np.array([1, 2])) == 9
    assert landscapes.six_hump_camel(np.array([1, 1])) == pytest.approx(4 - 2.1 + 1 / 3 + 1)


@pytest.mark.parametrize("points", [3.0, [1.0], [[1.0, 2.0, 3.0]]])
def test_call_refuses_another_number_of_coordinates(points):
    with pytest.raises(SlalomError, match=r"bowl takes points of shape \(\.\.\., 2\), got"):
        bowl(points)


def test_too_large_values_are_infinite_and_do_not_raise():
    assert bowl([1e200, 0]) == np.inf
    assert np.isnan(bowl([np.nan, 0]))


def test_mesh():
    x, values = parabola.mesh(5)
    np.testing.assert_array_equal(x, [-10, -5, 0, 5, 10])
    np.testing.assert_array_equal(values, [100, 25, 0, 25, 100])
    x, y, values = bowl.on([(0, 2), (0, 3)]).mesh(3)
    np.testing.assert_array_equal(x, [0, 1, 2])
    np.testing.assert_array_equal(y, [0, 1.5, 3])
    np.testing.assert_array_equal(values, [[0, 1, 4], [4.5, 5.5, 8.5], [18, 19, 22]])
    assert values.dtype == np.float64
    assert bowl.mesh()[-1].shape == (300, 300)


def test_mesh_refuses():
    with pytest.raises(SlalomError, match="can be drawn only in one or two"):
        landscapes.rosenbrock.of(dim=3).mesh()
    with pytest.raises(SlalomError, match="at least 2 points"):
        bowl.mesh(1)


def test_on_another_domain():
    other = bowl.on([[0, 1], [2, 3]])
    assert other.domain == ((0.0, 1.0), (2.0, 3.0))
    assert (other.name, other.start, bowl.domain[0]) == ("bowl", bowl.start, (-5, 5))


@pytest.mark.parametrize(
    "domain",
    [
        [(0, 0), (0, 1)],
        [(1, 0), (0, 1)],
        [(0, float("inf")), (0, 1)],
        [(0, float("nan")), (0, 1)],
        [(-1e308, 1e308), (0, 1)],
        [(0, 10**400), (0, 1)],
        [(0, 1)],
        [(0, 1)] * 3,
        [0, 1],
        ["ab", "cd"],
        None,
    ],
)
def test_on_refuses_what_is_no_domain(domain):
    with pytest.raises(SlalomError, match="domain"):
        bowl.on(domain)


@pytest.mark.parametrize("start", [(1.0,), (1.0, float("nan")), 3, ("a", "b")])
def test_a_start_must_be_a_point(start):
    with pytest.raises(SlalomError, match="start must be 2 finite numbers"):
        Landscape(name="mine", function=sum, dim=2, domain=((0, 1), (0, 1)), start=start)


def test_is_equal_only_to_itself():
    assert bowl != bowl.on([(0, 1), (0, 1)])
    assert len({bowl, bowl, bowl.on(bowl.domain)}) == 2


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ({"dim": 10}, "rosenbrock(dim=10)"),
        ({"dim": 10.0}, "rosenbrock(dim=10)"),
        ({"dim": np.int64(3)}, "rosenbrock(dim=3)"),
        ({}, "rosenbrock"),
        ({"dim": 2}, "rosenbrock"),
    ],
)
def test_members_are_named_by_what_is_not_default(parameters, name):
    member = landscapes.rosenbrock.of(**parameters)
    assert member.name == name
    assert member is landscapes.rosenbrock.of(**parameters)
    assert member is landscapes.find(name)
    assert landscapes.rosenbrock.of(dim=7).of(**parameters) is member


def test_members_know_their_parameters():
    member = landscapes.noisy_quadratic.of(noise=0.25, dim=3, condition=1e3)
    assert member.name == "noisy_quadratic(condition=1000, dim=3, noise=0.25)"
    assert (member.noise, member.dim, member.axes) == (0.25, 3, ("x1", "x2", "x3"))
    assert landscapes.find(member.name) is member
    assert landscapes.quadratic.noise == 0


@pytest.mark.parametrize(
    ("name", "parameters", "problem"),
    [
        ("rosenbrock", {"dims": 3}, "did you mean dim"),
        ("rosenbrock", {"dim": 1}, "2 or more"),
        ("rastrigin", {"dim": 0}, "a whole number from 1"),
        ("rastrigin", {"dim": 2.5}, "a whole number from 1"),
        ("rastrigin", {"dim": 10**400}, "a whole number from 1"),
        ("rastrigin", {"dim": "3"}, "a whole number from 1"),
        ("rastrigin", {"dim": None}, "a whole number from 1"),
        ("quadratic", {"condition": 0.5}, "1 or more"),
        ("quadratic", {"condition": float("inf")}, "a finite number"),
        ("noisy_quadratic", {"noise": -1}, "0 or more"),
        ("easom", {"dim": 3}, "easom has no parameters"),
    ],
)
def test_of_refuses(name, parameters, problem):
    with pytest.raises(SlalomError, match=problem):
        CATALOGUE[name].of(**parameters)


def test_curvatures_of_the_quadratic():
    member = landscapes.quadratic.of(condition=1e4, dim=5)
    np.testing.assert_allclose(2 * member(np.eye(5)), [1, 10, 100, 1000, 10000], rtol=1e-14)


def test_importing_needs_no_framework():
    code = (
        "import sys, slalom.landscapes, slalom.signals;"
        "slalom.landscapes.find('x**2 + sin(y)').mesh(5);"
        "loaded = {'jax', 'torch', 'matplotlib', 'scipy'} & set(sys.modules);"
        "sys.exit(str(loaded) if loaded else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
