"""How a run ends: at the step, and for the reason, that closed forms give."""

import math
import sys

import jax.numpy as jnp
import numpy as np
import pytest

from slalom import landscapes
from slalom.descent import Outcome, Outcomes, descend
from slalom.rules import Average, GradientDescent

UPHILL = GradientDescent(lr=1.1)


def square(x):
    return x * x


def test_ten_diverging_steps_stay_finite():
    """x(t) = 10 (1 - 2·1.1)^t on x²."""
    run = descend(UPHILL, square, 10.0, 10)
    assert run.outcome == Outcome("finished", 10)
    assert run.position == pytest.approx(61.917364224, rel=1e-13)
    np.testing.assert_allclose(run.trace.position, 10 * (-1.2) ** np.arange(11), rtol=1e-13)
    np.testing.assert_allclose(run.trace.loss, 100 * 1.44 ** np.arange(11), rtol=1e-13)


def test_a_loss_that_overflows_diverges_at_that_step():
    """100·1.44^t passes the largest number at the step that logarithms give."""
    k = math.ceil((math.log(sys.float_info.max) - math.log(100)) / math.log(1.44))
    run = descend(UPHILL, square, 10.0, k + 50)
    assert run.outcome == Outcome("diverged", k)
    assert run.outcome.failed
    assert run.loss == math.inf
    assert run.position == pytest.approx(10 * (-1.2) ** k, rel=1e-10)
    assert np.isfinite(run.trace.position[: k + 1]).all()
    assert np.isnan(run.trace.position[k + 1 :]).all()
    before = descend(UPHILL, square, 10.0, k - 1)
    assert np.isfinite(before.loss)
    assert before.outcome == Outcome("diverged", k - 1)  # 10^306 times its start


def test_a_step_out_of_the_domain():
    """complex_sum is defined for x > 0; its gradient, by hand, leads out of that."""
    x, y = landscapes.complex_sum.start
    path, lr = [(x, y)], 0.1
    while x > 0:
        slope = (
            2 * (x - 3) + 0.5 / math.sqrt(x) + y * math.cos(x * y),
            32 * (y - 5) ** 3 + x * math.cos(x * y),
        )
        x, y = x - lr * slope[0], y - lr * slope[1]
        path.append((x, y))
    k = len(path) - 1
    run = descend(GradientDescent(lr), landscapes.complex_sum, steps=k + 5)
    assert run.outcome == Outcome("left the domain", k)
    assert str(run.outcome) == f"left the domain at step {k}"
    np.testing.assert_allclose(run.trace.position[: k + 1], path, rtol=1e-9)
    np.testing.assert_allclose(run.position, path[-1], rtol=1e-9)
    assert np.isnan(run.loss)
    assert np.isfinite(run.trace.loss[:k]).all()
    for array in (run.trace.position, run.trace.loss, run.trace.step_length):
        assert np.isnan(array[k + 1 :]).all()
    assert run.best_loss == run.trace.loss[:k].min()


def test_a_function_that_is_nan_has_no_domain_there():
    run = descend(GradientDescent(lr=1.0), lambda x: jnp.sqrt(x).sum(), [0.5], 9)
    assert run.outcome == Outcome("left the domain", 1)
    np.testing.assert_allclose(run.position, 0.5 - 0.5 / np.sqrt([0.5]), rtol=1e-15)
    nowhere = descend(GradientDescent(), lambda x: x * math.nan, 2.0, 3)
    assert nowhere.outcome == Outcome("left the domain", 0)
    assert nowhere.position == 2
    assert np.isnan(nowhere.best_loss)


def test_a_function_too_large_for_a_number_diverges():
    """-exp(x), whose slope leads up: 0, 1, 1 + e, … until the exponential overflows."""
    x, k = 0.0, 0
    while x <= math.log(sys.float_info.max):
        x, k = x + math.exp(x), k + 1
    run = descend(GradientDescent(lr=1.0), lambda x: -jnp.exp(x), 0.0, 9)
    assert run.outcome == Outcome("diverged", k)
    assert run.position == pytest.approx(x, rel=1e-9)
    assert run.loss == -math.inf


