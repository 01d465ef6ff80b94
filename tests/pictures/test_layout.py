"""No text is cut, and none overlaps another or a panel it does not belong to."""

import itertools
import warnings

import numpy as np
import pytest
import xarray as xr
from matplotlib.text import Text

from slalom import landscapes
from slalom.pictures import draw
from slalom.studies import Chart, Mark, Panel, race

TEN = [
    "nesterov(lr=0.01, momentum=0.9, shifted=true, a_long_one=0.123456789, and_another=true)",
    "rmsprop(lr=0.25, decay=0.9, eps=1e-6, initial_accumulator_value=0.0, momentum=0.912345)",
    *(f"adam(lr={0.1 * k:g}, beta1=0.9)" for k in range(1, 5)),
    "gradient_descent(lr=0.01)",
    "momentum(lr=0.01)",
    "adamax(lr=0.1)",
    "clip_norm(1.0) | weight_decay(0.01) | adam_lp(lr=0.1, p=3.0)",
    "smoothed_nesterov(lr=0.02, points=(0.3333333333333333, 0.6666666666666666, 1.0, 1.5, 2.5))",
    "nadam(lr=0.05)",
]


def seen(figure):
    """The texts, those left out that Matplotlib does not draw: ticks beyond the limits."""
    ticks = set()
    for axes in figure.axes:
        for axis in axes._axis_map.values():
            drawn = axis._update_ticks()
            every = [*axis.majorTicks, *axis.minorTicks]
            ticks |= {
                id(t) for tick in every if tick not in drawn for t in (tick.label1, tick.label2)
            }
    figure.canvas.draw()
    texts = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip()]
    return [(t.get_text(), t.get_window_extent()) for t in texts if id(t) not in ticks]


def overlap(a, b):
    """By how many pixels two boxes reach into each other, along the lesser axis."""
    return min(min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0))


def check(figure):
    texts = seen(figure)
    whole = figure.bbox
    for text, box in texts:
        assert box.x0 >= 0, text
        assert box.y0 >= 0, text
        assert box.x1 <= whole.x1, text
        assert box.y1 <= whole.y1, text
    for (one, a), (other, b) in itertools.combinations(texts, 2):
        assert overlap(a, b) < 2, (one, other)
    for legend in figure.legends:
        for axes in figure.axes:
            assert overlap(legend.get_window_extent(), axes.get_tightbbox()) <= 0
    panels = [axes.get_window_extent() for axes in figure.axes]
    for a, b in itertools.combinations(panels, 2):
        assert overlap(a, b) <= 0


def ten(make_race, ground):
    paths = {
        rule: (np.linspace(ground.start, np.full(ground.dim, 0.1 * k), 30), "finished")
        for k, rule in enumerate(TEN)
    }
    paths[TEN[0]] = (paths[TEN[0]][0], ("diverged", 29))
    return make_race(ground, paths)


@pytest.mark.parametrize("size", [None, (4, 3), (6, 4), (8, 5), (14, 5), (9, 14)])
def test_five_rules(habr, size):
    check(draw(habr, size=size))


@pytest.mark.parametrize(
    "ground",
    [
        landscapes.hills_and_canyon,
        landscapes.rosenbrock,
        landscapes.narrow_canyon,
        landscapes.complex_sum,
        landscapes.cosine_1d,
        landscapes.quadratic.of(dim=6),
        landscapes.bowl.on(((-3000, 3000), (-2.2, 2))),
        landscapes.bowl.on(((-0.002, 0.002), (-30, 30))),
    ],
    ids=str,
)
def test_a_dozen_rules(make_race, ground):
    check(draw(ten(make_race, ground)))


def test_a_slender_map_leaves_its_key_room(make_race):
    ground = landscapes.complex_sum
    check(draw(make_race(ground, {"adam()": ([[5, -2], [3, 5]], "finished")}), size=(11, 3)))


def test_the_figure_grows_with_its_legend(make_race, habr):
    dozen = ten(make_race, landscapes.hills_and_canyon)
    assert draw(dozen).get_figheight() > draw(habr).get_figheight() + 0.5
    width, height = draw(dozen, size=(11, 4)).get_size_inches()
    assert (width, height > 4) == (11, True)
    assert draw(habr, size=(11, 9)).get_size_inches().tolist() == [11, 9]


def test_a_surface(habr):
    figure = draw(habr, view="surface")
    figure.canvas.draw()
    [legend] = figure.legends
    assert overlap(legend.get_window_extent(), figure.axes[0].get_window_extent()) <= 0
    assert figure.bbox.x1 >= figure.axes[0].get_tightbbox().x1


def test_a_response(response):
    check(draw(response))
    check(draw(response, size=(4, 3)))


@pytest.mark.parametrize("name", ["hills_and_canyon", "rastrigin", "cosine_1d", "bowl", "easom"])
def test_a_landscape(name):
    check(draw(landscapes.find(name)))


def test_odd_names_are_written_as_they_are(make_race):
    ground = landscapes.simple_quad
    made = make_race(ground, {"_mine$x$(lr=1)": ([[1, 1], [0, 0]], "finished")})
    figure = draw(made)
    check(figure)
    assert figure.legends[0].get_texts()[0].get_text() == "_mine$x$(lr=1, eps=1e-8)"


@pytest.mark.parametrize("size", [None, (4, 3), (7, 9), (16, 5)])
def test_a_chart(size):
    rng = np.random.default_rng(0)
    names = [f"a_rule_of_number_{k}(lr=0.{k}, eps=1e-6)" for k in range(12)]
    data = xr.Dataset(
        {
            "loss": (("rule", "step"), rng.random((12, 40)) * 1e-5),
            "best": ("rule", rng.random(12)),
            "price": ("step", 1e5 * rng.random(40)),
        },
        {"rule": names, "step": np.arange(40)},
    )
    panels = (
        Panel("loss", log="y", title="on a logarithm"),
        Panel("best", x="rule", by=None, kind="bars", title="names below the bars"),
        Panel("price", by=None, kind="points", marks=(Mark(5e4, "the middle"), Mark(9, "9", "x"))),
    )
    check(
        draw(
            Chart(data, "Three panels, one of them with a great many long names", panels), size=size
        )
    )


@pytest.mark.parametrize("text", ["x**2 + y**2", "1e-12*x**2", "1e-12*x**2 + 1e6"])
def test_the_factor_of_the_ticks_is_beside_the_key(text):
    half = 1e-12 if "y" in text else 3
    ground = landscapes.find(text, [[-half, half]] * (2 if "y" in text else 1))
    drawn = draw(race(ground, "gradient_descent(lr=0.1)", steps=5))
    check(drawn)
    figure = drawn.figure if hasattr(drawn, "figure") else drawn
    factors = [axes.yaxis.get_offset_text().get_text() for axes in figure.axes]
    assert any("1e" in factor for factor in factors)


@pytest.mark.parametrize("text", ["0*x*y", "3 + 0*x + 0*y", "floor(x) + floor(y)"])
def test_a_landscape_without_contours(text):
    ground = landscapes.find(text, [[0.1, 0.9]] * 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check(draw(race(ground, "gradient_descent(lr=0.1)", steps=3)))


def test_a_zero_has_no_sign():
    figure = draw(race("0*x", "gradient_descent(lr=0.1)", steps=3))
    assert [text for text, _ in seen(figure) if text.startswith("final loss")] == ["final loss 0"]
