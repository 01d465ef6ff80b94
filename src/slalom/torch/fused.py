"""Steps on the CPU by fused kernels, which work in the memory of the tensors."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import torch

from .. import kernels
from ..errors import SlalomError
from ..extras import install
from ..rules import Rule
from . import openmp
from .groups import kind
from .stepping import Leaf

_NAMES = {torch.float32: "float32", torch.float64: "float64"}


class _View(NamedTuple):
    """NumPy's views of a parameter and its state, and what they are views of."""

    pointers: list[int]
    layout: tuple[Any, ...]
    x: Any
    state: Any


class Fused:
    """The kernels of one optimizer, and the views that it keeps of its tensors."""

    def __init__(self):
        self._views: dict[torch.Tensor, _View] = {}
        self._steppers: dict[tuple[int, str], tuple[Rule, Any]] = {}

    def stepper(self, place: int, rule: Rule, x: torch.Tensor) -> Any:
        """The kernel that steps group `place` where its tensors are like `x`; None: there is none.

        A kernel remembers the arrays of its last step, so each group has its own.
        """
        if x.device.type != "cpu" or x.dtype not in _NAMES or rule.needs or not rule.elementwise:
            return None
        known = self._steppers.get((place, _NAMES[x.dtype]))
        if known is None or (known[0] is not rule and kind(known[0]) != kind(rule)):
            known = (rule, _made(rule, _NAMES[x.dtype]))
        self._steppers[place, _NAMES[x.dtype]] = (rule, known[1])
        return known[1]

    def prepared(self, stepper: Any, rule: Rule, leaves: list[Leaf], t: int) -> Callable[[], None]:
        """One step over leaves of one dtype that are at the same step, checked, to be taken."""
        views = [self._view(leaf) for leaf in leaves]
        gs = [leaf.g for leaf in leaves]
        gradients = kernels.Gradients(
            [g.data_ptr() for g in gs],
            [(g.shape, g.stride(), g.dtype) for g in gs],
            lambda: [g.numpy() for g in gs],
        )
        xs, states = [v.x for v in views], [v.state for v in views]
        many = torch.get_num_threads()
        taken = stepper.prepared(xs, gradients, states, t, rule=rule, threads=many)

        def step() -> None:
            taken()
            torch.autograd.graph.increment_version([leaf.p for leaf in leaves])

        return step

    def _view(self, leaf: Leaf) -> _View:
        pointers = [leaf.x.data_ptr(), *[leaf.kept[n].data_ptr() for n in leaf.form.names]]
        layout = (leaf.x.shape, leaf.x.stride())
        view = self._views.get(leaf.p)
        if view is None or view.pointers != pointers or view.layout != layout:
            _check_unchanged(leaf.x, [leaf.kept[n] for n in leaf.form.names])
            state = leaf.form.filled({n: leaf.kept[n].numpy() for n in leaf.form.names})
            view = _View(pointers, layout, leaf.x.detach().numpy(), state)
            if leaf.x is leaf.p:
                self._views[leaf.p] = view
        return view


def _check_unchanged(x: torch.Tensor, state: list[torch.Tensor]) -> None:
    """Raise where a parameter is not what it was when its state began."""
    for entry in state:
        if entry.device != x.device or entry.dtype != x.dtype or entry.shape not in ((), x.shape):
            was, now = (f"{e.dtype} {tuple(e.shape)} on {e.device}" for e in (entry, x))
            raise SlalomError(
                f"a parameter is {now}, and its state {was}: make a new optimizer after changing "
                "a model's dtype, shape or device"
            )


def _made(rule: Rule, dtype: str) -> Any:
    if not kernels.available():
        warnings.warn(
            "slalom.torch steps without fused kernels, which need Numba: "
            f"{install('fused')}; compile=False leaves it so",
            stacklevel=2,
        )
        return None
    return (
        kernels.Stepper(rule, dtype, openmp.team())
        if kernels.why_not(rule, dtype) is None
        else None
    )
