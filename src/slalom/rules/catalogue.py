"""Every rule, wrapper and schedule by the name that its text form has."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from . import schedules as _schedules
from .adadelta import Adadelta
from .adafactor import Adafactor
from .adagrad import Adagrad
from .adam import Adam
from .adamax import Adamax, AdamLp
from .adamw import adamw, amsgrad
from .gradient_descent import GradientDescent
from .lamb import lamb
from .lion import Lion
from .momentum import Momentum
from .muon import Muon
from .nadam import NAdam
from .nesterov import Nesterov, SmoothedNesterov, nag
from .novograd import NovoGrad
from .partition import Partition
from .polyak import Polyak
from .presets import Settings, presets_of
from .prodigy import Prodigy
from .recipes import Frozen, LayerDecay, MuP, NoDecay, RateFactor, Split
from .rmsprop import RMSProp
from .sgd import sgd
from .soap import SOAP
from .sophia import Sophia
from .value import Value
from .wrappers import (
    SAM,
    Average,
    Cautious,
    ClipNorm,
    ClipStep,
    ClipValue,
    Lookahead,
    Noise,
    ScheduleFree,
    TrustRatio,
    WeightDecay,
)

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
    ClipStep,
    WeightDecay,
    Noise,
    Average,
    Lookahead,
    ScheduleFree,
    SAM,
    TrustRatio,
    Cautious,
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
