"""Clipping: gradients, or steps, of a limited size."""

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


@dataclass(frozen=True)
class ClipStep(Wrapper, name="clip_step"):
    """Shortens the step, in units of the learning rate, to a given length, all leaves together.

        u = step / lr;  step = step min(1, limit / norm(u))

    The gradient is not changed. Before a rule of plain gradients it is `clip_norm`; after one that
    divides by the size of the gradient it is a smaller rate: every matrix of Muon, for one, has a
    u of norm about sqrt(rank), and a limit of 1 divides steps by that of all of them together.
    """

    limit: Number = hyper(1.0, "the largest norm of the whole step over the rate")

    def update(self, state, step):
        delta = step()
        size = norm(quotient(delta, step.rate))
        return delta * smaller(1, quotient(self.limit, size)), state
