"""The rules of verdict of the claims on tuning, noise and learning, on their three sides."""

import ast

import pytest

from slalom.articles.claims import FAILS, HOLDS, IN_PART
from slalom.articles.claims.catalogue import CLAIMS

# a claim's figures: those that hold, and what to change so that it holds in part, and fails
SIDES = {
    "C5": (
        {"rough_gain_low": 0.01, "noisy_gain_low": 0.01},
        {"noisy_gain_low": -0.01},
        {"rough_gain_low": -0.01, "noisy_gain_low": -0.01},
    ),
    "C8": (
        {"adagrad_more_low": 0.5, "rmsprop_more_low": 0.2, "adadelta_more_low": 0.1},
        {"rmsprop_more_low": -0.1, "adadelta_more_low": -0.2},
        dict.fromkeys(("adagrad_more_low", "rmsprop_more_low", "adadelta_more_low"), -0.1),
    ),
    "C23": (
        {"budgets": 13, "budgets_led": 13, "lead_at_one_try_low": 0.01},
        {"budgets_led": 7},
        {"budgets_led": 6},
    ),
    "C24": (
        {"depths_won": 1, "cost_of_the_old_rate_low": 1.2},
        {"cost_of_the_old_rate_low": 1.0},
        {"depths_won": 0, "cost_of_the_old_rate_low": 1.09},
    ),
    "C25": (
        {"factor_low": 11.0},
        {"factor_low": 9.0},
        {"factor_low": 0.9},
    ),
    "C27": (
        {"rules": 4, "rules_less_steady": 4},
        {"rules_less_steady": 2},
        {"rules_less_steady": 1},
    ),
    "C28": (
        {
            "memory_power": 2.0,
            "operations_power": 2.95,
            "work_ratio_at_smallest": 0.1,
            "work_ratio_at_largest": 2.0,
        },
        {"work_ratio_at_largest": 0.9},
        {"operations_power": 2.8},
    ),
    "C29": (
        {
            "batch_1_ahead_low": 0.95,
            "hybrid_ahead_low": 0.95,
            "batch_1_rises_low": 0.4,
            "full_rises": 0.01,
            "hybrid_rises_high": 0.05,
        },
        {"hybrid_rises_high": 0.2},
        {"batch_1_rises_low": 0.2},
    ),
    "C30": (
        {
            "least_share": 0.97,
            "least_distance_of_paths": 0.3,
            "optimizers_that_mostly_arrive": 4,
        },
        {"least_share": 0.2, "optimizers_that_mostly_arrive": 2},
        {"least_share": 0.2, "optimizers_that_mostly_arrive": 1},
    ),
    "C31": (
        {"landscapes_with_a_failure_low": 0.8, "failures": 300},
        {"landscapes_with_a_failure_low": 0.1},
        {"landscapes_with_a_failure_low": 0.0, "failures": 0},
    ),
    "C33": (
        {"rules": 14, "rules_that_agree": 14},
        {"rules_that_agree": 13},
        {"rules_that_agree": 6},
    ),
    "C38": (
        {"better_low": 0.95},
        {"better_low": 0.6},
        {"better_low": 0.4},
    ),
    "C41": (
        {
            "uphill_of_batch_16_low": 0.1,
            "mean_change_high": -0.01,
            "samples_saved_least_low": 3.0,
        },
        {"samples_saved_least_low": 0.9},
        {"mean_change_high": 0.01},
    ),
    "C42": (
        {"late_to_earlier_high": 1.01, "power": 1.05, "power_low": 1.0},
        {"power": 1.3, "power_low": 1.2},
        {"late_to_earlier_high": 0.5},
    ),
    "C43": (
        {
            "ratio_under_noise_low": 5.0,
            "exponential_still_falls": 0.999,
            "polynomial_still_falls": 0.5,
        },
        {"ratio_under_noise_low": 0.5},
        {"ratio_under_noise_low": 0.5, "exponential_still_falls": 0.9},
    ),
    "C44": (
        {
            "saddles_at_8": 0.99,
            "minima_at_8_high": 0.01,
            "network_saddles": 0.95,
            "network_minima_high": 0.05,
        },
        {"network_minima_high": 0.2},
        {"network_minima_high": 0.2, "minima_at_8_high": 0.2},
    ),
    "C45": (
        {
            "tanh_at_rest_high": 0.8,
            "tanh_driven_high": 0.4,
            "relu_at_rest_low": 0.95,
            "relu_driven_low": 0.95,
        },
        {"tanh_at_rest_high": 0.92},
        {"relu_driven_low": 0.3},
    ),
    "C46": (
        {
            "descent_power": 1.0,
            "momentum_power": 0.55,
            "descent_power_low": 0.99,
            "momentum_power_high": 0.56,
        },
        {"momentum_power": 0.7, "momentum_power_high": 0.71},
        {"momentum_power": 1.0, "momentum_power_high": 1.01},
    ),
    "C47": (
        {"least_lead_low": 0.01, "lead_over_descent_low": 0.1},
        {"least_lead_low": -0.01},
        {"least_lead_low": -0.01, "lead_over_descent_low": -0.01},
    ),
    "C52": (
        {"rules": 7, "rules_clearly_beaten": 7, "most_first_places": 20, "landscapes": 34},
        {"rules_clearly_beaten": 6},
        {"rules_clearly_beaten": 6, "most_first_places": 34},
    ),
    "C55": (
        {
            "opposite_later_least": 0.4,
            "kept_later_most": 0.3,
            "opposite_at_first_least": 0.2,
        },
        {"kept_later_most": 0.95},
        {"opposite_later_least": 0.01, "opposite_at_first_least": 0.09},
    ),
    "C56": (
        {
            "gain_over_descent_low": 0.1,
            "gain_over_momentum_low": 0.1,
            "rmsprop": 0.1,
            "better_of_the_others": 0.3,
        },
        {"rmsprop": 0.2},
        {"gain_over_momentum_low": -0.01},
    ),
    "C57": (
        {"accuracy_gap": 0.01, "loss_ratio": 1.5},
        {"loss_ratio": 3.0},
        {"accuracy_gap": 0.03},
    ),
    "C58": (
        {"freed_without_high": 0.02, "freed_to_a_lower_low": 0.6},
        {"freed_to_a_lower_low": 0.3},
        {"freed_to_a_lower_low": 0.01},
    ),
    "C59": (
        {"direction_apart": 0.01, "floor_to_larger_batch_high": 1.2},
        {"floor_to_larger_batch_high": 10.0},
        {"direction_apart": 0.2},
    ),
    "C60": (
        {"sizes": 6, "falls": 5, "gain_low": 50.0},
        {"falls": 4},
        {"gain_low": 0.9},
    ),
    "C61": (
        {"rules": 5, "rules_cheaper": 5},
        {"rules_cheaper": 3},
        {"rules_cheaper": 2},
    ),
    "C64": (
        {
            "lines_below_least_low": 0.6,
            "networks_below_low": 0.7,
            "lines_below_least": 0.6,
            "networks_below": 0.9,
        },
        {"networks_below_low": 0.3},
        {
            "lines_below_least_low": 0.0,
            "lines_below_least": 0.0,
            "networks_below": 0.0,
        },
    ),
}


def names_in(claim):
    """The figures that a claim's rule of verdict names."""
    both = [ast.parse(text, mode="eval") for text in (claim.holds, claim.in_part)]
    found = {n.id for tree in both for n in ast.walk(tree) if isinstance(n, ast.Name)}
    return found - {"abs", "min", "max"}


@pytest.mark.parametrize("name", SIDES)
def test_verdict_of_figures(name):
    claim = CLAIMS[name]
    holding, partly, failing = SIDES[name]
    assert set(holding) == names_in(claim)
    assert claim.verdict(holding) == HOLDS
    assert claim.verdict(holding | partly) == IN_PART
    assert claim.verdict(holding | failing) == FAILS
