"""Running statistics of batch normalization, taken anew at the point to judge."""

import pytest
import torch
from torch import nn

from slalom import SlalomError
from slalom.torch import Optimizer, renew_batch_norm

BATCHES = [torch.randn(8, 3, generator=torch.Generator().manual_seed(seed)) for seed in range(4)]


def network():
    torch.manual_seed(0)
    layers = nn.Linear(3, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Dropout(0.5), nn.Linear(5, 1)
    return nn.Sequential(*layers, nn.BatchNorm1d(1, momentum=0.3))


def statistics(model):
    return [b.clone() for b in model.buffers()]


def test_they_are_pytorchs_where_nothing_is_dropped():
    ours, theirs = network(), network()
    ours[3].p = theirs[3].p = 0.0
    renew_batch_norm(ours, [(batch, "label") for batch in BATCHES])
    torch.optim.swa_utils.update_bn(BATCHES, theirs)
    torch.testing.assert_close(statistics(ours), statistics(theirs), rtol=0, atol=0)


def test_dropout_is_off_and_all_modes_are_as_before():
    model = network()
    model[1].eval()
    renew_batch_norm(model, BATCHES)
    first = statistics(model)
    renew_batch_norm(model, BATCHES)
    torch.testing.assert_close(statistics(model), first, rtol=0, atol=0)
    assert [m.training for m in model] == [True, False, True, True, True, True]
    assert [model[i].momentum for i in (1, 5)] == [0.1, 0.3]


def test_they_are_those_of_the_point_to_judge():
    """The mean of a linear layer's outputs at the average of the weights, not at the weights."""
    model = nn.Sequential(nn.Linear(3, 1, bias=False), nn.BatchNorm1d(1, affine=False))
    optimizer = Optimizer(model.parameters(), "average(0.5) | gradient_descent(lr=1)")
    before = model[0].weight.detach().clone()
    model[0].weight.grad = torch.ones(1, 3)
    optimizer.step()
    with optimizer.evaluate():
        renew_batch_norm(model, [{"inputs": b} for b in BATCHES], lambda b: model(b["inputs"]))
    outputs = torch.cat(BATCHES) @ (before - 0.5).T
    torch.testing.assert_close(model[1].running_mean, outputs.mean(0))


@pytest.mark.parametrize(
    ("model", "batches", "message"),
    [
        (nn.Linear(3, 1), BATCHES, "^the model has no batch normalization that keeps running stat"),
        (nn.BatchNorm1d(3, track_running_stats=False), BATCHES, "that keeps running statistics$"),
        (network(), [], "^there are no batches to take the statistics from"),
    ],
)
def test_where_there_is_nothing_to_renew(model, batches, message):
    before = statistics(model)
    with pytest.raises(SlalomError, match=message):
        renew_batch_norm(model, batches)
    torch.testing.assert_close(statistics(model), before, rtol=0, atol=0)


def test_all_is_as_before_where_a_batch_fails():
    model = network()
    model(BATCHES[0])
    before = statistics(model)
    with pytest.raises(RuntimeError, match="shapes"):
        renew_batch_norm(model, [BATCHES[0], torch.ones(2, 7)])
    torch.testing.assert_close(statistics(model), before, rtol=0, atol=0)
    assert all(module.training for module in model.modules())
    assert [model[i].momentum for i in (1, 5)] == [0.1, 0.3]
