"""How a tree of parameters is stepped: by fused kernels, by a compiled graph, or eagerly.

A step is planned first, which checks all that can be wrong, and taken afterwards, so that no
group moves where another one cannot.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeGuard

import torch

from ..rules import Partition, Rule, Wrapper, stepping
from ..rules.leaves import Leaves
from ..rules.state import of_leaves
from .closures import ClosureCalls
from .compiled import Compiled
from .draws import GeneratorDraws
from .entries import Form, apart
from .fused import Fused
from .parameters import Parameter, by_step, writable, write
from .rates import may_be_stuck
from .ready import ReadyGroup, again
from .trees import Member, Tree, together, unwrapped

Take = Callable[[], object]


class Steps:
    """Plans the steps of one optimizer.

    Args:
        forms: what states look like, kept between steps.
    """

    def __init__(self, forms: dict[Any, Form]):
        self._fused, self._compiled = Fused(forms), Compiled()
        self._compile: bool | None = None
        self._ready: list[ReadyGroup] | None = None

    def begin(self, compile_: bool | None) -> None:
        """Forget the last step, and plan the next ones as they are asked for.

        Args:
            compile_: True steps by `torch.compile`, False by the rule's own lines; None by fused
                kernels on the CPU and by `torch.compile` elsewhere.
        """
        self._compile, self._ready = compile_, None

    def again(
        self, groups: Sequence[dict[str, Any]], states: dict[Any, Any], compile_: bool | None
    ) -> bool:
        """Take a step like the last one; False where it was another, or anything has changed."""
        return self._ready is not None and compile_ is None and again(self._ready, groups, states)

    def prepare(self, trees: Sequence[Tree], groups: int) -> None:
        """Keep what the step of these trees, of so many groups, has looked up for the next one."""
        found = []
        for tree in trees if self._compile is None else ():
            if tree.is_counted or tree.form.shared or may_be_stuck(tree):
                return
            for member in tree.members:
                batches = by_step(member.parameters)
                stepper = self._fused.stepper(member.place, member.rule, batches[0][0])
                is_alone = len(batches) == 1 and all(one.x is one.p for one in batches[0])
                if stepper is None or not is_alone or stepper.couples:
                    return
                found.append(self._fused.ready(stepper, member.rule, member.group, batches[0]))
        if len(found) == groups:
            self._ready = found

    def planned(
        self, tree: Tree, calls: ClosureCalls | None, loss: Any, key: GeneratorDraws | None
    ) -> list[Take]:
        """A step of a tree, checked and yet to be taken.

        Args:
            tree: the parameters.
            calls: what the closure tells, if there is one.
            loss: the loss at the parameters, if it is known.
            key: a source of draws, if the rule asks for one.
        """
        # what goes by the count of the tree cannot be stepped one by one where counts differ
        may_fuse = self._compile is None and not (tree.is_counted and tree.counts is not None)
        if may_fuse:
            fused = self._fused_steps(tree, tree.members)
            if fused is not None:
                return fused
        rule, offers = tree.rule, offered(tree, calls, loss, key)
        on_cpu = all(one.x.device.type in ("cpu", "meta") for one in tree.parameters)
        is_wanted = self._compile if self._compile is not None else not on_cpu
        if is_wanted and rule.needs <= {"g"} and tree.counts is None:
            return [
                lambda: (
                    self._compiled.step(tree, rule)
                    or eager(tree, rule, tree.parameters, tree.state, offers)()
                )
            ]
        return self._around(tree, rule, tree.members, tree.state, offers)

    def _around(
        self, tree: Tree, rule: Rule, members: list[Member], state: Any, offers: stepping.Offers
    ) -> list[Take]:
        """The steps of some groups whose rule has no kernel, though a rule inside it may."""
        parameters = [one for member in members for one in member.parameters]
        x = Leaves([one.x for one in parameters])
        if self._compile is None and _changes_gradients_only(rule):
            offers = stepping.through(rule, x, tree.t, offers)
            rule, members = rule.wrapped, [unwrapped(member) for member in members]
            if "g" in rule.needs and offers.g is not None:
                for one, g in zip(parameters, offers.g(), strict=True):
                    one.g = g
            fused = self._fused_steps(tree, members)
            return self._around(tree, rule, members, state, offers) if fused is None else fused
        if self._compile is None and isinstance(rule, Partition):
            return self._by_part(tree, rule, members, state, offers)
        return [eager(tree, rule, parameters, state, offers)]

    def _by_part(
        self,
        tree: Tree,
        rule: Partition,
        members: list[Member],
        state: Any,
        offers: stepping.Offers,
    ) -> list[Take]:
        """The steps of the parts that have kernels, and one step of all others."""
        taken: list[Take] = []
        rest: list[Member] = []
        for part in dict.fromkeys(member.group["part"] for member in members):
            own = [member for member in members if member.group["part"] == part]
            fused = self._fused_steps(tree, own)
            rest += own if fused is None else []
            taken += fused or []
        if rest:
            everyone = [one for member in members for one in member.parameters]
            wanted = {id(one) for member in rest for one in member.parameters}
            at = [i for i, one in enumerate(everyone) if id(one) in wanted]
            x = Leaves([one.x for one in everyone])
            parts = {member.group["part"] for member in rest}
            left = {name: of_leaves(own, at) for name, own in state.items() if name in parts}
            chosen = [everyone[i] for i in at]
            taken.append(eager(tree, rule, chosen, left, stepping.some(offers, x, at)))
        return taken

    def _fused_steps(self, tree: Tree, members: Sequence[Member]) -> list[Take] | None:
        """The steps of some groups of a tree by fused kernels; None if one of them has none."""
        batches = self._batches(members)
        if len(batches) > 1 and any(stepper.couples for *_, stepper in batches if stepper):
            batches = self._batches(together(members))
            if len(batches) > 1:
                return None
        taken: list[Take] = []
        for member, batch, stepper in batches:
            if stepper is None:
                return None
            take = self._fused.prepared(member, stepper, batch, tree.shared)
            if take is None:
                return None
            taken.append(take)
        return taken

    def _batches(self, members: Sequence[Member]) -> list[tuple[Member, list[Parameter], Any]]:
        """The parameters that one call can step, of each group, and the kernel or None."""
        return [
            (member, batch, self._fused.stepper(member.place, member.rule, batch[0]))
            for member in members
            for batch in by_step(member.parameters)
        ]


def _changes_gradients_only(rule: Rule) -> TypeGuard[Wrapper]:
    asked = rule.arguments
    is_plain = "gradient" in asked and rule.formula not in asked and "init" not in asked
    return isinstance(rule, Wrapper) and is_plain and "evaluate" not in asked


def eager(
    tree: Tree, rule: Rule, parameters: list[Parameter], state: Any, offers: stepping.Offers
) -> Take:
    """A step by the rule's own lines: computed, and yet to be written."""
    x = Leaves([one.x for one in parameters])
    delta, new = stepping.step(rule, state, x, tree.t, offers)

    def take() -> None:
        count = len(parameters)
        (before, shared_before), (after, shared_after) = apart(state, count), apart(new, count)
        for one, d, old, now in zip(parameters, delta, before, after, strict=True):
            if one.is_met:
                write(one.x, d, list(old.values()), [now[name] for name in old])
                # what was shared is a parameter's own from where its numbers differ
                one.kept.update({n: e.clone() for n, e in now.items() if n not in old})
        for name, old in shared_before.items():
            if name in shared_after:
                writable(old).copy_(shared_after[name])

    return take


