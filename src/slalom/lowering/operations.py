"""The names of operations, most of them as the array API standard names its functions."""

ARITHMETIC = ("add", "subtract", "multiply", "divide", "floor_divide", "remainder", "pow")
ROOTS_AND_POWERS = ("sqrt", "square", "exp", "expm1", "log", "log1p", "log2", "log10")
CIRCULAR = ("sin", "cos", "tan", "sinh", "cosh", "tanh")
INVERSE = ("asin", "acos", "atan", "asinh", "acosh", "atanh", "atan2")
ROUNDING = ("floor", "ceil", "trunc", "round")
SIGNS = ("abs", "negative", "sign", "copysign")
OTHER = ("maximum", "minimum", "hypot")
COMPARISONS = ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal")
TESTS = ("isfinite", "isinf", "isnan", "signbit")
LOGICAL = ("logical_and", "logical_or", "logical_xor", "logical_not")
REDUCTIONS = ("sum", "max", "min")
"""Over all elements of a leaf, which give one value for it."""
TREE_REDUCTIONS = ("tree_sum", "tree_max", "tree_min")
"""Over all elements of all leaves, which give one value for all of them."""
REDUCED = (*REDUCTIONS, *TREE_REDUCTIONS)

OF_NUMBERS = (
    *ARITHMETIC, *ROOTS_AND_POWERS, *CIRCULAR, *INVERSE, *ROUNDING, *SIGNS, *OTHER,
)  # fmt: skip
"""From floats to a float of their dtype, element by element."""
ELEMENTWISE = (*OF_NUMBERS, *COMPARISONS, *TESTS, *LOGICAL)
"""All that work element by element; the last three kinds give truth values."""
