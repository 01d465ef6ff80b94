"""Update rules, their wrappers and their schedules, each one definition for every array library.

Imports no NumPy, JAX or PyTorch.
"""

from .adadelta import Adadelta
from .adagrad import Adagrad
from .adam import Adam
from .adamax import Adamax, AdamLp
from .catalogue import (
    COMPOSITIONS,
    MAKERS,
    PRESETS,
    RULES,
    SCHEDULES,
    WRAPPERS,
    adamw,
    amsgrad,
    nag,
    sgd,
)
from .counterpart import Counterpart
from .gradient_descent import GradientDescent
from .leaves import Leaves, each, namespace
from .momentum import Momentum
from .nadam import NAdam
from .nesterov import Nesterov, SmoothedNesterov
from .partition import Partition
from .presets import preset
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
    hybrid,
)
from .settings import chain, settings, with_settings
from .text import as_rule, parse, parse_all
from .value import Value, convention, hyper, on_new_class
from .wrappers import Average, ClipNorm, ClipValue, Noise, WeightDecay, Wrapper

__all__ = [
    "COMPOSITIONS",
    "MAKERS",
    "PRESETS",
    "RULES",
    "SCHEDULES",
    "WRAPPERS",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamLp",
    "Adamax",
    "Average",
    "ClipNorm",
    "ClipValue",
    "Constant",
    "Cosine",
    "Counterpart",
    "Draws",
    "Exponential",
    "GradientDescent",
    "Leaf",
    "Leaves",
    "Momentum",
    "NAdam",
    "Nesterov",
    "Noise",
    "OneCycle",
    "Partition",
    "Piecewise",
    "Polynomial",
    "RMSProp",
    "Rule",
    "Schedule",
    "SmoothedNesterov",
    "StepDecay",
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
    "nag",
    "namespace",
    "on_new_class",
    "parse",
    "parse_all",
    "preset",
    "settings",
    "sgd",
    "with_settings",
]