def offered(
    tree: Tree, calls: ClosureCalls | None, loss: Any, key: GeneratorDraws | None
) -> stepping.Offers:
    """What the parameters, and the closure of the step, can tell a rule."""
    parameters = tree.parameters
    params = [one.p for one in parameters]
    signs = [-1 if member.group["maximize"] else 1 for member in tree.members]
    sign = signs[0] if len(set(signs)) == 1 else None
    by_parameter = [s for s, m in zip(signs, tree.members, strict=True) for _ in m.parameters]

    def grad(point: Leaves) -> Leaves:
        assert calls is not None
        found = []
        for one, g, s in zip(
            parameters, calls.gradients_at(params, point), by_parameter, strict=True
        ):
            one.is_met = one.is_met or g is not None
            found.append(torch.zeros_like(one.x) if g is None else s * g.to(one.x.dtype))
        return Leaves(found)

    def hvp(u: Leaves) -> Leaves:
        assert calls is not None
        return sign * calls.product(params, tree.x, u)

    def value(point: Leaves) -> Any:
        assert calls is not None
        return sign * calls.value_at(params, point)

    known = calls is not None and sign is not None
    return stepping.Offers(
        g=lambda: Leaves([one.g for one in parameters]),
        grad=None if calls is None else grad,
        loss=(lambda: sign * loss) if known and loss is not None else None,
        value=value if known else None,
        hvp=hvp if known else None,
        key=key,
        counts=tree.counts,
        leaf=tree.leaf,
    )
