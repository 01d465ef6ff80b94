"""What every claim's experiment must give, at any size."""

import ast
import json
import math

import numpy as np

from slalom.articles.claims import VERDICTS, judge
from slalom.articles.claims.catalogue import CLAIMS
from slalom.studies import Race, Response
from slalom.studies.chart import Chart


def check_measure(name, **size):
    """The figures are those that the rule of verdict names, finite, within their intervals."""
    claim = CLAIMS[name]
    judged = judge(claim, **size)
    figures = judged.measured.figures
    for text in (claim.holds, claim.in_part):
        named = {n.id for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Name)}
        assert named - {"abs", "min", "max"} <= set(figures)
    for key, value in figures.items():
        assert type(value) in (int, float, bool), key
        assert math.isfinite(value), key
    for key in figures:
        if key.endswith("_low"):  # an interval holds its estimate
            value = figures.get(key[:-4], figures[key])
            high = figures.get(f"{key[:-4]}_high", math.inf)
            assert figures[key] <= value <= high, key
    assert judged.verdict in VERDICTS
    assert json.loads(json.dumps(judged.summary()))["figures"] == dict(figures)
    return judged.measured.shown


def check_shown(shown):
    """What is shown has numbers in every curve that it names."""
    assert isinstance(shown, (Chart, Race, Response))
    if isinstance(shown, Chart):
        assert shown.title
        for panel in shown.panels:
            values = shown.data[panel.y]
            rows = values.values.reshape(values.sizes.get(panel.by, 1), -1)
            assert np.isfinite(rows).any(axis=1).all()
            assert "\n" not in "".join(map(str, shown.data[panel.by or panel.x].values))
