"""The tables of addresses that a loop is given, beside the arrays themselves."""

from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest

from slalom.errors import SlalomError
from slalom.kernels.leaves import Leaves
from slalom.kernels.memory import Gradients
from slalom.lowering import Entry, Kind, tree
from slalom.lowering.graph import given

DOUBLE = np.dtype(np.float64)


class State(NamedTuple):
    mean: object
    count: object
    peak: object


FORMULA = SimpleNamespace(
    numbers=[],
    structure=tree.structure(State(0, 0, 0)),
    entries=[
        Entry("mean", given("s0", "float64", Kind.ELEMENT), None),
        Entry("count", given("s1", "float64", Kind.LEAF), None),
        Entry("peak", given("s2", "float64", Kind.ELEMENT), None),
    ],
)
PLAN = SimpleNamespace(is_simple=True)
KERNEL = SimpleNamespace(formula=FORMULA, plan=PLAN, width=1)
SHAPES = [(4,), (2, 3), (0,), ()]


def made(shape):
    return State(np.zeros(shape), np.zeros(()), np.zeros(shape))


def place(array):
    return array.ctypes.data


@pytest.fixture
def arrays():
    return [np.zeros(shape) for shape in SHAPES], [made(shape) for shape in SHAPES]


def test_the_tables(arrays):
    params, states = arrays
    leaves = Leaves(KERNEL, DOUBLE, params, states)
    assert leaves.addresses.tolist() == [
        [place(x), place(s.mean), place(s.peak)] for x, s in zip(params, states, strict=True)
    ]
    assert leaves.scalars.tolist() == [[place(s.count)] for s in states]
    assert leaves.addresses.dtype == leaves.scalars.dtype == np.int64
    assert leaves.shared.shape == (0,)


class Counted(NamedTuple):
    mean: object
    count: object


ENTRIES = [
    Entry("mean", given("s0", "float64", Kind.ELEMENT), None),
    Entry("count", given("s1", "float64", Kind.TREE), None),
]
SHARING = SimpleNamespace(
    formula=SimpleNamespace(structure=tree.structure(Counted(0, 0)), entries=ENTRIES, numbers=[]),
    plan=PLAN,
    width=1,
)


def test_what_all_leaves_share_stands_once():
    params, count = [np.zeros(2), np.zeros(3)], np.zeros(())
    states = [Counted(np.zeros_like(x), count) for x in params]
    leaves = Leaves(SHARING, DOUBLE, params, states)
    assert leaves.shared.tolist() == [place(count)]
    assert leaves.shared.dtype == np.int64
    assert leaves.scalars.shape == (2, 0)
    states[1] = states[1]._replace(count=np.zeros(()))
    line = "^state 1, count must be the array of state 0, count: they share it$"
    with pytest.raises(SlalomError, match=line):
        Leaves(SHARING, DOUBLE, params, states)
    x, count = np.zeros(3), np.zeros(4)[2:3].reshape(())
    with pytest.raises(SlalomError, match=r"^state 0, count and state 0, mean overlap in memory"):
        Leaves(SHARING, DOUBLE, [x], [Counted(count.base[:3], count)])


def test_the_tables_of_nothing():
    leaves = Leaves(KERNEL, DOUBLE, [], [])
    assert leaves.addresses.shape == leaves.scalars.shape == (0, 0)
    begins, layout = leaves.gradients(Gradients.of([]))
    assert begins.tolist() == layout.strided == []
    assert layout.offsets.tolist() == [0]


def test_gradients_that_lie_as_their_parameters_do(arrays):
    params, states = arrays
    leaves, gs = Leaves(KERNEL, DOUBLE, params, states), [np.ones_like(x) for x in params]
    begins, layout = leaves.gradients(Gradients.of(gs))
    assert begins.tolist() == [place(g) for g in gs]
    assert begins.dtype == layout.offsets.dtype == np.int64
    assert layout.offsets.tolist() == [0, 4, 10, 10, 11]
    assert layout.strided == []
    assert layout.reach.tolist() == [[0, 0, 0, 0], [32, 48, 0, 8]]
    assert layout.seen == [(g.shape, g.strides, g.dtype) for g in gs]


def test_gradients_that_do_not():
    """The second and the last go through copies; one without elements goes nowhere."""
    params = [np.zeros(4), np.zeros((2, 3)), np.zeros((0, 2)), np.zeros(2)]
    leaves = Leaves(KERNEL, DOUBLE, params, [made(x.shape) for x in params])
    gs = [np.ones(4), np.ones((3, 2)).T, np.ones((2, 0)).T, np.ones(2)[::-1]]
    _, layout = leaves.gradients(Gradients.of(gs))
    assert layout.offsets.tolist() == [0, 4, 4, 4, 4]
    assert layout.strided == [1, 3]
    assert layout.reach[:, 1].tolist() == [0, 48]
    assert layout.reach[:, 3].tolist() == [-8, 8]


