"""Fused steps need NumPy and Numba, and no JAX."""

import os
import subprocess
import sys

WITHOUT = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("jax", "jaxlib"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
"""
STEPS = """
import numpy as np
from slalom.kernels import Stepper, why_not
from slalom.rules import parse

rule = parse("average(0.5) | clip_value(1) | nadam(lr=cosine(0.5))")
x, g = np.zeros(3), np.array([2.0, -2.0, 0.0])
state = rule.begin(x)
expected, after = x.copy(), rule.begin(x)
stepper = Stepper(rule, "float64")
for t in (1, 2, 3):
    stepper.step([x], [g], [state], t)
    delta, after = rule.step(expected, g, after, t)
    expected = expected + delta
assert np.abs(expected).max() > 0.1
np.testing.assert_allclose(x, expected, rtol=1e-12)
np.testing.assert_allclose(state.own.average, after.own.average, rtol=1e-12)
"""
REFUSES = """
from dataclasses import dataclass
from slalom.kernels import why_not
from slalom.rules import Rule, namespace

@dataclass(frozen=True)
class Flipping(Rule, name="flipping"):
    def update(self, g, state):
        return namespace(g).flip(g), state

print(why_not(Flipping(), "float32"))
"""


def run(code):
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "SLALOM_CACHE_DIR": ""},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_steps():
    run(WITHOUT + STEPS)


def test_what_only_jax_could_read_is_refused():
    assert run(WITHOUT + REFUSES) == (
        "flipping cannot be fused: it does not trace: AttributeError: no kernel knows flip\n"
    )


def test_where_there_is_jax_it_is_not_loaded():
    assert run(STEPS + "import sys; print('jax' in sys.modules)") == "False\n"
