"""A function may change between calls: each call is of the function as it is then.

What is right is known in closed form: a bowl around `k` is descended to `k`.
"""

import threading
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import slalom
import slalom.optax
from slalom import descend
from slalom.descent import train
from slalom.descent.objective import Deterministic
from slalom.kernels import Stepper
from slalom.landscapes.landscape import Landscape, landscape
from slalom.problems import Batches, Linear, Problem, Samples
from slalom.rules import Rule, Schedule, hyper
from slalom.signals import Signal
from slalom.studies.maps import basins, critical, sensitivity, stability

ADAM = "adam(lr=0.5)"
HALF = "gradient_descent(lr=0.5)"  # on (x - k)² one step leads to k
WHERE = 0.0


def square(p):
    """Stays as it is, so that only what stands beside it changes."""
    return (p**2).sum()


class Counter:
    """Counts what XLA compiles, or loads compiled from disk."""

    def __init__(self):
        self.count = 0

    def __call__(self, name, seconds, **_):
        self.count += name == "/jax/core/compile/backend_compile_duration"


@pytest.fixture
def compiled():
    counter = Counter()
    jax.monitoring.register_event_duration_secs_listener(counter)
    yield counter
    jax.monitoring.unregister_event_duration_listener(counter)


def by_cell():
    k = [0.0]
    return lambda p: ((p - k[0]) ** 2).sum(), partial(k.__setitem__, 0)


def by_attribute():
    class Bowl:
        k = 0.0

        def __call__(self, p):
            return ((p - self.k) ** 2).sum()

    bowl = Bowl()
    return bowl, lambda value: setattr(bowl, "k", value)


def by_method():
    found, change = by_attribute()
    return found.__call__, change


def by_array():
    k = np.zeros(1)
    return lambda p: ((p - k) ** 2).sum(), partial(k.__setitem__, 0)


def by_global():
    def function(p):
        return ((p - WHERE) ** 2).sum()

    return function, lambda value: globals().__setitem__("WHERE", value)


def by_jitted_part():
    k = [0.0]
    shifted = jax.jit(lambda p: p - k[0])
    return lambda p: (shifted(p) ** 2).sum(), partial(k.__setitem__, 0)


def by_loop_body():
    k = [0.0]

    def body(_, p):
        return p - k[0] / 4

    return lambda p: (jax.lax.fori_loop(0, 4, body, p) ** 2).sum(), partial(k.__setitem__, 0)


def by_piece():
    k = [0.0]

    def piece(p):
        return (p - k[0]) ** 2

    return lambda p: jnp.piecewise(p, [p < 100], [piece]).sum(), partial(k.__setitem__, 0)


def by_jit():
    function, change = by_cell()
    return jax.jit(function), change


def by_own_derivative():
    k = [0.0]

    @jax.custom_jvp
    def loss(p):
        return (p**2).sum()  # says nothing of k, unlike its derivative

    loss.defjvp(lambda at, by: (loss(*at), (2 * (at[0] - k[0]) * by[0]).sum()))
    return lambda p: loss(p), partial(k.__setitem__, 0)


def by_list():
    k = [0.0]
    ground = Landscape(
        name="mine", function=lambda p: (p[0] - k[0]) ** 2, dim=1, domain=((-9, 9),), start=(3.0,)
    )
    return ground, partial(k.__setitem__, 0)


def by_decorated():
    k = np.zeros(())

    @landscape(domain=[(-9, 9)], start=[3.0])
    def mine(x):
        return (x - k) ** 2

    return mine, partial(k.__setitem__, ())


def by_objective():
    k = [0.0]

    @jax.tree_util.register_static
    @dataclass(frozen=True)
    class Bowl(Deterministic):
        def value(self, x):
            return ((x - k[0]) ** 2).sum()

    return Bowl(), partial(k.__setitem__, 0)


CHANGING = [
    by_cell, by_attribute, by_method, by_array, by_global, by_jitted_part, by_loop_body, by_piece,
    by_jit,
    by_own_derivative, by_list, by_decorated, by_objective,
]  # fmt: skip


@pytest.mark.parametrize("make", CHANGING, ids=lambda make: make.__name__)
@pytest.mark.parametrize("form", ["path", "end", "starts", "ends"])
def test_a_descent_is_of_the_function_as_it_is(make, form):
    function, change = make()
    begin: Any = (
        {"starts": np.full((2, 1), 3.0)} if form in ("starts", "ends") else {"start": [3.0]}
    )
    for k in (0.0, 1.0, 2.0, 0.0):
        change(k)
        run = descend(HALF, function, steps=2, path=form in ("path", "starts"), **begin)
        np.testing.assert_allclose(run.position, np.full_like(run.position, k), atol=1e-12)


