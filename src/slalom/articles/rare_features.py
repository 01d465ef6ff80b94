"""S18: rare features: how far each rule moves a weight that is seldom seen."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from ..descent.training import train
from ..problems import Batches, Linear, Problem, Samples, logistic, sign_accuracy
from ..studies.bands import band
from ..studies.chart import Chart, Panel
from .study import Figure, Study

COMMON, RARE = 20, 80  # features of each kind
OFTEN, SELDOM = 0.5, 0.02  # the share of samples that have one of them
RULES = {
    "sgd": "sgd(lr=0.1)",
    "momentum": "momentum(lr=0.01, momentum=0.9)",
    "adagrad": "adagrad(lr=0.1)",
    "rmsprop": "rmsprop(lr=0.005, decay=0.9)",
    "adadelta": "adadelta(lr=1, decay=0.95)",
    "adam": "adam(lr=0.005)",
}


def bags(count: int, seed: int) -> Samples:
    """Bags of features: 1 where a sample has one, else 0; only the rare ones tell the class.

    Every rare feature speaks for class 1 or for class 0; a sample has the class that most of its
    rare features speak for, and where they are even a random one.
    """
    random = np.random.default_rng(seed)
    common = random.random((count, COMMON)) < OFTEN
    rare = random.random((count, RARE)) < SELDOM
    speaks_for = np.where(np.arange(RARE) % 2 == 0, 1, -1)
    votes = rare @ speaks_for + random.choice([-0.5, 0.5], count)
    inputs = np.concatenate([common, rare], axis=1).astype(np.float64)
    return Samples(inputs, (votes > 0).astype(np.int32))


def bag_problem(count: int = 2000) -> Problem:
    """Logistic regression on the bags, with as many for testing."""
    model = Linear(COMMON + RARE, 1, bias=False)
    return Problem("bags", bags(count, 0), bags(count, 1), model, logistic, sign_accuracy)


def learning(*, epochs: int = 5, seeds: int = 5, count: int = 2000) -> Chart:
    """How well each rule learns from rare features, and how far it moves rare and common weights.

    Args:
        epochs: how often every bag is seen.
        seeds: how many orders of the batches, at least 2.
        count: bags to learn from, and as many to test on.
    """
    runs = [
        train(rule, bag_problem(count), Batches(32, epochs), seeds=range(seeds))
        for rule in RULES.values()
    ]
    right = np.stack([run.data.test_metric.values.T for run in runs])
    moved = np.abs(np.stack([run.params["weights"][..., 0] for run in runs]))  # from 0
    parts = {"rare": moved[..., COMMON:].mean(-1), "common": moved[..., :COMMON].mean(-1)}
    data = xr.Dataset(
        band(right, "accuracy", ("rule", "epoch"))
        | band(parts["rare"] / parts["common"], "ratio", ("rule",)),
        {"rule": list(RULES), "epoch": np.arange(epochs + 1)},
    )
    numbers = {
        f"{label}, {rule}": float(values[i])
        for label, values in (
            ("rare weights over common ones", data.ratio.values),
            ("final accuracy", data.accuracy.values[:, -1]),
        )
        for i, rule in enumerate(RULES)
    }
    panels = (
        Panel(
            "accuracy",
            x="epoch",
            low="accuracy_low",
            high="accuracy_high",
            ylabel="share of test bags right",
            title="how well they learn",
        ),
        Panel(
            "ratio",
            x="rule",
            by=None,
            kind="bars",
            low="ratio_low",
            high="ratio_high",
            xlabel="rule",
            ylabel="mean rare weight over mean common one",
            title="how far they move rare weights",
        ),
    )
    return Chart(data, "Learning from rare features", panels, numbers)


def pull(outputs: Any, targets: Any) -> Any:
    """The loss `-z`, whose gradient by the weight of a feature is -1 wherever it is present."""
    return -outputs[:, 0]


def frequencies(*, length: int = 1024, rarest: int = 8) -> Chart:
    """How far a weight moves if its gradient is 1 at every 2^k-th step and 0 between.

    Relative to a weight whose gradient is 1 at every step. Descent moves in proportion to how
    often the gradient comes; Adagrad in proportion to the root of it:

        sum(1/sqrt(i), i = 1 to n) ≈ 2 sqrt(n)

    Args:
        length: how many steps, a multiple of 2^rarest.
        rarest: the largest k.
    """
    every = 2 ** np.arange(rarest + 1)
    present = (np.arange(1, length + 1)[:, None] % every == 0).astype(np.float64)
    steps = Samples(present, np.zeros(length))
    model = Linear(len(every), 1, bias=False)
    problem = Problem("pull", steps, steps.at(slice(0, 0)), model, pull, pull)
    batches = Batches(1, epochs=1, shuffle="never")
    runs = [train(rule, problem, batches, dtype=np.float64) for rule in RULES.values()]
    moved = np.stack([run.params["weights"][0, :, 0] for run in runs])
    data = xr.Dataset(
        {"distance": (("rule", "frequency"), moved / moved[:, :1])},
        {"rule": list(RULES), "frequency": 1 / every},
    )
    panel = Panel(
        "distance",
        x="frequency",
        log="xy",
        xlabel="share of steps with a gradient",
        ylabel="distance, relative",
    )
    halving = np.log2(data.distance.values[:, 0] / data.distance.values[:, -1]) / rarest
    numbers = {f"exponent of {r}": float(h) for r, h in zip(RULES, halving, strict=True)}
    return Chart(data, "How far a rarely pulled weight moves", (panel,), numbers)


STUDY = Study(
    id="S18",
    title="Rare features",
    articles=("habr", "notebook"),
    about=(
        "In a bag of words most words that tell something are rare. Here a class depends on "
        "features that one sample in fifty has, among others that every second one has and that "
        "mean nothing. A rule that divides by what it has seen of a weight's gradients moves the "
        "rare weights about as far as the common ones, and farther; descent moves each as often "
        "as it is seen. A second picture takes the learning out and keeps the rarity alone."
    ),
    figures=(
        Figure(
            "learning",
            "Learning from rare features",
            learning,
            shows="The rules that adapt to each weight learn from the rare features within an "
            "epoch or two and move their weights much farther than the common ones; plain descent "
            "and momentum take longer. Curves and bars are means of five orders of the batches, "
            "bands and whiskers their 95% intervals.",
        ),
        Figure(
            "frequencies",
            "Distance against frequency",
            frequencies,
            shows="The rarer a weight is pulled, the less far it moves: for descent in "
            "proportion, for Adagrad and Adam by the square root only; RMSProp, whose memory is "
            "short, lies between, and Adadelta, from its zero start, falls behind even descent.",
        ),
    ),
    claims=("C10", "C50"),
)
