"""Traced arrays against NumPy's: the same operators and functions, dtypes and bits."""

import math
import operator

import numpy as np
import pytest
from array_api_compat import numpy as xp

from slalom.lowering import Kind, arrays
from slalom.lowering.graph import CannotLowerError, given
from slalom.lowering.operations import ARITHMETIC, COMPARISONS, OF_NUMBERS, TESTS
from slalom.lowering.tracing import Array, CannotTraceError, Number
from slalom.rules import namespace as namespace_of

from .evaluating import evaluate

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
namespace = arrays.namespace
X = np.array([0.5, -0.75, 2.0, 0.0, -0.0, np.nan, np.inf, 0.1])
Y = np.array([0.25, -0.5, 2.0, -0.5, 3.0, 1.0, -np.inf, np.nan])
SHAPE = X.shape


def traced(formula, dtype):
    """What a formula gives for traced x and y, and their values, and for NumPy's."""
    x, y = X.astype(dtype), Y.astype(dtype)
    arrays = [Array(given(n, dtype, Kind.ELEMENT), SHAPE) for n in "xy"]
    scalar = Array(given("s", dtype, Kind.LEAF))
    number = Number(given("h", "float64", Kind.NUMBER))
    found = formula(*arrays, scalar, number, namespace)
    expected = formula(x, y, np.asarray(0.3, dtype), 0.7, xp)
    inputs = {"x": x, "y": y, "g": x, "s": np.asarray(0.3, dtype), "h": 0.7}
    return found, evaluate(found.node, inputs), expected


def assert_equal(formula, dtype):
    found, value, expected = traced(formula, dtype)
    expected = np.asarray(expected)
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
    assert np.asarray(value).dtype == expected.dtype
    np.testing.assert_array_equal(np.broadcast_to(value, expected.shape), expected)
    np.testing.assert_array_equal(np.signbit(value), np.signbit(expected)[...])