@pytest.mark.parametrize("make", CHANGING, ids=lambda make: make.__name__)
def test_a_second_call_compiles_nothing(make, compiled):
    function, change = make()
    change(1.0)
    descend(HALF, function, [3.0], 2)
    compiled.count = 0
    descend(HALF, function, [3.0], 2)
    assert compiled.count == 0
    change(2.0)
    descend(HALF, function, [3.0], 2)
    change(1.0)
    compiled.count = 0
    descend(HALF, function, [3.0], 2)
    assert compiled.count == 0


def test_other_arrays_compile_nothing(compiled):
    function, change = by_array()
    descend(HALF, function, [3.0], 2)
    compiled.count = 0
    change(7.0)
    assert descend(HALF, function, [3.0], 2).position == pytest.approx(7.0)
    assert compiled.count == 0


def test_the_same_text_in_another_function_compiles_nothing(compiled):
    def made(k):
        return lambda p: ((p - np.full(1, k)) ** 2).sum()

    descend(HALF, made(1.0), [3.0], 2)
    compiled.count = 0
    assert descend(HALF, made(2.0), [3.0], 2).position == pytest.approx(2.0)
    assert compiled.count == 0


def test_bits_are_those_of_a_first_call():
    function, change = by_cell()
    change(1.0)
    descend(ADAM, function, [3.0], 50)
    change(0.1)
    again = descend(ADAM, function, [3.0], 50).trace.position
    first = descend(ADAM, lambda p: ((p - 0.1) ** 2).sum(), [3.0], 50).trace.position
    assert np.array_equal(again, first)


def test_zeros_of_both_signs_differ():
    k = [0.0]
    for value in (0.0, -0.0):
        k[0] = value
        run = descend(HALF, lambda p: jnp.copysign(1.0, k[0]) * p.sum(), [0.0], 1)
        assert run.position[0] == -0.5 * np.copysign(1.0, value)


def test_a_gradient_by_hand_may_change():
    k = [0.0]

    def slope(p):
        return 2 * (p - k[0])

    for value in (0.0, 1.0, 2.0):
        k[0] = value
        run = descend(HALF, square, [3.0], 3, gradient=slope)
        assert run.position == pytest.approx(value)


def test_a_noisy_landscape_keeps_its_noise():
    def ground(noise):
        return Landscape(
            name="mine", function=lambda p: p[0] ** 2, dim=1, domain=((-9, 9),), start=(3.0,),
            noise=noise,
        )  # fmt: skip

    ends = [float(descend(HALF, ground(noise), steps=3).position[0]) for noise in (0.0, 1.0, 1.0)]
    assert ends[0] == 0
    assert ends[1] == ends[2] != 0


def test_a_domain_may_change():
    edge = [0.0]
    ground = Landscape(
        name="mine", function=lambda p: p[0], dim=1, domain=((-9, 9),), start=(1.0,),
        defined=lambda p: p[0] > edge[0],
    )  # fmt: skip
    for value, step in ((0.0, 2), (-1.0, 4), (0.0, 2)):
        edge[0] = value
        outcome = descend("gradient_descent(lr=0.5)", ground, steps=10).outcome
        assert (outcome.kind, outcome.step) == ("left the domain", step)


@dataclass(frozen=True)
class Scaled(Rule, name="scaled"):
    lr: float = hyper(1.0, "learning rate")
    scale = 1.0

    def update(self, g):
        return -self.lr * self.scale * WHERE * g, ()


@dataclass(frozen=True)
class Told(Schedule, name="told"):
    level: float = hyper(1.0, "the value")

    def value(self, t, xp):
        return self.level * WHERE + 0 * t


@pytest.fixture
def where():
    """Changes the global that the rules above read."""
    yield lambda value: globals().__setitem__("WHERE", value)
    globals()["WHERE"] = 0.0


@pytest.mark.parametrize("rule", [Scaled(), slalom.GradientDescent(lr=Told())], ids=repr)
@pytest.mark.parametrize("options", [{"start": [1.0]}, {"starts": [[1.0]]}, {"path": False}])
def test_a_rule_may_read_what_changes(rule, options, where):
    given = {"start": [1.0]} | options if "starts" not in options else options
    for rate in (0.25, 0.5, 0.25):
        where(rate)
        run = descend(rule, square, steps=1, **given)
        assert np.ravel(run.position) == pytest.approx(1 - 2 * rate)


def test_a_class_attribute_of_a_rule_may_change(where, monkeypatch, compiled):
    where(0.25)
    for scale in (1.0, 2.0, 1.0):
        monkeypatch.setattr(Scaled, "scale", scale)
        raced = slalom.race("x**2", Scaled(), [1.0], 1)
        assert raced.standings[0].position == pytest.approx((1 - 0.5 * scale,))
    compiled.count = 0
    slalom.race("x**2", Scaled(), [1.0], 1)
    assert compiled.count == 0


