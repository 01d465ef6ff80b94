"""Wrappers: what stands before `|`, each changing the gradient, or the step, of the rule inside."""

from ..wrapper import Wrapper, inner
from .average import Average
from .cautious import Cautious
from .centralize import Centralize
from .clip_adaptive import ClipAdaptive
from .clipping import ClipNorm, ClipStep, ClipValue
from .grams import Grams
from .lookahead import Lookahead
from .mechanic import Mechanic
from .noise import Noise
from .sam import SAM
from .schedule_free import ScheduleFree
from .trust_ratio import TrustRatio
from .weight_decay import WeightDecay

__all__ = [
    "SAM",
    "Average",
    "Cautious",
    "Centralize",
    "ClipAdaptive",
    "ClipNorm",
    "ClipStep",
    "ClipValue",
    "Grams",
    "Lookahead",
    "Mechanic",
    "Noise",
    "ScheduleFree",
    "TrustRatio",
    "WeightDecay",
    "Wrapper",
    "inner",
]
