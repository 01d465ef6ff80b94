"""Steps of float16 and bfloat16 parameters: computed in float32, kept as they are.

In such a dtype 0.999 is 1, and 1e-8 is 0. So formulas see float32, as PyTorch's fused kernels
compute; the parameters, the gradients and the states that belong to them keep their dtypes, and
each is rounded once in a step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from array_api_compat import array_namespace

from .leaves import Leaves, is_real, widened
from .offers import Offers
from .state import State, mapped


def is_narrow(x: Leaves) -> bool:
    """Whether any leaf is of a dtype narrower than float32."""
    return any(array_namespace(a).finfo(a.dtype).bits < 32 for a in x)


def rounded(values: Leaves, like: Leaves) -> Leaves:
    """The leaves in the dtypes of others."""
    return Leaves([_cast(a, b) for a, b in zip(values, like, strict=True)])


def widened_state(state: State) -> State:
    """A state with what belongs to the leaves in float32 at least."""
    return mapped(lambda entry: _changed(entry, [_widened] * _count(entry)), state)


def rounded_state(state: State, like: Leaves) -> State:
    """A state with what belongs to narrow leaves in their dtypes."""
    casts = [_to(a) if is_narrow(Leaves([a])) else None for a in like]
    return mapped(lambda entry: _changed(entry, casts), state)


def widened_offers(offers: Offers, x: Leaves) -> Offers:
    """What is offered at points in the dtypes of `x`, for formulas that compute in float32."""
    g, loss, grad, value, hvp = offers.g, offers.loss, offers.grad, offers.value, offers.hvp
    return replace(
        offers,
        g=None if g is None else lambda: widened(g()),
        loss=None if loss is None else lambda: _widened(loss()),
        grad=None if grad is None else lambda point: widened(grad(rounded(point, x))),
        value=None if value is None else lambda point: _widened(value(rounded(point, x))),
        hvp=None if hvp is None else lambda u: widened(hvp(rounded(u, x))),
    )


def _changed(entry: Any, changes: list[Callable[[Any], Any] | None]) -> Any:
    """An entry of a state, the part of each leaf changed by its own function."""
    if not isinstance(entry, Leaves):  # shared by all leaves: float32 at least as it is
        return entry
    pairs = zip(entry, changes, strict=True)
    return Leaves([part if change is None else mapped(change, part) for part, change in pairs])


def _count(entry: Any) -> int:
    return len(entry) if isinstance(entry, Leaves) else 0


def _widened(value: Any) -> Any:
    return widened(value) if is_real(value) else value


def _to(like: Any) -> Callable[[Any], Any]:
    return lambda value: _cast(value, like) if is_real(value) else value


def _cast(value: Any, like: Any) -> Any:
    return array_namespace(value).astype(value, like.dtype, copy=False)
