"""What the picture of a race shows, asked of the figure's artists."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from slalom import landscapes
from slalom.errors import SlalomError
from slalom.pictures import draw

RULES = ("adam(lr=0.25)", "adagrad(lr=1.0)")


def line(axes, label):
    [found] = [line for line in axes.lines if line.get_label() == label]
    return found


def legend_text(figure):
    [legend] = figure.legends
    return " ".join(" ".join(t.get_text() for t in legend.get_texts()).split())


def test_paths_and_losses_are_those_of_the_race(two_rules):
    ground, loss = draw(two_rules).axes
    for rule in RULES:
        lane = two_rules.data.sel(rule=rule)
        np.testing.assert_array_equal(line(ground, rule).get_xydata(), lane.position)
        np.testing.assert_array_equal(line(loss, rule).get_xdata(), lane.step)
        np.testing.assert_array_equal(line(loss, rule).get_ydata(), lane.loss)


def test_markers_are_thinned(habr):
    ground, loss = draw(habr).axes
    for axes in (ground, loss):
        drawn = line(axes, str(habr.data.rule.values[0]))
        _, every = drawn.get_markevery()
        assert 5 <= len(drawn.get_xdata()) / every <= 15


def test_start_and_minima_are_marked_and_named(habr):
    ground = draw(habr).axes[0]
    assert line(ground, "start").get_xydata().tolist() == [[-2.8, -2.5]]
    minima = {True: [], False: []}
    for minimum in habr.landscape.minima:
        minima[minimum.is_global].append(list(minimum.position))
    assert line(ground, "global minimum").get_xydata().tolist() == minima[True]
    assert line(ground, "local minimum").get_xydata().tolist() == minima[False]
    markers = {line(ground, f"{kind} minimum").get_marker() for kind in ("global", "local")}
    assert len(markers) == 2
    named = [text.get_text() for text in ground.get_legend().get_texts()]
    assert named == ["start", "global minimum", "local minimum"]


def test_points_outside_the_domain_are_not_marked(make_race):
    ground = landscapes.simple_quad.on(((1, 3), (1, 3)))
    made = make_race(ground, {"adam()": ([[2, 2], [1, 1]], "finished")})
    assert not [a for a in draw(made).axes[0].lines if a.get_label() == "global minimum"]
    far = make_race(ground, {"adam()": ([[0, 0], [2, 2]], "finished")})
    assert not [a for a in draw(far).axes[0].lines if a.get_label() == "start"]


def test_the_axes_are_the_domain_and_named(make_race):
    ground = landscapes.bowl.on(((-30, 30), (-2.2, 2)))
    axes = draw(make_race(ground, {"adam()": ([[-5, -2], [99, 1]], "finished")})).axes[0]
    assert (axes.get_xlim(), axes.get_ylim()) == ((-30, 30), (-2.2, 2))
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("x1", "x2")


def test_contours_have_the_levels_of_the_landscape(habr):
    [contours] = [c for c in draw(habr).axes[0].collections if hasattr(c, "levels")]
    levels = contours.levels.tolist()
    given = habr.landscape.levels
    surface = habr.surface.values
    assert set(levels) <= set(given)
    assert {v for v in given if surface.min() < v < surface.max()} <= set(levels)
    assert not contours.filled
    written = [float(t.get_text()) for t in contours.labelTexts]
    assert 3 <= len(written) <= 10
    assert set(written) <= set(levels)


def test_a_filled_landscape_has_a_colour_bar(make_race):
    figure = draw(make_race(landscapes.bowl, {"adam()": ([[-5, -2], [0, 0]], "finished")}))
    filled = [c for c in figure.axes[0].collections if getattr(c, "filled", False)]
    assert len(filled) == 1
    assert len(figure.axes) == 3
    assert figure.axes[2].get_title(loc="left") == "f(x1, x2)"


def test_every_setting_and_the_end_are_in_the_legend(habr):
    text = legend_text(draw(habr))
    for settings in habr.data.settings.values:
        assert settings in text
    for standing in habr.standings:
        assert f"loss {standing.loss:.4g}" in text
    assert text.count("finished") == len(habr.standings)


def test_settings_too_long_for_a_line_are_wrapped_whole(make_race):
    long = f"smoothed_nesterov(points=({', '.join(f'0.{k:06}' for k in range(40))}))"
    bowl = landscapes.simple_quad
    figure = draw(make_race(bowl, {long: ([[1, 1], [0, 0]], "finished")}))
    [cell, *_] = figure.legends[0].get_texts()
    assert cell.get_text().count("\n") >= 2
    assert long[:-1] in " ".join(cell.get_text().split())


def test_a_diverged_path_ends_with_a_cross_where_it_leaves(diverging):
    figure = draw(diverging)
    ground, loss = figure.axes
    path = line(ground, "gradient_descent(lr=9)").get_xydata()
    np.testing.assert_array_equal(path[:3], diverging.data.position.values[1, :3])
    np.testing.assert_allclose(path[3:], [[3, -2.5]])
    [cross] = [a for a in ground.lines if a.get_label() == "_end" and a.get_visible()]
    np.testing.assert_allclose(cross.get_xydata(), [[3, -2.5]])
    [cross] = [a for a in loss.lines if a.get_label() == "_end"]
    assert cross.get_ydata()[0] == pytest.approx(loss.get_ylim()[1])
    assert "diverged at step 7" in legend_text(figure)


def test_a_run_that_ends_outside_says_so(make_race):
    bowl = landscapes.simple_quad
    there = [[-2, 0], [9, 0], [2, 0], [50, 0]]
    figure = draw(make_race(bowl, {"adam(lr=1)": (there, "finished")}))
    assert "finished, outside the picture" in legend_text(figure)
    path = line(figure.axes[0], "adam(lr=1)").get_xydata()
    assert path.tolist() == [[-2, 0], [9, 0], [2, 0], [3, 0]]
    assert not [a for a in figure.axes[0].lines if a.get_label() == "_end"]


@pytest.mark.parametrize(("end", "scale"), [((0.01, 0.01), "log"), ((-2, -2), "linear")])
def test_the_loss_is_logarithmic_where_it_spans_decades(make_race, end, scale):
    bowl = landscapes.simple_quad
    made = make_race(bowl, {"adam()": (np.linspace((-2.8, -2.5), end, 21), "finished")})
    assert draw(made).axes[1].get_yscale() == scale


def test_a_loss_below_0_is_never_logarithmic(make_race):
    ground = landscapes.local_minimum
    made = make_race(ground, {"adam()": ([[2, 1.5], [0.001, 0], [-1.48, 0]], "finished")})
    assert draw(made).axes[1].get_yscale() == "linear"


def test_one_run_that_runs_away_does_not_flatten_the_others(make_race):
    bowl = landscapes.simple_quad
    far = np.full((21, 2), -2.0) * np.arange(1, 22)[:, None] ** 20.0
    made = make_race(
        bowl,
        {
            "adam()": (np.linspace((-2, -2), (-1, -1), 21), "finished"),
            "momentum()": (far, "finished"),
        },
    )
    loss = draw(made).axes[1]
    low, high = loss.get_ylim()
    assert low < 2
    assert 8 < high < 100
    assert len(line(loss, "momentum()").get_xdata()) == 2


def test_a_loss_of_0_keeps_the_logarithmic_curve(two_rules):
    loss = draw(two_rules).axes[1]
    assert loss.get_yscale() == "log"
    assert line(loss, "adam(lr=0.25)").get_ydata()[-1] == 0


def test_the_minimum_level_is_a_thin_line(habr):
    loss = draw(habr).axes[1]
    level = line(loss, "global minimum 0.08972")
    assert np.unique(level.get_ydata()).tolist() == [pytest.approx(0.08972, abs=1e-5)]
    assert level.get_linewidth() < 1
    assert [t.get_text() for t in loss.get_legend().get_texts()] == ["global minimum 0.08972"]


def test_the_panels_colour_a_rule_alike(two_rules):
    figure = draw(two_rules)
    handles = figure.legends[0].legend_handles
    for rule, handle in zip(RULES, handles, strict=False):
        colours = {to_hex(line(axes, rule).get_color()) for axes in figure.axes}
        assert colours == {to_hex(handle.get_color())}


def test_one_dimension_walks_on_the_curve(make_race):
    ground = landscapes.cosine_1d
    made = make_race(ground, {"adam()": ([10, 9, 7, 7.3], "finished")})
    curve, loss = draw(made).axes
    path = line(curve, "adam()").get_xydata()
    np.testing.assert_array_equal(path[:, 0], [10, 9, 7, 7.3])
    np.testing.assert_array_equal(path[:, 1], made.data.loss.values[0])
    assert line(curve, "start").get_xydata()[0, 0] == 10
    best = next(m for m in ground.minima if m.is_global)
    np.testing.assert_allclose(
        line(curve, "global minimum").get_xydata(), [[*best.position, best.value]]
    )
    assert curve.get_xlim() == (-10, 10)
    assert loss.get_ylabel() == "loss"


def test_more_dimensions_have_curves_only_and_say_so(make_race):
    ground = landscapes.quadratic.of(dim=5)
    path = np.linspace(ground.start, np.zeros(5), 8)
    made = make_race(ground, {"adam(lr=1)": (path, "finished")})
    figure = draw(made)
    loss, norm = figure.axes
    assert (loss.get_ylabel(), norm.get_ylabel()) == ("loss", "gradient norm")
    np.testing.assert_array_equal(
        line(norm, "adam(lr=1)").get_ydata(), made.data.gradient_norm.values[0]
    )
    assert "5 dimensions, so without a map" in figure.texts[1].get_text()


def test_the_surface_bears_the_paths(two_rules):
    surface, loss = draw(two_rules, view="surface").axes
    assert surface.name == "3d"
    x, y, z = line(surface, "adam(lr=0.25)").get_data_3d()
    lane = two_rules.data.sel(rule="adam(lr=0.25)")
    np.testing.assert_array_equal(np.column_stack([x, y]), lane.position)
    low, high = two_rules.surface.values.min(), two_rules.surface.values.max()
    np.testing.assert_allclose(z, np.clip(lane.loss, low, high))
    assert loss.get_ylabel() == "loss"


@pytest.mark.parametrize(
    ("ground", "view", "message"),
    [
        (landscapes.simple_quad, "globe", "unknown view 'globe'; known are contour, surface"),
        (landscapes.parabola_1d, "surface", "parabola_1d has 1 dimension; only"),
        (landscapes.quadratic.of(dim=3), "surface", "has 3 dimensions; only"),
    ],
)
def test_a_view_that_is_not_there(make_race, ground, view, message):
    made = make_race(ground, {"adam()": ([ground.start, ground.start], "finished")})
    with pytest.raises(SlalomError, match=message):
        draw(made, view=view)


def test_what_has_no_picture():
    with pytest.raises(SlalomError, match=r"must be a race, a response, .* got str"):
        draw("hills_and_canyon")
    with pytest.raises(SlalomError, match=r"quadratic.* has 4 dimensions; only one or two"):
        draw(landscapes.quadratic.of(dim=4))


def test_a_landscape_alone_shows_its_critical_points():
    [axes] = draw(landscapes.hills_and_canyon).axes
    saddles = [c.position for c in landscapes.hills_and_canyon.critical if c.kind == "saddle"]
    np.testing.assert_array_equal(line(axes, "saddle").get_xydata(), saddles)
    assert len(line(axes, "maximum").get_xydata()) == 2
