"""timm: groups of its kinds, and its schedulers, which write into groups by themselves."""

import pytest
import torch
from timm.models import VisionTransformer
from timm.optim import param_groups_layer_decay, param_groups_weight_decay
from timm.scheduler import CosineLRScheduler, StepLRScheduler
from timm.utils import NativeScaler

from .training import LR, SIDES, vector


def model():
    torch.manual_seed(0)
    sizes = {"img_size": 16, "patch_size": 8, "embed_dim": 16, "depth": 2, "num_heads": 2}
    return VisionTransformer(**sizes, num_classes=3).double()  # attention magnifies roundings


def trained(side, groups, scheduled, steps=12, **clipping):
    one, scaler = model(), NativeScaler(device="cpu")
    optimizer = SIDES[side](groups(one), lr=LR)
    scheduler = scheduled(optimizer)
    generator = torch.Generator().manual_seed(1)
    rates = []
    for step in range(steps):
        images = torch.randn(8, 3, 16, 16, generator=generator, dtype=torch.float64)
        classes = torch.randint(0, 3, (8,), generator=generator)
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(one(images), classes)
        scaler(loss, optimizer, parameters=one.parameters(), **clipping)
        scheduler.step_update(step + 1)
        rates.append([group["lr"] for group in optimizer.param_groups])
    return vector(one), rates


def cosine(optimizer):
    return CosineLRScheduler(optimizer, 12, warmup_t=3, warmup_lr_init=1e-4, t_in_epochs=False)


def stepped(optimizer):
    noise = {"noise_range_t": (0, 12), "noise_seed": 1}
    return StepLRScheduler(optimizer, 4, t_in_epochs=False, **noise)


CASES = {
    "param_groups_layer_decay, CosineLRScheduler": (param_groups_layer_decay, cosine, {}),
    "param_groups_weight_decay, StepLRScheduler with noise": (
        param_groups_weight_decay,
        stepped,
        {},
    ),
    "NativeScaler(clip_grad=0.5, clip_mode='agc')": (
        param_groups_weight_decay,
        cosine,
        {"clip_grad": 0.5, "clip_mode": "agc"},
    ),
}


@pytest.mark.parametrize("what", CASES)
def test_steps(what, report):
    groups, scheduled, clipping = CASES[what]
    (ours, our_rates), (theirs, their_rates) = (
        trained(side, groups, scheduled, **clipping) for side in SIDES
    )
    assert our_rates == their_rates
    assert len(our_rates[-1]) > 1
    report.compare("timm", what, ours, theirs, vector(model()), 1e-12)
