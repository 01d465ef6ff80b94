"""Optax's transformations as rules: in the loop, over several leaves, by name."""

import functools
import inspect
import pickle

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from jax import enable_x64
from optax import contrib

import slalom
import slalom.optax
from slalom import Exponential, SlalomError, TextError, descend, parse, parse_all
from slalom.descent import loop
from slalom.optax.factories import FACTORIES, maker

from .following import FAST_COMPILE

START = {"a": np.array([1.0, -2.0, 0.5]), "b": np.array([[0.3, 2.0]])}


def coupled(p):
    return jnp.sum(jnp.cos(p["a"]) * jnp.sum(p["b"] ** 2)) + jnp.sum(p["a"] ** 4)


def followed(tx, f, x, steps):
    """The end of Optax's own loop, in float64."""
    with enable_x64(True):
        x = jax.tree.map(jnp.asarray, x)
        state, tx = tx.init(x), optax.with_extra_args_support(tx)

        @functools.partial(jax.jit, compiler_options=FAST_COMPILE)
        def step(x, state):
            value, grads = jax.value_and_grad(f)(x)
            updates, state = tx.update(grads, state, x, value=value, grad=grads, value_fn=f)
            return optax.apply_updates(x, updates), state

        for _ in range(steps):
            x, state = step(x, state)
        return x, state


def at_average(state, x):
    with enable_x64(True):
        return contrib.schedule_free_eval_params(state, x)


def assert_same(found, expected, rtol=1e-12):
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=rtol, atol=1e-12)


# what Optax computes from Python's numbers in float32, as 1 / t or the root of the rate
IN_FLOAT32 = dict.fromkeys(
    ("adafactor", "madgrad", "schedule_free_adamw", "schedule_free_sgd"), 1e-7
)


COUPLING = {
    "each leaf by itself": optax.adam(0.05),
    "clipped together": optax.chain(optax.clip_by_global_norm(0.5), optax.adam(0.05)),
    "one size for all": contrib.prodigy(),
    "by layer": optax.lamb(0.05),
}


@pytest.mark.parametrize("name", COUPLING)
def test_several_leaves_go_together(name):
    tx = COUPLING[name]
    found = descend(slalom.optax.rule(tx), coupled, START, 20)
    assert_same(found.position, followed(tx, coupled, START, 20)[0])


def test_many_starts_run_each_by_itself():
    rule = slalom.optax.rule(optax.chain(optax.clip_by_global_norm(0.5), optax.adam(0.05)))
    starts = np.random.default_rng(0).normal(size=(4, 2))
    landscape = slalom.landscapes.rosenbrock
    many = descend(rule, landscape, starts=starts, steps=20).position
    alone = [descend(rule, landscape, start, 20).position for start in starts]
    np.testing.assert_allclose(many, alone, rtol=1e-12)


def test_schedule_free_optimizers_are_judged_at_their_average():
    tx = contrib.schedule_free_adamw(0.05)
    x, state = followed(tx, coupled, START, 20)
    judged = at_average(state, x)
    assert_same(descend(slalom.optax.rule(tx), coupled, START, 20).position, judged, 1e-7)
    assert np.abs(np.asarray(judged["a"]) - np.asarray(x["a"])).max() > 1e-3


def test_wrappers_go_around_it():
    found = descend("clip_norm(0.5) | optax:adam(0.05)", coupled, START, 20)
    tx = optax.chain(optax.clip_by_global_norm(0.5), optax.adam(0.05))
    assert_same(found.position, followed(tx, coupled, START, 20)[0])
    averaged = descend("average(0) | optax:adam(0.05)", coupled, START, 20).position
    assert_same(averaged, descend("optax:adam(0.05)", coupled, START, 20).position)


NAMES = sorted(FACTORIES)


@pytest.mark.parametrize("name", NAMES)
def test_every_optimizer_of_the_list_is_that_of_optax(name):
    """Three steps in float64, from its name; and its text reads back."""
    text = f"optax:{name}(0.05)"
    rule = parse(text)
    assert str(rule) == text
    assert parse(text) == rule
    assert hash(parse(text)) == hash(rule)
    factory = getattr(optax, name, None) or getattr(contrib, name)
    more = {"key": 0} if name == "noisy_sgd" else {}

    def bowl(x):
        return jnp.sum(jnp.cosh(x)) + x[0] * x[1]

    start = np.array([1.0, -2.0, 0.5])
    x, state = followed(factory(0.05, **more), bowl, start, 3)
    if name.startswith("schedule_free"):
        x = at_average(state, x)
    found = descend(rule, bowl, start, 3)
    assert_same(found.position, x, IN_FLOAT32.get(name, 1e-12))
    assert not np.array_equal(found.position, start)


