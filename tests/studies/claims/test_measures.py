"""Every claim's experiment at a reduced size: its figures are finite and those its rule names."""

import ast
import json
import math

import numpy as np
import pytest

from slalom.errors import SlalomError
from slalom.studies import Race, Response
from slalom.studies.chart import Chart
from slalom.studies.claims import VERDICTS, judge
from slalom.studies.claims.catalogue import CLAIMS, find

# what makes each experiment small: enough to have every figure, and few loops to compile
SMALL = {
    "C1": {"starts": 3, "length": 50, "names": ["two_minimums"]},
    "C2": {"starts": 3, "steps": 20, "names": ["square_sum"]},
    "C3": {"seeds": 4},
    "C4": {"length": 100},
    "C6": {"seeds": 2, "length": 150},
    "C7": {"starts": 3, "steps": 20, "names": ["two_minimums"]},
    "C9": {"periods": 30},
    "C10": {"seeds": 8, "steps": 150},
    "C11": {"steps": 20, "names": ["adadelta", "adagrad"]},
    "C12": {"seeds": 20, "steps": 200},
    "C13": {"length": 1100},
    "C14": {"length": 180},
    "C15": {"seeds": 2000, "steps": 20},
    "C16": {"seeds": 3, "steps": 10},
    "C17": {"seeds": 5, "steps": 30},
    "C18": {"steps": 30},
    "C19": {"starts": 4, "steps": 60, "traps": [("local_minimum", 1)]},
    "C20": {"starts": 3, "steps": 60, "traps": [("local_minimum", 1)]},
    "C21": {"starts": 3, "steps": 20, "names": ["adam"]},
    "C22": {"starts": 5, "steps": 60, "names": ["local_minimum"]},
    "C26": {"starts": 3, "steps": 20, "names": ["square_sum"]},
    "C32": {"steps": 500},
    "C34": {"starts": 3, "steps": 300, "names": ["bowl"]},
    "C35": {"starts": 3, "steps": 40},
    "C36": {"starts": 4, "steps": 40},
    "C37": {"length": 3000},
    "C39": {"starts": 3, "steps": 40, "names": ["bowl"]},
    "C40": {"seeds": 1, "length": 200},
    "C48": {"rates": 4, "steps": 30, "conditions": [10.0]},
    "C49": {"starts": 3, "steps": 5, "conditions": [5.0]},
    "C50": {"seeds": 10, "length": 30},
    "C51": {},
    "C53": {"seeds": 20, "steps": 200},
    "C54": {"seeds": 3},
    "C62": {},
    "C63": {"steps": 40},
}


@pytest.mark.parametrize("name", SMALL)
def test_figures_are_those_of_the_rule_and_finite(name):
    claim = CLAIMS[name]
    judged = judge(claim, **SMALL[name])
    figures = judged.measured.figures
    for text in (claim.holds, claim.in_part):
        named = {n.id for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Name)}
        assert named - {"abs", "min", "max"} <= set(figures)
    for key, value in figures.items():
        assert type(value) in (int, float, bool), key
        assert math.isfinite(value), key
    for key in figures:
        if key.endswith("_low"):  # an interval holds its estimate
            value = figures.get(key[:-4], figures[key])
            high = figures.get(f"{key[:-4]}_high", math.inf)
            assert figures[key] <= value <= high, key
    assert judged.verdict in VERDICTS
    assert json.loads(json.dumps(judged.summary()))["figures"] == dict(figures)
    check_shown(judged.measured.shown)


def check_shown(shown):
    """What is shown has numbers in every curve that it names."""
    assert isinstance(shown, (Chart, Race, Response))
    if isinstance(shown, Chart):
        assert shown.title
        for panel in shown.panels:
            values = shown.data[panel.y]
            rows = values.values.reshape(values.sizes.get(panel.by, 1), -1)
            assert np.isfinite(rows).any(axis=1).all()
            assert "\n" not in "".join(map(str, shown.data[panel.by or panel.x].values))


def test_claims_are_in_order_of_their_ids():
    numbers = [int(claim.id.removeprefix("C")) for claim in CLAIMS.values()]
    assert numbers == sorted(set(numbers))
    assert list(CLAIMS) == [claim.id for claim in CLAIMS.values()]
    assert set(SMALL) <= set(CLAIMS)


def test_every_claim_says_what_it_is():
    for claim in CLAIMS.values():
        assert set(claim.articles) <= {"habr", "notebook", "orbit", "medium", "lecture"}
        assert claim.sentence.endswith(".")
        assert claim.experiment.endswith(".")


@pytest.mark.parametrize("text", ["C18", "c18", " c18 "])
def test_find_in_any_case(text):
    assert find(text).id == "C18"


@pytest.mark.parametrize("text", ["C0", "18", "", "adam", "C018"])
def test_find_of_an_unknown_claim(text):
    with pytest.raises(SlalomError, match="unknown claim") as caught:
        find(text)
    assert "\n" not in str(caught.value)
