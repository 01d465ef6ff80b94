"""A kernel's text run by Python itself: quick where compiling would take seconds."""

import jax
import numpy as np

from slalom.kernels.kernel import text_of
from slalom.kernels.loops import width
from slalom.lowering import lowered, numbers_at, planned, skeleton


class Interpreted:
    """A kernel whose text runs as plain Python, on one element at a time."""

    def __init__(self, rule, dtype):
        self.rule, self.dtype = rule, dtype
        names = {}
        text = text_of(skeleton(rule), dtype).partition('\n\n@njit("int64')[0]
        exec(text, names)
        self.numbers, self.element = names["numbers"].py_func, names["element"].py_func
        formula = lowered(skeleton(rule), dtype)
        self.shared, self.entries = width(planned(formula)), formula.entries

    def step(self, x, g, state, t):
        kind, (leaves, tree) = np.dtype(self.dtype).type, jax.tree.flatten(state)
        held = dict(zip(self.entries, leaves, strict=True))
        scalars = sorted((e for e in held if not e.is_array), key=lambda e: e.is_shared)
        arrays = [s for e, s in held.items() if e.is_array]
        with np.errstate(all="ignore"):
            given = numbers_at(self.rule, t, self.dtype)
            found = self.numbers(*self.typed(given), *(kind(held[e]) for e in scalars))
            shared, after = (
                found[: self.shared],
                dict(zip(scalars, found[self.shared :], strict=True)),
            )
            rows = [self.element(*shared, *row) for row in zip(x, g, *arrays, strict=True)]
        columns = iter([np.array(column, self.dtype) for column in zip(*rows, strict=True)])
        moved = next(columns)
        new = [next(columns) if e.is_array else np.array(after[e]) for e in held]
        return moved, jax.tree.unflatten(tree, new)

    def typed(self, given):
        numbers = lowered(skeleton(self.rule), self.dtype).numbers
        return [np.dtype(n.dtype).type(v) for n, v in zip(numbers, given, strict=True)]
