"""What a rule and Optax's optimizer of the same update remember, entry by entry."""

from __future__ import annotations

from typing import NamedTuple

from ..errors import SlalomError
from ..rules import (
    Adadelta,
    Adagrad,
    Adam,
    Adamax,
    ClipNorm,
    ClipValue,
    GradientDescent,
    Momentum,
    NAdam,
    Nesterov,
    RMSProp,
    Rule,
    WeightDecay,
    chain,
)


class Entry(NamedTuple):
    """One entry of both states: ours is a factor times theirs."""

    kind: str
    """the class of Optax's state"""
    theirs: str
    ours: str
    factor: float = 1.0


def entries(rule: Rule) -> list[Entry]:
    """What the two states have in common: all that either remembers, but the count.

    Raises:
        SlalomError: Optax has nothing that remembers the same.
    """
    *wrappers, inner = chain(rule)
    for wrapper in wrappers:
        if not isinstance(wrapper, (ClipValue, ClipNorm, WeightDecay)):
            raise SlalomError(f"the state of {wrapper.name} has no counterpart in Optax")
    if type(inner) not in _ENTRIES:
        raise SlalomError(f"the state of {inner.name} has no counterpart in Optax")
    return _ENTRIES[type(inner)](inner)


def _adam(rule: Adam) -> list[Entry]:
    if not rule.amsgrad:
        return _moments("ScaleByAdamState", "m", "v")
    if rule.amsgrad != "corrected" and rule.debias:
        raise SlalomError("Optax's AMSGrad keeps the largest corrected v: amsgrad=corrected")
    kind = "ScaleByAmsgradState"
    return [*_moments(kind, "m", "v"), Entry(kind, "nu_max", "largest")]


def _nadam(rule: NAdam) -> list[Entry]:
    if rule.momentum_decay != float("inf"):
        raise SlalomError("Optax's NAdam keeps its momentum constant: momentum_decay=inf")
    return _moments("ScaleByAdamState", "m", "v")


def _rmsprop(rule: RMSProp) -> list[Entry]:
    kind = f"ScaleBy{'RStdDev' if rule.centered else 'Rms'}{'WithCount' * rule.debias}State"
    found = _moments(kind, "m", "E") if rule.centered else [Entry(kind, "nu", "E")]
    if rule.momentum is not None:
        # their buffer is of the steps themselves, which go down
        factor = -1.0 if rule.lr_inside else -1.0 / _constant_rate(rule)
        found.append(Entry("TraceState", "trace", "b", factor))
    return found


def _momentum(rule: Momentum) -> list[Entry]:
    lr_inside = not rule.ema if rule.lr_inside is None else rule.lr_inside
    kind, entry = ("EmaState", "ema") if rule.ema else ("TraceState", "trace")
    return [Entry(kind, entry, "v", _constant_rate(rule) if lr_inside else 1.0)]


def _nesterov(rule: Nesterov) -> list[Entry]:
    if not rule.shifted:
        raise SlalomError("Optax keeps the look-ahead point as the iterate: shifted=true")
    return [Entry("TraceState", "trace", "v", _constant_rate(rule) if rule.lr_inside else 1.0)]


def _moments(kind: str, mean: str, square: str) -> list[Entry]:
    return [Entry(kind, "mu", mean), Entry(kind, "nu", square)]


def _constant_rate(rule: Momentum | Nesterov | RMSProp) -> float:
    """The rate by which two buffers differ, one that includes it and one that does not."""
    if not isinstance(rule.lr, (int, float)) or rule.lr == 0:
        where = {True: "inside", False: "outside"}[isinstance(rule, RMSProp)]
        raise SlalomError(
            f"{rule.name}: Optax keeps lr {where} the buffer; a constant lr above 0 converts it, "
            f"or lr_inside={'true' if isinstance(rule, RMSProp) else 'false'}"
        )
    return float(rule.lr)


_ENTRIES = {
    GradientDescent: lambda rule: [],
    Momentum: _momentum,
    Nesterov: _nesterov,
    Adagrad: lambda rule: [Entry("ScaleByRssState", "sum_of_squares", "G")],
    RMSProp: _rmsprop,
    Adadelta: lambda rule: [
        Entry("ScaleByAdaDeltaState", "e_g", "E"),
        Entry("ScaleByAdaDeltaState", "e_x", "D"),
    ],
    Adam: _adam,
    Adamax: lambda rule: _moments("ScaleByAdamState", "m", "u"),
    NAdam: _nadam,
}
