"""Formulas read off their jaxprs: those that our own arrays cannot read, and all others alike."""

from dataclasses import dataclass
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from slalom.lowering import Kind, jaxprs, lowered, numbers_at, skeleton, tree
from slalom.lowering import formula as module
from slalom.lowering.graph import given
from slalom.rules import Rule, chain, hyper

from ..contract.table import RULES
from .evaluating import evaluate

NO_GRAPH = ("adafactor", "came", "scion", "sm3", "soap", "shampoo", "plus_one")
"""Divide by the leaf's size, branch, or have a state of another shape than the parameter."""
READ = [
    text
    for text, rule in RULES.items()
    if rule.needs == {"g"}
    and not any(link.coupled for link in chain(rule))
    and not any(name in text for name in NO_GRAPH)
]
PRECISION = {"float32": 2e-6, "float64": 4e-15}


def read(function, shape=(3,), dtype="float32"):
    """The graph of a function of x and y."""
    with jax.enable_x64(True):
        leaf = jax.ShapeDtypeStruct(shape, dtype)
        traced = jax.make_jaxpr(function)(leaf, leaf)
        inputs = [given(n, dtype, Kind.ELEMENT if shape else Kind.LEAF) for n in "xy"]
        return jaxprs.walk(traced.jaxpr, traced.consts, inputs, shape)


@pytest.fixture
def by_jax(monkeypatch):
    """Whatever is read is read by JAX."""
    lowered.cache_clear()
    monkeypatch.setattr(module, "arrays", SimpleNamespace(read=jaxprs.read))
    yield
    lowered.cache_clear()


@pytest.mark.usefixtures("by_jax")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("text", READ)
def test_both_readers_read_one_formula(text, dtype):
    rule, rng = RULES[text], np.random.default_rng(0)
    found = lowered(skeleton(rule), dtype)
    x, g = rng.normal(size=(2, 4, 3)).astype(dtype)
    state = rule.begin(x)
    inputs = {"x": x, "g": g}
    numbers = zip(found.numbers, numbers_at(rule, 2, dtype), strict=True)
    inputs |= {n.attributes["name"]: np.dtype(n.dtype).type(v) for n, v in numbers}
    inputs |= {
        e.node.attributes["name"]: v for e, v in zip(found.entries, tree.leaves(state), strict=True)
    }
    delta, after = rule.step(x, g, state, 2)
    expected = [x + delta, *tree.leaves(after)]
    for goal, one in zip(found.goals, expected, strict=True):
        ours = np.broadcast_to(evaluate(goal, inputs), np.shape(one))
        assert ours.dtype == dtype
        np.testing.assert_allclose(ours, one, rtol=PRECISION[dtype], atol=PRECISION[dtype])


@pytest.mark.parametrize(
    ("name", "function", "expected"),
    [
        ("sum", jnp.sum, np.sum),
        ("max", jnp.max, np.max),
        ("min", jnp.min, np.min),
    ],
)
def test_reductions_over_all_of_a_leaf(name, function, expected):
    [node] = read(lambda x, y: function(x * y), (2, 3))
    assert (node.operation, node.kind, node.why_not) == (name, Kind.LEAF, "")
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    assert evaluate(node, {"x": x, "y": x - 1}) == expected(x * (x - 1))


@dataclass(frozen=True)
class Centred(Rule, name="centred"):
    """Written for JAX alone."""

    lr: float = hyper(0.1, "learning rate")

    def update(self, g, state):
        return -self.lr * (g - jnp.mean(g)), state


def test_a_rule_of_jax_alone_goes_by_its_jaxpr():
    """Its mean is of any number of elements."""
    found = lowered(skeleton(Centred()), "float64")
    assert found.passes == 2
    g = np.arange(5.0)
    moved = evaluate(found.moved, {"x": np.zeros(5), "g": g, "h0": 1.0, "h1": 0.5})
    assert moved.tolist() == [1.0, 0.5, 0.0, -0.5, -1.0]


CONSTANTS = np.arange(3, dtype=np.float32)
UNKNOWN = {
    "no kernel knows cumsum as an operation on single elements": lambda x, y: jnp.cumsum(x, axis=0),
    "no kernel knows reduce_sum as an operation on single elements": lambda x, y: (
        y - jnp.sum(x, axis=0)
    ),
    "no kernel knows rev as an operation on single elements": lambda x, y: jnp.sin(x[::-1]) + y,
    "it holds an array of constants": lambda x, y: x * CONSTANTS,
    "no kernel knows and as an operation on single elements": lambda x, y: (
        x.astype(int) & y.astype(int)
    ).astype(x.dtype),
    "no kernel knows round as an operation on single elements": lambda x, y: lax.round(
        x, lax.RoundingMethod.AWAY_FROM_ZERO
    ),
    "no kernel knows select_n as an operation on single elements": lambda x, y: lax.select_n(
        x.astype("int32"), x, y, y
    ),
}


@pytest.mark.parametrize("why_not", UNKNOWN)
def test_what_no_kernel_knows(why_not):
    [node] = read(UNKNOWN[why_not], (2, 3))
    assert node.why_not == why_not


def test_what_changes_no_element_is_no_operation():
    def function(x, y):
        return jnp.broadcast_to(lax.stop_gradient(x.reshape(x.shape)), x.shape), y.copy()

    assert [node.operation for node in read(function)] == ["input", "input"]
