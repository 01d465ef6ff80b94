"""Words for rules of matrices: a parameter as a matrix, bases of its axes, decompositions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from array_api_compat import array_namespace

from ..errors import SlalomError
from ..types import Number
from .leaves import Array, widened
from .norms import norm_along
from .sharded import gathered, replicated, whole
from .vocabulary import larger, quotient

if TYPE_CHECKING:
    from .leaf import Leaf


def matrix(x: Array, leaf: Leaf) -> Array:
    """A parameter as a matrix of shape (outputs, rest): its output axis first, all others in one.

    One that holds several, as experts or in blocks, becomes them: (many, outputs, rest).

    Args:
        x: an array of two dimensions or more, or a batch of such on axes before its own.
        leaf: the shape of one, and which axis numbers the outputs.
    """
    xp, before = array_namespace(x), x.ndim - len(leaf.shape)
    first = before + leaf.batch
    moved = xp.moveaxis(x, before + leaf.axis, first)
    outputs, *rest = moved.shape[first:]
    many = math.prod(leaf.shape[: leaf.batch]) * leaf.blocks
    alike = () if many == 1 else (many,)
    return xp.reshape(moved, (*x.shape[:before], *alike, outputs // leaf.blocks, math.prod(rest)))


def unmatrix(found: Array, leaf: Leaf) -> Array:
    """The parameter that `matrix` made a matrix of, or a batch of them, in its own shape again."""
    xp = array_namespace(found)
    many = math.prod(leaf.shape[: leaf.batch]) * leaf.blocks
    before = found.ndim - (2 if many == 1 else 3)
    rest = [n for i, n in enumerate(leaf.shape) if i not in (*range(leaf.batch), leaf.axis)]
    shape = (*leaf.shape[: leaf.batch], leaf.shape[leaf.axis], *rest)
    whole = xp.reshape(found, (*found.shape[:before], *shape))
    return xp.moveaxis(whole, before + leaf.batch, before + leaf.axis)


def input_axes(leaf: Leaf) -> tuple[int, ...]:
    """The axes of a parameter along which the weights of one output lie.

    All axes but that of the outputs; all of them where there are fewer than two.
    """
    axes = range(len(leaf.shape))
    return tuple(axes) if len(axes) < 2 else other_axes(leaf, leaf.outputs)


def other_axes(leaf: Leaf, axis: int) -> tuple[int, ...]:
    """All axes of a parameter but one."""
    count = len(leaf.shape)
    return tuple(i for i in range(count) if i != axis % count)


def with_axes(a: Array, leaf: Leaf) -> Array:
    """A parameter, or a batch; a number, which has no axis, has one of length 1."""
    return a if leaf.shape else array_namespace(a).reshape(a, (*a.shape, 1))


def views(leaf: Leaf) -> tuple[Leaf, ...]:
    """For each axis of a parameter what makes `matrix` a matrix whose rows it is; one at least."""
    shape = leaf.shape or (1,)
    return tuple(replace(leaf, shape=shape, outputs=axis) for axis in range(len(shape)))


def identity(size: int, like: Array) -> Array:
    """An identity matrix in the dtype and place of an array."""
    place = {"device": like.device} if hasattr(like, "is_cuda") else {}
    return array_namespace(like).eye(size, dtype=like.dtype, **place)


def plus_product(C: Array, A: Array, B: Array, c: float, f: float) -> Array:
    """`c C + f A @ B`, of matrices or of batches of them.

    PyTorch does it in one pass, whose sum is rounded once.
    """
    if hasattr(C, "is_cuda") and C.ndim in (2, 3):
        added = C.addmm if C.ndim == 2 else C.baddbmm
        return added(A, B, beta=c, alpha=f)
    return c * C + f * (A @ B)


def turned(a: Array, bases: Sequence[Array | None]) -> Array:
    """Every axis of an array times its matrix: for two axes `A.T @ a @ B`.

    Args:
        a: an array of n axes.
        bases: n matrices, whose rows are the components of the axis; None leaves an axis as it is.
    """
    a, xp = whole(a), array_namespace(a)
    for axis, basis in enumerate(bases):
        if basis is not None:
            a = xp.moveaxis(xp.tensordot(basis, a, axes=((0,), (axis,))), 0, axis)
    return a


def transposed(a: Array) -> Array:
    """A matrix, or a batch of them, with its last two axes exchanged."""
    return array_namespace(a).matrix_transpose(a)


def eigh(a: Array) -> tuple[Array, Array]:
    """The eigenvalues of a symmetric matrix, smallest first, and its eigenvectors as columns.

    Computed in float32 at least, given in the dtype of `a`. A sharded matrix is gathered.
    """
    return _decomposed("eigh", a)


def solved(A: Array, B: Array, *, upper: bool) -> Array:
    """`A^(-1) B` of a triangular matrix, or of each: computed in float32 at least.

    Args:
        A: shape (…, n, n).
        B: shape (…, n, k).
        upper: whether A is an upper triangle; else a lower one.
    """
    linalg, wide = array_namespace(A).linalg, (widened(A), widened(B))
    if hasattr(linalg, "solve_triangular"):  # in PyTorch
        found = linalg.solve_triangular(*wide, upper=upper)
    else:
        found = linalg.solve(*wide)
    return array_namespace(A).astype(found, A.dtype, copy=False)


def spectral_bound(A: Array) -> Array:
    """A bound of the largest eigenvalue of a symmetric matrix, in size, from below.

    It is one step of the power iteration from the longest column.

    Args:
        A: shape (…, n, n).

    Returns:
        Shape (…, 1, 1).
    """
    xp = array_namespace(A)
    top = xp.max(abs(A), axis=(-2, -1), keepdims=True)
    S = quotient(A, top)
    longest = xp.argmax(xp.sum(S * S, axis=-2), axis=-1)
    y = S @ xp.take_along_axis(S, longest[..., None, None], axis=-1)
    y = quotient(y, _length(y))
    return top * _length(S @ y)


def _length(column: Array) -> Array:
    found = norm_along(column, (-2, -1))
    return array_namespace(column).astype(found, column.dtype, copy=False)


def inverse_root(a: Array, order: int, eps: Number) -> Array:
    """`(A + eps I)^(-1 / order)` of a symmetric matrix without negative eigenvalues, or of each.

    Args:
        a: shape (…, n, n); what rounding leaves below 0 of its eigenvalues is 0.
        order: 2 for the square root.
        eps: above 0.
    """
    values, vectors = eigh(a)
    powers = (larger(values, 0.0) + eps) ** (-1 / order)
    return (vectors * powers[..., None, :]) @ transposed(vectors)


def qr(a: Array) -> tuple[Array, Array]:
    """An orthonormal basis of the columns of a matrix, and the triangle that leads back.

    Computed in float32 at least, given in the dtype of `a`. A sharded matrix is gathered.
    """
    return _decomposed("qr", a)


def _decomposed(name: str, a: Array) -> tuple[Array, Array]:
    xp, own = array_namespace(a), gathered(a)
    first, second = (
        xp.astype(found, a.dtype, copy=False) for found in getattr(xp.linalg, name)(widened(own))
    )
    return replicated(first, a), replicated(second, a)


def require_matrix(rule: str, leaf: Leaf, where: str = "") -> None:
    """Raise unless a parameter has two dimensions or more.

    Args:
        rule: its name.
        leaf: what is known of the parameter.
        where: what of the rule asks for it, such as ` with norm=sign`.

    Raises:
        SlalomError: it has fewer; the message says how to step it by another rule.
    """
    if len(leaf.shape) - leaf.batch < 2:
        raise SlalomError(
            f"{rule}{where} steps matrices, not {leaf.name or 'a parameter'} of shape "
            f"{tuple(leaf.shape)}: partition(matrices={rule}(…), rest=adam())"
        )


def dtype_named(name: str, like: Array) -> Any:
    """The dtype of an array library that has this name, such as `bfloat16`.

    Raises:
        SlalomError: the library has none.
    """
    found = getattr(array_namespace(like), name, None)
    if found is None:
        raise SlalomError(f"NumPy has no {name}: use ns_dtype=float32, or JAX or PyTorch")
    return found
