"""What the file of a kernel looks like, around the formula."""

from __future__ import annotations

from collections.abc import Iterable

HEAD = '''\
"""One step of {name} in {dtype}, in place. Written by slalom.kernels; it may be deleted.

{legend}
"""

import numpy as np
from numba import njit

from slalom.kernels.access import {access}

# No fast-math: the loop waits for memory, so it gains nothing, and without it a step is the eager
# one to the last bit, overflow and NaN included.
options = {{"nogil": True, "error_model": "numpy"}}
alone = {{**options, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}}
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

@njit("int64(int64, int64, int64, int64, int64)", **alone)
def prepare(h, scalars, shared, rows, leaves):
    """What is the same for all elements of a leaf; the scalars of its state, in place.

    Takes the addresses of tables, and how many leaves there are.
    """
{common}
    for leaf in range(leaves):
{loads}
        ({results},) = numbers({given})
{writes}
{stores}
{ends}
    return leaves
'''

ADVANCE = '''

@njit("int64(int64)", **alone)
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

@njit("int64(int64, int64, int64, int64, int64, int64, int64, int64, int64)", **alone)
def {name}(h, scalars, shared, rows, leaves, sizes, starts, partials, sums):
    """What is the same for all elements of a leaf{about}.

    Takes the addresses of tables, and how many leaves there are.
    """
{combined}
{common}
    tree_size = read(sizes, leaves, np.float64)
    for leaf in range(leaves):
        size = read(sizes, leaf, np.float64)
{loads}
        ({results},) = {numbers}({given})
{writes}
{stores}
{ends}
    return leaves
'''

COMBINE = """\
    for leaf in range(leaves):
{begin}
        for piece in range(read(starts, leaf, np.int64), read(starts, leaf + 1, np.int64)):
{join}
{end}
"""

SPREAD = """\
    {q} = {identity}
    for leaf in range(leaves):
        {q} = {joined}
    for leaf in range(leaves):
        write(sums, {place}, {q})
"""

REDUCE = '''

@njit("int64(int64)", fastmath={{"reassoc"}}, **alone)
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
