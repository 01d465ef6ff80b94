"""The experiments on tuning, noise and learning at a reduced size: all figures, and finite."""

import numpy as np
import pytest

from slalom.articles.claims.catalogue import CLAIMS
from slalom.studies.chart import Chart

from .measured import check_measure
from .test_measures import SMALL as OTHERS

FEW = ("bowl", "local_minimum", "hills_and_canyon", "cosine_1d")
TUNED = {"starts": 4, "names": FEW}

# what makes each experiment small; those on tuned rules share one search
SMALL = {
    "C5": {"starts": 3, "asked": 30, "calm": ["bowl"]},
    "C8": {"rates": 13, **TUNED},
    "C23": TUNED,
    "C24": {"seeds": 2, "epochs": 1, "depths": (1, 2), "width": 4},
    "C25": {"starts": 3, "rates": 9, "steps": 20},
    "C27": {"seeds": 3, "steps": 40, "names": ["bowl"]},
    "C28": {"dims": (2, 4), "counted": (4, 8)},
    "C29": {"seeds": 2, "epochs": 10},
    "C30": {"seeds": 2, "epochs": 3},
    "C31": TUNED,
    "C33": {"seeds": 1, "steps": 5},
    "C38": TUNED,
    "C41": {"seeds": 3, "epochs": 1},
    "C42": {"seeds": 20, "steps": 80, "names": ["bowl"]},
    "C43": {"seeds": 2, "steps": 40, "names": ["bowl"]},
    "C44": {"fields": 2, "places": 40, "dims": (1, 3), "hidden": (1, 2)},
    "C45": {"depth": 3, "width": 8, "seeds": 3, "spreads": (0.0, 4.0)},
    "C46": {"starts": 3, "conditions": (4, 8, 16), "steps": 100},
    "C47": TUNED,
    "C52": TUNED,
    "C55": {"sample": 30, "seeds": 1},
    "C56": TUNED,
    "C57": {"seeds": 2, "epochs": 1, "hidden": (4,)},
    "C58": {"seeds": 5, "steps": 60, "traps": [("local_minimum", 1)]},
    "C59": {"seeds": 2, "steps": 60, "names": ["bowl"]},
    "C60": {"rounds": 4, "sizes": (1, 16)},
    "C61": {"rounds": 4, "numbers": 100},
    "C64": {"draws": 50, "splits": 1, "sizes": (8, 64)},
}


@pytest.mark.parametrize("name", SMALL)
def test_figures_of_the_rule_and_finite(name):
    shown = check_measure(name, **SMALL[name])
    assert isinstance(shown, Chart)
    for panel in shown.panels:
        values = shown.data[panel.y]
        rows = values.values.reshape(values.sizes.get(panel.by, 1), -1)
        assert np.isfinite(rows).any(axis=1).all()


def test_every_claim_is_measured():
    assert {*SMALL, *OTHERS} == set(CLAIMS)
