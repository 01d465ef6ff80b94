"""Whatever is typed, the parser answers soon, in one line, and points into the text."""

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from slalom.errors import SlalomError, TextError
from slalom.rules import Rule, parse, parse_all

from .hostile import hostile


def answer(text):
    """Parses; a refusal must be a SlalomError in one line that points into the text."""
    try:
        rules = parse_all(text)
    except SlalomError as refusal:
        error = refusal
    else:
        assert rules
        assert all(isinstance(rule, Rule) for rule in rules)
        return rules
    assert len(str(error).splitlines()) == 1
    assert len(str(error)) < 400
    if isinstance(error, TextError):
        assert 0 <= error.position <= len(text)
        assert error.text == text
    return error


def test_ten_thousand_hostile_texts():
    begin = time.process_time()
    answers = [answer(hostile(seed)) for seed in range(10_000)]
    assert time.process_time() - begin < 20
    kinds = {type(a) for a in answers}
    assert kinds == {list, SlalomError, TextError}  # the texts reach everywhere


@given(st.text(max_size=80))
@example("adam(lr=\udfff)")
@example("\0.py:Own")
@settings(max_examples=300)
def test_any_text(text):
    answer(text)


def test_a_refused_sweep_is_shown_in_one_line():
    with pytest.raises(SlalomError, match="sweeps over 2 rules") as error:
        parse("adam(lr=[1,\n2])" + " " * 5000)
    assert len(str(error.value).splitlines()) == 1
    assert len(str(error.value)) < 400


@pytest.mark.parametrize("opening", ["(", "[", "constant(", "adam(", "((1,),", "[[1],", "|"])
@pytest.mark.parametrize("count", [49, 60, 2000])
def test_deep_nesting(opening, count):
    text = f"adam(lr={opening * count}"
    begin = time.process_time()
    assert isinstance(answer(text[:10_000]), TextError)
    assert time.process_time() - begin < 1


def test_the_nesting_guard_names_its_limit():
    nested = "constant(" * 60 + "1" + ")" * 60
    with pytest.raises(TextError, match="nested deeper than 50 levels"):
        parse(f"adam(lr={nested})")
    shallow = parse("adam(lr=" + "constant(" * 40 + "1" + ")" * 40 + ")")
    assert shallow.lr(1) == 1.0


@pytest.mark.parametrize(
    "text",
    [
        "adam(" + "," * 9000,
        "adam(lr=[" + "1," * 4900 + "1])",
        "adam(lr=" + "1" * 9900 + ")",
        "adam(lr=0." + "0" * 9900 + "1)",
        "a" * 10_000,
        "a/" * 5000,
        " " * 10_000,
        "adam|" * 2000,
        "clip_value(1)|" * 700 + "adam",
        "x" * 20_000,
        "-" * 10_000,
        "adam(lr=1/" + "3/" * 4000,
        "=" * 10_000,
        ".py" * 3333,
        "adam(points=(" + "(1,)," * 1900 + "))",
        "smoothed_nesterov(points=(" + "[1,2]," * 14 + "))",
    ],
    ids=lambda text: f"{text[:20]}…",
)
def test_long_texts_are_answered_soon(text):
    begin = time.process_time()
    answer(text)
    assert time.process_time() - begin < 3


def test_the_error_points_at_the_character():
    for text, position in {
        "adam(lr=)": 8,
        "adm(lr=1)": 0,
        "adam(lr=0.1": 11,
        "adam(lr=0.1))": 12,
        "adam(lr=0.1 beta1=2)": 12,
        "clip_norm(1) | adm": 15,
        "adam(lr=exp(1))": 8,
        "adam(0.1, lr=0.2)": 0,
        "adam(lr=1, 2)": 11,
        "adam(lr=1/0)": 9,
        "adam(lr=#)": 8,
        "": 0,
    }.items():
        with pytest.raises(TextError) as error:
            parse(text)
        assert (text, error.value.position) == (text, position)
        assert f"at character {position + 1}: " in str(error.value)
