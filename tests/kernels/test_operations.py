"""The text of each operation against JAX's own value of it."""

import jax
import jax.numpy as jnp
import numba
import numpy as np
import pytest
from jax import lax

from slalom.kernels.formula import Node, walk
from slalom.kernels.operations import expression

PAIRS = [(0.5, 0.25), (-0.75, 0.5), (0.5, 0.5), (0.0, -0.5), (np.nan, 0.5), (0.5, np.nan)]
UNARY = [jnp.sqrt, jnp.cbrt, jnp.exp, jnp.exp2, jnp.log, jnp.log1p, jnp.expm1, jnp.floor, jnp.ceil]
UNARY += [jnp.sin, jnp.cos, jnp.tan, jnp.sinh, jnp.cosh, jnp.tanh]
UNARY += [jnp.asin, jnp.acos, jnp.atan, jnp.asinh, jnp.atanh]
UNARY += [lax.neg, lax.abs, lax.square, lax.rsqrt, lax.sign, lax.logistic, jnp.round]
FUNCTIONS = (
    {f.__name__: (lambda x, y, f=f: f(x)) for f in UNARY}
    | {
        "acosh": lambda x, y: jnp.acosh(1 + abs(x)),
        "arithmetic": lambda x, y: (x + y) * (x - y) / (y + 3),
        "pow": lambda x, y: abs(x) ** y,
        "rem": lax.rem,
        "atan2": lax.atan2,
        "is_finite": lambda x, y: jnp.where(jnp.isfinite(x), x, 7.0),
        "max": jnp.maximum,
        "min": jnp.minimum,
        "clamp": lambda x, y: lax.clamp(jnp.float32(-0.3), x, jnp.float32(0.3)),
        "comparisons": lambda x, y: sum(
            2.0**i * f(x, y).astype(x.dtype)
            for i, f in enumerate([lax.eq, lax.ne, lax.lt, lax.le, lax.gt, lax.ge])
        ),
        "and": lambda x, y: jnp.where((x > 0) & (y > 0.3), x, y),
        "or": lambda x, y: jnp.where((x > 0) | (y > 0.3), x, y),
        "not": lambda x, y: jnp.where(~(x > 0), x, y),
        "xor": lambda x, y: jnp.where((x > 0) ^ (y > 0.3), x, y),
        "to bool and back": lambda x, y: x.astype(bool).astype(x.dtype) + y,
        "wider and back": lambda x, y: (x.astype("float64") / 3 + y).astype("float32"),
        "shapes": lambda x, y: jnp.broadcast_to(lax.stop_gradient(x), ()).reshape(()) + y,
    }
    | {f"power {n}": (lambda x, y, n=n: x**n) for n in (-2, -1, 1, 2, 3, 4, 5, 7)}
)


def value(node, known):
    """A node's value by Python and NumPy alone."""
    inputs = [value(n, known) for n in node.inputs]
    names = {f"v{i}": v for i, v in enumerate(inputs)}
    return eval(node.text.format(*names), {"np": np}, known | names)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_text_computes_what_jax_computes(name):
    function = FUNCTIONS[name]
    with jax.enable_x64(True), np.errstate(all="ignore"):
        leaf = jax.ShapeDtypeStruct((), "float32")
        traced = jax.make_jaxpr(function)(leaf, leaf)
        inputs = [Node(n, (), "float32", varies=False) for n in "xy"]
        [node] = walk(traced.jaxpr, traced.consts, inputs, ())
        assert not node.why_not
        for pair in PAIRS:
            x, y = map(np.float32, pair)
            expected = np.asarray(function(jnp.asarray(x), jnp.asarray(y)))
            found = np.asarray(value(node, {"x": x, "y": y}))
            np.testing.assert_allclose(found, expected, rtol=2e-6, atol=1e-7)
            assert node.dtype == expected.dtype == "float32"


def test_the_truth_of_a_number_compiles():
    text = expression("convert_element_type", {}, ["float64"], "bool").format("v")
    truth = numba.njit(eval(f"lambda v: {text}", {"np": np}))
    assert [truth(v) for v in (0.0, -0.0, 2.0, np.nan)] == [False, False, True, True]


@pytest.mark.parametrize("power", [1, 2, 3, 4])
def test_small_powers_are_products(power):
    text = expression("integer_pow", {"y": power}, ["float32"], "float32")
    assert text == " * ".join(["{0}"] * power)
    assert expression("integer_pow", {"y": 5}, ["float32"], "float32") == "{0} ** np.float32(5)"
    assert expression("integer_pow", {"y": 0}, ["float64"], "float64") == "{0} ** np.float64(0)"


@pytest.mark.parametrize(
    ("name", "params", "inputs", "dtype"),
    [
        ("and", {}, ["int32", "int32"], "int32"),
        ("select_n", {}, ["int32", "float32", "float32"], "float32"),
        ("select_n", {}, ["bool", "float32"], "float32"),
        ("round", {"rounding_method": lax.RoundingMethod.AWAY_FROM_ZERO}, ["float32"], "float32"),
        ("cumsum", {}, ["float32"], "float32"),
    ],
)
def test_what_is_no_operation_on_single_numbers_has_no_text(name, params, inputs, dtype):
    assert expression(name, params, inputs, dtype) is None
