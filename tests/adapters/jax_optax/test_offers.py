"""What a rule asks for beyond the gradient comes by keyword: steps known in closed form."""

import jax
import jax.numpy as jnp
import optax
import pytest

from slalom import Average, SlalomError, parse
from slalom.optax import transformation

from .following import assert_same, float64, follow  # noqa: F401
from .rules import Foresight, Halving, Polyak, Pull, Steepest

pytestmark = pytest.mark.usefixtures("float64")


def quadratic(params):
    """x² / 2 + 2 y²: the Hessian is diag(1, 4)."""
    return params["x"] ** 2 / 2 + 2 * params["y"] ** 2


def everything(loss, params):
    """All that a loop can offer, as a user writes it."""

    def product(u):
        return jax.jvp(jax.grad(loss), (params,), (u,))[1]

    return {
        "value": loss(params),
        "value_fn": loss,
        "grad_fn": jax.grad(loss),
        "hvp_fn": product,
    }


def stepped(rule, loss, params, steps=1):
    tx = transformation(rule)
    state = tx.init(params)
    for _ in range(steps):
        grads = jax.grad(loss)(params)
        updates, state = tx.update(grads, state, params, **everything(loss, params))
        params = optax.apply_updates(params, updates)
    return params


def at(x, y):
    return {"x": jnp.float64(x), "y": jnp.float64(y)}


def test_steepest_descent_zigzags_as_its_theory_says():
    """From (4, 1) on curvatures 1 and 4 each step shrinks by 3/5 and turns y: Akaike 1959."""
    assert_same(stepped(Steepest(), quadratic, at(4, 1)), at(4 * 0.6, -0.6))
    assert_same(stepped(Steepest(), quadratic, at(4, 1), 4), at(4 * 0.6**4, 0.6**4))


def test_a_step_of_polyak_halves_the_distance_where_the_curvature_is_one():
    def bowl(params):
        return params["x"] ** 2 / 2 + params["y"] ** 2 / 2

    assert_same(stepped(Polyak(), bowl, at(3, -8), 3), at(3 / 8, -1))


def test_the_gradient_is_that_of_the_point_asked_for():
    """x³: the gradient one step of 0.1 ahead of 2 is 3 (2 - 1.2)²."""

    def cubic(params):
        return params["x"] ** 3 + params["y"] ** 3

    found = stepped(Foresight(lr=0.1), cubic, at(2, 1))
    assert_same(found, at(2 - 0.1 * 3 * 0.8**2, 1 - 0.1 * 3 * 0.7**2))


def test_the_loss_as_a_function_of_the_point():
    """On curvature 3 a whole gradient leads from x to -2 x, half of it to -x / 2."""

    def steep(params):
        return 3 * (params["x"] ** 2 + params["y"] ** 2) / 2

    assert_same(stepped(Halving(), steep, at(4, -8), 2), at(1, -2))
    assert_same(stepped(Halving(), lambda p: steep(p) / 3, at(4, -8)), at(0, 0))


@pytest.mark.parametrize("rule", [Foresight(), Steepest(), Polyak(), Halving()])
def test_wrapped_and_compiled_it_steps_the_same(rule):
    def loss(params):
        return jnp.sum(jnp.cosh(params["w"])) + params["b"] @ params["b"] * params["w"][0, 0]

    params = {"w": jnp.asarray([[1.0, 0.5]]), "b": jnp.asarray([0.3, -1.0])}
    one = transformation(rule)
    two = optax.chain(optax.identity(), transformation(Average(0.5) | rule))

    def moved(tx):
        def step(params, state):
            updates, state = tx.update(
                jax.grad(loss)(params), state, params, **everything(loss, params)
            )
            return optax.apply_updates(params, updates), state

        return jax.jit(step)(params, tx.init(params))[0]

    expected = stepped(rule, loss, params)
    assert_same(moved(one), expected)
    assert_same(moved(two), expected)


