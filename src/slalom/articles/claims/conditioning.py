"""Claims on what grows: steps with the condition number, second-order costs with the dimension."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
from jax import enable_x64

from ...descent import descend
from ...rules import Momentum
from ...studies.statistics import mean_interval
from ..second_order import RULES, quartic_bowl
from .claim import Claim, Measured
from .experiment import combinations, curves

PRECISION = 1e-4  # of the first distance: what counts as converged


def canyon(x: Any) -> Any:
    """(x² + k y²)/2 at the point (x, y, k)."""
    return (x[0] ** 2 + x[2] * x[1] ** 2) / 2


def slope(x: Any) -> Any:
    """Its gradient in x and y. The condition number k goes along as a place that nothing moves."""
    return x * np.array([1.0, 0.0, 0.0]) + x[2] * x * np.array([0.0, 1.0, 0.0])


def growing_condition(
    starts: int = 20,
    conditions: Sequence[float] = (16, 32, 64, 128, 256, 512),
    steps: int = 4000,
) -> Measured:
    """Steps to converge with the best constant settings, against the condition number."""
    grid = combinations(rule=(0, 1), condition=conditions, start=np.arange(starts))
    turn = np.random.default_rng(0).uniform(0, 2 * np.pi, starts)[grid["start"]]
    begin = np.column_stack([np.cos(turn), np.sin(turn), grid["condition"]])
    root = np.sqrt(grid["condition"])
    # the settings that are best for curvatures from 1 to k (Polyak 1964)
    heavy = grid["rule"] == 1
    lr = np.where(heavy, 4 / (root + 1) ** 2, 2 / (grid["condition"] + 1))
    momentum = np.where(heavy, ((root - 1) / (root + 1)) ** 2, 0.0)
    way = descend(Momentum(lr, momentum), canyon, starts=begin, steps=steps, gradient=slope)
    distance = np.linalg.norm(way.data.position.values[..., :2], axis=-1)
    away = distance > PRECISION * distance[:, :1]
    needed = (steps + 1 - away[:, ::-1].argmax(1)).reshape(2, len(conditions), starts)
    descent, ball = (np.polyfit(np.log(conditions), np.log(own), 1)[0] for own in needed)
    middle, many = needed.mean(-1), np.array(conditions) / conditions[0]
    figures = {
        **mean_interval(descent).named("descent_power"),
        **mean_interval(ball).named("momentum_power"),
        "descent_steps_at_largest": float(middle[0, -1]),
        "momentum_steps_at_largest": float(middle[1, -1]),
    }
    chart = curves(
        "Steps to a ten-thousandth of the first distance, best constant settings",
        {"condition number": np.array(conditions, dtype=float)},
        {
            "descent": middle[0],
            "momentum": middle[1],
            # beside the curves, which they would hide
            "in proportion": 1.5 * middle[0, 0] * many,
            "as its root": middle[1, 0] / 1.5 * many**0.5,
        },
        "steps",
        "xy",
    )
    return Measured(figures, chart)


def second_order(
    dims: Sequence[int] = (16, 64, 256, 1024), counted: Sequence[int] = (64, 128, 256, 512)
) -> Measured:
    """Numbers kept and operations made by Newton's method, and its work beside momentum's."""
    work = {
        name: [steps_to_converge(name, dim) * operations(name, dim) for dim in dims]
        for name in ("newton", "momentum")
    }
    many = np.log(counted)
    step = np.log([operations("newton", dim) for dim in counted])
    memory = np.log([numbers_kept(dim) for dim in counted])
    ratio = np.array(work["newton"]) / np.array(work["momentum"])
    figures = {
        "memory_power": float(np.polyfit(many, memory, 1)[0]),
        "operations_power": float(np.polyfit(many, step, 1)[0]),
        "work_ratio_at_smallest": float(ratio[0]),
        "work_ratio_at_largest": float(ratio[-1]),
    }
    chart = curves(
        "Multiplications until the gradient is below 1e-6",
        {"dimension": np.array(dims)},
        work,
        "multiplications",
        "xy",
    )
    return Measured(figures, chart)


def steps_to_converge(name: str, dim: int, tol: float = 1e-6, most: int = 3000) -> int:
    """Steps on the quartic bowl of that dimension until the gradient is below `tol`."""
    rule, x = RULES[name], np.full(dim, dim**-0.5)
    with enable_x64(True):
        grad = jax.jit(jax.grad(quartic_bowl(dim)))
        state = rule.begin(x)
        for step in range(most):
            g = np.asarray(grad(x))
            if np.linalg.norm(g) < tol:
                return step
            hvp = jax.linearize(grad, x)[1]
            delta, state = rule.step(x, g, state, step + 1, hvp=hvp)
            x = np.asarray(x + delta)
    return most


def numbers_kept(dim: int) -> int:
    """What a step of Newton's method holds beyond parameters and gradient: its Hessian's size."""
    hessian = jax.eval_shape(jax.hessian(quartic_bowl(dim)), np.zeros(dim, np.float32))
    return int(np.prod(hessian.shape))


def operations(name: str, dim: int) -> int:
    """Multiplications of one step on a bowl whose gradient is a matrix times the place.

    That gradient takes dim². Newton's method also solves dim equations: `eliminated` counts.
    """
    if name != "newton":
        return dim**2 + 2 * dim  # and two for each component of the velocity
    matrix = np.eye(dim) + 1.0
    return dim**2 + eliminated(matrix, np.ones(dim))[1]


def eliminated(matrix: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, int]:
    """The solution of `matrix @ x = right` by elimination, and its multiplications and divisions.

    Args:
        matrix: shape (n, n), such that no pivot is 0.
        right: shape (n,).
    """
    rows = np.column_stack([matrix, right]).astype(float)
    n, made = len(right), 0
    for k in range(n):
        factors = rows[k + 1 :, k] / rows[k, k]
        taken = np.outer(factors, rows[k, k + 1 :])
        rows[k + 1 :, k + 1 :] -= taken
        made += factors.size + taken.size
    x = np.zeros(n)
    for k in reversed(range(n)):
        x[k] = (rows[k, -1] - rows[k, k + 1 : n] @ x[k + 1 :]) / rows[k, k]
        made += n - k
    return x, made


CLAIMS = (
    Claim(
        id="C28",
        sentence="A second-order step costs memory as the square of the dimension and operations "
        "as its cube, so that such methods fall behind as the dimension grows.",
        articles=("notebook",),
        experiment="Newton's method and momentum on the quartic bowl of the second-order study: "
        "the size of the Hessian and the multiplications of an elimination that is carried out and "
        "counted, as powers of the dimension from 64 to 512; and the multiplications of all steps "
        "until the gradient is below 1e-6, Newton's in units of momentum's, dimensions 16 to "
        "1,024. As the square and cube means powers within 0.1 of 2 and 3; in part: the powers "
        "alone.",
        measure=second_order,
        holds="abs(memory_power - 2) <= 0.1 and abs(operations_power - 3) <= 0.1 "
        "and work_ratio_at_largest > 1 and work_ratio_at_largest > work_ratio_at_smallest",
        in_part="abs(memory_power - 2) <= 0.1 and abs(operations_power - 3) <= 0.1",
    ),
    Claim(
        id="C46",
        sentence="In a canyon descent needs steps in proportion to the condition number, momentum "
        "only as its root.",
        articles=("lecture",),
        experiment="quadratic canyons of condition 16 to 512 from 20 directions, descent and "
        "momentum with the constant settings that are best for their curvatures: steps until the "
        "distance is a ten-thousandth of the first for good, as a power of the condition number. "
        "It holds if the powers are within 0.1 of 1 and of 1/2; in part: momentum's is smaller.",
        measure=growing_condition,
        holds="abs(descent_power - 1) <= 0.1 and abs(momentum_power - 0.5) <= 0.1",
        in_part="momentum_power_high < descent_power_low",
    ),
)
