"""Steps on the CPU by fused kernels, which work in the memory of the tensors."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import torch

from .. import kernels
from ..errors import SlalomError
from ..extras import install
from ..rules import Rule, settings
from ..rules.state import of_one
from . import openmp
from .entries import Form
from .groups import kind, number
from .kinds import has_memory
from .parameter_group import Scheduled
from .parameters import Parameter
from .ready import ReadyGroup, Slot
from .trees import Member, form_of
from .words import watched

_NAMES = {torch.float32: "float32", torch.float64: "float64"}


class _Shared(NamedTuple):
    """NumPy's views of what the parameters of a group share, and what they are views of."""

    pointers: list[int]
    arrays: dict[str, Any]


_NOTHING = _Shared([], {})


class _View(NamedTuple):
    """NumPy's views of a parameter and its state, and what they are views of."""

    pointers: list[int]
    layout: tuple[Any, ...]
    x: Any
    state: Any
    shared: _Shared


class Fused:
    """The kernels of one optimizer, and the views that it keeps of its tensors.

    Args:
        forms: what states look like, kept between steps.
    """

    def __init__(self, forms: dict[Any, Form]):
        self._forms = forms
        self._views: dict[torch.Tensor, _View] = {}
        self._shared: dict[int, _Shared] = {}
        self._steppers: dict[tuple[int, str], tuple[Rule, Any]] = {}

    def stepper(self, place: int, rule: Rule, like: Parameter) -> Any:
        """The kernel that steps group `place` where its tensors are like these; None: none.

        A kernel remembers the arrays of its last step, so each group has its own.
        """
        x, is_plain = like.x, has_memory(like.x) and has_memory(like.g)
        if (
            x.device.type != "cpu"
            or not is_plain
            or x.dtype not in _NAMES
            or not rule.needs <= {"g"}
        ):
            return None
        known = self._steppers.get((place, _NAMES[x.dtype]))
        if known is None or (known[0] is not rule and kind(known[0]) != kind(rule)):
            known = (rule, _made(rule, _NAMES[x.dtype]))
        self._steppers[place, _NAMES[x.dtype]] = (rule, known[1])
        return known[1]

    def prepared(
        self, member: Member, stepper: Any, batch: list[Parameter], shared: dict[str, Any]
    ) -> Callable[[], None] | None:
        """One step over parameters of one dtype and count, checked, to be taken.

        Args:
            member: their group.
            stepper: the kernel.
            batch: the parameters.
            shared: the entries that they share, by their names.

        Returns:
            None where numbers that they would share have become each parameter's own.
        """
        rule = member.rule
        names = form_of(rule, [batch[0]], self._forms).shared
        if any(name not in shared for name in names):
            return None
        held = self._shared_views(member.place, {name: shared[name] for name in names})
        views = [self._view(rule, one, held) for one in batch]
        gs = [one.g for one in batch]
        gradients = kernels.Gradients(
            [g.data_ptr() for g in gs],
            [(g.shape, g.stride(), g.dtype) for g in gs],
            lambda: [g.numpy() for g in gs],
        )
        xs, states = [v.x for v in views], [v.state for v in views]
        many = torch.get_num_threads()
        taken = stepper.prepared(xs, gradients, states, batch[0].t, rule=rule, threads=many)

        def step() -> None:
            taken()
            torch.autograd.graph.increment_version([one.p for one in batch])

        return step

    def ready(
        self, stepper: Any, rule: Rule, group: dict[str, Any], batch: list[Parameter]
    ) -> ReadyGroup:
        """What the next step of a group can use again that has just been stepped by one call."""
        taken = {id(one.p) for one in batch}
        slots, views = [], [self._view(rule, one, _NOTHING) for one in batch]
        for one, view in zip(batch, views, strict=True):
            slots.append(Slot(one.p, one.kept, one.names, view.pointers, one.p.stride()))
        names = [*settings(rule), *watched(rule, group)]
        return ReadyGroup(
            group,
            len(group),
            list(group["params"]),
            names,
            [number(group[name]) for name in names],
            rule,
            stepper,
            slots,
            any(type(value) is Scheduled for value in group.values()),
            [p for p in group["params"] if id(p) not in taken],
            [view.x for view in views],
            [view.state for view in views],
        )

    def _shared_views(self, place: int, entries: dict[str, torch.Tensor]) -> _Shared:
        if not entries:
            return _NOTHING
        pointers = [entry.data_ptr() for entry in entries.values()]
        known = self._shared.get(place)
        if known is None or known.pointers != pointers:
            arrays = {name: entry.numpy() for name, entry in entries.items()}
            known = self._shared[place] = _Shared(pointers, arrays)
        return known

    def _view(self, rule: Rule, one: Parameter, shared: _Shared) -> _View:
        entries = [one.kept[name] for name in one.names]
        pointers = [one.x.data_ptr(), *[entry.data_ptr() for entry in entries]]
        layout = (one.x.shape, one.x.stride())
        view = self._views.get(one.p)
        where = pointers, layout
        if view is None or view.shared is not shared or (view.pointers, view.layout) != where:
            _check_unchanged(one.x, entries)
            form = form_of(rule, [one], self._forms)
            arrays = dict(zip(form.names[0], [entry.numpy() for entry in entries], strict=True))
            state = of_one(form.filled([arrays], shared.arrays))
            view = _View(pointers, layout, one.x.detach().numpy(), state, shared)
            if one.x is one.p:
                self._views[one.p] = view
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
