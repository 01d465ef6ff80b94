"""All arrays of a tree as one vector: arithmetic goes leaf by leaf, reductions over all of it.

The words here are the same for one array and for `Leaves`, so that a formula in them is one of
both: `norm(g)` is the norm of an array, or of all arrays of a tree together.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from array_api_compat import array_namespace

from ..types import Array
from . import sharded
from .norms import root_of_array, root_of_squares


def _unary(function: Callable[[Any], Any]) -> Callable[[Leaves], Leaves]:
    return lambda self: Leaves([function(a) for a in self.parts])


def _binary(function: Callable[[Any, Any], Any]) -> Callable[[Leaves, Any], Leaves]:
    def method(self: Leaves, other: Any) -> Leaves:
        others = _for_each(other, self)
        return Leaves([function(a, b) for a, b in zip(self.parts, others, strict=True)])

    return method


def _reflected(function: Callable[[Any, Any], Any]) -> Callable[[Leaves, Any], Leaves]:
    return _binary(lambda a, b: function(b, a))


class Leaves:
    """The arrays of a tree in order, as one vector.

    Operators go leaf by leaf; a number, or an array without dimensions, meets each leaf in that
    leaf's dtype. Indexing and iteration give the arrays.

    Args:
        parts: the arrays, or whatever else there is one of for each leaf.
    """

    __slots__ = ("parts",)
    __array_ufunc__ = None  # NumPy's scalars leave operators to this class

    def __init__(self, parts: Sequence[Any]):
        self.parts = tuple(parts)

    def __len__(self) -> int:
        return len(self.parts)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.parts)

    def __getitem__(self, index: int) -> Any:
        return self.parts[index]

    def __bool__(self) -> bool:
        raise TypeError("the truth of all leaves of a tree is not one: use where or each")

    def __repr__(self) -> str:
        return f"Leaves({list(self.parts)!r})"

    __neg__ = _unary(operator.neg)
    __pos__ = _unary(operator.pos)
    __abs__ = _unary(operator.abs)
    __invert__ = _unary(operator.invert)
    __add__, __radd__ = _binary(operator.add), _reflected(operator.add)
    __sub__, __rsub__ = _binary(operator.sub), _reflected(operator.sub)
    __mul__, __rmul__ = _binary(operator.mul), _reflected(operator.mul)
    __truediv__, __rtruediv__ = _binary(operator.truediv), _reflected(operator.truediv)
    __pow__, __rpow__ = _binary(operator.pow), _reflected(operator.pow)
    __matmul__, __rmatmul__ = _binary(operator.matmul), _reflected(operator.matmul)
    __and__, __rand__ = _binary(operator.and_), _reflected(operator.and_)
    __or__, __ror__ = _binary(operator.or_), _reflected(operator.or_)
    __lt__, __le__ = _binary(operator.lt), _binary(operator.le)
    __gt__, __ge__ = _binary(operator.gt), _binary(operator.ge)
    __eq__, __ne__ = _binary(operator.eq), _binary(operator.ne)  # pyright: ignore[reportAssignmentType] (as of arrays)
    __hash__ = object.__hash__

    @classmethod
    def __torch_function__(cls, function: Any, _types: Any, given: Any = (), named: Any = None):
        """What PyTorch's functions and operators make of `Leaves` beside its tensors."""
        return each(function)(*given, **(named or {}))


