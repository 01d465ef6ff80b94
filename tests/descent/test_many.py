"""Many starts: each is the run it would be alone, in blocks and without its path."""

import math

import jax.numpy as jnp
import numpy as np
import pytest

from slalom import landscapes
from slalom.descent import KINDS, descend, many
from slalom.errors import SlalomError
from slalom.rules import Adam, Cosine, Exponential, GradientDescent, Momentum, Noise, parse

LR, STEPS = 0.1, 25


def slide(p):
    """Defined for p[0] >= 0, and so steep in p[1] that a far start overflows."""
    return jnp.sqrt(p[0]) + p[1] ** 4 / 4


def alone(start, tol):
    """Gradient descent on `slide` in Python's floats: kind, step and position."""
    x, y = start
    for t in range(STEPS + 1):
        if x < 0:
            return "left the domain", t, (x, y)
        try:
            if y**4 > 1e308:  # the square of the slope may overflow
                raise OverflowError
        except OverflowError:
            return "diverged", t, (x, y)
        g = 0.5 / math.sqrt(x), y**3
        if tol is not None and math.hypot(*g) < tol:
            return "converged", t, (x, y)
        if t < STEPS:
            x, y = x - LR * g[0], y - LR * g[1]
    return "finished", STEPS, (x, y)


STARTS = np.array([(x, y) for x in (0.05, 0.3, 4.0) for y in (-9.0, -4.6, -0.5, 0.1, 1.0, 5.0, 20)])


@pytest.fixture(params=[8, 50_000], ids=["blocks", "one block"])
def block(request, monkeypatch):
    monkeypatch.setattr(many, "BLOCK", request.param)


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize("path", [True, False])
@pytest.mark.parametrize("tol", [None, 0.252])
def test_mixed_endings(path, tol):
    expected = [alone(start, tol) for start in STARTS.tolist()]
    assert len({kind for kind, *_ in expected}) == 3 + (tol is not None)
    run = descend(GradientDescent(LR), slide, starts=STARTS, steps=STEPS, tol=tol, path=path)
    assert [KINDS[k] for k in run.outcome.kind] == [kind for kind, *_ in expected]
    assert run.outcome.step.tolist() == [step for _, step, _ in expected]
    assert (run.outcome.kind.dtype, run.outcome.step.dtype) == (np.uint8, np.int32)
    np.testing.assert_allclose(run.position, [place for *_, place in expected], rtol=1e-10)
    assert run.position.shape == (21, 2)
    assert run.loss.shape == run.gradient_norm.shape == (21,)
    if path:
        after = np.arange(STEPS + 1) > run.outcome.step[:, None]
        assert np.isnan(run.trace.position[after]).all()
        assert np.isfinite(run.trace.position[~after]).all()


@pytest.mark.parametrize("tol", [None, 0.252])
def test_ends_are_those_of_the_paths(tol, monkeypatch):
    paths = descend(Adam(0.1), slide, starts=STARTS, steps=STEPS, tol=tol)
    monkeypatch.setattr(many, "BLOCK", 8)
    ends = descend(Adam(0.1), slide, starts=STARTS, steps=STEPS, tol=tol, path=False)
    assert ends.trace is None
    assert ends.outcome.kind.tolist() == paths.outcome.kind.tolist()
    assert ends.outcome.step.tolist() == paths.outcome.step.tolist()
    for name in ("position", "loss", "gradient_norm"):
        np.testing.assert_allclose(getattr(ends, name), getattr(paths, name), rtol=1e-12)
    with pytest.raises(SlalomError, match="kept no path"):
        _ = ends.data


@pytest.mark.parametrize("text", ["momentum(lr=0.01)", "clip_norm(1) | adam(lr=0.2)", "nag(0.01)"])
def test_paths_of_many_are_those_of_each(text):
    starts = np.random.default_rng(0).uniform(-2, 2, (4, 2))
    run = descend(text, landscapes.booth, starts=starts, steps=30)
    assert run.trace.position.shape == (4, 31, 2)
    for n, start in enumerate(starts):
        one = descend(text, landscapes.booth, start, 30)
        for name in ("position", "loss", "gradient_norm", "step_length"):
            found, wanted = getattr(run.trace, name)[n], getattr(one.trace, name)
            np.testing.assert_allclose(found, wanted, rtol=1e-10, atol=1e-13, err_msg=name)
        assert run.outcome[n] == one.outcome


