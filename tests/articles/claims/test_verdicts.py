"""Every rule of verdict, on synthetic figures on its three sides."""

import ast
from dataclasses import replace

import pytest

from slalom.articles.claims import FAILS, HOLDS, IN_PART
from slalom.articles.claims.catalogue import CLAIMS

from .verdict_table import BOTH_FORMS, SIDES

# further changes, until no part of a rule can be left out unseen
FURTHER = {
    "C1": [({"largest_on_signals": 4.9}, IN_PART)],
    "C2": [({"constant_ratio": 0.9}, IN_PART)],
    "C3": [({"clean_ratio": 0.9}, IN_PART), ({"faster_low": 0.4}, IN_PART)],
    "C4": [({"gamma_alone": 0.02}, IN_PART), ({"neither": 0.02}, IN_PART)],
    "C6": [({"late_gap_largest": 0.9, "late_gap_median": 0.06}, FAILS)],
    "C7": [({"fade_without_root": -0.6}, IN_PART)],
    "C9": [
        ({"rmsprop_change": 0.06}, IN_PART),
        ({"rmsprop_level": 0.01}, IN_PART),
        ({"adagrad_power": -0.1, "rmsprop_level": 0.01}, FAILS),
    ],
    "C10": [
        ({"zero_start_high": 1.1}, IN_PART),
        ({"big_start_late_high": 1.6}, IN_PART),
        ({"rmsprop_low": 0.9}, FAILS),
        ({"big_start_low": 0.9}, IN_PART),
        ({"zero_start_high": 1.1, "big_start_early_low": 0.9}, FAILS),
    ],
    "C11": [({"adadelta_objective_error": 0.02}, FAILS)],
    "C13": [({"m_steps": 20}, IN_PART)],
    "C14": [({"at_once_largest": 0.9}, IN_PART)],
    "C15": [({"bias_without": -0.4}, IN_PART)],
    "C16": [({"wrong_above_p_2_least": 0.0, "wrong_above_p_2_most": 0.0}, FAILS)],
    "C17": [
        ({"adam_deviation": 0.5}, IN_PART),
        ({"adam_to_later_low": 0.9}, IN_PART),
        ({"rmsprop_to_later_low": 0.9}, IN_PART),
        ({"adam_deviation": 0.5, "rmsprop_to_later_low": 0.9}, FAILS),
    ],
    "C18": [({"others_in_local": 1}, FAILS)],
    "C19": [({"turning_high": 0.0}, FAILS), ({"times_with_eta_low": 0.9}, IN_PART)],
    "C20": [({"slowing_least": 0.9}, IN_PART)],
    "C21": [({"at_the_articles_settings": 1}, FAILS)],
    "C26": [({"shift_at_small_eps": 5e-4, "shift_at_large_eps": 1e-4}, FAILS)],
    "C32": [({"average_increases": 1}, IN_PART), ({"average_at_last": 0.1}, FAILS)],
    "C34": [
        ({"slow_factor_low": 5.0}, IN_PART),
        ({"never_settles_low": 0.5}, IN_PART),
        ({"slow_factor_low": 5.0, "turns": 0.2}, FAILS),
    ],
    "C35": [
        *(
            ({f"{kind}_high": 0.5}, IN_PART)
            for kind in ("descent_saddle", "descent_plateau", "rest_plateau")
        ),
        *(({f"momentum_{place}_low": 0.4}, IN_PART) for place in ("saddle", "plateau")),
        ({"momentum_saddle_low": 0.0}, IN_PART),
        ({"momentum_plateau_low": 0.0}, IN_PART),
    ],
    "C37": [({"weight_off_most": 0.12, "weight_off_from_09": 0.06}, FAILS)],
    "C39": [({"passed_large_low": 0.4}, IN_PART)],
    "C40": [({"rmsprop_grows_low": 0.4}, IN_PART)],
    "C48": [({other: 0.4 for other in BOTH_FORMS if other != true}, IN_PART) for true in BOTH_FORMS]
    + [({false: 0.4}, IN_PART) for false in BOTH_FORMS],
    "C49": [({"steep_high": 1.1}, IN_PART)],
    "C50": [({"first_force_least": 0.5}, IN_PART)],
    "C51": [({"rmsprop_recovered_least": 0.8, "rmsprop_recovered_at_09": 0.8}, FAILS)],
    "C53": [({"steps_near_one": 80, "steps_at_09": 10}, FAILS)],
    "C54": [
        ({"periods_most": 3}, IN_PART),
        ({"periods_most": 3, "periods_at_09": 3}, FAILS),
    ],
    "C62": [({"carried_lost_at_0975": 0.2}, IN_PART)],
    "C63": [({"with_speed_low": 0.4}, IN_PART)],
}


def names_in(claim):
    """The figures that a claim's rule of verdict names."""
    both = [ast.parse(text, mode="eval") for text in (claim.holds, claim.in_part)]
    found = {n.id for tree in both for n in ast.walk(tree) if isinstance(n, ast.Name)}
    return found - {"abs", "min", "max"}


def rows(name):
    """Figures of a claim, each with the verdict that they should have."""
    holding, partly, failing = SIDES[name]
    changes = [({}, HOLDS), (partly, IN_PART), (failing, FAILS), *FURTHER.get(name, [])]
    return [(holding | change, verdict) for change, verdict in changes]


@pytest.mark.parametrize("name", SIDES)
def test_verdict_follows_from_the_figures(name):
    claim = CLAIMS[name]
    assert set(SIDES[name][0]) == names_in(claim)
    for figures, verdict in rows(name):
        assert claim.verdict(figures) == verdict, figures


@pytest.mark.parametrize("name", SIDES)
def test_no_part_of_a_rule_is_idle(name):
    claim = CLAIMS[name]
    for field in ("holds", "in_part"):
        for part, text in without_a_part(getattr(claim, field)):
            weaker = replace(claim, **{field: text})
            assert any(weaker.verdict(f) != verdict for f, verdict in rows(name)), part


def without_a_part(text):
    """A condition without one of its parts, which a neighbour takes the place of."""
    tree = ast.parse(text, mode="eval")
    for node in ast.walk(tree):
        parts = getattr(node, "values", None) or getattr(node, "args", [])
        for i, part in enumerate(list(parts) if len(parts) > 1 else []):
            parts[i] = parts[i - 1]
            yield ast.unparse(part), ast.unparse(tree)
            parts[i] = part
