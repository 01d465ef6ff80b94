"""The value of a graph by NumPy's own functions, which is what a formula's lines compute there."""

import numpy as np
from array_api_compat import numpy as xp


def evaluate(node, inputs, known=None):
    """The value of a node, from the values of the inputs by their names."""
    known = {} if known is None else known
    if node not in known:
        known[node] = _computed(node, [evaluate(n, inputs, known) for n in node.inputs], inputs)
    return known[node]


def _computed(node, operands, inputs):
    dtype, about = np.dtype(node.dtype), node.attributes
    match node.operation:
        case "input":
            return inputs[about["name"]]
        case "constant":
            return dtype.type(about["value"])
        case "size":
            return dtype.type(inputs["g"].size)
        case "astype":
            return np.asarray(operands[0]).astype(dtype)
        case "select":
            condition, otherwise, chosen = operands
            return np.where(condition, chosen, otherwise)
        case "integer_pow":
            return operands[0] ** about["power"]
        case "pow":  # of two numbers not by the ufunc, which rounds otherwise
            return operands[0] ** operands[1]
        case "sum" | "max" | "min" | "tree_sum" | "tree_max":  # of a tree that is one leaf
            return getattr(np, node.operation.removeprefix("tree_"))(operands[0])
    return getattr(xp, node.operation)(*operands)
