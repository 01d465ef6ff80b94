"""Training against plain loops of PyTorch and NumPy that see the same batches."""

import numpy as np
import pytest
import torch

from slalom.descent.training import first_params, train
from slalom.errors import SlalomError
from slalom.problems import Batches, mlp, scikit_digits
from slalom.rules import Adam, hybrid

IRIS = mlp("iris", (6,), "tanh", penalty=0.01)
BATCHES = Batches(50, epochs=3)  # 120 samples: the last batch of an epoch holds 20


def by_pytorch(make, batches, seed):
    """Losses of all batches, and the last parameters, of a usual PyTorch loop."""
    layers = first_params(IRIS, seed, np.float64)
    leaves = [torch.tensor(v[k]).requires_grad_() for v in layers for k in ("weights", "bias")]
    W1, b1, W2, b2 = leaves
    optimizer, losses = make(leaves), []
    inputs, targets = torch.tensor(IRIS.train.inputs), torch.tensor(IRIS.train.targets).long()
    for table in batches.tables(120, seed):
        for index in table.reshape(-1, table.shape[-1]):
            chosen = torch.tensor(index[index < 120].astype(np.int64))
            z = torch.tanh(inputs[chosen] @ W1 + b1) @ W2 + b2
            loss = torch.nn.functional.cross_entropy(z, targets[chosen])
            loss = loss + 0.005 * (W1.square().sum() + W2.square().sum())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return losses, [leaf.detach().numpy() for leaf in leaves]


@pytest.mark.parametrize(
    ("rule", "make"),
    [
        ("sgd(lr=0.5, momentum=0.9)", lambda p: torch.optim.SGD(p, 0.5, momentum=0.9)),
        ("adam(lr=0.05)", lambda p: torch.optim.Adam(p, 0.05)),
    ],
)
@pytest.mark.parametrize("batches", [BATCHES, Batches(hybrid(32, 120, epochs=1), epochs=3)])
def test_two_seeds_at_once_agree_with_pytorch(rule, make, batches):
    found = train(rule, IRIS, batches, seeds=[3, 4], dtype=np.float64)
    for place, seed in enumerate([3, 4]):
        losses, leaves = by_pytorch(make, batches, seed)
        np.testing.assert_allclose(found.data.loss[place], losses, rtol=1e-11)
        for ours, theirs in zip(_leaves(found.params, place), leaves, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


def _leaves(params, place):
    return [layer[k][place] for layer in params for k in ("weights", "bias")]


def test_scores_are_of_all_samples():
    found = train("sgd(lr=0.5)", IRIS, BATCHES, dtype=np.float64)
    W1, b1, W2, b2 = _leaves(found.params, 0)
    z = np.tanh(IRIS.test.inputs @ W1 + b1) @ W2 + b2
    right = np.mean(z.argmax(1) == IRIS.test.targets)
    assert found.data.test_metric[0, -1] == pytest.approx(right)
    logp = z - np.log(np.exp(z).sum(1, keepdims=True))
    loss = -np.mean(logp[np.arange(len(z)), IRIS.test.targets])
    pull = 0.005 * (np.square(W1).sum() + np.square(W2).sum())
    assert found.data.test_loss[0, -1] == pytest.approx(loss + pull, rel=1e-12)
    assert found.data.sizes == {"seed": 1, "step": 9, "epoch": 4}


def test_rates_of_their_own_for_seeds():
    rates = np.array([0.01, 0.5])
    both = train(Adam(lr=rates), IRIS, BATCHES, seeds=[0, 0], dtype=np.float64)
    for place, lr in enumerate(rates):
        one = train(f"adam(lr={lr})", IRIS, BATCHES, dtype=np.float64)
        np.testing.assert_allclose(both.data.loss[place], one.data.loss[0], rtol=1e-9)


def test_a_diverging_run_is_a_result():
    found = train("sgd(lr=1e200)", IRIS, BATCHES, seeds=[0, 1], dtype=np.float64)
    assert found.outcome.failed.all()
    step = found.outcome.step[0]
    assert 1 <= step < 9
    assert np.isfinite(found.data.loss[0, :step]).all()
    assert np.isnan(found.data.loss[0, step + 1 :]).all()
    assert np.isfinite(found.data.train_loss[0, 0])
    assert np.isnan(found.data.train_loss[0, -1])


def test_digits_as_scikit_learn_learns_them():
    """Its example prints 0.956038 for SGD and 0.991653 for Adam, of one seed."""
    published = (("sgd(lr=0.2)", 0.956038, 0.01), ("adam(lr=0.01)", 0.991653, 0.006))
    for rule, accuracy, near in published:
        found = train(rule, scikit_digits(), Batches(200, epochs=15), seeds=range(4))
        assert found.data.train_metric[:, -1].mean() == pytest.approx(accuracy, abs=near)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"seeds": []}, "at least one seed"),
        ({"seeds": [-1]}, "seed must be a whole number"),
        ({"rule": 3}, "rule must be a Rule or a string, got int"),
        ({"dtype": np.float16}, "float32 or float64"),
        ({"path": True}, "one vector"),
        ({"rule": Adam(lr=np.ones(3))}, "one for each of 1 seeds"),
    ],
)
def test_refusals(arguments, says):
    with pytest.raises(SlalomError, match=says):
        train(**({"rule": "adam()", "problem": IRIS, "batches": BATCHES} | arguments))
