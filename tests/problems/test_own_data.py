"""Training on data of one's own: what is wrong with it is said in one line before it runs."""

import dataclasses

import jax
import numpy as np
import pytest

from slalom import descend, train
from slalom.descent.samples import on
from slalom.errors import SlalomError
from slalom.problems import (
    Batches,
    Linear,
    Problem,
    Samples,
    accuracy,
    cross_entropy,
    logistic,
    sign_accuracy,
    squared_error,
)

X = np.random.default_rng(0).normal(size=(12, 4))
Y = np.arange(12) % 3
NONE = Samples(X[:0], Y[:0])


def problem(inputs=X, targets=Y, *, test=NONE, outputs=3, loss=cross_entropy, metric=accuracy):
    return Problem("mine", Samples(inputs, targets), test, Linear(4, outputs), loss, metric)


def refusal(make):
    with pytest.raises(SlalomError) as caught:
        train("adam", make(), Batches(4, epochs=1))
    [line] = str(caught.value).splitlines()
    assert line.startswith("mine: ")
    return line


def with_nan(array, value=np.nan):
    array = np.array(array, float)
    array[2, 1] = value
    return array


TWO = {"outputs": 1, "loss": logistic, "metric": sign_accuracy}
BAD = [
    (
        {"targets": Y + 1},
        (
            "train.targets go from 1 to 3; the cross_entropy takes whole numbers from 0 to 2, "
            "one for each sample; count from 0"
        ),
    ),
    ({"targets": Y - 1}, "train.targets go from -1 to 1; the cross_entropy takes"),
    ({"targets": Y.astype(float)}, "train.targets are float64; the cross_entropy takes"),
    ({"targets": np.eye(3)[Y]}, "targets have shape (12, 3)"),
    ({"targets": Y[:, None]}, "targets have shape (12, 1)"),
    ({"targets": Y[:-1]}, "train has 12 inputs and 11 targets"),
    ({"inputs": X[:0], "targets": Y[:0]}, "train has no samples"),
    (
        {"inputs": with_nan(X)},
        "train.inputs must be finite; 1 of its numbers are not, the first is nan at [2, 1]",
    ),
    ({"inputs": with_nan(X, np.inf)}, "the first is inf at [2, 1]"),
    ({"inputs": X.astype(str)}, "train.inputs must be numbers"),
    ({"targets": np.array(["a", "b", "c"] * 4)}, "train.targets must be numbers"),
    ({"inputs": "abc"}, "train.inputs must be numbers, got <U3"),
    ({"inputs": [[1.0], [1.0, 2.0]]}, "train.inputs must be numbers, or lists of as many"),
    ({"test": (X, Y)}, "test must be Samples(inputs, targets), got tuple"),
    ({"inputs": X[:, :3]}, "train.inputs of shape (12, 3) do not fit the model"),
    ({"inputs": X[:, 0]}, "train.inputs of shape (12,) do not fit the model"),
    ({"test": Samples(X, Y + 5)}, "test.targets go from 5 to 7"),
    ({"test": Samples(X, Y[:-1])}, "test has 12 inputs and 11 targets"),
    ({"test": Samples(X[:, :2], Y)}, "test.inputs of shape (12, 2) do not fit the model"),
    (
        {**TWO, "targets": 2 * (Y % 2) - 1},
        "train.targets have the value -1; the logistic takes 0 or 1",
    ),
    ({**TWO, "outputs": 3}, "the logistic takes outputs of shape (n, 1), got (12, 3)"),
    ({"metric": sign_accuracy}, "the sign_accuracy takes outputs of shape (n, 1)"),
    (
        {"loss": lambda z, y: cross_entropy(z, y).mean()},
        "loss must give one number a sample, of shape (12,), got ()",
    ),
    ({"metric": lambda z, y: z[:, :1]}, "metric must give one number a sample"),
]


@pytest.mark.parametrize(("data", "told"), BAD)
def test_is_refused(data, told):
    assert told in refusal(lambda: problem(**data))


def test_a_problem_as_an_objective_is_checked_too():
    with pytest.raises(SlalomError, match="go from 1 to 3"):
        on(problem(targets=Y + 1))


@pytest.mark.parametrize("dtype", ["float64", np.float64, np.dtype("float64"), "float32"])
def test_a_dtype_as_a_text_or_a_type(dtype):
    found = train("adam", problem(), Batches(4, epochs=1), dtype=dtype)
    assert found.params["weights"].dtype == np.dtype(dtype)
    assert problem().of_dtype(dtype).train.inputs.dtype == np.dtype(dtype)


@pytest.mark.parametrize("dtype", ["float16", "int", "double?", object, 3])
def test_another_dtype(dtype):
    with pytest.raises(SlalomError, match="dtype must be float32 or float64, got"):
        train("adam", problem(), dtype=dtype)


def test_lists_are_data():
    expected = train("adam", problem(), Batches(4, epochs=1)).params["weights"]
    for lists in (problem(X.tolist(), Y.tolist()), problem(X.tolist(), Y)):
        found = train("adam", lists, Batches(4, epochs=1)).params["weights"]
        np.testing.assert_array_equal(found, expected)


def test_seeds_are_several():
    with pytest.raises(SlalomError, match=r"seeds must be several, as in range\(5\), got 3"):
        train("adam", problem(), seeds=3)


def test_a_problem_is_still_a_tree():
    """JAX rebuilds it from whatever a function gives for its arrays."""
    leaves, form = jax.tree.flatten(problem())
    assert jax.tree.unflatten(form, [None] * len(leaves)).train == Samples(None, None)
    shapes = jax.tree.map(np.shape, problem(), is_leaf=lambda a: isinstance(a, np.ndarray))
    assert shapes.train.inputs == (12, 4)
    assert dataclasses.replace(problem(), penalty=1.0).penalty == 1.0


def test_what_is_right_is_taken():
    assert not train("adam", problem(), Batches(4, epochs=1)).outcome.failed.any()
    squares = problem(targets=X @ np.ones((4, 1)), outputs=1, loss=squared_error,
                      metric=squared_error)  # fmt: skip
    start = squares.model.init(np.random.default_rng(0), float)
    run = descend("gradient_descent(lr=0.1)", on(squares), start, 2000)
    np.testing.assert_allclose(run.position["weights"], np.ones((4, 1)), atol=1e-3)
