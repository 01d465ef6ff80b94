"""Rules, drawn at random from all that are legal, and gradients."""

import dataclasses
import math

import numpy as np
from hypothesis import strategies as st

from slalom.rules import (
    RULES,
    WRAPPERS,
    Adam,
    Constant,
    Cosine,
    Exponential,
    Muon,
    OneCycle,
    Partition,
    Piecewise,
    Polynomial,
    SmoothedNesterov,
    StepDecay,
)

reals = st.floats(-1e6, 1e6) | st.integers(-1000, 1000) | st.floats(-1e-300, 1e-300)
counts = st.integers(1, 1000)


def within(interval):
    """Legal numbers of a field, whole and real, at its ends too."""
    floats = st.floats(
        None if math.isinf(interval.low) else interval.low,
        None if math.isinf(interval.high) else interval.high,
        allow_nan=False,
        allow_infinity=False,
    )
    ends = st.sampled_from([interval.low, interval.high, 0, 1, 0.5])
    return (floats | st.integers(-2, 10**6) | ends).filter(lambda v: v in interval)


@st.composite
def piecewise(draw):
    boundaries = sorted(draw(st.lists(counts, min_size=1, max_size=3)))
    values = draw(st.lists(reals, min_size=len(boundaries) + 1, max_size=len(boundaries) + 1))
    return Piecewise(tuple(values), tuple(boundaries))


schedules = st.one_of(
    st.builds(Constant, reals),
    piecewise(),
    st.builds(Exponential, reals, rate=reals),
    st.builds(Polynomial, initial=reals, rate=st.floats(0, 10), offset=st.floats(-1, 3)),
    st.builds(StepDecay, reals, every=counts),
    st.builds(Cosine, reals, st.integers(11, 99), warmup=st.integers(0, 10), final=reals),
    st.builds(OneCycle, reals, st.integers(20, 99), rise=st.floats(0.1, 0.9)),
    st.builds(Exponential, st.builds(Constant, reals)),
)


def content(field):
    """Legal contents of one field."""
    if field.metadata["kind"] == "convention":
        return st.sampled_from(field.metadata["choices"])
    found = within(field.metadata["within"]) | schedules
    if isinstance(field.default, tuple):
        return st.lists(found, min_size=1, max_size=4).map(tuple)
    return found | st.none() if field.default is None else found


def of_class(cls):
    """Values of one class, any of its fields given."""
    if cls is SmoothedNesterov:
        number = reals | schedules
        points = st.lists(number, min_size=1, max_size=4).map(tuple)
        weighed = st.lists(st.tuples(number, st.floats(1e-9, 9)), min_size=1, max_size=4)
        return st.builds(cls, points=points) | weighed.map(
            lambda pairs: cls(points=[p for p, _ in pairs], weights=[w for _, w in pairs])
        )
    if cls is Partition:
        return st.builds(cls, matrices=bare_of(Muon), rest=bare_of(Adam))
    return bare_of(cls)


def bare_of(cls):
    """Values of a class, any of its numbers and conventions given."""
    fields = [f for f in dataclasses.fields(cls) if f.metadata["kind"] in ("hyper", "convention")]
    given = st.fixed_dictionaries({}, optional={f.name: content(f) for f in fields})
    return given.map(lambda values: cls(**values))


bare = st.one_of([of_class(cls) for cls in RULES.values()])
wrappers = st.one_of([of_class(cls) for cls in WRAPPERS.values()])
rules = st.recursive(
    bare, lambda inner: st.builds(lambda w, r: w | r, wrappers, inner), max_leaves=3
)


@st.composite
def gradients(draw, steps=12, size=3):
    """A sequence of gradients, none of them 0."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    sizes = 10.0 ** rng.uniform(-3, 3, size=(steps, size))
    return sizes * rng.choice([-1.0, 1.0], size=(steps, size))


def follow(rule, gs, x=None):
    """The iterates on NumPy."""
    x = np.zeros(gs.shape[1:]) if x is None else x
    state, found = rule.begin(x), []
    for t, g in enumerate(gs, start=1):
        delta, state = rule.step(x, g, state, t, grad=lambda _, g=g: g)
        x = x + delta
        found.append(x)
    return np.stack(found)
