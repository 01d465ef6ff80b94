"""Rules that take all leaves as one vector: by hand, by special cases, and at a gradient of 0."""

from dataclasses import dataclass

import numpy as np
import pytest

from slalom.errors import SlalomError
from slalom.rules import GradientDescent, Wrapper, parse

from ..modern.problems import problem
from ..modern.running import off, path

WITHOUT_RATE = ["prodigy", "dog", "dog(layerwise=true)", "dowg", "dadapt_adam"]


def walked(rule, x, gs, **offers):
    """The iterates along given gradients, lists of arrays."""
    state, found = rule.begin(x), [x]
    for t, g in enumerate(gs, start=1):
        delta, state = rule.step(x, g, state, t, **offers)
        x = [a + d for a, d in zip(x, delta, strict=True)]
        found.append(x)
    return found


@pytest.mark.parametrize("text", WITHOUT_RATE)
def test_gradients_of_0_before_the_first_one_change_nothing(text):
    rng = np.random.default_rng(0)
    x = [rng.normal(size=3), rng.normal(size=(2, 2))]
    gs = [[rng.normal(size=a.shape) for a in x] for _ in range(20)]
    none = [[0 * a for a in x]] * 2
    with np.errstate(divide="raise", invalid="raise"):
        found, expected = walked(parse(text), x, [*none, *gs]), walked(parse(text), x, gs)
    for one, other in zip(found[2:], expected, strict=True):
        assert off(one, other) == 0


def test_dog_by_hand():
    """norm(x1) = 5, so r = 0.1 (1 + 5) at first, and the distance is 0.6 after a step."""
    x, g = [np.array([3.0]), np.array([4.0])], [np.array([30.0]), np.array([40.0])]
    _, one, two = walked(parse("dog(reps=0.1, eps=1e-30)"), x, [g, g])
    assert off(one, [[3 - 0.36], [4 - 0.48]]) < 1e-15
    assert off(two, [[3 - 0.36 * (1 + 0.5**0.5)], [4 - 0.48 * (1 + 0.5**0.5)]]) < 1e-15
    _, layers = walked(parse("dog(reps=0.1, eps=1e-30, layerwise=true)"), x, [g])
    assert off(layers, [[3 - 0.4], [4 - 0.5]]) < 1e-15
    _, apart = walked(parse("dog(reps=0.1, eps=1e-30, start=distance)"), x, [g])
    assert off(apart, [[3 - 0.06], [4 - 0.08]]) < 1e-15


def test_dowg_by_hand():
    """The first step has the length sqrt(r0); then r = 0.25 and v = 0.25 (25 + 25)."""
    x, g = [np.zeros(1), np.zeros(1)], [np.array([3.0]), np.array([4.0])]
    _, one, two = walked(parse("dowg(r0=0.25, eps=1e-30)"), x, [g, g])
    assert off(one, [[-0.3], [-0.4]]) < 1e-15
    assert off(two, [[-0.3 * (1 + 0.5**0.5)], [-0.4 * (1 + 0.5**0.5)]]) < 1e-15


def test_d_adapted_adam_whose_d_may_not_grow_is_adam_uncorrected():
    given = problem("matrices(seed=2)")
    found, _ = path(parse("dadapt_adam(d0=0.05, growth=1)"), given, 20)
    expected, _ = path(parse("adam(lr=0.05, debias=false)"), given, 20)
    for one, other in zip(found, expected, strict=True):
        assert off(one, other) < 1e-13


def test_momo_without_memory_is_polyaks_step():
    given = problem("matrices(seed=2)")
    found, _ = path(parse("momo(lr=0.3, momentum=0, lower=0.5)"), given, 20)
    expected, _ = path(parse("polyak(largest=0.3, f_min=0.5, positive=true)"), given, 20)
    for one, other in zip(found, expected, strict=True):
        assert off(one, other) < 1e-13


def test_momo_adam_without_memory_steps_to_where_a_plane_has_its_lower_bound():
    """D = |g|, so that tau = (f - lower) / sum(|g|) = (8 - 1) / 7 in the direction of the signs."""
    x, g = [np.array([1.0]), np.array([2.0])], [np.array([3.0]), np.array([-4.0])]
    rule = parse("momo_adam(lr=5, beta1=0, beta2=0, eps=0, lower=1)")
    assert off(walked(rule, x, [g], loss=np.float64(8))[1], [[0.0], [3.0]]) < 1e-14
    assert off(walked(rule.replace(lr=0.5), x, [g], loss=np.float64(8))[1], [[0.5], [2.5]]) < 1e-14


@pytest.mark.parametrize("text", ["momo(lr=1)", "momo_adam(lr=1)"])
def test_momo_does_not_move_where_the_gradient_is_0(text):
    x, none = [np.array([1.0])], [np.zeros(1)]
    with np.errstate(divide="raise", invalid="raise"):
        found = walked(parse(text), x, [none, none], loss=np.float64(3))
    assert off(found[-1], x) == 0


@pytest.mark.parametrize(("power", "share"), [(1, lambda h: 1 / h), (0.5, lambda h: h**-0.5)])
def test_adahessian_without_memory_is_newtons_step(power, share):
    """Of a diagonal Hessian the estimate is exact, whatever the draws."""
    h, x = np.array([1.0, 4.0, 25.0]), np.array([3.0, -2.0, 1.0])

    class Signs:
        def split(self):
            return self, self

        def signs(self, like):
            return np.array([1.0, -1.0, -1.0])

    rule = parse(f"adahessian(lr=0.5, beta1=0, beta2=0, power={power})")
    offers = {"hvp": lambda u: h * u, "key": Signs()}
    delta, _ = rule.step(x, h * x, rule.begin(x), 1, **offers)
    np.testing.assert_allclose(delta, -0.5 * share(h) * h * x, rtol=1e-14)


@pytest.mark.parametrize("text", ["dog(reps=0.1)", "dowg(r0=0.1)", "polyak", "momo(momentum=0)"])
def test_a_decay_beside_the_step_has_the_rate_of_this_step(text):
    """Of rules whose steps are -rate g."""
    x, g = np.array([1.0, -2.0]), np.array([0.5, 3.0])
    plain, wrapped = parse(text), parse(f"weight_decay(0.1, decoupled=true) | {text}")
    offers = {"loss": np.float64(2)} if "loss" in plain.needs else {}
    delta, _ = plain.step(x, g, plain.begin(x), 1, **offers)
    found, _ = wrapped.step(x, g, wrapped.begin(x), 1, **offers)
    np.testing.assert_allclose(found, delta + 0.1 * delta / g * x, rtol=1e-14)


@dataclass(frozen=True)
class RateFirst(Wrapper, name="rate_first"):
    """Asks for the rate before it lets the rule inside step."""

    def update(self, state, step):
        rate = step.rate
        return rate * step(), state


def test_a_rate_that_is_known_after_the_step_is_not_told_before():
    x = np.ones(2)
    (RateFirst() | GradientDescent()).step(x, x, (), 1)
    rule = RateFirst() | parse("dog")
    with pytest.raises(SlalomError, match=r"^dog has its rate after its step: call step\(\) befor"):
        rule.step(x, x, rule.begin(x), 1)
