"""Schedules answer in the library and dtype asked for, down to 16 bits and far from step 1."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from jax import enable_x64

import slalom.jax  # noqa: F401 (makes schedules pytrees)
from slalom.rules import GradientDescent, namespace, parse

TEXTS = [
    "constant(0.3)",
    "piecewise((1, 0.5, 0.25), (4999, 5000))",
    "exponential(0.3, rate=1e-4)",
    "polynomial(0.3, rate=0.1, power=0.5)",
    "step_decay(0.3, factor=0.5, every=1000)",
    "cosine(0.3, steps=10000, warmup=100, final=0.01)",
    "one_cycle(0.3, steps=10000)",
]
DTYPES = {
    "numpy": (np.zeros, (np.float16, np.float32, np.float64)),
    "torch": (torch.zeros, (torch.float16, torch.bfloat16, torch.float32, torch.float64)),
    "jax": (jnp.zeros, (jnp.float16, jnp.bfloat16, jnp.float32, jnp.float64)),
}
CASES = [(name, dtype) for name, (_, dtypes) in DTYPES.items() for dtype in dtypes]


def schedule_of(text):
    return parse(f"adam(lr={text})").lr


@pytest.mark.parametrize(("library", "dtype"), CASES)
@pytest.mark.parametrize("text", TEXTS)
def test_value_and_dtype(text, library, dtype):
    """At t = 5001 float16 counts in fours and bfloat16 in 32s: t itself would be lost."""
    schedule = schedule_of(text)
    with enable_x64(True):
        x = DTYPES[library][0](3, dtype=dtype)
        xp = namespace(x)
        eps = float(xp.finfo(x.dtype).eps)
        for t in (1, 999, 5000, 5001):
            found = schedule(t, xp, x.dtype)
            assert found.dtype == x.dtype
            assert found.shape == ()
            # rounded once; in 32 bits and more, after a few operations
            assert float(found) == pytest.approx(schedule(t), rel=eps * (8 if eps < 1e-6 else 1))


@pytest.mark.parametrize(("library", "dtype"), CASES)
def test_a_step_keeps_a_dtype_of_16_bits(library, dtype):
    with enable_x64(True):
        x = DTYPES[library][0](3, dtype=dtype)
        rule = GradientDescent(lr=schedule_of("piecewise((1, 0.5), (5000,))"))
        for t, lr in ((5000, 1.0), (5001, 0.5)):
            delta, _ = rule.step(x, x + 1, (), t)
            assert delta.dtype == x.dtype
            assert float(delta[0]) == -lr


@pytest.mark.parametrize("text", TEXTS)
def test_fields_map_and_t_is_traced(text):
    schedule = schedule_of(text)
    others = [jax.tree.map(lambda v, k=k: np.float64(v * k), schedule) for k in (1.0, 1.25)]
    together = jax.tree.map(lambda *v: np.stack(v), *others)

    def values(schedule, ts):
        return jax.vmap(lambda t: schedule(t, jnp, jnp.float64))(ts)

    ts = np.array([1, 50, 130, 4999, 5001, 6300], np.int32)
    with enable_x64(True):
        found = jax.jit(jax.vmap(values, in_axes=(0, None)))(together, ts)
    alone = [[schedule(int(t)) for t in ts] for schedule in others]
    np.testing.assert_allclose(found, alone, rtol=1e-11)
    assert alone[0] != alone[1]


def test_float32_counts_to_sixteen_million():
    schedule = schedule_of("piecewise((1, 0.5), (16777215,))")
    assert schedule(16_777_215, np, np.float32) == 1
    assert schedule(16_777_216, np, np.float32) == 0.5
