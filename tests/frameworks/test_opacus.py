"""Opacus: clipped gradients of single samples, with the same noise on both sides or none."""

import pytest
import torch
from opacus import PrivacyEngine
from torch.utils.data import DataLoader, TensorDataset

from .training import LR, SIDES, data, loss_of, network, vector


def private(side, **options):
    model, engine = network(), PrivacyEngine()
    model, optimizer, loader = engine.make_private(
        module=model, optimizer=SIDES[side](model.parameters(), lr=LR),
        data_loader=DataLoader(TensorDataset(*data()), batch_size=8), poisson_sampling=False,
        noise_generator=torch.Generator().manual_seed(5),
        **{"noise_multiplier": 0.0, "max_grad_norm": 0.5, **options},
    )  # fmt: skip
    return engine, model, optimizer, loader


def epoch(model, optimizer, loader):
    for batch in loader:
        optimizer.zero_grad()
        loss_of(model, *batch).backward()
        optimizer.step()
    return vector(model)


OPTIONS = {
    "make_private(noise_multiplier=0)": {},
    "noise_multiplier=1 from one noise_generator": {"noise_multiplier": 1.0},
    "clipping='per_layer'": {"clipping": "per_layer", "max_grad_norm": [0.5] * 4},
    "clipping='adaptive'": {
        "clipping": "adaptive", "target_unclipped_quantile": 0.5, "clipbound_learning_rate": 0.2,
        "max_clipbound": 10.0, "min_clipbound": 0.01, "unclipped_num_std": 0.5,
        "noise_multiplier": 0.1,
    },
}  # fmt: skip


@pytest.mark.parametrize("what", OPTIONS)
def test_private(what, report):
    found = []
    for side in SIDES:
        torch.manual_seed(0)  # adaptive clipping draws from the global generator
        _, *parts = private(side, **OPTIONS[what])
        found.append([epoch(*parts) for _ in range(3)][-1])
    report.compare("opacus", what, *found, vector(network()), 1e-6)


def test_resumed(report, tmp_path):
    engine, *parts = private("slalom")
    epoch(*parts)
    model, optimizer, _ = parts
    engine.save_checkpoint(path=tmp_path / "half.pt", module=model, optimizer=optimizer)
    whole = epoch(*parts)
    engine, *parts = private("slalom")
    model, optimizer, _ = parts
    engine.load_checkpoint(path=tmp_path / "half.pt", module=model, optimizer=optimizer)
    found = epoch(*parts), whole
    report.compare(
        "opacus", "resumed: save_checkpoint, load_checkpoint", *found, vector(network()), 0
    )
