"""What a run cannot be asked for, each told in one line."""

import math

import numpy as np
import pytest

from slalom import landscapes
from slalom.descent import descend
from slalom.errors import SlalomError
from slalom.rules import GradientDescent

BOOTH, RULE = landscapes.booth, GradientDescent()


def bowl(x):
    return (x * x).sum()


START = {"start": [1.0, 2.0], "steps": 2}
REFUSED = [
    (BOOTH, {"start": (1,)}, r"start on booth must have 2 numbers, got shape \(1,\)"),
    (BOOTH, {"start": np.ones((2, 2))}, r"must have 2 numbers, got shape \(2, 2\)"),
    (landscapes.parabola_1d, {"start": (1, 2)}, r"must have 1 number, got shape \(2,\)"),
    (BOOTH, {"starts": np.ones((4, 3))}, r"must have \(n, 2\), got shape \(4, 3\)"),
    (BOOTH, {"starts": np.ones(2)}, r"must have \(n, 2\), got shape \(2,\)"),
    (BOOTH, {"start": (1, math.nan)}, r"start must be finite, got \[1.0, nan\]"),
    (BOOTH, {"start": (1, -math.inf)}, "start must be finite"),
    (BOOTH, {"starts": np.full((2, 2), math.inf)}, "start must be finite"),
    (BOOTH, {"start": (1, 2), "starts": np.ones((1, 2))}, "either start or starts, not both"),
    (BOOTH, {"steps": 0}, "a whole number of at least 1, got 0"),
    (BOOTH, {"steps": -1}, "a whole number of at least 1, got -1"),
    (BOOTH, {"steps": 2.5}, "a whole number of at least 1, got 2.5"),
    (BOOTH, {"steps": True}, "a whole number of at least 1, got True"),
    (BOOTH, {"tol": 0}, "tol must be a number above 0, got 0"),
    (BOOTH, {"tol": -1e-3}, "tol must be a number above 0, got -0.001"),
    (BOOTH, {"tol": math.nan}, "tol must be a number above 0, got nan"),
    (BOOTH, {"tol": "a"}, "tol must be a number above 0, got 'a'"),
    (BOOTH, {"seed": "a"}, "seed must be a whole number from 0"),
    (BOOTH, {"seed": -1}, "seed must be a whole number from 0"),
    (BOOTH, {"seed": 2**32}, "seed must be a whole number from 0"),
    (bowl, {"steps": 2}, "a function needs a start and a number of steps"),
    (bowl, {"start": [1.0]}, "a function needs a start and a number of steps"),
    (lambda x: x, START, r"gives one real number, not float64 of shape \(2,\)"),
    (lambda x: (1j * x).sum(), START, r"gives one real number, not complex128 of shape \(\)"),
    (lambda x: (x > 0).sum(), START, r"gives one real number, not int"),
    (lambda x: None, START, "gives one real number, not NoneType"),
    (lambda x: (x.sum(), x), START, "gives one real number, not tuple"),
    (3, START, "objective must be a function or a landscape, got 3"),
    (bowl, START | {"dtype": "float16"}, "dtype must be float32 or float64, got float16"),
    (bowl, START | {"dtype": "int64"}, "dtype must be float32 or float64, got int64"),
    (bowl, START | {"dtype": "many"}, "dtype must be float32 or float64, got many"),
    (bowl, {"start": ["a", 1.0], "steps": 2}, "start must be numeric"),
    (bowl, {"start": [1j], "steps": 2}, "start must be numeric"),
    (bowl, {"start": {}, "steps": 2}, "start must have at least one array"),
    (bowl, {"starts": np.ones((0, 2)), "steps": 2}, "starts have one first axis, of at least 1"),
    (bowl, {"starts": np.ones(()), "steps": 2}, "starts have one first axis, of at least 1"),
    (bowl, {"starts": [np.ones(2), np.ones(3)], "steps": 2}, r"not lengths \[2, 3\]"),
    (bowl, START | {"gradient": lambda x: x[:1]}, r"the shape of the start, \[\(2,\)\]"),
]


@pytest.mark.parametrize(("objective", "given", "message"), REFUSED)
def test_refused_in_one_line(objective, given, message):
    with pytest.raises(SlalomError, match=message) as caught:
        descend(RULE, objective, **given)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("rule", [None, 3, GradientDescent, [RULE], {"lr": 1}], ids=repr)
def test_a_rule_of_another_type(rule):
    with pytest.raises(SlalomError, match="rule must be a Rule or a string, got"):
        descend(rule, BOOTH)


def test_a_text_that_is_no_rule():
    with pytest.raises(SlalomError, match="unknown rule 'adm'; did you mean"):
        descend("adm(lr=0.1)", BOOTH)
