"""Races: the labelled data are those of `descend`, the standings an order of them."""

import json
import math

import numpy as np
import pytest

from slalom import landscapes
from slalom.descent import Outcome, descend
from slalom.errors import SlalomError
from slalom.rules import Adam, GradientDescent
from slalom.studies import load, race

RULES = ["adam(lr=0.25)", "sgd(lr=1e-2)", "sgd(lr=10)"]
START = (1.0, -2.0)
ROUND = "x**2 + y**2"


@pytest.fixture(scope="module")
def three():
    return race("booth", RULES, START, 20, states=True, seed=5)


def test_the_data_are_those_of_the_runs(three):
    data = three.data
    assert dict(data.sizes) == {"rule": 3, "step": 21, "axis": 2}
    assert data.position.dims == ("rule", "step", "axis")
    for text in RULES:
        run = descend(text, landscapes.booth, START, 20)
        lane = data.sel(rule=run.rule.text())
        for name in ("position", "loss", "gradient_norm", "step_length"):
            assert np.array_equal(lane[name], getattr(run.trace, name), equal_nan=True), name
        assert (lane.outcome, lane.outcome_step) == (run.outcome.kind, run.outcome.step)


def test_the_labels(three):
    data = three.data
    assert data.rule.values.tolist() == [
        "adam(lr=0.25)",
        "gradient_descent(lr=0.01)",
        "gradient_descent(lr=10)",
    ]
    assert data.step.values.tolist() == list(range(21))
    assert data.axis.values.tolist() == ["x", "y"]
    assert data.settings.values[1] == "gradient_descent(lr=0.01)"
    assert "beta1=0.9" in data.settings.values[0]
    assert data.attrs == {"landscape": "booth", "start": "[1.0, -2.0]", "seed": 5}
    assert repr(three) == "<Race of 3 rules on booth>"


def test_states_are_nan_for_rules_that_have_none(three):
    states = [str(name) for name in three.data if str(name).startswith("state.")]
    assert states
    for name in states:
        lanes = three.data[name]
        assert np.isfinite(lanes.sel(rule="adam(lr=0.25)")).all()
        assert np.isnan(lanes.isel(rule=[1, 2])).all()


def test_standings_are_in_order_of_the_end_and_failures_last():
    """On x² + y², gradient descent multiplies by 1 - 2 lr: 0.8, 0.2, and -2e100."""
    texts = ["sgd(lr=1e100)", "sgd(lr=0.1)", "sgd(lr=0.4)"]
    found = race(ROUND, texts, (3, 4), 6)
    standings = found.standings
    rates = ("0.4", "0.1", "1e100")
    assert [s.rule for s in standings] == [f"gradient_descent(lr={lr})" for lr in rates]
    for standing, factor in zip(standings[:2], (0.2, 0.8), strict=True):
        assert standing.loss == pytest.approx(25 * factor**12, rel=1e-12)
        assert standing.best_loss == standing.loss
        assert standing.position == pytest.approx((3 * factor**6, 4 * factor**6), rel=1e-12)
        assert (standing.outcome, standing.steps) == (Outcome("finished", 6), 6)
    lost = standings[2]
    assert (lost.outcome, lost.steps, lost.best_loss) == (Outcome("diverged", 2), 2, 25)
    assert lost.loss == math.inf


def test_the_best_loss_is_not_the_last():
    """x, then 0, then -0.9 x: the velocity carries it through the minimum."""
    [standing] = race(ROUND, "momentum(lr=0.5, momentum=0.9)", (3, 4), 2).standings
    assert standing.best_loss == 0
    assert standing.loss == pytest.approx(25 * 0.81)


def test_the_summary_is_for_json():
    summary = race(ROUND, ["sgd(lr=1e200)", "sgd(lr=0.1)"], (1 / 3, 4), 3).summary()
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary
    assert (summary["landscape"], summary["start"], summary["steps"]) == (
        ROUND,
        [1 / 3, 4.0],
        3,
    )
    good, bad = summary["standings"]
    assert good["rule"] == "gradient_descent(lr=0.1)"
    x = np.array([1 / 3, 4.0])
    for _ in range(3):
        x = x - 0.1 * 2 * x
    assert good["position"] == pytest.approx(x.tolist(), rel=1e-15)  # no digit is dropped
    assert (good["outcome"], good["outcome_step"]) == ("finished", 3)
    assert bad["loss"] is None
    assert (bad["outcome"], bad["outcome_step"]) == ("diverged", 1)
    assert bad["best_loss"] == pytest.approx(16 + 1 / 9)


def test_a_position_that_is_not_finite_is_none():
    [only] = race(ROUND, "sgd(lr=1e308)", (3, 4), 2).summary()["standings"]
    assert only["position"] == [None, None]
    assert only["loss"] is None


def test_sweeps_unfold_and_each_rule_is_there_once():
    texts = ["sgd(lr=[0.1, 0.2])", "sgd(lr=0.2)", "adam(lr=0.1)"]
    found = race("booth", [*texts, Adam(lr=0.1), GradientDescent(0.3)], steps=2)
    assert found.data.rule.values.tolist() == [
        "gradient_descent(lr=0.1)",
        "gradient_descent(lr=0.2)",
        "adam(lr=0.1)",
        "gradient_descent(lr=0.3)",
    ]


