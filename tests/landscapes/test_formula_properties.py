"""Generated formulas against Python itself, and texts that mean no good."""

import ast
import math

import jax.numpy as jnp
import numpy as np
import pytest
import torch
from hypothesis import Phase, assume, example, given, settings
from hypothesis import strategies as st
from jax import enable_x64

from slalom import landscapes
from slalom.errors import SlalomError
from slalom.landscapes import parse_formula
from slalom.landscapes.formula import parse

PYTHON = {
    **{name: getattr(math, name) for name in ("sin", "cos", "tan", "asin", "acos", "atan")},
    **{name: getattr(math, name) for name in ("sinh", "cosh", "tanh", "exp", "sqrt")},
    **{name: getattr(math, name) for name in ("log", "log2", "log10", "pi", "tau", "e")},
    "abs": abs,
    "min": min,
    "max": max,
    "floor": lambda a: float(math.floor(a)),
    "sign": lambda a: float((a > 0) - (a < 0)),
}
ONE = [name for name, value in PYTHON.items() if callable(value) and name not in ("min", "max")]
NUMBERS = st.floats(0, 1e6, allow_nan=False).map(repr) | st.sampled_from(
    ["0.0", "1.0", "2.0", "0.5"]
)
LEAVES = st.sampled_from(["x", "y", "pi", "e", "tau"]) | NUMBERS
TREES = st.recursive(
    LEAVES,
    lambda part: st.one_of(
        st.tuples(st.sampled_from("+-*/"), part, part).map(lambda t: f"({t[1]} {t[0]} {t[2]})"),
        # a power of what is not negative is never complex
        st.tuples(part, part).map(lambda t: f"(abs({t[0]})**{t[1]})"),
        st.tuples(part, st.sampled_from(["0.0", "1.0", "2.0", "3.0"])).map(
            lambda t: f"({t[0]}**{t[1]})"
        ),
        st.tuples(st.sampled_from("+-"), part).map(lambda t: f"({t[0]}{t[1]})"),
        st.tuples(st.sampled_from(ONE), part).map(lambda t: f"{t[0]}({t[1]})"),
        st.tuples(st.sampled_from(["min", "max"]), part, part).map(
            lambda t: f"{t[0]}({t[1]}, {t[2]})"
        ),
    ),
    max_leaves=12,
)


def attempt(compute):
    """The result and no error, or no result and the refusal."""
    try:
        return compute(), None
    except SlalomError as error:
        return None, error


def outcome(compute):
    """The value, or the kind of arithmetic error; a NaN as a text, so that it equals itself."""
    try:
        value = compute()
    except (ArithmeticError, ValueError) as error:
        return type(error).__name__
    return "nan" if value != value else value


@settings(max_examples=500, deadline=None)
@given(text=TREES, x=st.floats(-5, 5), y=st.floats(-5, 5))
def test_means_what_python_means(text, x, y):
    point = {"x": x, "y": y}
    expected = outcome(lambda: eval(text, {"__builtins__": {}}, PYTHON | point))
    formula, error = attempt(lambda: parse(text))
    if error is None:
        assert outcome(lambda: formula(point)[0]) == expected
    elif "no real value" in str(error):
        assert isinstance(expected, str)
    else:
        assert "too large" in str(error)


@settings(max_examples=500, deadline=None)
@given(text=TREES)
def test_canonical_text_is_the_same_formula(text):
    formula, error = attempt(lambda: parse(text))
    assume(error is None)
    canonical = str(formula)
    assert parse(canonical) == formula
    assert str(parse(canonical)) == canonical
    # and Python, too, reads it as it reads the text, in which every bracket is written
    assert Shape().visit(ast.parse(canonical)) == Shape().visit(ast.parse(text))


class Shape(ast.NodeVisitor):
    """A Python expression as nested tuples, without plus signs."""

    def visit_Module(self, node):
        return self.visit(node.body[0].value)

    def visit_BinOp(self, node):
        return type(node.op).__name__, self.visit(node.left), self.visit(node.right)

    def visit_UnaryOp(self, node):
        inner = self.visit(node.operand)
        return inner if isinstance(node.op, ast.UAdd) else ("minus", inner)

    def visit_Call(self, node):
        return node.func.id, *map(self.visit, node.args)

    def visit_Name(self, node):
        return node.id

    def visit_Constant(self, node):
        return float(node.value)


POINTS = np.array([-2.5, -1.0, -0.3, 0.0, 0.4, 1.0, 2.7])


@pytest.mark.parametrize("name", [*ONE, "min", "max"])
def test_functions_on_every_library_and_in_both_precisions(name):
    text = f"{name}(x, 0.5)" if name in ("min", "max") else f"{name}(x)"
    landscape = parse_formula(text)

    def by_math(a):
        try:
            return PYTHON[name](a, 0.5) if name in ("min", "max") else PYTHON[name](a)
        except ValueError:
            return math.nan

    expected = [by_math(a) for a in POINTS.tolist()]
    points = POINTS[:, None]
    for dtype, tolerance in (("float32", 1e-5), ("float64", 1e-14)):
        with enable_x64(dtype == "float64"):
            cast = points.astype(dtype)
            for values in map(landscape, (cast, jnp.asarray(cast), torch.asarray(cast))):
                assert str(values.dtype).endswith(dtype)
                np.testing.assert_allclose(values, expected, rtol=tolerance, atol=tolerance)


PIECES = [
    "x",
    "y",
    "pi",
    "e",
    "sin",
    "log",
    "sqrt",
    "min",
    "rosenbrock",
    "dim",
    "(",
    ")",
    "((",
    ",",
]
PIECES += [
    "+",
    "-",
    "*",
    "**",
    "^",
    "/",
    ".",
    "1",
    "0",
    "2.5",
    "1e9",
    "1e308",
    "=",
    " ",
    "\n",
    "__",
]
HOSTILE = st.one_of(
    st.text(max_size=30),
    # bytes that choose the pieces are drawn quicker than a list of pieces
    st.binary(max_size=25).map(lambda b: "".join(PIECES[i % len(PIECES)] for i in b)),
    st.binary(max_size=25).map(lambda b: " ".join(PIECES[i % len(PIECES)] for i in b)),
)


@settings(
    max_examples=10_000, deadline=None, database=None, phases=[Phase.explicit, Phase.generate]
)
@given(text=HOSTILE)
@example(text="x**1e308")
@example(text="9**9**9**9*x")
@example(text="x\0")
@example(text="١ + x")
def test_hostile_texts_only_ever_raise_one_clear_line(text):
    landscape, error = attempt(lambda: landscapes.find(text))
    if error is None:
        assert landscapes.find(landscape.name) is landscape
    else:
        assert len(str(error).splitlines()) == 1
        assert 0 <= getattr(error, "position", 0) <= len(text)
