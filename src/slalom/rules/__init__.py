"""Update rules, their wrappers and their schedules, each one definition for every array library.

Imports no NumPy, JAX or PyTorch.
"""

from .adadelta import Adadelta
from .adafactor import Adafactor
from .adagrad import Adagrad
from .adam import Adam
from .adamax import Adamax, AdamLp
from .catalogue import (
    COMPOSITIONS,
    MAKERS,
    PRESETS,
    RECIPES,
    RULES,
    SCHEDULES,
    WRAPPERS,
    adamw,
    amsgrad,
    lamb,
    nag,
    sgd,
)
from .counterpart import Counterpart
from .gradient_descent import GradientDescent
from .leaves import Leaves, each, namespace
from .lion import Lion
from .momentum import Momentum
from .muon import Muon
from .nadam import NAdam
from .nesterov import Nesterov, SmoothedNesterov
from .novograd import NovoGrad
from .partition import Partition
from .polyak import Polyak
from .presets import preset
from .prodigy import Prodigy
from .recipes import Frozen, LayerDecay, MuP, NoDecay, RateFactor, Split
from .rmsprop import RMSProp
from .rule import Draws, Leaf, Rule
from .schedules import (
    Constant,
    Cosine,
    Exponential,
    OneCycle,
    Piecewise,
    Polynomial,
    Schedule,
    StepDecay,
    Times,
    hybrid,
)
from .settings import chain, outline, settings, with_settings
from .soap import SOAP
from .sophia import Sophia
from .text import as_rule, parse, parse_all
from .value import Value, convention, hyper, on_new_class
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
    Wrapper,
)

__all__ = [
    "COMPOSITIONS",
    "MAKERS",
    "PRESETS",
    "RECIPES",
    "RULES",
    "SAM",
    "SCHEDULES",
    "SOAP",
    "WRAPPERS",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamLp",
    "Adamax",
    "Average",
    "Cautious",
    "ClipNorm",
    "ClipStep",
    "ClipValue",
    "Constant",
    "Cosine",
    "Counterpart",
    "Draws",
    "Exponential",
    "Frozen",
    "GradientDescent",
    "LayerDecay",
    "Leaf",
    "Leaves",
    "Lion",
    "Lookahead",
    "Momentum",
    "MuP",
    "Muon",
    "NAdam",
    "Nesterov",
    "NoDecay",
    "Noise",
    "NovoGrad",
    "OneCycle",
    "Partition",
    "Piecewise",
    "Polyak",
    "Polynomial",
    "Prodigy",
    "RMSProp",
    "RateFactor",
    "Rule",
    "Schedule",
    "ScheduleFree",
    "SmoothedNesterov",
    "Sophia",
    "Split",
    "StepDecay",
    "Times",
    "TrustRatio",
    "Value",
    "WeightDecay",
    "Wrapper",
    "adamw",
    "amsgrad",
    "as_rule",
    "chain",
    "convention",
    "each",
    "hybrid",
    "hyper",
    "lamb",
    "nag",
    "namespace",
    "on_new_class",
    "outline",
    "parse",
    "parse_all",
    "preset",
    "settings",
    "sgd",
    "with_settings",
]
