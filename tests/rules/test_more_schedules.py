"""Schedules of one's own, schedules of schedules, and the edges of what they allow."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from slalom.errors import SlalomError
from slalom.rules import Cosine, Exponential, OneCycle, Piecewise, Schedule, StepDecay


def test_a_schedule_without_a_value_says_so():
    @dataclass(frozen=True)
    class Bare(Schedule, name="bare"):
        pass

    with pytest.raises(SlalomError, match=r"^Bare has no value method$"):
        Bare()(1)


def test_schedules_inside_a_schedule_are_traced():
    decaying = Piecewise((Exponential(1.0, rate=np.log(2)), Cosine(1.0, steps=10)), (3,))
    found = jax.vmap(lambda t: decaying(t, jnp, jnp.float32))(jnp.array([1, 2, 3, 6, 11]))
    np.testing.assert_allclose(found, [1 / 2, 1 / 4, 1 / 8, 1 / 2, 0], atol=1e-6)


def test_a_step_decay_multiplies_at_each_period():
    decay = StepDecay(8.0, factor=0.5, every=3)
    assert [decay(t) for t in range(1, 9)] == [8, 8, 8, 4, 4, 4, 2, 2]


def test_a_cosine_after_its_warm_up():
    """Up by fifths to 10; then half a cosine over 8 steps down to 2, whose middle is 6."""
    schedule = Cosine(10.0, steps=13, warmup=5, final=2.0)
    assert [schedule(t) for t in (1, 2, 5, 6)] == pytest.approx([2, 4, 10, 10], rel=1e-14)
    assert [schedule(t) for t in (10, 14, 99)] == pytest.approx([6, 2, 2], rel=1e-14)


def test_one_cycle_needs_room_to_rise():
    message = r"^one_cycle: rise \* steps must be above 1, got 1.0$"
    with pytest.raises(SlalomError, match=message):
        OneCycle(steps=4, rise=0.25)
    assert OneCycle(1.0, steps=5, rise=0.4, div=4)(2) == pytest.approx(1.0, rel=1e-14)


def test_the_message_on_boundaries():
    with pytest.raises(SlalomError, match=r"^piecewise: boundaries must increase$"):
        Piecewise((1, 2, 3), (5, 4))
