"""Batches: which samples each update sees, as a table that is known before training."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal, get_args

import numpy as np

from ..errors import SlalomError, unknown
from ..memory import check_fits
from ..rules.schedules import Schedule

Shuffle = Literal["each epoch", "once", "never"]


@dataclass(frozen=True)
class Batches:
    """How samples are dealt out to updates.

    The order of epoch e (from 1) is the permutation that NumPy's default generator draws when
    seeded with `(seed, e)`; with `once` it is that of epoch 1 in every epoch, with `never` the
    order of the data. So it depends on nothing but the seed: rules that are compared see the
    same batches, and batch sizes that are compared the same order.

    Attributes:
        size: samples a batch, at least 1; a schedule of them over the epochs, for example
            `hybrid(32, 512, epochs=8)`; or None for all samples at once.
        epochs: how often every sample is seen, at least 1.
        shuffle: `each epoch` anew, `once` (the same batches every epoch), or `never`.
        drop_last: leave out what remains of an epoch after the last full batch; else it is a
            smaller batch.

    Raises:
        SlalomError: a value that is not allowed.
    """

    size: int | Schedule | None = 32
    epochs: int = 10
    shuffle: Shuffle = "each epoch"
    drop_last: bool = False

    def __post_init__(self):
        if self.shuffle not in get_args(Shuffle):
            raise SlalomError(unknown("shuffle", str(self.shuffle), get_args(Shuffle)))
        if not _whole(self.epochs):
            raise SlalomError(f"epochs must be a whole number of at least 1, got {self.epochs}")
        check_fits(f"a list of {self.epochs:,} epochs", 100 * self.epochs, "choose fewer")
        if self.size is None:
            return
        for size in self._sizes():
            if not _whole(size):
                raise SlalomError(f"a batch size must be a whole number of at least 1, got {size}")

    def sizes(self, count: int) -> list[int]:
        """The batch size of each epoch over so many samples.

        Raises:
            SlalomError: `drop_last` would leave an epoch without a batch.
        """
        sizes = [count] * self.epochs if self.size is None else self._sizes()
        if self.drop_last and max(sizes) > count:
            raise SlalomError(f"a batch of {max(sizes)} is more than all {count} samples")
        return [min(int(size), count) for size in sizes]

    def order(self, count: int, seed: int, epoch: int) -> np.ndarray:
        """The order of so many samples in an epoch (from 1), whole numbers of shape (count,)."""
        if self.shuffle == "never":
            return np.arange(count)
        drawn_in = 1 if self.shuffle == "once" else epoch
        return np.random.default_rng((seed, drawn_in)).permutation(count)

    def tables(self, count: int, seed: int) -> tuple[np.ndarray, ...]:
        """The samples of every update: a table for each run of epochs of one batch size.

        Returns:
            int32 arrays of shape (epochs, updates, size); an entry of `count` stands for no
            sample, where the last batch of an epoch is smaller.
        """
        sizes = enumerate(self.sizes(count), 1)
        runs = [(size, [epoch for epoch, _ in run]) for size, run in groupby(sizes, _of_size)]
        return tuple(
            np.stack([self._dealt(self.order(count, seed, e), size) for e in epochs])
            for size, epochs in runs
        )

    def seen(self, count: int) -> np.ndarray:
        """How many epochs were over before each update, and after the last: floats from 0.

        Within an epoch it is the share of its samples that were seen.
        """
        before = [np.zeros(0)]
        for epoch, size in enumerate(self.sizes(count)):
            held = np.sum(self._dealt(np.arange(count), size) < count, axis=-1)
            before.append(epoch + (np.cumsum(held) - held) / np.sum(held))
        return np.append(np.concatenate(before), self.epochs)

    def _sizes(self) -> list:
        if isinstance(self.size, Schedule):
            sizes = [self.size(epoch) for epoch in range(1, self.epochs + 1)]
            return [int(size) if float(size).is_integer() else size for size in sizes]
        return [self.size] * self.epochs

    def _dealt(self, order: np.ndarray, size: int) -> np.ndarray:
        """An epoch's order cut into batches, shape (updates, size)."""
        count = len(order)
        short = -count % size
        if self.drop_last:
            order, short = order[: count - count % size], 0
        return np.pad(order, (0, short), constant_values=count).reshape(-1, size).astype(np.int32)


def _of_size(numbered: tuple[int, int]) -> int:
    return numbered[1]


def _whole(number: Any) -> bool:
    is_int = isinstance(number, (int, np.integer)) and not isinstance(number, bool)
    return is_int and bool(number >= 1)
