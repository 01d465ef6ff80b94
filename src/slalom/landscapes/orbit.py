"""The transfer-orbit regression of the orbit article, as a landscape in its two parameters."""

from __future__ import annotations

from array_api_compat import array_namespace

from .functions import safe_root
from .landscape import Landscape, Minimum, Spread

CENTRE = -0.26185
SEMI_AXES = (1.261845, 1.234378)
COUNT = 512
NOISE = 0.05


def transfer_orbit(seed: int = 0):
    """The points to fit: the upper half of an ellipse, seen with noise.

        ((x - CENTRE)/A)² + (y/B)² = 1,  (A, B) = SEMI_AXES

    Returns:
        Two float64 NumPy arrays of shape (COUNT,): x, evenly spaced from one end of the ellipse
        to the other, and y with noise uniform in ±NOISE, drawn by NumPy's default generator
        from `seed`.
    """
    import numpy as np

    A, B = SEMI_AXES
    u = np.linspace(-A, A, COUNT)
    noise = np.random.default_rng(seed).uniform(-NOISE, NOISE, COUNT)
    return CENTRE + u, B * np.sqrt(1 - (u / A) ** 2) + noise


def squared_errors(A, B, x, y):
    """Squared errors of `y = B sqrt(1 - ((x - CENTRE)/A)²)`, and which points are usable.

    A point is usable where the root is of a positive number. The others are predicted 0 and have
    no gradient.

    Args:
        A: semi-axis along x, an array of a shape that broadcasts with that of x.
        B: semi-axis along y, likewise.
        x: the points, an array of A's dtype.
        y: likewise.

    Returns:
        The squared errors and the booleans of usable points.
    """
    xp = array_namespace(A)
    u = x - CENTRE
    inside = (A - u) * (A + u)  # A² - u², exactly 0 or less where unusable
    usable = xp.logical_not(inside <= 0)  # so that NaN stays NaN
    width = xp.where(usable, abs(A), 1.0)  # never 0
    return (B * safe_root(inside) / width - y) ** 2, usable


def mean_squared_error(A, B):
    """The mean over usable points; with none, the plateau mean(y²) of predicting 0 everywhere.

    So a value without usable points has gradient 0 (it gives no update), and is never mistaken
    for a good fit.
    """
    xp = array_namespace(A)
    x, y = (xp.asarray(values, dtype=A.dtype) for values in transfer_orbit())
    errors, usable = squared_errors(A[..., None], B[..., None], x, y)
    kept = xp.logical_or(usable, xp.logical_not(xp.any(usable, axis=-1, keepdims=True)))
    weights = xp.astype(kept, A.dtype)
    return xp.sum(weights * errors, axis=-1) / xp.sum(weights, axis=-1)


orbit = Landscape(
    name="orbit",
    function=Spread(mean_squared_error),
    dim=2,
    domain=((0.05, 2.0), (0.05, 2.5)),
    start=(0.1, 1.8),
    axes=("A", "B"),
    source="orbit",
    minima=(Minimum((1.2618770032265412, 1.2381701921963877), 0.0008399331446427695, True),),
    formula="mean((B sqrt(1 - (x + 0.26185)²/A²) - y)²) over the points with a root",
)
