"""S22: why Lion wants a smaller rate than Adam."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from ...descent.training import train
from ...problems import Batches, mlp
from ...rules import parse
from ...studies.bands import band
from ...studies.chart import Chart, Mark, Panel
from ..study import Figure, Study

RULES = ("adam", "lion")
RATES = tuple(float(rate) for rate in np.geomspace(1e-5, 0.1, 13))
SHARES = tuple(float(share) for share in np.geomspace(0.01, 10, 10))


def rates(
    *, rates: Sequence[float] = RATES, epochs: int = 10, seeds: int = 5, hidden: int = 32
) -> Chart:
    """The loss that Adam and Lion reach on scikit-learn's digits, by rate.

    Args:
        rates: the rates, rising.
        epochs: how often every training sample is seen, in batches of 32.
        seeds: how many starts and orders of the batches, at least 2.
        hidden: the width of the network's one hidden layer.

    Returns:
        `loss` (rule, rate) of the test samples at the end, with `loss_low` and `loss_high`, the
        95% interval of its mean over the seeds.
    """
    found = np.array(
        [
            [
                train(
                    f"{rule}(lr={rate})",
                    mlp(hidden=(hidden,)),
                    Batches(32, epochs),
                    seeds=range(seeds),
                ).data.test_loss.values[:, -1]
                for rate in rates
            ]
            for rule in RULES
        ]
    )
    data = xr.Dataset(
        band(found, "loss", ("rule", "rate")), {"rule": list(RULES), "rate": list(rates)}
    )
    panel = Panel(
        "loss",
        x="rate",
        low="loss_low",
        high="loss_high",
        log="xy",
        xlabel="learning rate",
        ylabel="test loss after training",
    )
    best = [float(data.rate[row.argmin()]) for row in data.loss.values]
    numbers = {f"best rate, {rule}": rate for rule, rate in zip(RULES, best, strict=True)}
    numbers["best rate of Adam over that of Lion"] = best[0] / best[1]
    return Chart(data, "Two rules on digits, by rate", (panel,), numbers)


def noise(*, shares: Sequence[float] = SHARES, steps: int = 600) -> Chart:
    """How long a step is, in units of the rate, where a gradient is partly noise.

    Args:
        shares: the gradient's mean over the standard deviation of its noise.
        steps: gradients that each rule gets, one after the other.

    Returns:
        `length` (rule, share): the root of the mean square of the steps over the rate.
    """
    draws = np.random.default_rng(0).standard_normal((steps, 64))
    found = np.array([[_length(rule, share + draws) for share in shares] for rule in RULES])
    data = xr.Dataset(
        {"length": (("rule", "share"), found)}, {"rule": list(RULES), "share": list(shares)}
    )
    panel = Panel(
        "length",
        x="share",
        log="xy",
        xlabel="mean of the gradient over the deviation of its noise",
        ylabel="length of a step over the rate",
        marks=(Mark((0.1 / 1.9) ** 0.5, "noise alone, Adam"),),
    )
    numbers = {
        f"length over rate at a mean of {share:g} deviations, {rule}": float(
            data.length.sel(rule=rule, share=share)
        )
        for share in (shares[0], shares[-1])
        for rule in RULES
    }
    return Chart(data, "How long steps are", (panel,), numbers)


def _length(rule: str, gradients: np.ndarray) -> float:
    """The root of the mean square of the steps in the second half, over the rate."""
    made = parse(f"{rule}(lr=1)")
    x = np.zeros(gradients.shape[1])
    state, squares = made.begin(x), []
    for t, g in enumerate(gradients, 1):
        delta, state = made.step(x, g, state, t)
        squares.append(np.mean(delta**2))
    return float(np.sqrt(np.mean(squares[len(squares) // 2 :])))


STUDY = Study(
    id="S22",
    title="Why Lion wants a smaller rate",
    articles=("papers",),
    about=(
        "Every step of Lion is as long as the rate, in every component, because it takes the sign "
        "alone. Adam divides the mean of the gradient by the root of its mean square: where "
        "gradients are mostly noise, as in small batches, the mean is small beside that root, "
        "and a step is a fraction of the rate. So the same rate is a much longer step with Lion, "
        "and its best rate is smaller."
    ),
    figures=(
        Figure(
            "rates",
            "The best rate of Adam and of Lion",
            rates,
            shows="After ten epochs on digits Lion is best "
            "at a rate ten times smaller than Adam's. Means of five starts, with 95% intervals.",
        ),
        Figure(
            "noise",
            "Steps under noise",
            noise,
            shows="Where the gradient is "
            "the same at each step, both rules step by the rate. In noise Adam's steps shrink "
            "to the root of (1 - beta1) / (1 + beta1), 0.23 of the rate; those of Lion do not.",
        ),
    ),
)
