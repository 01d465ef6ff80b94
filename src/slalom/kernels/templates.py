"""What the file of a kernel looks like, around the formula."""

HEAD = '''\
"""One step of {name} in {dtype}, in place. Written by slalom.kernels; it may be deleted.

{legend}
"""

import numpy as np
from numba import cfunc, njit

from slalom.kernels.access import load, read, store, taken

# No fast-math: the loop waits for memory, so it gains nothing, and without it a step is the eager
# one to the last bit, overflow and NaN included.
options = {{"nogil": True, "error_model": "numpy"}}

SHARED = {shared}  # numbers that the loop takes from before it
'''

LINE = 64  # bytes of a cache line: vectors that reach over its end take longer

FUNCTION = """

@njit(**options)
def {name}({given}):
{body}
    return ({results},)
"""

PREPARE = '''

@njit("void(float64[::1], int64[:, ::1], float64[:, ::1])", cache=True, **options)
def prepare(h, scalars, rows):
    """What is the same for all elements of a leaf; the scalars of its state, in place."""
    for leaf in range(len(rows)):
{loads}
        ({results},) = numbers({given})
{stores}
'''

ADVANCE = '''

@cfunc("int64(int64)", cache=True, **options)
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
