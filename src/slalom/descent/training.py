"""Training: the one loop's step on a learning problem, batch after batch, many seeds at once."""

from __future__ import annotations

import functools
from collections.abc import Sequence, Sized
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jax import enable_x64

from .. import cache
from ..divergence import has_diverged
from ..errors import SlalomError, shown
from ..jax import compiled_for
from ..memory import check_fits
from ..problems import Batches, Problem, Samples
from ..problems.checks import as_precision
from ..problems.fitting import check_fit
from ..rules import Rule, as_rule
from . import loop
from .checks import COPIES, SCALARS, check_seed
from .objective import Tree
from .outcome import DIVERGED, FINISHED, Outcomes
from .samples import OnSamples
from .stops import finite


@dataclass(frozen=True, eq=False)
class Training:
    """What one rule learned, from one seed or several.

    Attributes:
        rule: the rule.
        problem: what was learned.
        batches: how the samples were dealt out.
        params: where it ended, a tree like the model's with one more first axis, of seeds.
        outcome: how each seed's run ended; a step is an update. Whether the loss rose so far
            that a run diverged is told by that over all training samples.
        data: dimensions `seed`, `step` (1 to n, an update each) and `epoch` (0 to the last).
            Along `seed` and `step`, at the parameters before it: `loss` and `gradient_norm`
            of the update's batch, NaN where it was skipped, and whether it was `made`; the
            coordinate `seen`, how many epochs were over. Along `seed` and `epoch`, over all
            samples: `train_loss`, `train_metric`, `test_loss`, `test_metric`. Where kept,
            `position` along `seed`, `moment` (0 to n) and `axis`. After the end of a run
            everything is NaN.
    """

    rule: Rule
    problem: Problem
    batches: Batches
    params: Tree
    outcome: Outcomes
    data: xr.Dataset

    def __repr__(self) -> str:
        return f"<Training of {self.rule!r} on {self.problem.name}: {self.outcome}>"


class Progress(NamedTuple):
    """What goes from update to update: the loop's carry, and the number of the next step."""

    carry: loop.Carry
    t: Any


class Row(NamedTuple):
    """What an update leaves behind."""

    loss: Any
    gradient_norm: Any
    made: Any
    position: Any


class Scores(NamedTuple):
    """How the parameters do over all samples, after an epoch."""

    train_loss: Any
    train_metric: Any
    test_loss: Any
    test_metric: Any


def train(
    rule: Rule | str,
    problem: Problem,
    batches: Batches | None = None,
    *,
    seeds: Sequence[int] = (0,),
    path: bool = False,
    dtype: Any = np.float32,
) -> Training:
    """Train a problem's model by a rule.

    A seed decides the first parameters and the batches, so that rules trained with the same
    seeds are compared on the same ones. Where no sample of a batch is usable the update is
    skipped: the parameters, the rule's state and its count of steps stay as they are.

    Args:
        rule: a rule, or its text. Hyperparameters that are arrays of shape (n,) go with n
            seeds, one number each.
        problem: what to learn.
        batches: how the samples are dealt out. Default: 32 a batch for 10 epochs.
        seeds: one or more, each from 0 to 2^32 - 1; all are trained at once.
        path: keep the parameters of every update too, where they are one vector.
        dtype: float32, the default, or float64.

    Raises:
        SlalomError: arguments that are not allowed. A run that diverges raises nothing.
    """
    rule = as_rule(rule)
    batches = Batches() if batches is None else batches
    if not isinstance(problem, Problem):
        raise SlalomError(
            f"problem must be a Problem, got {shown(problem)}; slalom.problems.find makes one of a "
            "name"
        )
    if not isinstance(seeds, Sized):
        raise SlalomError(f"seeds must be several, as in range(5), got {shown(seeds)}")
    check_fits(f"a list of {len(seeds):,} seeds", 100 * len(seeds), "choose fewer")
    seeds = list(seeds)
    if not seeds:
        raise SlalomError("training needs at least one seed")
    for seed in seeds:
        check_seed(seed)
    dtype = as_precision(dtype)
    given, problem = problem, problem.of_dtype(dtype)
    numbers = jax.tree.map(lambda v: np.asarray(v, dtype), rule)
    _check_numbers(numbers, len(seeds))
    _check_memory(problem, batches, len(seeds), _check_vector(problem) if path else 0)
    dealt = [batches.tables(problem.train.count, seed) for seed in seeds]
    tables = jax.tree.map(lambda *each: np.stack(each), *dealt)
    with enable_x64(dtype == np.float64):
        cache.switch_on()
        first = [first_params(problem, seed, dtype) for seed in seeds]
        check_fit(given, first[0])
        starts = jax.tree.map(lambda *each: np.stack(each), *first)
        keys = jnp.stack([jax.random.key(seed) for seed in seeds])
        varying = tuple(leaf.ndim > 0 for leaf in jax.tree.leaves(numbers))
        run = compiled_for(_trained, numbers, problem)
        found = run(numbers, problem, starts, tables, keys, varying=varying, path=path)
        params, rows, scores = jax.tree.map(np.array, found)
    outcome, seen = _outcomes(rows, scores, params), batches.seen(problem.train.count)
    _cut(rows, scores, outcome, seen)
    data = _labelled(rule, problem, seeds, rows, scores, seen)
    return Training(rule, problem, batches, params, outcome, data)


