"""The picture of a response: the gradients above, what the rules make of them below."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import SymmetricalLogLocator

from ..studies import Response
from .looks import Look, looks
from .page import MARGIN, PALE, Entry, Page, plain
from .trails import MARKS, style

GUTTER, TICKS, GAP = 0.75, 0.45, 0.25  # inches
HEIGHT, LEAST = 3.6, 2.2  # inches, of both panels
SIGNAL = 0.25  # the share of the panels that shows the signal
UNEVEN = 100  # answers whose sizes differ by more are drawn on a symmetric logarithmic scale


def response_page(
    response: Response, size: tuple[float, float] | None = None, dpi: float | None = None
) -> Page:
    """The page with the picture of a response; see `slalom.pictures.draw`."""
    data = response.data
    labels = data.rule.values.tolist()
    faces = looks(data.rule_name.values.tolist(), labels)
    answers = data.answer.transpose("rule", "step").values
    entries = [
        Entry(
            Line2D([], [], **style(look, 6)),
            (str(settings), str(outcome) if outcome.failed else ""),
        )
        for look, settings, outcome in zip(
            faces, data.settings.values, response.outcomes, strict=True
        )
    ]
    width, height = size or (None, None)
    page = Page(f"Response to {data.attrs['signal']}", "", entries, width, dpi)
    fixed = page.top + 0.1 + GAP + TICKS + page.bottom
    tall = max(height - fixed if height else HEIGHT, LEAST)
    page.set_height(max(height or 0, tall + fixed))
    left, wide = MARGIN + GUTTER, page.room - GUTTER
    below = page.panel(left, page.bottom + TICKS, wide, tall * (1 - SIGNAL))
    above = page.panel(
        left, page.bottom + TICKS + tall * (1 - SIGNAL) + GAP, wide, tall * SIGNAL, sharex=below
    )
    _draw_signal(above, data.step.values, data.gradient.values)
    _draw_answers(below, data.step.values, answers, faces, labels)
    return page


def _draw_signal(axes: Axes, steps: np.ndarray, gradient: np.ndarray) -> None:
    plain(axes, "", "gradient")
    axes.tick_params(labelbottom=False)
    axes.plot(steps, gradient, color="#8a8a8a", linewidth=0.9, label="gradient")
    axes.axhline(0, color=PALE, linewidth=0.6, zorder=1)


def _draw_answers(
    axes: Axes, steps: np.ndarray, answers: np.ndarray, faces: list[Look], labels: list[str]
) -> None:
    plain(axes, "step", "answer")
    axes.axhline(0, color=PALE, linewidth=0.6, zorder=1)
    sizes = [float(np.abs(a[np.isfinite(a)]).max(initial=0.0)) for a in answers]
    seen = [s for s in sizes if s > 0]
    if seen and max(seen) > UNEVEN * min(seen):
        threshold = 10.0 ** np.ceil(np.log10(min(seen)))
        axes.set_yscale("symlog", linthresh=threshold)
        ticks = SymmetricalLogLocator(linthresh=threshold, base=10)
        ticks.set_params(numticks=6)
        axes.yaxis.set_major_locator(ticks)
    every = max(1, len(steps) // MARKS)
    for index, (answer, look, label) in enumerate(zip(answers, faces, labels, strict=True)):
        line = Line2D([], [], **style(look), label=label, zorder=3)
        line.set(
            data=(steps, np.where(np.isfinite(answer), answer, np.nan)),
            markevery=(index * every // max(len(faces), 1), every),
        )
        axes.add_line(line)
    axes.autoscale_view()
    axes.set_xlim(steps[0] - 0.5, steps[-1] + 0.5)
