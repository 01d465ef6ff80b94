"""A rule inside Optax's own machinery follows Optax's optimizer."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import slalom.optax
from slalom import Adam, SlalomError
from slalom.optax import evaluate, injected, transformation

from .following import assert_same, float64, follow, last, loss, parameters, targets  # noqa: F401

pytestmark = pytest.mark.usefixtures("float64")


def labels():
    return {"w": "ours", "b": "theirs", "none": None}


PLACES = {
    "chain": lambda tx: optax.chain(optax.clip(0.5), tx, optax.scale(0.5)),
    "MultiSteps": lambda tx: optax.MultiSteps(tx, 3),
    "masked": lambda tx: optax.chain(
        optax.masked(tx, {"w": True, "b": False, "none": None}),
        optax.masked(optax.set_to_zero(), {"w": False, "b": True, "none": None}),
    ),
    "multi_transform": lambda tx: optax.multi_transform(
        {"ours": tx, "theirs": optax.sgd(0.1)}, labels()
    ),
    "apply_if_finite": lambda tx: optax.apply_if_finite(tx, 3),
    "a chain in a chain": lambda tx: optax.chain(optax.chain(tx), optax.identity()),
}


@pytest.mark.parametrize("place", PLACES)
def test_it_goes_where_any_transformation_goes(place):
    put = PLACES[place]
    ours, theirs = put(transformation("adam(lr=0.05)")), put(optax.adam(0.05))
    assert_same(follow(ours)[0], follow(theirs)[0])


def test_inject_hyperparams_schedules_a_number():
    halving = optax.exponential_decay(0.1, 10, 0.5)
    ours = optax.inject_hyperparams(lambda lr: transformation(Adam(lr=lr)))(lr=halving)
    assert_same(follow(ours)[0], follow(optax.adam(halving))[0])


def test_every_number_can_be_changed_in_the_state():
    names = {"lr": "learning_rate", "beta1": "b1", "beta2": "b2", "eps": "eps"}
    changed = {"lr": 0.02, "beta1": 0.5, "beta2": 0.8, "eps": 1e-2}
    ours, theirs = injected("adam(lr=0.1)"), optax.inject_hyperparams(optax.adam)(0.1)
    (path, state), (expected, peer) = follow(ours), follow(theirs)
    for name, value in changed.items():
        assert state.hyperparams[name] == peer.hyperparams[names[name]]
        state.hyperparams[name] = jnp.asarray(value)
        peer.hyperparams[names[name]] = jnp.asarray(value)
    found, _ = follow(ours, last(path), state)
    expected, _ = follow(theirs, last(expected), peer)
    assert_same(found, expected)


def test_the_numbers_of_wrappers_are_injected_too():
    tx = injected("clip_norm(1) | clip_norm(2) | average(0.5) | adam(lr=exponential(0.1))")
    assert set(tx.init(parameters()).hyperparams) == {
        *("limit", "clip_norm_limit", "decay", "beta1", "beta2", "eps"),
    }


def test_a_schedule_counts_the_steps_made():
    """Slalom's schedules count from 1, Optax's from 0."""
    ours = transformation("gradient_descent(lr=piecewise((0.1, 0.01), (7,)))")
    theirs = optax.sgd(lambda count: jnp.where(count < 7, 0.1, 0.01))
    assert_same(follow(ours)[0], follow(theirs)[0])


def test_parameters_may_be_left_out_only_where_the_step_does_not_depend_on_them():
    params = parameters()
    grads = jax.grad(loss)(params, targets(1)[0])
    for text in ("adam()", "clip_norm(0.1) | momentum(lr=exponential(0.1))", "weight_decay(0)|sgd"):
        tx = transformation(text)
        if "weight_decay" in text:
            with pytest.raises(SlalomError, match=r"steps by the parameters too: update\(…, par"):
                tx.update(grads, tx.init(params))
        else:
            without, _ = tx.update(grads, tx.init(params))
            assert_same(without, tx.update(grads, tx.init(params), params)[0])


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float64"])
@pytest.mark.parametrize(
    "text", ["adam(lr=cosine(0.1))", "average() | nadam()", "clip_norm(1)|sgd"]
)
def test_dtypes_stay(text, dtype):
    params = jax.tree.map(lambda p: p.astype(dtype), parameters())
    path, state = follow(transformation(text), params, batches=targets(3).astype(dtype))
    states = state.states
    if text.startswith("average"):  # its share of the last iterate is one number for all leaves
        assert states.own.kept.dtype == jnp.promote_types(dtype, jnp.float32)
        states = (states.own.average, states.rule)
    assert {leaf.dtype.name for leaf in jax.tree.leaves((path, states))} == {dtype}
    assert state.count == 3
    assert state.count.dtype == jnp.int32


def test_the_count_does_not_overflow():
    tx = transformation("gradient_descent()")
    state = tx.init(1.0)._replace(count=jnp.int32(2**31 - 1))
    assert tx.update(jnp.float64(1.0), state)[1].count == 2**31 - 1


def test_the_state_is_laid_out_as_optax_has_it():
    """So that what works on the parameters' trees within states works on these."""
    tx, params = transformation("nadam()"), parameters()
    doubled = optax.tree_utils.tree_map_params(tx, lambda leaf: leaf + 1, tx.init(params))
    assert jax.tree.structure(doubled.states.m) == jax.tree.structure(params)
    assert doubled.count == 0
    assert all(np.all(leaf == 1) for leaf in jax.tree.leaves(doubled.states.m))
    assert optax.tree.get(tx.init(params), "count") == 0


