"""`slalom.rules` loads no array library; loading it late still makes a user's rule a pytree."""

import subprocess
import sys

HEAVY = ("numpy", "jax", "torch", "matplotlib", "scipy", "xarray", "optax")


def run(code):
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_rules_import_no_array_library():
    code = (
        "import sys, slalom.rules as r\n"
        "rule = r.parse('clip_norm(1) | adam(lr=cosine(0.1, steps=[10, 20][0]))'.replace("
        "'[10, 20][0]', '10'))\n"
        "str(rule), hash(rule), rule.replace(limit=2)\n"
        f"print([m for m in {HEAVY} if m in sys.modules])"
    )
    assert run(code) == "[]"


def test_a_rule_defined_before_jax_is_a_pytree_once_the_tree_is_loaded():
    code = """
import sys
from dataclasses import dataclass
from slalom.rules import Rule, hyper

@dataclass(frozen=True)
class Early(Rule, name="early"):
    lr: float = hyper(0.5, "learning rate")

assert "jax" not in sys.modules
import slalom.jax, jax

@dataclass(frozen=True)
class Late(Early, name="late"):
    share: float = 0.25

print(jax.tree.leaves(Early()), jax.tree.leaves(Late()))
"""
    assert run(code) == "[0.5] [0.5, 0.25]"
