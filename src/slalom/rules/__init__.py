"""Update rules, their wrappers and their schedules, each one definition for every array library.

Imports no NumPy, JAX or PyTorch.
"""

from .acprop import ACProp
from .adabelief import AdaBelief
from .adabound import AdaBound
from .adadelta import Adadelta
from .adafactor import Adafactor
from .adagrad import Adagrad
from .adahessian import AdaHessian
from .adam import Adam
from .adam_mini import AdamMini
from .adamax import Adamax, AdamLp
from .adamp import AdamP
from .adamuon import AdaMuon
from .adan import Adan
from .ademamix import AdEMAMix
from .adopt import ADOPT
from .aggmo import AggMo
from .asgd import ASGD
from .came import CAME
from .catalogue import (
    COMPOSITIONS,
    MAKERS,
    PRESETS,
    RECIPES,
    RULES,
    SCHEDULES,
    WRAPPERS,
    adamw,
    amsbound,
    amsgrad,
    lamb,
    nadamw,
    nag,
    ranger,
    sgd,
    tiger,
)
from .cocob import COCOB
from .counterpart import Counterpart
from .dadapt_adam import DAdaptAdam
from .diffgrad import DiffGrad
from .dog import DoG, DoWG
from .fromage import Fromage
from .ftrl import FTRL
from .gradient_descent import GradientDescent
from .laprop import LaProp
from .lars import LARS
from .leaves import Leaves, each, namespace
from .lion import Lion
from .madgrad import MADGRAD
from .mars import MARS
from .momentum import Momentum
from .momo import MoMo, MoMoAdam
from .muon import Muon
from .nadam import NAdam
from .nesterov import Nesterov, SmoothedNesterov
from .normuon import NorMuon
from .novograd import NovoGrad
from .optimistic import Optimistic
from .partition import Partition
from .polyak import Polyak
from .presets import preset
from .prodigy import Prodigy
from .psgd_kron import PSGDKron
from .quasi_hyperbolic import QHM, QHAdam
from .radam import RAdam
from .recipes import Frozen, LayerDecay, MuP, NoDecay, RateFactor, Split
from .rmsprop import RMSProp
from .rprop import Rprop
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
from .scion import Scion
from .settings import chain, outline, settings, with_settings
from .shampoo import Shampoo
from .signum import Signum
from .simplified_ademamix import SimplifiedAdEMAMix
from .sm3 import SM3
from .soap import SOAP
from .sophia import Sophia
from .stable_adamw import StableAdamW
from .text import as_rule, parse, parse_all
from .value import Value, convention, hyper, on_new_class
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
    Wrapper,
)
from .yogi import Yogi

__all__ = [
    "ADOPT",
    "ASGD",
    "CAME",
    "COCOB",
    "COMPOSITIONS",
    "FTRL",
    "LARS",
    "MADGRAD",
    "MAKERS",
    "MARS",
    "PRESETS",
    "QHM",
    "RECIPES",
    "RULES",
    "SAM",
    "SCHEDULES",
    "SM3",
    "SOAP",
    "WRAPPERS",
    "ACProp",
    "AdEMAMix",
    "AdaBelief",
    "AdaBound",
    "AdaHessian",
    "AdaMuon",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamLp",
    "AdamMini",
    "AdamP",
    "Adamax",
    "Adan",
    "AggMo",
    "Average",
    "Cautious",
    "Centralize",
    "ClipAdaptive",
    "ClipNorm",
    "ClipStep",
    "ClipValue",
    "Constant",
    "Cosine",
    "Counterpart",
    "DAdaptAdam",
    "DiffGrad",
    "DoG",
    "DoWG",
    "Draws",
    "Exponential",
    "Fromage",
    "Frozen",
    "GradientDescent",
    "Grams",
    "LaProp",
    "LayerDecay",
    "Leaf",
    "Leaves",
    "Lion",
    "Lookahead",
    "Mechanic",
    "MoMo",
    "MoMoAdam",
    "Momentum",
    "MuP",
    "Muon",
    "NAdam",
    "Nesterov",
    "NoDecay",
    "Noise",
    "NorMuon",
    "NovoGrad",
    "OneCycle",
    "Optimistic",
    "PSGDKron",
    "Partition",
    "Piecewise",
    "Polyak",
    "Polynomial",
    "Prodigy",
    "QHAdam",
    "RAdam",
    "RMSProp",
    "RateFactor",
    "Rprop",
    "Rule",
    "Schedule",
    "ScheduleFree",
    "Scion",
    "Shampoo",
    "Signum",
    "SimplifiedAdEMAMix",
    "SmoothedNesterov",
    "Sophia",
    "Split",
    "StableAdamW",
    "StepDecay",
    "Times",
    "TrustRatio",
    "Value",
    "WeightDecay",
    "Wrapper",
    "Yogi",
    "adamw",
    "amsbound",
    "amsgrad",
    "as_rule",
    "chain",
    "convention",
    "each",
    "hybrid",
    "hyper",
    "lamb",
    "nadamw",
    "nag",
    "namespace",
    "on_new_class",
    "outline",
    "parse",
    "parse_all",
    "preset",
    "ranger",
    "settings",
    "sgd",
    "tiger",
    "with_settings",
]