def test_a_leaf_without_a_gradient_stays_and_keeps_its_memory():
    tx, params = transformation("adam()"), parameters()
    _, state = follow(tx)
    grads = {"w": jnp.ones((3, 2)), "b": None, "none": None}
    updates, after = tx.update(grads, state, params)
    assert updates["b"] is None
    assert_same(after.states.m["b"], state.states.m["b"])
    assert np.all(updates["w"] != 0)


def test_parameters_with_leaves_that_are_no_arrays():
    """An Equinox model filtered for its gradient, and not filtered as parameters."""
    tx = transformation("weight_decay(0.1) | adam()")
    state = tx.init({"w": jnp.ones(2), "f": None})
    updates, _ = tx.update({"w": jnp.ones(2), "f": None}, state, {"w": jnp.ones(2), "f": jnp.tanh})
    assert updates["f"] is None


def test_averages_are_evaluated():
    path, state = follow(
        optax.chain(optax.clip(9.0), transformation("average(0.9) | adam(lr=0.1)"))
    )
    average = parameters()
    for step in range(100):
        now = jax.tree.map(lambda leaf, step=step: leaf[step], path)
        average = jax.tree.map(lambda a, x: 0.9 * a + 0.1 * x, average, now)
    assert_same(evaluate("average(0.9) | adam(lr=0.1)", last(path), state), average)


def test_noise_is_drawn_anew_each_step_for_each_leaf_and_by_the_seed():
    params = {"a": jnp.zeros(1000), "b": jnp.zeros(1000)}

    def steps(seed):
        tx = transformation("noise(2.0) | gradient_descent(lr=1.0)", seed=seed)
        state, found = tx.init(params), []
        for _ in range(2):
            updates, state = tx.update(params, state)
            found += [updates["a"], updates["b"]]
        return np.array(found)

    one, again, other = steps(1), steps(1), steps(2)
    assert np.array_equal(one, again)
    drawn = np.concatenate([one, other])
    assert np.abs(np.corrcoef(drawn) - np.eye(8)).max() < 0.15
    np.testing.assert_allclose(drawn.std(axis=1), 2, rtol=0.1)


