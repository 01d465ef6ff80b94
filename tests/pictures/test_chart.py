"""What the picture of a chart shows."""

import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_rgb

from slalom.errors import SlalomError
from slalom.pictures import draw, png, save
from slalom.pictures.animation import Film
from slalom.pictures.looks import SEQUENCE, looks
from slalom.studies import Chart, Mark, Panel, load

RULES = ["adam(lr=0.1)", "gradient_descent(lr=0.01)", "rmsprop(lr=0.1)"]
NAMES = ["adam", "gradient_descent", "rmsprop"]


@pytest.fixture
def data():
    """Losses of three rules that fall below 0, a price with averages, and final bars."""
    step = np.arange(50)
    rng = np.random.default_rng(0)
    loss = np.exp(-step / np.array([[3], [9], [20]])) - 1e-3
    return xr.Dataset(
        {
            "loss": (("rule", "step"), loss),
            "low": (("rule", "step"), loss - 0.1),
            "high": (("rule", "step"), loss + 0.1),
            "turned": (("step", "rule"), loss.T),
            "average": (("beta", "step"), rng.normal(size=(4, 50))),
            "price": ("step", rng.normal(size=50)),
            "final": ("rule", [1.0, 2.0, np.nan]),
            "shares": (("kind", "rule"), [[1.0, 2, 3], [3, 2, 1]]),
        },
        {
            "rule": RULES,
            "rule_name": ("rule", NAMES),
            "step": step,
            "beta": [0.98, 0.5, 0.9, 0.99],
            "kind": ["train", "test"],
        },
    )


def chart(data, *panels, **facts):
    return Chart(data, "A title", panels, **facts)


def texts_of(figure):
    return [t.get_text() for legend in figure.legends for t in legend.get_texts()]


def test_a_line_for_each_entry_in_the_colours_of_the_rules(data):
    figure = draw(chart(data, Panel("loss")))
    [axes] = figure.axes
    for index, look in enumerate(looks(NAMES, RULES)):
        [line] = [line for line in axes.lines if line.get_color() == look.colour]
        np.testing.assert_array_equal(line.get_ydata(), data.loss[index])
        np.testing.assert_array_equal(line.get_xdata(), data.step)
    assert texts_of(figure) == RULES
    assert figure.texts[0].get_text() == "A title"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("step", "loss")


def test_labels_alone_are_no_rules(data):
    figure = draw(chart(data.drop_vars("rule_name"), Panel("loss")))
    colours = [line.get_color() for line in figure.axes[0].lines]
    assert colours == [colour for colour, _ in SEQUENCE[:3]]


def test_the_order_of_dimensions_does_not_matter(data):
    one, other = (draw(chart(data, Panel(name))).axes[0] for name in ("loss", "turned"))
    for a, b in zip(one.lines, other.lines, strict=True):
        np.testing.assert_array_equal(a.get_xydata(), b.get_xydata())


def test_what_a_logarithm_cannot_show_is_left_out_without_a_word(data):
    axes = draw(chart(data, Panel("loss", log="y", low="low", high="high"))).axes[0]
    assert axes.get_yscale() == "log"
    shown = axes.lines[0].get_ydata()
    below = data.loss.values[0] <= 0
    assert below.any()
    assert np.isnan(shown[below]).all()
    np.testing.assert_array_equal(shown[~below], data.loss.values[0][~below])
    assert len(axes.collections) == 3  # the bands
    draw(chart(data - 9, Panel("loss", log="xy"))).savefig("/dev/null", format="png")


def test_numbers_go_from_light_to_dark_as_they_grow(data):
    figure = draw(chart(data, Panel("average", by="beta")))
    lightness = [sum(to_rgb(line.get_color())) for line in figure.axes[0].lines]
    assert np.argsort(lightness)[::-1].tolist() == np.argsort(data.beta.values).tolist()
    assert "beta 0.98" in texts_of(figure)


