"""A weight that is seen rarely beside one that is seen at each step."""

from __future__ import annotations

import numpy as np

from ...rules import Rule
from ...studies.statistics import Estimate, geometric_interval
from .experiment import steps_on

RARITIES = (2, 5, 10, 20, 50)


def gradients(rarity: float, steps: int, seeds: int) -> np.ndarray:
    """Gradients of ±1 of a common and a rare weight, shape (steps, 2, seeds).

    The rare one is seen in one of `rarity` steps, at random, else its gradient is 0.
    """
    rng = np.random.default_rng(0)
    found = rng.choice([-1.0, 1.0], (steps, 2, seeds))
    found[:, 1] *= rng.random((steps, seeds)) < 1 / rarity
    return found


def force(rule: Rule, rarity: float, steps: int = 300, seeds: int = 200) -> np.ndarray:
    """The rare weight's update in units of the common one's when it comes, else NaN.

    Shape (steps, seeds).
    """
    given = gradients(rarity, steps, seeds)
    common, rare = np.abs(steps_on(rule, given)).swapaxes(0, 1)
    return np.where(given[:, 1] != 0, rare / common, np.nan)


def typical(ratios: np.ndarray) -> Estimate:
    """The geometric mean of the ratios, over the seeds, which are independent."""
    seen = ratios[:, np.isfinite(ratios).any(0)]
    return geometric_interval(np.exp(np.nanmean(np.log(seen), axis=0)))


def over_time(ratios: np.ndarray, window: int) -> np.ndarray:
    """The geometric mean of the ratios in each window of so many steps."""
    blocks = np.log(ratios).reshape(-1, window * ratios.shape[1])
    return np.exp(np.nanmean(blocks, axis=1))
