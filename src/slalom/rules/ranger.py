"""Ranger: RAdam with centralized gradients, between slow weights."""

from __future__ import annotations

from .adam import BETAS
from .counterpart import known_as, kozistr
from .radam import RAdam
from .rule import Number, Rule
from .wrappers import Centralize, Lookahead


@known_as(
    kozistr(
        "Ranger",
        {
            **BETAS,
            "k": "every",
            "alpha": "share",
            "degenerated_to_sgd": "fallback",
        },
        words={"degenerated_to_sgd": {False: "skip", True: "momentum"}},
        conventions={"strict": False, "fallback": "skip"},
        unmatched=(
            *("n_sma_threshold", "weight_decouple", "fixed_decay", "use_gc", "gc_conv_only"),
        ),
        entries={"exp_avg": "m", "exp_avg_sq": "v", "slow_buffer": "slow"},
        decay="decoupled",
        departs="with degenerated_to_sgd=False, the default, steps before the rectification lead "
        "uphill, by lr m̂",
    ),
)
def ranger(
    lr: Number = 0.001,
    beta1: Number = 0.95,
    beta2: Number = 0.999,
    eps: Number = 1e-5,
    every: Number = 6,
    share: Number = 0.5,
) -> Rule:
    """RAdam of centralized gradients in Lookahead (Wright 2019)."""
    return Lookahead(every, share) | Centralize() | RAdam(lr, beta1, beta2, eps)
