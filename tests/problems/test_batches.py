"""Batches: every sample once an epoch, in an order that the seed alone decides."""

import numpy as np
import pytest

from slalom.errors import SlalomError
from slalom.problems import Batches
from slalom.rules import hybrid


def samples_of(table, count):
    return [sorted(epoch[epoch < count].tolist()) for epoch in table]


@pytest.mark.parametrize("size", [1, 7, 20, 50, None])
@pytest.mark.parametrize("shuffle", ["each epoch", "once", "never"])
def test_every_sample_is_seen_once_an_epoch(size, shuffle):
    (table,) = Batches(size, epochs=3, shuffle=shuffle).tables(20, seed=1)
    assert samples_of(table, 20) == [list(range(20))] * 3
    assert table.shape[1:] == {1: (20, 1), 7: (3, 7), 20: (1, 20)}.get(size, (1, 20))


def test_what_remains_is_a_smaller_batch_or_left_out():
    (kept,) = Batches(8, epochs=2).tables(20, seed=0)
    (dropped,) = Batches(8, epochs=2, drop_last=True).tables(20, seed=0)
    assert (kept < 20).sum(-1).tolist() == [[8, 8, 4]] * 2
    np.testing.assert_array_equal(dropped, kept[:, :2])


def test_orders_are_reshuffled_repeated_or_left_alone():
    def epochs(shuffle):
        return [e.ravel().tolist() for e in Batches(5, 3, shuffle).tables(20, seed=4)[0]]

    first, second, third = epochs("each epoch")
    assert first != second != third != first
    assert epochs("once") == [first] * 3
    assert epochs("never") == [list(range(20))] * 3


def test_the_order_is_that_of_the_seed_whatever_the_batch_size():
    (ones,) = Batches(1, epochs=2).tables(20, seed=3)
    (fives,) = Batches(5, epochs=4).tables(20, seed=3)
    np.testing.assert_array_equal(ones.ravel(), fives[:2].ravel())
    (others,) = Batches(1, epochs=2).tables(20, seed=5)
    assert ones.tolist() != others.tolist()


def test_a_schedule_of_sizes_makes_a_table_for_each():
    small, large = Batches(hybrid(4, 20, epochs=2), epochs=5).tables(20, seed=0)
    assert small.shape == (2, 5, 4)
    assert large.shape == (3, 1, 20)


@pytest.mark.parametrize(
    ("batches", "seen"),
    [
        (Batches(8, 1), [0, 0.4, 0.8, 1]),
        (Batches(8, 2, drop_last=True), [0, 0.5, 1, 1.5, 2]),
        (Batches(hybrid(10, 20, epochs=1), 2), [0, 0.5, 1, 2]),
    ],
)
def test_how_many_epochs_are_over(batches, seen):
    np.testing.assert_allclose(batches.seen(20), seen)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"size": 0}, "batch size must be a whole number of at least 1, got 0"),
        ({"size": 2.5}, "got 2.5"),
        ({"epochs": 0}, "epochs must be a whole number of at least 1, got 0"),
        ({"epochs": True}, "got True"),
        ({"shuffle": "twice"}, "unknown shuffle 'twice'"),
    ],
)
def test_refusals(arguments, says):
    with pytest.raises(SlalomError, match=says):
        Batches(**arguments)


def test_an_epoch_without_a_batch_is_refused():
    with pytest.raises(SlalomError, match="a batch of 30 is more than all 20 samples"):
        Batches(30, drop_last=True).tables(20, seed=0)
