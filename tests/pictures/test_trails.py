"""Which part of a path is drawn."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from slalom.pictures.looks import Look
from slalom.pictures.trails import trail, visible

BOX = ((-1.0, 1.0), (-2.0, 2.0))


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ([[0, 0], [0.5, 1], [1, 2]], [[0, 0], [0.5, 1], [1, 2]]),  # stays inside
        ([[0, 0], [5, 0], [0, 1]], [[0, 0], [5, 0], [0, 1]]),  # leaves and comes back
        ([[0, 0], [2, 0]], [[0, 0], [1, 0]]),  # leaves through a side
        ([[0, 0], [2, 8]], [[0, 0], [0.5, 2]]),  # through the top, on the way
        ([[0, 0], [2, -4], [-9, 0]], [[0, 0], [1, -2]]),  # through a corner, and further
        ([[0, 0], [0, 1], [np.nan, 0], [0, 0]], [[0, 0], [0, 1]]),  # ends before a NaN
        ([[0, 0], [np.inf, 0]], [[0, 0]]),
        ([[5, 5], [6, 6]], [[5, 5]]),  # never inside
    ],
)
def test_a_path_ends_where_it_leaves_for_good(path, shown):
    np.testing.assert_allclose(visible(np.array(path, float), BOX), shown)


def test_huge_numbers_keep_their_direction():
    path = np.array([[0, 0], [1e300, 0], [0, 1]])
    shown = visible(path, BOX)
    assert np.isfinite(shown).all()
    assert 1e3 < shown[1, 0] < 1e9


def test_what_is_rounding_is_drawn_lighter_and_grows_with_the_rest():
    axes = Figure().add_subplot(xlim=(0, 6), ylim=(0, 6))
    points = np.column_stack([np.arange(6.0), np.arange(6.0)])
    off = np.array([False, False, True, True, False, False])
    look = Look("#d55e00", "-", "o")
    made = trail(axes, points, look, False, "adam", rounding=off)
    assert sum(to_rgb(made.pale.get_color())) > sum(to_rgb(look.colour)) + 0.5

    def drawn(line):
        x = line.get_xdata()
        return np.flatnonzero(np.isfinite(x[:-1] + x[1:])).tolist()  # segments, by their first

    assert drawn(made.line) == [0, 4]
    assert drawn(made.pale) == [1, 2]  # into what is rounding, and within
    made.show(2)
    assert (drawn(made.line), drawn(made.pale)) == ([0], [1])
    made.show(1)
    assert (drawn(made.line), drawn(made.pale)) == ([0], [])
    made.show(5, tail=2)
    assert (drawn(made.line), drawn(made.pale)) == ([4], [])
    assert trail(axes, points[:2], look, False, "adam", rounding=off).pale is None
