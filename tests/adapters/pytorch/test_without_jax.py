"""PyTorch's parameters are stepped by kernels where JAX cannot be loaded, and it never is."""

import os
import subprocess
import sys

import pytest

BLOCKED = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("jax", "jaxlib"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
"""
STEPS = """
import sys
import torch
import slalom.torch
from slalom.torch import steps

def refused(*_):
    raise AssertionError("the rule's own lines were run")

def trained(compile_):
    params = [torch.nn.Parameter(torch.linspace(-1, 1, n, dtype=torch.float64)) for n in (3, 5)]
    optimizer = slalom.torch.Optimizer(params, "TEXT", compile=compile_)
    for _ in range(3):
        for p in params:
            p.grad = 2 * p.detach() + 1
        optimizer.step()
    return [p.detach() for p in params]

expected = trained(False)
steps.eager = refused
torch.testing.assert_close(trained(None), expected, rtol=1e-12, atol=1e-12)
print([name for name in ("jax", "jaxlib") if sys.modules.get(name)])
"""
TEXTS = ["adam()", "clip_norm(1) | adam()", "average(0.9) | prodigy(d0=0.1)"]


@pytest.mark.parametrize("before", ["", BLOCKED], ids=["installed", "blocked"])
@pytest.mark.parametrize("text", TEXTS)
def test_a_fused_step_loads_no_jax(text, before):
    done = subprocess.run(
        [sys.executable, "-c", before + STEPS.replace("TEXT", text)],
        env=dict(os.environ), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == "[]\n"
