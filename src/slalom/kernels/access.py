"""Reading and writing memory by its address, inside compiled kernels."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic


@intrinsic
def read(typingctx: Any, address: Any, index: Any, dtype: Any) -> Any:
    """The number at `index` of a table that nobody writes to meanwhile."""
    kind = dtype.instance_type

    def codegen(context, builder, signature, arguments):
        return builder.load(_place(context, builder, kind, *arguments[:2]))

    return kind(types.int64, types.int64, dtype), codegen


@intrinsic
def taken(typingctx: Any, address: Any, index: Any, amount: Any) -> Any:
    """What an integer was before `amount` was added to it, by no other thread meanwhile."""

    def codegen(context, builder, signature, arguments):
        place = _place(context, builder, types.int64, *arguments[:2])
        return builder.atomic_rmw("add", place, arguments[2], "monotonic")

    return types.int64(types.int64, types.int64, types.int64), codegen


@intrinsic(prefer_literal=True)
def load(typingctx: Any, address: Any, index: Any, which: Any, of: Any, dtype: Any) -> Any:
    """The number at `index` of array `which` out of `of` arrays that do not overlap.

    Told so, LLVM vectorises the loop without comparing the arrays' bounds, which it would give
    up where there are many of them.
    """
    kind = dtype.instance_type

    def codegen(context, builder, signature, arguments):
        place = _place(context, builder, kind, *arguments[:2])
        return _told_apart(builder, builder.load(place), which, of)

    return kind(types.int64, types.int64, which, of, dtype), codegen


@intrinsic(prefer_literal=True)
def store(typingctx: Any, address: Any, index: Any, which: Any, of: Any, value: Any) -> Any:
    """Write `value` where `load` would read."""

    def codegen(context, builder, signature, arguments):
        place = _place(context, builder, value, *arguments[:2])
        _told_apart(builder, builder.store(arguments[-1], place), which, of)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, which, of, value), codegen


@intrinsic
def write(typingctx: Any, address: Any, index: Any, value: Any) -> Any:
    """Write a number at `index` of a table that nobody else writes to there."""

    def codegen(context, builder, signature, arguments):
        place = _place(context, builder, value, *arguments[:2])
        builder.store(arguments[2], place)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, value), codegen


@intrinsic
def larger(typingctx: Any, one: Any, other: Any) -> Any:
    """The larger of two float64, NaN if either is: unlike a comparison, LLVM vectorises it."""
    return _either("llvm.maximum")


@intrinsic
def smaller(typingctx: Any, one: Any, other: Any) -> Any:
    """The smaller of two float64, NaN if either is."""
    return _either("llvm.minimum")


def _either(name: str) -> Any:
    def codegen(context, builder, signature, arguments):
        number = ir.DoubleType()
        kind = ir.FunctionType(number, [number, number])
        function = builder.module.declare_intrinsic(name, [number], kind)
        return builder.call(function, arguments)

    return types.float64(types.float64, types.float64), codegen


def _place(context: Any, builder: Any, kind: Any, address: Any, index: Any) -> Any:
    pointer = builder.inttoptr(address, context.get_value_type(kind).as_pointer())
    return builder.gep(pointer, [index])


def _told_apart(builder: Any, instruction: Any, which: Any, of: Any) -> ir.Instruction:
    """The instruction, marked as touching its own array and none of the others."""
    module = builder.module
    domain = module.add_metadata(["slalom"])
    scopes = [module.add_metadata([f"slalom array {n}", domain]) for n in range(of.literal_value)]
    own = scopes.pop(which.literal_value)
    instruction.set_metadata("alias.scope", module.add_metadata([own]))
    if scopes:
        instruction.set_metadata("noalias", module.add_metadata(scopes))
    return instruction
