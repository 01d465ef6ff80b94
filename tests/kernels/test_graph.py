"""The graph of a formula: its names and dtypes, and what it says of a rule that it cannot hold."""

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from slalom.errors import SlalomError
from slalom.kernels.formula import _constant, formula
from slalom.kernels.numbers import skeleton
from slalom.rules import Adam, Exponential, NAdam, Rule, SmoothedNesterov, hyper


def graph(rule, dtype="float32"):
    return formula(skeleton(rule), dtype, (3,))


def nodes(root):
    """All nodes below one, with itself."""
    return [root, *(below for node in root.inputs for below in nodes(node))]


def test_every_number_has_its_label():
    assert graph(Adam()).labels == ("t", "lr", "beta1", "beta2", "eps")
    labels = graph(SmoothedNesterov(points=(0.5, 1), weights=(1, 2))).labels
    assert labels == ("t", "lr", "momentum", "points[0]", "points[1]", "weights[0]", "weights[1]")


def test_a_python_number_is_wide_and_a_schedules_as_wide_as_the_leaf():
    found = graph(Adam(lr=Exponential(0.1), beta1=0.5))
    assert [n.dtype for n in found.numbers] == ["float64", "float32", *["float64"] * 3]
    assert [n.text for n in found.numbers] == ["h0", "h1", "h2", "h3", "h4"]
    assert found.moved.dtype == "float32"


def test_names_and_numbers_have_no_inputs():
    found = graph(NAdam())
    leaves = {n for n in nodes(found.moved) if not n.inputs} | {e.node for e in found.entries}
    assert {(n.inputs, type(n.varies)) for n in leaves} == {((), bool)}
    varying = {n.text: n.dtype for n in leaves if n.varies}
    assert varying == dict.fromkeys(["x", "g", "s0", "s1"], "float32")
    assert [e.is_array for e in found.entries] == [True, True, False]
    assert {n.varies for n in found.numbers} == {False}


@dataclass(frozen=True)
class Squared(Rule, name="squared"):
    """A product of numbers, before any element is met."""

    elementwise = True

    lr: float = hyper(0.1, "learning rate")

    def update(self, g, state, x, t):
        return (self.lr * self.lr) * g, state


@pytest.mark.parametrize(("lr", "dtype"), [(0.5, "float64"), (Exponential(0.5), "float32")])
def test_numbers_among_themselves(lr, dtype):
    [product] = {
        n for n in nodes(graph(Squared(lr)).moved) if n.text == "{0} * {1}" and not n.varies
    }
    assert product.dtype == dtype


@dataclass(frozen=True)
class Formulas(Rule, name="formulas"):
    """A rule of any two formulas."""

    elementwise = True
    begin: ClassVar[Any] = staticmethod(lambda x: ())
    go: ClassVar[Any] = staticmethod(lambda g, s: (-g, s))

    def init(self, x):
        return self.begin(x)

    def update(self, g, state, x, t):
        return self.go(g, state)


def rule_of(go, begin=lambda x: ()):
    made = type("Made", (Formulas,), {"begin": staticmethod(begin), "go": staticmethod(go)})
    return dataclass(frozen=True)(made)()


def fails(g, s):
    raise ValueError("first\nsecond")


def test_the_step_says_why_no_kernel_computes_it():
    message = "no kernel knows cumsum as an operation on single elements"
    found = graph(rule_of(lambda g, s: (jnp.cumsum(g), s))).moved
    assert found.why_not == message
    constants = np.arange(3, dtype=np.float32)
    held = graph(rule_of(lambda g, s: (g * constants, s))).moved
    assert held.why_not == "it holds an array of constants"


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, 2.5, True])
def test_constants_are_written_in_their_dtype(value):
    constant = np.float32(value) if isinstance(value, float) else np.bool_(value)
    found = _constant(constant)
    again = eval(found.text, {"np": np})
    assert again.dtype == found.dtype == constant.dtype
    np.testing.assert_equal(again, constant)


def test_a_finite_constant_is_written_as_a_number():
    assert _constant(np.float32(2.5)).text == "np.float32(2.5)"


class Named(NamedTuple):
    X: Any


def test_entries_are_called_by_their_fields():
    found = graph(rule_of(lambda g, s: (-g, Named(s.X + g)), lambda x: Named(0 * x)))
    assert [e.path for e in found.entries] == ["X"]
    assert found.structure == jax.tree.structure(Named(0))


STRUCTURE = r"^its state changes its structure from step to step$"
SHAPE = r"^its state has entries of another shape than the parameter's$"
REFUSED = {
    "fails": (rule_of(fails), r"^it does not trace: ValueError: first$"),
    "branches": (
        rule_of(lambda g, s: (g, s) if g[0] > 0 else (-g, s)),
        r"^its formula branches on a number or an element$",
    ),
    "peeks": (
        rule_of(lambda g, s: (-g, (s[0] + g.sum(),)), lambda x: (x.sum(),)),
        r"^a scalar of its state depends on single elements$",
    ),
    "wide step": (
        rule_of(lambda g, s: (g.astype("float64"), s)),
        r"^its step of float32 is float64 of another kind or shape$",
    ),
    "short step": (
        rule_of(lambda g, s: (g[:2], s)),
        r"^its step of float32 is float32 of another kind or shape$",
    ),
    "grows": (rule_of(lambda g, s: (-g, (g,))), STRUCTURE),
    "wide after": (
        rule_of(lambda g, s: (-g, (s[0].astype("float64"),)), lambda x: (x,)),
        r"^its state has entries of float32 beside float32$",
    ),
    "counts": (
        rule_of(lambda g, s: (-g, (g,)), lambda x: (x.astype("int32"),)),
        r"^its state has entries of int32 beside float32$",
    ),
    "short": (rule_of(lambda g, s: (-g, s), lambda x: (x[:2],)), SHAPE),
    "swells": (rule_of(lambda g, s: (-g, (g,)), lambda x: (x[0],)), SHAPE),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals_say_all_in_one_line(case):
    rule, message = REFUSED[case]
    with pytest.raises(SlalomError, match=message):
        graph(rule)
