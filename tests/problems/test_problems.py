"""Problems: their data, losses and models against scikit-learn and PyTorch."""

import jax
import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from sklearn.preprocessing import MinMaxScaler

from slalom import problems
from slalom.errors import SlalomError
from slalom.problems import MLP, Linear, Samples, bundled


def test_digits_are_scaled_as_scikit_learn_does():
    samples, none = bundled("digits", test=0)
    inputs, targets = load_digits(return_X_y=True)
    np.testing.assert_allclose(samples.inputs, MinMaxScaler().fit_transform(inputs), atol=1e-15)
    np.testing.assert_array_equal(samples.targets, targets)
    assert none.count == 0


@pytest.mark.parametrize("name", ["breast_cancer", "iris", "wine"])
def test_a_split_keeps_every_sample_and_the_classes(name):
    whole, _ = bundled(name, test=0)
    train, test = bundled(name, test=0.25)
    assert train.count + test.count == whole.count
    shares = [np.bincount(s.targets) / s.count for s in (whole, train, test)]
    np.testing.assert_allclose(shares[1], shares[0], atol=0.02)
    np.testing.assert_allclose(shares[2], shares[0], atol=0.02)
    assert train.inputs.min() == 0
    assert train.inputs.max() == 1


def test_losses_against_pytorch():
    random = np.random.default_rng(0)
    z = random.normal(size=(9, 4)).astype(np.float32)
    y = random.integers(0, 4, 9).astype(np.int32)
    bce, ce = (
        torch.nn.BCEWithLogitsLoss(reduction="none"),
        torch.nn.CrossEntropyLoss(reduction="none"),
    )
    expected = ce(torch.tensor(z), torch.tensor(y).long())
    np.testing.assert_allclose(problems.cross_entropy(z, y), expected, rtol=2e-6)
    expected = bce(torch.tensor(z[:, 0]), torch.tensor(y % 2).float())
    np.testing.assert_allclose(problems.logistic(z[:, :1], y % 2), expected, rtol=2e-6)


def test_the_squared_error_refuses_to_pair_crosswise():
    with pytest.raises(SlalomError, match=r"targets of shape \(3,\) for outputs of \(3, 1\)"):
        problems.squared_error(np.zeros((3, 1)), np.zeros(3))


@pytest.mark.parametrize(
    ("start", "variance"), [("glorot", 2 / 500), ("he", 2 / 200), ("lecun", 1 / 200)]
)
def test_the_variance_of_first_weights(start, variance):
    first, _ = MLP((200, 300, 2), start=start).init(np.random.default_rng(0), np.float32)
    assert np.var(first["weights"]) == pytest.approx(variance, rel=0.03)
    assert not np.any(first["bias"])


def test_the_penalty_spares_biases():
    problem = problems.mlp("iris", (3,), penalty=2.0, biases=True).of_dtype(np.float32)
    params = problem.model.init(np.random.default_rng(0), np.float32)
    without = problems.mlp("iris", (3,), biases=True).of_dtype(np.float32)
    pull = problem.value(params, problem.train) - without.value(params, problem.train)
    squares = sum(float(np.sum(np.square(layer["weights"]))) for layer in params)
    assert pull == pytest.approx(squares, rel=1e-4)


def test_a_sample_that_does_not_count_changes_nothing():
    problem = problems.softmax_regression("iris").of_dtype(np.float32)
    params = problem.model.init(np.random.default_rng(0), np.float32)
    few = problem.train.at(slice(0, 5))
    padded = Samples(np.append(few.inputs, [[1e3] * 4], axis=0), np.append(few.targets, 0))
    loss = jax.value_and_grad(problem.value)
    plain, padded = loss(params, few), loss(params, padded, np.arange(6) < 5)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-6), padded, plain)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: bundled("mnist"), "unknown data set 'mnist'"),
        (lambda: bundled("iris", test=1.0), r"must be in \[0, 1\), got 1.0"),
        (lambda: MLP((3,)), "two or more widths"),
        (lambda: MLP((3, 2), "swish"), "unknown activation 'swish'"),
        (lambda: MLP((3, 2), start="zero"), "unknown start 'zero'"),
        (lambda: problems.find("mlp_digit"), "did you mean mlp_digits"),
        (lambda: problems.find("mlp_iris").of_dtype(np.int32), "float32 or float64"),
    ],
)
def test_refusals(call, says):
    with pytest.raises(SlalomError, match=says):
        call()


def test_a_linear_model_without_a_bias():
    model = Linear(3, 2, bias=False)
    params = {"weights": np.arange(6.0).reshape(3, 2)}
    np.testing.assert_array_equal(model.apply(params, np.eye(3)), params["weights"])
    assert list(model.init(np.random.default_rng(0), np.float32)) == ["weights"]
