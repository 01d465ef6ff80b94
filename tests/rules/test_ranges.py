"""Which numbers a rule refuses: every hyperparameter of every rule, wrapper and schedule."""

import dataclasses

import numpy as np
import pytest

from slalom.errors import SlalomError
from slalom.rules import (
    RULES,
    SCHEDULES,
    WRAPPERS,
    Adam,
    AggMo,
    Exponential,
    Piecewise,
    SmoothedNesterov,
    hybrid,
)

NAN, INF = float("nan"), float("inf")
POSITIVE = ((0.0, 1e-300, 7, 1e300), (-1e-300, -1, INF, -INF))
SHARE = ((0, 0.0, 0.5, 1 - 1e-16), (1, 1.0, -0.1, 2, INF))
CLOSED_SHARE = ((0.0, 1, 1.0), (-0.1, 1 + 1e-15, INF))
ANY = ((-1e300, 0, 1e300), (INF, -INF))
ABOVE_0 = ((1e-9, 2, 1e9), (0, 0.0, -1, INF))
TO_INFINITY = ((1e-9, 1, INF), (0, 0.0, -1, -INF))
FROM_1 = ((1, 2.5, 1e9), (0, 1 - 1e-15, INF))

# field: (allowed, refused), as the papers and the docstrings have them
RANGES = {
    "lr": POSITIVE,
    "eps": POSITIVE,
    "momentum": CLOSED_SHARE,
    "dampening": CLOSED_SHARE,
    "decay": SHARE,
    "beta1": SHARE,
    "beta2": SHARE,
    "beta3": SHARE,
    "p": ABOVE_0,
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
    "of": ANY,
    "every": ((1e-3, 1, 100), (0, -1, INF)),
    "peak": ANY,
    "steps": ((4, 100.5), (0, -1, INF)),
    "warmup": ((0, 1, 99), (-1, INF)),
    "final": ANY,
    "rise": ((0.02, 0.98), (0, 1, -1, 2)),
    "div": ((1e-9, 25), (0, -1, INF)),
    "final_div": ((1e-9, 1e4), (0, -1, INF)),
    "smooth": POSITIVE,
    "decay_power": POSITIVE,
    "eps1": POSITIVE,
    "eps2": POSITIVE,
    "clip": ABOVE_0,
    "cap": POSITIVE,
    "shampoo_beta": SHARE,
    "graft_eps": POSITIVE,
    "precond_lr": ((1e-9, 1), (0, 0.0, 1 + 1e-15)),
    "d0": ABOVE_0,
    "d_coef": ABOVE_0,
    "reps": ABOVE_0,
    "r0": ABOVE_0,
    "lower": ANY,
    "growth": ((1, 1.02, INF), (0, 1 - 1e-15, -INF)),
    "gamma": ABOVE_0,
    "f_min": ANY,
    "largest": TO_INFINITY,
    "share": CLOSED_SHARE,
    "r": ((-10, 0, 0.5, 10), (-10.1, 10.1, INF, -INF)),
    "weight_power": POSITIVE,
    "rho": ABOVE_0,
    "trust": POSITIVE,
    "threshold": ((4, 5.0, 1e3), (4 - 1e-15, 0, INF)),
    "min_norm": POSITIVE,
    "eps_root": POSITIVE,
    "delta": POSITIVE,
    "wd_ratio": CLOSED_SHARE,
    "s_init": ABOVE_0,
    "norm_eps": POSITIVE,
    "largest_norm": TO_INFINITY,
    "largest_ratio": TO_INFINITY,
    "floor": ((1e-9, 1), (0, 0.0, 1 + 1e-15)),
    "shrink": ((1e-9, 0.5), (0, 1, -0.1, INF)),
    "grow": ((1 + 1e-15, 1.2, 1e9), (1, 0.5, INF)),
    "smallest": POSITIVE,
    "after": POSITIVE,
    "initial_mean": ANY,
    "alpha": POSITIVE,
    "nu": CLOSED_SHARE,
    "nu1": CLOSED_SHARE,
    "nu2": CLOSED_SHARE,
    "final_lr": POSITIVE,
    "beta": POSITIVE,
    "l1": POSITIVE,
    "l2": POSITIVE,
}
# where a rule's range is not the one that others have for a field of that name
OWN_RANGES = {
    "adahessian.every": FROM_1,
    "adahessian.power": ((1e-9, 1), (0, -1, 1 + 1e-15, INF)),
    "dadapt_adam.eps": ABOVE_0,
    "dog.eps": ABOVE_0,
    "dowg.eps": ABOVE_0,
    "prodigy.eps": ABOVE_0,
    "momo.momentum": SHARE,
    "adafactor.beta2": CLOSED_SHARE,
    "adopt.power": POSITIVE,
    "asgd.decay": POSITIVE,
    "asgd.power": POSITIVE,
    "cocob.alpha": ABOVE_0,
    "cocob.eps": ABOVE_0,
    "ftrl.power": POSITIVE,
    "madgrad.momentum": SHARE,
    "mars.gamma": POSITIVE,
    "muon.momentum": SHARE,
    "qhm.momentum": SHARE,
    "schedule_free.momentum": ((1e-9, 0.5), (0, 1, -0.1, INF)),
    "schedule_free.warmup": POSITIVE,
    "signum.momentum": SHARE,
    "normuon.momentum": SHARE,
    "scion.momentum": ((1e-9, 1), (0, 0.0, 1 + 1e-15)),
    "scion.scale": ABOVE_0,
    "shampoo.eps": ABOVE_0,
    "sm3.momentum": SHARE,
    "psgd_kron.every": FROM_1,
    "psgd_kron.momentum": SHARE,
    "shampoo.every": FROM_1,
    "shampoo.momentum": SHARE,
    "soap.every": FROM_1,
    "sophia.every": FROM_1,
    "sophia.eps": ABOVE_0,
    "lookahead.every": FROM_1,
}
# class, field, how many numbers, and the other fields that go with so many
TUPLES = [
    (SmoothedNesterov, "points", 3, {}),
    (SmoothedNesterov, "weights", 3, {"points": (1.0, 2.0, 3.0)}),
    (AggMo, "momenta", 3, {}),
    (Piecewise, "values", 3, {"boundaries": (1, 2)}),
    (Piecewise, "boundaries", 2, {"values": (1, 2, 3)}),
]
OF_TUPLES = {
    "points": ANY,
    "weights": POSITIVE,
    "values": ANY,
    "boundaries": POSITIVE,
    "momenta": SHARE,
}
CLASSES = [c for c in (*RULES.values(), *WRAPPERS.values(), *SCHEDULES.values()) if c is not hybrid]
FIELDS = [
    (cls, f.name)
    for cls in CLASSES
    for f in dataclasses.fields(cls)
    if f.metadata["kind"] == "hyper" and f.name not in OF_TUPLES
]
NAMES = [f"{cls.name}.{field}" for cls, field in FIELDS]
WRONG_TYPES = ("0.1", True, False, object(), {}, [0.1, 0.2], (0.1, 0.2), b"1", 1j, Adam())


