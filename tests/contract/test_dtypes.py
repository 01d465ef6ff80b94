"""No promotion: steps and state have the dtype of the parameters, whatever the numbers are."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from jax import enable_x64

from slalom.rules import Value, stepping
from slalom.rules.leaves import Leaves

from .running import follow, gradients, scan, start, step
from .table import RULES

FORMS = {
    "python": float,
    "numpy scalar": np.float64,
    "numpy array": lambda v: np.array(float(v)),
    "float32 array": lambda v: np.array(v, np.float32),
}
CASES = [("float32", form) for form in FORMS] + [
    ("float64", "python"),
    ("float64", "float32 array"),
]


def with_numbers(value, form):
    """The same rule made anew, every number in it that is no convention in another form."""
    if isinstance(value, Value):
        fields = {f: getattr(value, f.name) for f in dataclasses.fields(value)}
        kept = {f.name: v for f, v in fields.items() if f.metadata.get("kind") == "convention"}
        changed = {f.name: with_numbers(v, form) for f, v in fields.items() if f.name not in kept}
        return type(value)(**kept, **changed)
    if isinstance(value, tuple):
        return tuple(with_numbers(v, form) for v in value)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return form(value) if is_number else value


def dtypes(rule, x, gs):
    """The dtypes of all steps, iterates and state entries of a short run."""
    return {leaf.dtype for part in follow(rule, x, gs) for leaf in jax.tree.leaves(part)}


@pytest.mark.parametrize("text", RULES)
def test_numpy(text):
    for dtype, form in CASES:
        rule = with_numbers(RULES[text], FORMS[form])
        found = dtypes(rule, start().astype(dtype), gradients(3).astype(dtype))
        assert (form, found) == (form, {np.dtype(dtype)})


@pytest.mark.parametrize("text", RULES)
def test_pytorch(text):
    for dtype, form in CASES:
        rule, kind = with_numbers(RULES[text], FORMS[form]), getattr(torch, dtype)
        x, gs = (torch.tensor(a, dtype=kind) for a in (start(), gradients(3)))
        assert (form, dtypes(rule, x, gs)) == (form, {kind})


@pytest.mark.parametrize("text", RULES)
def test_pytorch_with_tensors_as_numbers(text):
    kind = torch.float32
    rule = with_numbers(RULES[text], lambda v: torch.tensor(v, dtype=torch.float64))
    found = dtypes(rule, torch.tensor(start(), dtype=kind), torch.tensor(gradients(3), dtype=kind))
    assert found == {kind}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("text", RULES)
def test_jax_where_64_bits_are_enabled(text, dtype):
    """Python numbers: JAX calls them weak, but an integer power of one is float64."""
    rule = RULES[text]
    with enable_x64(True):
        x, g = (Leaves([jnp.asarray(a, dtype)]) for a in (start(), gradients(1)[0]))

        def two_steps(x, g, t):
            delta, state = step(rule, g, stepping.begin(rule, x), x, t)
            return state, step(rule, g, state, x + delta, t + 1)

        shapes = jax.eval_shape(two_steps, x, g, jnp.int32(1))
        assert {leaf.dtype for leaf in jax.tree.leaves(shapes)} == {np.dtype(dtype)}


@pytest.mark.parametrize("text", RULES)
def test_jax_scans_in_float32_with_float64_numbers(text):
    """A carry that changes its dtype would not scan."""
    with enable_x64(True):
        x, gs = (jnp.asarray(a, np.float32) for a in (start(), gradients(3)))
        rule = with_numbers(RULES[text], lambda v: jnp.asarray(v, np.float64))
        assert jax.eval_shape(scan, rule, x, gs).dtype == np.float32


@pytest.mark.parametrize("text", RULES)
def test_numbers_that_a_tree_operation_put_in_do_not_promote(text):
    rule = jax.tree.map(np.float64, RULES[text])
    assert dtypes(rule, start().astype("f4"), gradients(3).astype("f4")) == {np.dtype("f4")}
