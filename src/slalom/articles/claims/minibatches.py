"""Claims on mini-batches: steps uphill, and gradients of single samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax
import numpy as np
from jax import enable_x64
from jax.flatten_util import ravel_pytree

from ...descent.training import first_params, train
from ...problems import Batches, Problem, softmax_regression
from ...studies.chart import Mark
from ...studies.statistics import geometric_interval, mean_interval, share
from ..four_steps import iris_problem
from ..full_and_mini_batch import COUNT, line_landscape, line_problem
from .claim import Claim, Measured
from .experiment import bars

SIZES = (1, 4, 16, 64)
RATE = 0.05


def uphill(seeds: int = 50, epochs: int = 3) -> Measured:
    """Steps of mini-batches that raise the loss over all samples, and samples to come down."""
    ground = line_landscape()
    level = 0.1 * (ground(ground.start) - ground.minima[0].value)
    up, fall, needed, shown = {}, {}, {}, {}
    for size in (*SIZES, None):
        long = 1 if size else 40  # the full batch has one step an epoch
        run = train(
            f"sgd({RATE})", line_problem(), Batches(size, epochs * long), seeds=range(seeds),
            path=True, dtype=np.float64,
        )  # fmt: skip
        excess = ground(run.data.position.values) - ground.minima[0].value
        name = "full batch" if size is None else f"batch {size}"
        change = np.diff(excess, axis=1)
        coming = np.cumsum(excess[:, :-1] <= level, axis=1) == 0  # until it is down by 90 %
        up[name] = share((change > 0)[coming])
        fall[name] = mean_interval([c[k].mean() for c, k in zip(change, coming, strict=True)])
        arrived = (excess <= level).any(1)
        steps = np.where(arrived, (excess <= level).argmax(1), excess.shape[1])
        needed[name] = steps * (size or COUNT)
        shown[name] = up[name]
    full = needed.pop("full batch")
    saved = {name: geometric_interval(full / samples) for name, samples in needed.items()}
    figures = {
        "uphill_of_batch_1": up["batch 1"].value,
        **up["batch 16"].named("uphill_of_batch_16"),
        "uphill_of_the_full_batch": up["full batch"].value,
        "mean_change_high": max(fall[name].high for name in needed),
        "samples_saved_least": min(s.value for s in saved.values()),
        "samples_saved_least_low": min(s.low for s in saved.values()),
    }
    chart = bars(
        "Steps that raise the loss over all samples, on the way down to a tenth",
        shown,
        "share of steps",
        each="size",
    )
    return Measured(figures, chart)


def pulls(sample: int = 300, seeds: int = 5) -> Measured:
    """How many pairs of samples pull opposite ways, and what is left of the pulls in their mean."""
    opposite: dict[str, list[float]] = {}
    kept: dict[str, list[float]] = {}
    for name, (problem, rule, epochs) in _problems().items():
        runs = train(rule, problem, Batches(16, epochs), seeds=range(seeds), dtype=np.float64)
        gradients = _gradients(problem, sample)
        for seed in range(seeds):
            trained = jax.tree.map(lambda leaf, seed=seed: leaf[seed], runs.params)
            first = first_params(problem, seed, np.float64)
            for when, params in (("at first", first), ("later", trained)):
                g = gradients(params)
                pairs = (g @ g.T)[np.triu_indices(len(g), 1)]
                lengths = np.linalg.norm(g, axis=1)
                opposite.setdefault(f"{name}, {when}", []).append(float(np.mean(pairs < 0)))
                kept.setdefault(f"{name}, {when}", []).append(
                    float(np.linalg.norm(g.mean(0)) / lengths.mean())
                )
    moments = {"at_first": "at first", "later": "later"}
    figures = {
        **{f"opposite_{name}_least": _of(opposite, when, min) for name, when in moments.items()},
        **{f"kept_{name}_most": _of(kept, when, max) for name, when in moments.items()},
    }
    chart = bars(
        "Pairs of samples whose gradients pull opposite ways",
        {name: float(np.mean(values)) for name, values in opposite.items()},
        "share of pairs",
        (Mark(0.5, "half"),),
        each="problem",
    )
    return Measured(figures, chart)


def _of(found: Mapping[str, list[float]], when: str, extreme: Callable[..., float]) -> float:
    """The extreme over all problems and seeds at one of the two moments."""
    return float(extreme(extreme(v) for name, v in found.items() if name.endswith(when)))


def _problems() -> Mapping[str, tuple[Problem, str, int]]:
    """Problems, and a rule and a number of epochs that come near their end."""
    return {
        "line": (line_problem(), f"sgd({RATE})", 10),
        "wine, linear": (softmax_regression("wine"), "sgd(0.5)", 20),
        "iris, network": (iris_problem(), "sgd(0.2)", 20),
    }


def _gradients(problem: Problem, most: int) -> Callable[[Any], np.ndarray]:
    """From parameters to the gradient of each of the first samples, shape (samples, numbers)."""

    def one(params: Any, x: Any, y: Any) -> Any:
        def loss(params: Any) -> Any:
            return problem.loss(problem.model.apply(params, x[None]), y[None])[0]

        return ravel_pytree(jax.grad(loss)(params))[0]

    of_all = jax.jit(jax.vmap(one, in_axes=(None, 0, 0)))

    def gradients(params: Any) -> np.ndarray:
        with enable_x64(True):
            return np.asarray(of_all(params, *problem.train.at(slice(0, most))))

    return gradients


CLAIMS = (
    Claim(
        id="C41",
        sentence="A step on a mini-batch can lead uphill; on average the steps lead down, and they "
        "need fewer samples than the full batch.",
        articles=("medium",),
        experiment="descent with rate 0.05 on a line fitted to 256 points, 50 orders of the "
        "samples, batches of 1, 4, 16 and 64 and all, until the loss over all samples above its "
        "least is down to a tenth: the share of steps that raise it, its mean change a step, and "
        "the samples that the full batch needs in units of those that the batches need (geometric "
        "mean). In part: uphill at times and down on average.",
        measure=uphill,
        holds="uphill_of_batch_16_low > 0 and mean_change_high < 0 and samples_saved_least_low > 1",
        in_part="uphill_of_batch_16_low > 0 and mean_change_high < 0",
    ),
    Claim(
        id="C55",
        sentence="The gradients of single samples can pull opposite ways, and then partly cancel.",
        articles=("orbit",),
        experiment="a line, softmax regression on wine and a network on iris, five seeds, before "
        "training and after it: over all pairs of up to 300 samples the share whose gradients make "
        "an obtuse angle, the least over problems and seeds, and the length of the mean gradient "
        "in units of the mean length, the most over them. They pull opposite ways if at least one "
        "pair in ten does, on every problem after training, and cancel if at most nine tenths are "
        "left. In part: one pair in ten does at one of the two moments.",
        measure=pulls,
        holds="opposite_later_least >= 0.1 and kept_later_most <= 0.9",
        in_part="max(opposite_at_first_least, opposite_later_least) >= 0.1",
    ),
)
