"""Functions of few variables to descend on, with what is needed to draw them."""

from . import pickled  # noqa: F401 (it tells how landscapes are pickled)
from .articles import (
    bowl,
    cliff,
    complex_sum,
    cosine_1d,
    local_minimum,
    narrow_canyon,
    parabola_1d,
    saddle,
    square_sum,
)
from .catalogue import CATALOGUE, find
from .classics import (
    beale,
    booth,
    easom,
    goldstein_price,
    himmelblau,
    levy_13,
    matyas,
    mccormick,
    monkey_saddle,
    six_hump_camel,
    three_hump_camel,
)
from .families import (
    ackley,
    michalewicz,
    noisy_quadratic,
    quadratic,
    rastrigin,
    rosenbrock,
    styblinski_tang,
)
from .formula import parse_formula
from .habr import (
    basins_and_walls,
    giant_plateau,
    hills_and_canyon,
    ripple,
    simple_quad,
    two_minimums,
    wobbly,
)
from .landscape import CriticalPoint, Landscape, Minimum
from .orbit import orbit

__all__ = [
    "CATALOGUE",
    "CriticalPoint",
    "Landscape",
    "Minimum",
    "ackley",
    "basins_and_walls",
    "beale",
    "booth",
    "bowl",
    "cliff",
    "complex_sum",
    "cosine_1d",
    "easom",
    "find",
    "giant_plateau",
    "goldstein_price",
    "hills_and_canyon",
    "himmelblau",
    "levy_13",
    "local_minimum",
    "matyas",
    "mccormick",
    "michalewicz",
    "monkey_saddle",
    "narrow_canyon",
    "noisy_quadratic",
    "orbit",
    "parabola_1d",
    "parse_formula",
    "quadratic",
    "rastrigin",
    "ripple",
    "rosenbrock",
    "saddle",
    "simple_quad",
    "six_hump_camel",
    "square_sum",
    "styblinski_tang",
    "three_hump_camel",
    "two_minimums",
    "wobbly",
]
