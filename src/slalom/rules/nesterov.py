"""Nesterov's momentum: the gradient is taken at the point to which the velocity leads."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import SlalomError
from .counterpart import ASKED, Entry, keras, known_as, lasagne, optax, paper, torch
from .momentum import MomentumState, buffered_rate
from .rule import Number, Rule
from .value import convention, hyper
from .vocabulary import zeros


@dataclass(frozen=True)
class Nesterov(Rule, name="nesterov"):
    """Momentum that looks ahead.

        v = momentum v + lr grad(x - momentum v)
        x -= v

    The `shifted` form keeps `y = x - momentum v` as its iterate, so it asks for the gradient
    where it stands:

        v = momentum v + lr grad(y)
        y -= momentum v + lr grad(y)

    At constant lr and momentum the two are one path after this change of variable; with a
    changing rate they part.

    Source: Nesterov, "A method of solving a convex programming problem with convergence rate
    O(1/k²)", 1983; the shifted form: Bengio et al., "Advances in optimizing recurrent
    networks", 2012.
    """

    known = (
        paper(lr=ASKED, momentum=ASKED),
        torch(
            "SGD",
            defaults={"lr": 0.001, "momentum": ASKED},
            conventions={"shifted": True, "lr_inside": False},
            entries={"momentum_buffer": "v"},
            only_with={"nesterov": True},
            unmatched=("dampening",),
            decay="coupled",
        ),
        keras(
            "SGD",
            {"learning_rate": "lr"},
            defaults={"momentum": ASKED},
            conventions={"shifted": True},
            only_with={"nesterov": True},
            decay="decoupled",
        ),
        optax(
            "sgd",
            {"learning_rate": "lr"},
            defaults={"lr": ASKED, "momentum": ASKED},
            conventions={"shifted": True, "lr_inside": False},
            entries=lambda rule: _in_optax(rule),
            only_with={"nesterov": True},
        ),
        lasagne(
            "nesterov_momentum",
            {"learning_rate": "lr"},
            defaults={"lr": ASKED},
            conventions={"shifted": True},
        ),
    )

    coupled = True
    updates = ("update", "update_shifted")

    lr: Number = hyper(0.01, "learning rate")
    momentum: Number = hyper(0.9, "share of the velocity that a step keeps", "[0, 1]")
    shifted: bool = convention(False, "keep the look-ahead point as the iterate")
    lr_inside: bool = convention(True, "the rate multiplies the gradient before the buffer")

    @property
    def formula(self):
        return "update_shifted" if self.shifted else "update"

    def init(self, x):
        return MomentumState(zeros(x))

    def update(self, grad, state, x):
        ahead = x - self.momentum * self._scaled(state.v)
        v = self.momentum * state.v + self._pushed(grad(ahead))
        return -self._scaled(v), MomentumState(v)

    def update_shifted(self, g, state):
        push = self._pushed(g)
        v = self.momentum * state.v + push
        return -self._scaled(self.momentum * v + push), MomentumState(v)

    def _pushed(self, g):
        return self.lr * g if self.lr_inside else g

    def _scaled(self, v):
        return v if self.lr_inside else self.lr * v


@dataclass(frozen=True)
class SmoothedNesterov(Rule, name="smoothed_nesterov"):
    """Nesterov's momentum with a gradient averaged over several look-ahead points.

        v = momentum v + lr Σ w_i grad(x - c_i momentum v) / Σ w_i
        x -= v

    with c the `points` and w the `weights`. One point at 1 is `Nesterov`, one at 0 the heavy
    ball.

    Source: habr, "Neural network optimization methods", 2017, which tries `(1/3, 2/3, 1)`,
    `(1/4, 1/2, 3/4, 1)`, and `(1/2, 3/4, 1)` with weights `(1, 2, 4)`.
    """

    known = (paper(lr=ASKED, momentum=ASKED),)

    coupled = True

    lr: Number = hyper(0.01, "learning rate")
    momentum: Number = hyper(0.9, "share of the velocity that a step keeps", "[0, 1]")
    points: tuple[Number, ...] = hyper(
        (1 / 3, 2 / 3, 1.0), "how far ahead to look, in units of momentum v", "(-inf, inf)"
    )
    weights: tuple[Number, ...] | None = hyper(
        None, "weight of each point's gradient; none: equal weights", "[0, inf)"
    )

    def __post_init__(self):
        super().__post_init__()
        weighed = self.weights
        if len(self.points) == 0 or (weighed is not None and len(weighed) != len(self.points)):
            raise SlalomError(
                f"smoothed_nesterov: one weight for each of at least one point, not "
                f"{0 if weighed is None else len(weighed)} for {len(self.points)}"
            )
        if weighed is not None and all(isinstance(w, (int, float)) and w == 0 for w in weighed):
            raise SlalomError("smoothed_nesterov: weights must not all be 0")

    def init(self, x):
        return MomentumState(zeros(x))

    def update(self, grad, state, x):
        weights = (1.0,) * len(self.points) if self.weights is None else self.weights
        ahead, total = self.momentum * state.v, sum(weights)
        probed = zip(self.points, weights, strict=True)
        first, *rest = ((w / total) * grad(x - c * ahead) for c, w in probed)
        v = self.momentum * state.v + self.lr * sum(rest, first)
        return -v, MomentumState(v)


@known_as(*Nesterov.known)
def nag(lr: Number = 0.01, momentum: Number = 0.9) -> Rule:
    """Nesterov's accelerated gradient, under the initials it goes by."""
    return Nesterov(lr, momentum)


def _in_optax(rule: Nesterov) -> list[Entry]:
    if not rule.shifted:
        raise SlalomError("Optax keeps the look-ahead point as the iterate: shifted=true")
    factor = buffered_rate(rule, "outside") if rule.lr_inside else 1.0
    return [Entry("TraceState", "trace", "v", factor)]
