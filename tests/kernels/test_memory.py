"""Bounds and overlaps in memory, beside NumPy's own answers and beside all pairs of elements."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slalom.errors import SlalomError
from slalom.kernels.memory import (
    Gradients,
    Piece,
    WrittenRegions,
    address,
    bounds,
    is_flat,
    overlaps_itself,
)

from .layouts import Framed, layouts, shapes

EIGHT = np.dtype(np.float64).itemsize


@st.composite
def views(draw, shape=shapes):
    """Arrays with any strides that slicing, flipping and transposing make."""
    shape = draw(shape)
    return Framed(np.zeros(shape), *draw(layouts(len(shape)))).view


def places(array):
    """Where each element begins, in bytes from the first, in the order of the indices."""
    steps = np.ndindex(array.shape)
    return [sum(i * s for i, s in zip(index, array.strides, strict=True)) for index in steps]


@given(views())
def test_bounds_are_those_of_numpy(array):
    if array.size:
        assert bounds(array) == np.lib.array_utils.byte_bounds(array)
    assert address(array) == array.ctypes.data
    assert not overlaps_itself(array)


def test_bounds_of_bytes():
    array = np.zeros((3, 5), np.uint8)[:2, 1:3]
    assert bounds(array) == np.lib.array_utils.byte_bounds(array)
    assert bounds(array[::-1, ::-1]) == bounds(array)


def test_bounds_of_no_elements():
    array = np.zeros((3, 0))
    assert bounds(array) == (address(array), address(array))


STRIDES = st.lists(st.integers(-12, 12), max_size=3)


@settings(max_examples=200)
@given(STRIDES, st.data())
def test_elements_in_one_place(strides, data):
    """Never missed; and never suspected where each stride is past all that is within it."""
    shape = data.draw(st.tuples(*[st.integers(0, 4)] * len(strides)))
    buffer = np.zeros(1000, np.uint8)
    array = np.lib.stride_tricks.as_strided(buffer[500:].view(np.int16), shape, strides)
    meet = any(abs(a - b) < 2 for a, b in itertools.combinations(places(array), 2))
    assert overlaps_itself(array) >= meet
    if len(strides) == 1:
        assert overlaps_itself(array) == meet


@pytest.mark.parametrize("shape", [(3, 0), (0, 3)])
def test_no_elements_overlap_nothing(shape):
    assert not overlaps_itself(np.broadcast_to(np.zeros(()), shape))


def is_one_run(arrays):
    """Whether all arrays have their elements in one order, without gaps."""
    found = [places(a) for a in arrays]
    return all(f == found[0] for f in found) and sorted(found[0]) == [
        EIGHT * n for n in range(arrays[0].size)
    ]


SOME = st.lists(st.sampled_from([1, 2, 3]), min_size=1, max_size=3)


@st.composite
def alike(draw):
    """Arrays of one shape, most of them in one layout, which may have gaps."""
    shape = tuple(draw(SOME))
    order = draw(st.permutations(range(len(shape))))
    dense = np.zeros([shape[a] for a in order]).transpose(np.argsort(order))
    gaps = draw(layouts(len(shape)))
    kinds = draw(st.lists(st.sampled_from("ddggc"), min_size=1, max_size=3))
    makers = {
        "d": lambda: dense.copy("K"),
        "g": lambda: Framed(np.zeros(shape), *gaps).view,
        "c": lambda: np.zeros(shape),
    }
    return [makers[kind]() for kind in kinds]


@settings(max_examples=200)
@given(alike())
def test_flat_arrays_are_one_run_of_elements_each(arrays):
    assert is_flat(arrays) == is_one_run(arrays)


def test_the_stride_of_a_single_index_does_not_matter():
    one, other = np.zeros((3, 2)).T[:, None, :], np.zeros((3, 1, 2)).transpose(2, 1, 0)
    assert one.strides != other.strides
    assert is_flat([one, other])


def test_bytes_may_be_flat():
    assert is_flat([np.zeros((2, 3), np.uint8).T])
    assert not is_flat([np.zeros((2, 6), np.uint8)[:, ::2].T])


def test_what_is_not_aligned_is_not_flat():
    raw = np.zeros(25, np.uint8)
    assert is_flat([raw[:24].view(np.float64)])
    assert not is_flat([raw[1:].view(np.float64)])
    assert not is_flat([np.zeros(3), raw[1:].view(np.float64)])


BUFFER = np.zeros(24)
SLICES = st.builds(
    lambda begin, length, step: BUFFER[begin : begin + length : step],
    st.integers(0, 20), st.integers(0, 8), st.integers(1, 3),
)  # fmt: skip


def all_bounds(arrays):
    return np.array([bounds(a) for a in arrays], np.int64).reshape(-1, 2).T


def labelled(line, names):
    """The two labels in an error."""
    one, other = line.removesuffix(" overlap in memory: each needs its own").split(" and ")
    return names.index(one), names.index(other)


@given(st.lists(SLICES, max_size=5))
def test_a_regions_is_refused_where_two_of_its_pieces_meet(arrays):
    names = [f"piece {k}" for k in range(len(arrays))]
    pieces = [Piece(name, a) for name, a in zip(names, arrays, strict=True)]
    if any(np.shares_memory(a, b) for a, b in itertools.combinations(arrays, 2)):
        with pytest.raises(SlalomError) as caught:
            WrittenRegions(pieces)
        one, other = labelled(str(caught.value), names)
        assert one != other
        assert np.shares_memory(arrays[one], arrays[other])
    else:
        WrittenRegions(pieces)


@pytest.mark.parametrize("labels", ["ab", "ba", "aa"])
def test_the_same_array_twice(labels):
    with pytest.raises(SlalomError, match=f"^{labels[1]} and {labels[0]} overlap in memory"):
        WrittenRegions([Piece(label, BUFFER) for label in labels])


@given(st.lists(SLICES, min_size=1, max_size=4), st.lists(SLICES, max_size=4))
def test_guests_are_refused_where_they_reach_in(homes, guests):
    kept = []
    for home in homes:
        if not any(np.shares_memory(home, other) for other in kept):
            kept.append(home)
    regions = WrittenRegions([Piece(f"piece {k}", a) for k, a in enumerate(kept)])
    begins, ends = all_bounds(guests)
    if any(np.shares_memory(a, b) for a, b in itertools.product(guests, kept)):
        with pytest.raises(SlalomError) as caught:
            regions.refuse(begins, ends, lambda: guests, "guest")
        line = str(caught.value).removesuffix(" overlap in memory: each needs its own")
        one, other = (int(part.split()[1]) for part in line.split(" and "))
        assert np.shares_memory(guests[one], kept[other])
    else:
        regions.refuse(begins, ends, lambda: guests, "guest")


def test_only_guests_whose_bounds_cross_are_looked_at():
    """Arrays that touch do not cross; who is asked for the guests would have to make them."""
    regions = WrittenRegions([Piece("piece", BUFFER[4:8]), Piece("other", BUFFER[10:12])])
    guests = [BUFFER[:4], BUFFER[8:10], BUFFER[12:]]
    regions.refuse(*all_bounds(guests), None, "guest")


def test_gradients_of_arrays():
    gs = [np.zeros((2, 3), np.float32).T, np.ones(4)]
    given = Gradients.of(gs)
    assert given.begins == [g.ctypes.data for g in gs]
    assert given.layouts == [
        ((3, 2), (4, 12), np.dtype(np.float32)),
        ((4,), (8,), np.dtype(np.float64)),
    ]
    assert given.arrays() is gs
    with pytest.raises(SlalomError, match=r"^a gradient must be a NumPy array, got list$"):
        Gradients.of([gs[0], [1.0]])