@pytest.mark.parametrize("name", ["adam", "prodigy", "muon", "noisy_sgd", "sm3"])
def test_float32_stays(name):
    run = descend(f"optax:{name}(0.05)", lambda x: jnp.sum(x**2), np.ones(3, np.float32), 3)
    assert run.position.dtype == np.float32


def test_the_list_has_what_optax_has():
    """Every function of Optax that takes a learning rate is in the list, or known not to fit."""
    unfit = {
        "dpsgd",  # takes a gradient for each example
        "galore",  # steps matrices only
        "optimistic_adam",  # deprecated for optimistic_adam_v2
        "schedule_free",  # goes around another
        "sophia",  # takes an estimate of the Hessian
    }
    there = {
        name
        for library in (optax, contrib)
        for name, made in vars(library).items()
        if inspect.isfunction(made) and "learning_rate" in inspect.signature(made).parameters
    }
    helpers = {n for n in there if n.startswith(("_", "scale_by", "inject"))}
    assert there - helpers - unfit <= set(NAMES)


def test_the_text_form():
    assert str(parse("optax:adam( 0.1 , eps=1e-3)")) == "optax:adam(0.1, eps=0.001)"
    assert parse("optax:lion(learning_rate=0.01)") == parse("optax:lion(0.01)")
    assert parse("optax:lion(0.01)") != parse("optax:lion(0.02)")
    assert parse("optax:prodigy(betas=(0.8, 0.9))").betas == (0.8, 0.9)
    assert [str(r) for r in parse_all("optax:adam([0.1, 0.2])")] == [
        "optax:adam(0.1)",
        "optax:adam(0.2)",
    ]
    rule = pickle.loads(pickle.dumps(parse("optax:lion(0.01)")))
    assert (rule, str(rule)) == (parse("optax:lion(0.01)"), "optax:lion(0.01)")


def test_a_schedule_is_optax_s_from_count_0():
    text = "optax:adam(exponential(0.1, rate=0.05, offset=-1))"
    tx = optax.adam(lambda count: 0.1 * jnp.exp(-0.05 * count))
    assert str(parse(text)) == text
    found = descend(text, coupled, START, 20)
    assert_same(found.position, followed(tx, coupled, START, 20)[0])
    assert parse(text).learning_rate == Exponential(0.1, rate=0.05, offset=-1)


def test_another_number_compiles_nothing():
    def end(text):
        return descend(text, slalom.landscapes.rosenbrock, steps=7).position

    first, compiled = end("optax:adabelief(0.1)"), loop.one_path._cache_size()
    assert not np.array_equal(end("optax:adabelief(0.2, b1=0.7)"), first)
    assert loop.one_path._cache_size() == compiled


def test_the_same_transformation_compiles_once():
    tx = optax.adabelief(0.1)
    descend(slalom.optax.rule(tx), slalom.landscapes.rosenbrock, steps=7)
    compiled = loop.one_path._cache_size()
    assert slalom.optax.rule(tx) == slalom.optax.rule(tx)
    descend(slalom.optax.rule(tx), slalom.landscapes.rosenbrock, steps=7)
    assert loop.one_path._cache_size() == compiled


def test_rules_race_by_name_and_as_transformations():
    rules = [slalom.optax.rule(optax.adam(0.1), name="mine"), "optax:adam(0.1)", "adam(lr=0.1)"]
    race = slalom.race("rosenbrock", rules, steps=30)
    assert list(race.data.rule.values) == ["optax:<mine>", "optax:adam(0.1)", "adam(lr=0.1)"]
    one, two, three = race.data.position.values
    np.testing.assert_allclose(one, two, rtol=1e-13)
    np.testing.assert_allclose(one, three, rtol=1e-12)


def test_states_are_kept_as_data():
    run = descend("optax:adam(0.05)", coupled, START, 3, states=True)
    assert run.data["state.0.count"].values.tolist() == [0, 1, 2, 3]


def test_a_loss_is_handed_on_where_it_is_needed():
    found = descend(slalom.optax.rule(optax.polyak_sgd(0.1), needs={"loss"}), coupled, START, 9)
    assert_same(found.position, followed(optax.polyak_sgd(0.1), coupled, START, 9)[0])


