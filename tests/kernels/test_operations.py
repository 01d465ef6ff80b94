"""The text of each operation against JAX's own value of it, and NumPy's."""

import jax
import jax.numpy as jnp
import numba
import numpy as np
import pytest
from array_api_compat import numpy as xp
from jax import lax

from slalom.errors import SlalomError
from slalom.kernels.operations import TEXTS, expression
from slalom.lowering.graph import Kind, constant, given, operation
from slalom.lowering.jaxprs import walk

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
    return eval(expression(node).format(*names), {"np": np}, known | names)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_text_computes_what_jax_computes(name):
    function = FUNCTIONS[name]
    with jax.enable_x64(True), np.errstate(all="ignore"):
        leaf = jax.ShapeDtypeStruct((), "float32")
        traced = jax.make_jaxpr(function)(leaf, leaf)
        inputs = [given(n, "float32", Kind.LEAF) for n in "xy"]
        [node] = walk(traced.jaxpr, traced.consts, inputs, ())
        assert not node.why_not
        for pair in PAIRS:
            x, y = map(np.float32, pair)
            expected = np.asarray(function(jnp.asarray(x), jnp.asarray(y)))
            found = np.asarray(value(node, {"x": x, "y": y}))
            np.testing.assert_allclose(found, expected, rtol=2e-6, atol=1e-7)
            assert node.dtype == expected.dtype == "float32"


JAX_ALONE = {"rsqrt", "logistic", "clamp", "select"}
NUMPYS = [name for name in TEXTS if name not in JAX_ALONE]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("names", [NUMPYS[::2], NUMPYS[1::2]])
def test_every_operation_compiles_to_what_numpy_computes(names):
    """Many in one function: of x and y, or, where they are logical, of p and q."""
    texts = [TEXTS[name].format(*("pq" if name.startswith("logical_") else "xy")) for name in names]
    compiled = numba.njit(
        eval(f"lambda x, y, p, q: ({', '.join(texts)},)", {"np": np}), error_model="numpy"
    )
    for x, y in [*PAIRS, (0.75, -0.5), (-0.75, 0.5), (2.5, -1.5)]:
        numbers, truths = (np.float32(x), np.float32(y)), (x > 0.3, y > 0.3)
        for name, found in zip(names, compiled(*numbers, *truths), strict=True):
            function = getattr(xp, name, None) or getattr(np, name)
            operands = truths if name.startswith("logical_") else numbers
            expected = function(*(operands if "{1}" in TEXTS[name] else operands[:1]))
            np.testing.assert_allclose(found, expected, rtol=2e-6, err_msg=f"{name} {x} {y}")


def test_the_truth_of_a_number_compiles():
    text = expression(operation("astype", [given("v", "float64", Kind.NUMBER)], "bool"))
    truth = numba.njit(eval(f"lambda v: {text.format('v')}", {"np": np}))
    assert [truth(v) for v in (0.0, -0.0, 2.0, np.nan)] == [False, False, True, True]


def power(exponent, dtype):
    base = given("x", dtype, Kind.ELEMENT)
    return expression(operation("integer_pow", [base], dtype, power=exponent))


@pytest.mark.parametrize("exponent", [1, 2, 3, 4])
def test_small_powers_are_products(exponent):
    assert power(exponent, "float32") == " * ".join(["{0}"] * exponent)


def test_other_powers_are_of_the_dtype():
    assert power(5, "float32") == "{0} ** np.float32(5)"
    assert power(0, "float64") == "{0} ** np.float64(0)"


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, 2.5, True])
def test_constants_are_written_in_their_dtype(value):
    dtype = "float32" if isinstance(value, float) else "bool"
    found = eval(expression(constant(value, dtype)), {"np": np})
    assert found.dtype == dtype
    np.testing.assert_equal(found, np.dtype(dtype).type(value))


def test_a_finite_constant_is_written_as_a_number():
    assert expression(constant(2.5, "float32")) == "np.float32(2.5)"


def test_what_is_no_operation_on_single_numbers_has_no_text():
    with pytest.raises(SlalomError, match=r"^no kernel knows sum as an operation on single elem"):
        expression(operation("sum", [given("g", "float32", Kind.ELEMENT)], "float32"))
