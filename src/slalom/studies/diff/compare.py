"""Two optimizers compared: where they part, how far they go, and which settings explain it."""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from jax import enable_x64

from ... import cache, signals
from ...descent import Outcome
from ...descent.checks import check_seed, check_steps
from ...landscapes import Landscape
from ...memory import check_fits
from ...rules import Rule, chain
from ...signals import Signal
from ..race import as_landscape
from ..response import OnSignal, values_of
from .arenas import arenas
from .contenders import Contender, contender
from .explaining import Explanation, Goal, differing, explained
from .result import SIDES, Diff, amplified
from .sides import RuleSide
from .spread import spread
from .walks import Walk, distances, follow, walk

BYTES = 20_000
"""What a step of all walks keeps, at most: positions, the points asked at, and the gradients."""


def diff(
    a: Rule | str,
    b: Rule | str,
    *,
    landscape: Landscape | str = "hills_and_canyon",
    signal: Signal | str | Sequence[float] = "noisy_sine",
    steps: int | None = None,
    seed: int = 0,
) -> Diff:
    """Compare two rules, or a rule and a library's own optimizer.

    Both run in float64 on a landscape, on a signal and on a small network (16 tanh units that
    learn to tell two spirals apart). They are compared twice. In the free runs each goes its
    own way; `distance` tells how far they get from each other, in which a function may have
    amplified rounding. In the other, one step at a time, the second is placed before each step
    where the first stands, with its own memory, and asks for the gradient of the same function;
    `one_step` is how far apart their steps lead. They part at the first step at which it exceeds
    `rounding`, 1e-12 of the first's longest step so far and four units in the last place of
    where it stands. Where they never do and yet get far apart in the free runs, copies of the first
    are rounded at random (`slalom.descent.rounding`): if these get as far from it, the two part
    because of rounding. A signal is left out where one of the two asks for the loss or the Hessian.

    Args:
        a: a rule or its text, a preset (`adam@keras`), or a library's optimizer:
            `torch:Adam(lr=0.1, betas=(0.9, 0.99))`, `optax:adam(0.1)`, `keras:Adam(0.1)`, with
            arguments named as there.
        b: likewise.
        landscape: a landscape, its name, a formula, or `FILE.py:name`.
        signal: a signal, its name, or the gradients themselves, shape (n,).
        steps: how many on each; of a signal given by its values, all. Default: the
            landscape's own, 300 and 100.
        seed: of the draws, where any are made.

    Raises:
        SlalomError: arguments that are not allowed. A run that fails raises nothing.
    """
    ground = as_landscape(landscape)
    if steps is not None:
        check_steps(steps)
        check_fits(f"a comparison of {steps:,} steps", BYTES * steps, "choose fewer steps")
    check_seed(seed)
    fed = values_of(signal, signals.LENGTH if steps is None else steps, seed)
    with enable_x64(True):
        cache.switch_on()
        sides = (contender(a), contender(b))
        places = arenas(ground, fed, steps, seed)
        if any(side.needs_loss for side in sides):
            places = {name: at for name, at in places.items() if at.objective.has_loss}
        walks = {name: [walk(c.side(at), at) for c in sides] for name, at in places.items()}
        ways = [ours for ours, _ in walks.values()]
        goal = Goal(ways, [np.array(list(follow(sides[1].side(w.arena), w))) for w in ways])
        data = _labelled(sides, walks, goal, ground.axes)
        data["spread"] = (("arena", "step"), _spreads(sides, ways, data))
        reasons = _explanation(sides, goal, (data.one_step > data.rounding).values.any())
    facts = {"landscape": ground.name, "signal": fed[0], "seed": seed}
    found = Diff(data.assign_attrs(facts, explanation=_written(reasons)), ground)
    by_rounding = [f"the {p.arena}" for p in found.partings if p.by_rounding]
    if not by_rounding:
        return found
    more = f"{reasons.verdict}; on {_listed(by_rounding)} they part because of rounding"
    why = dataclasses.replace(reasons, verdict=more)
    return Diff(found.data.assign_attrs(explanation=_written(why)), ground)


def _written(reasons: Explanation) -> str:
    return json.dumps(dataclasses.asdict(reasons))


def _spreads(sides: Sequence[Contender], ways: Sequence[Walk], data: xr.Dataset) -> np.ndarray:
    """How far rounding takes the first from its way, where that may be why the two part."""
    found = np.full(data.distance.shape, np.nan)
    rule = sides[0].rule
    if rule is None:
        return found
    for row, way in enumerate(ways):
        lane = data.isel(arena=row)
        if amplified(lane) and not (lane.one_step > lane.rounding).any():
            found[row, : len(way.points)] = spread(rule, way)
    return found


