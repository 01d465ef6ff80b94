"""How many digits of a run hold: closed forms, and what the standings of known races rest on."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from slalom.descent import copies, descend
from slalom.descent.objective import Moment, as_objective
from slalom.descent.rounding import digits_of, enough, half_width, norms, rows_of
from slalom.errors import SlalomError

EPS = 2.0**-52


def held(rule, objective, start=None, steps=None, **options):
    """What rounding does to a run, and how many digits of its end hold."""
    run = descend(rule, objective, start, steps, digits=True, **options)
    return run.rounding, run.rounding.digits[run.outcome.step]


def test_the_estimate_is_that_of_cestac():
    """Where the run is the mean of its copies: Student's interval, as SciPy has it."""
    apart = np.array([3.0, -1.0, 0.5, -2.5, 1.0, -1.0, 2.0, -2.0])
    assert apart.sum() == 0
    student = stats.t(8).ppf(0.975)
    expected = student * np.sqrt(np.mean(apart**2)) / np.sqrt(8)
    with jax.enable_x64(True):
        assert half_width(jnp.asarray(apart)) == pytest.approx(expected, rel=1e-12)
        # neither squares that overflow nor ones that vanish, and no copy that is lost
        for size in (1e200, 1e-200):
            assert half_width(jnp.asarray(size * apart)) == pytest.approx(size * expected)
        assert half_width(jnp.asarray([*apart[:7], np.nan])) == np.inf
        assert half_width(jnp.zeros(8)) == 0


def test_digits_of_numbers():
    size = np.array([1.0, 100.0, 1e-9, 1.0, 1.0, np.nan])
    error = np.array([1e-3, 1e-3, 1e-9, 0.0, np.inf, np.nan])
    found = digits_of(size, error, EPS)
    near_0 = np.log10(100 * 2.0**-26 / 1e-9)  # counts as sqrt(eps) of the largest
    np.testing.assert_allclose(found, [3, 5, near_0, 52 * np.log10(2), 0, np.nan], rtol=1e-12)
    assert enough(EPS) == 6
    assert enough(2.0**-23) == 3


def test_norms_of_a_tree_do_not_overflow():
    path = {"a": np.array([[3e200, 0.0]]), "b": np.array([4e200])}
    assert norms(rows_of(path)) == pytest.approx([5e200])


@pytest.mark.parametrize(("dtype", "all_digits"), [("float32", 23), ("float64", 52)])
def test_a_contraction_keeps_its_digits(dtype, all_digits):
    """x → 3 + (x - 3)/2 halves every error: what is left is that of the last steps."""
    rounding, digits = held("sgd(lr=0.25)", lambda x: (x - 3) ** 2, 1.0, 60, dtype=dtype)
    most = all_digits * np.log10(2)
    assert most - 0.7 < digits <= most
    assert rounding.reproducible_to_step == 60


def test_chaos_loses_digits_at_the_rate_of_lyapunov():
    """x - f'(x) = 4 x (1 - x), the logistic map: errors double each step, log10(2) digits."""
    rounding, digits = held("sgd(lr=1)", lambda x: -1.5 * x**2 + 4 * x**3 / 3, 0.3, 70)
    steps = np.arange(5, 45)
    slope, _ = np.polyfit(steps, rounding.digits[steps], 1)
    assert slope == pytest.approx(-np.log10(2), rel=0.1)
    assert digits < 1
    # 52 binary digits less the 20 of which 6 decimal ones are left
    assert rounding.reproducible_to_step == pytest.approx(32, abs=4)


@pytest.mark.parametrize("far", [1e2, 1e4, 1e6])
def test_cancellation_costs_the_digits_that_cancel(far):
    """x - (x - 1) from x = far: the gradient is off by far eps, and 1 is left."""
    rounding, digits = held("sgd(lr=1)", lambda x: (x - 1) ** 2 / 2, far, 1)
    student = stats.t(8).ppf(0.975) / np.sqrt(8)
    assert digits == pytest.approx(-np.log10(student * EPS * far), abs=0.15)
    assert rounding.position_error[1] == pytest.approx(student * EPS * far, rel=0.4)


@pytest.mark.parametrize(
    ("landscape", "rule", "steps", "digits", "last"),
    [
        ("hills_and_canyon", "adam(lr=0.25)", None, (15, 15.7), 125),
        ("hills_and_canyon", "adadelta(lr=100)", None, (3.2, 4.2), 106),
        ("ripple", "adagrad(lr=1, eps=1e-6)", None, (0, 0.5), 11),
        ("complex_sum", "rmsprop(lr=0.1)", None, (3.7, 4.7), 78),
        ("himmelblau", "rmsprop(lr=0.02)", 500, (2.1, 2.8), 185),
    ],
)
def test_known_races(landscape, rule, steps, digits, last):
    """As measured once by hand, with eight runs."""
    rounding, found = held(rule, landscape, steps=steps)
    assert digits[0] <= found <= digits[1]
    assert rounding.reproducible_to_step == pytest.approx(last, abs=5)