PAIRS = {*ARITHMETIC, *COMPARISONS, "atan2", "copysign", "hypot", "maximum", "minimum"}
SINGLE = {*OF_NUMBERS, *TESTS, "positive", "reciprocal", "zeros_like", "ones_like"} - PAIRS
LOGICAL = ["logical_and", "logical_or", "logical_xor"]
BINARY = [operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv]
BINARY += [operator.mod, operator.pow]
FORMULAS = {
    "clip": lambda x, y, s, h, xp: xp.clip(x, -h, h),
    "clip above": lambda x, y, s, h, xp: xp.clip(x, max=s),
    "clip below": lambda x, y, s, h, xp: xp.clip(x, min=-0.25),
    "where": lambda x, y, s, h, xp: xp.where(x > y, h, s * y),
    "where, of two numbers": lambda x, y, s, h, xp: xp.where(x > y, h, 2),
    "where, by a number": lambda x, y, s, h, xp: xp.where(h > 0.5, x, y),
    "logical operators": lambda x, y, s, h, xp: (x > y) & (x > 0) | ~(y < h) ^ (x == y),
    "logical_not": lambda x, y, s, h, xp: xp.logical_not(x > 0),
    "a mask as numbers": lambda x, y, s, h, xp: (x > 0) * x + xp.astype(x > y, x.dtype),
    "astype": lambda x, y, s, h, xp: xp.astype(x, xp.float32) / 3,
    "a method": lambda x, y, s, h, xp: (x.astype(xp.float64) / 3).astype(y.dtype),
    "wide": lambda x, y, s, h, xp: xp.astype(x, xp.float64) * y,
    "asarray": lambda x, y, s, h, xp: xp.asarray(h, dtype=x.dtype) * x,
    "asarray of a number": lambda x, y, s, h, xp: xp.asarray(h) / 3 * xp.asarray(0.5),
    "full": lambda x, y, s, h, xp: xp.full_like(x, h) + xp.zeros_like(s) + h,
    "limits": lambda x, y, s, h, xp: xp.maximum(x, xp.finfo(x.dtype).eps) + xp.finfo(x).tiny,
    "constants": lambda x, y, s, h, xp: x * xp.pi + xp.minimum(y, xp.inf),
    "NumPy's numbers": lambda x, y, s, h, xp: np.float32(0.1) * x + np.float64(0.3) * y,
    "an array without dimensions": lambda x, y, s, h, xp: np.array(0.1) * x,
    "signs": lambda x, y, s, h, xp: -x + abs(y) - (+x),
    "numbers among themselves": lambda x, y, s, h, xp: (1 - h**2.5) / (3 - h) % 0.4 // 0.1 * x,
    "a function of a number": lambda x, y, s, h, xp: xp.sqrt(h) * x,
    "truth among numbers": lambda x, y, s, h, xp: xp.where((h > 0.5) & (h < 1), x, y),
    "a scalar": lambda x, y, s, h, xp: s**2 * h + s * x,
    "shapes": lambda x, y, s, h, xp: x * x.size + s.ndim + x.shape[0] + y.ndim,
    "dtypes": lambda x, y, s, h, xp: xp.astype(s, xp.result_type(x, y)) * x,
    "kinds of dtypes": lambda x, y, s, h, xp: (
        x * xp.isdtype(x.dtype, "real floating") + (xp.isdtype(xp.int64, "real floating"))
    ),
    "sum": lambda x, y, s, h, xp: x / xp.sum(xp.where(x < 1, x, 1)) - xp.sum(s),
    "largest": lambda x, y, s, h, xp: x / xp.max(xp.abs(y)) - xp.min(x),
    "mean": lambda x, y, s, h, xp: x - xp.mean(xp.where(xp.isfinite(x), x, 0)),
    "wide sum": lambda x, y, s, h, xp: xp.sum(xp.where(x < 1, x, 1), dtype=xp.float64),
    "of ones": lambda x, y, s, h, xp: xp.sum(xp.ones_like(x)) * xp.max(xp.ones_like(x)) * s,
}
FORMULAS |= {f: lambda x, y, s, h, xp, f=f: getattr(xp, f)(x) for f in sorted(SINGLE)}
FORMULAS |= {f: lambda x, y, s, h, xp, f=f: getattr(xp, f)(x, y) for f in sorted(PAIRS)}
FORMULAS |= {f: lambda x, y, s, h, xp, f=f: getattr(xp, f)(x > 0, y > 0) for f in LOGICAL}
FORMULAS |= {
    f"{op.__name__} {kind}": lambda x, y, s, h, xp, op=op, pick=pick: op(*pick(x, y, s, h))
    for op in BINARY
    for kind, pick in {
        "array and array": lambda x, y, s, h: (x, y),
        "array and number": lambda x, y, s, h: (x, h),
        "number and array": lambda x, y, s, h: (h, y),
        "array and scalar": lambda x, y, s, h: (x, s),
        "literal and array": lambda x, y, s, h: (3, y),
        "array and literal": lambda x, y, s, h: (x, 3),
        "scalar and number": lambda x, y, s, h: (s, h),
    }.items()
}
FORMULAS |= {
    f"power {n}": lambda x, y, s, h, xp, n=n: x**n
    for n in (-2, -1, 0, 0.5, 1, 2, 2.0, 3, 4, 5, 0.3)
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", FORMULAS)
def test_a_traced_formula_is_numpys(name, dtype):
    assert_equal(FORMULAS[name], dtype)


ARRAY = Array(given("x", "float32", Kind.ELEMENT), (3, 2))
NUMBER = Number(given("h", "float64", Kind.NUMBER))


def test_a_formula_finds_the_functions():
    assert namespace_of(ARRAY, NUMBER, 0.5) is namespace


@pytest.mark.parametrize("value", [ARRAY, NUMBER, ARRAY > 0])
@pytest.mark.parametrize("ask", [bool, float, int, range, math.sqrt])
def test_there_are_no_values_yet(value, ask):
    with pytest.raises(CannotLowerError, match=r"^its formula branches on"):
        ask(value)


ELSEWHERE = {
    "it takes single elements out of an array": lambda: ARRAY[0],
    "it takes single elements out of an array ": lambda: list(ARRAY),
    "it holds an array of constants": lambda: ARRAY * np.ones(2),
    "it computes with str": lambda: namespace.where(ARRAY > 0, ARRAY, "x"),
    "it computes add of int64": lambda: namespace.zeros_like(ARRAY, dtype="int64") + 1,
    "it computes add of bool": lambda: (ARRAY > 0) + (ARRAY > 1),
    "it computes logical_and of float32": lambda: ARRAY & ARRAY,
    "it computes multiply of int64": lambda: (ARRAY > 0) * 2,
    "no kernel knows sum along an axis": lambda: namespace.sum(ARRAY, axis=0),
    "no kernel knows max along an axis": lambda: namespace.max(ARRAY, keepdims=True),
    "no kernel knows sum of bool": lambda: namespace.sum(ARRAY > 0),
}


@pytest.mark.parametrize("message", ELSEWHERE)
def test_what_another_reader_may_read(message):
    with pytest.raises(CannotTraceError, match=f"^{message.strip()}$"):
        ELSEWHERE[message]()


def test_a_function_that_is_not_here():
    with pytest.raises(AttributeError, match=r"^no kernel knows flip$"):
        namespace.flip(ARRAY)
    assert not hasattr(namespace, "flip")


class Other:
    """Of another kind, which knows what to do with arrays."""

    def __radd__(self, array):
        return "added"


def test_operators_yield_to_others():
    assert ARRAY + Other() == "added"
    with pytest.raises(TypeError):
        ARRAY * Other()
