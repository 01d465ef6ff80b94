"""What the file of a kernel looks like, around the formula."""

from __future__ import annotations

from collections.abc import Iterable

HEAD = '''\
"""One step of {name} in {dtype}, in place. Written by slalom.kernels; it may be deleted.

{legend}
"""

import numpy as np
from numba import cfunc, njit

from slalom.kernels.access import {access}

# No fast-math: the loop waits for memory, so it gains nothing, and without it a step is the eager
# one to the last bit, overflow and NaN included.
options = {{"nogil": True, "error_model": "numpy"}}
kept = "__file__" in globals()  # Numba keeps compiled what comes from a file

SHARED = {shared}  # numbers that the loop takes from before it
'''


def block(depth: int, lines: Iterable[str]) -> str:
    """Lines at a depth of indentation."""
    return "\n".join("    " * depth + line for line in lines)


LINE = 64  # bytes of a cache line: vectors that reach over its end take longer

FUNCTION = """

@njit(**options)
def {name}({given}):
{body}
    return ({results},)
"""

PREPARE = '''

@njit("void(float64[::1], int64[:, ::1], int64[::1], float64[:, ::1])", cache=kept, **options)
def prepare(h, scalars, shared, rows):
    """What is the same for all elements of a leaf; the scalars of its state, in place."""
{common}
    for leaf in range(len(rows)):
{loads}
        ({results},) = numbers({given})
{stores}
{ends}
'''

ADVANCE = '''

@cfunc("int64(int64)", cache=kept, **options)
def advance(work):
    """Steps pieces of all leaves' elements, counted one after the other, while there are any.

    Returns how many pieces. Several threads may share the work, a table of {words} integers.
    """
{unpacked}
    leaf, pieces = 0, 0
    while True:
        first = taken(work, {next}, piece)
        if first >= total:
            return pieces
        last = min(first + piece, total)
        pieces += 1
        while first < last:
            while read(offsets, leaf + 1, np.int64) <= first:
                leaf += 1
            end = min(last, read(offsets, leaf + 1, np.int64))
            skipped = (first - read(offsets, leaf, np.int64)) * {itemsize}
{addresses}
            aligned = -a1 % {line} // {itemsize}  # how far it is to where a cache line begins
            if 0 < aligned < end - first:
                end = first + aligned
            row = min(leaf, last_row) * {shared}
{numbers}
            for i in range(end - first):
{loads}
                ({results},) = element({given})
{stores}
            first = end
'''

PREPARE_LEAVES = '''

@njit(
    "void(float64[:, ::1], int64[:, ::1], int64[::1], float64[::1], int64[::1], "
    "float64[:, ::1], float64[:, ::1], float64[:, ::1])",
    cache=kept,
    **options,
)
def {name}(h, scalars, shared, sizes, starts, partials, sums, rows):
    """What is the same for all elements of a leaf{about}."""
{combined}
{common}
    tree_size = sizes[-1]
    for leaf in range(len(rows)):
        of, size = min(leaf, len(h) - 1), sizes[leaf]
{loads}
        ({results},) = {numbers}({given})
{stores}
{ends}
'''

COMBINE = """\
    for leaf in range(len(sums)):
{begin}
        for piece in range(starts[leaf], starts[leaf + 1]):
{join}
{end}
"""

SPREAD = """\
    {q} = {identity}
    for leaf in range(len(sums)):
        {q} = {joined}
    for leaf in range(len(sums)):
        sums[leaf, {column}] = {q}
"""

REDUCE = '''

@cfunc("int64(int64)", cache=kept, fastmath={{"reassoc"}}, **options)
def {name}(work):
    """Sums of pieces of all leaves, counted one after the other, while there are any.

    Returns how many pieces. Several threads may share the work, a table of {words} integers:
    what is summed in a piece, and in which order, does not depend on them.
    """
{unpacked}
    leaf, pieces = 0, 0
    while True:
        number = taken(work, {next}, 1)
        if number >= total:
            return pieces
        pieces += 1
        while read(starts, leaf + 1, np.int64) <= number:
            leaf += 1
        first = (number - read(starts, leaf, np.int64)) * piece
        size = read(offsets, leaf + 1, np.int64) - read(offsets, leaf, np.int64)
        skipped = first * {itemsize}
{addresses}
        row = min(leaf, last_row) * {shared}
{numbers}
{begin}
        for i in range(min(piece, size - first)):
{loads}
            ({results},) = {element}({given})
{join}
{end}
'''
