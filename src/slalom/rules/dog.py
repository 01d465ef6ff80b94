"""DoG and DoWG: the rate is the distance walked over the size of the gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from ..errors import SlalomError
from .counterpart import Entry, authors, optax, paper
from .leaves import Array, Leaves, each, norm, total
from .rule import Number, Rule
from .stuck import NO_GRADIENT, NO_MOVE, Stuck
from .value import convention, hyper
from .vocabulary import copied, larger, one, sqrt


class DistanceState(NamedTuple):
    """The first iterate, and two numbers that all parameters share, or that each leaf has."""

    x1: Leaves
    """the first iterate"""
    r: Array | Leaves
    """the largest distance from it so far; of DoWG its square"""
    v: Array | Leaves
    """the sum of the squared norms of the gradients; of DoWG weighted by r"""


@dataclass(frozen=True)
class DoG(Rule, name="dog"):
    """Gradient descent whose rate is the distance walked over the root of the squared gradients.

        r = max(r, norm(x - x1))
        v = v + norm(g)²
        x -= lr r / sqrt(v + eps) g

    from r = reps (1 + norm(x1)), with x1 the first iterate; `start=distance` has r = reps. The
    norms are those of all parameters together; with `layerwise` (LDoG) each leaf has its own, as in
    `optax.scale_by_distance_over_gradients`. A model with batch normalization wants reps = 1e-4.
    The authors judge at an average of the iterates: `average(0.999) | dog()`.

    Source: Ivgi, Hinder & Carmon, "DoG is SGD's best friend: a parameter-free dynamic step size
    schedule", 2023, arXiv 2302.12022.
    """

    known = (
        paper(),
        optax(
            "contrib.dog",
            {"learning_rate": "lr", "init_step": ("start", "reps")},
            entries=lambda rule: _in_optax(rule),
            decay="coupled",
        ),
        authors(
            "DoG",
            {"reps_rel": "reps"},
            unmatched=("init_eta",),
            decay="coupled",
            package="dog-optimizer",
            departs="each parameter group has norms of its own",
        ),
    )

    coupled = True

    lr: Number = hyper(1.0, "factor of the rate, without a unit")
    reps: Number = hyper(1e-6, "the first r, in units of 1 + norm(x1)", "(0, inf)")
    eps: Number = hyper(1e-8, "keeps the denominator from 0", "(0, inf)")
    start: str = convention(
        "heuristic", "the first r: reps (1 + norm(x1)), or reps", ("heuristic", "distance")
    )
    layerwise: bool = convention(False, "r and v of each leaf, not of all together")

    def init(self, x):
        return DistanceState(copied(x), self._first(x), 0 * self._norm(x))

    def update(self, g, state, x):
        r = larger(state.r, self._norm(x - state.x1))
        length = self._norm(g)
        after = DistanceState(state.x1, r, state.v + length * length)
        return -self.rate(after) * g, after

    def rate(self, after):
        return self.lr * after.r / sqrt(after.v + self.eps)

    def stuck(self, state, x):
        # of the first r as of no parameter, rounding may differ
        same = _sum(state.r) <= (1 + 1e-6) * _sum(self._first(state.x1))
        return Stuck("r is the first distance", same, _causes(state, x, "reps"))

    def _first(self, x):
        length = self._norm(x)
        return self.reps * (1 + length if self.start == "heuristic" else 1 + 0 * length)

    def _norm(self, a):
        return each(norm)(a) if self.layerwise else norm(a)


@dataclass(frozen=True)
class DoWG(Rule, name="dowg"):
    """Gradient descent as `dog`, its squared gradients weighted by the squared distance walked.

        r = max(r, norm(x - x1)²)
        v = v + r norm(g)²
        x -= lr r / (sqrt(v) + eps) g

    from r = r0, with x1 the first iterate. The norms are those of all parameters together. The
    weights favour late gradients. The paper judges at the average of the iterates with weights r,
    Optax at the iterate.

    Source: Khaled, Mishchenko & Jin, "DoWG unleashed: an efficient universal parameter-free
    gradient descent method", 2023, arXiv 2305.16284.
    """

    known = (
        paper(),
        optax(
            "contrib.dowg",
            {"learning_rate": "lr", "init_estim_sq_dist": "r0"},
            entries=lambda rule: [
                Entry("DoWGState", "init_params", "x1"),
                Entry("DoWGState", "estim_sq_dist", "r"),
                Entry("DoWGState", "weighted_sq_norm_grads", "v"),
            ],
            decay="coupled",
        ),
    )

    coupled = True

    lr: Number = hyper(1.0, "factor of the rate, without a unit")
    r0: Number | None = hyper(None, "the first squared distance; none: eps", "(0, inf)")
    eps: Number = hyper(1e-4, "keeps the denominator from 0", "(0, inf)")

    def init(self, x):
        first = self.eps if self.r0 is None else self.r0
        return DistanceState(copied(x), first * one(x), 0 * one(x))

    def update(self, g, state, x):
        distance, length = norm(x - state.x1), norm(g)
        r = larger(state.r, distance * distance)
        after = DistanceState(state.x1, r, state.v + r * length * length)
        return -self.rate(after) * g, after

    def rate(self, after):
        return self.lr * after.r / (sqrt(after.v) + self.eps)

    def stuck(self, state, x):
        name, first = ("eps", self.eps) if self.r0 is None else ("r0", self.r0)
        return Stuck(f"r is {name} = {first:g}", state.r <= first, _causes(state, x, name))


def _sum(a: Any) -> Any:
    return total(a) if isinstance(a, Leaves) else a


def _causes(state: DistanceState, x: Any, name: str) -> tuple[tuple[Any, str], ...]:
    """Why the iterate is no farther from the start than the first step was long."""
    return (
        (_sum(state.v) == 0, NO_GRADIENT),
        (total(abs(x - state.x1)) == 0, NO_MOVE.format(name)),
        (True, f"no iterate was farther from the start than that: give a smaller {name}"),
    )


def _in_optax(rule: DoG) -> list[Entry]:
    if rule.layerwise:
        raise SlalomError("Optax's DoG has one r for all parameters: layerwise=false")
    names = {"init_params": "x1", "max_dist": "r", "sum_sq_norm_grads": "v"}
    return [Entry("DoGState", theirs, ours) for theirs, ours in names.items()]
