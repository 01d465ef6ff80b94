"""Values and slopes of the landscapes against hand-made ones and the literature's."""

import math
from math import cos, exp, pi, sin, sqrt

import jax
import numpy as np
import pytest
from jax import enable_x64

from slalom import landscapes
from slalom.landscapes import CATALOGUE

# Worked out by hand from the formulas at points where most terms are simple.
BY_HAND = [
    ("simple_quad", (3, 4), 25),
    ("wobbly", (0, 0), 3 + 8 * exp(-10)),
    ("wobbly", (-1, -2), 5 / 3 + sqrt(1.1) + 3 * sin(-3) + 11),
    ("wobbly", (1, -1), 2 / 3 + sqrt(1.1) + 3 + 8 * exp(-10)),
    ("basins_and_walls", (pi / 8, 2), pi**2 / 128 + 2 + 1),
    ("basins_and_walls", (pi / 4, 0), pi**2 / 32),
    ("ripple", (pi / 40, 0), pi**2 / 4800 + 1 / 15),
    ("ripple", (pi / 40, pi / 40), pi**2 / 2400 + 2 / 15),
    ("giant_plateau", (1, 0), 4 - 4 / math.e),
    (
        "hills_and_canyon",
        (0, 0),
        3 * exp(-5) + exp(-12.375) + 3 * exp(-8.25) + 1.5 * exp(-3),
    ),
    (
        "hills_and_canyon",
        (-1, -2),
        5 / 3 + 3 + exp(-12.375) + 3 * exp(-6.75) + 1.5 * exp(-7) + 4 - 4 * exp(-9),
    ),
    (
        "hills_and_canyon",
        (-2, 0.5),
        4.25 / 3 + 3 * exp(-7.25) + 1 + 3 * exp(-25.5) + 1.5 * exp(-3.25) + 4 - 4 * exp(-2.25),
    ),
    (
        "hills_and_canyon",
        (1, -1.5),
        3.25 / 3 + 3 * exp(-4.25) + exp(-33) + 3 + 1.5 * exp(-9.25) + 4 - 4 * exp(-0.25),
    ),
    ("two_minimums", (0, 0), 1 - 0.5 * exp(-12.5)),
    ("two_minimums", (-2.5, -2.5), 3.5 - 3 * exp(-12.5)),
    ("square_sum", (5, 5), 150),
    ("complex_sum", (4, 4), 1 + 8 + 2 + sin(16)),
    ("complex_sum", (9, 3), 36 + 128 + 3 + sin(27)),
    ("parabola_1d", (-7,), 49),
    ("cosine_1d", (10,), 0),
    ("cosine_1d", (20 / 3,), -20 / 3),
    ("bowl", (-5, -2), 33),
    ("narrow_canyon", (-5, -2), 10.5),
    ("saddle", (3, 2), 9 - 4 + 4),
    ("local_minimum", (2, 1.5), 4 - 4 + 0.6 + 2.25),
    ("cliff", (1, 1), 2 + 0.45 + 0.5),
    ("cliff", (1.1, 0), 4 / (1 + exp(-2)) + 0.05 * 3.1**2),
    ("cliff", (-20, 0), 0.05 * 18**2),
    ("beale", (0, 0), 1.5**2 + 2.25**2 + 2.625**2),
    ("beale", (1, 2), 2.5**2 + 5.25**2 + 9.625**2),
    ("booth", (0, 0), 49 + 25),
    ("himmelblau", (0, 0), 121 + 49),
    ("goldstein_price", (0, 0), 600),
    ("goldstein_price", (1, 1), 1876),
    ("three_hump_camel", (1, 1), 2 - 1.05 + 1 / 6 + 2),
    ("six_hump_camel", (1, 1), 4 - 2.1 + 1 / 3 + 1),
    ("mccormick", (0, 0), 1),
    ("mccormick", (1, -1), 4 - 1.5 - 2.5 + 1),
    ("monkey_saddle", (2, 1), 8 - 6),
    ("matyas", (1, -1), 1),
    ("easom", (pi, 0), exp(-(pi**2))),
    ("levy_13", (0.5, 1), 1 + 0.25),
    ("levy_13", (1, 0.5), 0.25),
    ("levy_13", (0, 1.25), 1 * 1.5 + 1 / 8),
    ("rosenbrock", (-1.2, 1), 24.2),
    ("rosenbrock(dim=4)", (0, 0, 0, 0), 3),
    ("rosenbrock(dim=3)", (0, 1, 2), 100 + 1 + 100),
    ("rastrigin", (0.5, 1), 20.25 + 1),
    ("rastrigin(dim=10)", (0.5,) * 10, 202.5),
    ("styblinski_tang", (1, 2), -5 - 19),
    ("styblinski_tang(dim=3)", (1, 1, -1), (-10 - 10 - 20) / 2),
    ("ackley", (1, 1), 20 - 20 * exp(-0.2)),
    ("ackley(dim=10)", (0.5,) * 10, 20 + math.e - 20 * exp(-0.1) - exp(-1)),
    ("michalewicz", (pi / 2, pi / 2), -(sin(pi / 4) ** 20) - 1),
    ("quadratic(condition=100)", (2, 1), 2 + 50),
    ("quadratic(condition=100, dim=3)", (2, 1, 1), 2 + 5 + 50),
    ("quadratic(dim=1)", (3,), 4.5),
    ("noisy_quadratic(condition=4, noise=0.5)", (1, 1), 2.5),
]


