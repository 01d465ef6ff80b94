"""Wrappers: what stands before `|`, each changing the gradient, or the step, of the rule inside."""

from ..wrapper import Wrapper, inner
from .average import Average
from .clipping import ClipNorm, ClipValue
from .noise import Noise
from .weight_decay import WeightDecay

__all__ = ["Average", "ClipNorm", "ClipValue", "Noise", "WeightDecay", "Wrapper", "inner"]
