"""Arrays that lie over several processes: DTensors of PyTorch."""

from __future__ import annotations

from typing import Any

from array_api_compat import array_namespace

from ..types import Array


def is_sharded(a: Array) -> bool:
    """Whether an array lies over several processes: a DTensor of PyTorch."""
    return hasattr(a, "full_tensor")


def whole(a: Array) -> Array:
    """An array of which each process has all; one that is sharded is gathered."""
    return replicated(gathered(a), a)


def gathered(a: Array) -> Array:
    """All of an array that may be sharded, as one that is not."""
    return a.full_tensor() if is_sharded(a) else a


def replicated(found: Array, like: Array) -> Array:
    """An array that is the same in all processes, in the form of one that may lie over them."""
    if not is_sharded(like):
        return found
    from torch.distributed.tensor import Replicate  # as a DTensor is there, it is loaded

    return type(like).from_local(found, like.device_mesh, [Replicate()] * like.device_mesh.ndim)


def largest(a: Array, axis: tuple[int, ...] | None = None, keepdims: bool = False) -> Array:
    """The largest of components that are not negative, along some axes.

    PyTorch has none of a DTensor of which a process holds no component; 0 stands for these.
    """
    if not is_sharded(a):
        return array_namespace(a).max(a, axis=axis, keepdims=keepdims)
    from torch.distributed.tensor import Partial, Replicate, Shard

    axes = {i % a.ndim for i in axis} if axis is not None else {*range(a.ndim)}
    crossed = [isinstance(p, Shard) and p.dim in axes for p in a.placements]
    pending = [Partial("max") if c else p for c, p in zip(crossed, a.placements, strict=True)]
    done = [Replicate() if c else p for c, p in zip(crossed, a.placements, strict=True)]
    local = a.to_local()
    reduced = [1 if i in axes else n for i, n in enumerate(local.shape)]
    is_empty = any(local.shape[i] == 0 for i in axes)
    found = local.new_zeros(reduced) if is_empty else local.amax([*axes], keepdim=True)
    like = local.new_empty([1 if i in axes else n for i, n in enumerate(a.shape)], device="meta")
    whole_form: Any = {"shape": like.shape, "stride": like.stride()}
    placed = type(a).from_local(found, a.device_mesh, pending, run_check=False, **whole_form)
    placed = placed.redistribute(placements=done)
    return (
        placed if keepdims else placed.reshape([a.shape[i] for i in range(a.ndim) if i not in axes])
    )
