"""What a rule refuses when it is made, beside numbers out of range."""

import dataclasses

import numpy as np
import pytest

from slalom import parse
from slalom.errors import SlalomError
from slalom.rules import (
    RULES,
    WRAPPERS,
    Adam,
    ClipNorm,
    Exponential,
    GradientDescent,
    Piecewise,
    RMSProp,
    Rule,
    SmoothedNesterov,
    Wrapper,
    hyper,
)

CONVENTIONS = [
    (cls, f)
    for cls in (*RULES.values(), *WRAPPERS.values())
    for f in dataclasses.fields(cls)
    if f.metadata["kind"] == "convention" and not isinstance(f.metadata["choices"], range)
]
WHOLE = [
    (cls, f)
    for cls in (*RULES.values(), *WRAPPERS.values())
    for f in dataclasses.fields(cls)
    if isinstance(f.metadata.get("choices"), range)
]


@pytest.mark.parametrize(("cls", "field"), CONVENTIONS, ids=lambda v: v.name)
def test_conventions(cls, field):
    for choice in field.metadata["choices"]:
        assert getattr(cls(**{field.name: choice}), field.name) == choice
    for value in (0, 1, 1.0, "yes", "True", [], np.array([True]), object(), Exponential()):
        with pytest.raises(SlalomError, match=rf"^{cls.name}: {field.name} must be one of ") as e:
            cls(**{field.name: value})
        for choice in field.metadata["choices"]:
            shown = choice if isinstance(choice, str) else str(choice).lower()
            assert shown in str(e.value)


@pytest.mark.parametrize(("cls", "field"), WHOLE, ids=lambda v: v.name)
def test_conventions_that_are_whole_numbers(cls, field):
    choices = field.metadata["choices"]
    for choice in (choices[0], choices[-1]):
        assert getattr(cls(**{field.name: choice}), field.name) == choice
    told = rf"^{cls.name}: {field.name} must be a whole number from {choices[0]} to {choices[-1]}"
    for value in (choices[0] - 1, choices[-1] + 1, 2.0, True, "2", np.array([2]), Exponential()):
        with pytest.raises(SlalomError, match=told):
            cls(**{field.name: value})


def test_numpy_scalars_become_python_numbers_and_arrays_stay():
    rule = Adam(lr=np.float32(0.25), beta1=np.float64(0.5), amsgrad=np.bool_(True))
    assert [type(v) for v in (rule.lr, rule.beta1, rule.amsgrad)] == [float, float, bool]
    assert str(rule) == "adam(lr=0.25, beta1=0.5, amsgrad=true)"
    points = SmoothedNesterov(points=[np.float32(0.5), np.int64(1)]).points
    assert points == (0.5, 1)
    assert [type(v) for v in points] == [float, int]
    assert Piecewise(values=[0.5, 1], boundaries=[3]) == Piecewise((0.5, 1), (3,))
    assert RMSProp(momentum=None).momentum is None


def test_a_class_without_the_decorator_is_told_so():
    class Bare(Rule):
        lr: float = 0.1

    with pytest.raises(SlalomError, match=r"Bare lacks @dataclass\(frozen=True\) above its class"):
        Bare()


def test_a_rule_of_ones_own_is_checked_by_its_declarations():
    @dataclasses.dataclass(frozen=True)
    class Own(Rule, name="own"):
        lr: float = hyper(dataclasses.MISSING, "learning rate", "(0, 2]")
        plain: float = 0.5
        many: tuple = (1.0, 2.0)

    assert Own(2).lr == 2
    assert Own(1, many=(3,)).many == (3,)
    for bad in (
        {"lr": 0},
        {"lr": 2.1},
        {"lr": 1, "plain": "x"},
        {"lr": 1, "many": 3},
        {"lr": None},
    ):
        with pytest.raises(SlalomError, match=r"^own: "):
            Own(**bad)
    with pytest.raises(SlalomError, match="Own has no update method"):
        Own(1).step(np.ones(1), np.ones(1), ())


def test_wrapper_is_a_rule_only_with_a_rule_inside():
    assert isinstance(ClipNorm(1.0), Wrapper)
    assert (ClipNorm(1.0) | GradientDescent()).wrapped == GradientDescent()
    with pytest.raises(SlalomError, match="clip_norm wraps a rule and has none"):
        _ = ClipNorm(1.0).wrapped


@pytest.mark.parametrize("t", [0, -1, 0.5, 0.0, float("nan"), float("inf")])
def test_steps_are_counted_from_1(t):
    x = np.ones(2)
    for rule in (Adam(), parse("adam(lr=cosine(0.1, steps=5))")):
        with pytest.raises(SlalomError, match="t must be the number of the step, from 1, got"):
            rule.step(x, x, rule.begin(x), t)
