"""LARS: momentum of gradients that are as long as a share of the weights of their layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .counterpart import ASKED, Entry, kozistr, optax, paper, timm
from .leaves import Array, norm
from .rule import Number, Rule
from .value import convention, hyper
from .vocabulary import quotient, where, zeros


class LARSState(NamedTuple):
    """The momentum buffer, shaped like the parameters."""

    b: Array


@dataclass(frozen=True)
class LARS(Rule, name="lars"):
    """Momentum whose gradients have the size of the weights, layer by layer.

        ratio = trust norm(x) / (norm(g) + weight_decay norm(x) + eps)
        b = momentum b + ratio (g + weight_decay x)
        x -= lr b

    The norms are those of one array of parameters, and the ratio is 1 where that of x or of g is
    0. `nesterov` steps by `ratio (g + weight_decay x) + momentum b`. Optax divides by
    norm(g + weight_decay x) (`joint_norm`) and multiplies by lr before the buffer (`lr_inside`);
    pytorch_optimizer steps vectors by plain momentum, without decay (`vectors=false`).

    Source: You, Gitman & Ginsburg, "Large batch training of convolutional networks", 2017, arXiv
    1708.03888.
    """

    known = (
        paper(lr=ASKED, weight_decay=ASKED),
        optax(
            "lars",
            {"learning_rate": "lr", "trust_coefficient": "trust"},
            defaults={"lr": ASKED},
            conventions={"joint_norm": True, "lr_inside": True},
            entries=lambda rule: [Entry("TraceState", "trace", "b", -1.0)],
            unmatched=("trust_ratio_mask",),
        ),
        timm(
            "Lars",
            {"trust_coeff": "trust"},
            defaults={"lr": 1.0, "momentum": 0.0, "eps": 1e-8},
            unmatched=("dampening", "trust_clip", "always_adapt"),
            entries={"momentum_buffer": "b"},
            departs="without decay the ratio is 1, unless always_adapt is true",
        ),
        kozistr(
            "LARS",
            {"trust_coefficient": "trust"},
            defaults={"lr": 0.001},
            conventions={"vectors": False},
            unmatched=("dampening",),
            entries={"momentum_buffer": "b"},
            departs="where the gradient is 0 the ratio is trust / weight_decay; with nesterov the "
            "gradients themselves are overwritten",
        ),
    )

    lr: Number = hyper(0.1, "learning rate")
    momentum: Number = hyper(0.9, "share of the buffer that a step keeps", "[0, 1]")
    trust: Number = hyper(0.001, "length of a gradient in units of the weights")
    weight_decay: Number = hyper(0.0, "pull of the weights, inside the ratio")
    eps: Number = hyper(0.0, "added to the denominator of the ratio")
    nesterov: bool = convention(False, "look ahead by the buffer")
    joint_norm: bool = convention(False, "divide by norm(g + weight_decay x)")
    lr_inside: bool = convention(False, "multiply by lr before the buffer")
    vectors: bool = convention(True, "arrays of one dimension have decay and ratio too")

    def init(self, x):
        return LARSState(zeros(x))

    def update(self, g, state, x):
        u = self._scaled(g, x) if self.vectors or len(x.shape) > 1 else g
        u = self.lr * u if self.lr_inside else u
        b = self.momentum * state.b + u
        step = u + self.momentum * b if self.nesterov else b
        return -step if self.lr_inside else -self.lr * step, LARSState(b)

    def _scaled(self, g, x):
        pulled = g + self.weight_decay * x
        weights, length = norm(x), norm(pulled if self.joint_norm else g)
        below = length if self.joint_norm else length + self.weight_decay * weights
        ratio = quotient(self.trust * weights, below + self.eps)
        return pulled * where((weights == 0) | (length == 0), 1.0, ratio)
