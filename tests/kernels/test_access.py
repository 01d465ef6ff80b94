"""What LLVM is told of reading and writing, and what numbers come and go."""

from types import SimpleNamespace

import numba
import numpy as np
import pytest
from llvmlite import ir

from slalom.kernels import access


def told(which, of):
    """The notes at a read of array `which` out of `of`, as the names of arrays."""
    module = ir.Module()
    kind = ir.FunctionType(ir.VoidType(), [])
    builder = ir.IRBuilder(ir.Function(module, kind, "f").append_basic_block())
    read = builder.load(builder.alloca(ir.DoubleType()))
    literals = [SimpleNamespace(literal_value=n) for n in (which, of)]
    assert access._told_apart(builder, read, *literals) is read
    scopes = {key: list(note.operands) for key, note in read.metadata.items()}
    domains = {scope.operands[1] for found in scopes.values() for scope in found}
    assert [d.operands[0].string for d in domains] == ["slalom"]
    return {key: [s.operands[0].string for s in found] for key, found in scopes.items()}


def named(*numbers):
    return [f"slalom array {n}" for n in numbers]


def test_an_array_is_told_apart_from_all_others():
    assert told(1, 3) == {"alias.scope": named(1), "noalias": named(0, 2)}
    assert told(0, 2) == {"alias.scope": named(0), "noalias": named(1)}
    assert told(0, 1) == {"alias.scope": named(0)}


@numba.njit
def moved(begin, end, count):
    """Copies numbers, each twice as large, and counts up."""
    before = 0
    for i in range(3):
        access.store(end, i, 1, 2, np.float32(2) * access.load(begin, i, 0, 2, np.float32))
        before = access.taken(count, 1, 5)
    return before, access.read(count, 1, np.int64)


@pytest.mark.parametrize("first", [0.5, -3.0])
def test_numbers_come_from_their_place_and_go_to_it(first):
    begin, end = np.array([first, 1, 2, 9], "f4"), np.zeros(4, "f4")
    count = np.array([7, 100, 7])
    assert moved(begin.ctypes.data, end.ctypes.data, count.ctypes.data) == (110, 115)
    assert end.tolist() == [2 * first, 2, 4, 0]
    assert count.tolist() == [7, 115, 7]
