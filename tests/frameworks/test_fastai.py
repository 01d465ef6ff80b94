"""fastai: learners whose schedules write lr and momentum through a wrapper of the optimizer."""

from functools import partial

import pytest
import torch
from fastai.callback import schedule  # noqa: F401 (it gives learners fit_one_cycle)
from fastai.data.core import DataLoaders
from fastai.learner import Learner
from fastai.optimizer import OptimWrapper
from torch.utils.data import DataLoader, TensorDataset

from .training import LR, SIDES, data, network, vector


def learner(side, **options):
    loaders = [DataLoader(TensorDataset(*data()), batch_size=8) for _ in range(2)]
    kind = partial(OptimWrapper, opt=SIDES[side])
    loss = torch.nn.functional.mse_loss
    return Learner(
        DataLoaders(*loaders, device="cpu"), network(), loss, opt_func=kind, lr=LR, **options
    )


def one_cycle(one):
    one.fit_one_cycle(3, 2 * LR)


def flat(one):
    one.fit_flat_cos(3, LR, wd=0.1)


def sliced(one):
    one.fit_one_cycle(3, slice(LR / 4, LR))


CASES = {
    "OptimWrapper(opt=…), fit_one_cycle": (one_cycle, {}),
    "fit_flat_cos with wd": (flat, {}),
    "rates by layer, moms": (
        sliced,
        {"splitter": lambda m: [list(m[0].parameters()), list(m[2].parameters())]},
    ),
}


@pytest.mark.parametrize("what", CASES)
def test_learner(what, report):
    fit, options = CASES[what]
    found = []
    for side in SIDES:
        torch.manual_seed(0)
        one = learner(side, **options)
        with one.no_logging():
            fit(one)
        found.append(vector(one.model))
    report.compare("fastai", what, *found, vector(network()), 1e-6)
