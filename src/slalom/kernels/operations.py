"""JAX's primitives as Python text that computes on single numbers, in Numba and without it.

An input is `{0}`, `{1}`; it is always a name or a number, so that it may stand twice. `{one}` is 1
in the dtype of the result, since an int beside a float32 is a float64 to Numba.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

TEXTS = {
    "add": "{0} + {1}",
    "add_any": "{0} + {1}",
    "sub": "{0} - {1}",
    "mul": "{0} * {1}",
    "div": "{0} / {1}",
    "pow": "{0} ** {1}",
    "rem": "np.fmod({0}, {1})",
    "atan2": "np.arctan2({0}, {1})",
    "neg": "-{0}",
    "square": "{0} * {0}",
    "abs": "abs({0})",
    "rsqrt": "{one} / np.sqrt({0})",
    "sign": "np.sign({0})",
    "is_finite": "np.isfinite({0})",
    "logistic": "{one} / ({one} + np.exp(-{0}))",
    # NumPy's: NaN if either is
    "max": "{1} if {0} < {1} or {1} != {1} else {0}",
    "min": "{1} if {0} > {1} or {1} != {1} else {0}",
    "clamp": "{0} if {1} < {0} else ({2} if {1} > {2} else {1})",
    "eq": "{0} == {1}",
    "ne": "{0} != {1}",
    "lt": "{0} < {1}",
    "le": "{0} <= {1}",
    "gt": "{0} > {1}",
    "ge": "{0} >= {1}",
}
ROOTS_AND_POWERS = ("sqrt", "cbrt", "exp", "exp2", "log", "log1p", "expm1", "floor", "ceil")
CIRCULAR = ("sin", "cos", "tan", "sinh", "cosh", "tanh")
TEXTS |= {name: f"np.{name}({{0}})" for name in (*ROOTS_AND_POWERS, *CIRCULAR)}
TEXTS |= {f"a{name}": f"np.arc{name}({{0}})" for name in CIRCULAR}
LOGICAL = {"and": "{0} and {1}", "or": "{0} or {1}", "not": "not {0}", "xor": "{0} != {1}"}
SAME = {"copy", "copy_p", "broadcast_in_dim", "reshape", "squeeze", "expand_dims", "stop_gradient"}


def expression(name: str, params: dict[str, Any], inputs: Sequence[str], dtype: str) -> str | None:
    """The text of one operation, None where it is not known.

    Args:
        name: of the primitive.
        params: the primitive's own.
        inputs: the dtypes of its inputs.
        dtype: of what it gives.
    """
    if name in SAME:
        return "{0}"
    if name == "convert_element_type":
        return "{0} != 0" if dtype == "bool" else f"np.{dtype}({{0}})"
    if name in LOGICAL:
        return LOGICAL[name] if dtype == "bool" else None
    if name == "select_n":
        return "{2} if {0} else {1}" if inputs[0] == "bool" and len(inputs) == 3 else None
    if name == "integer_pow":
        return _integer_power(params["y"], dtype)
    if name == "round":
        return "np.rint({0})" if params["rounding_method"].name == "TO_NEAREST_EVEN" else None
    return TEXTS[name].replace("{one}", f"np.{dtype}(1)") if name in TEXTS else None


def _integer_power(power: int, dtype: str) -> str:
    if 0 < power <= 4:
        return " * ".join(["{0}"] * power)
    return f"{{0}} ** np.{dtype}({power})"
