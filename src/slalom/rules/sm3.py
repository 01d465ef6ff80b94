"""SM3: Adagrad whose sums are kept as one number for each row and each column."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import NamedTuple

from .counterpart import ASKED, kozistr, optax, paper
from .leaves import Array, namespace
from .rule import Number, Rule
from .sharded import whole
from .value import hyper
from .vocabulary import ema, larger, quotient, smaller, sqrt, zeros


class SM3State(NamedTuple):
    """The average of the steps, and bounds of the sums of squared gradients."""

    m: Array
    """shaped like the parameters"""
    a: tuple[Array, ...]
    """for each axis its bounds, shape (1, …, length, …, 1)"""


@dataclass(frozen=True)
class SM3(Rule, name="sm3"):
    """Adagrad in the memory of one vector for each axis, with an average of the steps.

        nu = min(a_k over axes k) + g²;  a_k = max(nu over all other axes)
        m = momentum m + (1 - momentum) g / sqrt(nu + eps)
        x -= lr m

    nu is never below the sum of squared gradients, Adagrad's. A vector has one axis, so that a is
    that sum: Adagrad with an average of its steps. This is the paper's SM3-II.

    pytorch_optimizer has no average unless asked for one, and with its beta, `decay`, averages
    `nu = decay min(a_k) + (1 - decay) g²` whose maxima a_k only grow.

    Source: Anil, Gupta, Koren & Singer, "Memory-efficient adaptive optimization", 2019,
    arXiv 1901.11150.
    """

    known = (
        paper(lr=ASKED),
        optax("sm3", {"learning_rate": "lr"}, defaults={"lr": ASKED}),
        kozistr(
            "SM3",
            {"beta": "decay"},
            words={"beta": {0.0: None}},
            defaults={"momentum": 0.0, "eps": 1e-30},
        ),
    )

    lr: Number = hyper(0.1, "learning rate")
    momentum: Number = hyper(0.9, "decay of the average of the steps", "[0, 1)")
    decay: Number | None = hyper(None, "decay of the mean square; none: sums", "[0, 1)")
    eps: Number = hyper(1e-8, "keeps the root from 0")

    def init(self, x):
        return SM3State(zeros(x), tuple(zeros(one) for one in _bounds(x)))

    def update(self, g, state):
        below = reduce(smaller, state.a)
        nu = below + g * g if self.decay is None else ema(self.decay, below, g * g)
        a = _bounds(nu)
        if self.decay is not None:
            a = tuple(larger(old, new) for old, new in zip(state.a, a, strict=True))
        m = ema(self.momentum, state.m, quotient(g, sqrt(nu + self.eps)))
        return -self.lr * m, SM3State(m, a)


def _bounds(nu: Array) -> tuple[Array, ...]:
    """For each axis the largest components over all others; of a vector, itself."""
    axes = range(len(nu.shape))
    if len(axes) < 2:
        return (nu,)
    nu, xp = whole(nu), namespace(nu)  # a process may have no share, of which there is no largest
    largest = xp.max if 0 not in nu.shape else xp.sum
    others = [tuple(i for i in axes if i != axis) for axis in axes]
    return tuple(largest(nu, axis=other, keepdims=True) for other in others)
