"""Momentum: the heavy ball, and the averages that go by the same name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from ..errors import SlalomError
from .counterpart import ASKED, Entry, keras, lasagne, optax, paper, torch
from .leaves import Array, namespace
from .rule import Number, Rule
from .value import convention, hyper
from .vocabulary import debias, zeros


class MomentumState(NamedTuple):
    """The velocity `v`, shaped like the parameters."""

    v: Array


@dataclass(frozen=True)
class Momentum(Rule, name="momentum"):
    """The heavy ball: gradients add up to a velocity.

        v = momentum v + lr g
        x -= v

    With `ema` the buffer is an exponential average of the gradients instead, and with
    `debias` an unbiased one:

        v = momentum v + (1 - momentum) g
        x -= lr v / (1 - momentum^t)

    At a constant lr the rate may as well stand outside the buffer; with a changing lr the two
    differ. With `dampening` the first gradient still counts whole, as in PyTorch.

    Source: Polyak, "Some methods of speeding up the convergence of iteration methods", 1964.
    """

    # the SGD of PyTorch, Keras and Optax, where it is asked for momentum
    known = (
        paper(lr=ASKED, momentum=ASKED, lr_inside=True),
        torch(
            "SGD",
            defaults={"lr": 0.001, "momentum": ASKED},
            conventions={"lr_inside": False},
            entries={"momentum_buffer": "v"},
            only_with={"nesterov": False},
            decay="coupled",
        ),
        keras(
            "SGD",
            {"learning_rate": "lr"},
            defaults={"momentum": ASKED},
            conventions={"lr_inside": True},
            only_with={"nesterov": False},
            decay="decoupled",
        ),
        optax(
            "sgd",
            {"learning_rate": "lr"},
            defaults={"lr": ASKED, "momentum": ASKED},
            conventions={"lr_inside": False},
            entries=lambda rule: _in_optax(rule),
            only_with={"nesterov": False},
        ),
        lasagne(
            "momentum",
            {"learning_rate": "lr"},
            defaults={"lr": ASKED},
            conventions={"lr_inside": True},
        ),
    )

    lr: Number = hyper(0.01, "learning rate")
    momentum: Number = hyper(0.9, "share of the velocity that a step keeps", "[0, 1]")
    dampening: Number = hyper(0.0, "share of the gradient held back after step 1", "[0, 1]")
    ema: bool = convention(False, "average the gradients instead of adding them up")
    debias: bool = convention(False, "divide by 1 - momentum^t, so that the average is unbiased")
    lr_inside: bool | None = convention(
        None,
        "the rate multiplies the gradient before the buffer; none: only where not ema",
        (None, False, True),
    )

    def init(self, x):
        return MomentumState(zeros(x))

    def update(self, g, state, t):
        lr_inside = not self.ema if self.lr_inside is None else self.lr_inside
        push = self.lr * g if lr_inside else g
        share = 1 - self.momentum if self.ema else 1.0
        v = self.momentum * state.v + share * dampened(push, self.dampening, t)
        step = debias(v, self.momentum, t) if self.debias else v
        return (-step if lr_inside else -self.lr * step), MomentumState(v)


def dampened(push: Array, dampening: Number, t: Any) -> Array:
    """`(1 - dampening) push`, but the first push whole, as PyTorch has it."""
    if isinstance(dampening, (int, float)) and dampening == 0:
        return push
    xp = namespace(push)
    if isinstance(t, int):
        return push if t == 1 else (1 - dampening) * push
    return xp.where(t == 1, push, (1 - dampening) * push)


def _in_optax(rule: Momentum) -> list[Entry]:
    lr_inside = not rule.ema if rule.lr_inside is None else rule.lr_inside
    kind, entry = ("EmaState", "ema") if rule.ema else ("TraceState", "trace")
    return [Entry(kind, entry, "v", buffered_rate(rule, "outside") if lr_inside else 1.0)]


def buffered_rate(rule: Any, where: str) -> float:
    """The rate by which two buffers differ, one that includes it and one that does not.

    Args:
        rule: with the buffer.
        where: inside or outside: how Optax has it.

    Raises:
        SlalomError: it changes, or is 0.
    """
    if not isinstance(rule.lr, (int, float)) or rule.lr == 0:
        is_inside = "true" if where == "inside" else "false"
        raise SlalomError(
            f"{rule.name}: Optax keeps lr {where} the buffer; a constant lr above 0 converts it, "
            f"or lr_inside={is_inside}"
        )
    return float(rule.lr)
