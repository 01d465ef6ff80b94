"""What a rule refuses when it is made: every field of every rule, wrapper and schedule."""

import dataclasses

import numpy as np
import pytest

from slalom.errors import SlalomError
from slalom.rules import (
    RULES,
    SCHEDULES,
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
    hybrid,
    hyper,
)

NAN, INF = float("nan"), float("inf")
POSITIVE = ((0.0, 1e-300, 7, 1e300), (-1e-300, -1, INF, -INF))
SHARE = ((0, 0.0, 0.5, 1 - 1e-16), (1, 1.0, -0.1, 2, INF))
CLOSED_SHARE = ((0.0, 1, 1.0), (-0.1, 1 + 1e-15, INF))
ANY = ((-1e300, 0, 1e300), (INF, -INF))

# field: (allowed, refused), as the papers and the docstrings have them
RANGES = {
    "lr": POSITIVE,
    "eps": POSITIVE,
    "momentum": CLOSED_SHARE,
    "dampening": CLOSED_SHARE,
    "decay": SHARE,
    "beta1": SHARE,
    "beta2": SHARE,
    "p": ((1e-9, 2, 1e9), (0, 0.0, -1, INF)),
    "momentum_decay": ((0, 0.004, 1, INF), (-1, -INF)),
    "lr_decay": POSITIVE,
    "initial_accumulator_value": POSITIVE,
    "initial_delta_value": POSITIVE,
    "limit": POSITIVE,
    "scale": POSITIVE,
    "weight_decay": POSITIVE,
    "level": ANY,
    "initial": ANY,
    "rate": ((0, 1, 1e300), (INF,)),
    "power": ANY,
    "offset": ((-1, 0, 1.5), (INF,)),
    "factor": POSITIVE,
    "every": ((1e-3, 1, 100), (0, -1, INF)),
    "peak": ANY,
    "steps": ((4, 100.5), (0, -1, INF)),
    "warmup": ((0, 1, 99), (-1, INF)),
    "final": ANY,
    "rise": ((0.02, 0.98), (0, 1, -1, 2)),
    "div": ((1e-9, 25), (0, -1, INF)),
    "final_div": ((1e-9, 1e4), (0, -1, INF)),
}
# class, field, how many numbers, and the other fields that go with so many
TUPLES = [
    (SmoothedNesterov, "points", 3, {}),
    (SmoothedNesterov, "weights", 3, {"points": (1.0, 2.0, 3.0)}),
    (Piecewise, "values", 3, {"boundaries": (1, 2)}),
    (Piecewise, "boundaries", 2, {"values": (1, 2, 3)}),
]
CLASSES = [c for c in (*RULES.values(), *WRAPPERS.values(), *SCHEDULES.values()) if c is not hybrid]
FIELDS = [
    (cls, f.name)
    for cls in CLASSES
    for f in dataclasses.fields(cls)
    if f.metadata["kind"] == "hyper" and f.name not in ("points", "weights", "values", "boundaries")
]
NAMES = [f"{cls.name}.{field}" for cls, field in FIELDS]
WRONG_TYPES = ("0.1", True, False, object(), {}, [0.1, 0.2], (0.1, 0.2), b"1", 1j, Adam())


@pytest.mark.parametrize(("cls", "field"), FIELDS, ids=NAMES)
def test_ranges(cls, field):
    allowed, refused = RANGES[field]
    for value in (*allowed, Exponential(0.5), np.array([0.5, 7.0]), np.float64(allowed[0])):
        made = cls(**{field: value})
        assert getattr(made, field) is value or getattr(made, field) == value
    for value in (*refused, NAN, np.float64(refused[0]), np.float32(NAN)):
        with pytest.raises(
            SlalomError, match=rf"^{cls.name}: {field} must be in [\[(].*[\])], not"
        ):
            cls(**{field: value})
    is_optional = cls.__dataclass_fields__[field].default is None
    for value in (*WRONG_TYPES, *(() if is_optional else (None,))):
        with pytest.raises(SlalomError, match=rf"^{cls.name}: {field} must be a number in .*, not"):
            cls(**{field: value})


@pytest.mark.parametrize(("cls", "field", "count", "others"), TUPLES)
def test_ranges_of_tuples(cls, field, count, others):
    allowed, refused = POSITIVE if field in ("weights", "boundaries") else ANY
    for value in allowed:
        many = (0.5,) * (count - 1) + (max(value, 0.5) if field == "boundaries" else value,)
        assert getattr(cls(**{field: many}, **others), field) == many
        assert getattr(cls(**{field: list(many)}, **others), field) == many
    for value in (*refused, NAN, None, "1", True, (1.0,), object()):
        with pytest.raises(SlalomError, match=rf"^{cls.name}: {field} must be .*, not"):
            cls(**{field: (1.0,) * (count - 1) + (value,)}, **others)
    for value in (0.5, "abc", Exponential(), np.array(1.0), object()):
        with pytest.raises(
            SlalomError, match=rf"^{cls.name}: {field} must be numbers in .*, as in"
        ):
            cls(**{field: value}, **others)


def test_every_field_has_its_range_here():
    assert {field for _, field in FIELDS} == RANGES.keys()


CONVENTIONS = [
    (cls, f)
    for cls in CLASSES
    for f in dataclasses.fields(cls)
    if f.metadata["kind"] == "convention"
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
        Own(1).update(np.ones(1), (), np.ones(1), 1)


def test_wrapper_is_a_rule_only_with_a_rule_inside():
    assert isinstance(ClipNorm(1.0), Wrapper)
    assert (ClipNorm(1.0) | GradientDescent()).wrapped == GradientDescent()
    with pytest.raises(SlalomError, match="clip_norm wraps a rule and has none"):
        _ = ClipNorm(1.0).wrapped
