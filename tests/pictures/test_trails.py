"""Which part of a path is drawn."""

import numpy as np
import pytest

from slalom.pictures.trails import visible

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