def test_leaves_without_a_gradient_stand_still_in_all_that_is_asked():
    """The two others step as if they were alone."""
    fixed = jnp.asarray([5.0, 7.0])

    def loss(params):
        return quadratic(params) * params["fixed"][0] + params["x"] * params["y"]

    def alone(params):
        return loss({**params, "fixed": fixed})

    for rule in (Foresight(lr=0.01), Steepest(), Halving(), Polyak()):
        params = {**at(4, 1), "fixed": fixed}
        grads = {**jax.grad(loss)(params), "fixed": None}
        tx = transformation(rule)
        updates, _ = tx.update(grads, tx.init(params), params, **everything(loss, params))
        assert updates.pop("fixed") is None
        found = optax.apply_updates(at(4, 1), updates)
        assert_same(found, stepped(rule, alone, at(4, 1)))


def test_rules_of_optax_take_what_optax_calls_it():
    ours, theirs = transformation("optax:polyak_sgd(0.1)"), optax.polyak_sgd(0.1)
    assert_same(follow(ours)[0], follow(theirs)[0])


def test_a_line_search_of_optax_inside_optax():
    def loss(params):
        return quadratic(params) + jnp.cos(params["x"] * params["y"])

    x, tx = at(4, 1), optax.lbfgs()
    state = tx.init(x)
    for _ in range(4):
        value, grads = jax.value_and_grad(loss)(x)
        updates, state = tx.update(grads, state, x, value=value, grad=grads, value_fn=loss)
        x = optax.apply_updates(x, updates)
    assert_same(stepped("optax:lbfgs()", loss, at(4, 1), 4), x)


@pytest.mark.parametrize(
    ("rule", "what", "arguments"),
    [
        (Polyak(), "the loss", "value=…"),
        (Foresight(), "the gradient elsewhere than at the parameters", "grad_fn=…"),
        (Steepest(), "products with the Hessian", "hvp_fn=…"),
        (
            Halving(),
            "the loss and the loss elsewhere than at the parameters",
            "value=…, value_fn=…",
        ),
    ],
)
def test_what_is_missing_is_said_before_anything_is_computed(rule, what, arguments):
    with pytest.raises(SlalomError) as error:
        transformation(rule).update(None, None, at(4, 1), value_and_grad_fn=None)
    assert str(error.value) == f"{rule!r} needs {what}: update(…, params, {arguments})"


@pytest.mark.parametrize(
    ("grad_fn", "told"),
    [
        (lambda p: {"x": p["x"]}, "grad_fn must give a tree like the gradients: "),
        (lambda p: {"x": p["x"], "y": None}, "grad_fn gives None at y"),
    ],
)
def test_a_function_that_gives_something_else(grad_fn, told):
    tx, params = transformation(Foresight()), at(4, 1)
    with pytest.raises(SlalomError, match=told):
        tx.update(params, tx.init(params), params, grad_fn=grad_fn)


@pytest.mark.parametrize(
    ("rule", "asks"),
    [
        ("adam()", False),
        ("clip_norm() | noise() | nadam()", False),
        ("average() | sgd()", True),
        ("weight_decay(0.1, decoupled=true) | sgd()", True),
        ("nesterov(shifted=true)", False),
        ("nesterov()", True),
        (Pull() | parse("sgd()"), True),
        (Foresight(), True),
        (Polyak(), False),
        (Steepest(), True),
    ],
)
def test_parameters_are_asked_for_where_a_formula_names_them(rule, asks):
    tx, g = transformation(rule), jnp.ones(2)
    offers = {"value": 1.0, "grad_fn": lambda x: x, "hvp_fn": lambda u: u}
    if asks:
        with pytest.raises(SlalomError, match=r"steps by the parameters too: update\(…, params\)"):
            tx.update(g, tx.init(g), **offers)
    else:
        updates, _ = tx.update(g, tx.init(g), **offers)
        assert updates.shape == (2,)
