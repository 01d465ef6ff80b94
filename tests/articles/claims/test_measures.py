"""Every claim's experiment at a reduced size: its figures are finite and those its rule names."""

import pytest

from slalom.articles.claims.catalogue import CLAIMS, find
from slalom.errors import SlalomError

from .measured import check_measure, check_shown

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
    check_shown(check_measure(name, **SMALL[name]))


def test_claims_are_in_order_of_their_ids():
    assert [claim.id for claim in CLAIMS.values()] == list(CLAIMS)
    assert list(CLAIMS) == [f"C{number}" for number in range(1, len(CLAIMS) + 1)]


def test_every_claim_says_what_it_is():
    for claim in CLAIMS.values():
        assert set(claim.articles) <= {"habr", "notebook", "orbit", "medium", "lecture"}
        assert claim.sentence.endswith(".")
        assert claim.experiment.endswith(".")
        # a page begins it with a capital, which an identifier must not get
        assert "_" not in claim.experiment.split()[0]


@pytest.mark.parametrize("text", ["C18", "c18", " c18 "])
def test_find_in_any_case(text):
    assert find(text).id == "C18"


@pytest.mark.parametrize("text", ["C0", "18", "", "adam", "C018"])
def test_find_of_an_unknown_claim(text):
    with pytest.raises(SlalomError, match="unknown claim") as caught:
        find(text)
    assert "\n" not in str(caught.value)
