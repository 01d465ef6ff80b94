"""One step of an optimizer: everything is looked up and checked, and only then taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from . import checkpoint, closures
from .base import Base
from .closures import ClosureCalls
from .draws import GeneratorDraws
from .groups import number
from .members import Members
from .parameter_group import Group
from .steps import Steps
from .trees import Tree


class Engine:
    """Takes the steps of an optimizer, and keeps what it looked up for the next one.

    Args:
        optimizer: whose parameters and states are stepped.
        members: its groups as trees.
    """

    def __init__(self, optimizer: Base, members: Members):
        self._optimizer, self._members = optimizer, members
        self._steps = Steps(members.forms)

    def forget(self) -> None:
        """Let the next step look everything up."""
        self._steps.begin(self._optimizer.compile)

    def again(self) -> bool:
        """Take a step like the last one; False where it was another, or anything has changed."""
        own = self._optimizer
        return self._steps.again(own.param_groups, own.state, own.compile)

    def step(self, closure: Callable[[], Any] | None) -> Any:
        """Take a step for which everything is looked up; what the closure returned.

        Raises:
            SlalomError: a number that is not allowed, a gradient that the rule does not take,
                or no closure where one is needed. Nothing has moved then.
        """
        own = self._optimizer
        self.forget()
        rules = self._members.rules()
        needs = frozenset().union(*(rule.needs for rule in rules))
        everyone = "g" not in needs and "grad" in needs
        asks_more = needs & {"grad", "loss", "value", "hvp"}
        if closure is None and asks_more and self._is_for_states():
            return self._begin(self._members.with_gradients(everyone))
        closures.check(rules, closure)
        calls = self._calls(closure, needs)
        if calls is not None and (needs & {"g", "loss"} or not needs & {"grad", "value", "hvp"}):
            loss = calls.loss()
        else:
            loss = None
        key = None if own.generator is None else GeneratorDraws(own.generator)
        trees = self._members.with_gradients(everyone)
        taken = [take for tree in trees for take in self._steps.planned(tree, calls, loss, key)]
        for take in taken:  # all of them are checked by now, so that none is left out
            take()
        for tree in trees:
            self._finish(tree)
        checkpoint.keep_draws(own)
        if closure is None:
            self._steps.prepare(trees, len(own.param_groups))
        return None if calls is None else calls.returned

    def _is_for_states(self) -> bool:
        """Whether a step can move nothing, and is taken to let the states begin.

        So `torch.distributed.checkpoint` makes the states of an optimizer that has none: it sets
        all gradients and rates to 0, and gives no closure.
        """
        own = self._optimizer
        rates = [group["lr"] for group in own.param_groups if "lr" in group]
        slopes = [p.grad for group in own.param_groups for p in group["params"]]
        held = [g for g in slopes if g is not None]
        has_begun = next(own.own_states(), None) is not None
        if has_begun or not held or any(number(rate) != 0 for rate in rates):
            return False
        return all(g.layout is torch.strided and not g.is_meta for g in held) and not any(
            bool((g != 0).any()) for g in held
        )

    def _begin(self, trees: list[Tree]) -> None:
        """Let the states of some parameters begin."""
        for tree in trees:
            for one in tree.parameters:
                self._optimizer.state[one.p] = one.kept
            tree.keep_shared(tree.shared, 0)

    def _finish(self, tree: Tree) -> None:
        """Keep what a step has left behind."""
        for one in tree.parameters:
            if one.is_met:
                one.kept["step"] = one.t
                kept = one.put_back()
                if one.t == 1:
                    self._optimizer.state[one.p] = kept
        for member in tree.members:
            if isinstance(member.group, Group):
                member.group.advance(tree.t)
        own = tree.parameters[0].kept.keys()
        tree.keep_shared({n: e for n, e in tree.shared.items() if n not in own}, tree.t)

    def _calls(self, closure: Any, needs: frozenset[str]) -> ClosureCalls | None:
        if closure is None:
            return None
        params = [p for group in self._optimizer.param_groups for p in group["params"]]
        return ClosureCalls(closure, params, "hvp" in needs)
