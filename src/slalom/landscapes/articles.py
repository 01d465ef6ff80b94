"""The landscapes of the notebook, the lecture and the Medium article (orbit has its own file)."""

from __future__ import annotations

import math

from .functions import cos, sin, sqrt, tanh
from .landscape import CriticalPoint, Minimum, landscape, square

NOTEBOOK_LEVELS = (0.5, 10.0, 30.0, 80.0, 130.0, 200.0, 300.0, 500.0, 900.0)
LECTURE_SQUARE = square(5)
OURS = "medium (its figure; the formula is ours)"


@landscape(
    square(7),
    (5, 5),
    steps=100,
    source="notebook",
    levels=NOTEBOOK_LEVELS,
    log_levels=True,
    formula="5x² + y²",
    minima=(Minimum((0.0, 0.0), 0.0, True),),
)
def square_sum(x, y):
    """A bowl, five times steeper along x."""
    return 5 * x**2 + y**2


@landscape(
    ((0, 10), (-5, 10)),
    (5, -2),
    steps=100,
    source="notebook",
    levels=NOTEBOOK_LEVELS,
    log_levels=True,
    formula="(x-3)² + 8(y-5)⁴ + sqrt(x) + sin(xy)",
    defined=lambda x, _: x > 0,
    minima=(
        Minimum((3.2622206131213503, 5.2496533765621995), 0.9177156346963714, True),
        Minimum((2.3558495202629812, 4.753893768504008), 0.9998681168741701, False),
        Minimum((4.257976564124759, 5.407899680411682), 3.007306805497439, False),
        Minimum((1.1604402011256085, 4.708533952982166), 3.7883440676015834, False),
        Minimum((5.22648976606684, 5.517138278975402), 7.283591064755251, False),
    ),
    critical=(
        CriticalPoint((2.850125655032578, 4.959937459455487), "saddle", 2.7107141840760276),
        CriticalPoint((3.8835736147117603, 5.357722580155229), "saddle", 3.808518881522888),
        CriticalPoint((1.5504023304136496, 4.704815350557098), "saddle", 4.254677845364083),
        CriticalPoint((5.020684482125395, 5.495627164066878), "saddle", 7.437344456718499),
        CriticalPoint((0.10456721082513484, 4.8581359605193875), "saddle", 9.196572121189881),
    ),
)
def complex_sum(x, y):
    """A steep trough along y = 5, rippled, and defined for x > 0 only."""
    return (x - 3) ** 2 + 8 * (y - 5) ** 4 + sqrt(x) + sin(x * y)


@landscape(
    ((-10, 10),),
    (10,),
    steps=10,
    source="lecture",
    formula="x²",
    minima=(Minimum((0.0,), 0.0, True),),
)
def parabola_1d(x):
    """A parabola."""
    return x**2


@landscape(
    ((-10, 10),),
    (10,),
    steps=10,
    source="lecture",
    formula="x cos(0.15 pi x)",
    minima=(
        Minimum((7.269388146311475,), -6.9781408310704744, True),
        Minimum((-1.8256845786723397,), -1.190683410318222, False),
    ),
    critical=(
        CriticalPoint((1.8256845786723397,), "maximum", 1.190683410318222),
        CriticalPoint((-7.269388146311475,), "maximum", 6.9781408310704744),
    ),
)
def cosine_1d(x):
    """A wave that grows away from 0, with its deepest trough far from the middle."""
    return x * cos(0.15 * math.pi * x)


@landscape(
    LECTURE_SQUARE,
    (-5, -2),
    steps=20,
    source="lecture",
    filled=True,
    axes=("x1", "x2"),
    formula="x1² + 2 x2²",
    minima=(Minimum((0.0, 0.0), 0.0, True),),
)
def bowl(x, y):
    """A bowl, twice as steep along x2."""
    return x**2 + 2 * y**2


@landscape(
    LECTURE_SQUARE,
    (-5, -2),
    steps=20,
    source="lecture",
    filled=True,
    axes=("x1", "x2"),
    formula="0.1 x1² + 2 x2²",
    minima=(Minimum((0.0, 0.0), 0.0, True),),
)
def narrow_canyon(x, y):
    """A bowl, twenty times steeper along x2."""
    return 0.1 * x**2 + 2 * y**2


@landscape(
    square(3),
    (-1.5, 1e-3),
    source=OURS,
    formula="x² - y² + y⁴/4",
    minima=(
        Minimum((0.0, -math.sqrt(2)), -1.0, True),
        Minimum((0.0, math.sqrt(2)), -1.0, True),
    ),
    critical=(CriticalPoint((0.0, 0.0), "saddle", 0.0),),
)
def saddle(x, y):
    """A saddle between two minima."""
    return x**2 - y**2 + y**4 / 4


@landscape(
    square(3),
    (2, 1.5),
    source=OURS,
    formula="x⁴/4 - x² + 0.3x + y²",
    minima=(
        Minimum((-1.4839678931977263, 0.0), -1.4349731299903377, True),
        Minimum((1.3322207371911865, 0.0), -0.5876563804330972, False),
    ),
    critical=(CriticalPoint((0.15174715600653985, 0.0), "saddle", 0.022629510423434893),),
)
def local_minimum(x, y):
    """Two wells, tilted so that the right one is shallower."""
    return x**4 / 4 - x**2 + 0.3 * x + y**2


@landscape(
    square(3),
    (1.4, 1),
    source=OURS,
    formula="4/(1 + exp(-20(x - 1))) + 0.05(x + 2)² + 0.5y²",
    minima=(Minimum((-2.0, 0.0), 0.0, True),),
)
def cliff(x, y):
    """A steep wall at x = 1 above a flat floor."""
    wall = (1 + tanh(10 * (x - 1))) / 2  # the logistic function, which as written overflows
    return 4 * wall + 0.05 * (x + 2) ** 2 + 0.5 * y**2
