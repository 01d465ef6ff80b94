"""S20: Newton's method beside first-order rules, as the dimension grows."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from ..descent import descend
from ..rules import Rule, hyper, parse
from ..rules.leaves import Leaves
from ..studies.chart import Chart, Panel
from .study import Figure, Study


@dataclass(frozen=True)
class Newton(Rule, name="newton"):
    """Newton's method: steps to the minimum of the parabola that touches the loss here.

        x -= lr H⁻¹ g

    with H the Hessian, d² numbers, and a system of d equations to solve, d³ operations.
    """

    coupled = True

    lr: float = hyper(1.0, "share of the step that is taken")

    def update(self, g, hvp, state):
        axes = jnp.eye(g[0].size, dtype=g[0].dtype)
        hessian = jax.vmap(lambda axis: hvp(Leaves([axis]))[0], out_axes=-1)(axes)
        return Leaves([-self.lr * jnp.linalg.solve(hessian, g[0])]), state


RULES: dict[str, Rule] = {
    "newton": Newton(),
    "descent": parse("sgd(lr=0.01)"),
    "momentum": parse("momentum(lr=0.01, momentum=0.9)"),
    "adam": parse("adam(lr=0.1)"),
}  # pyright: ignore[reportAssignmentType]
CONDITION = 100.0
NEWTON_STEPS = 50  # the most that Newton may take; each costs as much as thousands of the others'


def quartic_bowl(dim: int) -> Any:
    """xᵀ H x / 2 + sum(x⁴) / 4: convex, and no parabola.

    H is symmetric, its eigenvalues spread from 1 to CONDITION, its axes turned at random.
    """
    turn, _ = np.linalg.qr(np.random.default_rng(dim).standard_normal((dim, dim)))
    H = (turn * np.geomspace(1, CONDITION, dim)) @ turn.T
    return lambda x: x @ jnp.asarray(H, x.dtype) @ x / 2 + jnp.sum(x**4) / 4


def costs(
    *,
    dims: tuple[int, ...] = (2, 8, 32, 128, 512),
    most: int = 3000,
    timed: int = 20,
    tol: float = 1e-6,
) -> Chart:
    """Steps to converge, memory, and time a step, by dimension.

    Args:
        dims: the dimensions.
        most: the most steps that a rule may take; one that has not converged has none.
        timed: steps whose time is measured, the best of five runs.
        tol: the gradient norm that counts as converged.

    Returns:
        Along `rule` and `dim`: `steps`; `memory`, numbers kept beyond parameters and gradient:
        the state, and Newton's Hessian; and `time`, in seconds a step on the machine at hand.
    """
    table = np.full((3, len(RULES), len(dims)), np.nan)
    for column, dim in enumerate(dims):
        bowl, start = quartic_bowl(dim), np.ones(dim)
        for row, rule in enumerate(RULES.values()):
            limit = min(most, NEWTON_STEPS) if isinstance(rule, Newton) else most
            table[:, row, column] = (
                _steps(rule, bowl, start, limit, tol),
                _memory(rule, dim),
                _time(rule, bowl, start, timed),
            )
    names = ("steps", "memory", "time")
    data = xr.Dataset(
        {name: (("rule", "dim"), part) for name, part in zip(names, table, strict=True)},
        {"rule": list(RULES), "dim": list(dims)},
    )
    labels = (
        f"steps to a gradient of {tol:g}",
        "numbers kept",
        "seconds a step, measured here",
    )
    panels = tuple(
        Panel(name, x="dim", log="xy", xlabel="dimension", ylabel=label, title=name)
        for name, label in zip(names, labels, strict=True)
    )
    last = data.isel(dim=-1)
    said = {"steps": "steps to converge", "memory": "numbers kept", "time": "seconds a step"}
    numbers = {
        f"{words}, {rule}, dimension {dims[-1]}": _whole(float(last[name].sel(rule=rule)))
        for name, words in said.items()
        for rule in RULES
    }
    return Chart(data, "Second order beside first order", panels, numbers)


def _whole(value: float) -> float | int:
    """A count as a whole number, so that it is printed as one."""
    return int(value) if value.is_integer() else value


def _steps(rule: Rule, bowl: Any, start: np.ndarray, most: int, tol: float) -> float:
    """Steps until the run converged; NaN where it did not."""
    run = descend(rule, bowl, starts=start[None], steps=most, tol=tol, path=False)
    return np.ravel(run.outcome.step)[0] if run.gradient_norm[0] < tol else np.nan


def _memory(rule: Rule, dim: int) -> int:
    """Numbers in the state; and Newton's Hessian."""
    state = sum(np.size(leaf) for leaf in jax.tree.leaves(rule.begin(np.zeros(dim))))
    return state + (dim * dim if isinstance(rule, Newton) else 0)


def _time(rule: Rule, bowl: Any, start: np.ndarray, steps: int) -> float:
    """Seconds a step, the best of five runs after one that compiles."""
    taken = []
    for _ in range(6):
        begun = time.perf_counter()
        descend(rule, bowl, starts=start[None], steps=steps, path=False)
        taken.append(time.perf_counter() - begun)
    return min(taken[1:]) / steps


STUDY = Study(
    id="S20",
    title="Second order",
    articles=("notebook",),
    about=(
        "Newton's method knows the curvature in every direction and needs a handful of steps, "
        "however narrow the bowl. It pays with memory for a matrix of d by d and with the work "
        "of solving d equations in every step. First-order rules need hundreds of steps, or more "
        "than a thousand, but each costs next to nothing. The times are those of the machine that "
        "made the picture."
    ),
    figures=(
        Figure(
            "costs",
            "Steps, memory and time",
            costs,
            shows="Newton needs few steps in every dimension, where momentum and Adam need "
            "hundreds and descent more than a thousand. Its memory grows with the square of the "
            "dimension, and its time a step leaves that of the others behind. Descent keeps no "
            "numbers, and 0 cannot be drawn on a log axis.",
        ),
    ),
    claims=("C28",),
)
