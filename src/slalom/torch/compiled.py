"""Steps by torch.compile: the rule's own lines as one graph over all tensors of a group."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import torch

from ..errors import clip
from ..rules import Rule, settings, with_settings
from .stepping import Leaf, write


class Compiled:
    """The compiled steps of one optimizer.

    The learning rate, and any other number that was seen to change, enters the graph as a
    tensor, as the count of steps does; so neither is a reason to compile again. The rest
    stays in the graph as constants, in full precision.
    """

    def __init__(self):
        self._steps: dict[int, _Step] = {}
        self._is_broken = False

    def step(self, place: int, rule: Rule, leaves: list[Leaf], t: int) -> bool:
        """Take one step over the leaves of group `place`; False if it cannot be compiled."""
        if self._is_broken:
            return False
        known = self._steps.get(place)
        if known is None or not known.fits(rule):
            known = self._steps[place] = _Step(rule, known)
        # a first call fails while it compiles, before anything is written
        refusals = Exception if known.fresh else _dynamo_error()
        try:
            known(rule, leaves, t)
        except refusals as error:
            self._is_broken = True
            reason = clip(str(error).strip().partition("\n")[0], 200)
            warnings.warn(
                f"slalom.torch steps eagerly, because torch.compile failed: {reason}", stacklevel=2
            )
        return not self._is_broken


class _Step:
    """One compiled function, for all rules that differ from the first by the `varying` only."""

    def __init__(self, rule: Rule, before: _Step | None):
        self.constants = _numbers(rule)
        self.varying = {"lr"} & self.constants.keys()
        if before is not None:
            changed = {n for n, v in self.constants.items() if before.constants.get(n) != v}
            self.varying |= before.varying | changed
        self.names = sorted(self.varying)
        self.fresh = True
        self.run = torch.compile(_stepping(rule, self.names), fullgraph=True, dynamic=False)

    def fits(self, rule: Rule) -> bool:
        now = _numbers(rule)
        return now.keys() == self.constants.keys() and all(
            now[n] == v for n, v in self.constants.items() if n not in self.varying
        )

    def __call__(self, rule: Rule, leaves: list[Leaf], t: int) -> None:
        now, x = settings(rule), leaves[0].x
        exact = torch.float32 if x.device.type == "mps" else torch.float64
        numbers = torch.tensor([t, *[now[n] for n in self.names]], dtype=exact).to(x.device)
        gs, states = [leaf.g for leaf in leaves], [leaf.state for leaf in leaves]
        with warnings.catch_warnings():
            if self.fresh:  # what Dynamo says of the array library's caches concerns nobody
                warnings.simplefilter("ignore")
            self.run(gs, states, [leaf.x.detach() for leaf in leaves], numbers)
        self.fresh = False


def _stepping(rule: Rule, names: list[str]) -> Callable[..., None]:
    def step(gs, states, xs, numbers):
        t, *values = numbers.unbind()
        now = with_settings(rule, dict(zip(names, values, strict=True)), checked=False)
        deltas, new = now.update_leaves(gs, states, xs, t)
        for leaf in zip(xs, states, deltas, new, strict=True):
            write(*leaf)

    # Dynamo allows some eight graphs for one code object: let every step have its own
    step.__code__ = step.__code__.replace()
    return step


def _dynamo_error() -> type[Exception]:
    from torch._dynamo.exc import TorchDynamoException  # slow to load, so not before it is needed

    return TorchDynamoException


def _numbers(rule: Rule) -> dict[str, Any]:
    return {n: v for n, v in settings(rule).items() if isinstance(v, (int, float))}
