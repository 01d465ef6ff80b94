"""Sequences of gradients to compare rules on, and the path a rule takes through one."""

import numpy as np

STEPS = 300


def ordinary():
    """Normal draws with a drift; the last component is tiny, so that every eps shows."""
    return np.random.default_rng(0).normal(0.3, 1.0, (STEPS, 4)) * [1.0, 10.0, 0.01, 1e-8]


def odd():
    """Zeros at first and in stretches, 1e-30 throughout, sign flips, and a jump down."""
    g = np.random.default_rng(1).normal(size=(STEPS, 4))
    g[:20, 0] = g[100:200, 0] = 0
    g[:, 1] = 1e-30
    g[:, 2] = (-1.0) ** np.arange(STEPS)
    g[150:, 3] *= 1e-12
    return g


def spikes():
    """Small gradients with, now and then, one of 1e8."""
    g = np.random.default_rng(2).normal(size=(STEPS, 4))
    g[[0, 40, 170], [0, 1, 2]] = 1e8, -1e8, 1e8
    g[::60, 3] = 1e8
    return g


SEQUENCES = {"ordinary": ordinary(), "odd": odd(), "spikes": spikes()}


def path(rule, gs, x=None):
    """The iterates after each step on NumPy; the gradients do not depend on the place."""
    x = np.zeros(gs.shape[1:]) if x is None else x
    state, found = rule.begin(x), []
    for t, g in enumerate(gs, start=1):
        delta, state = rule.step(x, g, state, t, grad=lambda _, g=g: g)
        x = x + delta
        found.append(x)
    return np.stack(found)


def deltas(rule, gs, x=None):
    """The steps from a point that stays where it is."""
    x = np.zeros(gs.shape[1:]) if x is None else x
    state, found = rule.begin(x), []
    for t, g in enumerate(gs, start=1):
        delta, state = rule.step(x, g, state, t, grad=lambda _, g=g: g)
        found.append(delta)
    return np.stack(found)


def assert_same(ours, theirs, rtol=1e-12):
    """Equal paths, each component measured by its own extent."""
    extent = np.max(np.abs(theirs), axis=0)
    assert np.all(extent > 0)
    worst = np.max(np.abs(ours - theirs) / extent)
    assert worst < rtol, f"off by {worst:.2e} of the path"
