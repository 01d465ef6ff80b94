"""The text form, construct by construct."""

import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slalom.errors import SlalomError, TextError
from slalom.rules import (
    Adam,
    Constant,
    Exponential,
    GradientDescent,
    Momentum,
    NAdam,
    RMSProp,
    SmoothedNesterov,
    Wrapper,
    parse,
    parse_all,
)


def test_positional_arguments_are_in_field_order():
    rule = Adam(1, 0.5, 0.25, 2, True, False, "corrected", True)
    assert parse("adam(1, 0.5, 0.25, 2, true, false, corrected, true)") == rule
    assert parse("sgd(0.1, 0.9, 0.5)") == Momentum(0.1, 0.9, 0.5, lr_inside=False)
    assert parse("adam(lr=exponential(0.1, 0.2, 3))").lr == Exponential(0.1, rate=0.2, offset=3)
    with pytest.raises(TextError, match="gradient_descent takes at most 1 arguments"):
        parse("gradient_descent(1, 2)")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0.25", 0.25),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e-3", 0.001),
        ("1E+2", 100.0),
        ("1/3", 1 / 3),
        ("1/4e1", 0.025),
        ("+2", 2),
        ("-0", 0),
        ("007", 7),
        ("inf", math.inf),
        ("+inf", math.inf),
    ],
)
def test_numbers(text, number):
    assert parse(f"nadam(momentum_decay={text})").momentum_decay == number


def test_negative_numbers():
    assert parse("adam(lr=exponential(rate=-1/4, offset=-3))").lr == Exponential(
        rate=-0.25, offset=-3
    )


def test_words():
    assert parse("rmsprop(momentum=none)") == RMSProp(momentum=None)
    assert parse("momentum(lr_inside=none, ema=true)") == Momentum(lr_inside=None, ema=True)
    assert parse("adam(eps_hat=true)").eps_hat is True
    assert parse("nadam(momentum_decay=inf)") == NAdam(momentum_decay=math.inf)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("clip_norm(1) | torch:Adam", "torch:Adam is an optimizer of torch's own.* adam@torch"),
        ("clip_norm(1)", r"a wrapper needs a rule: add '\| adam\(\)' to the text"),
        ("adam | clip_norm(1)", r"only a wrapper may stand before '\|'"),
        ("adan(lr=1)", "unknown rule 'adan'; did you mean"),
        ("adam(learning_rate=1)", "adam: learning_rate is lr here"),
        ("adam(bta1=1)", "did you mean beta1 or beta2"),
        ("adam(lr=exponentail(1))", "unknown schedule 'exponentail'; did you mean exponential"),
        ("adam(lr=1, lr=2)", "lr is given twice"),
        ("adam(1, lr=2)", "adam: lr is given twice"),
        ("adam(lr=1, 2)", "a positional argument after a named one"),
        ("adam(0.1=lr)", "expected a name before '='"),
        ("adam(lr=[])", "an empty sweep"),
        ("adam(lr=2=3)", "expected ','"),
        ("adam() adam()", r"expected the end of the rule, '\|' or '\('"),
        ("adam(lr=big)", r"adam: lr must be a number in \[0, inf\) or a schedule, got 'big'"),
        ("adam(lr=true)", r"adam: lr must be a number in \[0, inf\) or a schedule, got true"),
        ("adam(lr=(1, 2))", r"adam: lr must be a number in .* got \(1, 2\)"),
        ("adam(lr=-1)", r"adam: lr must be in \[0, inf\), got -1"),
        ("adam(lr=1e999)", r"adam: lr must be in \[0, inf\), got inf"),
        ("adam(amsgrad=1)", "adam: amsgrad must be one of false, true, corrected, got 1"),
        ("adam(lr=adam())", "adam: lr is no rule"),
        ("constant(1)", "unknown rule 'constant'"),
        ("smoothed_nesterov(points=1)", "points must be numbers in"),
        ("adam(lr=1/0)", "division by zero"),
    ],
)
def test_refusals_say_what_is_allowed(text, message):
    with pytest.raises(SlalomError, match=message):
        parse(text)


def test_parts_join_from_left_to_right():
    rule = parse("clip_norm(2) | average(0.5) | gradient_descent(lr=3)")
    assert isinstance(rule, Wrapper)
    assert [rule.name, rule.wrapped.name, rule.wrapped.wrapped] == [
        "clip_norm",
        "average",
        GradientDescent(3),
    ]


@given(st.lists(st.lists(st.integers(0, 99), min_size=1, max_size=4), min_size=3, max_size=3))
def test_sweeps_are_the_product_in_order(values):
    lrs, limits, epses = values
    found = parse_all(f"clip_norm({limits}) | adam(lr={lrs}, eps={epses})")
    expected = [(a, b, c) for a in limits for b in lrs for c in epses]
    assert [(r.limit, r.wrapped.lr, r.wrapped.eps) for r in found] == expected


def test_sweeps_reach_into_schedules_tuples_and_conventions():
    found = parse_all("adam(lr=[0.5, exponential([1, 2])], amsgrad=[false, corrected])")
    assert [(r.lr, r.amsgrad) for r in found] == [
        (lr, amsgrad)
        for lr in (0.5, Exponential(1), Exponential(2))
        for amsgrad in (False, "corrected")
    ]
    found = parse_all("smoothed_nesterov(points=(1, [2, 3]))")
    assert found == [SmoothedNesterov(points=(1, 2)), SmoothedNesterov(points=(1, 3))]
    assert [r.lr for r in parse_all("sgd(lr=[1, [2, constant(3)]])")] == [1, 2, Constant(3)]


def test_one_rule_is_not_a_sweep():
    assert parse("adam(lr=[0.5])") == Adam(0.5)


def test_huge_sweeps_are_refused_before_they_are_made():
    hundred = str(list(range(100)))
    assert len(parse_all(f"sgd(lr={hundred}, momentum={[0.5] * 100})")) == 10_000
    for text in (
        f"adam(lr={hundred}, eps={hundred}, beta1=[0.5, 0.6])",
        f"clip_norm({hundred}) | clip_value({hundred}) | adam(lr=[1, 2])",
        f"smoothed_nesterov(points=({hundred}, {hundred}, {hundred}))",
        f"adam(lr=exponential({hundred}, rate={hundred}, offset={hundred}))",
    ):
        begin = time.process_time()
        with pytest.raises(SlalomError, match=r"a sweep of (more than )?\d+ rules"):
            parse_all(text)
        assert time.process_time() - begin < 0.1
