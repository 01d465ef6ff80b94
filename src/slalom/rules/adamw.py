"""Adam with decoupled weight decay, and AMSGrad: names for compositions of Adam."""

from __future__ import annotations

from .adam import (
    BETAS,
    KERAS_BETAS,
    LASAGNE_BETAS,
    MOMENTS,
    OPTAX_BETAS,
    OPTAX_UNMATCHED,
    Adam,
)
from .counterpart import ASKED, keras, known_as, lasagne, optax, paper, torch
from .rule import Number, Rule
from .wrappers import WeightDecay


@known_as(
    paper(weight_decay=ASKED, scaled=False, means={("amsgrad", True): {"debias": False}}),
    torch("AdamW", BETAS, entries=MOMENTS),
    keras(
        "AdamW",
        KERAS_BETAS,
        defaults={"eps": 1e-7, "weight_decay": 0.004},
        conventions={"eps_hat": True},
    ),
    optax(
        "adamw",
        OPTAX_BETAS,
        defaults={"lr": ASKED, "weight_decay": 1e-4},
        means={("amsgrad", True): {"amsgrad": "corrected"}},
        unmatched=OPTAX_UNMATCHED,
    ),
)
def adamw(
    lr: Number = 0.001,
    beta1: Number = 0.9,
    beta2: Number = 0.999,
    eps: Number = 1e-8,
    weight_decay: Number = 0.01,
) -> Rule:
    """Adam beside a decoupled weight decay (Loshchilov & Hutter 2019)."""
    return WeightDecay(weight_decay, decoupled=True) | Adam(lr, beta1, beta2, eps)


@known_as(
    paper(lr=ASKED, eps=ASKED),
    torch(
        "Adam",
        BETAS,
        conventions={"debias": True},
        only_with={"amsgrad": True},
        entries=MOMENTS,
        decay="coupled",
    ),
    keras(
        "Adam",
        KERAS_BETAS,
        defaults={"eps": 1e-7},
        conventions={"eps_hat": True, "debias": True},
        only_with={"amsgrad": True},
        decay="decoupled",
    ),
    optax(
        "amsgrad",
        OPTAX_BETAS,
        defaults={"lr": ASKED},
        conventions={"amsgrad": "corrected", "debias": True},
        means={("amsgrad", True): {"amsgrad": "corrected"}},
        unmatched=("eps_root", "bias_correction_mu", "bias_correction_nu"),
    ),
    lasagne("amsgrad", LASAGNE_BETAS, conventions={"eps_hat": True, "debias": True}),
)
def amsgrad(
    lr: Number = 0.001, beta1: Number = 0.9, beta2: Number = 0.999, eps: Number = 1e-8
) -> Rule:
    """AMSGrad as in its paper, without bias correction (Reddi, Kale & Kumar 2018)."""
    return Adam(lr, beta1, beta2, eps, amsgrad=True, debias=False)