def test_layouts_are_looked_at_anew_only_where_they_differ(arrays):
    params, states = arrays
    leaves, gs = Leaves(KERNEL, DOUBLE, params, states), [np.ones_like(x) for x in params]
    given = Gradients.of(gs)
    first = leaves.gradients(given)
    again = leaves.gradients(Gradients(list(given.begins), list(given.layouts), None))
    assert (again[0] is first[0], again[1] is first[1]) == (True, True)
    others = Gradients.of([np.ones_like(x) for x in params])
    moved = leaves.gradients(others)
    assert moved[0].tolist() == others.begins
    assert moved[1] is first[1]
    turned = [*gs[:1], np.ones((3, 2)).T, *gs[2:]]
    begins, layout = leaves.gradients(Gradients.of(turned))
    assert begins.tolist() == [place(g) for g in turned]
    assert layout.strided == [1]
    assert leaves.gradients(given)[1].strided == []


def test_an_address_out_of_alignment_is_a_layout_of_its_own():
    raw, x = np.zeros(33, np.uint8), np.zeros(4)
    leaves = Leaves(KERNEL, DOUBLE, [x], [made((4,))])
    whole, shifted = raw[:32].view(np.float64), raw[1:].view(np.float64)
    assert leaves.gradients(Gradients.of([whole]))[1].strided == []
    assert leaves.gradients(Gradients.of([shifted]))[1].strided == [0]


def test_which_arrays_are_remembered(arrays):
    params, states = arrays
    leaves = Leaves(KERNEL, DOUBLE, params, states)
    assert leaves.are(KERNEL, params, states)
    assert leaves.are(KERNEL, tuple(params), tuple(states))
    assert not leaves.are(SimpleNamespace(), params, states)
    assert not leaves.are(KERNEL, params[:-1], states)
    assert not leaves.are(KERNEL, params, [*states, states[0]])
    assert not leaves.are(KERNEL, [*params[:-1], np.zeros(())], states)
    assert not leaves.are(KERNEL, params, [*states[:-1], made(())])
    params.append(np.zeros(1))  # a list of the caller's, who may go on with it
    assert not leaves.are(KERNEL, params, states)


@pytest.mark.parametrize(
    ("spoilt", "line"),
    [
        (
            (np.zeros(3), made(4), np.ones(3)),
            "state 1, mean must have the shape (3,), got (4,)",
        ),
        (
            (np.zeros(3), made(3)._replace(count=np.zeros(1)), np.ones(3)),
            "state 1, count must have the shape (), got (1,)",
        ),
        (
            (np.zeros(3), made(3)._replace(peak=np.zeros(3, np.float32)), np.ones(3)),
            "state 1, peak must be float64, got float32",
        ),
        (
            (np.zeros(3), [np.zeros(3)] * 3, np.ones(3)),
            (
                "state 1 is not one of this rule with these conventions; the first one is what "
                "its begin gives"
            ),
        ),
        ((0.5, made(3), np.ones(3)), "parameter 1 must be a NumPy array, got float"),
        (
            (np.broadcast_to(0.5, 3), made(3), np.ones(3)),
            "parameter 1 is read-only: a fused step writes in place",
        ),
        (
            (np.lib.stride_tricks.as_strided(np.zeros(3), (3,), (0,)), made(3), np.ones(3)),
            "parameter 1 overlaps itself in memory: each element needs its own place",
        ),
        (
            (np.zeros(3), made(3), np.ones((3, 1))),
            "gradient 1 must have the shape (3,), got (3, 1)",
        ),
        ((np.zeros(3), made(3), np.ones(3, int)), "gradient 1 must be float64, got int64"),
    ],
)
def test_what_does_not_fit_in_whole_lines(spoilt, line):
    x, state, g = spoilt

    def step():
        leaves = Leaves(KERNEL, DOUBLE, [np.zeros(2), x], [made(2), state])
        leaves.gradients(Gradients.of([np.zeros(2), g]))

    with pytest.raises(SlalomError) as caught:
        step()
    assert str(caught.value) == line


def test_a_gradient_that_reaches_into_a_state():
    buffer = np.zeros(8)
    x, state = np.zeros(4), made(4)._replace(peak=buffer[:4])
    leaves = Leaves(KERNEL, DOUBLE, [np.zeros(2), x], [made(2), state])
    leaves.gradients(Gradients.of([np.ones(2), buffer[4:]]))
    for bad in (buffer[3:7], buffer[6:2:-1]):
        line = r"^gradient 1 and state 1, peak overlap in memory: each needs its own$"
        with pytest.raises(SlalomError, match=line):
            leaves.gradients(Gradients.of([np.ones(2), bad]))
