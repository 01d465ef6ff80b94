"""Any rule as a PyTorch optimizer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch

from ..errors import SlalomError, clip
from ..rules import Rule, as_rule, settings
from . import checkpoint, entries, probing
from .compiled import Compiled
from .draws import GeneratorDraws, generator_for
from .fused import Fused
from .groups import Group, completed, defaults, listed, number, rule_with
from .stepping import Leaf, Work, by_step, eager, gradient, shape_gradients


class _Now(NamedTuple):
    """A group's rule with the numbers that it has now."""

    values: list[Any]
    rule: Rule
    forms: dict[torch.Size, entries.Form]
    """of the states, by the parameter's shape"""


_OWN = ("rule", "state_dtype", "compile", "generator")  # kept when pickled


class Optimizer(torch.optim.Optimizer):
    """Trains parameters by a rule: a drop-in `torch.optim.Optimizer`.

    >>> optimizer = slalom.torch.Optimizer(model.parameters(), "adamw(lr=0.001)")
    >>> optimizer.step()

    A parameter group overrides any hyperparameter of the rule and of the wrappers around it,
    by its name in `slalom.rules.settings(rule)`: `{"params": …, "lr": 0.01, "weight_decay": 0}`.
    The numbers lie in the group, where PyTorch's schedulers change them; out of range, they are
    refused by the next `step`, before anything moves. A schedule of Slalom as a hyperparameter
    goes by the count of steps, and excludes a PyTorch scheduler of the learning rate.

    A parameter without a gradient is left out, and its count of steps stands still. Its state
    is `state[p]`: the rule's arrays under their names, and `step`, an int.

    A wrapper that only changes gradients, such as `clip_norm`, sees those of all groups
    together, as `clip_grad_norm_` over all parameters does; a rule that couples its arrays
    otherwise does so within a group.

    Tensors on the CPU in float32 and float64 are stepped by fused kernels where the rule is
    elementwise, else by the rule's own lines; on other devices these lines are compiled.

    Args:
        params: tensors, named tensors, or parameter groups, as any PyTorch optimizer takes.
        rule: a rule, or its text.
        maximize: ascend instead of descend; a group may override it.
        state_dtype: dtype of the states and the arithmetic, `torch.float32` for float16 or
            bfloat16 parameters; None is the parameter's own. The parameters are rounded to
            their dtype after each step: no copy of them in `state_dtype` is kept.
        generator: source of the draws of rules that need them, such as `noise`; None makes one,
            seeded by PyTorch's global generator. Its state is part of `state_dict`.
        compile: True steps by `torch.compile` on the CPU too, False by the rule's own lines
            everywhere; None chooses as said above.

    Raises:
        SlalomError: wrong types, no parameters, one of them twice, or a hyperparameter that the
            rule does not have or does not allow.
    """

    def __init__(
        self,
        params: Any,
        rule: Rule | str,
        *,
        maximize: bool = False,
        state_dtype: torch.dtype | None = None,
        generator: torch.Generator | None = None,
        compile: bool | None = None,  # noqa: A002 (PyTorch's word)
    ):
        self.rule = as_rule(rule)
        if state_dtype is not None and not getattr(state_dtype, "is_floating_point", False):
            raise SlalomError(f"state_dtype must be a real dtype, not {clip(repr(state_dtype))}")
        if compile not in (True, False, None):
            raise SlalomError(f"compile must be True, False or None, not {clip(repr(compile))}")
        self.state_dtype, self.compile = state_dtype, compile
        self.generator = generator_for(self.rule, generator)
        self._forget()
        super().__init__(listed(params), defaults(self.rule, maximize))

    def _forget(self) -> None:
        """Drop what was derived from groups and states."""
        self._names = list(settings(self.rule))
        self._now: dict[int, _Now] = {}
        self._fused, self._compiled = Fused(), Compiled()
        self._is_judging = False

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add parameters, with hyperparameters of their own.

        Raises:
            SlalomError: a name or a value that is not allowed; nothing is added then.
        """
        super().add_param_group(completed(param_group, Group(self.defaults), self.rule))

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take one step.

        Args:
            closure: zeroes the gradients, computes the loss, calls backward and returns the
                loss. Called once for every point at which the rule asks for the gradient; the
                parameters are there meanwhile, and back to the bit afterwards.

        Returns:
            What the closure returned; if it was called at several points, the weighted sum.

        Raises:
            SlalomError: a hyperparameter out of range, a sparse or complex gradient, or a rule
                that needs a closure without one. Parameters and states are as before.
        """
        if self._is_judging:
            raise SlalomError("step was called within evaluate(), where the parameters are swapped")
        nows = [self._at(place) for place in range(len(self.param_groups))]
        probing.check_closure(nows[0].rule, closure)
        gradient_of: Callable[[torch.Tensor], torch.Tensor | None]
        if probing.looks_elsewhere(nows[0].rule):
            loss, found = self._probed(nows, closure)
            gradient_of = found.get
        else:
            loss = None if closure is None else probing.evaluated(closure)
            gradient_of = gradient
        works = [
            Work(now.rule, self._leaves(now, group, gradient_of))
            for now, group in zip(nows, self.param_groups, strict=True)
        ]
        shape_gradients(works, self._draws)
        steps = [s for i, work in enumerate(works) for s in self._steps(i, work, closure, loss)]
        for leaves, take in steps:  # all of them are checked by now, so that none is left out
            take()
            for leaf in leaves:
                if leaf.t == 1:
                    self.state[leaf.p] = leaf.kept
                leaf.kept["step"] = leaf.t
                if leaf.x is not leaf.p:
                    leaf.p.copy_(leaf.x)
        return loss

    def rules(self) -> list[Rule]:
        """The rule of every group, with the numbers that it has now.

        Raises:
            SlalomError: one of them is not allowed.
        """
        return [self._at(place).rule for place in range(len(self.param_groups))]

    def _at(self, place: int) -> _Now:
        """The rule of a group, with the numbers that it has now."""
        group, known = self.param_groups[place], self._now.get(place)
        values = [number(group[name]) for name in self._names]
        if known is not None and known.values == values:
            return known
        rule, forms = rule_with(self.rule, group), {}
        if known is not None:
            both = zip(self._names, known.values, values, strict=True)
            moved = [name for name, old, new in both if (old is None) != (new is None)]
            if moved and any(p in self.state for p in group["params"]):
                raise SlalomError(f"{moved[0]} cannot come or go once steps were taken")
            forms = {} if moved else known.forms
        self._now[place] = _Now(values, rule, forms)
        return self._now[place]

    def _probed(self, nows: list[_Now], closure: Any) -> tuple[Any, dict[torch.Tensor, Any]]:
        """The loss and the gradients at the points where the rule asks for them."""
        params, probes = [], []
        for now, group in zip(nows, self.param_groups, strict=True):
            for p in group["params"]:
                if p.requires_grad:
                    kept = self.state.get(p) or self._begun(p, now.rule)
                    state = self._form(now, p).filled(kept)
                    params.append(p)
                    probes.append(now.rule.probes(self._working(p), state, kept["step"] + 1))
        return probing.weighted(params, probes, closure)

    def _leaves(
        self,
        now: _Now,
        group: dict[str, Any],
        gradient_of: Callable[[torch.Tensor], torch.Tensor | None],
    ) -> list[Leaf]:
        """The parameters with a gradient, each with its state, which may begin here."""
        leaves, maximize = [], group["maximize"]
        for p in group["params"]:
            if (g := gradient_of(p)) is not None:
                kept = self.state.get(p) or self._begun(p, now.rule)
                x = self._working(p)
                g = g if g.dtype is x.dtype else g.to(x.dtype)
                g = -g if maximize else g
                leaves.append(Leaf(p, x, g, kept, kept["step"] + 1, self._form(now, p)))
        return leaves

    def _working(self, p: torch.Tensor) -> torch.Tensor:
        """The parameter in the dtype that its rule works in; itself where it has it."""
        is_its_own = self.state_dtype is None or p.dtype is self.state_dtype
        return p if is_its_own else p.detach().to(self.state_dtype)

    def _begun(self, p: torch.Tensor, rule: Rule) -> dict[str, Any]:
        x = self._working(p)
        return {"step": 0, **entries.separate(entries.named(rule.init(x)), x)}

    def _form(self, now: _Now, p: torch.Tensor) -> entries.Form:
        form = now.forms.get(p.shape)
        if form is None:
            form = entries.form(now.rule.init(entries.like(p, self.state_dtype)))
            now.forms[p.shape] = form
        return form

    def _steps(
        self, place: int, work: Work, closure: Any, loss: Any
    ) -> Iterator[tuple[list[Leaf], Callable[[], object]]]:
        """The steps of one group, checked and yet to be taken, each with its leaves."""
        rule, params = work.rule, [leaf.p for leaf in work.leaves]
        offers = {"key": self._draws, "loss": loss, "closure": probing.elsewhere(params, closure)}
        extra = {need: offers[need] for need in rule.needs}
        batches = by_step(work.leaves) if rule.elementwise and not extra else [work.leaves]
        for leaves in filter(None, batches):
            yield leaves, self._swift(place, rule, leaves) or eager(rule, leaves, extra)

    def _swift(self, place: int, rule: Rule, leaves: list[Leaf]) -> Callable[[], object] | None:
        """A step by a fused kernel or a compiled graph; None if the rule has neither."""
        t, on_cpu = leaves[0].t, leaves[0].x.device.type == "cpu"
        stepper = self._fused.stepper(place, rule, leaves[0].x) if self.compile is None else None
        if stepper is not None:
            return self._fused.prepared(stepper, rule, leaves, t)
        is_wanted = self.compile if self.compile is not None else not on_cpu
        if not is_wanted or rule.needs or any(leaf.t != t for leaf in leaves):
            return None
        return lambda: self._compiled.step(place, rule, leaves, t) or eager(rule, leaves, {})()

    @property
    def _draws(self) -> GeneratorDraws | None:
        return None if self.generator is None else GeneratorDraws(self.generator)

    @contextmanager
    @torch.no_grad()
    def evaluate(self) -> Iterator[None]:
        """Hold the parameters at the points to judge, where they are not the iterates.

        >>> with optimizer.evaluate():
        ...     loss = loss_of(model)

        For `average(0.99) | …` these are the averages, which `swa_utils.AveragedModel` keeps in
        a second model. As there, statistics that the model keeps of its own, such as those of
        batch normalization, belong to the iterates: `swa_utils.update_bn` renews them.
        """
        params, points = [], []
        for place, group in enumerate(self.param_groups):
            now = self._at(place)
            for p in filter(self.state.get, group["params"]):
                params.append(p)
                state = self._form(now, p).filled(self.state[p])
                points.append(now.rule.evaluate(self._working(p), state))
        with probing.moved(params, points):
            self._is_judging = True
            try:
                yield
            finally:
                self._is_judging = False

    def state_dict(self) -> dict[str, Any]:
        """All that a run needs to go on to the bit: a copy, which shares no memory.

        Beside PyTorch's two parts, the groups name the rule with its conventions, and
        `generator` is the state of the generator, if the rule draws.
        """
        for hook in self._optimizer_state_dict_pre_hooks.values():
            hook(self)
        packed = checkpoint.packed(self)
        for hook in self._optimizer_state_dict_post_hooks.values():
            changed = hook(self, packed)
            packed = packed if changed is None else changed
        return packed

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from a saved state: a copy is taken, cast to the parameters' places and dtypes.

        Raises:
            SlalomError: it is of another rule, or of other groups or shapes; nothing is loaded.
        """
        state_dict = dict(checkpoint.required(state_dict))
        for hook in self._optimizer_load_state_dict_pre_hooks.values():
            changed = hook(self, state_dict)
            state_dict = state_dict if changed is None else changed
        self.__setstate__(checkpoint.unpacked(self, state_dict))
        for hook in self._optimizer_load_state_dict_post_hooks.values():
            hook(self)

    def to_torch(self) -> torch.optim.Optimizer:
        """PyTorch's own optimizer at the same point, over the same parameters.

        Raises:
            SlalomError: PyTorch has none of this rule and these conventions.
        """
        from .convert import to_torch

        return to_torch(self)

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), **{name: getattr(self, name) for name in _OWN}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self.param_groups = [Group(group) for group in self.param_groups]
        self._forget()
