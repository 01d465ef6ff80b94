"""Where the base, Numba and PyTorch alone are installed: what works, and what the rest says.

`make test-base` makes that environment; in any other these tests are not collected.
"""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import slalom
from slalom.rules import RULES
from slalom.torch import Optimizer

LAB = (
    "animate", "descend", "diff", "draw", "load", "maps", "minimize", "problems", "race",
    "respond", "save", "train", "Chart", "Diff", "Outcome", "Outcomes", "Race", "Response", "Run",
    "Training",
)  # fmt: skip
INSTALL = "pip install 'slalom-optim[lab]' (in a clone: pip install -e '.[lab]')"


@pytest.mark.parametrize("module", ["jax", "xarray", "matplotlib", "scipy", "sklearn", "typer"])
def test_the_laboratory_is_not_here(module):
    assert importlib.util.find_spec(module) is None


@pytest.mark.parametrize("name", sorted(set(slalom.__all__) - set(LAB)))
def test_a_name_of_the_base_loads(name):
    assert getattr(slalom, name) is not None


@pytest.mark.parametrize("name", LAB)
def test_a_name_of_the_laboratory_says_what_to_install(name):
    with pytest.raises(slalom.SlalomError, match=rf"^slalom\.{name} needs \w+: ") as caught:
        getattr(slalom, name)
    assert isinstance(caught.value, ImportError)
    assert str(caught.value).endswith(f": {INSTALL}")


@pytest.mark.parametrize("command", [["slalom"], ["python", "-m", "slalom"]])
@pytest.mark.parametrize("argv", [[], ["--help"], ["race", "bowl"], ["rules"]])
def test_the_command_says_what_to_install(command, argv):
    program = Path(sys.executable).with_name(command[0])
    done = subprocess.run(
        [program, *command[1:], *argv], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    [line] = done.stderr.splitlines()
    assert line.startswith("slalom: the command line needs ")
    assert line.endswith(f": {INSTALL}")


TEXTS = [*(RULES.keys() - {"partition"}), "partition(matrices=muon(0.02), rest=adam())"]


@pytest.mark.parametrize(
    "text", [*sorted(TEXTS), "clip_norm(1) | weight_decay(0.1) | adam(lr=0.1)"]
)
def test_every_rule_steps_eagerly(text):
    """Down a bowl: far from the minimum, the first steps of any of them descend."""
    p = torch.nn.Parameter(torch.tensor([[3.0, -2.0], [1.0, 2.0]], dtype=torch.float64))
    optimizer = Optimizer([p], text, compile=False)

    def closure():
        optimizer.zero_grad()
        loss = (p**2).sum()
        loss.backward()
        return loss

    before = closure().item()
    for _ in range(2):  # the first step of SOAP only looks
        optimizer.step(closure)
    assert closure().item() < before
