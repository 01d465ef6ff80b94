"""States of rules that couple leaves, divide them, or remember something else of each."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from optax import contrib

from slalom import Adam, Average, ClipNorm, Momentum, SlalomError
from slalom.optax import evaluate, transformation
from slalom.rules import RULES, Leaf, Partition, Rule

from .following import assert_same, float64, follow, loss, parameters, targets  # noqa: F401
from .rules import Distance, Holding, Rows

pytestmark = pytest.mark.usefixtures("float64")

MASK = {"w": True, "b": False, "none": None}
OTHERS = {"w": False, "b": True, "none": None}

PLACES = {
    "alone": lambda tx: tx,
    "chain": lambda tx: optax.chain(optax.clip(0.5), tx, optax.scale(0.5)),
    "masked": lambda tx: optax.chain(
        optax.masked(tx, MASK), optax.masked(optax.set_to_zero(), OTHERS)
    ),
    "multi_transform": lambda tx: optax.multi_transform(
        {True: tx, False: optax.sgd(0.1)}, {"w": True, "b": False, "none": None}
    ),
}


@pytest.mark.parametrize("place", PLACES)
def test_scalars_that_leaves_share_are_those_of_optax(place):
    """A rule of Prodigy's kind follows Optax's Prodigy, whose estimate is of all leaves."""
    ours, theirs = PLACES[place](transformation(Distance())), PLACES[place](contrib.prodigy(1.0))
    found, state = follow(ours)
    expected, peers = follow(theirs)
    assert_same(found, expected, 1e-10)
    for name, peer in {"d": "estim_lr", "k": "numerator_weighted", "m": "exp_avg"}.items():
        assert_same(optax.tree.get(state, name), optax.tree.get(peers, peer), 1e-9)
    assert optax.tree.get(state, "d").shape == ()
    assert optax.tree.get(state, "d") > 5e-6, "the estimate grew"


def test_an_injected_number_reaches_a_rule_with_shared_scalars():
    tx = optax.inject_hyperparams(lambda lr: transformation(Distance(lr=lr)))(lr=0.5)
    assert_same(follow(tx)[0], follow(contrib.prodigy(0.5))[0], 1e-10)


def test_shared_scalars_are_float32_beside_narrow_leaves():
    params = jax.tree.map(lambda p: p.astype("bfloat16"), parameters())
    _, state = follow(transformation(Distance()), params, batches=targets(3).astype("bfloat16"))
    assert state.states.d.dtype == state.states.k.dtype == jnp.float32
    assert {leaf.dtype.name for leaf in jax.tree.leaves(state.states.m)} == {"bfloat16"}


def test_shared_scalars_are_of_the_leaves_that_take_part():
    """Where `b` never has a gradient, `w` goes as if it were alone."""
    tx, batches = transformation(Distance()), 20 * [targets(1)[0]]
    both, alone = parameters(), {"w": parameters()["w"]}
    state, lone = tx.init(both), tx.init(alone)
    begun = state.states.x1["b"]
    for batch in batches:
        grads = {**jax.grad(loss)(both, batch), "b": None}
        updates, state = tx.update(grads, state, both)
        moved, lone = tx.update({"w": grads["w"]}, lone, alone)
        assert updates["b"] is None
        both = {**both, "w": both["w"] + updates["w"]}
        alone = optax.apply_updates(alone, moved)
    np.testing.assert_array_equal(both["w"], alone["w"])
    assert state.states.d == lone.states.d > 1e-6
    np.testing.assert_array_equal(state.states.x1["b"], begun)
    assert jax.tree.structure(state) == jax.tree.structure(tx.init(both))


def test_no_gradient_at_all_changes_nothing_but_the_count():
    tx, params = transformation(Distance()), parameters()
    _, state = follow(tx, batches=targets(3))
    updates, after = tx.update({"w": None, "b": None, "none": None}, state, params)
    assert updates == {"w": None, "b": None, "none": None}
    assert after.count == 4
    assert_same(after.states, state.states)


def test_an_optimizer_of_optax_inside_wants_all_its_leaves():
    tx, params = transformation("optax:adam(0.1)"), parameters()
    with pytest.raises(SlalomError, match=r"each leaf that it began with must have a gradient"):
        tx.update({**params, "b": None}, tx.init(params), params)


class TestPartition:
    rule = Partition(matrices=Momentum(lr=0.02), rest=Adam(lr=0.05))

    def peer(self, matrices="w"):
        labels = {"w": "rest", "b": "rest", "none": None, matrices: "matrices"}
        parts = {"matrices": optax.sgd(0.02, 0.9), "rest": optax.adam(0.05)}
        return optax.multi_transform(parts, labels)

    def test_each_part_is_a_transformation_of_its_own(self):
        assert_same(follow(transformation(self.rule))[0], follow(self.peer())[0])
        clipped = optax.chain(optax.clip_by_global_norm(0.5), self.peer())
        assert_same(follow(transformation(ClipNorm(0.5) | self.rule))[0], follow(clipped)[0])

    @pytest.mark.parametrize(
        "roles",
        [
            {"b": "matrix", "*": "vector"},
            lambda name, shape: "matrix" if len(shape) == 1 else "vector",
            lambda name, shape: {"b": "matrix", "w": "head"}[name],
        ],
    )
    def test_a_user_says_what_a_parameter_is(self, roles):
        found, _ = follow(transformation(self.rule, roles=roles))
        assert_same(found, follow(self.peer(matrices="b"))[0])

    def test_a_role_that_is_not_said_is_that_of_name_and_shape(self):
        found, _ = follow(transformation(self.rule, roles={"b": "head"}))
        assert_same(found, follow(self.peer())[0])
        found, _ = follow(transformation(self.rule, roles=lambda name, shape: None))
        assert_same(found, follow(self.peer())[0])

    def test_the_state_of_a_part_has_nothing_of_the_other_leaves(self):
        state = transformation(self.rule).init(parameters()).states
        assert set(state) == {"matrices", "rest"}
        assert state["matrices"].v["b"] is None
        assert state["rest"].m["w"] is None
        assert state["rest"].m["b"].shape == (2,)

    def test_what_works_on_trees_within_states_works_on_these(self):
        tx, params = transformation(self.rule), parameters()
        found = optax.tree_utils.tree_map_params(tx, lambda leaf: leaf + 1, tx.init(params))
        assert jax.tree.structure(found) == jax.tree.structure(tx.init(params))
        assert all(np.all(leaf == 1) for leaf in jax.tree.leaves(found.states))

    def test_a_part_without_gradients_keeps_its_memory(self):
        tx, params = transformation(self.rule), parameters()
        _, state = follow(tx, batches=targets(3))
        grads = {**jax.grad(loss)(params, targets(1)[0]), "w": None}
        updates, after = tx.update(grads, state, params)
        assert updates["w"] is None
        assert_same(after.states["matrices"], state.states["matrices"])
        assert jax.tree.structure(after) == jax.tree.structure(state)
        assert np.all(after.states["rest"].m["b"] != state.states["rest"].m["b"])

    @pytest.mark.parametrize(
        "rule",
        [
            Average(0.9) | rule,
            Partition(matrices=Average(0.9) | Momentum(lr=0.02), rest=Average(0.9) | Adam(lr=0.05)),
        ],
    )
    def test_averages_of_parts_are_evaluated(self, rule):
        path, state = follow(transformation(rule), batches=targets(10))
        average = parameters()
        for step in range(10):
            now = jax.tree.map(lambda leaf, step=step: leaf[step], path)
            average = jax.tree.map(lambda a, x: 0.9 * a + 0.1 * x, average, now)
        assert_same(evaluate(rule, now, state), average)

    def test_roles_go_to_where_averages_are_judged_too(self):
        rule = Partition(matrices=Average(0.0) | Momentum(), rest=Average(1 - 1e-9) | Momentum())
        params, roles = parameters(), {"b": "matrix", "w": "vector"}
        state = transformation(rule, roles=roles).init(params)
        moved = jax.tree.map(lambda p: p + 1, params)
        tx = transformation(rule, roles=roles)
        _, state = tx.update(jax.tree.map(jnp.zeros_like, params), state, params)
        found = evaluate(rule, moved, state, roles=roles)
        assert_same(found["b"], moved["b"])
        np.testing.assert_allclose(found["w"], params["w"], rtol=1e-6)

    def test_a_parameter_that_is_never_trained_needs_no_part(self):
        tx, params = transformation(Partition(matrices=Momentum())), parameters()
        state = tx.init({**params, "b": None})
        updates, after = tx.update({**params, "b": None}, state, params)
        assert updates["b"] is None
        assert jax.tree.structure(after) == jax.tree.structure(state)

    def test_a_parameter_that_no_part_takes(self):
        with pytest.raises(SlalomError, match=r"no rule for w of shape \(3, 2\), a matrix"):
            transformation(Partition(vectors=Adam())).init(parameters())

    @pytest.mark.parametrize(
        ("roles", "told"),
        [
            ({"embed*": "embedding"}, "roles: 'embed.*' matches no parameter; .* begin with b, w"),
            (lambda name, shape: "matrixes", "b: unknown role 'matrixes'; did you mean matrix"),
            ({"b": "bias"}, "roles: 'b': unknown role 'bias'; known are embedding, head, matrix"),
            ("matrix", "must be a function of name and shape, or a mapping .* not str"),
        ],
    )
    def test_roles_that_are_refused(self, roles, told):
        with pytest.raises(SlalomError, match=told):
            transformation(self.rule, roles=roles).init(parameters())

    def test_one_array_has_no_name_for_a_pattern(self):
        with pytest.raises(SlalomError, match=r"matches no parameter; no parameter has a name$"):
            transformation(self.rule, roles={"w": "matrix"}).init(jnp.ones(2))


def test_a_leaf_is_told_by_its_path():
    told = []

    @dataclass(frozen=True)
    class Listening(Rule, name="listening"):
        def update(self, g, leaf, state):
            told.append(leaf)
            return g, state

    params = {"layers": [{"bias": jnp.ones(2)}, {"kernel": jnp.ones((2, 3))}]}
    tx = transformation(Listening(), roles={"*.kernel": "head"})
    tx.update(params, tx.init(params))
    assert told == [
        Leaf("layers.0.bias", (2,), outputs=-1, role="vector"),
        Leaf("layers.1.kernel", (2, 3), outputs=-1, role="head"),
    ]


def test_states_of_other_forms_for_some_leaves():
    """Matrices remember their rows, vectors nothing."""
    params = {"w": jnp.asarray([[1.0, 3.0], [5.0, 5.0]]), "b": jnp.asarray([1.0, 2.0])}
    tx = transformation(Rows())
    state = tx.init(params)
    assert (state.states.mean["b"], state.states.sums["b"]) == (None, ())

    def body(state, _):
        updates, state = tx.update(params, state)
        return state, updates

    state, updates = jax.jit(lambda s: jax.lax.scan(body, s, None, 2))(state)
    np.testing.assert_allclose(updates["w"][:, :, 0], [[-1, -2.5], [-1.5, -3.75]])
    np.testing.assert_allclose(state.states.mean["w"], [1.5, 3.75])
    assert_same(state.states.sums["w"], (jnp.asarray([6.0, 8.0]), jnp.asarray([4.0, 10.0])))
    for only in ("b", "w"):
        partial = {name: (g if name == only else None) for name, g in params.items()}
        for known in (params, None):
            _, after = tx.update(partial, state, known)
            assert jax.tree.structure(after) == jax.tree.structure(state)
            expected = [1.5, 3.75] if only == "b" else [1.75, 4.375]
            np.testing.assert_allclose(after.states.mean["w"], expected)


HOLDING = [
    *(f"{name}()" for name in sorted(RULES.keys() - {"partition"})),
    *("average() | adagrad()", "adam(amsgrad=true)", "nesterov(shifted=true)"),
    *("optax:prodigy(1.0)", "optax:lbfgs()"),
    *(Distance(), Holding(), ClipNorm() | Holding(), Partition(rest=Holding())),
]


@pytest.mark.parametrize("rule", HOLDING, ids=str)
def test_a_new_state_never_aliases_a_parameter_or_a_gradient(rule):
    """Nor itself, so that all of them can be donated."""
    tx, params = transformation(rule), {"w": jnp.ones((3, 2)), "v": jnp.ones((2, 2))}

    def value(p):
        return jnp.sum(p["w"] ** 2) + jnp.sum(p["v"] ** 2)

    def product(u):
        return jax.tree.map(lambda a: 2 * a, u)

    grads = product(params)
    offers = {"value": value(params), "value_fn": value, "grad_fn": product, "hvp_fn": product}

    def buffers(*trees):
        return [leaf.unsafe_buffer_pointer() for leaf in jax.tree.leaves(trees)]

    begun = tx.init(params)
    _, stepped = tx.update(grads, begun, params, **offers)
    compiled = jax.jit(tx.init)(params)
    for state in (begun, stepped, compiled):
        held = buffers(params, grads, state)
        assert len(set(held)) == len(held)

    def step(params, state, grads):
        updates, state = tx.update(grads, state, params, **offers)
        return optax.apply_updates(params, updates), state

    expected = jax.tree.map(np.array, step(params, stepped, grads))
    donated = jax.jit(step, donate_argnums=(0, 1))(params, stepped, grads)
    assert_same(donated, expected)
