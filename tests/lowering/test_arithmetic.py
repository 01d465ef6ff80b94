"""Functions of traced numbers give numbers, which are Python's."""

import math
from dataclasses import dataclass

import numpy as np
import pytest

from slalom.lowering import Kind, arrays, lowered, numbers_at, skeleton
from slalom.lowering.graph import given
from slalom.lowering.tracing import Number
from slalom.rules import Rule, hyper
from slalom.rules.vocabulary import exp, larger, log, quotient, smaller, sqrt, where

from .evaluating import evaluate

FORMULAS = {
    "sqrt": lambda h, t: sqrt(1 - h**t),
    "exp and log": lambda h, t: exp(h / log(1 + t)),
    "larger, of an int": lambda h, t: larger(1, 2 * t),
    "larger": lambda h, t: larger(t, h),
    "smaller": lambda h, t: smaller(h, 1 / t),
    "smaller, of an int": lambda h, t: smaller(1, t),
    "where": lambda h, t: where(t < 3, h * t, 1),
    "where it does not hold": lambda h, t: where(t % 2 == 0, 2, 1 - h),
    "quotient": lambda h, t: quotient(h, t),
    "quotient, by 0": lambda h, t: quotient(-h, t - t),
    "quotient, of 0 by 0": lambda h, t: quotient(0, h - h),
    "quotient, of an int": lambda h, t: quotient(2, h),
    "among themselves": lambda h, t: sqrt(larger(h, t) / smaller(h, t)) - quotient(1, h),
}
H = math.pi / 10


@pytest.mark.parametrize("t", [1, 2, 3, 7])
@pytest.mark.parametrize("name", FORMULAS)
def test_a_function_of_numbers_is_pythons(name, t):
    traced = [Number(given(n, "float64", Kind.NUMBER)) for n in "ht"]
    found = FORMULAS[name](*traced)
    expected = FORMULAS[name](H, t)
    assert type(found) is Number
    assert found.node.dtype == "float64"
    assert type(expected) in (float, int)
    assert evaluate(found.node, {"h": np.float64(H), "t": np.float64(t)}) == expected


@pytest.mark.parametrize("pair", [(np.nan, 1.0), (1.0, np.nan)])
@pytest.mark.parametrize("function", [larger, smaller])
def test_what_is_no_number_passes_through(function, pair):
    h, t = (Number(given(n, "float64", Kind.NUMBER)) for n in "ht")
    assert math.isnan(function(*pair))
    assert math.isnan(evaluate(function(h, t).node, dict(zip("ht", pair, strict=True))))


def test_an_array_decides_between_arrays_alone():
    array = arrays.Array(given("g", "float32", Kind.ELEMENT), (3,))
    with pytest.raises(TypeError, match="where takes at least one array beside its condition"):
        where(array > 0, Number(given("h", "float64", Kind.NUMBER)), 1.0)


@dataclass(frozen=True)
class Corrected(Rule, name="corrected"):
    """Numbers that would lose half their digits as arrays of float32."""

    lr: float = hyper(0.1, "learning rate")
    beta2: float = hyper(0.999, "decay")

    def update(self, g, state, t):
        rate = self.lr * sqrt(1 - self.beta2**t) / larger(1, 2 * t)
        return -rate * where(t == 1, g, 0.5 * g) * quotient(t, self.beta2), state


@pytest.mark.parametrize("t", [1, 2, 30])
def test_numbers_stay_as_wide_as_pythons_until_they_meet_an_array(t):
    found, g = lowered(skeleton(Corrected()), "float32"), np.float32([0.1, -2.7, 31])
    numbers = zip(found.numbers, numbers_at(Corrected(), t, "float32").tolist(), strict=True)
    inputs = {"x": 0 * g, "g": g, **{n.attributes["name"]: value for n, value in numbers}}
    expected, _ = Corrected().step(0 * g, g, (), t)
    np.testing.assert_array_equal(evaluate(found.moved, inputs), expected)
