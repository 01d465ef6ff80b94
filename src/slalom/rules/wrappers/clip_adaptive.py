"""Clipping of gradients by the size of the weights that they change."""

from __future__ import annotations

from dataclasses import dataclass

from ..counterpart import ASKED, optax, paper
from ..linear_algebra import input_axes
from ..norms import norm_along
from ..value import hyper
from ..vocabulary import Number, larger, where
from ..wrapper import Wrapper


@dataclass(frozen=True)
class ClipAdaptive(Wrapper, name="clip_adaptive"):
    """Shortens the gradient of each output to a share of the norm of its weights.

        most = limit max(norm(x), eps)
        g = g most / max(norm(g), 1e-6) where norm(g) > most

    The norms are those of the weights of one output: over all axes of a matrix but that of the
    outputs, over all of a vector. The last layer is better left alone:
    `partition(heads=adam(), rest=clip_adaptive() | adam())`.

    Source: Brock et al., "High-performance large-scale image recognition without normalization",
    2021, arXiv 2102.06171. As `optax.adaptive_grad_clip`, and `adaptive_clip_grad` of timm.
    """

    coupled = False

    known = (
        paper(),
        optax(
            "adaptive_grad_clip",
            {"clipping": "limit"},
            defaults={"limit": ASKED},
            unmatched=("axis",),
            departs="of an array with three axes, the norms run over the first alone",
        ),
    )

    limit: Number = hyper(0.01, "the largest norm of a gradient, in units of the weights'")
    eps: Number = hyper(1e-3, "the least norm of weights that counts")

    def gradient(self, g, x, leaf):
        axes = input_axes(leaf)
        most, length = self.limit * larger(norm_along(x, axes), self.eps), norm_along(g, axes)
        return where(length > most, g * (most / larger(length, 1e-6)), g)
