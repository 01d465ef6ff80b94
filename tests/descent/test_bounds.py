"""Where a loss is known to be finite, so that no loop has to look at it."""

import itertools

import jax.numpy as jnp
import numpy as np
import pytest
from jax import enable_x64

from slalom.descent import KINDS, descend
from slalom.descent.bounds import radius
from slalom.landscapes import CATALOGUE, find

EXPONENT = {"float32": 128, "float64": 1024}  # of 2, where the dtype ends


def radius_of(function, dtype="float64", dim=1):
    """NaN where none is known."""
    with enable_x64(True):
        found = radius(function, np.zeros(dim, dtype))
    return np.nan if found is None else found


@pytest.mark.parametrize("dtype", EXPONENT)
def test_losses_within_it_are_finite(dtype):
    """At all corners, on the axes and in between."""
    known = {name: radius_of(each.value, dtype, each.dim) for name, each in CATALOGUE.items()}
    unknown = {name for name, far in known.items() if np.isnan(far)}
    assert unknown == {"wobbly", "complex_sum", "orbit"}
    draws = np.random.default_rng(0)
    for name, far in known.items():
        if far > 0:
            dim = CATALOGUE[name].dim
            ends = np.array(list(itertools.product((-1, 0, 1e-9, 1), repeat=dim)))
            points = np.concatenate([ends, draws.uniform(-1, 1, (100, dim))]) * far
            assert np.isfinite(CATALOGUE[name](points.astype(dtype))).all(), name


def test_the_largest_of_some_roots():
    """A quartic is finite where x⁴ is, below the fourth root of the largest number."""
    for dtype, top in EXPONENT.items():
        assert radius_of(lambda x: (x**4).sum(), dtype) == pytest.approx(2 ** (top / 5))
        assert radius_of(lambda x: (x * x).sum(), dtype) == pytest.approx(2 ** (top / 3))
    assert radius_of(lambda x: jnp.exp(x).sum()) == pytest.approx(2 ** (1024 / 129))


UNKNOWN = {
    "log(x)": find("log(x)").value,
    "1/x": find("1/x").value,
    "sqrt(x)": find("sqrt(x)").value,
    "a pole": lambda x: (1 / (x**2 - 4)).sum(),
    "a root of what rounding can make negative": lambda x: jnp.sqrt(1 - jnp.sin(x) ** 2).sum(),
    "a hole": lambda x: jnp.where(x > 1, jnp.nan, x).sum(),
    "infinite at a place": lambda x: jnp.where(x > 1, jnp.inf, x).sum(),
    "a difference of infinities": lambda x: (jnp.exp(x**64) - jnp.exp(x**64)).sum(),
    "a power": lambda x: (jnp.abs(x) ** x).sum(),
    "the root of a difference": lambda x: jnp.sqrt(x**2 - 2 * x + 1).sum(),
}


@pytest.mark.parametrize("function", UNKNOWN.values(), ids=UNKNOWN)
def test_others_are_looked_at(function):
    assert np.isnan(radius_of(function))


CONE, START = find("2^500*abs(x)"), np.array([[-1.0]])
"""The first step leads to lr 2^500, and the second back to 0: the minimum, without a slope."""


def ends(lr):
    """How a run ends on the cone, with its path and without."""
    for path in (True, False):
        run = descend(f"gradient_descent(lr={lr})", CONE, starts=START, steps=6, path=path)
        yield KINDS[int(np.ravel(run.outcome.kind)[0])], int(np.ravel(run.outcome.step)[0])


def test_a_loss_that_overflows_for_a_step_while_the_square_of_its_slope_does_not():
    assert list(ends(2.0**30)) == [("diverged", 1)] * 2


def test_a_run_that_goes_far_and_comes_back():
    """Beyond the radius where the loss is still finite: outcomes are as if nobody had looked."""
    assert radius_of(CONE.value) < 2.0**-155 * 2.0**500
    assert list(ends(2.0**-155)) == [("finished", 6)] * 2
