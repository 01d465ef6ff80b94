"""What values are made of: intervals, fields, and their texts."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slalom.errors import SlalomError
from slalom.rules import Adam, Exponential, Rule, SmoothedNesterov, Value, convention, hyper, value
from slalom.rules.value import Interval, is_hyper, number, on_new_class, own_fields, written


@pytest.mark.parametrize("low", ["[", "("])
@pytest.mark.parametrize("high", ["]", ")"])
def test_an_interval_has_the_ends_that_its_text_says(low, high):
    interval = Interval.parse(f"{low}-1, 2.5{high}")
    assert str(interval) == f"{low}-1, 2.5{high}"
    assert (-1 in interval, 2.5 in interval) == (low == "[", high == "]")
    assert 0 in interval
    assert -1.001 not in interval
    assert 2.501 not in interval
    assert math.nan not in interval


def test_an_interval_without_end():
    assert str(Interval.parse("(0, inf)")) == "(0, inf)"
    assert 1e300 in Interval.parse("(0, inf)")
    assert math.inf not in Interval.parse("(0, inf)")
    assert math.inf in Interval.parse("(0, inf]")


@pytest.fixture(scope="module", name="own")
def _own():
    """A rule with one field of every kind."""

    @dataclasses.dataclass(frozen=True)
    class Own(Rule, name="own"):
        must: float = hyper(dataclasses.MISSING, "which must be given")
        maybe: float | None = hyper(None, "which may be absent", "(0, 1]")
        fast: bool = convention(False, "how it goes")
        word: str | None = convention("slow", "how it is said", ("slow", None))
        plain: float = 0.5
        whole: int = 3
        pair: tuple = (1.0, 2.0)
        switch: bool = True
        label: str = "x"
        typed: float = None
        counted: int = None

    return Own


def test_which_fields_are_numbers(own):
    kinds = {f.name: is_hyper(f) for f in own_fields(own)}
    numbers = {"must", "maybe", "plain", "whole", "pair", "typed", "counted"}
    assert {name for name, is_number in kinds.items() if is_number} == numbers


def test_fields_typed_by_the_text_of_their_type():
    fields = {"a": "float", "b": "int", "c": "bool", "d": "str"}
    made = dataclasses.make_dataclass("Made", [(n, t, None) for n, t in fields.items()])
    assert [is_hyper(f) for f in dataclasses.fields(made)] == [True, True, False, False]


def test_what_fields_say_of_themselves(own):
    must, maybe, fast, word, *_ = own_fields(own)
    assert dict(must.metadata) == {
        "kind": "hyper",
        "doc": "which must be given",
        "within": Interval(0, math.inf, False, True),
    }
    assert maybe.metadata["within"] == Interval(0, 1, True, False)
    assert dict(fast.metadata) == {
        "kind": "convention",
        "doc": "how it goes",
        "choices": (False, True),
    }
    assert word.metadata["choices"] == ("slow", None)
    assert (maybe.default, fast.default, word.default) == (None, False, "slow")


REFUSED = {
    "own: must must be a number in [0, inf) or a schedule, got none": {"must": None},
    "own: must must be a number in [0, inf) or a schedule, got false": {"must": False},
    "own: must must be a number in [0, inf) or a schedule, got 'abc'": {"must": "abc"},
    "own: must must be in [0, inf), got -1e-6": {"must": -1e-6},
    "own: maybe must be in (0, 1], got 0": {"maybe": 0},
    "own: fast must be one of false, true, got 1": {"fast": 1},
    "own: word must be one of slow, none, got quick": {"word": "quick"},
    "own: plain must be in [-inf, inf], got nan": {"plain": math.nan},
    "own: pair must be numbers in [-inf, inf], as in (1, 2), got 3": {"pair": 3},
    "own: pair must be a number in [-inf, inf] or a schedule, got 'x'": {"pair": (1, "x")},
    f"own: must must be a number in [0, inf) or a schedule, got '{'a' * 38}…": {"must": "a" * 99},
    f"own: word must be one of slow, none, got {'a' * 39}…": {"word": "a" * 99},
    f"own: pair must be numbers in [-inf, inf], as in (1, 2), got '{'a' * 38}…": {"pair": "a" * 99},
}


@pytest.mark.parametrize("line", REFUSED)
def test_what_is_refused_in_whole_lines(own, line):
    with pytest.raises(SlalomError) as caught:
        own(**{"must": 1, **REFUSED[line]})
    assert str(caught.value) == line


def test_ends_of_the_line_of_numbers_are_allowed_where_nothing_else_is_said(own):
    assert own(1, plain=-math.inf).plain == -math.inf
    assert own(1, plain=math.inf).plain == math.inf


def test_what_has_a_shape_passes_for_a_tuple_and_what_has_a_dtype_for_a_number():
    points = np.array([0.5, 1.0])
    assert SmoothedNesterov(points=points).points is points
    with pytest.raises(SlalomError, match="points must be numbers"):
        SmoothedNesterov(points=np.array(0.5))
    assert Adam(lr=points).lr is points


@given(st.floats(allow_nan=False) | st.integers(-(10**9), 10**9))
def test_numbers_as_text(value):
    text = number(value)
    assert float(text) == value
    assert "e+" not in text
    assert "e-0" not in text
    assert len(text) <= len(repr(value))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "none"),
        (True, "true"),
        (False, "false"),
        (1e-06, "1e-6"),
        (1.5e20, "1.5e20"),
        (math.inf, "inf"),
        ("word", "word"),
        ((), "()"),
        ((1,), "(1,)"),
        ((1, 2.5), "(1, 2.5)"),
        (((1,), None), "((1,), none)"),
        (Exponential(0.25), "exponential(0.25)"),
    ],
)
def test_fields_as_text(value, text):
    assert written(value, "here") == text


def test_full_texts_reach_into_tuples():
    rule = SmoothedNesterov(points=(Exponential(0.25), 1))
    number = Exponential(0.25).text(full=True)
    assert number != str(Exponential(0.25))
    assert f"points=({number}, 1)" in rule.text(full=True)
    assert "points=(exponential(0.25), 1)" in str(rule)


def test_what_has_no_text_is_named_with_its_place():
    for content in (np.ones(2), (np.ones(2),)):
        with pytest.raises(SlalomError, match=r"^lr holds ndarray, which has no text form$"):
            written(content, "lr")
    with pytest.raises(SlalomError, match=r"^beta1 holds ndarray, which has no text form$"):
        Adam(beta1=np.ones(2)).text()


def test_a_representation_of_what_has_no_text():
    assert repr(Exponential(np.array(0.5))).startswith("<exponential initial=array(0.5), ")


def test_full_text_of_absent_parts_and_conventions(own):
    assert own(1).text(full=True) == "own(must=1, plain=0.5, whole=3, pair=(1.0, 2.0))"
    assert str(own(1, fast=False, label="y")) == "own(must=1, fast=false, label=y)"
    assert str(own(1).rebuilt(whole=3.0)) == "own(must=1, whole=3.0)"


def test_replaced_fields_are_shown_and_unknown_ones_refused(own):
    assert str(own(1).replace(plain=0.5, fast=False)) == "own(must=1, fast=false, plain=0.5)"
    with pytest.raises(SlalomError, match=r"^own: unknown argument 'mst'; did you mean must"):
        own(1).replace(mst=2)
    assert own(1).replace(must=np.float32(0.25)).must == 0.25


def test_a_class_without_a_name_goes_by_that_of_the_class():
    @dataclasses.dataclass(frozen=True)
    class Nameless(Rule):
        lr: float = 1.0

    assert str(Nameless(lr=2.0)) == repr(Nameless(lr=2.0)) == "Nameless(lr=2.0)"
    assert Value.name == "value"


def test_those_who_ask_are_told_of_classes_that_are_and_that_come(monkeypatch):
    monkeypatch.setattr(value, "_HOOKS", [*value._HOOKS])

    class Before(Rule, name="before"):
        pass

    seen = []
    on_new_class(seen.append)
    assert {Adam, Before} <= set(seen)

    class Later(Rule, name="later"):
        pass

    assert seen[-1] is Later


def test_numpy_scalars_inside_lists_and_tuples_become_numbers(own):
    found = own(np.int64(2), pair=[np.float32(0.5), np.float64(1.5)])
    assert type(found.must) is int
    assert found.pair == (0.5, 1.5)
    assert [type(v) for v in found.pair] == [float, float]
    assert isinstance(own(np.array(2.0)).must, np.ndarray)
