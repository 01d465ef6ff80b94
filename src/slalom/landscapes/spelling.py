"""What the functions and variables of typed formulas are called elsewhere."""

from __future__ import annotations

from ..errors import unknown
from .expression import CONSTANTS, FUNCTIONS, NAMES

_OF_X = {
    "log(x)": "ln",
    "log10(x)": "lg",
    "log2(x)": "lb ld",
    "log(1 + x)": "log1p",
    "exp(x) - 1": "expm1",
    "2**x": "exp2",
    "sin(x)": "sen",
    "tan(x)": "tg",
    "1/tan(x)": "ctg cot cotan cotg",
    "1/cos(x)": "sec",
    "1/sin(x)": "csc cosec",
    "asin(x)": "arcsin asen arcsen",
    "acos(x)": "arccos",
    "atan(x)": "arctan arctg atg",
    "sinh(x)": "sh senh",
    "cosh(x)": "ch",
    "tanh(x)": "th tgh",
    "abs(x)": "fabs absolute",
    "sign(x)": "sgn signum",
    "-floor(-x)": "ceil",
    "floor(x + 0.5)": "round rint",
    "x**2": "square sqr",
    "sign(x)*abs(x)**(1/3)": "cbrt",
    "max(x, 0)": "relu",
    "1/(1 + exp(-x))": "sigmoid",
    "log(1 + exp(x))": "softplus",
    "(1 + sign(x))/2": "heaviside",
}
_OF_TWO = {
    "min(x, y)": "minimum fmin",
    "max(x, y)": "maximum fmax",
    "sqrt(x**2 + y**2)": "hypot",
    "x - y*floor(x/y)": "mod fmod",
}
ELSEWHERE: dict[str, tuple[str, str]] = {
    **{name: ("(x)", ours) for ours, names in _OF_X.items() for name in names.split()},
    **{name: ("(x, y)", ours) for ours, names in _OF_TWO.items() for name in names.split()},
    **dict.fromkeys(("pow", "power"), ("(x, 2)", "x**2")),
    **{name: ("(x)", f"{name}(x)") for name in FUNCTIONS},
    **{name: ("", name) for name in CONSTANTS},
    "x1": ("", "x"),
    "x2": ("", "y"),
}
"""A name to the arguments that it takes, and to how the same is written here."""


def unknown_name(name: str) -> str:
    """The line for a name that no formula has: how it is written here, or what is near it."""
    plain = name.rpartition(".")[2]  # of `np.sin`
    known = next((n for n in (plain, plain.lower()) if n in ELSEWHERE), None)
    if known is not None:
        arguments, ours = ELSEWHERE[known]
        return f"unknown name {name!r}; {name}{arguments} is {ours}"
    if len(plain) == 1 and plain.lower() not in NAMES:
        return f"unknown name {name!r}; the variables are x and y"
    return unknown("name", name, NAMES)
