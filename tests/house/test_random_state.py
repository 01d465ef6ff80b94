"""No import and no call of Slalom changes the global random numbers of a program."""

import subprocess
import sys

import pytest

CHECK = """
import random, sys
import numpy as np

random.seed(0)
np.random.seed(0)
if "torch" in {code!r}:
    import torch
    torch.manual_seed(0)

def states():
    seen = [random.getstate(), repr(np.random.get_state())]
    return seen + ([torch.get_rng_state().tolist()] if "torch" in sys.modules else [])

before = states()
{code}
assert states() == before
print("jax" in sys.modules)
"""
STEPS = """
import slalom.torch
p = torch.nn.Parameter(torch.ones(4, 4))
for options in {}, {"compile": False}:
    for rule in "adam", "clip_norm(1) | muon", "soap", "adafactor":
        optimizer = slalom.torch.Optimizer([p], rule, **options)
        p.grad = torch.ones(4, 4)
        optimizer.step()
"""
LABORATORY = """
import slalom, slalom.problems, slalom.studies.maps
race = slalom.race("quadratic", ["adam", "noise(0.1) | gradient_descent"], steps=3)
slalom.respond(["adam"], "spikes")
slalom.train("adam", slalom.problems.find("softmax_digits"), slalom.problems.Batches(epochs=1))
slalom.minimize(lambda x: float(x @ x), [1.0, 2.0], "noise(0.1) | adam", steps=3)
slalom.studies.maps.basins("quadratic", "adam", 4, 3)
"""
OPTAX = """
import slalom.optax
tx = slalom.optax.transformation("noise(0.1) | adam")
x = np.ones(3, np.float32)
tx.update(x, tx.init(x), x)
"""
LOADS_JAX = {
    **{name: f"import slalom.{name}" for name in ("descent", "jax", "optax", "problems")},
    **{name: f"import slalom.{name}" for name in ("studies", "articles.vanishing")},
    "lowering": "import slalom.kernels; slalom.kernels.why_not(slalom.parse('soap'), 'float32')",
}
CALLS = {"steps in PyTorch": STEPS, "the laboratory": LABORATORY, "Optax": OPTAX}


def run(code):
    done = subprocess.run(
        [sys.executable, "-c", CHECK.format(code=code)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("code", LOADS_JAX.values(), ids=LOADS_JAX)
def test_loading_jax(code):
    assert run(code) == "True\n"


@pytest.mark.slow
@pytest.mark.parametrize("code", CALLS.values(), ids=CALLS)
def test_calls(code):
    run(code)
