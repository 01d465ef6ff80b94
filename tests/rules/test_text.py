"""What the text form refuses, in whole lines, and what it makes of a user's file."""

import math

import pytest

from slalom.errors import SlalomError, TextError
from slalom.rules import Adam, ClipNorm, Momentum, SmoothedNesterov, parse, parse_all
from slalom.rules.text import as_rule

POINTED = {
    "adam() adam": "expected the end of the rule, '|' or '(' at character 8: adam() »a«dam",
    "adam | clip_norm(1)": (
        "only a wrapper may stand before '|' at character 1: »a«dam | clip_norm(1)"
    ),
    "clip_norm(1)": (
        "a wrapper needs a rule: add '| adam()' to the text, at character 1: »c«lip_norm(1)"
    ),
    "clip_norm(1) | 3": "expected the name of a rule at character 16: clip_norm(1) | »3«",
    "adam | 3": "expected the name of a rule at character 8: adam | »3«",
    "(adam)": "expected the name of a rule at character 1: »(«adam)",
    "own.py:3": "expected the name of a rule at character 8: own.py:»3«",
    "own.py:Own@torch": (
        "presets are of Slalom's own rules; this one is of own.py, at character 11: "
        "own.py:Own»@«torch"
    ),
    "a" * 50 + ":lion@torch": (
        f"presets are of Slalom's own rules; this one is of {'a' * 39}…, at character 56: "
        f"…{'a' * 19}:lion»@«torch"
    ),
    "optax:<custom>": (
        "a rule made in Python, which no text stands for, at character 7: optax:»<«custom>"
    ),
    "optax:3": "expected the name of an optimizer of optax at character 7: optax:»3«",
    "adam@3": "expected the name of a library, as in adam@torch, at character 6: adam@»3«",
    "adam(0.1=lr)": "expected a name before '=' at character 6: adam(»0«.1=lr)",
    "adam(none=1)": "expected a name before '=' at character 6: adam(»n«one=1)",
    "adam((lr)=1)": "expected a name before '=' at character 6: adam(»(«lr)=1)",
    "adam(lr=1, lr=2)": "lr is given twice at character 12: adam(lr=1, »l«r=2)",
    "adam(1, lr=2)": "adam: lr is given twice at character 1: »a«dam(1, lr=2)",
    "adam(lr=1, 2)": ("a positional argument after a named one at character 12: adam(lr=1, »2«)"),
    "adam(lr=1 2)": "expected ',' at character 11: adam(lr=1 »2«)",
    "adam(lr=[])": "an empty sweep at character 9: adam(lr=»[«])",
    "adam(lr=[1 2])": "expected ',' at character 12: adam(lr=[1 »2«])",
    "adam(lr=(1 2))": "expected ',' at character 12: adam(lr=(1 »2«))",
    "adam(lr=)": "expected a value at character 9: adam(lr=»)«",
    "adam(lr=|)": "expected a value at character 9: adam(lr=»|«)",
    "adam(lr=-)": "expected a number at character 10: adam(lr=-»)«",
    "adam(lr=--1)": "expected a number at character 10: adam(lr=-»-«1)",
    "adam(lr=1/x)": "expected a number at character 11: adam(lr=1/»x«)",
    "adam(lr=1/0)": "division by zero at character 10: adam(lr=1»/«0)",
    "gradient_descent(1, 2)": (
        "gradient_descent takes at most 1 arguments at character 1: »g«radient_descent(1, 2)"
    ),
}


@pytest.mark.parametrize("text", POINTED)
def test_refusals_in_whole_lines(text):
    with pytest.raises(TextError) as caught:
        parse_all(text)
    assert str(caught.value) == POINTED[text]


@pytest.mark.parametrize(
    ("text", "beginning", "position"),
    [
        ("clip_norm(1) | adan", "unknown rule 'adan'; did you mean adam", 15),
        ("adam(lr=exponentail(1))", "unknown schedule 'exponentail'; did you mean exponential", 8),
        ("adam(lr=3, bta1=1)", "adam: unknown argument 'bta1'; did you mean beta1", 0),
        ("adam@troch", "unknown library 'troch'", 5),
        ("clip_norm(1) | adam(lr=adam())", "adam: lr is no rule", 15),
    ],
)
def test_unknown_names_are_pointed_at(text, beginning, position):
    with pytest.raises(TextError) as caught:
        parse_all(text)
    assert beginning in str(caught.value)
    assert caught.value.position == position


