"""What the loop descends on: functions with gradients of their own, trees of parameters, dtypes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from slalom import SlalomError, landscapes
from slalom.descent import descend
from slalom.rules import Adam, GradientDescent, Momentum, parse

TARGET = {"w": np.arange(6.0).reshape(2, 3) / 4, "b": np.array([1.0, -2.0, 0.5]), "s": 3.0}
SCALE = {"w": 0.5, "b": 2.0, "s": 1.0}


def distance(tree):
    return sum(SCALE[k] * ((tree[k] - TARGET[k]) ** 2).sum() for k in TARGET)


def start(dtype=np.float64):
    return {"w": np.zeros((2, 3), dtype), "b": np.ones(3, dtype), "s": np.asarray(-1.0, dtype)}


def flat(tree):
    return np.concatenate([np.ravel(tree[k]) for k in ("w", "b", "s")])


def test_a_tree_is_one_vector():
    """Momentum on the flattened problem, clipped by the norm of the whole, in NumPy."""
    x, goal = flat(start()), flat(TARGET)
    scale, v = np.repeat([0.5, 2.0, 1.0], [6, 3, 1]), np.zeros(10)
    path = [x]
    for _ in range(15):
        g = 2 * scale * (x - goal)
        g = g * min(1.0, 1.5 / np.sqrt(g @ g))
        v = 0.8 * v + 0.1 * g
        x = x - v
        path.append(x)
    path = np.array(path)
    rule = parse("clip_norm(1.5) | momentum(lr=0.1, momentum=0.8)")
    run = descend(rule, distance, start(), 15, states=True)
    for key, place in {"w": slice(0, 6), "b": slice(6, 9), "s": slice(9, 10)}.items():
        found = run.trace.position[key]
        assert found.shape == (16, *np.shape(TARGET[key]))
        np.testing.assert_allclose(found.reshape(16, -1), path[:, place], rtol=1e-12, atol=1e-14)
    loss = (scale * (path - goal) ** 2).sum(1)
    slope = 2 * scale * (path - goal)
    np.testing.assert_allclose(run.trace.loss, loss, rtol=1e-12)
    np.testing.assert_allclose(run.trace.gradient_norm, np.sqrt((slope**2).sum(1)), rtol=1e-12)
    moved = np.sqrt((np.diff(path, axis=0) ** 2).sum(1))
    np.testing.assert_allclose(run.trace.step_length, [0.0, *moved], rtol=1e-12)
    data = run.data
    assert data["position.w"].dims == ("step", "position.w.0", "position.w.1")
    assert data["position.s"].dims == ("step",)
    # every leaf has its state, whose last velocity is the last step
    for key in TARGET:
        np.testing.assert_allclose(
            data[f"state.{key}.v"].values[1:], -np.diff(run.trace.position[key], axis=0), atol=1e-14
        )


def test_many_trees():
    rng = np.random.default_rng(1)
    starts = {k: rng.normal(size=(3, *np.shape(v))) for k, v in TARGET.items()}
    for path in (True, False):
        run = descend(Adam(0.1), distance, starts=starts, steps=9, path=path)
        for n in range(3):
            one = descend(Adam(0.1), distance, {k: v[n] for k, v in starts.items()}, 9)
            for key in TARGET:
                np.testing.assert_allclose(run.position[key][n], one.position[key], rtol=1e-11)


@pytest.mark.parametrize("path", [True, False])
def test_a_gradient_of_ones_own_is_followed(path):
    """Of x² it is 2x, but the one given is 3."""
    starts = np.array([[1.0, 2.0], [4.0, -1.0]])
    run = descend(
        GradientDescent(0.5),
        lambda x: (x * x).sum(),
        starts=starts,
        steps=4,
        gradient=lambda x: 3 + 0 * x,
        path=path,
    )
    assert np.array_equal(run.position, starts - 0.5 * 3 * 4)
    np.testing.assert_allclose(run.loss, ((starts - 6) ** 2).sum(1))
    np.testing.assert_allclose(run.gradient_norm, 3 * np.sqrt(2))


def test_a_gradient_for_a_landscape():
    ground = landscapes.booth
    run = descend(GradientDescent(1.0), ground, (1, 2), 3, gradient=lambda x: jnp.ones_like(x))
    assert run.position.tolist() == [-2, -1]
    assert run.loss == pytest.approx((-2 + 2 * -1 - 7) ** 2 + (2 * -2 + -1 - 5) ** 2)


def test_the_gradient_is_that_of_finite_differences():
    ground, h = landscapes.himmelblau, 1e-6
    x = descend(GradientDescent(1.0), ground, (0.5, -1.5), 1).trace.position
    slope = [
        (float(ground(x[0] + h * e)) - float(ground(x[0] - h * e))) / (2 * h) for e in np.eye(2)
    ]
    np.testing.assert_allclose(x[0] - x[1], slope, rtol=1e-7)


def test_numpy_data_inside_a_function():
    data = np.array([[1.0, 2.0], [3.0, 4.0]])
    run = descend(GradientDescent(0.01), lambda w: ((data @ w - 1) ** 2).sum(), [0.0, 0.0], 1)
    np.testing.assert_allclose(run.position, 0.01 * 2 * data.T @ np.ones(2))


@pytest.mark.parametrize("rule", ["adam(lr=0.1)", "clip_norm(1) | sgd(0.1)"])
def test_each_leaf_keeps_its_dtype(rule):
    tree = start(np.float32) | {"b": np.ones(3)}
    dtypes = {"w": np.float32, "b": np.float64, "s": np.float32}
    run = descend(rule, distance, tree, 4)
    assert {k: v.dtype for k, v in run.position.items()} == dtypes
    many = {k: np.stack([v, v]) for k, v in tree.items()}
    ends = descend(rule, distance, starts=many, steps=4, path=False)
    assert {k: v.dtype for k, v in ends.position.items()} == dtypes


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_precision_is_that_of_the_start_or_the_one_asked_for(dtype):
    x = np.ones(2, dtype)
    run = descend("nag(0.01)", landscapes.booth, x, 5, states=True)
    arrays = [*run.trace[:4], *jax.tree.leaves(run.trace.states)]
    assert {a.dtype for a in arrays} == {np.dtype(dtype)}
    other = np.float64 if dtype == np.float32 else np.float32
    assert descend("nag(0.01)", landscapes.booth, x, 5, dtype=other).position.dtype == other
    assert descend("nag(0.01)", landscapes.booth, steps=5, dtype=dtype).position.dtype == dtype


def test_single_precision_computes_in_single_precision():
    """x(t) = 1 - t/10 by repeated subtraction, rounded at each step."""
    x, rows = np.float32(1), [np.float32(1)]
    for _ in range(20):
        x = np.float32(x - np.float32(0.1))
        rows.append(x)
    run = descend(GradientDescent(0.1), lambda x: x, np.float32(1), 20)
    assert np.array_equal(run.trace.position, np.array(rows, np.float32))


@pytest.mark.parametrize("start", [3, 3.0, True, np.int32(3), [1, 2], (1, 2), np.array([1, 2])])
def test_python_numbers_and_integers_are_float64(start):
    run = descend(GradientDescent(), lambda x: jnp.sum(x * x), start, 2)
    assert run.position.dtype == np.float64
    np.testing.assert_allclose(run.position, np.asarray(start) * 0.98**2)


def test_nothing_of_jax_is_changed():
    assert not jax.config.jax_enable_x64
    descend(GradientDescent(), landscapes.booth, steps=2)
    assert not jax.config.jax_enable_x64
    assert jnp.ones(1).dtype == np.float32

    def broken(x):
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        descend(GradientDescent(), broken, 1.0, 2)
    assert not jax.config.jax_enable_x64


def test_the_states_along_a_path():
    """v(t) = 0.5 v + 0.1·g; on the flat slope 1 it is 0.2 (1 - 0.5^t)."""
    rule, expected = Momentum(lr=0.1, momentum=0.5), 0.2 * (1 - 0.5 ** np.arange(7))
    run = descend(rule, lambda x: x.sum(), [0.0, 5.0], 6, states=True)
    np.testing.assert_allclose(run.data["state.v"], np.stack([expected] * 2, 1), rtol=1e-14)
    assert run.data["state.v"].dims == ("step", "axis")
    many = descend(rule, lambda x: x.sum(), starts=np.zeros((3, 2)), steps=6, states=True)
    assert many.data["state.v"].dims == ("start", "step", "axis")
    np.testing.assert_allclose(many.data["state.v"][2, :, 1], expected, rtol=1e-14)
    assert descend(rule, lambda x: x.sum(), [0.0, 5.0], 6).trace.states is None


def test_a_state_of_another_shape_than_the_position():
    """A random key has two numbers where the position has three components."""
    data = descend("optax:noisy_sgd(0.1)", lambda x: x.sum(), np.ones(3), 4, states=True).data
    [name] = [name for name in data if "key" in str(name)]
    assert data.position.dims == ("step", "axis")
    assert data.sizes["axis"] == 3
    assert data[name].dims == ("step", f"{name}.0")
    assert data[name].shape == (5, 2)


def test_a_landscape_by_its_text():
    found = descend("adam(lr=0.5)", "booth", steps=3).position
    np.testing.assert_array_equal(
        found, descend("adam(lr=0.5)", landscapes.booth, steps=3).position
    )
    with pytest.raises(SlalomError, match="unknown landscape 'boot'; did you mean"):
        descend("adam", "boot")


def test_the_labels_of_a_run():
    data = descend("adam(lr=0.5)", landscapes.booth, (1, 2), 3).data
    assert data.position.dims == ("step", "axis")
    assert data.axis.values.tolist() == ["x", "y"]
    assert data.step.values.tolist() == [0, 1, 2, 3]
    assert data.attrs == {"rule": "adam(lr=0.5)"}
    assert (data.outcome, data.outcome_step) == ("finished", 3)


def test_names_that_would_be_one_are_told_apart():
    """`a.b` is a name of its own, and the b of a: each has its own variable."""
    start = {"a.b": np.ones(2), "a": {"b": np.zeros(3)}, "c": np.ones(2), "c.0": np.zeros(2)}

    def bowl(p):
        return sum(jnp.sum((leaf - 2) ** 2) for leaf in jax.tree.leaves(p))

    run = descend("momentum(lr=0.1)", bowl, start, 3, states=True)
    data = run.data
    assert data["position.a.b"].shape == (4, 3)
    assert data["position.'a.b'"].shape == (4, 2)
    np.testing.assert_array_equal(data["position.a.b"][0], start["a"]["b"])
    np.testing.assert_array_equal(data["position.'a.b'"][0], start["a.b"])
    np.testing.assert_array_equal(data["position.'c.0'"], run.trace.position["c.0"])
    assert sum(str(name).startswith("state.") for name in data) == 4


def test_names_with_dots_are_as_they_are():
    run = descend("adam", lambda p: jnp.sum(p["a.b"] ** 2), {"a.b": np.ones(2)}, 3)
    assert "position.a.b" in run.data


@pytest.mark.parametrize(
    "tol", [np.float32(1e-3), np.float64(1e-3), np.array(1e-3), jnp.float32(1e-3), 1, np.int64(1)]
)
def test_tol_is_any_number(tol):
    found = descend("gradient_descent(lr=0.3)", landscapes.booth, steps=300, tol=tol).outcome
    assert str(found) == str(
        descend("gradient_descent(lr=0.3)", landscapes.booth, steps=300, tol=float(tol)).outcome
    )


@pytest.mark.parametrize("tol", [True, "1e-3", np.nan, [1e-3], 1j, 0, np.float32(-1)])
def test_tol_is_nothing_else(tol):
    with pytest.raises(SlalomError, match="tol must be a number above 0, got"):
        descend("adam", landscapes.booth, steps=3, tol=tol)
