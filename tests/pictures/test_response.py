"""What the picture of a response shows."""

import numpy as np
import pytest

from slalom.errors import SlalomError
from slalom.pictures import draw


def test_gradient_and_answers_are_those_of_the_response(response):
    answers, gradient = draw(response).axes
    [signal, _] = gradient.lines
    np.testing.assert_array_equal(signal.get_ydata(), response.data.gradient)
    assert signal.get_linewidth() < 1
    for rule, values in zip(response.data.rule.values, response.data.answer.values, strict=True):
        [line] = [line for line in answers.lines if line.get_label() == rule]
        np.testing.assert_array_equal(line.get_xdata(), response.data.step)
        np.testing.assert_array_equal(line.get_ydata(), values)


def test_the_legend_has_every_setting(response):
    figure = draw(response)
    texts = [t.get_text() for t in figure.legends[0].get_texts()]
    assert set(response.data.settings.values) <= set(texts)
    assert figure.texts[0].get_text() == "Response to a sine"


def test_answers_of_very_different_sizes_can_all_be_read(response):
    assert draw(response).axes[0].get_yscale() == "symlog"
    alike = type(response)(response.data.isel(rule=slice(3)))
    assert draw(alike).axes[0].get_yscale() == "linear"


def test_an_answer_that_is_not_finite_is_left_out(response):
    response.data.answer[0, 5:] = np.inf
    line = draw(response).axes[0].lines[1]
    assert np.isfinite(line.get_ydata()).sum() == 5


def test_there_is_no_other_view(response):
    with pytest.raises(SlalomError, match="only a race has another view than contour"):
        draw(response, view="surface")
