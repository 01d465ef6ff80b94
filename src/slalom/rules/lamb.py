"""LAMB: Adam in steps as long as the weights of each layer."""

from __future__ import annotations

from .adam import KERAS_BETAS
from .adamw import adamw
from .counterpart import ASKED, keras, known_as, kozistr, optax, paper, timm
from .rule import Number, Rule
from .wrappers import TrustRatio


@known_as(
    paper(lr=ASKED, weight_decay=ASKED),
    optax(
        "lamb",
        {"learning_rate": "lr", "b1": "beta1", "b2": "beta2"},
        defaults={"lr": ASKED, "weight_decay": 0.0},
        unmatched=("eps_root",),
    ),
    keras(
        "Lamb",
        KERAS_BETAS,
        defaults={"eps": 1e-7, "weight_decay": 0.0},
        unmatched=("weight_decay",),
        departs="weight_decay shrinks the weights before the step, and has no part in the trust "
        "ratio",
    ),
    timm(
        "Lamb",
        {"betas": ("beta1", "beta2"), "bias_correction": "debias"},
        unmatched=(
            *("grad_averaging", "max_grad_norm", "trust_clip", "always_adapt", "caution"),
            *("decoupled_decay", "corrected_weight_decay"),
        ),
        departs="the gradients of all parameters together are cut to the norm max_grad_norm, 1, "
        "first; without decay there is no trust ratio, unless always_adapt is true",
    ),
    kozistr(
        "Lamb",
        {"betas": ("beta1", "beta2")},
        defaults={"weight_decay": 0.0},
        conventions={"debias": False, "largest_norm": 10.0, "norm_eps": 1e-6},
        unmatched=(
            *("weight_decouple", "fixed_decay", "rectify", "degenerated_to_sgd"),
            *("n_sma_threshold", "grad_averaging", "max_grad_norm", "adam", "pre_norm"),
        ),
        departs="the whole step is divided by 1 - beta1^t, which is a schedule of lr here; the "
        "gradients of all parameters together are cut to the norm max_grad_norm, 1, first",
    ),
)
def lamb(
    lr: Number = 0.001,
    beta1: Number = 0.9,
    beta2: Number = 0.999,
    eps: Number = 1e-6,
    weight_decay: Number = 0.01,
) -> Rule:
    """Adam and decay in steps as long as the weights of each layer (You et al. 2020)."""
    return TrustRatio() | adamw(lr, beta1, beta2, eps, weight_decay)