@pytest.mark.parametrize("path", [True, False])
def test_a_height_that_overflows_on_the_way_is_told_either_way(path):
    """From 1e200 one step of lr=0.5 leads to the minimum of x², from a loss that is infinite."""
    starts = np.array([1e200, 3.0])
    run = descend(GradientDescent(0.5), lambda x: x * x, starts=starts, steps=2, path=path)
    assert [str(run.outcome[n]) for n in (0, 1)] == ["diverged at step 0", "finished"]
    assert run.position.tolist() == [1e200, 0.0]


def test_all_fail():
    run = descend(GradientDescent(), slide, starts=-STARTS, steps=3, path=False)
    assert str(run.outcome) == "21 left the domain"
    assert not run.outcome.step.any()
    assert np.array_equal(run.position, -STARTS)


RULES = [
    (Momentum, {"lr": [0.01, 0.02, 0.03], "momentum": 0.5}),
    (Momentum, {"lr": 0.01, "momentum": [0.0, 0.5, 0.9]}),
    (Adam, {"lr": [0.1, 0.2, 0.4], "beta2": [0.9, 0.99, 0.999]}),
]


@pytest.mark.parametrize("path", [True, False])
@pytest.mark.parametrize(("make", "numbers"), RULES)
def test_hyperparameters_of_each_start(make, numbers, path, monkeypatch):
    monkeypatch.setattr(many, "BLOCK", 2)
    starts = np.array([(1.0, 2.0), (-3.0, 1.0), (0.0, 4.0)])
    rule = make(**{k: np.array(v) if isinstance(v, list) else v for k, v in numbers.items()})
    run = descend(rule, landscapes.booth, starts=starts, steps=20, path=path)
    for n, start in enumerate(starts):
        own = make(**{k: v[n] if isinstance(v, list) else v for k, v in numbers.items()})
        alone = descend(own, landscapes.booth, start, 20)
        np.testing.assert_allclose(run.position[n], alone.position, rtol=1e-11)
        assert run.loss[n] == pytest.approx(alone.loss, rel=1e-11)


def test_hyperparameters_of_a_schedule_and_a_wrapper():
    """On the flat slope 1, the steps are the schedule's numbers, lr 2^-t."""
    rates, clips = np.array([0.1, 0.2]), np.array([0.5, 2.0])
    rule = parse("clip_value(1) | sgd(1)").replace(limit=clips)
    rule = rule.replace(rule=GradientDescent(Exponential(rates, rate=math.log(2))))
    run = descend(rule, lambda x: x.sum(), starts=np.zeros((2, 1)), steps=3)
    expected = -np.minimum(clips, 1.0) * rates * (0.5 + 0.25 + 0.125)
    np.testing.assert_allclose(run.position[:, 0], expected, rtol=1e-14)


@pytest.mark.parametrize("lr", [np.array([0.1, 0.2]), Cosine(np.array([0.1, 0.2]), steps=5)])
def test_arrays_need_starts(lr):
    with pytest.raises(SlalomError, match="hyperparameters that are arrays need starts"):
        descend(GradientDescent(lr), landscapes.booth)


@pytest.mark.parametrize("shape", [(2,), (4,), (3, 2), (1,)])
@pytest.mark.parametrize("path", [True, False])
def test_arrays_have_one_number_for_each_start(shape, path):
    rule = GradientDescent(np.full(shape, 0.1))
    with pytest.raises(SlalomError, match="for each of 3 starts, not shape"):
        descend(rule, landscapes.booth, starts=np.ones((3, 2)), path=path)


def test_draws_do_not_depend_on_blocks(monkeypatch):
    rule, starts = Noise(1.0) | GradientDescent(0.1), np.zeros((21, 2))
    kept = descend(rule, landscapes.booth, starts=starts, steps=5)
    monkeypatch.setattr(many, "BLOCK", 8)
    ends = descend(rule, landscapes.booth, starts=starts, steps=5, path=False)
    np.testing.assert_allclose(ends.position, kept.position, rtol=1e-12)
    assert len(np.unique(ends.position)) == 42


def test_starts_may_be_nested_lists():
    points = [[1.0, 2.0], [0.5, -1.5]]
    listed = descend("adam(lr=0.1)", landscapes.booth, starts=points, path=False)
    arrays = descend("adam(lr=0.1)", landscapes.booth, starts=np.array(points), path=False)
    np.testing.assert_array_equal(listed.position, arrays.position)