def test_many_entries_are_told_apart():
    names = [f"network {k}" for k in range(30)]
    data = xr.Dataset(
        {"v": (("net", "step"), np.arange(90.0).reshape(30, 3))}, {"net": names, "step": [0, 1, 2]}
    )
    figure = draw(chart(data, Panel("v", by="net")))
    lines = figure.axes[0].lines
    assert len({(line.get_color(), repr(line._unscaled_dash_pattern)) for line in lines}) == 30
    assert texts_of(figure) == names
    assert figure.get_figheight() < 8


def test_a_curve_in_a_plane_is_drawn_to_scale(data):
    axes = draw(chart(data, Panel("average", x="average", by="beta", equal=True))).axes[0]
    axes.figure.canvas.draw()
    across, up = np.diff(axes.transData.transform([[0, 0], [1, 1]]), axis=0)[0]
    assert across == pytest.approx(up)
    np.testing.assert_array_equal(axes.lines[1].get_xdata(), data.average[1])


def test_bars_bear_names_and_rules_their_colours(data):
    alone = draw(chart(data, Panel("final", x="rule", by=None, kind="bars"))).axes[0]
    assert [bar.get_height() for bar in alone.patches] == [1, 2, 0]
    colours = [look.colour for look in looks(NAMES, RULES)]
    assert [to_rgb(bar.get_facecolor()) for bar in alone.patches] == [to_rgb(c) for c in colours]
    names = [text.get_text().replace("\n", "") for text in alone.get_xticklabels()]
    assert names == RULES
    figure = draw(chart(data, Panel("shares", x="rule", by="kind", kind="bars")))
    assert [bar.get_height() for bar in figure.axes[0].patches] == [1, 2, 3, 3, 2, 1]
    assert texts_of(figure) == ["train", "test"]


def test_points_are_not_joined(data):
    [line] = draw(chart(data, Panel("price", by=None, kind="points"))).axes[0].lines
    assert line.get_linestyle() == "None"
    assert line.get_marker() == "o"


def test_marks_stand_where_they_are_and_their_labels_hide_no_curve(data):
    marks = (Mark(0.5, "half"), Mark(20, "here", axis="x"), Mark(-1, "nowhere on a logarithm"))
    figure = draw(chart(data, Panel("loss", log="y", marks=marks)))
    [axes] = figure.axes
    figure.canvas.draw()
    labels = {text.get_text(): text.get_window_extent() for text in axes.texts}
    assert set(labels) == {"half", "here"}
    (_, height), (place, _) = axes.transData.transform([[1, 0.5], [20, 1]])
    assert 0 < labels["half"].y0 - height < 20 or 0 < height - labels["half"].y1 < 20
    assert 0 < labels["here"].x0 - place < 20 or 0 < place - labels["here"].x1 < 20
    for box in labels.values():
        assert axes.get_window_extent().contains(*box.min)
        assert axes.get_window_extent().contains(*box.max)
        for line in axes.lines[:3]:
            x, y = line.get_data()
            dense = np.linspace(0, 49, 3000)
            points = axes.transData.transform(np.column_stack([dense, np.interp(dense, x, y)]))
            assert not ((points > box.min) & (points < box.max)).all(axis=1).any()


@pytest.mark.parametrize(
    ("count", "width", "shape"),
    [(1, 11, (1, 1)), (3, 11, (1, 3)), (4, 11, (2, 2)), (4, 16, (1, 4)), (5, 11, (2, 3)),
     (3, 5, (3, 1))],
)  # fmt: skip
def test_panels_stand_in_even_rows(data, count, width, shape):
    figure = draw(
        chart(data, *[Panel("loss", title=f"{k}") for k in range(count)]), size=(width, 1)
    )
    places = [axes.get_position() for axes in figure.axes]
    assert len({round(box.y0, 3) for box in places}) == shape[0]
    assert len({round(box.x0, 3) for box in places}) == shape[1]
    assert [axes.get_title(loc="left") for axes in figure.axes] == (
        [f"{k}" for k in range(count)] if count > 1 else [""]
    )


