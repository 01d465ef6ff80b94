"""Claims on training networks: tuned rules, depth, histories, the loss beyond the data."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from ...descent.training import train
from ...problems import Batches, Problem, mlp
from ...rules import Adam, Nesterov
from ...studies.chart import Chart, Mark
from ...studies.statistics import geometric_interval, paired_interval, share
from ..full_and_mini_batch import points
from ..training_histories import histories
from ..vanishing import factors_of, reaching
from .claim import Claim, Measured
from .experiment import combinations, curves

NOISE = 0.5  # of the points around their line
UNTRAINED = 2.302585093  # log(10), the loss of knowing nothing of ten digits


def layer_by_layer(
    seeds: int = 6, epochs: int = 6, depths: Sequence[int] = (1, 2, 3), width: int = 16
) -> Measured:
    """The loss of Nesterov's rule and Adam by rate and depth, each with its best rate and not."""
    rates = np.logspace(-4, 1, 13)
    grid = combinations(lr=rates, seed=np.arange(seeds))
    loss: dict[str, list] = {"nesterov": [], "adam": []}
    for depth in depths:
        problem = _some_digits((width,) * depth)
        for rule in (Nesterov(grid["lr"], shifted=True), Adam(grid["lr"])):
            run = train(rule, problem, Batches(32, epochs), seeds=grid["seed"].tolist())
            end = run.data.train_loss.values[:, -1].reshape(len(rates), seeds)
            # a run that diverged is scored as one that is not trained
            loss[rule.name].append(np.minimum(np.nan_to_num(end, nan=UNTRAINED), UNTRAINED))
    table = {name: np.array(found) for name, found in loss.items()}  # (depths, rates, seeds)
    best = {name: found.mean(-1).argmin(-1) for name, found in table.items()}
    row = np.arange(len(depths))
    tuned = {name: found[row, best[name]] for name, found in table.items()}
    lead = [paired_interval(a, b) for a, b in zip(tuned["adam"], tuned["nesterov"], strict=True)]
    # the rate of one layer less, against the best of all
    kept = {
        name: geometric_interval(found[row[1:], best[name][:-1]] / tuned[name][1:])
        for name, found in table.items()
    }
    figures = {
        "depths": len(depths),
        "depths_won": sum(each.low > 0 for each in lead),
        **kept["nesterov"].named("cost_of_the_old_rate"),
        "cost_of_the_old_rate_adam": kept["adam"].value,
        "best_rates_change": float(np.mean(best["nesterov"][1:] != best["nesterov"][:-1])),
        "best_rate_shallow": float(rates[best["nesterov"][0]]),
        "best_rate_deep": float(rates[best["nesterov"][-1]]),
    }
    chart = curves(
        f"Training loss on digits after {epochs} epochs, by hidden layers",
        {"learning rate": rates},
        {
            f"{name} ({depth} hidden)": found[i].mean(-1)
            for name, found in table.items()
            for i, depth in enumerate(depths)
        },
        "mean loss",
        "xy",
        rules=[name for name in table for _ in depths],
    )
    return Measured(figures, chart)


def _some_digits(hidden: Sequence[int], count: int = 480) -> Problem:
    """The first digits to train on, and none to test."""
    problem = mlp("digits", hidden)
    train, none = problem.train.at(slice(0, count)), problem.test.at(slice(0, 0))
    return dataclasses.replace(problem, train=train, test=none)


