"""Arrays that note what is done to them: running a formula on them reads it into a graph.

They promote as NumPy 2 does. A `Number` stands for a Python number, which is a float64 among
other Python numbers and takes the dtype of an array beside it. An `Array` has a dtype, and the
shape of the leaf or none.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar, NoReturn

import numpy as np

from .graph import CannotLowerError, Kind, Node, constant, operation, ordered
from .operations import COMPARISONS, LOGICAL, TESTS, TREE_REDUCTIONS


class CannotTraceError(CannotLowerError):
    """Why these arrays cannot read a formula; another reader may."""


def _pair(name: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """An operator and its reflection."""

    def method(self: Traced, other: Any) -> Any:
        return elementwise(name, self, other) if is_known(other) else NotImplemented

    def reflected(self: Traced, other: Any) -> Any:
        return elementwise(name, other, self) if is_known(other) else NotImplemented

    return method, reflected


class Traced:
    """A value of a formula, with Python's operators."""

    namespace: ClassVar[Any]
    """the functions of these arrays, as the array API standard names them"""
    __array_ufunc__: ClassVar[None] = None  # else NumPy's scalars would handle the operators

    def __init__(self, node: Node):
        self.node = node

    def __array_namespace__(self, api_version: str | None = None) -> Any:
        return self.namespace

    __add__, __radd__ = _pair("add")
    __sub__, __rsub__ = _pair("subtract")
    __mul__, __rmul__ = _pair("multiply")
    __truediv__, __rtruediv__ = _pair("divide")
    __floordiv__, __rfloordiv__ = _pair("floor_divide")
    __mod__, __rmod__ = _pair("remainder")
    __pow__, __rpow__ = _pair("pow")
    __and__, __rand__ = _pair("logical_and")
    __or__, __ror__ = _pair("logical_or")
    __xor__, __rxor__ = _pair("logical_xor")
    __lt__, __gt__ = _pair("less")[0], _pair("greater")[0]
    __le__, __ge__ = _pair("less_equal")[0], _pair("greater_equal")[0]
    __eq__, __ne__ = _pair("equal")[0], _pair("not_equal")[0]
    __hash__: ClassVar[None] = None  # pyright: ignore[reportIncompatibleMethodOverride]

    def __pos__(self) -> Traced:
        return self

    def __neg__(self) -> Traced:
        return elementwise("negative", self)

    def __abs__(self) -> Traced:
        return elementwise("abs", self)

    def __invert__(self) -> Traced:
        return elementwise("logical_not", self)

    def _no_value(self) -> NoReturn:
        raise CannotLowerError("its formula branches on a number or an element")

    __bool__ = __float__ = __int__ = __index__ = _no_value

    def __getitem__(self, key: Any) -> NoReturn:
        raise CannotTraceError("it takes single elements out of an array")

    def __iter__(self) -> NoReturn:
        raise CannotTraceError("it takes single elements out of an array")


class Number(Traced):
    """A Python number, or a truth value of such numbers."""

    functions: ClassVar[Any]
    """those that give numbers of numbers"""


class Array(Traced):
    """An array of the leaf's shape, or one without dimensions."""

    def __init__(self, node: Node, shape: tuple[int, ...] = ()):
        super().__init__(node)
        self.shape = shape

    @property
    def dtype(self) -> np.dtype:
        """The dtype of each element."""
        return np.dtype(self.node.dtype)

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return math.prod(self.shape)

    def astype(self, dtype: Any) -> Array:
        """The array in another dtype."""
        return Array(cast(self, np.dtype(dtype)), self.shape)


class NothingToAdd(Array):
    """The sum or maximum over another leaf: that over all leaves counts it already."""

    def __add__(self, other: Any) -> Any:
        return other

    __radd__ = __add__


ELSEWHERE = "its formula takes single leaves out of a tree"


