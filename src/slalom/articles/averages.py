"""S10: exponentially weighted averages, what they hold and how far they lag.

They are made of momentum in its averaging form, fed with the values as a signal: its answer at
lr 1 is the average.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from ..errors import SlalomError
from ..studies.chart import Chart, Mark, Panel
from ..studies.response import respond
from .study import Figure, Study

BETAS = (0.5, 0.9, 0.95, 0.98)
YEARS = (2005, 2006, 2007)  # that the prices hold from end to end


def averaged(values: np.ndarray, betas: Sequence[float], debias: bool = False) -> np.ndarray:
    """The exponential averages of a sequence of shape (n,), for each beta, shape (beta, n)."""
    rules = [f"momentum(lr=1, momentum={b}, ema=true, debias={str(debias).lower()})" for b in betas]
    answers = [respond(rule, values.tolist()).data.answer.values[0] for rule in rules]
    return np.stack(answers)


def closing_prices(year: int = 2007) -> np.ndarray:
    """The daily closing prices, in dollars, of a share in one year, as Matplotlib ships them.

    Raises:
        SlalomError: a year that the prices do not hold from end to end.
    """
    if year not in YEARS:
        raise SlalomError(f"the prices are of {', '.join(map(str, YEARS))}, not of {year}")
    from matplotlib.cbook import get_sample_data  # not a picture, but a file that it brings

    with np.load(get_sample_data("goog.npz", asfileobj=False)) as sample:
        prices = sample["price_data"]
    return prices["close"][prices["date"].astype("datetime64[Y]") == np.datetime64(str(year))]


def share_price(betas: Sequence[float] = BETAS, year: int = 2007) -> Chart:
    """A share price under exponential averages, without and with bias correction.

    Args:
        betas: shares of the average that a day keeps, below 1.
        year: 2005, 2006 or 2007.

    Returns:
        `average` and `corrected` (curve, day): the first curve is the price itself.
    """
    prices = closing_prices(year)
    names = ["closing price", *(f"beta {b:g}, window {_window(b):.0f}" for b in betas)]
    days = np.arange(1, len(prices) + 1)
    variables = {
        name: (("curve", "day"), np.vstack([prices, averaged(prices, betas, debias)]))
        for name, debias in (("average", False), ("corrected", True))
    }
    data = xr.Dataset(variables, {"curve": names, "day": days})
    marks = tuple(Mark(_window(b), f"{_window(b):.0f} days", axis="x") for b in betas[1:])
    said: dict[str, Any] = {
        "by": "curve",
        "x": "day",
        "xlabel": f"trading day of {year}",
        "ylabel": "dollars",
    }
    panels = (
        Panel("average", **said, title="without bias correction", marks=marks),
        Panel("corrected", **said, title="with bias correction", marks=marks),
    )
    numbers = {
        f"first day's average, beta {b:g}": row[0]
        for b, row in zip(betas, variables["average"][1][1:], strict=True)
    }
    return Chart(data, "A share price and its exponential averages", panels, numbers)


def memory(betas: Sequence[float] = BETAS, length: int = 400) -> Chart:
    """What an exponential average holds of the past, and how far it lags behind a ramp.

    Args:
        betas: shares that it keeps at each value, below 1.
        length: how many values.

    Returns:
        `weight` (beta, count), the weight of the newest value, the one before, and so on;
        `held` (beta, count), the weight of so many newest values together; `lag` (beta,
        step), how far the average, without bias, is behind the sequence 0, 1, 2, …
    """
    impulse = np.eye(1, length)[0]
    ramp = np.arange(float(length))
    weight = averaged(impulse, betas)
    data = xr.Dataset(
        {
            "weight": (("beta", "count"), weight),
            "held": (("beta", "count"), np.cumsum(weight, axis=1)),
            "lag": (("beta", "step"), ramp - averaged(ramp, betas, debias=True)),
        },
        {"beta": list(betas), "step": np.arange(length), "count": np.arange(1, length + 1)},
    )
    share = 1 - np.exp(-1)
    windows = [Mark(_window(b), f"{_window(b):.0f}", axis="x") for b in betas[1:]]
    lags = [Mark(b / (1 - b), f"{b / (1 - b):.0f} behind") for b in betas[1:]]
    panels = (
        Panel(
            "weight", by="beta", x="count", log="x", xlabel="values back, 1 the newest",
            title="weight of each value",
        ),
        Panel(
            "held", by="beta", x="count", log="x", xlabel="newest values", ylabel="their weight",
            title="what the newest values hold", marks=(Mark(share, "1 - 1/e"), *windows),
        ),
        Panel("lag", by="beta", title="lag on a ramp", marks=tuple(lags)),
    )  # fmt: skip
    numbers = {}
    for row, b in enumerate(betas):
        numbers[f"weight of the newest 1/(1-beta) values, beta {b:g}"] = float(
            np.interp(_window(b), data["count"], data.held[row])
        )
        numbers[f"lag, beta {b:g}"] = float(data.lag[row, -1])
    return Chart(data, "What an exponential average remembers", panels, numbers)


def _window(beta: float) -> float:
    """How many values an average with this beta is said to cover."""
    return 1 / (1 - beta)


STUDY = Study(
    id="S10",
    title="Exponentially weighted averages",
    articles=("medium",),
    about=(
        "Momentum, RMSProp and Adam all rest on one tool: an average that keeps a share beta of "
        "itself and takes the rest from the newest value. Here it smooths a real share price. "
        "The nearer beta is to 1, the smoother the average and the later it follows; it "
        "covers about 1/(1 - beta) values. It begins at 0, and so too low, unless it is divided "
        "by the weight that it has gathered."
    ),
    figures=(
        Figure(
            "share-price",
            "A share price and its averages",
            share_price,
            shows="Four averages follow the daily price of a share over one year. Without "
            "correction they climb from 0; after their window, at the dashed lines, they hold "
            "some 63% of the price, and are near it after three or four windows. With it they "
            "are right from the first day. The slowest one trails far behind.",
            animated=True,
        ),
        Figure(
            "memory",
            "Weights, window and lag",
            memory,
            shows="The newest 1/(1 - beta) values hold some 63% of the weight, and on a ramp "
            "the average ends up beta/(1 - beta) steps behind.",
        ),
    ),
    claims=("C13", "C15", "C37"),
)
