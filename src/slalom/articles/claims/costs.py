"""Claims on time, measured on the machine at hand: ratios, and medians of interleaved runs."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ...rules import Adagrad, Adam, GradientDescent, Momentum, Nesterov, RMSProp, Rule
from ...studies.chart import Mark
from ...studies.statistics import Estimate
from ..four_steps import backward, first_network, forward, iris_problem, loss, update
from .claim import Claim, Measured
from .experiment import bars, curves

SIMPLER = (GradientDescent(), Momentum(), Nesterov(shifted=True), Adagrad(), RMSProp())


def times(
    jobs: Mapping[str, Callable[[], object]], rounds: int, turns: int = 1
) -> dict[str, np.ndarray]:
    """Seconds that each job takes in each round, the fastest of so many turns.

    The jobs take turns, so that all see the same load; what else runs only ever adds time.
    """
    taken = {name: np.full(rounds, np.inf) for name in jobs}
    for job in jobs.values():  # once unmeasured: memory is at hand then
        job()
    for number in np.repeat(np.arange(rounds), turns):
        for name, job in jobs.items():
            begun = time.perf_counter()
            job()
            taken[name][number] = min(taken[name][number], time.perf_counter() - begun)
    return taken


def middle(ratios: np.ndarray) -> Estimate:
    """The median of ratios over the rounds, with the interval of its order statistics."""
    half = min(0.5, 0.98 / len(ratios) ** 0.5)  # the share of the rounds that a normal one has
    low, mid, high = np.quantile(ratios, [0.5 - half, 0.5, 0.5 + half]).tolist()
    return Estimate(mid, low, high)


def per_sample(rounds: int = 40, sizes: Sequence[int] = (1, 4, 16, 64, 256, 1024)) -> Measured:
    """Seconds a sample of one update written out in NumPy, by the size of its batch."""
    problem = iris_problem(32)
    net = first_network(problem, 0)
    draws = np.random.default_rng(0)

    def job(size: int) -> Callable[[], object]:
        index = draws.integers(0, problem.train.count, size)
        x, y = problem.train.inputs[index], problem.train.targets[index]
        count = max(1, 64 // size)  # so that no job is too short for the clock

        def run() -> None:
            for _ in range(count):
                seen = forward(net, x)
                loss(seen.p, y)
                update(net, backward(net, x, y, seen), 0.1)

        return run

    taken = times({str(size): job(size) for size in sizes}, rounds, turns=5)
    each = np.array([taken[str(n)] / (n * max(1, 64 // n)) for n in sizes])
    middles = np.median(each, axis=1) * 1e6
    steps = [middle(a / b) for a, b in itertools.pairwise(each)]
    figures = {
        **middle(each[0] / each[-1]).named("gain"),
        "least_fall": min(step.value for step in steps),
        "least_fall_low": min(step.low for step in steps),
        "sizes": len(sizes),
        "falls": sum(step.low > 1 for step in steps),
    }
    chart = curves(
        "The time of an update by the size of its batch, on the machine that made this page",
        {"samples a batch": np.array(sizes)},
        {
            "measured": middles,
            "if every update took as long as one of a single sample": middles[0] / np.array(sizes),
        },
        "microseconds a sample",
        "xy",
    )
    return Measured(figures, chart)


def a_step_of(rounds: int = 30, numbers: int = 300_000) -> Measured:
    """Seconds that a step of Adam takes in NumPy, in units of those of simpler rules."""
    rules: dict[str, Rule] = {rule.name: rule for rule in (*SIMPLER, Adam())}
    taken = times({name: _step(rule, numbers) for name, rule in rules.items()}, rounds)
    ratios = {rule.name: middle(taken["adam"] / taken[rule.name]) for rule in SIMPLER}
    figures = {
        **{k: v for name, ratio in ratios.items() for k, v in ratio.named(name).items()},
        "rules": len(ratios),
        "rules_cheaper": sum(ratio.low > 1 for ratio in ratios.values()),
    }
    chart = bars(
        f"A step of Adam beside simpler rules, {numbers:,} parameters in NumPy",
        ratios,
        "time of Adam / time of the rule",
        (Mark(1.0, "as long as Adam"),),
        each="rule",
        rules=list(ratios),
    )
    return Measured(figures, chart)


def _step(rule: Rule, numbers: int) -> Callable[[], object]:
    x, g = np.random.default_rng(0).normal(size=(2, numbers)).astype(np.float32)
    state = rule.begin(x)
    return lambda: rule.step(x, g, state, 10, grad=lambda point: g)


CLAIMS = (
    Claim(
        id="C60",
        sentence="The larger the batch, the less time a sample takes; a batch of one throws away "
        "what vectorisation gains.",
        articles=("medium",),
        experiment="an update of a network of 32 hidden units, forward, loss and gradient written "
        "out in NumPy, batches of 1 to 1,024 samples, on the machine that made this page: 40 "
        "rounds of five turns, of which the fastest counts, and the sizes take turns. The time a "
        "sample at each size in units of that at the next, and that at 1 in units of that at 1,024 "
        "(medians over the rounds). A fall counts only where the lower end of its interval is "
        "above 1, and all must count; thrown away means a factor of ten or more. In part: more "
        "than 1.",
        measure=per_sample,
        holds="falls == sizes - 1 and gain_low >= 10",
        in_part="gain_low > 1",
    ),
    Claim(
        id="C61",
        sentence="A step of Adam costs more time than a step of a simpler rule.",
        articles=("medium",),
        experiment="descent, momentum, Nesterov, Adagrad, RMSProp and Adam as NumPy runs them on "
        "300,000 parameters in float32, 30 rounds in which the rules take turns, on the machine "
        "that made this page: the time of Adam's step in units of each other's (medians over the "
        "rounds). In part: more than at least half of them.",
        measure=a_step_of,
        holds="rules_cheaper == rules",
        in_part="rules_cheaper >= rules / 2",
    ),
)
