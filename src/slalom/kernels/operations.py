"""The operations of a formula as Python text that computes on single numbers, for Numba.

An input is `{0}`, `{1}`; it is always a name or a number, so that it may stand twice. `{one}` is 1
in the dtype of the result, since an int beside a float32 is a float64 to Numba.
"""

from __future__ import annotations

from ..errors import SlalomError
from ..lowering import Node
from ..lowering.operations import CIRCULAR, ROOTS_AND_POWERS, ROUNDING, TESTS

TEXTS = {
    "add": "{0} + {1}",
    "subtract": "{0} - {1}",
    "multiply": "{0} * {1}",
    "divide": "{0} / {1}",
    "floor_divide": "{0} // {1}",
    "remainder": "{0} % {1}",
    "pow": "{0} ** {1}",
    "fmod": "np.fmod({0}, {1})",
    "atan2": "np.arctan2({0}, {1})",
    "hypot": "np.hypot({0}, {1})",
    "copysign": "np.copysign({0}, {1})",
    "negative": "-{0}",
    "square": "{0} * {0}",
    "abs": "abs({0})",
    "rsqrt": "{one} / np.sqrt({0})",
    "sign": "np.sign({0})",
    "round": "np.rint({0})",
    "logistic": "{one} / ({one} + np.exp(-{0}))",
    # NumPy's: NaN if either is
    "maximum": "{1} if {0} < {1} or {1} != {1} else {0}",
    "minimum": "{1} if {0} > {1} or {1} != {1} else {0}",
    "clamp": "{0} if {1} < {0} else ({2} if {1} > {2} else {1})",
    "select": "{2} if {0} else {1}",
    "equal": "{0} == {1}",
    "not_equal": "{0} != {1}",
    "less": "{0} < {1}",
    "less_equal": "{0} <= {1}",
    "greater": "{0} > {1}",
    "greater_equal": "{0} >= {1}",
    "logical_and": "{0} and {1}",
    "logical_or": "{0} or {1}",
    "logical_not": "not {0}",
    "logical_xor": "{0} != {1}",
}
SAME_NAMES = (*ROOTS_AND_POWERS, *CIRCULAR, *ROUNDING, *TESTS, "cbrt", "exp2")
TEXTS = {name: f"np.{name}({{0}})" for name in SAME_NAMES} | TEXTS
TEXTS |= {f"a{name}": f"np.arc{name}({{0}})" for name in CIRCULAR}


def expression(node: Node) -> str:
    """The text of one operation, or the name or the number that a node is.

    Raises:
        SlalomError: no kernel computes it.
    """
    match node.operation:
        case "input":
            return node.attributes["name"]
        case "constant":
            return _number(node.attributes["value"], node.dtype)
        case "size" | "tree_size":
            return f"np.{node.dtype}({node.operation})"
        case "astype":
            return "{0} != 0" if node.dtype == "bool" else f"np.{node.dtype}({{0}})"
        case "integer_pow":
            return _integer_power(node.attributes["power"], node.dtype)
    if node.operation not in TEXTS:
        raise SlalomError(f"no kernel knows {node.operation} as an operation on single elements")
    return TEXTS[node.operation].replace("{one}", f"np.{node.dtype}(1)")


def _number(value: float, dtype: str) -> str:
    number = repr(value)
    number = f'float("{number}")' if number in ("inf", "-inf", "nan") else number
    return f"np.{dtype}({number})"


def _integer_power(power: int, dtype: str) -> str:
    if 0 < power <= 4:
        return " * ".join(["{0}"] * power)
    return f"{{0}} ** np.{dtype}({power})"
