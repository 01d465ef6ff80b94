"""Every rule that PyTorch, Keras or Optax has too is followed beside it, step by step."""

import re

import pytest

from slalom.rules import COMPOSITIONS, RULES, WRAPPERS
from slalom.rules.presets import counterparts

from ..modern.goldens import read
from .cases import CASES
from .test_keras_reductions import CASES as REDUCTIONS

PAIRS = sorted(
    {
        (name, one.library)
        for name, maker in {**RULES, **COMPOSITIONS, **WRAPPERS}.items()
        for one in counterparts(maker)
        if one.library in CASES
    }
)
GOLDENS = [(row.package.partition(".")[0], row.text) for row in read()]


@pytest.mark.parametrize(("name", "library"), PAIRS)
def test_a_counterpart_is_followed(name, library):
    """By a trace of the installed library, or by a row of the modern goldens that is its run."""
    texts = [*CASES[library], *(text for text, *_ in REDUCTIONS)]
    traced = any(f"{name}@{library}" in text for text in texts)
    assert traced or any(
        package == library and re.search(rf"\b{name}\b", text) for package, text in GOLDENS
    )