def test_noise_is_no_rounding():
    for rule, landscape in (
        ("noise(0.5) | sgd(lr=0.1)", "bowl"),
        ("sgd(lr=0.1)", "noisy_quadratic"),
    ):
        _, digits = held(rule, landscape, seed=4)
        assert digits > 14


RULES = [
    "nesterov(lr=0.01)", "nesterov(lr=0.01, shifted=true)", "sam(0.05) | sgd(lr=0.01)",
    "schedule_free | adam(lr=0.1)", "sophia(lr=0.01)", "polyak(lr=0.5)", "lookahead | adam(lr=0.1)",
    "average(0.9) | momentum(lr=0.01)", "smoothed_nesterov(lr=0.01)", "prodigy",
    "noise(0.1) | clip_norm(1) | nadam(lr=0.1)",
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES)
def test_every_kind_of_rule_and_not_a_bit_of_the_run_changes(rule):
    run, plain = (descend(rule, "himmelblau", steps=30, digits=told) for told in (True, False))
    for found, expected in zip(run.trace, plain.trace, strict=True):
        np.testing.assert_array_equal(found, expected)
    assert plain.rounding is None
    assert 8 < run.rounding.digits[-1] < 15.7


def test_gradients_at_several_points_are_rounded_each_in_its_own_way():
    """The difference of two gradients 1e-6 apart, as a rule takes it, has some ten digits."""

    def both(copy):
        exact = as_objective(lambda x: jnp.sum(x**2))
        goal, t = copies.Perturbed(exact, np.uint32(0), copy), jnp.int32(1)
        moment = Moment(None, t, None)
        first, second = (goal.gradient(jnp.full(50, at), moment) for at in (1.0, 1.000001))
        return (second - first) / 2e-6 - 1

    with jax.enable_x64(True):
        found = np.asarray(jax.vmap(both)(jnp.arange(8, dtype=jnp.uint32)))
    assert np.sqrt(np.mean(found**2)) == pytest.approx(np.sqrt(2) * EPS / 1e-6, rel=0.2)


def test_signs_are_fair_and_independent():
    with jax.enable_x64(True):
        ones = jnp.ones(4000)
        rows = [
            copies.perturbed(ones, np.uint32(seed), np.uint32(copy), jnp.int32(t), kind) - 1
            for seed, copy, t, kind in [
                (0, 0, 1, 0),
                (1, 0, 1, 0),
                (0, 1, 1, 0),
                (0, 0, 2, 0),
                (0, 0, 1, 2),
            ]
        ]
        signs = np.array(rows) / EPS
        assert set(np.unique(signs)) == {-1, 1}
        alike = signs @ signs.T / 4000
        assert np.abs(alike - np.eye(5)).max() < 0.06  # 4 standard deviations
        assert np.abs(signs.mean(1)).max() < 0.06
        for number in (0.0, np.inf):
            assert (
                copies.perturbed(jnp.float64(number), np.uint32(0), np.uint32(0), jnp.int32(1), 0)
                == number
            )


def test_a_seed_makes_the_same_copies_again_and_another_one_others():
    first, again, other = (held("adam(lr=0.1)", "booth", steps=9, seed=s)[0] for s in (3, 3, 4))
    np.testing.assert_array_equal(first.position_error, again.position_error)
    np.testing.assert_array_equal(first.digits, again.digits)
    assert (first.position_error[1:] != other.position_error[1:]).any()


def test_other_numbers_compile_nothing():
    held("momentum(lr=0.01)", "booth", steps=9)
    before = copies.errors._cache_size()
    held("momentum(lr=0.02)", "booth", (1, 1), steps=9, seed=7)
    assert copies.errors._cache_size() == before


def test_after_the_end_there_is_nothing():
    run = descend("sgd(lr=0.25)", "x**2 + y**2", (3, 4), 50, tol=0.01, digits=True)
    last = run.outcome.step
    assert last < 20
    assert np.isfinite(run.rounding.digits[: last + 1]).all()
    for array in (run.rounding.digits, run.rounding.loss_error, run.rounding.position_error):
        assert np.isnan(array[last + 1 :]).all()


def test_trees():
    start = {"w": np.array([[1.0, 2.0]]), "b": np.float64(3)}
    run = descend(
        "adam(lr=0.1)", lambda p: (p["w"] ** 2).sum() + p["b"] ** 2, start, 5, digits=True
    )
    assert run.rounding.position_error["w"].shape == (6, 1, 2)
    assert run.rounding.digits.shape == (6,)
    assert run.rounding.digits.min() > 14


def test_one_start_only():
    with pytest.raises(SlalomError, match="digits=True takes one start, and keeps its path"):
        descend("adam(lr=0.1)", "booth", starts=np.ones((2, 2)), digits=True)
    with pytest.raises(SlalomError, match="digits=True takes one start"):
        descend("adam(lr=0.1)", "booth", path=False, digits=True)