def first_params(problem: Problem, seed: int, dtype: Any = np.float32) -> Tree:
    """The parameters that a seed begins with, NumPy arrays."""
    # drawn by NumPy: compiling JAX's draws would take longer than compiling the training
    own = np.random.SeedSequence(seed, spawn_key=(0,))
    return problem.model.init(np.random.default_rng(own), dtype)


def _check_numbers(numbers: Any, count: int) -> None:
    for leaf in jax.tree.leaves(numbers):
        if leaf.shape not in ((), (count,)):
            raise SlalomError(
                f"a hyperparameter has one number, or one for each of {count} seeds, "
                f"not shape {leaf.shape}"
            )


def _check_vector(problem: Problem) -> int:
    """How many parameters there are, where they are one vector."""
    shapes = [leaf.shape for leaf in jax.tree.leaves(first_params(problem, 0))]
    if len(shapes) != 1 or len(shapes[0]) != 1:
        raise SlalomError(f"path=True needs parameters that are one vector, got shapes {shapes}")
    return shapes[0][0]


def _check_memory(problem: Problem, batches: Batches, seeds: int, size: int) -> None:
    """Raise unless there is memory for the tables of batches, and for what updates leave behind."""
    count = problem.train.count
    sizes = batches.sizes(count)
    updates = sum(-(-count // max(size, 1)) for size in sizes)
    numbers = count * len(sizes) + updates * (SCALARS + size)
    what = f"training of {updates:,} updates from {seeds:,} seeds"
    check_fits(what, COPIES * seeds * 8 * numbers, "choose fewer epochs or seeds")


@functools.partial(jax.jit, static_argnames=("varying", "path"))
def _trained(rule, problem, starts, tables, keys, *, varying: tuple[bool, ...], path: bool) -> Any:
    """End parameters, rows and scores; seeds on the first axis of all."""
    form = jax.tree.structure(rule)

    def one(leaves: Any, start: Tree, tables: Any, key: Any) -> Any:
        return _one(jax.tree.unflatten(form, leaves), problem, start, tables, key, path)

    axes = ([0 if varies else None for varies in varying], 0, 0, 0)
    return jax.vmap(one, in_axes=axes)(jax.tree.leaves(rule), starts, tables, keys)


def _one(rule: Rule, problem: Problem, start: Tree, tables: Any, key: Any, path: bool) -> Any:
    draws = key if "key" in rule.needs else None
    progress = Progress(loop.begin(rule, OnSamples(problem, problem.train), start), jnp.int32(1))

    def update(now: Progress, index: Any) -> tuple[Progress, Row]:
        count = problem.train.count  # stands for no sample
        samples = problem.train.at(jnp.minimum(index, count - 1))
        batch = OnSamples(problem, samples, index < count)
        return _update(rule, batch, now, draws, path)

    def epoch(now: Progress, table: Any) -> tuple[Progress, tuple[Row, Scores]]:
        now, rows = jax.lax.scan(update, now, table)
        return now, (rows, _scores(problem, loop.judged(rule, now.carry)))

    first = loop.judged(rule, progress.carry)
    parts = []
    for table in tables:  # one for each batch size, of shape (epochs, updates, size)
        progress, (rows, scores) = jax.lax.scan(epoch, progress, table)
        flat = jax.tree.map(lambda a: a.reshape(-1, *a.shape[2:]), rows)
        parts.append((flat, scores))
    rows, scores = jax.tree.map(lambda *a: jnp.concatenate(a), *parts)
    at_start = (first if path else None, _scores(problem, first))
    position, scores = jax.tree.map(
        lambda a, b: jnp.concatenate([a[None], b]), at_start, (rows.position, scores)
    )
    return loop.judged(rule, progress.carry), rows._replace(position=position), scores


def _update(
    rule: Rule, batch: OnSamples, now: Progress, key: Any, path: bool
) -> tuple[Progress, Row]:
    """The loop's step on a batch, or none where the batch says nothing."""
    g = loop.slope(rule, batch, now.carry, now.t, key)
    carry, met = loop.advance(rule, batch, now.carry, g, now.t, key)
    moved = Progress(carry, now.t + 1)
    here = loop.judged(rule, now.carry)
    made = batch.is_usable(now.carry.x)
    if batch.problem.usable is not None:
        moved = jax.tree.map(lambda a, b: jnp.where(made, a, b), moved, now)
    position = loop.judged(rule, moved.carry) if path else None
    return moved, Row(batch.value(here), loop.norm(loop.averaged(met)), made, position)


def _scores(problem: Problem, params: Tree) -> Scores:
    def of(samples: Samples) -> tuple[Any, Any]:
        return problem.value(params, samples), problem.score(params, samples)

    return Scores(*of(problem.train), *of(problem.test))


def _outcomes(rows: Row, scores: Scores, params: Tree) -> Outcomes:
    """A run diverged where its loss or gradient overflowed, or its last parameters or loss did."""
    failed = rows.made & ~(np.isfinite(rows.loss) & np.isfinite(rows.gradient_norm))
    with np.errstate(invalid="ignore"):
        rose = has_diverged(scores.train_loss[:, 0], scores.train_loss[:, -1])
    lost = ~finite(params, (len(failed),)) | rose
    failed = np.concatenate([failed, lost[:, None]], axis=1)  # one column for each moment
    diverged = failed.any(1)
    step = np.where(diverged, failed.argmax(1), failed.shape[1] - 1).astype(np.int32)
    return Outcomes(np.where(diverged, DIVERGED, FINISHED).astype(np.uint8), step)


def _cut(rows: Row, scores: Scores, outcome: Outcomes, seen: np.ndarray) -> None:
    """Make everything after the last moment of each run NaN, and the losses of skipped updates."""
    moment = np.arange(len(seen))
    after = moment > outcome.step[:, None]
    for along_updates in (rows.loss, rows.gradient_norm):
        along_updates[~rows.made | after[:, :-1]] = np.nan
    if rows.position is not None:
        rows.position[after] = np.nan
    epochs = np.flatnonzero(seen == np.floor(seen))  # the moments at which an epoch begins or ends
    for along_epochs in scores:
        along_epochs[after[:, epochs]] = np.nan


def _labelled(
    rule: Rule, problem: Problem, seeds: list[int], rows: Row, scores: Scores, seen: np.ndarray
) -> xr.Dataset:
    along = ("seed", "step")
    variables: dict[str, Any] = {
        "loss": (along, rows.loss),
        "gradient_norm": (along, rows.gradient_norm),
        "made": (along, rows.made),
    }
    variables |= {name: (("seed", "epoch"), found) for name, found in scores._asdict().items()}
    if rows.position is not None:
        variables["position"] = (("seed", "moment", "axis"), rows.position)
    labels = {
        "seed": seeds,
        "step": np.arange(1, len(seen)),
        "seen": ("step", seen[:-1]),
        "epoch": np.arange(scores.train_loss.shape[1]),
    }
    return xr.Dataset(variables, labels, {"rule": repr(rule), "problem": problem.name})
