"""What cannot be stepped is refused in one line, and nothing is touched."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest

from slalom.errors import SlalomError
from slalom.kernels import Stepper, why_not
from slalom.rules import Adam, Momentum, Rule, hyper, namespace, parse

from .stepping import begun

RULE = Momentum(lr=0.5)
SIZE = 4


def zeros(size=SIZE, dtype=np.float64):
    return np.zeros(size, dtype)


def ones(size=SIZE, dtype=np.float64):
    return np.ones(size, dtype)


def readonly(array):
    array.flags.writeable = False
    return array


def state(array):
    return [type(RULE.begin(np.zeros(1)))(array)]


BAD = {
    "2 parameters, 1 gradients and 1 states": ([zeros(), zeros()], [ones()], state(zeros())),
    "parameter 0 must be a NumPy array, got list": ([[0.0]], [ones()], state(zeros())),
    "parameter 0 must be float64, got float32": ([zeros(4, "f4")], [ones()], state(zeros())),
    "parameter 0 must be float64, got >f8": ([zeros(4, ">f8")], [ones()], state(zeros())),
    "parameter 0 is read-only": ([readonly(zeros())], [ones()], state(zeros())),
    "a gradient must be a NumPy array, got NoneType": ([zeros()], [None], state(zeros())),
    "gradient 0 must be float64, got float32": ([zeros()], [ones(4, "f4")], state(zeros())),
    "gradient 0 must have the shape (4,), got (3,)": ([zeros()], [ones(3)], state(zeros())),
    "gradient 0 must have the shape (4,), got (2, 2)": ([zeros()], [ones((2, 2))], state(zeros())),
    "state 0 is not one of this rule": ([zeros()], [ones()], [Adam().begin(zeros())]),
    "state 0, v must have the shape (4,), got ()": ([zeros()], [ones()], state(zeros(()))),
    "state 0, v must be float64, got int64": ([zeros()], [ones()], state(zeros(4, int))),
    "state 0, v must be a NumPy array, got float": ([zeros()], [ones()], state(0.5)),
    "state 0, v is read-only": ([zeros()], [ones()], state(readonly(zeros()))),
    "parameter 0 overlaps itself": (
        [np.lib.stride_tricks.as_strided(zeros(), (4,), (0,))], [ones()], state(zeros()),
    ),
}  # fmt: skip


@pytest.mark.parametrize("line", BAD)
def test_what_does_not_fit(line):
    params, grads, states = BAD[line]
    with pytest.raises(SlalomError) as caught:
        Stepper(RULE, "float64").step(params, grads, states, 1)
    assert str(caught.value).startswith(line)
    assert "\n" not in str(caught.value)
    assert not any(np.any(p) for p in params)


def test_a_bad_second_leaf_leaves_the_first_untouched():
    xs, gs = [zeros(), zeros()], [ones(), ones(3)]
    states = begun(RULE, xs)
    stepper = Stepper(RULE, "float64")
    with pytest.raises(SlalomError, match="gradient 1"):
        stepper.step(xs, gs, states, 1)
    assert not xs[0].any()
    assert not states[0].v.any()
    stepper.step(xs, [ones(), ones()], states, 1)  # and the stepper still works
    assert xs[1].tolist() == [-0.5] * SIZE
    with pytest.raises(SlalomError, match="gradient 1"):  # at a later step too
        stepper.step(xs, gs, states, 2)
    assert xs[0].tolist() == [-0.5] * SIZE


def test_a_scalar_of_the_state_is_an_array_without_dimensions():
    rule, x = parse("nadam()"), zeros()
    made = rule.begin(x)
    with pytest.raises(SlalomError, match=r"state 0, product must be a NumPy array, got float64"):
        Stepper(rule, "float64").step([x], [ones()], [made._replace(product=np.float64(1))], 1)


def overlapping():
    buffer = np.zeros(12)
    one, other = buffer[:4], buffer[3:7]
    return {
        "parameter and its state": ([one], [ones()], [other]),
        "parameter and itself as state": ([one], [ones()], [one]),
        "two parameters": ([one, other], [ones(), ones()], [zeros(), zeros()]),
        "states of two leaves": ([zeros(), zeros()], [ones(), ones()], [one, other]),
        "parameter and state of another leaf": ([one, zeros()], [ones(), ones()], [zeros(), other]),
        "gradient and its parameter": ([one], [one], [zeros()]),
        "gradient and another's state": ([zeros(), zeros()], [one, ones()], [zeros(), other]),
        "crossed strides": ([buffer[::2][:4]], [ones()], [buffer[6:10]]),
    }


@pytest.mark.parametrize("which", overlapping())
def test_overlap_in_memory(which):
    params, grads, buffers = overlapping()[which]
    with pytest.raises(SlalomError, match="overlap in memory"):
        Stepper(RULE, "float64").step(params, grads, [state(b)[0] for b in buffers], 1)


def test_a_gradient_that_comes_to_overlap_later():
    xs, stepper = [zeros(), zeros()], Stepper(RULE, "float64")
    states = begun(RULE, xs)
    for t in (1, 2):
        stepper.step(xs, [ones(), ones()], states, t)
    before = xs[0].copy()
    with pytest.raises(SlalomError, match="gradient 1 and state 0, v overlap in memory"):
        stepper.step(xs, [ones(), states[0].v], states, 3)
    assert np.array_equal(xs[0], before)


def test_bounds_may_cross_where_elements_do_not():
    """Columns of one matrix, forwards and backwards."""
    matrix = np.zeros((SIZE, 3))
    x, v, g = matrix[:, 0], matrix[::-1, 1], matrix[:, 2]
    g[:] = [1, 2, 3, 4]
    Stepper(RULE, "float64").step([x], [g], state(v), 1)
    assert x.tolist() == [-0.5, -1, -1.5, -2]
    assert v.tolist() == [0.5, 1, 1.5, 2]
    assert g.tolist() == [1, 2, 3, 4]


def test_gradients_may_share_memory():
    xs, g = [zeros(), zeros((2, SIZE))], ones()
    Stepper(RULE, "float64").step(xs, [g, np.broadcast_to(g, (2, SIZE))], begun(RULE, xs), 1)
    assert [set(x.ravel()) for x in xs] == [{-0.5}, {-0.5}]


@dataclass(frozen=True)
class BySize(Rule, name="by_size"):
    lr: float = hyper(0.1, "learning rate")

    def update(self, g, state):
        return -self.lr / g.shape[0] * g, state


@dataclass(frozen=True)
class Branching(Rule, name="branching"):
    lr: float = hyper(0.1, "learning rate")

    def update(self, g, state):
        return (g if self.lr > 1 else -self.lr * g), state


class Counted(NamedTuple):
    count: object


@dataclass(frozen=True)
class Counting(Rule, name="counting"):
    lr: float = hyper(0.1, "learning rate")

    def init(self, x):
        xp = namespace(x)
        return Counted(xp.zeros_like(x, dtype=xp.int64))

    def update(self, g, state):
        return -self.lr * g, Counted(state.count + 1)


@dataclass(frozen=True)
class Flipping(Rule, name="flipping"):
    lr: float = hyper(0.1, "learning rate")

    def update(self, g, state):
        return -self.lr * namespace(g).flip(g), state


@dataclass(frozen=True)
class Broken(Rule, name="broken"):
    lr: float = hyper(0.1, "learning rate")

    def update(self, g):
        raise KeyError("lost")


@dataclass(frozen=True)
class Beside(Rule, name="beside"):
    """Makes an array of another shape than the parameter's."""

    lr: float = hyper(0.1, "learning rate")

    def update(self, g, state):
        return -self.lr * namespace(g).ones((1,), g.dtype) * g, state