def test_a_function_is_asked_with_arrays_of_jax_even_where_it_fails():
    def function(x):
        return jnp.sum(jnp.sqrt(x.at[0].add(0.0)))

    assert descend(GradientDescent(lr=1.0), function, [0.5], 3).outcome.kind == "left the domain"


@pytest.mark.parametrize("tol", [1e-3, 0.5, 19.0])
def test_converged_at_the_first_step_below_tol(tol):
    """|g(t)| = 20·0.8^t."""
    k = math.floor(math.log(tol / 20) / math.log(0.8)) + 1
    run = descend(GradientDescent(lr=0.1), square, 10.0, 200, tol=tol)
    assert run.outcome == Outcome("converged", k)
    assert not run.outcome.failed
    assert run.position == pytest.approx(10 * 0.8**k, rel=1e-12)
    assert run.gradient_norm == pytest.approx(20 * 0.8**k, rel=1e-12)
    assert run.gradient_norm < tol
    assert np.isnan(run.trace.position[k + 1 :]).all()
    assert descend(GradientDescent(lr=0.1), square, 10.0, k - 1 or 1, tol=tol).outcome == (
        Outcome("finished", k - 1) if k > 1 else Outcome("converged", 1)
    )


def test_without_tol_nothing_converges():
    assert descend(GradientDescent(), square, 0.0, 5).outcome == Outcome("finished", 5)
    assert descend(GradientDescent(), square, 0.0, 5, tol=1e-9).outcome == Outcome("converged", 0)


def test_an_average_is_judged_and_not_the_iterate():
    """x(t) = 10·0.8^t, a = 0.9 a + 0.1 x from a = 10."""
    x = 10 * 0.8 ** np.arange(61)
    a = [10.0]
    for now in x[1:]:
        a.append(0.9 * a[-1] + 0.1 * now)
    a = np.array(a)
    rule = Average(0.9) | GradientDescent(lr=0.1)
    run = descend(rule, square, 10.0, 60)
    np.testing.assert_allclose(run.trace.position, a, rtol=1e-12)
    np.testing.assert_allclose(run.trace.loss, a**2, rtol=1e-12)
    np.testing.assert_allclose(run.trace.gradient_norm, 2 * a, rtol=1e-12)
    np.testing.assert_allclose(run.trace.step_length, np.abs(np.diff(a, prepend=10)), rtol=1e-10)
    k = int(np.argmax(2 * a < 1.0))
    assert k > np.argmax(2 * x < 1.0)
    assert descend(rule, square, 10.0, 60, tol=1.0).outcome == Outcome("converged", k)
    ends = descend(rule, square, starts=np.array([10.0]), steps=60, tol=1.0, path=False)
    assert ends.outcome[0] == Outcome("converged", k)
    np.testing.assert_allclose(ends.position, a[k : k + 1], rtol=1e-12)


def test_outcomes_are_written_for_people():
    assert str(Outcome("finished", 7)) == "finished"
    assert str(Outcome("converged", 0)) == "converged at step 0"
    assert str(Outcome("left the domain", 3)) == "left the domain at step 3"


def test_outcomes_of_many_are_counted():
    many = Outcomes(np.array([0, 3, 0, 2], np.uint8), np.array([9, 1, 9, 4], np.int32))
    assert str(many) == "2 finished, 1 diverged, 1 left the domain"
    assert many.failed.tolist() == [False, True, False, True]
    assert many[1] == Outcome("left the domain", 1)
    assert len(many) == 4


def test_the_labelled_data_tell_how_each_run_ended():
    """From x it overflows where x² 1.44^t passes the largest number."""
    begin = 1e150
    last = math.ceil(math.log(math.sqrt(sys.float_info.max) / begin, 1.2))
    one = descend(UPHILL, square, begin, 60).data
    assert (one.outcome, one.outcome_step) == ("diverged", last)
    many = descend(UPHILL, lambda x: (x * x).sum(), starts=np.array([[1.0], [begin]]), steps=60)
    assert many.data.outcome.dims == ("start",)
    assert many.data.outcome.values.tolist() == ["finished", "diverged"]
    assert many.data.outcome_step.values.tolist() == [60, last]
