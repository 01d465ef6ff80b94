"""One definition gives one path on NumPy, PyTorch and JAX, in both precisions."""

import numpy as np
import pytest
import torch

from .running import STEPS, compiled, gradients, leaves_as, path, start
from .table import RULES

# Rounding errors of single steps, which the spring damps, add up to far less than linearly.
FLOAT64 = 1e-12
# Each of the steps rounds its increment and its sum, half a unit each: at most STEPS units.
FLOAT32 = STEPS * np.finfo(np.float32).eps


def off(one, other):
    """The largest difference, in units of the larger path's extent."""
    return np.max(np.abs(one - other)) / np.max(np.abs(other))


@pytest.fixture(scope="module")
def reference():
    """The path of each rule on NumPy in float64."""
    return {text: path(rule, start(), gradients()) for text, rule in RULES.items()}


@pytest.mark.parametrize("text", RULES)
def test_pytorch_in_float64(text, reference):
    found = path(RULES[text], torch.tensor(start()), torch.tensor(gradients()))
    assert off(found, reference[text]) < FLOAT64


@pytest.mark.parametrize("text", RULES)
def test_all_libraries_in_float32(text, reference):
    x, gs = start().astype(np.float32), gradients().astype(np.float32)
    found = {
        "numpy": path(RULES[text], x, gs),
        "torch": path(RULES[text], torch.tensor(x), torch.tensor(gs)),
        "jax": np.asarray(compiled(leaves_as(RULES[text], np.float32), x, gs)),
    }
    assert {name: p.dtype.name for name, p in found.items()} == dict.fromkeys(found, "float32")
    assert all(off(p, reference[text]) < FLOAT32 for p in found.values()), {
        name: off(p, reference[text]) for name, p in found.items()
    }
