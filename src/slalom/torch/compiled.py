"""Steps by torch.compile: the rule's own lines as one graph over all tensors of a group."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import torch

from ..errors import clip
from ..rules import Rule, settings, stepping
from ..rules.leaves import Leaves
from ..rules.settings import paths, put
from .entries import apart
from .parameters import writable, write
from .trees import Tree


class Compiled:
    """The compiled steps of one optimizer.

    The learning rate, and any other number that was seen to change, enters the graph as a
    tensor, as the count of steps does; so neither is a reason to compile again. The rest
    stays in the graph as constants, in full precision.
    """

    def __init__(self):
        self._steps: dict[int, _Step] = {}
        self._is_broken = False

    def step(self, tree: Tree, rule: Rule) -> bool:
        """Take one step over the parameters of a tree; False if it cannot be compiled."""
        if self._is_broken:
            return False
        place = tree.members[0].place
        known = self._steps.get(place)
        if known is None or not known.fits(rule):
            known = self._steps[place] = _Step(rule, known)
        # a first call fails while it compiles, before anything is written
        refusals = Exception if known.fresh else _dynamo_error()
        try:
            known(tree, rule)
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

    def __call__(self, tree: Tree, rule: Rule) -> None:
        now, x = _numbers(rule), tree.parameters[0].x
        exact = torch.float32 if x.device.type == "mps" else torch.float64
        flat = [t for name in self.names for t in now[name]]
        numbers = torch.tensor([tree.t, *flat], dtype=exact).to(x.device)
        gs, xs = [one.g for one in tree.parameters], [one.x.detach() for one in tree.parameters]
        with warnings.catch_warnings():
            if self.fresh:  # Dynamo warns of the array library's caches, which is no use to a user
                warnings.simplefilter("ignore")
            self.run(gs, tree.state, xs, numbers, tree.leaf)
        self.fresh = False


def _stepping(rule: Rule, names: list[str]) -> Callable[..., None]:
    given, found = settings(rule), paths(rule)
    # looked up here, as Dynamo cannot look through the fields of a class
    where = [(found[n], len(given[n]) if isinstance(given[n], Leaves) else 0) for n in names]

    def step(gs, state, xs, numbers, leaf):
        t, *values = numbers.unbind()
        now, rest = rule, iter(values)
        for path, count in where:
            value = Leaves([next(rest) for _ in range(count)]) if count else next(rest)
            now = put(now, path, value)
        offers = stepping.Offers(g=lambda: Leaves(gs), leaf=leaf)
        delta, new = stepping.step(now, state, Leaves(xs), t, offers)
        (before, shared), (after, shared_after) = apart(state, len(xs)), apart(new, len(xs))
        for x, d, old, entries in zip(xs, delta, before, after, strict=True):
            write(x, d, list(old.values()), [entries[name] for name in old])
        for name, old in shared.items():
            writable(old).copy_(shared_after[name])

    # Dynamo allows some eight graphs for one code object: let every step have its own
    step.__code__ = step.__code__.replace()
    return step


def _dynamo_error() -> type[Exception]:
    from torch._dynamo.exc import TorchDynamoException  # slow to load, so not before it is needed

    return TorchDynamoException


def _numbers(rule: Rule) -> dict[str, tuple[float, ...]]:
    """The plain numbers of a rule, several where each parameter has its own."""
    many = {
        name: tuple(value) if isinstance(value, Leaves) else (value,)
        for name, value in settings(rule).items()
    }
    return {n: v for n, v in many.items() if all(isinstance(one, (int, float)) for one in v)}
