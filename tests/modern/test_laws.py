"""Laws of every new rule: maps over starts and rates, steps of no length, memory of their own."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

from slalom.rules import parse, settings, stepping, with_settings
from slalom.rules.leaves import Leaves

from .problems import problem
from .running import QUICK, InTorch, offers, path, scan

TEXTS = """
lion(lr=0.02)
novograd(lr=0.02, weight_decay=0.01)
lamb(lr=0.02)
lars(lr=1, trust=0.02, weight_decay=0.01)
stable_adamw(lr=0.02)
fromage(lr=0.02)
mars(lr=0.02)
mars(lr=0.02, base=shampoo)
adamp(lr=0.02, weight_decay=0.1)
adam_mini(lr=0.02)
adafactor()
adafactor@torch(lr=0.05)
partition(matrices=muon(lr=0.02), rest=weight_decay(0.1, decoupled=true) | adam(lr=0.05))
partition(matrices=normuon(lr=0.02), rest=adamw(lr=0.05))
partition(matrices=adamuon(lr=0.02), rest=adamw(lr=0.05))
came(lr=0.005)
sm3(lr=0.05)
psgd_kron(lr=0.02, every=3)
scion(lr=0.02)
soap(lr=0.02, every=3, weight_decay=0.1)
shampoo(lr=0.02, momentum=0.5, decay=0.9, every=3, graft=true, eps=0.01)
prodigy()
sophia(lr=0.02)
polyak(largest=0.1)
cautious() | lion(lr=0.02)
centralize() | adam(lr=0.02)
clip_adaptive(0.05) | momentum(lr=0.02)
mechanic(s_init=0.01) | momentum(lr=0.02)
lookahead(3, 0.5) | adam(lr=0.05)
sam(0.05) | momentum(lr=0.02)
sam(0.5, adaptive=true) | adam(lr=0.02)
schedule_free(0.9, warmup=5) | weight_decay(0.01, decoupled=true) | rmsprop(lr=0.05, debias=true)
clip_norm(1) | schedule_free(0.9, decay_at=z) | prodigy()
""".strip().splitlines()
SCHEDULED = """
lion(lr=exponential(0.05, rate=0.1))
novograd(lr=cosine(0.1, steps=20), beta2=piecewise((0.9, 0.5), (5,)))
trust_ratio() | adam(lr=exponential(0.05, rate=0.1))
lars(lr=1, trust=exponential(0.05, rate=0.1))
stable_adamw(lr=0.02, beta2=exponential(0.9, rate=0.1))
fromage(lr=exponential(0.05, rate=0.1))
mars(lr=0.02, gamma=exponential(0.5, rate=0.1))
adamp(lr=0.02, weight_decay=exponential(0.1, rate=0.1))
adam_mini(lr=exponential(0.05, rate=0.1))
clip_adaptive(exponential(0.1, rate=0.1)) | adam(lr=0.02)
mechanic(weight_decay=exponential(0.1, rate=0.1)) | momentum(lr=0.02)
adafactor(lr=exponential(0.05, rate=0.1), beta1=constant(0.8))
partition(matrices=muon(lr=cosine(0.05, steps=20)), rest=adam(lr=exponential(0.1, rate=0.2)))
soap(lr=cosine(0.1, steps=20))
prodigy(lr=cosine(1, steps=20))
sophia(lr=exponential(0.05, rate=0.1))
polyak(lr=cosine(1, steps=20), largest=0.1)
cautious(floor=piecewise((0.01, 0.5), (5,))) | adam(lr=cosine(0.1, steps=20))
lookahead(3, share=exponential(1, rate=0.2)) | adam(lr=cosine(0.1, steps=20))
sam(rho=exponential(0.1, rate=0.1)) | gradient_descent(lr=cosine(0.1, steps=20))
schedule_free() | gradient_descent(lr=cosine(0.1, steps=20, warmup=5))
""".strip().splitlines()
STEPS = 12
# the first gradient of `matrices` has not full rank, so SOAP's bases are LAPACK's choice; what
# makes much of each matrix compiles for long
ONE_MATRIX = ("soap", "shampoo", "psgd_kron", "came", "sm3", "scion")
PROBLEMS = {
    text: problem("square(seed=4)" if text.startswith(ONE_MATRIX) else "matrices(seed=4)")
    for text in (*TEXTS, *SCHEDULED)
}


def rate_of(rule):
    """The name of the rate, that of the matrices in a partition."""
    return next(name for name in ("lr", "matrices.lr") if name in settings(rule))


@pytest.mark.parametrize("text", TEXTS)
def test_starts_and_rates_map(text):
    given, rule = PROBLEMS[text], parse(text)
    name = rate_of(rule)
    lr = settings(rule)[name] or 0.05
    rules = [with_settings(rule, {name: factor * lr}) for factor in (0.5, 1.0, 1.7)]
    scales = (1.0, 0.7, -1.2)
    starts = [[scale * x for x in given.start] for scale in scales]
    numbers = [jax.tree.map(np.float64, rule) for rule in rules]
    stacked, many = (jax.tree.map(lambda *a: np.stack(a), *them) for them in (numbers, starts))

    def run(rule, start):
        return scan(rule, start, given, STEPS)[0]

    with jax.enable_x64(True):
        mapped = jax.jit(jax.vmap(run), compiler_options=QUICK)(stacked, many)
    for k, (one, start) in enumerate(zip(rules, starts, strict=True)):
        alone, _ = path(one, dataclasses.replace(given, start=start), STEPS)
        for leaf, together in enumerate(mapped):
            expected = np.stack([xs[leaf] for xs in alone])
            np.testing.assert_allclose(together[k], expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("text", SCHEDULED)
def test_a_schedule_is_the_number_of_the_step(text):
    """The path of a rule whose schedules are called beforehand, step by step."""
    given, rule = PROBLEMS[text], parse(text)
    expected, _ = path(rule, given, STEPS)
    xs = Leaves(given.start)
    state = stepping.begin(rule, xs)
    for t in range(1, STEPS + 1):
        values = {n: v(t) if callable(v) else v for n, v in settings(rule).items()}
        now = with_settings(rule, values, checked=False)
        delta, state = stepping.step(now, state, xs, t, offers(given, xs, t))
        xs = xs + delta
        for a, b in zip(xs, expected[t - 1], strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("text", TEXTS)
def test_steps_of_no_length(text):
    """With lr = 0 the iterate stays, and the state is that of gradients at one point."""
    given, rule = PROBLEMS[text], parse(text)
    rates = {n: 0.0 for n in settings(rule) if n.split(".")[-1] == "lr"}
    rule = with_settings(rule, rates | ({"cap": 0.0} if "adafactor()" in text else {}))
    for xs in path(rule, given, 4)[0]:
        for a, b in zip(xs, given.start, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-15)


@pytest.mark.parametrize("text", TEXTS)
def test_states_and_steps_share_no_memory_with_what_was_given(text):
    """A training loop may change parameters and gradients in place between the steps."""
    given, rule = PROBLEMS[text], parse(text)
    xs = Leaves(x.copy() for x in given.start)
    state = stepping.begin(rule, xs)
    for t in (1, 2, 3, 4):
        before = [np.array(a) for a in jax.tree.leaves(state)]
        for x in xs:
            x += 0.1
        assert all(map(np.array_equal, jax.tree.leaves(state), before))
        g = Leaves(given.gradient(list(xs), t))
        told = dataclasses.replace(offers(given, xs, t), g=lambda g=g: g)
        found = stepping.step(rule, state, xs, t, told)
        before = [np.array(a) for a in jax.tree.leaves(found)]
        for array in (*g, *xs):
            array += 0.1
        assert all(map(np.array_equal, jax.tree.leaves(found), before))
        state = found[1]


@pytest.mark.parametrize("text", TEXTS)
def test_entries_have_memory_of_their_own(text):
    """An adapter may write the new state into the old one, entry by entry."""
    given, rule = InTorch(PROBLEMS[text]), parse(text)
    xs = Leaves(map(torch.tensor, given.start))
    state = stepping.begin(rule, xs)
    for t in (1, 2, 3):
        places = [a.data_ptr() for a in jax.tree.leaves(state)]
        assert len(set(places)) == len(places)
        delta, state = stepping.step(rule, state, xs, t, offers(given, xs, t))
        xs = xs + delta


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("text", TEXTS)
def test_dtypes_stay(text, dtype):
    """Steps and what a state holds of the leaves have their dtype; shared numbers float32."""
    given, rule = PROBLEMS[text], parse(text)
    with jax.enable_x64(True):
        start = [jnp.asarray(x, dtype) for x in given.start]

        def two_steps(t):
            xs = Leaves(start)
            state = stepping.begin(rule, xs)
            told = offers(given, xs, t, jnp)
            cast = dataclasses.replace(
                told,
                g=lambda: _as(told.g(), dtype),
                grad=lambda at: _as(told.grad(at), dtype),
                loss=lambda: jnp.asarray(told.loss(), jnp.float32),
                hvp=lambda u: _as(told.hvp(u), dtype),
            )
            delta, new = stepping.step(rule, state, xs, t, cast)
            return delta, state, stepping.step(rule, new, xs + delta, t + 1, cast)

        delta, state, (second, new) = jax.eval_shape(two_steps, jnp.int32(1))
    assert {a.dtype for a in (*delta, *second)} == {jnp.dtype(dtype)}
    assert jax.tree.structure(state) == jax.tree.structure(new)
    kinds = [[(a.shape, a.dtype) for a in jax.tree.leaves(s)] for s in (state, new)]
    assert kinds[0] == kinds[1]
    known = {jnp.dtype(dtype), jnp.dtype("float32")}
    assert {a.dtype for a in jax.tree.leaves(new)} <= known


def _as(leaves, dtype):
    return Leaves(a.astype(dtype) for a in leaves)


def test_both_gradients_of_sam_are_of_one_step():
    given = problem("matrices(seed=1)")
    asked = []

    class Watched(type(given)):
        def gradient(self, xs, t, xp=np):
            asked.append((t, [np.array(x) for x in xs]))
            return super().gradient(xs, t, xp)

    watched = Watched(given.seed, given.start, given.data)
    path(parse("sam(0.05) | gradient_descent(lr=0.1)"), watched, 3)
    assert [t for t, _ in asked] == [1, 1, 2, 2, 3, 3]
    (_, at), (_, climbed) = asked[:2]
    far = np.sqrt(sum(((a - b) ** 2).sum() for a, b in zip(at, climbed, strict=True)))
    assert far == pytest.approx(0.05)


def test_slow_weights_are_judged_where_the_paper_does():
    given = problem("quadratic(seed=1)")
    places, points = path(parse("lookahead(3, 0.5, judge=slow) | sgd(0.01)"), given, 7)
    fast, _ = path(parse("lookahead(3, 0.5) | sgd(0.01)"), given, 7)
    np.testing.assert_array_equal(places, fast)
    np.testing.assert_array_equal(points[0], [given.start[0]])
    np.testing.assert_array_equal(points[2], places[2])
    np.testing.assert_array_equal(points[4], places[2])
    np.testing.assert_array_equal(points[6], places[5])
