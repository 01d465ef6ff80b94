"""Norms over the whole range of a dtype: what is scaled by a power of two has a norm so scaled."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import torch
from jax import enable_x64

import slalom.jax  # noqa: F401 (Leaves as pytrees)
from slalom.kernels import Stepper
from slalom.rules import Cautious, GradientDescent, Polyak, RMSProp, TrustRatio, parse
from slalom.rules.leaves import Leaves, norm
from slalom.rules.newton_schulz import newton_schulz
from slalom.rules.vocabulary import rms

from ..kernels.stepping import begun

MAKE = {
    "numpy": np.asarray,
    "torch": lambda a, dtype: torch.tensor(a, dtype=getattr(torch, dtype)),
    "jax": jnp.asarray,
    "jit": jnp.asarray,
}
NORM = {name: jax.jit(norm) if name == "jit" else norm for name in MAKE}
RMS = {name: jax.jit(rms) if name == "jit" else rms for name in MAKE}
POWERS = {
    "float32": (-124, -100, -64, -46, -41, -20, 0, 20, 41, 63, 64, 100, 124),
    "float64": (-1019, -800, -512, -321, -160, 0, 160, 321, 511, 512, 800, 1020),
}
SCALES = [(dtype, power) for dtype, powers in POWERS.items() for power in powers]


@pytest.fixture(autouse=True)
def precision():
    with enable_x64(True):
        yield


@pytest.mark.parametrize("library", MAKE)
@pytest.mark.parametrize(("dtype", "power"), SCALES)
def test_three_four_five(library, dtype, power):
    """Powers of two round nothing, so that the norm is 5 of them exactly."""
    unit = 2.0**power
    a = MAKE[library]([3 * unit, 0.0, -4 * unit], dtype=dtype)
    parts = Leaves(
        [MAKE[library]([[3 * unit]], dtype=dtype), MAKE[library]([], dtype=dtype), -a[2:]]
    )
    assert float(NORM[library](a)) == float(NORM[library](parts)) == 5 * unit
    assert float(RMS[library](MAKE[library]([unit, -unit], dtype=dtype))) == unit


@pytest.mark.parametrize("library", MAKE)
@pytest.mark.parametrize("dtype", POWERS)
@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_what_is_not_finite(library, dtype, bad):
    for other in (0.0, 1e-30, 1.0, 1e30):
        found = float(NORM[library](MAKE[library]([bad, other], dtype=dtype)))
        assert found == bad or math.isnan(found) == math.isnan(bad) is True
    assert float(norm(MAKE[library]([0.0, 0.0], dtype=dtype))) == 0


@pytest.mark.parametrize("dtype", POWERS)
def test_of_many_components_at_the_ends_of_the_range(dtype):
    """n equal ones have a norm of sqrt(n) each."""
    finfo = np.finfo(dtype)
    for each in (float(finfo.max) / 200, float(finfo.smallest_normal), 1.0):
        a = np.full(10_000, each, dtype)
        assert float(norm(a)) == pytest.approx(100 * each, rel=8 * float(finfo.eps))
    with np.errstate(over="ignore"):
        assert norm(np.full(10, finfo.max, dtype)) == math.inf  # itself beyond the range


def test_of_a_narrow_dtype():
    """In bfloat16, of the range of float32, and in float16, whose squares float32 holds."""
    for kind in (torch.bfloat16, jnp.bfloat16):
        library = torch.tensor if kind is torch.bfloat16 else jnp.asarray
        assert (
            float(norm(Leaves([library([3 * 2.0**100, 4 * 2.0**100], dtype=kind)]))) == 5 * 2.0**100
        )
    assert float(norm(np.array([3e4, 4e4], np.float16))) == pytest.approx(5e4, rel=1e-3)


@pytest.mark.parametrize("dtype", POWERS)
def test_of_ordinary_numbers_is_the_plain_formula(dtype):
    a = np.random.default_rng(0).normal(size=1000).astype(dtype)
    assert norm(a) == np.sqrt(np.sum(np.square(a)))


RULES = {
    "clip_norm": "clip_norm(0.5) | gradient_descent(lr=1)",
    "trust_ratio": "trust_ratio() | gradient_descent(lr=0.5)",
    "lamb": "lamb(lr=0.5, eps=0, weight_decay=0)",
}


@pytest.mark.parametrize("dtype", POWERS)
@pytest.mark.parametrize("text", RULES.values(), ids=RULES)
def test_steps_that_do_not_depend_on_the_size_of_the_gradient(text, dtype):
    """Eagerly and fused; Adam's own square, in lamb, must be in range."""
    rule = parse(text)
    limit = {"float32": 50, "float64": 400}[dtype] if "lamb" in text else math.inf
    x, g = np.array([1.0, -2.0], dtype), np.array([3.0, -4.0], dtype)
    expected, _ = rule.step(x, g, rule.begin(x), 1)
    stepper = Stepper(rule, dtype)
    for power in POWERS[dtype]:
        if abs(power) > limit or (rule.name == "clip_norm" and power < 0):
            continue
        unit = dtype_of(dtype)(2.0**power)
        delta, _ = rule.step(x, g * unit, rule.begin(x), 1)
        np.testing.assert_allclose(
            delta, expected, rtol=4 * np.finfo(dtype).eps, err_msg=str(power)
        )
        moved = x.copy()
        stepper.step([moved], [g * unit], begun(rule, [x]), 1)
        np.testing.assert_allclose(moved, x + expected, rtol=4 * np.finfo(dtype).eps)