def alike(seeds: int = 3, epochs: int = 8, hidden: tuple[int, ...] = (32,)) -> Measured:
    """How far apart five optimizers are at the end of their training."""
    chart = histories(epochs=epochs, seeds=seeds, hidden=hidden)
    accuracy = chart.data.accuracy.values
    late = chart.data.loss.values[:, -(chart.data.sizes["step"] // epochs) :].mean(1)
    figures = {
        "accuracy_gap": float(np.ptp(accuracy[:, -1])),
        "accuracy_gap_half_way": float(np.ptp(accuracy[:, epochs // 2])),
        "loss_ratio": float(late.max() / late.min()),
        "least_accuracy": float(accuracy[:, -1].min()),
    }
    return Measured(figures, _with_bands(chart, seeds))


def _with_bands(chart: Chart, seeds: int) -> Chart:
    """The histories with bands that stay where a loss and a share can be."""
    data = chart.data
    found = {
        # on a logarithmic axis as far down as up
        "loss_low": data.loss**2 / data.loss_high,
        "accuracy_low": data.accuracy_low.clip(0, 1),
        "accuracy_high": data.accuracy_high.clip(0, 1),
    }
    title = f"{chart.title}: means of {seeds} seeds, with intervals of 95 %"
    panels = tuple(
        dataclasses.replace(panel, title=name)
        for panel, name in zip(chart.panels, ("training loss", "on digits kept apart"), strict=True)
    )
    return dataclasses.replace(chart, data=data.assign(found), title=title, panels=panels)


def below_the_truth(
    draws: int = 2000, splits: int = 12, sizes: Sequence[int] = (8, 16, 32, 64, 128, 256)
) -> Measured:
    """How often the least training loss lies below the true loss at the same parameters."""
    x, y = np.stack([np.array(points(seed)) for seed in range(draws)], axis=1)
    fits = {size: fitted(x[:, :size], y[:, :size]) for size in sizes}
    below = [share(training < true) for training, true in fits.values()]
    runs = [_after_training(seed) for seed in range(splits)]
    figures = {
        **share([train < test for train, test in runs]).named("networks_below"),
        "lines_below_least": min(s.value for s in below),
        "lines_below_least_low": min(s.low for s in below),
        **{f"training_at_{n}": float(fits[n][0].mean()) for n in (sizes[0], sizes[-1])},
        **{f"true_at_{n}": float(fits[n][1].mean()) for n in (sizes[0], sizes[-1])},
    }
    chart = curves(
        "A line through few points: its mean squared error there, and in truth",
        {"points": np.array(sizes)},
        {
            name: [pair[i].mean() for pair in fits.values()]
            for i, name in enumerate(("least training loss", "true loss there"))
        },
        "mean squared error",
        "x",
        (Mark(NOISE**2, "the noise alone"),),
    )
    return Measured(figures, chart)


def fitted(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The least mean squared error of a line through the points, and its true one.

    Over x uniform in [0, 2] around y = 2x + 1 the true one is

        NOISE² + E[(a x + b)²] = NOISE² + 4/3 a² + 2 a b + b²

    with a and b the errors of slope and intercept.

    Args:
        x: the points, shape (fits, n).
        y: likewise.
    """
    dx = x - x.mean(1, keepdims=True)
    slope = (dx * y).sum(1) / (dx * dx).sum(1)
    intercept = y.mean(1) - slope * x.mean(1)
    training = np.mean((slope[:, None] * x + intercept[:, None] - y) ** 2, axis=1)
    a, b = slope - 2, intercept - 1
    return training, NOISE**2 + 4 / 3 * a**2 + 2 * a * b + b**2


def _after_training(seed: int, epochs: int = 100) -> tuple[float, float]:
    """Loss on the data of one split of breast_cancer that a network was trained on, and not."""
    problem = mlp("breast_cancer", (16,), seed=seed)
    data = train("adam(0.01)", problem, Batches(64, epochs), seeds=(seed,)).data
    return float(data.train_loss[0, -1]), float(data.test_loss[0, -1])


def vanishing(
    depth: int = 10,
    width: int = 50,
    seeds: int = 10,
    spreads: Sequence[float] = (0.0, 1.0, 2.0, 4.0),
) -> Measured:
    """By what a layer multiplies the gradient, as the units are driven from 0."""
    found = {
        f"{activation}, {start} start": [
            geometric_interval(factors)
            for factors in factors_of(reaching(activation, start, depth, width, seeds, spreads))
        ]
        for activation, start in (("tanh", "glorot"), ("relu", "he"), ("relu", "glorot"))
    }
    tanh, relu, same = found.values()
    figures = {
        **tanh[-1].named("tanh_driven"),
        **relu[-1].named("relu_driven"),
        **tanh[0].named("tanh_at_rest"),
        **relu[0].named("relu_at_rest"),
        "relu_at_rest_same_start": same[0].value,
        "relu_driven_same_start": same[-1].value,
        "relu_driven_same_start_low": same[-1].low,
    }
    chart = curves(
        "By what a layer multiplies the gradient on its way back",
        {"standard deviation of the biases": np.array(spreads)},
        {name: [estimate.value for estimate in row] for name, row in found.items()},
        "factor a layer",
        marks=(Mark(1.0, "neither shrinks nor grows"),),
    )
    return Measured(figures, chart)


CLAIMS = (
    Claim(
        id="C24",
        sentence="A tuned Nesterov can beat Adam, but with a layer more its rate must be found "
        "anew.",
        articles=("habr",),
        experiment="networks of one, two and three hidden layers of 16 ReLU units on 480 digits, 6 "
        "epochs in batches of 32, six seeds, Nesterov with momentum 0.9 and Adam, 13 rates from "
        "1e-4 to 10: the depths at which Nesterov's training loss with its best rate is below "
        "Adam's, and the loss with the best rate of one layer less in units of that with the best "
        "rate (geometric mean). Anew means that the old rate costs at least a tenth. In part: one "
        "of the two. The figure best_rates_change is the share of the layers added at which "
        "Nesterov's best rate is another one than before.",
        measure=layer_by_layer,
        holds="depths_won >= 1 and cost_of_the_old_rate_low >= 1.1",
        in_part="depths_won >= 1 or cost_of_the_old_rate_low >= 1.1",
    ),
    Claim(
        id="C45",
        sentence="tanh saturates and lets gradients vanish, ReLU does so less.",
        articles=("lecture",),
        experiment="untrained networks of 10 layers of 50 units on 100 digits, 10 seeds, each "
        "activation with the start made for it (tanh: Glorot's, ReLU: He's), biases of standard "
        "deviation 0 to 4: the factor by which a layer multiplies the gradient, with units at rest "
        "around 0 and with units driven to 4. Vanish means a factor below 0.9, which ten layers "
        "make a third. In part: only with units that are driven.",
        measure=vanishing,
        holds="max(tanh_at_rest_high, tanh_driven_high) < 0.9 "
        "and relu_at_rest_low > tanh_at_rest_high and relu_driven_low > tanh_driven_high",
        in_part="tanh_driven_high < 0.9 and relu_driven_low > tanh_driven_high",
    ),
    Claim(
        id="C57",
        sentence="On simple data the training histories of the optimizers hardly differ.",
        articles=("habr",),
        experiment="the study of training histories with three seeds: five optimizers on a network "
        "of 32 hidden units that learns digits for 8 epochs: the gap between the best and the "
        "worst mean accuracy on digits kept apart, and the largest mean loss over the last epoch "
        "in units of the smallest. Hardly means two digits in a hundred, and a factor of 2. In "
        "part: in accuracy alone.",
        measure=alike,
        holds="accuracy_gap <= 0.02 and loss_ratio <= 2",
        in_part="accuracy_gap <= 0.02",
    ),
    Claim(
        id="C64",
        sentence="The least loss on the data at hand can lie below the true loss at the same "
        "parameters.",
        articles=("lecture",),
        experiment="2,000 draws of 8 to 256 points around a known line, the best line through "
        "each, and its true mean squared error in closed form; and a network on 12 splits of "
        "breast_cancer, 100 epochs of Adam, its loss on data kept apart: the shares that lie "
        "below. It holds if most lines of each size and most networks do; in part: some.",
        measure=below_the_truth,
        holds="lines_below_least_low > 0.5 and networks_below_low > 0.5",
        in_part="lines_below_least > 0 or networks_below > 0",
    ),
)
