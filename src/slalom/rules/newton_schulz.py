"""Matrices with all their singular values made about 1, for Muon and its relatives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .leaves import Array, namespace, widened
from .linear_algebra import dtype_named, matrix, plus_product, transposed
from .norms import norm_along
from .rule import Number
from .value import convention
from .vocabulary import larger

if TYPE_CHECKING:
    from .rule import Leaf

COEFFICIENTS = {
    "original": ((3.4445, -4.7750, 2.0315),),
    "quintic": (
        (4.0848, -6.8946, 2.9270),
        (3.9505, -6.3029, 2.6377),
        (3.7418, -5.5913, 2.3037),
        (2.8769, -3.1427, 1.2046),
        (2.8366, -3.0525, 1.2012),
    ),
}
"""`(a, b, c)` of each iteration; the last stands for all that follow."""

TRIPLE = {COEFFICIENTS["original"][0]: "original"}
"""The coefficients of other libraries, which take one triple for all iterations."""


def newton_schulz(
    M: Array,
    steps: int = 5,
    eps: Number = 1e-7,
    *,
    guard: str = "plus",
    coefficients: str = "original",
    dtype: Any = None,
) -> Array:
    """Drives all singular values of a matrix towards 1: between about 0.7 and 1.2, by design.

        X = M / (norm(M) + eps)
        X = a X + (b A + c A A) X,  A = X X.T          `steps` times

    on the transposed matrix where it has more rows than columns.

    Args:
        M: shape (…, rows, columns); each matrix by itself.
        steps: how many iterations.
        eps: keeps the norm from 0.
        guard: `plus`: eps is added to the norm; `max`: it is its lower bound.
        coefficients: a name in `COEFFICIENTS`.
        dtype: what to iterate in; default that of `M`, float32 at least.

    Returns:
        An array like `M`, in its dtype.
    """
    xp = namespace(M)
    if M.ndim > 3:  # PyTorch multiplies one axis of matrices in one call
        flat = xp.reshape(M, (-1, *M.shape[-2:]))
        options = {"guard": guard, "coefficients": coefficients, "dtype": dtype}
        return xp.reshape(newton_schulz(flat, steps, eps, **options), M.shape)
    X = widened(M) if dtype is None else xp.astype(M, dtype)
    tall = M.shape[-2] > M.shape[-1]
    X = transposed(X) if tall else X
    norm = norm_along(X, (-2, -1))
    below = larger(norm, eps) if guard == "max" else norm + eps
    X = X / xp.astype(below, X.dtype, copy=False)
    triples = COEFFICIENTS[coefficients]
    for step in range(steps):
        a, b, c = triples[min(step, len(triples) - 1)]
        A = X @ transposed(X)
        X = plus_product(X, plus_product(A, A, A, b, c), X, a, 1.0)
    return xp.astype(transposed(X) if tall else X, M.dtype, copy=False)


def orthogonalized(
    direction: Array, leaf: Leaf, rule: Any, eps: Number = 1e-7, guard: str = "max"
) -> Array:
    """The matrix (outputs, rest) of a direction, or a batch, by `newton_schulz`.

    Args:
        direction: shaped like the parameter.
        leaf: what is known of it.
        rule: has the fields `ns_steps`, `coefficients` and `ns_dtype`, as declared below.
        eps: keeps the norm from 0.
        guard: how.
    """
    return newton_schulz(
        matrix(direction, leaf),
        rule.ns_steps,
        eps,
        guard=guard,
        coefficients=rule.coefficients,
        dtype=None if rule.ns_dtype is None else dtype_named(rule.ns_dtype, direction),
    )


def factor_to_length(u: Array, length: Any, eps: Number) -> Array:
    """What brings a matrix, or each of a batch, to a length: `length / (norm(u) + eps)`."""
    factor = length / (norm_along(u, (-2, -1)) + eps)
    return namespace(u).astype(factor, u.dtype, copy=False)


def shape_factor(scale: str | None, rows: int, columns: int) -> float:
    """What a step of singular values about 1 is multiplied by, for so many outputs and inputs."""
    return {
        "original": max(1.0, rows / columns) ** 0.5,
        "rms": 0.2 * max(rows, columns) ** 0.5,
        "spectral": (rows / columns) ** 0.5,
        None: 1.0,
    }[scale]


def scale_field() -> Any:
    """A field for the name of a `shape_factor`."""
    choices = ("original", "rms", "spectral", None)
    return convention("original", "factor by the shape", choices)


def steps_field() -> Any:
    """A field for the number of iterations."""
    return convention(5, "Newton-Schulz iterations", range(1, 100))


def coefficients_field() -> Any:
    """A field for a name in `COEFFICIENTS`."""
    return convention("original", "of the iterations", tuple(COEFFICIENTS))


def dtype_field() -> Any:
    """A field for the dtype of the iterations."""
    return convention(
        None,
        "of the iterations; none: that of the parameters, float32 at least",
        (None, "bfloat16", "float32", "float64"),
    )