def _explanation(sides: Sequence[Contender], goal: Goal, parted: bool) -> Explanation:
    own = Goal(goal.ways, [way.judged[1:] for way in goal.ways])
    strayed = tuple(
        label
        for label, side, points in zip(SIDES, sides, (own, goal), strict=True)
        if side.library and side.rule and not points.reached(functools.partial(RuleSide, side.rule))
    )
    a, b = (side.rule for side in sides)
    if a is None or b is None or differing(a, b) is None:
        return Explanation(
            _unexplained(sides) if parted else "the same, to rounding", (), None, strayed
        )
    settings, needed = explained(a, b, goal)
    if not parted:
        idle = ", whatever the settings in which they differ" if settings else ""
        return Explanation(f"the same, to rounding{idle}", settings, needed, strayed)
    if needed is None:
        return Explanation("not explained by their settings", settings, needed, strayed)
    changes = [f"{s.name} ({s.a} → {s.b})" for s in settings if s.name in needed]
    return Explanation(f"explained by {_listed(changes)}", settings, needed, strayed)


def _unexplained(sides: Sequence[Contender]) -> str:
    alone = [side.text for side in sides if side.rule is None]
    if alone:
        verb = "has" if len(alone) == 1 else "have"
        return f"{_listed(alone)} {verb} no counterpart among Slalom's rules"
    a, b = (chain(side.rule)[-1].name for side in sides if side.rule)
    return f"they are different rules, {a} and {b}"


def _listed(items: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(items[:-1]), items[-1]]))


def _labelled(
    sides: Sequence[Contender], walks: dict[str, list[Walk]], goal: Goal, axes: Sequence[str]
) -> xr.Dataset:
    last = max(way.arena.steps for way in goal.ways)
    pad = functools.partial(_padded, last)
    pairs = list(walks.values())
    followed = [
        np.append(0.0, distances(way.judged[1:], points))
        for way, points in zip(goal.ways, goal.points, strict=True)
    ]
    free = [_apart(*pair) for pair in pairs]
    ends = [[_outcome(w) for w in pair] for pair in pairs]
    steps = np.array([[end.step for end in pair] for pair in ends], np.int32)
    losses = [[pad(w.arena.losses(w.points)) for w in pair] for pair in pairs]
    lanes = {
        "distance": (("arena", "step"), np.array([pad(row) for row in free])),
        "one_step": (("arena", "step"), np.array([pad(row) for row in followed])),
        "rounding": (("arena", "step"), np.array([pad(way.rounding) for way in goal.ways])),
        "extent": (("arena", "step"), np.array([pad(way.extent) for way in goal.ways])),
        "loss": (("arena", "side", "step"), np.array(losses)),
        "position": (
            ("side", "step", "axis"),
            np.array([pad(w.judged) for w in walks["landscape"]]),
        ),
    }
    if on_signal := walks.get("signal"):
        answers = [np.append(np.nan, -np.diff(w.judged[:, 0])) for w in on_signal]
        signal: Any = on_signal[0].arena.objective
        gradients = np.append(np.nan, signal.values)
        lanes["answers"] = (("side", "step"), np.array([pad(row) for row in answers]))
        lanes["gradient"] = (("step",), pad(gradients))
    labels = {
        "arena": list(walks),
        "where": ("arena", [way.arena.name for way in goal.ways]),
        "steps": ("arena", [way.arena.steps for way in goal.ways]),
        "side": list(SIDES),
        "rule": ("side", [side.text for side in sides]),
        "rule_name": ("side", [side.name for side in sides]),
        "settings": ("side", [side.settings for side in sides]),
        "outcome": (("arena", "side"), [[end.kind for end in pair] for pair in ends]),
        "outcome_step": (("arena", "side"), steps),
        "step": np.arange(last + 1),
        "axis": list(axes),
    }
    return xr.Dataset(lanes, labels)


def _apart(ours: Walk, theirs: Walk) -> np.ndarray:
    """How far apart two free runs are, at each step of the arena."""
    last = ours.arena.steps
    return distances(_padded(last, ours.judged), _padded(last, theirs.judged))


def _padded(last: int, rows: np.ndarray) -> np.ndarray:
    """Rows for the steps 0 to `last`, NaN after the end."""
    width = [(0, last + 1 - len(rows))] + [(0, 0)] * (rows.ndim - 1)
    return np.pad(rows.astype(float), width, constant_values=np.nan)


def _outcome(way: Walk) -> Outcome:
    arena, losses = way.arena, way.arena.losses(way.points)
    finite = np.isfinite(way.judged).all(axis=1)
    if not isinstance(arena.objective, OnSignal):
        finite &= np.isfinite(losses)
    if finite.all():
        return Outcome("finished", arena.steps)
    step = int(np.argmin(finite))
    inside = not np.isfinite(way.judged[step]).all() or arena.defined(way.points[step])
    return Outcome("diverged" if inside else "left the domain", step)