def test_defaults_are_those_of_the_landscape():
    found = race(landscapes.beale, Adam())
    assert found.data.sizes["step"] == landscapes.beale.steps + 1
    assert json.loads(found.data.attrs["start"]) == list(landscapes.beale.start)
    assert found.data.position.dtype == np.float64
    assert race("beale", Adam(), steps=2, dtype="float32").data.position.dtype == np.float32


def test_one_dimension():
    found = race("parabola_1d", "sgd(lr=0.25)", [8], 3)
    assert found.data.position.values[0, :, 0].tolist() == [8, 4, 2, 1]
    assert found.surface.dims == ("x",)
    assert np.allclose(found.surface, found.surface.x**2)


def test_the_surface_is_the_landscape(three):
    surface = three.surface
    assert surface.dims == ("y", "x")
    x, y = surface.x.values[7], surface.y.values[200]
    by_hand = (x + 2 * y - 7) ** 2 + (2 * x + y - 5) ** 2
    assert float(surface[200, 7]) == pytest.approx(by_hand, rel=1e-12)


def test_tol_and_seed_reach_the_loop():
    found = race(ROUND, "sgd(lr=0.25)", (3, 4), 50, tol=0.01)
    k = math.floor(math.log(0.01 / 10) / math.log(0.5)) + 1
    assert found.outcomes == [Outcome("converged", k)]
    assert found.standings[0].steps == k
    ends = [race("noisy_quadratic", "sgd(0.1)", steps=3, seed=s).standings[0].loss for s in (1, 2)]
    assert ends[0] != ends[1]


@pytest.mark.parametrize(
    ("landscape", "rules", "given", "message"),
    [
        ("booth", [], {}, "at least one rule is needed"),
        ("booth", [3], {}, "Rule or .* int$"),
        ("booth", "adm()", {}, "unknown rule 'adm'"),
        ("boot", "adam()", {}, "unknown landscape 'boot'"),
        (
            lambda x: x,
            "adam()",
            {},
            "must be a Landscape or a string .* got function; slalom.descend takes",
        ),
        ("booth", "adam()", {"start": (1,)}, "start on booth must have 2 numbers"),
        ("booth", "adam()", {"start": 1}, "start on booth must have 2 numbers"),
        ("booth", "adam()", {"steps": 0}, "steps must be a whole number"),
    ],
)
def test_refusals(landscape, rules, given, message):
    with pytest.raises(SlalomError, match=message) as caught:
        race(landscape, rules, **given)
    assert "\n" not in str(caught.value)


CHAOS = ("adagrad(lr=1, eps=1e-6)", "adam(lr=0.1)")


def test_a_race_tells_how_many_digits_hold_and_changes_nothing_by_it(tmp_path):
    told, plain = (race("ripple", CHAOS, digits=digits) for digits in (True, False))
    for name in plain.data.variables:
        np.testing.assert_array_equal(told.data[name], plain.data[name])
    assert {str(name) for name in set(told.data.variables) - set(plain.data.variables)} == {
        "digits", "loss_error", "position_error", "reproducible_to_step",
    }  # fmt: skip
    first, second = (standing.rounding for standing in told.standings)
    assert first.digits > 14
    assert (first.reproducible_to_step, first.parted) == (125, "")
    assert second.digits < 1
    assert second.parted == f"rounding from step {second.reproducible_to_step + 1}"
    assert told.data.reproducible_to_step.values.tolist() == [second.reproducible_to_step, 125]
    rounding = told.rounding
    assert rounding.any(axis=1).tolist() == [True, False]
    assert rounding[0].argmax() == second.reproducible_to_step + 1
    assert not plain.rounding.any()
    told.save(tmp_path / "race.nc")
    again = load(tmp_path / "race.nc")
    assert again.standings == told.standings
    assert again.summary() == told.summary()


def test_the_summary_tells_of_rounding():
    good, bad = race("ripple", CHAOS).summary()["standings"]
    assert good["digits"] > 14 > 1 > bad["digits"]
    assert good["reproducible_to_step"] == 125 > 20 > bad["reproducible_to_step"]
    [silent] = race("ripple", CHAOS[0], digits=False).summary()["standings"]
    [failed] = race(ROUND, "sgd(lr=1e200)", (3, 4), 3).summary()["standings"]
    assert "digits" not in silent
    assert failed["digits"] is failed["reproducible_to_step"] is None


def test_a_path_may_get_lost_and_come_back():
    """Chaos up to a stage where the rate falls and all copies meet in the one minimum."""
    ground = landscapes.find("-1.5*x**2 + 4*x**3/3", [(0, 1)])
    rate = "sgd(lr=piecewise((1, 0.1), (60,)))"
    [standing] = race(ground, rate, (0.3,), 400).standings
    assert standing.rounding.digits > 14
    lost = standing.rounding.reproducible_to_step + 1
    assert 25 < lost < 40
    assert standing.rounding.parted == f"rounding on the way, from step {lost}"
