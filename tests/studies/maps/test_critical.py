"""Critical points against what is known of them in closed form."""

from collections import Counter

import numpy as np
import pytest

from slalom import SlalomError, landscapes
from slalom.studies.maps import critical, critical_points

KNOWN = [
    "hills_and_canyon",
    "complex_sum",
    "basins_and_walls",
    "rastrigin",
    "easom",
    "six_hump_camel",
]


@pytest.mark.parametrize("name", KNOWN)
def test_every_listed_minimum_is_found(name):
    """The lists come from the literature and from minimisers of SciPy's."""
    ground = landscapes.find(name)
    found = [p.position for p in critical_points(ground) if p.kind == "minimum"]
    for minimum in ground.minima:
        assert min(np.linalg.norm(np.subtract(minimum.position, p)) for p in found) < 1e-4


def test_himmelblau_has_nine():
    """Four minima, four saddles and a maximum (Himmelblau 1972)."""
    kinds = Counter(p.kind for p in critical_points(landscapes.find("himmelblau")))
    assert kinds == {"minimum": 4, "saddle": 4, "maximum": 1}


def test_a_separable_wave_has_a_lattice_of_them():
    """cos x + cos y on [-7, 7]²: nx = ±2π, 0 are maxima of one factor, ±π minima."""
    ground = landscapes.find("cos(x) + cos(y)", [(-7, 7), (-7, 7)])
    points = critical_points(ground)
    assert Counter(p.kind for p in points) == {"minimum": 4, "maximum": 9, "saddle": 12}
    np.testing.assert_allclose(np.sin([p.position for p in points]), 0, atol=1e-8)


def test_more_dimensions():
    """The sum of four double wells has 3⁴ critical points, 2⁴ of them minima."""
    points = critical_points(landscapes.styblinski_tang.of(dim=3))
    assert Counter(p.kind for p in points) == {"minimum": 8, "saddle": 18, "maximum": 1}


def test_eigenvalues_tell_the_kind():
    found = critical("x**2 - y**2 + y**4/4").data
    assert list(found.kind.values) == ["minimum", "minimum", "saddle"]
    np.testing.assert_allclose(found.eigenvalue, [[2, 4], [2, 4], [-2, 2]], atol=1e-9)


def test_a_point_without_curvature_is_degenerate():
    assert [p.kind for p in critical_points(landscapes.monkey_saddle)] == ["degenerate"]


def test_a_slope_has_none():
    assert critical("x + 2*y").summary()["points"] == []


def test_drawn_as_a_landscape_with_its_points():
    marked = critical("himmelblau").marked
    assert len(marked.minima) == 4
    assert all(m.is_global for m in marked.minima)
    assert len(marked.critical) == 5


def test_too_many_dimensions():
    with pytest.raises(SlalomError, match="64 are the most"):
        critical("quadratic(dim=100)")
