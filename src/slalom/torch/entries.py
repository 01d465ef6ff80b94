"""A rule's state as PyTorch keeps it: tensors under flat names, beside the count of steps.

`AverageState(a, k, AdamState(m, v, None))` is kept as
`{"average": a, "kept": k, "rule.m": m, "rule.v": v, "step": t}`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch

from ..errors import SlalomError
from ..rules import Rule

_RENAMED = {"": "state", "step": "state.step"}  # a state without a name; a name that is taken


class Form(NamedTuple):
    """What the states of a rule look like, for parameters of one shape."""

    tree: Any
    """a state with the names of its entries in place of the tensors"""
    names: list[str]
    """these names, in order"""

    def filled(self, found: Mapping[str, Any]) -> Any:
        """The state whose entries are found under their names."""
        return mapped(lambda _, name: found[name], self.tree)


def mapped(change: Callable[[str, Any], Any], state: Any, name: str = "") -> Any:
    """A state of the same structure, with `change(name, entry)` for every entry."""
    if state is None:
        return None
    if not isinstance(state, tuple):
        return change(_RENAMED.get(name, name), state)
    fields = getattr(state, "_fields", None) or map(str, range(len(state)))
    parts = [
        mapped(change, v, f"{name}.{f}" if name else f) for f, v in zip(fields, state, strict=True)
    ]
    return type(state)(*parts) if hasattr(state, "_fields") else tuple(parts)


def flat(state: Any) -> list[Any]:
    """The entries of a state, in order."""
    if isinstance(state, tuple):
        return [entry for part in state for entry in flat(part)]
    return [] if state is None else [state]


def named(state: Any) -> dict[str, Any]:
    """The entries of a state by name."""
    return dict(zip(form(state).names, flat(state), strict=True))


def form(state: Any) -> Form:
    """The structure of a state, to be filled."""
    tree = mapped(lambda name, entry: name, state)
    return Form(tree, flat(tree))


def separate(found: dict[str, Any], x: torch.Tensor) -> dict[str, Any]:
    """The entries of a new state, each with memory of its own, because steps write in place."""
    taken, own = {x.data_ptr()}, {}
    for name, entry in found.items():
        own[name] = entry.clone() if entry.data_ptr() in taken else entry
        taken.add(own[name].data_ptr())
    return own


def like(p: torch.Tensor, dtype: torch.dtype | None) -> torch.Tensor:
    """A tensor without memory in the shape of `p` and the dtype that its rule works in."""
    return torch.empty_like(p, dtype=dtype or p.dtype, device="meta")


def checked(saved: Any, rule: Rule, p: torch.Tensor, dtype: torch.dtype | None) -> dict[str, Any]:
    """A copy of one parameter's saved entries, cast to where and what the rule needs.

    Raises:
        SlalomError: the entries are not those of the rule, or their shapes are not.
    """
    wanted = named(rule.init(like(p, dtype)))
    given = set(saved) if isinstance(saved, Mapping) else None
    if given != {"step", *wanted}:
        shown = type(saved).__name__ if given is None else ", ".join(sorted(map(str, given)))
        raise SlalomError(
            f"the state dict is not of this rule: {', '.join(['step', *wanted])} are needed for "
            f"each parameter, and there is {shown or 'nothing'}"
        )
    if isinstance(saved["step"], bool) or not isinstance(saved["step"], int) or saved["step"] < 0:
        raise SlalomError(f"the state dict has no count of steps, but {saved['step']!r}")
    found: dict[str, Any] = {"step": saved["step"]}
    for name, entry in wanted.items():
        if not isinstance(saved[name], torch.Tensor) or saved[name].shape != entry.shape:
            shape = tuple(getattr(saved[name], "shape", ())) or type(saved[name]).__name__
            raise SlalomError(
                f"the state dict is of another shape: {name} has {shape} where the parameter "
                f"needs {tuple(entry.shape)}"
            )
        found[name] = copied(saved[name], p.device, entry.dtype)
    return found


def copied(entry: torch.Tensor, device: torch.device, dtype: torch.dtype) -> torch.Tensor:
    """A copy that shares no memory, somewhere else if need be."""
    return entry.detach().to(device=device, dtype=dtype, copy=True)
