"""Schedules against PyTorch's, Optax's and closed forms."""

import dataclasses
import math
import warnings

import numpy as np
import optax
import pytest
import torch
from torch.optim import lr_scheduler

from slalom.errors import SlalomError
from slalom.rules import (
    Adam,
    Constant,
    Cosine,
    Exponential,
    OneCycle,
    Piecewise,
    Polynomial,
    StepDecay,
    hybrid,
)

PAIRS = {
    "StepLR": (StepDecay(0.4, factor=0.3, every=7), {"step_size": 7, "gamma": 0.3}),
    "ExponentialLR": (Exponential(0.4, rate=0.05, offset=-1), {"gamma": math.exp(-0.05)}),
    "CosineAnnealingLR": (
        Cosine(0.4, steps=60, final=0.01),
        {"T_max": 60, "eta_min": 0.01},
    ),
    "MultiStepLR": (
        Piecewise((0.4, 0.04, 0.004), (10, 35)),
        {"milestones": [10, 35], "gamma": 0.1},
    ),
    "OneCycleLR": (
        OneCycle(0.4, steps=60, rise=0.3, div=10, final_div=100),
        {"max_lr": 0.4, "total_steps": 60, "div_factor": 10, "final_div_factor": 100},
    ),
    "ConstantLR": (Constant(0.4), {"factor": 1.0}),
}


def pytorch_values(name, settings, steps=60):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.4)
    if name == "OneCycleLR":
        settings = {"cycle_momentum": False, **settings}
    scheduler, found = getattr(lr_scheduler, name)(optimizer, **settings), []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if len(found) < steps:
            scheduler.step()
    return found


@pytest.mark.parametrize("name", PAIRS)
def test_pytorch_has_the_same_values(name):
    schedule, settings = PAIRS[name]
    found = [schedule(t) for t in range(1, 61)]
    # PyTorch multiplies its way from step to step
    np.testing.assert_allclose(found, pytorch_values(name, settings), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(("rise", "steps"), [(0.3, 100), (0.5, 11), (0.25, 20)])
def test_one_cycle_with_pytorchs_defaults(rise, steps):
    found = [OneCycle(0.1, steps=steps, rise=rise)(t) for t in range(1, steps + 1)]
    expected = pytorch_values(
        "OneCycleLR", {"max_lr": 0.1, "total_steps": steps, "pct_start": rise}, steps
    )
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-16)


def test_warm_up_is_that_of_optax():
    """Optax counts from 0: its step t of the warm-up is ours, and one earlier after it."""
    ours = Cosine(0.4, steps=50, warmup=8, final=0.02)
    theirs = optax.warmup_cosine_decay_schedule(0.0, 0.4, 8, 50, 0.02)
    for t in range(1, 80):
        expected = theirs(t if t <= 8 else t - 1)
        assert ours(t) == pytest.approx(float(expected), rel=1e-6)
    assert [ours(t) for t in (2, 4, 8, 9)] == pytest.approx([0.1, 0.2, 0.4, 0.4], rel=1e-14)
    assert ours(51) == ours(1000) == pytest.approx(0.02, rel=1e-14)


@pytest.mark.parametrize("offset", [-1, 0, 1, 2.5])
def test_polynomials_are_powers_of_a_line(offset):
    inverse = Polynomial(0.5, rate=0.25, power=1, offset=offset)
    square = Polynomial(0.5, rate=0.25, power=-2, offset=offset)
    for t in (1, 2, 10, 1000):
        line = 1 + (t + offset) / 4
        assert inverse(t) * line == pytest.approx(0.5, rel=1e-14)
        assert square(t) == pytest.approx(0.5 * line * line, rel=1e-14)


def test_exponentials_halve_at_equal_distances():
    halving = Exponential(3.0, rate=math.log(2))
    assert [halving(t) for t in range(1, 5)] == pytest.approx([1.5, 0.75, 0.375, 0.1875], rel=1e-14)


def test_the_orbit_articles_batch_size():
    assert [hybrid()(epoch) for epoch in (1, 8, 9, 30)] == [32, 32, 512, 512]
    assert [hybrid(1, 2, 3)(epoch) for epoch in (3, 4)] == [1, 2]


def test_a_schedule_may_be_made_of_schedules():
    decaying = Cosine(peak=Exponential(2.0, rate=0.1), steps=40)
    for t in (1, 7, 40):
        assert decaying(t) == pytest.approx(2 * math.exp(-0.1 * t) * Cosine(1.0, steps=40)(t))
    pieces = Piecewise((Exponential(1.0, rate=1.0), Constant(0.5)), (3,))
    assert [pieces(t) for t in (1, 3, 4)] == pytest.approx([math.exp(-1), math.exp(-3), 0.5])
    assert str(decaying) == "cosine(exponential(2.0, rate=0.1), steps=40)"


def test_schedules_are_immutable():
    for schedule, _ in PAIRS.values():
        before = schedule(5), hash(schedule), str(schedule)
        for field in dataclasses.fields(schedule):
            with pytest.raises(dataclasses.FrozenInstanceError):
                setattr(schedule, field.name, 1)
        list(map(schedule, range(1, 30)))
        assert (schedule(5), hash(schedule), str(schedule)) == before


def test_a_rule_with_a_schedule_takes_its_value_at_every_step():
    rule = Adam(lr=StepDecay(0.4, factor=0.5, every=2), beta2=Constant(0.5))
    at = rule.at(3, np.zeros(2, np.float32))
    assert (at.lr, at.beta2, at.beta1) == (np.float32(0.2), np.float32(0.5), 0.9)
    assert rule.lr == StepDecay(0.4, factor=0.5, every=2)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Piecewise((1, 2, 3), (5,)), "piecewise: 1 boundaries part 2 values, not 3"),
        (lambda: Piecewise((1, 2, 3), (5, 4)), "piecewise: boundaries must increase"),
        (lambda: Cosine(steps=10, warmup=10), "cosine: warmup must be below steps, 10, got 10"),
        (lambda: OneCycle(steps=3, rise=0.1), r"one_cycle: rise \* steps must be above 1"),
    ],
)
def test_fields_that_do_not_go_together_are_refused(make, message):
    with pytest.raises(SlalomError, match=message):
        make()


def test_no_step_warns():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for schedule, _ in PAIRS.values():
            assert all(math.isfinite(schedule(t)) for t in (1, 2, 60, 61, 10**6))