def test_a_sweep_is_no_single_rule():
    with pytest.raises(SlalomError) as caught:
        parse("adam(lr=[1, 2])")
    assert str(caught.value) == "'adam(lr=[1, 2])' sweeps over 2 rules; here one is allowed"
    line = r"^a sweep of more than 10000 rules$"
    with pytest.raises(SlalomError, match=line):
        parse_all(f"adam(lr=[{'1,' * 101}], eps=[{'1,' * 100}])")


def test_a_rule_or_its_text():
    assert as_rule("adam(lr=2)") == Adam(lr=2)
    rule = ClipNorm(1) | Adam()
    assert as_rule(rule) is rule
    for wrong, kind in ((None, "NoneType"), (3, "int"), (Adam, "type"), ([], "list")):
        with pytest.raises(SlalomError, match=f"^rule must be a Rule or a string, got {kind}$"):
            as_rule(wrong)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-1/4", -0.25),
        ("+1/4", 0.25),
        ("- 2", -2),
        ("1", 1),
        ("1.0", 1.0),
        ("999999999999999", 999999999999999),
        ("1000000000000000", 1e15),
        ("6/3", 2.0),
    ],
)
def test_numbers_and_their_types(text, value):
    [found] = parse(f"smoothed_nesterov(points=({text},))").points
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("text", ["-inf", "- inf"])
def test_less_than_any_number(text):
    with pytest.raises(SlalomError, match=r"lr must be in \[0, inf\), got -inf"):
        parse(f"adam(lr={text})")
    assert parse("nadam(momentum_decay=+inf)").momentum_decay == math.inf


def test_tuples_and_sweeps_with_and_without_a_last_comma():
    assert parse("smoothed_nesterov(points=(1, 2,))") == SmoothedNesterov(points=(1, 2))
    assert parse("smoothed_nesterov(points=(1, 2),)") == SmoothedNesterov(points=(1, 2))
    assert [r.lr for r in parse_all("adam(lr=[1, 2,])")] == [1, 2]


def test_a_library_is_called_by_name(monkeypatch):
    asked = []

    def maker(library, name):
        asked.append((library, name))
        return Adam

    monkeypatch.setattr("slalom.rules.libraries.maker", maker)
    assert parse("their:lion(lr=2)") == Adam(lr=2)
    assert asked == [("their", "lion")]


FILE = """
from slalom.rules import Adam, Rule

class NotMade(Rule, name="not_made"):
    pass

def needs(a, b):
    return Adam(a)

def breaks(lr=1.0):
    return Adam(*[lr] * 20)

def raises(lr=1.0):
    raise TypeError("lost() and() found")

def scaled(lr=1.0):
    return Adam(lr)

def two(lr=1.0, eps=2.0):
    return [lr, eps]

plain = Adam(lr=0.125)
number = 3
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "own.py"
    path.write_text(FILE)
    return path


def test_what_python_says_of_a_call_is_told_without_the_name_of_the_method(file):
    with pytest.raises(TextError) as caught:
        parse(f"{file}:needs(1)")
    assert str(caught.value).startswith(
        f"{file}:needs: missing 1 required positional argument: 'b' at character 1: »"
    )
    with pytest.raises(TextError, match=r"own\.py:raises: and\(\) found at character 1: "):
        parse(f"{file}:raises(1)")


def test_what_a_file_has_that_is_no_rule(file):
    with pytest.raises(SlalomError) as caught:
        parse(f"{file}:number")
    assert str(caught.value) == f"{file}:number must be a rule, got int"
    with pytest.raises(SlalomError) as caught:
        parse(f"{file}:two")
    assert str(caught.value) == f"{file}:two must give a Rule, got list"


def test_arguments_of_a_function_are_known_by_its_signature(file):
    assert parse(f"{file}:scaled(3)") == Adam(3)
    with pytest.raises(SlalomError, match="unknown argument 'eps'"):
        parse(f"{file}:scaled(eps=1)")
    with pytest.raises(SlalomError, match="takes at most 1 arguments"):
        parse(f"{file}:scaled(1, 2)")
    with pytest.raises(SlalomError, match="takes at most 0 arguments"):
        parse(f"{file}:plain(1)")


def test_names_that_stand_for_other_rules():
    assert parse("sgd(0.5, 0.25, 0.125)") == Momentum(0.5, 0.25, 0.125, lr_inside=False)
