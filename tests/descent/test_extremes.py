"""Runs at the ends of the range of numbers, and those that end far above their start."""

import jax.numpy as jnp
import numpy as np
import pytest

import slalom
from slalom.descent import Outcome, descend
from slalom.divergence import DIVERGENCE, has_diverged

FINISHED = Outcome("finished", 20)


def test_a_slope_whose_square_overflows():
    line = descend("gradient_descent(lr=1e-200)", "x*1e200", steps=20)
    assert line.outcome == FINISHED
    assert line.gradient_norm == 1e200
    steep = descend("gradient_descent(lr=0)", "x**64 + y", steps=20, dtype="float32")
    assert steep.outcome == FINISHED


def test_a_slope_whose_square_underflows():
    slope = descend("gradient_descent(lr=0.1)", "x*1e-200", steps=20, tol=1e-210)
    assert slope.outcome == FINISHED
    assert slope.gradient_norm == 1e-200
    assert descend("gradient_descent", "x*1e-200", steps=20, tol=1e-190).outcome.kind == "converged"


@pytest.mark.parametrize("path", [True, False])
def test_positions_whose_sum_overflows(path):
    """Each component is finite, and so are the loss and the slope."""
    starts = np.full((2, 3), 1e308)
    run = descend("gradient_descent(lr=1)", jnp.max, starts=starts, steps=20, path=path)
    assert [run.outcome[k] for k in range(2)] == [FINISHED, FINISHED]


def hole(x):
    """x²/2, not defined from 0.4 to 0.6, where its gradient by JAX is 0."""
    return jnp.where((x > 0.4) & (x < 0.6), jnp.nan, x * x / 2)


@pytest.mark.parametrize("rule", ["momentum(lr=0.1)", "average(0.5) | momentum(lr=0.1)"])
def test_a_loss_that_is_nan_for_a_step_while_its_gradient_is_finite(rule):
    """With and without its path a run ends where the loss is first no number."""
    starts = np.linspace(-0.35, 3, 12)
    found = [descend(rule, hole, starts=starts, steps=40, path=path) for path in (True, False)]
    paths, ends = (run.outcome for run in found)
    assert {"finished", "left the domain"} == {paths[k].kind for k in range(len(starts))}
    assert ends.kind.tolist() == paths.kind.tolist()
    assert ends.step.tolist() == paths.step.tolist()


def square(x):
    return jnp.sum(x * x)


@pytest.mark.parametrize("tol", [None, 1e-9])
def test_a_loss_far_above_its_start_has_diverged(tol):
    """On x² x(t) = x(0) (1 - 2 lr)^t: 1.2^t, whose square has risen by 1.44^t."""
    steps = int(np.ceil(np.log(DIVERGENCE) / np.log(1.44))) + 1
    for count, kind in ((steps, "diverged"), (steps - 2, "finished")):
        run = descend("gradient_descent(lr=1.1)", square, 10.0, count, tol=tol)
        assert run.outcome == Outcome(kind, count)
        assert np.isfinite(run.trace.loss).all()
        ends = descend(
            "gradient_descent(lr=1.1)", square, starts=np.array([10.0]), steps=count, tol=tol,
            path=False,
        )  # fmt: skip
        assert ends.outcome[0] == run.outcome
        assert ends.loss[0] == run.loss


def test_what_has_not_diverged():
    """A start at a minimum of 0, a loss that falls without end, and one that is large from the
    beginning."""
    noisy = descend("noise(1.0) | gradient_descent(lr=0.1)", square, np.zeros(3), 20)
    assert noisy.outcome == FINISHED
    assert noisy.loss > 0
    falling = descend("gradient_descent(lr=1)", lambda x: -square(x), np.ones(1), 60)
    assert falling.loss < -1e50
    assert falling.outcome.kind == "finished"
    assert descend("gradient_descent", lambda x: 1e200 + square(x), 1.0, 20).outcome == FINISHED
    assert not has_diverged(1e300, 1.7e308)
    assert not has_diverged(-1e300, 1.0)


def test_minimize():
    def line(x):
        return 1e200 * float(x[0])

    def slope(x):
        return np.array([1e200])

    run = slalom.minimize(
        line, [1.0], "gradient_descent(lr=1e-200)", gradient=slope, tol=1, steps=3
    )
    assert (run.status, run.nit) == (1, 3)
    far = slalom.minimize(
        lambda x: float(x @ x), [1.0], "gradient_descent(lr=6)", gradient=lambda x: 2 * x, steps=20
    )
    assert (far.status, far.success, far.nit) == (2, False, 20)
    assert far.fun == pytest.approx(11.0**40, rel=1e-9)