def each(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of arrays as one of `Leaves`, applied to every leaf.

        each(lambda u, x: u * norm(x))(step, x)

    Of its arguments `Leaves` give each leaf's own part; an array without dimensions that all
    leaves share is cast to the leaf's dtype; everything else is handed on. Without `Leaves` it
    is the function itself.
    """

    def over_leaves(*arguments: Any, **named: Any) -> Any:
        given = [*arguments, *named.values()]
        leaves = next((a for a in given if isinstance(a, Leaves)), None)
        if leaves is None:
            return function(*arguments, **named)
        count, found = len(arguments), []
        for parts in zip(*(_for_each(a, leaves) for a in given), strict=True):
            own = dict(zip(named, parts[count:], strict=True))
            found.append(function(*parts[:count], **own))
        return Leaves(found)

    return over_leaves


def _for_each(argument: Any, leaves: Leaves) -> Iterable[Any]:
    """What each leaf gets of an argument."""
    if isinstance(argument, Leaves):
        if len(argument) != len(leaves):
            raise ValueError(f"Leaves of different lengths: {len(leaves)} and {len(argument)}")
        return argument.parts
    if hasattr(argument, "dtype") and is_real(argument):
        return [matched(argument, like) for like in leaves]
    return (argument,) * len(leaves)


def is_real(value: Any) -> bool:
    """Whether a value is an array of a real floating dtype."""
    return hasattr(value, "dtype") and array_namespace(value).isdtype(value.dtype, "real floating")


def matched(scalar: Array, like: Array) -> Array:
    """A real array without dimensions, in the dtype and on the device of another real array."""
    if scalar.shape != () or not hasattr(like, "dtype") or not is_real(like):
        return scalar
    if scalar.dtype != like.dtype:
        scalar = array_namespace(like).astype(scalar, like.dtype)
    if hasattr(like, "is_cuda") and scalar.device != like.device:  # only PyTorch minds
        scalar = scalar.to(like.device)
    return scalar


def namespace(*arrays: Array) -> Any:
    """The array library of the arguments, in the form of the array API standard.

    That of `Leaves` has the same functions, which go leaf by leaf.
    """
    for one in arrays:
        if isinstance(one, Leaves):
            return _LeafwiseNamespace(array_namespace(*one.parts))
    return array_namespace(*arrays)


class _LeafwiseNamespace:
    """A library's functions leaf by leaf, and its dtypes and constants as they are."""

    def __init__(self, library: Any):
        self._library = library

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._library, name)
        return each(found) if callable(found) and not isinstance(found, type) else found


def dtype_of(x: Array | Leaves) -> Any:
    """The dtype of an array, or of the numbers that leaves share: the widest, float32 at least."""
    if not isinstance(x, Leaves):
        return x.dtype
    xp = array_namespace(x[0])
    return xp.result_type(xp.float32, *{a.dtype for a in x})


def widened(a: Array) -> Array:
    """An array in float32 where its dtype is narrower, else itself; also `Leaves`."""
    return each(_widened)(a)


def _widened(a: Array) -> Array:
    xp = array_namespace(a)
    return xp.astype(a, xp.float32) if xp.finfo(a.dtype).bits < 32 else a


def total(a: Array | Leaves) -> Array:
    """The sum of all components: of an array, or of all leaves together.

    Sums are computed in float32 at least. That of an array has its dtype; that of leaves has
    the widest of theirs, float32 at least, and lies where the first leaf does.
    """
    if isinstance(a, Leaves):
        first, *rest = map(_summed, a)
        return sum((_beside(s, first) for s in rest), first)
    xp = array_namespace(a)
    return xp.astype(xp.sum(_widened(a)), a.dtype, copy=False)


def _summed(part: Array) -> Array:
    """The sum of one leaf, to be added to those of the others."""
    xp = array_namespace(part)
    # arrays that trace one leaf for all say so by a function of their own
    return getattr(xp, "sum_over_tree", xp.sum)(_widened(part))


def _largest(parts: Sequence[Array]) -> Array:
    """The largest component of all arrays of one dtype; it lies where the first one does."""
    xp = array_namespace(*parts)
    first, *rest = map(getattr(xp, "max_over_tree", sharded.largest), parts)
    return functools.reduce(xp.maximum, (_beside(one, first) for one in rest), first)


def _beside(scalar: Array, first: Array) -> Array:
    """A scalar where the first one lies."""
    moves = hasattr(first, "is_cuda") and scalar.device != first.device
    return scalar.to(first.device) if moves else scalar


def dot(a: Array | Leaves, b: Array | Leaves) -> Array:
    """The sum of all products of components, as `total` has it."""
    if isinstance(a, Leaves):
        return total(widened(a) * widened(b))
    xp = array_namespace(a)
    return xp.astype(xp.sum(_widened(a) * _widened(b)), a.dtype, copy=False)


def norm(a: Array | Leaves) -> Array:
    """The Euclidean norm: of an array, or of all leaves as one vector, in the dtype of `total`.

    It is right wherever it is in the range of the dtype: see `norms`.
    """
    if isinstance(a, Leaves):
        wide = [array_namespace(part).astype(part, dtype_of(a), copy=False) for part in a]
        found = root_of_squares(wide, lambda squares: total(Leaves(squares)), _largest)
        return array_namespace(found).astype(found, dtype_of(a), copy=False)
    xp = array_namespace(a)
    return xp.astype(root_of_array(a), a.dtype, copy=False)