@pytest.mark.parametrize(("name", "point", "value"), BY_HAND)
def test_value_by_hand(name, point, value):
    assert landscapes.find(name)(point) == pytest.approx(value, rel=1e-13, abs=1e-13)


def test_every_landscape_has_a_value_by_hand():
    checked = {name.partition("(")[0] for name, _, _ in BY_HAND} | {"orbit"}  # its own file
    assert checked == set(CATALOGUE)


# Derivatives taken with pencil and paper.
SLOPES = {
    "giant_plateau": lambda x, y: [8 * v * exp(-(x * x + y * y)) for v in (x, y)],
    "basins_and_walls": lambda x, y: [x + 4 * sin(8 * x), y],
    "ripple": lambda x, y: [2 * v / 3 + 4 * sin(40 * v) / 3 for v in (x, y)],
    "wobbly": lambda x, y: [
        2 * x / 3
        + math.copysign((1.5 * abs(x) + 0.1) / sqrt(abs(x) + 0.1), x)
        + 3 * cos(x + y)
        - 32 * (x + 1) * exp(-2 * (x + 1) ** 2 - 2 * (y + 2) ** 2),
        2 * y / 3 + 3 * cos(x + y) - 32 * (y + 2) * exp(-2 * (x + 1) ** 2 - 2 * (y + 2) ** 2),
    ],
    "complex_sum": lambda x, y: [
        2 * (x - 3) + 0.5 / sqrt(x) + y * cos(x * y),
        32 * (y - 5) ** 3 + x * cos(x * y),
    ],
    "cosine_1d": lambda x: [cos(0.15 * pi * x) - 0.15 * pi * x * sin(0.15 * pi * x)],
    "cliff": lambda x, y: [
        80 * exp(-20 * (x - 1)) / (1 + exp(-20 * (x - 1))) ** 2 + 0.1 * (x + 2),
        y,
    ],
    "rosenbrock": lambda x, y: [-400 * x * (y - x * x) - 2 * (1 - x), 200 * (y - x * x)],
    "ackley": lambda x, y: [
        2 * sqrt(2) * v / sqrt(x * x + y * y) * exp(-0.1 * sqrt(2) * sqrt(x * x + y * y))
        + pi * sin(2 * pi * v) * exp((cos(2 * pi * x) + cos(2 * pi * y)) / 2)
        for v in (x, y)
    ],
    "easom": lambda x, y: [
        exp(-((x - pi) ** 2) - (y - pi) ** 2) * cos(b) * (sin(a) + 2 * (a - pi) * cos(a))
        for a, b in ((x, y), (y, x))
    ],
}


@pytest.mark.parametrize("name", SLOPES)
def test_slope_by_hand(name):
    landscape = CATALOGUE[name]
    low, high = np.array(landscape.domain).T
    points = np.random.default_rng(1).uniform(low, high, (5, landscape.dim))
    with enable_x64(True):
        slopes = jax.vmap(jax.grad(landscape.value))(points)
    for point, slope in zip(points, slopes, strict=True):
        np.testing.assert_allclose(slope, SLOPES[name](*point), rtol=1e-11, atol=1e-11)