@pytest.mark.parametrize("text", ["nesterov(lr=0.05)", "smoothed_nesterov(lr=0.05)"])
def test_a_rule_that_looks_ahead_takes_the_gradient_function(text):
    """On one array it is the path of `descend`."""
    start = np.array([1.0, -2.0, 0.5])

    def bowl(x):
        return jnp.sum(jnp.cosh(x)) + x[0] * x[1]

    tx, x = transformation(text), jnp.asarray(start)
    state = tx.init(x)
    for _ in range(30):
        updates, state = tx.update(jnp.zeros(3), state, x, grad_fn=jax.grad(bowl))
        x = x + updates
    np.testing.assert_allclose(x, slalom.descend(text, bowl, start, 30).position, rtol=1e-12)


def test_several_leaves_are_probed_together():
    def coupled(p):
        return jnp.sum(jnp.cosh(p["a"]) * p["b"] ** 2 + p["a"] ** 2)

    params = {"a": jnp.asarray([1.0, 0.5]), "b": jnp.asarray([2.0, -1.0]), "none": None}
    tx = transformation("nesterov(lr=0.01)")
    state, x = tx.init(params), params
    for _ in range(20):
        grads = jax.grad(coupled)(x)
        updates, state = tx.update(grads, state, x, grad_fn=jax.grad(coupled))
        x = optax.apply_updates(x, updates)
    plain = jax.tree.map(np.asarray, params)
    expected = slalom.descend("nesterov(lr=0.01)", coupled, plain, 20).position
    assert_same(x, jax.tree.map(jnp.asarray, expected))


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: transformation(optax.adam(0.1)), "rule must be a Rule or a string, got Gradient"),
        (lambda: transformation("adam()", seed=-1), r"seed must be a whole number from 0 to 2\^32"),
        (
            lambda: transformation("adam()").init({"a": [jnp.ones(2, int)]}),
            r"real floating-point arrays, got int64 at \['a'\]\[0\]",
        ),
        (
            lambda: transformation("adam()").init(jnp.ones(2, complex)),
            r"arrays, got complex128: wrap it in optax\.contrib\.split_real_and_imaginary$",
        ),
        (
            lambda: transformation("nesterov()").update(
                jnp.ones(2), transformation("nesterov()").init(jnp.ones(2)), jnp.ones(2)
            ),
            r"elsewhere than at the parameters: update\(…, params, grad_fn=…\), .* shifted=true",
        ),
        (lambda: evaluate("adam()", jnp.ones(2), optax.EmptyState()), "one state of a rule, not 0"),
        (
            lambda: transformation("adam()").update(
                jnp.ones(2), transformation("momentum()").init(jnp.ones(2)), jnp.ones(2)
            ),
            "the state is of another rule or other parameters",
        ),
        (
            lambda: transformation("adam()").update(
                {"b": jnp.ones(2)}, transformation("adam()").init({"a": jnp.ones(2)})
            ),
            "the state is of another rule or other parameters",
        ),
        (
            lambda: transformation("adam()").update(
                jnp.ones(2), optax.scale_by_adam().init(jnp.ones(2))
            ),
            "not of adam.., but ScaleByAdamState: .* slalom.optax.from_optax",
        ),
    ],
)
def test_what_is_refused(call, told):
    with pytest.raises(SlalomError, match=told) as error:
        call()
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "text", ["adam(lr=0.1)", "clip_norm(1.0) | momentum(lr=0.1)", "average | sgd"]
)
@pytest.mark.parametrize("make", [transformation, injected])
def test_parameters_that_are_numbers_of_python(text, make):
    """As Optax's own optimizers take them: what arrays without dimensions give."""
    params, gradient = {"a": 1.0, "b": [2.0]}, {"a": 2.0, "b": [1.0]}
    tx = make(text)
    found, state = tx.update(gradient, tx.init(params), params)
    arrays = jax.tree.map(jnp.asarray, params)
    expected, _ = tx.update(jax.tree.map(jnp.asarray, gradient), tx.init(arrays), arrays)
    assert_same(found, expected)
    assert_same(evaluate(text, params, state), evaluate(text, arrays, state))