def test_a_line_search_goes_over_several_leaves():
    found = descend("optax:lbfgs()", coupled, START, 5)
    assert_same(found.position, followed(optax.lbfgs(), coupled, START, 5)[0])
    own = descend(slalom.optax.rule(optax.lbfgs(), needs={"value"}), coupled, START, 5)
    assert_same(own.position, found.position)


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("optax:adam(0.1)", {"g"}),
        ("optax:polyak_sgd(0.1)", {"g", "loss"}),
        ("optax:lbfgs()", {"g", "loss", "value"}),
        ("noise() | optax:momo(0.1)", {"g", "loss", "key"}),
    ],
)
def test_it_asks_for_what_the_transformation_takes(text, needs):
    assert parse(text).needs == needs


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: slalom.optax.rule("adam"), "tx must be an Optax transformation, got 'adam'"),
        (lambda: slalom.optax.rule(optax.adam(0.1), needs={"hessian"}), r"got \['hessian'\]"),
        (
            lambda: slalom.optax.rule(optax.adam(0.1), name="a\nb"),
            "name must be printable characters",
        ),
        (lambda: parse("optax:lyon(0.1)"), "optimizer of optax 'lyon'; did you mean lion"),
        (lambda: parse("optax:" + 60 * "z"), "unknown optimizer of optax 'zzz.* and 25 more; any"),
        (lambda: parse("optax:adam()"), "^optax:adam: missing 1 required .* 'learning_rate'"),
        (lambda: parse("optax:adam(lr=0.1)"), "unknown argument 'lr'"),
        (lambda: parse("optax:adam(true)"), "learning_rate must be a number"),
        (lambda: parse("optax:adam(0.1, mu_dtype=float32)"), "unknown argument 'mu_dtype'"),
        (lambda: parse("optax:lion(0.1, 0.9, 0.99, 0.1)"), "from 2 to 4 positional"),
        (
            lambda: parse("optax:muon(0.1, ns_steps=2.5)"),
            "must be a whole number, got 2.5",
        ),
        (lambda: parse("optax:sgd(0.1, nesterov=2)"), "nesterov must be one of false, true, got 2"),
        (lambda: parse("optax:schedule_free_sgd(0.1, b1=2, warmup_steps=a)"), "warmup_steps must"),
        (lambda: parse(str(slalom.optax.rule(optax.adam(0.1)))), "optax:»<«custom>"),
    ],
)
def test_what_is_refused(call, told):
    with pytest.raises(SlalomError, match=told) as error:
        call()
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 400


def test_a_line_search_over_a_function_of_numpy():
    rule, x = parse("optax:lbfgs()"), np.ones(2)
    with pytest.raises(SlalomError, match="calls the function within JAX"):
        rule.step(x, 2 * x, rule.begin(x), loss=2.0, value=lambda x: float(np.sum(x**2)))


def test_a_factory_that_refuses_its_numbers(monkeypatch):
    def strict(learning_rate: float) -> optax.GradientTransformation:
        raise ValueError("Expected\n a smaller rate.")

    monkeypatch.setitem(FACTORIES, "strict", strict)
    with pytest.raises(SlalomError, match=r"^optax:strict: Expected a smaller rate\.$"):
        maker.__wrapped__("strict")(3)  # past the cache, which would keep it


def test_text_errors_point_at_the_place():
    with pytest.raises(TextError):
        parse("optax:adam(0.1")


@pytest.mark.parametrize(
    ("tx", "told"),
    [
        (optax.polyak_sgd(1.0), 'asks for value: make it by rule(tx, needs={"loss"})'),
        (optax.chain(optax.clip(1.0), optax.polyak_sgd(1.0)), 'rule(tx, needs={"loss"})'),
        (optax.lbfgs(), 'rule(tx, needs={"value"})'),
    ],
)
def test_what_a_transformation_needs_is_named(tx, told):
    with pytest.raises(SlalomError) as caught:
        descend(slalom.optax.rule(tx), "bowl", steps=3)
    assert told in str(caught.value)
    needs = {"value"} if "value_fn" in str(caught.value) else {"loss"}
    assert not descend(slalom.optax.rule(tx, needs=needs), "bowl", steps=3).outcome.failed


def test_a_transformation_that_asks_for_what_no_loop_gives():
    def update(updates, state, params=None, *, temperature):
        return updates, state

    tx = optax.GradientTransformationExtraArgs(lambda params: (), update)
    with pytest.raises(SlalomError, match="asks for temperature, which no loop gives"):
        descend(slalom.optax.rule(tx), "bowl", steps=3)
