"""What a stepper shares out, remembers and says, beside the step itself."""

import ctypes
import os
from dataclasses import dataclass

import numpy as np
import pytest

from slalom.errors import SlalomError
from slalom.kernels import Stepper, execution, why_not
from slalom.kernels import stepper as module
from slalom.kernels.machine import Function
from slalom.kernels.memory import Gradients
from slalom.rules import Exponential, GradientDescent, Momentum, Rule, parse, with_settings

from .stepping import assert_same, begun, draw, eagerly

DESCENT = GradientDescent(lr=0.5)


class Team:
    """Does all work alone, and notes it."""

    def __init__(self):
        self.asked = []

    def run(self, work, threads):
        self.asked.append((work.pieces, threads))
        work.run()


def pieces_of(size, threads):
    """The second leaf is the larger one."""
    team, xs = Team(), [np.zeros(n, np.float32) for n in (min(size, 3), max(size - 3, 0))]
    gs = [np.ones_like(x) for x in xs]
    Stepper(DESCENT, "float32", team).step(xs, gs, [(), ()], 1, threads=threads)
    assert {v for x in xs for v in x.tolist()} <= {-0.5}
    [(pieces, asked)] = team.asked
    assert asked == threads
    return pieces


def test_pieces_are_worth_waking_a_thread_and_eight_for_each():
    small = 1 << 16
    assert [pieces_of(n, 2) for n in (0, 1, small, small + 1, 2 * small)] == [0, 1, 1, 2, 2]
    assert pieces_of(32 * small, 2) == 16
    assert pieces_of(32 * small + 1, 3) == 25  # the last one is smaller
    assert pieces_of(32 * small, 64) == 32


def test_there_is_a_thread_for_each_processor_where_none_are_asked_for(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1, 4, 6, 9}, raising=False)
    module.most_threads.cache_clear()
    team, x = Team(), np.zeros(3)
    Stepper(DESCENT, "float64", team).step([x], [np.ones(3)], [()], 1)
    module.most_threads.cache_clear()
    assert team.asked == [(1, 5)]


def test_all_steppers_share_the_crew_where_no_team_is_given(monkeypatch):
    team = Team()
    monkeypatch.setattr(module, "crew", team)
    x = np.zeros(3)
    Stepper(DESCENT, "float64").step([x], [np.ones(3)], [()], 1)
    assert len(team.asked) == 1
    Stepper(DESCENT, "float64").step([], [], [], 1)
    assert len(team.asked) == 1  # of no arrays there is nothing to do


def test_each_leaf_has_the_scalars_of_its_own_state():
    """Leaves that have gone different ways, flat in memory or not."""
    rule, rng, dtype = parse("nadam()"), np.random.default_rng(0), "float64"
    xs = [*draw(rng, [(3,), (4,), (2, 5), (3,)], dtype)]
    states = begun(rule, xs)
    for n, state in enumerate(states):
        state.product[...] = 0.9 / (n + 1)
    views = [
        np.zeros((2 * len(x), *x.shape[1:]))[::2] if n % 2 else x.copy() for n, x in enumerate(xs)
    ]
    for view, x in zip(views, xs, strict=True):
        view[...] = x
    memory = begun(rule, xs)
    for n, state in enumerate(memory):
        state.product[...] = 0.9 / (n + 1)
    stepper = Stepper(rule, dtype)
    for t in (3, 4):
        gs = draw(rng, [x.shape for x in xs], dtype)
        stepper.step(views, gs, states, t)
        xs, memory = eagerly(rule, xs, gs, memory, t)
        assert_same([views, states], [xs, memory], dtype)


def test_another_rule_for_some_steps():
    """With other numbers, a schedule, and other conventions; then the first one again."""
    first, dtype, rng = Momentum(lr=0.5), "float64", np.random.default_rng(0)
    others = [Momentum(lr=0.25), Momentum(lr=Exponential(0.5)), Momentum(lr=0.5, lr_inside=False)]
    xs = draw(rng, [(3,)], dtype)
    states, stepper = begun(first, xs), Stepper(first, dtype)
    expected, memory = [x.copy() for x in xs], begun(first, xs)
    for t, rule in enumerate([first, *others, first, None], 1):
        gs = draw(rng, [(3,)], dtype)
        stepper.step(xs, gs, states, t, rule)
        expected, memory = eagerly(rule or first, expected, gs, memory, t)
        assert_same([xs, states], [expected, memory], dtype)


def test_the_number_of_the_step_is_given_at_every_step():
    rule, dtype, rng = parse("adam(lr=0.5)"), "float64", np.random.default_rng(0)
    xs = draw(rng, [(3,)], dtype)
    states, stepper = begun(rule, xs), Stepper(rule, dtype)
    expected, memory = [x.copy() for x in xs], begun(rule, xs)
    for t in (1, 7, 2):
        gs = draw(rng, [(3,)], dtype)
        stepper.step(xs, gs, states, t)
        expected, memory = eagerly(rule, expected, gs, memory, t)
    assert_same([xs, states], [expected, memory], dtype)


