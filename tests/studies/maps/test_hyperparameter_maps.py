"""Maps over hyperparameters, against theory and against single runs."""

import numpy as np
import pytest

from slalom import Adam, SlalomError, descend
from slalom.studies.maps import sensitivity, stability

BORDERS = {
    "gradient_descent": lambda m: 2 + 0 * m,
    "momentum": lambda m: 2 * (1 + m),
    "momentum(lr_inside=false)": lambda m: 2 * (1 + m),
    "momentum(ema=true)": lambda m: 2 * (1 + m) / (1 - m),  # as the heavy ball at lr (1 - m)
    # z² - (1 + m)(1 - a) z + m (1 - a) has a root at -1 where a (1 + 2m) = 2 (1 + m)
    "nesterov(shifted=true)": lambda m: 2 * (1 + m) / (1 + 2 * m),
    "nesterov": lambda m: 2 * (1 + m) / (1 + 2 * m),
}


@pytest.mark.parametrize("rule", BORDERS)
@pytest.mark.parametrize("ground", ["quadratic(condition=10)", "bowl"])
def test_measured_borders_agree_with_theory_to_a_hundredth(rule, ground):
    """Just inside the border runs converge, just outside they diverge."""
    momenta = np.array([0.0, 0.3, 0.6, 0.9])
    for m in momenta[:1] if rule == "gradient_descent" else momenta:
        border = BORDERS[rule](m)
        vary = {} if rule == "gradient_descent" else {"momentum": (m, m + 1e-9)}
        found = stability(
            ground, rule, 2, 2000, vary=vary, widest=(0.99 * border, 1.01 * border)
        ).data
        assert found.diverged.isel(lr_lambda=1).all()
        assert not found.diverged.isel(lr_lambda=0).any()
        radius = found.spectral_radius
        assert (radius.isel(lr_lambda=0) < 1).all()
        assert (radius.isel(lr_lambda=1) > 1).all()


def test_the_border_that_is_drawn():
    plain = stability("quadratic", "momentum", 5).data
    np.testing.assert_allclose(plain.border, 2 * (1 + plain.momentum), rtol=1e-12)
    assert np.isnan(stability("quadratic", "nesterov", 5).data.border).all()
    assert (stability("quadratic", "gradient_descent", 5).data.border == 2).all()


def test_spectral_radius_of_the_heavy_ball_at_its_optimum():
    """At lr λ = (1 + sqrt(m))² both roots have the size sqrt(m) (Polyak 1964)."""
    m = 0.49
    found = stability("bowl", "momentum", 2, vary={"momentum": (m, 0.5)}, widest=(1, 1.7**2))
    at = found.data.spectral_radius.isel(momentum=0, lr_lambda=1)
    assert float(at) == pytest.approx(0.7, rel=1e-6)


def test_growth_is_the_factor_of_descent():
    found = stability("parabola_1d", "gradient_descent", 9, widest=(0.2, 1.8)).data
    np.testing.assert_allclose(
        found.growth.isel(row=0), np.maximum(abs(1 - found.lr_lambda), 10 ** (-16 / 60)), rtol=1e-9
    )


@pytest.mark.parametrize("rule", ["adam", "rmsprop", "clip_value(1) | momentum"])
def test_rules_that_are_not_linear_have_no_spectral_radius(rule):
    told = stability("quadratic", rule, 4)
    assert told.summary()["linear"] is False
    assert np.isnan(told.data.spectral_radius).all()


def test_sensitivity_is_what_single_runs_give():
    found = sensitivity("rosenbrock", "adam", 6, vary={"lr": (0.01, 1), "beta1": (0, 0.99)})
    data = found.data
    np.testing.assert_allclose(data.lr, np.logspace(-2, 0, 6))
    np.testing.assert_allclose(1 - data.beta1, np.logspace(0, -2, 6))
    for row, column in [(0, 0), (2, 4), (5, 1)]:
        rule = Adam(lr=float(data.lr[column]), beta1=float(data.beta1[row]))
        run = descend(rule, found.landscape)
        assert float(data.loss[row, column]) == pytest.approx(run.loss, rel=1e-9)
    best = found.summary()["best"]
    assert best["loss"] == data.loss.min()


def test_sensitivity_marks_failures():
    found = sensitivity("rosenbrock", "momentum", 5, vary={"lr": (1e-4, 10), "momentum": None})
    assert 0 < found.summary()["failed"] < 1
    assert not np.isfinite(found.data.loss.values[found.data.outcome.values == 2]).any()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: stability("rosenbrock", "momentum"), "rosenbrock is none"),
        (lambda: stability("saddle", "momentum"), "saddle is none"),
        (lambda: stability("bowl", "adadelta", vary={"foo": None}), "did you mean|known are"),
        (lambda: stability("bowl", "momentum", vary={"lr": (0, 1)}), "lr is varied across"),
        (lambda: stability("bowl", "momentum", widest=(3, 1)), "to a higher number"),
        (
            lambda: sensitivity("bowl", "gradient_descent"),
            "2 hyperparameters must be varied, got 1",
        ),
        (lambda: sensitivity("bowl", "adam", vary={"lr": (1, 1)}), "from a low to a high"),
        (lambda: sensitivity("bowl", "adam", vary={"beta1": (0, 2)}), "beta1 must be in"),
        (lambda: sensitivity("bowl", "adam", 50_000), "of memory are free"),
        (lambda: sensitivity("bowl", 3), "got int"),
    ],
)
def test_bad_input(call, says):
    with pytest.raises(SlalomError, match=says):
        call()
