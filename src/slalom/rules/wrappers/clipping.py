"""Clipping: gradients of a limited size."""

from __future__ import annotations

from dataclasses import dataclass

from ..leaves import norm
from ..value import hyper
from ..vocabulary import Number, clip, quotient, smaller
from ..wrapper import Wrapper


@dataclass(frozen=True)
class ClipValue(Wrapper, name="clip_value"):
    """Clips every component of the gradient to a range.

        g = min(max(g, -limit), limit)

    Source: Mikolov, "Statistical language models based on neural networks", 2012. As
    `torch.nn.utils.clip_grad_value_`, Keras's clipvalue and `optax.clip`.
    """

    limit: Number = hyper(1.0, "the largest magnitude of a component")

    def gradient(self, g):
        return clip(g, -self.limit, self.limit)


@dataclass(frozen=True)
class ClipNorm(Wrapper, name="clip_norm"):
    """Shortens the gradient to a given length, all leaves together.

        g = g min(1, limit / norm(g))

    Source: Pascanu, Mikolov & Bengio, "On the difficulty of training recurrent neural
    networks", 2013. As `optax.clip_by_global_norm` and Keras's global_clipnorm;
    `torch.nn.utils.clip_grad_norm_` adds 1e-6 to the norm.
    """

    limit: Number = hyper(1.0, "the largest norm of the whole gradient")

    def gradient(self, g):
        return g * smaller(1, quotient(self.limit, norm(g)))