@pytest.mark.parametrize(("cls", "field"), FIELDS, ids=NAMES)
def test_ranges(cls, field):
    allowed, refused = OWN_RANGES.get(f"{cls.name}.{field}", RANGES[field])
    for value in (*allowed, Exponential(0.5), np.array([0.5, 7.0]), np.float64(allowed[0])):
        made = cls(**{field: value})
        assert getattr(made, field) is value or getattr(made, field) == value
    for value in (*refused, NAN, np.float64(refused[0]), np.float32(NAN)):
        with pytest.raises(
            SlalomError, match=rf"^{cls.name}: {field} must be in [\[(].*[\])], got"
        ):
            cls(**{field: value})
    is_optional = cls.__dataclass_fields__[field].default is None
    for value in (*WRONG_TYPES, *(() if is_optional else (None,))):
        with pytest.raises(SlalomError, match=rf"^{cls.name}: {field} must be a number in .*, got"):
            cls(**{field: value})


@pytest.mark.parametrize(("cls", "field", "count", "others"), TUPLES)
def test_ranges_of_tuples(cls, field, count, others):
    allowed, refused = OF_TUPLES[field]
    for value in allowed:
        many = (0.5,) * (count - 1) + (max(value, 0.5) if field == "boundaries" else value,)
        assert getattr(cls(**{field: many}, **others), field) == many
        assert getattr(cls(**{field: list(many)}, **others), field) == many
    for value in (*refused, NAN, None, "1", True, (0.5,), object()):
        with pytest.raises(SlalomError, match=rf"^{cls.name}: {field} must be .*, got"):
            cls(**{field: (0.5,) * (count - 1) + (value,)}, **others)
    for value in (0.5, "abc", Exponential(), np.array(1.0), object()):
        with pytest.raises(
            SlalomError, match=rf"^{cls.name}: {field} must be numbers in .*, as in"
        ):
            cls(**{field: value}, **others)


def test_every_field_has_its_range_here():
    assert {field for _, field in FIELDS} == RANGES.keys()
