"""A landscape: a function of few variables with what is needed to draw it and to start on it."""

from __future__ import annotations

import dataclasses
import inspect
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from array_api_compat import array_namespace, is_array_api_obj

from ..errors import SlalomError, clip
from ..memory import check_fits
from ..types import Array

Point = tuple[float, ...]
Domain = tuple[tuple[float, float], ...]

MANY_MINIMA = 1024  # more than these are not listed


@dataclass(frozen=True)
class Minimum:
    """A local minimum: where it is, the value there, and whether no value is lower."""

    position: Point
    value: float
    is_global: bool


@dataclass(frozen=True)
class CriticalPoint:
    """A point without slope, by the eigenvalues of the Hessian: `degenerate` if one is 0."""

    position: Point
    kind: Literal["saddle", "maximum", "minimum", "degenerate"]
    value: float


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Landscape:
    """A function of few variables. Equal only to itself.

    Attributes:
        name: the text by which `slalom.landscapes.find` finds it again.
        function: from coordinates, shape (dim, ...), to values, shape (...), of the same dtype;
            on NumPy, JAX and PyTorch arrays alike. Elementary functions for it are in
            `slalom.landscapes.functions`.
        dim: the number of variables, 1 or more.
        domain: (low, high) of each axis, the part to draw.
        start: where descents begin unless told otherwise.
        steps: how many steps a descent takes unless told otherwise.
        levels: values of the contours to draw; None leaves the choice to the picture.
        log_levels: the picture colours by the logarithm of the levels.
        filled: the contours are filled.
        minima: known local minima in the domain, not always all of them.
        critical: known critical points that are not minima.
        formula: for people.
        source: where it comes from.
        axes: names of the axes.
        defined: from coordinates, shape (dim, ...), to booleans, shape (...): where the function
            is defined at all; None means everywhere.
        noise: standard deviation of the normal noise that a noisy landscape adds to each
            component of its gradient; 0 or more.
        family: makes the relatives of this landscape from named parameters; see `of`.

    Raises:
        SlalomError: the domain is not `dim` pairs of finite low < high, or the start is not
            `dim` finite numbers.
    """

    FUNCTIONS: ClassVar = ("function", "defined")
    """The fields that compute; see `slalom.immutable`."""

    name: str
    function: Callable[[Array], Array]
    dim: int
    domain: Domain
    start: Point
    steps: int = 125
    levels: tuple[float, ...] | None = None
    log_levels: bool = False
    filled: bool = False
    minima: tuple[Minimum, ...] = ()
    critical: tuple[CriticalPoint, ...] = ()
    formula: str = ""
    source: str = ""
    axes: tuple[str, ...] = ()
    defined: Callable[[Array], Array] | None = None
    noise: float = 0.0
    family: Callable[..., Landscape] | None = None

    def __post_init__(self):
        object.__setattr__(self, "domain", checked_domain(self.name, self.domain, self.dim))
        object.__setattr__(self, "start", _checked_start(self.name, self.start, self.dim))
        if not self.axes:
            object.__setattr__(self, "axes", _axis_names(self.dim))

    def __repr__(self) -> str:
        return f"<Landscape {self.name}>"

    def value(self, p: Array) -> Array:
        """The values, shape (...), at coordinates `p` of shape (dim, ...).

        NaN, with a gradient of NaN, where the function is not defined.
        """
        values = self.function(p)
        if self.defined is None:
            return values
        xp = array_namespace(p)
        # A factor and not a choice: a choice would give the gradient 0 outside.
        return values * xp.where(self.defined(p), xp.ones_like(values), math.nan)

    def __call__(self, points: Array) -> Array:
        """The values, shape (...), at `points` of shape (..., dim), NaN where not defined.

        Raises:
            SlalomError: the last axis does not hold `dim` coordinates.
        """
        import numpy as np

        array: Array = points if is_array_api_obj(points) else np.asarray(points, dtype=float)
        xp = array_namespace(array)
        if array.ndim == 0 or array.shape[-1] != self.dim:
            raise SlalomError(
                f"{self.name} takes points of shape (..., {self.dim}), got {tuple(array.shape)}"
            )
        if not xp.isdtype(array.dtype, "real floating"):
            array = xp.astype(array, xp.asarray(0.0).dtype)
        with np.errstate(all="ignore"):  # a value too large or not defined is a value
            return self.value(xp.moveaxis(array, -1, 0))

    def mesh(self, size: int = 300) -> tuple[Array, ...]:
        """The landscape over its domain, `size` (at least 2) points an axis, in float64.

        Returns:
            NumPy arrays: x and values of shape (size,) in one dimension; x, y of shape (size,)
            and values of shape (size, size), indexed [y, x], in two.

        Raises:
            SlalomError: more than two dimensions, or a size below 2.
        """
        import numpy as np

        if self.dim > 2:
            raise SlalomError(
                f"{self.name} has {self.dim} dimensions and can be drawn only in one or two"
            )
        if size < 2:
            raise SlalomError(f"a mesh must have at least 2 points an axis, got {size}")
        points = f"a mesh of {size:,} points an axis"
        check_fits(points, 8 * size**self.dim + 100 * size, "choose a smaller size")
        axes = [np.linspace(low, high, size) for low, high in self.domain]
        points = np.stack(np.meshgrid(*axes), axis=-1)
        if self.dim == 1:
            return axes[0], np.asarray(self(points), dtype=np.float64)
        values = np.empty((size, size))
        for row, line in zip(values, points, strict=True):  # one by one, to spare memory
            row[:] = self(line)
        return *axes, values

    def on(self, domain: Sequence[Sequence[float]]) -> Landscape:
        """The same landscape drawn over another domain, (low, high) of each axis.

        Raises:
            SlalomError: not one pair of finite low < high for each axis.
        """
        return dataclasses.replace(self, domain=domain)

    def of(self, **parameters: float) -> Landscape:
        """The relative with these parameters: `rosenbrock.of(dim=10)`.

        Equal parameters give the same object.

        Raises:
            SlalomError: the landscape has no parameters, or not these, or not these values.
        """
        if self.family is None:
            raise SlalomError(f"{self.name} has no parameters")
        return self.family(**parameters)


