"""Every rule, wrapper and schedule by the name that its text form has."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from . import schedules as _schedules
from .acprop import ACProp
from .adabelief import AdaBelief
from .adabound import AdaBound, amsbound
from .adadelta import Adadelta
from .adafactor import Adafactor
from .adagrad import Adagrad
from .adahessian import AdaHessian
from .adam import Adam
from .adam_mini import AdamMini
from .adamax import Adamax, AdamLp
from .adamp import AdamP
from .adamuon import AdaMuon
from .adamw import adamw, amsgrad
from .adan import Adan
from .ademamix import AdEMAMix
from .adopt import ADOPT
from .aggmo import AggMo
from .asgd import ASGD
from .came import CAME
from .cocob import COCOB
from .dadapt_adam import DAdaptAdam
from .diffgrad import DiffGrad
from .dog import DoG, DoWG
from .fromage import Fromage
from .ftrl import FTRL
from .gradient_descent import GradientDescent
from .lamb import lamb
from .laprop import LaProp
from .lars import LARS
from .lion import Lion
from .madgrad import MADGRAD
from .mars import MARS
from .momentum import Momentum
from .momo import MoMo, MoMoAdam
from .muon import Muon
from .nadam import NAdam, nadamw
from .nesterov import Nesterov, SmoothedNesterov, nag
from .normuon import NorMuon
from .novograd import NovoGrad
from .optimistic import Optimistic
from .partition import Partition
from .polyak import Polyak
from .presets import Settings, presets_of
from .prodigy import Prodigy
from .psgd_kron import PSGDKron
from .quasi_hyperbolic import QHM, QHAdam
from .radam import RAdam
from .ranger import ranger
from .recipes import Frozen, LayerDecay, MuP, NoDecay, RateFactor, Split
from .rmsprop import RMSProp
from .rprop import Rprop
from .scion import Scion
from .sgd import sgd
from .shampoo import Shampoo
from .signum import Signum, tiger
from .simplified_ademamix import SimplifiedAdEMAMix
from .sm3 import SM3
from .soap import SOAP
from .sophia import Sophia
from .stable_adamw import StableAdamW
from .value import Value
from .wrappers import (
    SAM,
    Average,
    Cautious,
    Centralize,
    ClipAdaptive,
    ClipNorm,
    ClipStep,
    ClipValue,
    Grams,
    Lookahead,
    Mechanic,
    Noise,
    ScheduleFree,
    TrustRatio,
    WeightDecay,
)
from .yogi import Yogi

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
    Rprop,
    ASGD,
    RAdam,
    AdaBelief,
    Adan,
    Yogi,
    AdEMAMix,
    ADOPT,
    Signum,
    LARS,
    StableAdamW,
    Fromage,
    MARS,
    AdamP,
    AdamMini,
    CAME,
    SM3,
    NorMuon,
    AdaMuon,
    Scion,
    Shampoo,
    PSGDKron,
    DAdaptAdam,
    DoG,
    DoWG,
    LaProp,
    QHM,
    QHAdam,
    AggMo,
    AdaBound,
    MADGRAD,
    SimplifiedAdEMAMix,
    COCOB,
    ACProp,
    Optimistic,
    FTRL,
    DiffGrad,
    AdaHessian,
    MoMo,
    MoMoAdam,
    Partition,
)
"""The rules that have an update of their own."""

COMPOSITIONS: Mapping[str, Maker] = _named(
    sgd, nag, adamw, amsgrad, amsbound, nadamw, lamb, ranger, tiger
)
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
    ClipStep,
    Grams,
    Centralize,
    ClipAdaptive,
    Mechanic,
)

RECIPES: Mapping[str, Maker] = _named(NoDecay, Frozen, RateFactor, LayerDecay, MuP, Split)
"""What gives parameters numbers of their own, by their names, roles and shapes."""

SCHEDULES: Mapping[str, Maker] = _named(
    _schedules.Constant,
    _schedules.Piecewise,
    _schedules.Exponential,
    _schedules.Polynomial,
    _schedules.StepDecay,
    _schedules.Cosine,
    _schedules.OneCycle,
    _schedules.Times,
    _schedules.hybrid,
)

MAKERS: Mapping[str, Maker] = {**RULES, **COMPOSITIONS, **WRAPPERS, **RECIPES}
"""Every name that a part of a rule may have."""

PRESETS: Mapping[str, Mapping[str, Settings]] = {
    name: presets_of(maker) for name, maker in MAKERS.items() if presets_of(maker)
}
"""For each name and library the settings in which the library differs, from `known`."""