REASONS = [
    (parse("nesterov()"), "float32", "nesterov needs grad, which a kernel does not take"),
    (parse("muon()"), "float32", "muon cannot be fused: its formula asks for the layout or the"),
    (
        parse("partition(matrices=lion(), rest=adam())"),
        "float32",
        "partition cannot be fused: each of its parts has a formula of its own",
    ),
    (parse("noise(1) | adam()"), "float32", "noise needs key, which a kernel does not take"),
    (Adam(), "float16", "kernels compute in float32 and float64, not float16"),
    (Adam(), "torch.bfloat16", "kernels compute in float32 and float64, not bfloat16"),
    (BySize(), "float32", "by_size cannot be fused: its formula depends on the shape"),
    (Beside(), "float32", "beside cannot be fused: no kernel knows broadcast_in_dim as an"),
    (Branching(), "float32", "branching cannot be fused: its formula branches on a number"),
    (Counting(), "float32", "counting cannot be fused: its state has entries of int64"),
    (Flipping(), "float32", "flipping cannot be fused: no kernel knows rev"),
    (Broken(), "float32", "broken cannot be fused: it does not trace: KeyError: 'lost'"),
]


@pytest.mark.parametrize(("rule", "dtype", "reason"), REASONS, ids=lambda value: str(value)[:30])
def test_why_a_rule_cannot_be_fused(rule, dtype, reason):
    found = why_not(rule, dtype)
    assert found is not None
    assert found.startswith(reason)
    assert "\n" not in found
    with pytest.raises(SlalomError) as caught:
        Stepper(rule, dtype)
    assert str(caught.value) == found


def test_without_numba(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    expected = "numba is not installed: pip install 'slalom-optim[fused]' (in a clone: "
    assert why_not(Adam(), "float32").startswith(expected)