def landscape(
    domain: Sequence[tuple[float, float]],
    start: Sequence[float],
    defined: Callable[..., Array] | None = None,
    **known: Any,
) -> Callable[[Callable[..., Array]], Landscape]:
    """A decorator: a function of separate coordinates becomes the landscape of its name.

    Args:
        domain: (low, high) of each axis.
        start: the default start.
        defined: where the function is defined, of separate coordinates too.
        **known: other fields of `Landscape`.
    """

    def build(function: Callable[..., Array]) -> Landscape:
        return Landscape(
            name=function.__name__,
            function=Spread(function),
            dim=len(inspect.signature(function).parameters),
            domain=tuple(domain),
            start=tuple(start),
            defined=None if defined is None else Spread(defined),
            **known,
        )

    return build


@dataclass(frozen=True)
class Spread:
    """A function of separate coordinates as a function of one array, shape (dim, ...)."""

    function: Callable[..., Array]

    def __call__(self, p: Array) -> Array:
        """The function of the coordinates in `p`."""
        return self.function(*p)


def square(half: float, dim: int = 2) -> Domain:
    """The domain [-half, half] on each axis."""
    return ((-float(half), float(half)),) * dim


def decades(low: float, high: float) -> tuple[float, ...]:
    """Levels from 10^low to 10^high, four each decade."""
    return tuple(10 ** (i / 4) for i in range(round(4 * low), round(4 * high) + 1))


def separable(wells: Sequence[Sequence[tuple[float, float]]]) -> tuple[Minimum, ...]:
    """The minima of a sum of functions of one variable each.

    Args:
        wells: for each axis, the (position, value) of its function's minima.

    Returns:
        Every combination of wells, or only the deepest if there are more than `MANY_MINIMA`.
    """
    deepest = tuple(min(axis, key=lambda well: well[1]) for axis in wells)
    many = sum(math.log2(len(axis)) for axis in wells) > math.log2(MANY_MINIMA)
    return tuple(
        Minimum(
            tuple(position for position, _ in combination),
            math.fsum(value for _, value in combination),
            combination == deepest,
        )
        for combination in ((deepest,) if many else itertools.product(*wells))
    )


def checked_domain(name: str, domain: Any, dim: int) -> Domain:
    """The domain as pairs of floats, or a SlalomError that names the landscape."""
    try:
        pairs = tuple((float(low), float(high)) for low, high in domain)
    except (TypeError, ValueError, OverflowError):
        raise SlalomError(f"{name}: a domain is a pair (low, high) for each axis") from None
    if len(pairs) != dim:
        raise SlalomError(f"{name} has {dim} axes, its domain cannot have {len(pairs)}")
    for low, high in pairs:
        if not (low < high and math.isfinite(high - low)):
            raise SlalomError(
                f"{name}: a domain without area, ({low:g}, {high:g}); it needs finite low < high"
            )
    return pairs


def _checked_start(name: str, start: Any, dim: int) -> Point:
    try:
        point = tuple(float(coordinate) for coordinate in start)
    except (TypeError, ValueError, OverflowError):
        point = ()
    if len(point) != dim or not all(map(math.isfinite, point)):
        raise SlalomError(f"{name}: start must be {dim} finite numbers, got {clip(repr(start))}")
    return point


def _axis_names(dim: int) -> tuple[str, ...]:
    return ("x", "y")[:dim] if dim <= 2 else tuple(f"x{i + 1}" for i in range(dim))
