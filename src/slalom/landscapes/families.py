"""Landscapes in any dimension: each name is the default member, and `of` gives the others."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterable

from array_api_compat import array_namespace

from ..errors import SlalomError
from .family import family
from .functions import cos, exp, safe_root, sin
from .landscape import Landscape, Minimum, decades, separable, square

# (position, value) of the minima on one axis
RASTRIGIN_WELLS = (
    (-4.974691390895051, 24.87372293454223),
    (-3.979783860300754, 15.919243792461534),
    (-2.984855701039481, 8.954601241487012),
    (-1.9899122337085497, 3.979831190554088),
    (-0.9949586376523348, 0.9949590570932914),
    (0.0, 0.0),
    (0.9949586376523348, 0.9949590570932914),
    (1.9899122337085497, 3.979831190554088),
    (2.984855701039481, 8.954601241487012),
    (3.979783860300754, 15.919243792461534),
    (4.974691390895051, 24.87372293454223),
)
STYBLINSKI_TANG_WELLS = (
    (-2.903534027771177, -39.16616570377141),
    (2.746802770990837, -25.02944665528394),
)


def _michalewicz_wells(i: int) -> list[tuple[float, float]]:
    """The deepest wells of -sin(x) sin²⁰(i x²/pi): the one or two nearest to pi/2."""

    def logarithmic_slope(x):
        return 1 / math.tan(x) + 40 * i * x / math.pi / math.tan(i * x**2 / math.pi)

    wells = []
    for k in {max(0, (i - 2) // 4), min(i - 1, (i - 2) // 4 + 1)}:
        low, high = math.pi * math.sqrt(k / i), math.pi * math.sqrt((k + 1) / i)
        for _ in range(80):  # between two zeros the slope falls from infinity to -infinity
            middle = (low + high) / 2
            low, high = (middle, high) if logarithmic_slope(middle) > 0 else (low, middle)
        wells.append((low, -math.sin(low) * math.sin(i * low**2 / math.pi) ** 20))
    return sorted(wells)


def _alternating(first: float, second: float, dim: int) -> tuple[float, ...]:
    return tuple(itertools.islice(itertools.cycle((first, second)), dim))


def _column(values: Iterable[float], p):
    """One number for each coordinate of `p`, in its dtype, to be multiplied with it."""
    xp = array_namespace(p)
    return xp.reshape(xp.asarray(list(values), dtype=p.dtype), (-1,) + (1,) * (p.ndim - 1))


def _total(terms):
    return array_namespace(terms).sum(terms, axis=0)


def _mean(terms):
    return array_namespace(terms).mean(terms, axis=0)


@family
def quadratic(condition: float = 10.0, dim: int = 2) -> Landscape:
    """A bowl whose curvatures rise from 1 to `condition` (1 or more) in equal ratios."""
    if condition < 1:
        raise SlalomError(f"quadratic: condition must be 1 or more, got {condition:g}")
    curvatures = [condition ** (i / max(dim - 1, 1)) for i in range(dim)]

    def function(p):
        return _total(_column(curvatures, p) * p**2) / 2

    return Landscape(
        name="quadratic",
        function=function,
        dim=dim,
        domain=square(5, dim),
        start=_alternating(-4.5, 4.0, dim),
        minima=(Minimum((0.0,) * dim, 0.0, True),),
        formula=f"½ Σ cᵢ xᵢ², c from 1 to {condition:g} in equal ratios",
        source="the model problem of convergence theory",
    )


@family
def noisy_quadratic(condition: float = 10.0, dim: int = 2, noise: float = 1.0) -> Landscape:
    """The quadratic, with normal noise of standard deviation `noise` on its gradient."""
    if noise < 0:
        raise SlalomError(f"noisy_quadratic: noise must be 0 or more, got {noise:g}")
    calm = quadratic.of(condition=condition, dim=dim)
    return dataclasses.replace(
        calm,
        noise=noise,
        formula=f"{calm.formula}; N(0, {noise:g}²) added to each component of the gradient",
        source="Schaul, Zhang & LeCun, No more pesky learning rates, 2013",
    )


@family
def rosenbrock(dim: int = 2) -> Landscape:
    """A narrow curved valley with a flat floor; `dim` is 2 or more."""
    if dim < 2:
        raise SlalomError("rosenbrock: dim is 2 or more")

    def function(p):
        return _total(100 * (p[1:] - p[:-1] ** 2) ** 2 + (1 - p[:-1]) ** 2)

    return Landscape(
        name="rosenbrock",
        function=function,
        dim=dim,
        domain=square(2.048, dim),
        start=_alternating(-1.2, 1.0, dim),
        levels=decades(-1, 3.5),
        log_levels=True,
        minima=(Minimum((1.0,) * dim, 0.0, True),),
        formula="Σ 100(xᵢ₊₁ - xᵢ²)² + (1 - xᵢ)²",
        source="Rosenbrock, The Computer Journal 3, 1960",
    )


@family
def rastrigin(dim: int = 2) -> Landscape:
    """A bowl under a regular grid of deep local minima."""

    def function(p):
        return _total(p**2 + 10 * (1 - cos(2 * math.pi * p)))

    return Landscape(
        name="rastrigin",
        function=function,
        dim=dim,
        domain=square(5.12, dim),
        start=_alternating(-4.3, 3.6, dim),
        minima=separable([RASTRIGIN_WELLS] * dim),
        formula="Σ xᵢ² + 10(1 - cos(2pi xᵢ))",
        source="Rastrigin, Systems of Extremal Control, 1974",
    )


@family
def styblinski_tang(dim: int = 2) -> Landscape:
    """Two wells on each axis, one deeper than the other."""

    def function(p):
        return _total(p**4 - 16 * p**2 + 5 * p) / 2

    return Landscape(
        name="styblinski_tang",
        function=function,
        dim=dim,
        domain=square(5, dim),
        start=_alternating(0.5, 4.5, dim),
        minima=separable([STYBLINSKI_TANG_WELLS] * dim),
        formula="½ Σ xᵢ⁴ - 16xᵢ² + 5xᵢ",
        source="Styblinski & Tang, Neural Networks 3, 1990",
    )


@family
def ackley(dim: int = 2) -> Landscape:
    """A rippled plain around a deep funnel, whose tip at 0 is a cone."""

    def function(p):
        mean = _mean(p**2)
        return 20 + math.e - 20 * exp(-0.2 * safe_root(mean)) - exp(_mean(cos(2 * math.pi * p)))

    return Landscape(
        name="ackley",
        function=function,
        dim=dim,
        domain=square(5, dim),
        start=_alternating(-4.2, 2.7, dim),
        minima=(Minimum((0.0,) * dim, 0.0, True),),
        formula="20 + e - 20 exp(-0.2 sqrt(mean(xᵢ²))) - exp(mean(cos(2pi xᵢ)))",
        source="Ackley, A Connectionist Machine for Genetic Hillclimbing, 1987",
    )


@family
def michalewicz(dim: int = 2) -> Landscape:
    """Plains crossed by steep narrow valleys; the minimum is where the valleys meet."""
    index = range(1, dim + 1)

    def function(p):
        return -_total(sin(p) * sin(_column(index, p) * p**2 / math.pi) ** 20)

    return Landscape(
        name="michalewicz",
        function=function,
        dim=dim,
        domain=((0.0, math.pi),) * dim,
        start=_alternating(2.7, 2.0, dim),
        minima=separable([_michalewicz_wells(i) for i in index]),
        formula="-Σ sin(xᵢ) sin²⁰(i xᵢ²/pi)",
        source="Michalewicz, Genetic Algorithms + Data Structures = Evolution Programs, 1992",
    )
