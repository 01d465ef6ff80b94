"""What the picture of a comparison shows."""

import numpy as np
import pytest
from matplotlib.colors import same_color

from slalom.errors import SlalomError
from slalom.pictures import draw
from slalom.studies import diff

from ..asking import ByLoss

RULES = ("adam(lr=0.1)", "adam@keras(lr=0.1)")


@pytest.fixture(scope="module")
def found():
    return diff(*RULES, landscape="hills_and_canyon", steps=40)


def panels(figure):
    """By arena, what the two do and how far they are apart."""
    upper = {axes.get_title("left").partition(":")[0]: axes for axes in figure.axes}
    names = ("landscape", "signal", "network")
    lower = [axes for axes in figure.axes if axes.get_ylabel() == "distance"]
    return {name: (upper[name], axes) for name, axes in zip(names, lower, strict=True)}


def line(axes, label):
    [one] = [line for line in axes.lines if line.get_label() == label]
    return one


def words(axes):
    return [text.get_text() for text in axes.texts]


def test_both_are_drawn_on_each_arena(found):
    shown = panels(draw(found))
    for index, rule in enumerate(RULES):
        path = np.column_stack(line(shown["landscape"][0], rule).get_data())
        np.testing.assert_array_equal(path, found.data.position[index, : len(path)])
        answers = line(shown["signal"][0], rule).get_ydata()
        np.testing.assert_array_equal(answers, found.data.answers[index, 1:])
        losses = line(shown["network"][0], rule).get_ydata()
        np.testing.assert_array_equal(losses, found.data.loss.sel(arena="network")[index])


def test_the_first_stays_in_sight_beneath_the_second(found):
    for axes, _ in panels(draw(found)).values():
        first, second = (line(axes, rule) for rule in RULES)
        assert first.get_linewidth() > 2 * second.get_linewidth()
        assert not same_color(first.get_color(), second.get_color())


def test_distances_lie_on_a_logarithmic_axis_above_rounding(found):
    for arena, (_, axes) in panels(draw(found)).items():
        lane = found.data.sel(arena=arena)
        assert axes.get_yscale() == "log"
        for label, values in (("free runs", lane.distance), ("one step", lane.one_step)):
            seen = line(axes, label).get_ydata()
            np.testing.assert_array_equal(seen[1:], values.values[1:])
            assert np.isnan(seen[0])  # 0 has no place there
        low, high = axes.get_ylim()
        assert low < lane.rounding.values[1:].min()
        assert high > lane.distance.values.max()
        assert words(axes) == ["part at step 1"]


def test_the_same_rule_twice(found):
    same = diff("adam(lr=0.1)", "adam(lr=0.1)", landscape="bowl", steps=5)
    for _, axes in panels(draw(same)).values():
        assert words(axes) == ["identical"]
        low, high = axes.get_ylim()
        assert 0 < low < high < 1e-6
    rounded = diff("adam(lr=0.1)", "torch:Adam(lr=0.1)", landscape="bowl", steps=20)
    assert ["the same, to rounding"] in [words(axes) for _, axes in panels(draw(rounded)).values()]


def test_titles_and_settings(found):
    figure = draw(found)
    texts = [text.get_text() for text in figure.texts]
    assert texts == [" against ".join(RULES), found.explained.verdict]
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == found.data.settings.values.tolist()


@pytest.mark.parametrize("landscape", ["x**4 - x**2", "rosenbrock(dim=5)"])
def test_landscapes_that_are_no_map(landscape):
    """One variable: the height is drawn beside it; many: the loss."""
    found = diff("adam(lr=0.1)", "sgd(lr=0.01)", landscape=landscape, steps=6)
    axes, _ = panels(draw(found))["landscape"]
    heights = line(axes, "adam(lr=0.1)").get_ydata()
    np.testing.assert_allclose(heights, found.data.loss.sel(arena="landscape")[0, :7])


def test_a_run_that_diverges_leaves_the_others_scale():
    found = diff("adam(lr=0.1)", "sgd(lr=100)", landscape="x**4 - x**2", steps=20)
    _, axes = panels(draw(found))["landscape"]
    assert axes.get_ylim()[1] < 1e9
    assert np.nanmax(found.data.distance.values) > 1e30


def test_a_run_that_fails_at_its_first_step():
    found = diff("sgd(lr=1e300)", "sgd", landscape="bowl", signal=[1e10, 1.0], steps=2)
    _, axes = panels(draw(found))["signal"]
    low, high = axes.get_ylim()
    assert 0 < low < high


def test_a_comparison_without_a_signal():
    """The panels that remain share the width."""
    found = diff(ByLoss(0.1), ByLoss(0.2), landscape="bowl", steps=3)
    figure = draw(found)
    upper = [axes for axes in figure.axes if ": " in axes.get_title("left")]
    assert [axes.get_title("left").partition(":")[0] for axes in upper] == ["landscape", "network"]
    for axes in upper:
        assert axes.get_position().width > 0.35
    losses = line(upper[1], "by_loss(share=0.1)").get_ydata()
    np.testing.assert_array_equal(losses, found.data.loss.sel(arena="network")[0])


@pytest.mark.parametrize("size", [None, (5, 12), (16, 9)])
def test_nothing_runs_into_anything_else(found, size):
    figure = draw(found, size=size)
    renderer = figure.canvas.get_renderer()
    boxes = [axes.get_tightbbox(renderer) for axes in figure.axes]
    legend = figure.legends[0].get_window_extent(renderer)
    page = figure.bbox
    for index, box in enumerate(boxes):
        assert page.x0 <= box.x0
        assert box.x1 <= page.x1
        assert legend.y1 < box.y0
        assert figure.texts[1].get_window_extent(renderer).y0 > box.y1
        for other in boxes[index + 1 :]:
            assert not box.overlaps(other)


def test_there_is_no_other_view(found):
    with pytest.raises(SlalomError, match="only a race has another view"):
        draw(found, view="surface")
