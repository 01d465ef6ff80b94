"""Typed formulas: read as Python would, computed as the array libraries do, and never evaluated."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from jax import enable_x64

from slalom import landscapes
from slalom.errors import SlalomError, TextError
from slalom.landscapes import parse_formula
from slalom.landscapes.formula import parse

# text, canonical text, value at x = 2, y = 3
PRECEDENCE = [
    ("x+y*x", "x + y*x", 8),
    ("(x+y)*x", "(x + y)*x", 10),
    ("x-y-1", "x - y - 1", -2),
    ("x-(y-1)", "x - (y - 1)", 0),
    ("x/y/x", "x/y/x", 1 / 3),
    ("x/(y/x)", "x/(y/x)", 4 / 3),
    ("x*y/x*y", "x*y/x*y", 9),
    ("x*(y*x)", "x*(y*x)", 12),
    ("-x**2", "-x**2", -4),
    ("(-x)**2", "(-x)**2", 4),
    ("x**-1", "x**-1", 0.5),
    ("x**-y**2", "x**-y**2", 2**-9),
    ("x**y**2", "x**y**2", 512),
    ("(x**y)**2", "(x**y)**2", 64),
    ("x^y", "x**y", 8),
    ("--x", "--x", 2),
    ("+x", "x", 2),
    ("-+-x", "--x", 2),
    ("-x*y", "-x*y", -6),
    ("-(x*y)", "-(x*y)", -6),
    ("x*-y", "x*-y", -6),
    ("x - -y", "x - -y", 5),
    ("-x + y", "-x + y", 1),
    ("-(x + y)", "-(x + y)", -5),
    ("2.50*x", "2.5*x", 5),
    ("1e3*x", "1000*x", 2000),
    (".5*x", "0.5*x", 1),
    ("3.*x", "3*x", 6),
    ("1e-7*x", "1e-07*x", 2e-7),
    ("e*x", "e*x", 2 * math.e),
    ("pi + tau + x", "pi + tau + x", 3 * math.pi + 2),
    (" min( x ,y)\n", "min(x, y)", 2),
    ("max(x, 1 + y)", "max(x, 1 + y)", 4),
    ("((x))", "x", 2),
    ("sin(x)**2 + cos(x)**2", "sin(x)**2 + cos(x)**2", 1),
]


@pytest.mark.parametrize(("text", "canonical", "value"), PRECEDENCE)
def test_precedence(text, canonical, value):
    landscape = parse_formula(text)
    assert landscape.name == landscape.formula == canonical
    assert landscape([2.0, 3.0][: landscape.dim]) == pytest.approx(value, rel=1e-15)
    assert parse_formula(canonical) is landscape
    assert landscapes.find(text) is landscape


def test_variables_make_the_dimensions():
    assert parse_formula("x**2").dim == 1
    assert parse_formula("y**2").dim == 2
    np.testing.assert_array_equal(parse_formula("y**2")([[1, 2], [5, 3]]), [4, 9])


def test_default_domain_start_and_steps():
    landscape = parse_formula("x**2 + 3*sin(y)")
    assert landscape.domain == ((-3, 3), (-3, 3))
    assert landscape.start == (-2.8, -2.5)
    assert (landscape.steps, landscape.levels, landscape.defined) == (125, None, None)
    other = parse_formula("x**2 + 3*sin(y)", [[0, 6], [-1, 1]])
    assert other.domain == ((0, 6), (-1, 1))
    assert other.start == pytest.approx((0.2, -1 + 1 / 6), abs=1e-5)
    assert other is parse_formula("x^2+3*sin(y)", ((0, 6), (-1, 1)))


@pytest.mark.parametrize(
    "text", ["log(x)", "sqrt(x - 1) + y**2", "1/log(x*y)", "log(-x) + sqrt(y - 2.5)"]
)
def test_starts_where_it_is_finite(text):
    landscape = parse_formula(text)
    assert np.isfinite(landscape(landscape.start))


@pytest.mark.parametrize(
    "text",
    [
        "sqrt(x) + y**2", "sqrt(x - 1)", "asin(x) + acos(y)", "x**0.9 + y", "x**y",
        "abs(x + 2.8)**0.5", "abs(x + 2.8)**0.9", "sqrt(x) + 1e6", "x*sqrt(y)",
    ],
)  # fmt: skip
def test_starts_where_the_slope_is_finite(text):
    landscape = parse_formula(text)
    with enable_x64(True):
        slope = jax.grad(landscape.value)(jnp.asarray(landscape.start))
    assert np.isfinite(slope).all()


@pytest.mark.parametrize("text", ["sin(1000*x)", "1e300*x", "abs(x + 2.8)", "floor(x)", "x**64"])
def test_a_steep_slope_is_no_reason_to_start_elsewhere(text):
    assert parse_formula(text).start == (-2.8,)


def test_starts_as_near_as_it_can():
    assert parse_formula("sqrt(x - 1)").start == pytest.approx((1,), abs=0.11)  # from -2.8
    assert parse_formula("x + log(-1 - y)").start == (-2.8, -2.5)


@pytest.mark.parametrize("text", ["1e300*x", "x + 1e39", "x/1e-300", "min(x, 1e300)", "x**64"])
def test_numbers_beyond_float32_do_not_raise(text):
    landscape = parse_formula(text)
    with enable_x64(False):
        for one in (np.ones(1, "float32"), jnp.ones(1), torch.ones(1)):
            assert str(landscape(one).dtype).endswith("float32")
            assert landscape(one) in (1, math.inf)


@pytest.mark.parametrize(
    ("text", "point", "slope"),
    [
        ("x**2", [0.0], [0]),
        ("x**2", [-3.0], [-6]),
        ("x**3", [-2.0], [12]),
        ("x**1", [0.0], [1]),
        ("x**0", [0.0], [0]),
        ("x**-1", [-2.0], [-0.25]),
        ("x**(1 + 1)", [-3.0], [-6]),
        ("x**101", [-1.0], [101]),
        ("x**2.5", [4.0], [20]),
        ("abs(x)", [0.0], [0]),
        ("2**x", [3.0], [8 * math.log(2)]),
        ("x**y", [2.0, 3.0], [12, 8 * math.log(2)]),
        ("min(x, y)*max(x, 2)", [1.0, 3.0], [2, 0]),
        ("x*y + sin(x)", [0.0, 5.0], [6, 0]),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_slopes(text, point, slope, dtype):
    with enable_x64(dtype == "float64"):
        found = jax.grad(parse_formula(text).value)(jnp.asarray(point, dtype))
        assert found.dtype == dtype
        np.testing.assert_allclose(found, slope, rtol=1e-6)


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("log(x)", 1e-9, [0.0, -1.0]),
        ("log2(x)", 1e-9, [0.0, -1.0]),
        ("log10(x)", 1e-9, [0.0, -1.0]),
        ("sqrt(x)", 0.0, [-1e-9]),
        ("1/x", 1e-9, [0.0]),
        ("x**-2", -1.0, [0.0]),
        ("x**0.5", 0.0, [-1.0]),
        ("x**-0.5", 1.0, [0.0, -1.0]),
        ("x**x", 0.0, [-1.0, -2.0]),
        ("0**x", 1.0, [-1.0]),
        ("asin(x)", -1.0, [-1.01, 1.01]),
        ("acos(x)", 1.0, [-1.01, 1.01]),
        ("2 + 3*sqrt(1 - x)", 1.0, [1.5]),
        ("0*log(x)", 1.0, [-1.0]),
        ("min(log(x), 5)", 1.0, [-1.0]),
    ],
)
def test_outside_the_domain_of_definition_is_nan(text, inside, outside):
    landscape = parse_formula(text)
    assert landscape.defined(np.array([inside]))
    assert np.isfinite(landscape([inside]))
    for x in outside:
        assert not landscape.defined(np.array([x]))
        assert np.isnan(landscape([x]))
        assert np.isnan(jax.grad(landscape.value)(jnp.array([x])))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("log(exp(x))", math.inf),
        ("sqrt(exp(x) - exp(x))", math.nan),
        ("1/(exp(x) - exp(x))", math.nan),
        ("asin(0*exp(x))", math.nan),
        ("(exp(x) - exp(x))**0.5", math.nan),
        ("(exp(x) - exp(x))**x", math.nan),
    ],
)
def test_overflow_is_not_leaving_the_domain(text, value):
    with np.errstate(all="ignore"):
        found, defined = parse(text)({"x": np.array([1000.0])})
    assert defined.all()
    np.testing.assert_array_equal(found, value)


@pytest.mark.parametrize(
    ("text", "problem", "position"),
    [
        ("", r"expected a number, a name or '\('", 0),
        ("x +", "expected a number", 3),
        ("x + * 2", "expected a number", 4),
        ("(x", r"expected '\)'", 2),
        ("x)", "expected an operator or the end", 1),
        ("3x", "expected an operator", 1),
        ("x y", "expected an operator", 2),
        ("x, y", "expected an operator", 1),
        ("sin x", r"expected '\(' after sin", 4),
        ("sin()", "expected a number", 4),
        ("sin(x, y)", "expected '\\)'", 5),
        ("min(x)", "min takes 2 arguments", 5),
        ("x + sine(y)", "unknown name 'sine'; did you mean sin", 4),
        ("x + z", "unknown name 'z'", 4),
        ("x.real", "unknown name 'x.real'", 0),
        ("x[0]", r"brackets are \( and \)", 1),
        ("x == y", "only what stands behind = is a formula", 2),
        ("2 + 'a'", "no quotes are needed here", 4),
        ("x + é", "names have letters from a to z alone, not é", 4),
        ("x & y", "unexpected character", 2),
        ("x**2 if x", "expected an operator", 5),
        ("1e999*x", "too large a number", 0),
        ("x + __import__(x)", "unknown name '__import__'", 4),
        ("x + negative(y)", "unknown name 'negative'", 4),
        ("x + sqrt(-1)", "sqrt has no real value", 4),
        ("(-8)**0.5 + x", r"\*\* has no real value", 4),
        ("x + 1/0", "/ has no real value", 5),
        ("x + log(0)", "log has no real value", 4),
        ("x + asin(2)", "asin has no real value", 4),
        ("x + (pi - pi)**-1", r"\*\* has no real value", 13),
        ("x + exp(1000)", "exp is too large", 4),
        ("x + 1e300*1e300", r"\* is too large", 9),
        ("x + 10**10**10", r"\*\* is too large", 6),
    ],
)
def test_points_at_what_is_wrong(text, problem, position):
    with pytest.raises(TextError, match=problem) as caught:
        parse_formula(text)
    assert caught.value.position == position
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("1 + 2", "names no variable"),
        ("pi", "names no variable"),
        ("sqrt(-1 - x**2)", "no real value on its domain"),
        ("log(x - 10) + y", "no real value on its domain"),
        ("x/0", "no real value on its domain"),
        ("(-2)**x", "no real value on its domain"),
        ("exp(exp(exp(9 + x**2)))", "only infinite values"),
    ],
)
def test_refuses_what_has_no_value_to_draw(text, problem):
    with pytest.raises(SlalomError, match=problem):
        parse_formula(text)


def test_the_domain_is_checked():
    assert parse_formula("log(x - 10) + y", [(9, 12), (0, 1)]).start[0] > 10
    for domain in ([(0, 1)], [(1, 0), (0, 1)], 3):
        with pytest.raises(SlalomError, match="domain"):
            parse_formula("x + y", domain)


@pytest.mark.parametrize(
    "text",
    [
        "-" * 5000 + "x",
        "(" * 5000 + "x" + ")" * 5000,
        "sin(" * 2000 + "x",
        "**".join("x" * 2000),
        "+".join("x" * 2000),
        "x" * 20000,
        "9" * 9000,
    ],
)
def test_refuses_what_is_too_deep_or_too_long(text):
    with pytest.raises(SlalomError):
        landscapes.find(text)


def test_a_long_sum_is_fine_and_found_again():
    landscape = parse_formula("+".join(f"1.234567890123456e-{100 + k}*x**2" for k in range(100)))
    assert landscapes.find(landscape.name) is landscape
