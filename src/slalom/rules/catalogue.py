"""Every rule, wrapper and schedule by the name that its text form has."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from . import schedules as _schedules
from .adadelta import Adadelta
from .adafactor import Adafactor
from .adagrad import Adagrad
from .adam import Adam
from .adamax import Adamax, AdamLp
from .gradient_descent import GradientDescent
from .lion import Lion
from .momentum import Momentum
from .muon import Muon
from .nadam import NAdam
from .nesterov import Nesterov, SmoothedNesterov
from .novograd import NovoGrad
from .partition import Partition
from .polyak import Polyak
from .prodigy import Prodigy
from .rmsprop import RMSProp
from .rule import Number, Rule
from .schedules import Schedule
from .soap import SOAP
from .sophia import Sophia
from .value import Value
from .wrappers import (
    SAM,
    Average,
    Cautious,
    ClipNorm,
    ClipValue,
    Lookahead,
    Noise,
    ScheduleFree,
    TrustRatio,
    WeightDecay,
    Wrapper,
)


def sgd(
    lr: Number = 0.01,
    momentum: Number = 0.0,
    dampening: Number = 0.0,
    nesterov: bool = False,
) -> Rule:
    """Gradient descent, with momentum where it is not 0, in the form of PyTorch's SGD."""
    if isinstance(momentum, (int, float)) and momentum == 0:
        return GradientDescent(lr)
    if nesterov:
        return Nesterov(lr, momentum, shifted=True, lr_inside=False)
    return Momentum(lr, momentum, dampening, lr_inside=False)


def nag(lr: Number = 0.01, momentum: Number = 0.9) -> Rule:
    """Nesterov's accelerated gradient, under the initials it goes by."""
    return Nesterov(lr, momentum)


def adamw(
    lr: Number = 0.001,
    beta1: Number = 0.9,
    beta2: Number = 0.999,
    eps: Number = 1e-8,
    weight_decay: Number = 0.01,
) -> Rule:
    """Adam beside a decoupled weight decay (Loshchilov & Hutter 2019)."""
    return WeightDecay(weight_decay, decoupled=True) | Adam(lr, beta1, beta2, eps)


def amsgrad(
    lr: Number = 0.001, beta1: Number = 0.9, beta2: Number = 0.999, eps: Number = 1e-8
) -> Rule:
    """AMSGrad as in its paper, without bias correction (Reddi, Kale & Kumar 2018)."""
    return Adam(lr, beta1, beta2, eps, amsgrad=True, debias=False)


def lamb(
    lr: Number = 0.001,
    beta1: Number = 0.9,
    beta2: Number = 0.999,
    eps: Number = 1e-6,
    weight_decay: Number = 0.01,
) -> Rule:
    """Adam and decay in steps as long as the weights of each layer (You et al. 2020)."""
    return TrustRatio() | adamw(lr, beta1, beta2, eps, weight_decay)


Maker = Callable[..., Value]


def _named(*makers: Maker) -> dict[str, Maker]:
    return {getattr(m, "name", m.__name__): m for m in makers}


RULES: Mapping[str, Maker] = _named(
    GradientDescent,
    Momentum,
    Nesterov,
    SmoothedNesterov,
    Adagrad,
    RMSProp,
    Adadelta,
    Adam,
    Adamax,
    AdamLp,
    NAdam,
    Lion,
    NovoGrad,
    Adafactor,
    Muon,
    SOAP,
    Prodigy,
    Sophia,
    Polyak,
    Partition,
)
"""The rules that have an update of their own."""

COMPOSITIONS: Mapping[str, Maker] = _named(sgd, nag, adamw, amsgrad, lamb)
"""Names that users look for, made of the rules and wrappers."""

WRAPPERS: Mapping[str, Maker] = _named(
    ClipValue,
    ClipNorm,
    WeightDecay,
    Noise,
    Average,
    Lookahead,
    ScheduleFree,
    SAM,
    TrustRatio,
    Cautious,
)

SCHEDULES: Mapping[str, Maker] = _named(
    _schedules.Constant,
    _schedules.Piecewise,
    _schedules.Exponential,
    _schedules.Polynomial,
    _schedules.StepDecay,
    _schedules.Cosine,
    _schedules.OneCycle,
    _schedules.hybrid,
)

__all__ = ["COMPOSITIONS", "RULES", "SCHEDULES", "WRAPPERS", "Rule", "Schedule", "Wrapper"]
