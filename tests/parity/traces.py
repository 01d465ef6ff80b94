"""What an optimizer does with sequences of gradients, step by step, and how two compare."""

import pickle
from typing import NamedTuple

import numpy as np

from slalom.rules import Piecewise, parse, settings, with_settings
from slalom.rules.state import named

from ..rules.sequences import SEQUENCES, STEPS

HALF = STEPS // 2
QUICK = {"xla_backend_optimization_level": 0}  # of XLA: it compiles longer than it runs
ORDINARY, ODD, SPIKES = SEQUENCES.values()
# a scalar, a vector and a matrix; no component's gradients depend on another's, or on the place
GRADIENTS = [ORDINARY[:, 1], ORDINARY, np.stack([ODD, SPIKES], axis=1)]
START = np.array([1.0, -2.0, 0.5, 3.0])


class Trace(NamedTuple):
    """All leaves in one row, along the steps."""

    x: np.ndarray
    """the parameters at the start and after every step, (STEPS + 1, n)"""
    states: dict[str, np.ndarray]
    """what is remembered after every step, by Slalom's name, (STEPS, n) or (STEPS, leaves)"""


def starts(moved):
    """The leaves at step 0: at 0, where a path is seen best, or elsewhere, where weights decay."""
    return [START[1] * moved, START * moved, np.stack([START, START]) * moved]


def flat(leaves):
    """Leaves with the steps along their first axis, or lists of leaves, in one row a step."""
    if isinstance(leaves[0], list):
        leaves = [np.stack(leaf) for leaf in zip(*leaves, strict=True)]
    return np.concatenate([np.reshape(leaf, (len(leaf), -1)) for leaf in leaves], axis=1)


def ours(rule, xs, *, resumed=False):
    """The trace of a rule on NumPy; `resumed`: rule and states are saved and loaded halfway."""
    xs = [np.asarray(x) for x in xs]
    state = rule.begin(xs)
    places, entries = [xs], []
    for t, gs in enumerate(zip(*GRADIENTS, strict=True), start=1):
        gs = [np.asarray(g) for g in gs]
        deltas, state = rule.step(xs, gs, state, t, grad=lambda _, gs=gs: gs)
        if resumed and t == HALF:
            rule, state = parse(str(rule)), pickle.loads(pickle.dumps(state))
        xs = [np.asarray(x + delta) for x, delta in zip(xs, deltas, strict=True)]
        places.append(xs)
        entries.append({name: list(entry) for name, entry in named(state).items()})
    return Trace(flat(places), {n: flat([step[n] for step in entries]) for n in entries[0]})


def rates(lr, *, changed=False):
    """A learning rate for every step; where `changed`, a third of it from the middle on."""
    return np.where(np.arange(STEPS) < HALF, lr, lr / 3 if changed else lr)


def with_changed_rate(rule):
    """The rule with the rates that `rates` gives."""
    lr = settings(rule)["lr"]
    return with_settings(rule, {"lr": Piecewise((lr, lr / 3), (HALF,))})


def assert_same(one, other, title="", rtol=1e-12):
    """Equal parameters, states and steps; each component is measured by its own extent."""
    assert one.states.keys() == other.states.keys()
    for name in one.states:
        _assert_close(f"{title} {name}", one.states[name], other.states[name], rtol)
    _assert_close(f"{title} x", one.x, other.x, rtol)
    # a step as the difference of two parameters has the rounding of both
    rounding = 4 * np.finfo(float).eps * np.max(np.abs(one.x), axis=0)
    steps = np.diff(one.x, axis=0), np.diff(other.x, axis=0)
    _assert_close(f"{title} step", *steps, rtol, rounding)


def _assert_close(name, one, other, rtol, atol=0.0):
    extent = np.max(np.abs(other), axis=0)
    assert np.all(extent > 0), f"{name} stays 0 in {np.flatnonzero(extent == 0)}"
    worst = np.max((np.abs(one - other) - atol) / extent)
    assert worst < rtol, f"{name} is off by {worst:.2e} of its extent"  # a NaN too