def test_a_transformation_of_optax_may_change():
    optax = pytest.importorskip("optax")
    k = [1.0]
    tx = optax.stateless(lambda g, p: jax.tree.map(lambda u: -k[0] * u, g))
    for rate in (0.25, 0.5, 0.25):
        k[0] = rate
        run = descend(slalom.optax.rule(tx), square, [1.0], 1)
        assert run.position == pytest.approx(1 - 2 * rate)


def test_a_fused_kernel_is_of_the_rule_as_it_is(where):
    for rate in (0.25, 0.5, 0.25):
        where(rate)
        x = np.ones(3)
        Stepper(Scaled(), "float64").step([x], [np.ones(3)], [()], 1)
        np.testing.assert_array_equal(x, 1 - rate)


def test_responses(where):
    signal = Signal("mine", "", lambda k, _: WHERE + 0 * k)
    for level in (1.0, 2.0, 1.0):
        where(level)
        answer = slalom.respond([Scaled(), HALF], signal, length=3).data.answer.values
        np.testing.assert_allclose(answer, [[level**2] * 3, [level / 2] * 3])


def test_training():
    k = [0.0]
    samples = Samples(np.ones((4, 1), np.float32), np.zeros((4, 1), np.float32))
    problem = Problem(
        "mine", samples, samples, Linear(1, 1, bias=False),
        loss=lambda out, _: ((out - k[0]) ** 2).sum(-1), metric=lambda out, _: out[:, 0] + k[0],
    )  # fmt: skip
    for value in (1.0, 2.0, 1.0):
        k[0] = value
        found = train(HALF, problem, Batches(None, 2))
        assert found.params["weights"].ravel() == pytest.approx(value)
        assert found.data.test_metric.values[0, -1] == pytest.approx(2 * value)


def test_minimize():
    k = [0.0]
    for value in (0.0, 1.0):
        k[0] = value
        found = slalom.minimize(
            lambda x: ((x - k[0]) ** 2).sum(), [3.0], HALF, gradient=lambda x: 2 * (x - k[0])
        )
        assert found.x == pytest.approx(value)


def wells():
    """Two wells at (k, 0) and (-k, 0)."""
    state = SimpleNamespace(k=1.0)

    @landscape(domain=[(-3, 3), (-3, 3)], start=[0.5, 0.5])
    def two(x, y):
        return (x**2 - state.k**2) ** 2 + y**2

    return two, state


@pytest.mark.slow
def test_maps():
    ground, state = wells()
    for k in (1.0, 2.0, 1.0):
        state.k = k
        minima = [p for p in critical(ground).summary()["points"] if p["kind"] == "minimum"]
        assert sorted(p["position"][0] for p in minima) == pytest.approx([-k, k])
        found = basins(ground, "gradient_descent(lr=0.02)", size=8, steps=200).data
        assert sorted(found.minimum_position.values[:, 0]) == pytest.approx([-k, k])
        assert set(np.unique(found.place.values)) == {0, 1}


@pytest.mark.slow
def test_maps_of_hyperparameters():
    k = [1.0]

    @landscape(domain=[(-3, 3)], start=[1.0])
    def bowl(x):
        return k[0] * x**2 / 2

    for value in (1.0, 2.0):
        k[0] = value
        border = stability(bowl, "momentum", size=40, steps=100)
        assert border.data.attrs["curvature"] == pytest.approx(value)
        best = sensitivity(bowl, "momentum", 2, 1, vary={"lr": (1.0, 1.5), "momentum": (0, 0.5)})
        lowest = {1.0: 0.0, 2.0: 1.0}[value]  # after one step of lr=1 from 1: value (1 - value)²/2
        assert best.summary()["best"]["loss"] == pytest.approx(lowest)


@pytest.mark.slow
def test_a_comparison_is_of_the_landscape_as_it_is():
    ground, state = wells()
    for k in (1.0, 2.0, 1.0):
        state.k = k
        found = slalom.diff(HALF, "sgd(lr=0.5)", landscape=ground, steps=1)
        start = found.data.loss.sel(arena="landscape").values[0, 0]
        assert start == pytest.approx((0.25 - k**2) ** 2 + 0.25)


def test_threads_each_get_their_own():
    def runs(k, found):
        own = np.zeros(2)
        for step in range(20):
            own[:] = k + step
            found.append(descend(HALF, lambda p: ((p - own) ** 2).sum(), [3.0, 4.0], 2).position)

    found: dict[int, list] = {k: [] for k in (0, 100, 200, 300)}
    threads = [threading.Thread(target=runs, args=each) for each in found.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for k, positions in found.items():
        expected = [[k + step] * 2 for step in range(20)]
        np.testing.assert_allclose(positions, expected)


def test_threads_share_one_changing_rule(where):
    where(0.5)
    ends = []

    def run():
        for k in range(5):
            end = descend(Scaled(), f"(x - {k})**2", [3.0], 1).position
            ends.append(float(end[0]))

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ends.count(4.0) == 3
    assert sorted(ends) == pytest.approx(sorted([0.0, 1.0, 2.0, 3.0, 4.0] * 3))
