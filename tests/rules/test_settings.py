"""The flat names of hyperparameters through the wrappers."""

import numpy as np
import pytest

from slalom.errors import SlalomError
from slalom.rules import (
    Adam,
    Average,
    ClipNorm,
    ClipValue,
    Exponential,
    Momentum,
    SmoothedNesterov,
    chain,
    parse,
    settings,
    with_settings,
)

NESTED = parse("clip_norm(1) | clip_value(2) | clip_norm(3) | clip_norm(4) | gradient_descent(0.5)")


def test_a_chain_goes_from_the_outermost_wrapper_to_the_rule():
    assert [link.name for link in chain(NESTED)] == [
        "clip_norm",
        "clip_value",
        "clip_norm",
        "clip_norm",
        "gradient_descent",
    ]
    assert chain(Adam()) == [Adam()]
    assert chain(Average() | Adam())[-1] == Adam()


def test_hyperparameters_by_name_and_no_conventions():
    rule = SmoothedNesterov(Exponential(1.0), points=(0.5, 1))
    assert settings(rule) == {
        "lr": Exponential(1.0),
        "momentum": 0.9,
        "points": (0.5, 1),
        "weights": None,
    }
    assert "amsgrad" not in settings(Adam())


def test_names_that_meet_are_called_by_their_rule_and_counted():
    assert settings(NESTED) == {
        "lr": 0.5,
        "limit": 4,
        "clip_norm.limit": 3,
        "clip_value.limit": 2,
        "clip_norm.2.limit": 1,
    }
    assert settings(ClipNorm(1) | ClipNorm(2) | ClipNorm(3) | ClipNorm(4) | Momentum()) == {
        "lr": 0.01,
        "momentum": 0.9,
        "dampening": 0.0,
        "limit": 4,
        "clip_norm.limit": 3,
        "clip_norm.2.limit": 2,
        "clip_norm.3.limit": 1,
    }


@pytest.mark.parametrize("checked", [True, False])
def test_each_name_sets_its_own_number(checked):
    for index, name in enumerate(settings(NESTED)):
        changed = with_settings(NESTED, {name: 7.5}, checked=checked)
        assert settings(changed) == {**settings(NESTED), name: 7.5}, index
        assert [type(link) for link in chain(changed)] == [type(link) for link in chain(NESTED)]
    everything = {name: 10.0 + n for n, name in enumerate(settings(NESTED))}
    assert settings(with_settings(NESTED, everything, checked=checked)) == everything
    assert with_settings(NESTED, {}, checked=checked) == NESTED


def test_conventions_stay():
    rule = ClipValue(1.0) | Adam(amsgrad=True, eps_hat=True)
    expected = ClipValue(1.0) | Adam(lr=0.5, amsgrad=True, eps_hat=True)
    assert with_settings(rule, {"lr": 0.5}) == expected


def test_only_checked_values_are_refused():
    with pytest.raises(SlalomError, match="adam: lr must be"):
        with_settings(ClipNorm(1.0) | Adam(), {"lr": -1.0})
    assert settings(with_settings(Adam(), {"lr": -1.0}, checked=False))["lr"] == -1.0
    values = np.array([0.1, 0.2])
    assert settings(with_settings(Adam(), {"lr": values}, checked=False))["lr"] is values


def test_an_unknown_name_is_told_the_nearest():
    with pytest.raises(SlalomError, match=r"^clip_norm: unknown hyperparameter 'limt'; .*limit"):
        with_settings(ClipNorm(1.0) | Adam(), {"limt": 1.0})
    with pytest.raises(SlalomError, match=r"^adam: unknown hyperparameter 'amsgrad'"):
        with_settings(Adam(), {"amsgrad": True})