def test_lines_grow_along_x_and_keep_a_tail(data):
    made = chart(data, Panel("loss"), Panel("price", by=None, kind="points"))
    film = Film(made, (500, 300))
    film.frame(20)
    line, head = film.picture.trails[1].line, film.picture.trails[1].head
    np.testing.assert_array_equal(line.get_ydata(), data.loss[1, :21])
    assert head.get_xydata().tolist() == [[20, data.loss.values[1, 20]]]
    assert film.caption.get_text() == "step 20 of 49"
    tailed = Film(made, (500, 300), tail=5)
    tailed.frame(20)
    shown = tailed.picture.trails[1].line.get_xdata()
    assert shown[np.isfinite(shown)].tolist() == [15, 16, 17, 18, 19, 20]


def test_a_band_grows_with_its_line():
    steps = np.arange(41)
    facts = {"loss": steps * 0 + 1.0, "low": steps * 0 + 0.5, "high": steps * 0 + 1.5}
    data = xr.Dataset({name: ("step", values) for name, values in facts.items()}, {"step": steps})
    film = Film(chart(data, Panel("loss", by=None, low="low", high="high")), (500, 300))
    axes = film.picture.page.figure.axes[0]

    def is_tinted(step, at):
        """Whether the band is seen there, below the line, when the film is at a step."""
        frame = np.asarray(film.frame(step)).reshape(300, 500, 4)
        across, up = axes.transData.transform((at, 0.8)).astype(int)
        return bool((frame[300 - up, across, :3] < 250).any())

    assert [is_tinted(10, at) for at in (3, 7, 13, 33)] == [True, True, False, False]
    assert [is_tinted(40, at) for at in (3, 7, 13, 33)] == [True] * 4
    assert not is_tinted(0, 3)


def test_markers_stand_evenly_on_a_logarithmic_axis():
    rates = np.geomspace(1, 1000, 13)
    many = np.concatenate([rates, np.linspace(900, 1000, 200)])
    data = xr.Dataset({"loss": ("rate", many)}, {"rate": many})
    found = draw(chart(data, Panel("loss", "rate", by=None, log=("x",)))).axes[0].lines[0]
    places = np.log10(many[found.get_markevery()])
    assert np.diff(places).min() > 0.1  # of 3 decades
    assert len(places) > 8


def test_what_has_no_lines_does_not_move(data):
    with pytest.raises(SlalomError, match="'A title' has no lines that could be animated"):
        Film(chart(data, Panel("price", by=None, kind="points")), (500, 300))
    with pytest.raises(SlalomError, match="only a race or a chart can be animated, got str"):
        Film("chart", (500, 300))


@pytest.mark.parametrize(
    ("panel", "message"),
    [
        (Panel("los"), "unknown variable 'los'; did you mean loss"),
        (Panel("loss", by=None), "loss in a panel has one dimension; it has rule and step"),
        (Panel("average"), "one dimension beside rule; it has beta and step"),
        (Panel("final", by=None), "step and final of a panel have no common dimension"),
    ],
)
def test_a_panel_that_does_not_fit_the_data(data, panel, message):
    with pytest.raises(SlalomError, match=message):
        draw(chart(data, panel))


@pytest.mark.parametrize("kind", ["nc", "zarr"])
def test_a_chart_comes_back_from_a_file(data, tmp_path, kind):
    panels = (
        Panel("loss", low="low", high="high", log="xy", marks=(Mark(0.1, "a"), Mark(2, "b", "x"))),
        Panel("average", x="price", by="beta", kind="points", xlabel="$", title="t", equal=True),
    )
    kept = chart(data, *panels, numbers={"x": 1.5, "many": np.array([1.0, np.nan]), "name": "a"})
    kept.save(tmp_path / f"chart.{kind}")
    found = load(tmp_path / f"chart.{kind}")
    assert isinstance(found, Chart)
    xr.testing.assert_identical(found.data, kept.data)
    assert found.panels == panels
    assert found.title == "A title"
    assert found.numbers == {"x": 1.5, "many": [1.0, None], "name": "a"}
    assert found.summary() == kept.summary()


def test_in_files_and_notebooks(data, tmp_path):
    made = chart(data, Panel("loss"))
    save(made, tmp_path / "chart.png")
    assert (tmp_path / "chart.png").read_bytes().startswith(b"\x89PNG")
    assert made._repr_png_() == png(made)