def dtype_of(name):
    return np.dtype(name).type


@pytest.mark.parametrize(("dtype", "power"), SCALES)
def test_an_orthogonalized_matrix_has_no_size(dtype, power):
    M = np.random.default_rng(0).normal(size=(3, 5)).astype(dtype) / 4
    found = newton_schulz(M * dtype_of(dtype)(2.0**power), eps=0.0)
    np.testing.assert_allclose(found, newton_schulz(M, eps=0.0), rtol=1e-5, atol=1e-6)


def test_polyak_steps_to_where_a_line_is_0():
    """On f = s x the step from x is -x, however steep the line is."""
    for slope in (1.0, 1e100, 1e200, 1e300):
        rule = Polyak(largest=math.inf)
        delta, _ = rule.step(
            np.ones(1), np.array([slope]), rule.begin(np.ones(1)), 1, loss=np.float64(slope)
        )
        assert delta[0] == pytest.approx(-1, rel=1e-12)


def test_cautious_steps_have_the_sign_of_the_gradient_where_products_underflow():
    rule = Cautious() | GradientDescent(lr=1e-3)
    g = np.array([1e-30, -2e-30], np.float32)
    delta, _ = rule.step(np.zeros(2, np.float32), g, rule.begin(g), 1)
    np.testing.assert_allclose(delta, -1e-3 * g, rtol=1e-6)


def test_a_trust_ratio_where_the_product_of_norms_underflows():
    """x -= lr norm(x) / norm(u) u, of a small array and a small gradient."""
    rule = TrustRatio() | GradientDescent(lr=0.1)
    x = np.array([3e-200, 4e-200])
    delta, _ = rule.step(x, np.array([1e-200, 0.0]), rule.begin(x), 1)
    np.testing.assert_allclose(delta, [-0.5e-200, 0.0], rtol=1e-12)


@pytest.mark.parametrize("debias", [True, False])
def test_a_centred_moment_is_never_below_0(debias):
    """A constant gradient has no variance: g² - g² is 0, and rounding may not make it less."""
    rule = RMSProp(centered=True, momentum=0.9, eps_inside=False, debias=debias)
    gs = np.random.default_rng(0).normal(size=(20, 1000))
    x, state = np.zeros(1000), rule.begin(np.zeros(1000))
    for t in range(1, 21):
        delta, state = rule.step(x, gs[0] if t < 10 else gs[t - 1], state, t)
        assert np.isfinite(delta).all()


@pytest.mark.parametrize("bad", [math.nan, math.inf])
@pytest.mark.parametrize(
    "text",
    ["clip_norm(1) | gradient_descent(lr=1)", "trust_ratio() | gradient_descent(lr=1)"],
)
def test_one_component_that_is_not_finite_spoils_all(text, bad):
    """As `torch.nn.utils.clip_grad_norm_` and `optax.clip_by_global_norm` have it: NaN makes all
    NaN; infinity makes the others 0, and itself NaN."""
    rule, x, g = parse(text), np.ones(2), np.array([100.0, bad])
    p = torch.nn.Parameter(torch.zeros(2, dtype=torch.float64))
    p.grad = torch.tensor(g)
    torch.nn.utils.clip_grad_norm_([p], 1.0)
    assert p.grad is not None
    expected = p.grad.numpy()
    np.testing.assert_array_equal(
        expected, optax.clip_by_global_norm(1.0).update(g, optax.EmptyState())[0]
    )
    with np.errstate(invalid="ignore"):
        eager, _ = rule.step(x, g, rule.begin(x), 1)
    fused = x.copy()
    Stepper(rule, "float64").step([fused], [g], begun(rule, [x]), 1)
    jitted, _ = jax.jit(lambda x, g: rule.step(x, g, rule.begin(x), 1))(x, g)
    tensors, _ = rule.step(torch.tensor(x), torch.tensor(g), rule.begin(torch.tensor(x)), 1)
    for found in (eager, fused - x, jitted, tensors):
        np.testing.assert_array_equal(abs(np.asarray(found)), expected)