def test_a_step_is_prepared_and_taken_later():
    x, g = np.zeros(3), np.ones(3)
    take = Stepper(DESCENT, "float64").prepared([x], [g], [()], 1)
    assert not x.any()
    take()
    assert x.tolist() == [-0.5] * 3
    Stepper(DESCENT, "float64").prepared([x], Gradients.of([g]), [()], 2)()
    assert x.tolist() == [-1.0] * 3


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_numbers_a_kernel_is_given(dtype):
    """Python's numbers as they are; a schedule's, and NumPy's, as wide as the arrays."""
    third = float(np.dtype(dtype).type(1 / 3))
    bound = module._bind(Momentum(lr=1 / 3), dtype)
    assert bound.steady.tolist()[1:] == [1 / 3, 0.9, 0]
    assert bound.at(7).tolist() == [7, 1 / 3, 0.9, 0]
    assert bound.at(8).tolist() == [8, 1 / 3, 0.9, 0]
    wide = with_settings(Momentum(), {"lr": np.array(1 / 3)}, checked=False)
    assert module._bind(wide, dtype).at(7).tolist() == [7, third, 0.9, 0]
    bound = module._bind(Momentum(lr=Exponential(1 / 3, rate=0)), dtype)
    assert bound.steady is None
    assert bound.at(7).tolist() == [7, third, 0.9, 0]


def test_other_arrays_for_some_steps():
    stepper, g = Stepper(DESCENT, "float64"), np.ones(3)
    one, other = np.zeros(3), np.zeros(3)
    for t, x in enumerate([one, other, other, one, other], 1):
        stepper.step([x], [g], [()], t)
    assert one.tolist() == [-1.0] * 3
    assert other.tolist() == [-1.5] * 3


def test_arrays_and_rules_are_looked_at_only_where_they_change(monkeypatch):
    looked = []

    def noted(call):
        return lambda *given: looked.append(call.__name__) or call(*given)

    monkeypatch.setattr(module, "Leaves", noted(module.Leaves))
    monkeypatch.setattr(module, "_bind", noted(module._bind))
    stepper, x, g = Stepper(DESCENT, "float64"), np.zeros(3), np.ones(3)
    slower = GradientDescent(lr=0.25)
    assert looked == ["_bind"]
    for rule in (None, DESCENT, DESCENT):
        stepper.step([x], [g], [()], 1, rule)
    assert looked[1:] == ["Leaves"]
    for rule in (slower, slower):
        stepper.step([x], [g], [()], 1, rule)
    assert looked[2:] == ["_bind"]
    stepper.step([x.copy()], [g], [()], 1, slower)
    assert looked[3:] == ["Leaves"]


def at(place, count, kind):
    return list((kind * count).from_address(place))


def test_what_does_not_lie_flat_is_handed_over_in_copies():
    handed = []

    def loop(place):
        arrays, gradients, offsets, _, *rest = at(place, 8, ctypes.c_int64)
        places = [*at(arrays, 1, ctypes.c_int64), *at(gradients, 1, ctypes.c_int64)]
        copies = [at(p, 3, ctypes.c_double) for p in places]
        handed.append((*copies, at(offsets, 2, ctypes.c_int64), *rest))

    x, g = np.arange(6.0)[::2], np.arange(0.0, 60.0, 10.0)[::2]
    execution.advance_strided(Function(loop, 0), [g, x], np.zeros((1, 1)))
    assert handed == [([0, 2, 4], [0, 20, 40], [0, 3], 0, 3, execution.BLOCK, 0)]


def test_a_strided_array_larger_than_what_is_copied_at_a_time():
    x, g = np.zeros(60_002)[::2], np.arange(30_001.0)
    Stepper(DESCENT, "float64").step([x], [g], [()], 1)
    assert np.array_equal(x, -0.5 * g)
    assert not x.base[1::2].any()


@dataclass(frozen=True)
class Needy(Rule, name="needy"):
    """Needs much."""

    coupled = True

    def update(self, key, hvp, state):
        return hvp(key.signs(state)), state


def test_whole_lines_of_what_cannot_be():
    assert why_not(Needy(), "float32") == ("needy needs hvp and key, which a kernel does not take")
    for dtype, name in {"int32": "int32", np.float16: "float16", "a.b.half": "half"}.items():
        line = f"kernels compute in float32 and float64, not {name}"
        assert why_not(DESCENT, dtype).replace("float16", name) == line
    for dtype in ("float32", np.float64, np.dtype("f4")):
        assert why_not(DESCENT, dtype) is None
    x = np.zeros(3)
    with pytest.raises(SlalomError) as caught:
        Stepper(DESCENT, "float64").step([x], [x, x], [], 1)
    assert str(caught.value) == (
        "1 parameters, 2 gradients and 0 states: each parameter needs one of each"
    )