def elsewhere(array: Array) -> Array:
    """An array like one of the leaf, but of another leaf of the tree."""
    kind = array.node.kind if array.shape else Kind.LEAF
    node = Node("input", (), array.node.dtype, kind, {"name": "other"}, ELSEWHERE)
    return Array(node, array.shape)


def is_elsewhere(array: Array) -> bool:
    """Whether an array is computed of another leaf alone."""
    node = array.node
    if node.why_not != ELSEWHERE:
        return False
    computed = ordered([node], known=TREE_REDUCTIONS)
    given = {node, *(one for operation in computed for one in operation.inputs)}
    return all(one.why_not for one in given if one.operation == "input" and one.varies)


def is_known(operand: Any) -> bool:
    """Whether an operator takes it beside a traced value."""
    return isinstance(operand, (Traced, bool, int, float, np.generic, np.ndarray))


def elementwise(name: str, *operands: Any) -> Traced:
    """An operation element by element.

    Raises:
        CannotTraceError: on dtypes that it is not for.
    """
    known = [value(operand) for operand in operands]
    dtype = promoted(*known)
    allowed = "b" if name in LOGICAL else "bf" if name in COMPARISONS else "f"
    if dtype.kind not in allowed:
        raise CannotTraceError(f"it computes {name} of {dtype}")
    gives = "bool" if name in (*COMPARISONS, *TESTS, *LOGICAL) else dtype.name
    arrays = [one for one in known if isinstance(one, Array)]
    nodes = [cast(one, dtype, among_numbers=not arrays) for one in known]
    node = _power(known[0], known[1], nodes[0]) if name == "pow" else None
    node = node or operation(name, nodes, gives)
    return Array(node, max((one.shape for one in arrays), key=len)) if arrays else Number(node)


def _power(base: Any, exponent: Any, node: Node) -> Node | None:
    """Arrays to the powers of which NumPy, too, has a shorter way; None for all others."""
    if not isinstance(base, Array) or not base.shape or isinstance(exponent, Traced):
        return None
    if exponent == 0.5:
        return operation("sqrt", [node], node.dtype)
    if exponent == -1:
        return operation("divide", [constant(1, node.dtype), node], node.dtype)
    if exponent in (1, 2, 3, 4):
        return operation("integer_pow", [node], node.dtype, power=int(exponent))
    return None


def value(operand: Any) -> Any:
    """A traced value or a Python number; NumPy's numbers are arrays without dimensions.

    Raises:
        CannotTraceError: it is neither.
    """
    if isinstance(operand, (Traced, bool, int, float)) and not isinstance(operand, np.generic):
        return operand
    if isinstance(operand, (np.generic, np.ndarray)):
        if operand.ndim:
            raise CannotTraceError("it holds an array of constants")
        return Array(constant(operand, operand.dtype.name))
    raise CannotTraceError(f"it computes with {type(operand).__name__}")


def promoted(*operands: Any) -> np.dtype:
    """The dtype in which operands meet; Python numbers among themselves are float64."""
    if not any(isinstance(one, Array) for one in operands):
        return np.dtype(bool if all(map(_is_truth, operands)) else float)
    found = []
    for one in operands:
        if isinstance(one, Array):
            found.append(one.dtype)
        elif not isinstance(one, Number):
            found.append(one)
        else:
            found.append(False if _is_truth(one) else 0.0)
    return np.result_type(*found)


def _is_truth(operand: Any) -> bool:
    if isinstance(operand, Number):
        return operand.node.dtype == "bool"
    return isinstance(operand, bool)


def cast(operand: Any, dtype: np.dtype, *, among_numbers: bool = False) -> Node:
    """The node of an operand in a dtype: a number becomes an array's, unless among numbers."""
    if not isinstance(operand, Traced):
        return constant(operand, dtype.name)
    stays = among_numbers or isinstance(operand, Array) or operand.node.dtype == "bool"
    if stays and operand.node.dtype == dtype.name:
        return operand.node
    return operation("astype", [operand.node], dtype.name)
