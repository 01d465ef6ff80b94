"""Any rule as a PyTorch optimizer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

from ..errors import SlalomError
from ..rules import Rule, as_rule
from ..rules.plans import bare
from ..rules.roles import Roles, check_patterns, check_roles
from . import checkpoint, judging, recipes
from .base import Base
from .classes import class_name, class_of
from .construction import check_options, defaults, new_groups
from .departures import tell
from .draws import generator_for
from .engine import Engine
from .groups import form, listed
from .members import Members
from .rates import Rate, rates_of
from .roles import named
from .shaping import lifted, told
from .table import Table, table_of
from .untraced import untraced

# kept when pickled
_OWN = ("rule", "rules_of_groups", "formed", "state_dtype", "compile", "generator")
_OWN += ("lazy", "roles", "facts", "recipe", "changes", "frozen")


class Optimizer(Base):
    """Trains parameters by a rule: a drop-in `torch.optim.Optimizer`.

    >>> optimizer = slalom.torch.Optimizer(model.parameters(), "adamw", lr=0.001)
    >>> optimizer.step()

    **A bare name has Slalom's defaults.** adam, adamw, adamax and nadam are PyTorch's as they
    stand; rmsprop, adagrad, adadelta, sgd, adafactor and muon are not: `rmsprop@torch` has the
    formula and the defaults of `torch.optim.RMSprop`. A warning says so once.

    Settings are given in the text of the rule, by keyword, or in parameter groups, in the rule's
    words or in those of PyTorch's class: `betas`, `weight_decay`, `amsgrad`, `momentum`,
    `nesterov`, `alpha`, …, such as `{"params": …, "lr": 0.01, "weight_decay": 0}`. `foreach` and
    `fused` are accepted and change nothing; `capturable` and `differentiable` must be false. A
    group may have a rule of its own: `{"params": …, "rule": "muon(0.02)"}`. Other entries of a
    group are kept as they are; one whose name is nearly that of a setting is refused.

    Numbers lie in the groups, where PyTorch's schedulers change them; what is set there counts
    from the next `step` on, or is refused by it before anything moves. A tensor is read at each
    step. A schedule of Slalom shows as the number that it is at the next step; it excludes a
    PyTorch scheduler of the learning rate.

    A partition makes a group of each of its parts, in which the numbers of the part's rule lie
    under their plain names. Give it the model, whose layers tell which parameters are matrices,
    embeddings, heads and vectors, or `model.named_parameters()`, whose names and shapes do.
    Recipes, such as `no_decay("bias", "norm") | adamw`, make groups too. `print(optimizer)`
    shows what every parameter has got.

    A parameter without a gradient is left out, and its count of steps stands still. Its state
    is `state[p]`: the rule's arrays under their names, and `step`, an int. What a rule remembers
    of all parameters together lies in the groups, under names that begin with `state.`.

    Groups of one rule and one set of conventions are stepped as one tree: what couples
    parameters, such as `clip_norm`, sees those of all these groups, as `clip_grad_norm_` over
    all parameters does.

    Tensors on the CPU in float32 and float64 are stepped by fused kernels where the rule has
    one, else by the rule's own lines; on other devices these lines are compiled.

    Args:
        params: a model; or tensors, named tensors, or parameter groups, as any PyTorch optimizer
            takes. The layers of a model tell what its parameters are for: see `docs/roles.md`.
        rule: a rule, or its text.
        maximize: ascend instead of descend; a group may override it.
        state_dtype: dtype of the states and the arithmetic, `torch.float32` for float16 or
            bfloat16 parameters; None is the parameter's own. The parameters are rounded to
            their dtype after each step: no copy of them in `state_dtype` is kept.
        generator: source of the draws of rules that need them, such as `noise`; None makes one,
            seeded by PyTorch's global generator. Its state lies in the groups and is part of
            `state_dict`. Among several processes it must be given, with the same seed in each, so
            that all draw the same.
        compile: True steps by `torch.compile` on the CPU too, False by the rule's own lines
            everywhere; None chooses as said above.
        lazy: with a sparse gradient, step the elements that it holds, and leave all others and
            their states as they are, as `torch.optim.SparseAdam` does. Without it
            `gradient_descent`, `momentum`, `nesterov(shifted=true)` and `adagrad` take sparse
            gradients, with the numbers of dense ones.
        roles: what parameters are for, where their names and shapes do not tell: a function of
            name and shape, or a mapping from patterns of names, as in `{"*.gate": "vector"}`.
            A role is `matrix`, `embedding`, `head` or `vector`.
        settings: of the rule, as said above.

    Raises:
        SlalomTypeError: params or a group of a wrong type, or a setting that there is not.
        SlalomError: no parameters, one of them twice, a parameter for which a
            partition has no rule, a hyperparameter that the rule does not have or allow, or,
            among several processes, a rule that takes all parameters together inside an
            optimizer that divides them, such as `ZeroRedundancyOptimizer`.
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
        lazy: bool = False,
        roles: Roles = None,
        **settings: Any,
    ):
        params, self.facts = named(params)
        params = listed(params)
        given, text = as_rule(rule), rule if isinstance(rule, str) else None
        tell(bare(given), text, settings)
        self.recipe = lifted(told(given, settings), params)
        self.rule = bare(self.recipe)
        if type(self) is Optimizer:  # named after the rule, as monitors and profilers show it
            self.__class__ = class_of(Optimizer, form(self.rule), class_name(self.rule, text))
        check_options(state_dtype, compile, lazy, generator)
        self.rules_of_groups, self.formed = {}, set()
        self.state_dtype, self.compile, self.lazy = state_dtype, compile, lazy
        self.roles = roles
        self.generator = generator
        params = recipes.prepare(self, params)
        self._forget()
        super().__init__(params, defaults(self.rule, settings, maximize))
        check_roles(roles)
        check_patterns(
            roles,
            [n for g in self.param_groups for n in g.get("param_names", ())],
            "no parameter has a name: give the model, or model.named_parameters()",
        )
        recipes.check_matrices(self)

    def _forget(self) -> None:
        """Drop what was derived from groups and states."""
        self.members = Members(self)
        self._engine = Engine(self, self.members)
        self._is_evaluating = False

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add parameters, with hyperparameters, or a rule, of their own.

        Raises:
            SlalomError: a name or a value that is not allowed; nothing is added then.
        """
        for group in new_groups(self, param_group):
            names = {*group, "param_names"}
            super().add_param_group(group)
            for name in self.param_groups[-1].keys() - names:  # a default of another rule
                del self.param_groups[-1][name]
            rule = self.rules_of_groups[group["rule"]]
            self.generator = generator_for(rule, self.generator)
        checkpoint.keep_draws(self)

    @untraced
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take one step.

        Args:
            closure: zeroes the gradients, computes the loss, calls backward and returns the
                loss. Called for every point at which the rule asks for the gradient or the
                loss; the parameters are there meanwhile, and back to the bit afterwards. For a
                rule that asks for products with the Hessian it may leave backward out, and is
                then differentiated twice; else these are differences of gradients.

        Returns:
            What the closure returned at its first call.

        Raises:
            SlalomError: a hyperparameter out of range, a sparse gradient for a rule that takes
                none, or a rule that needs a closure without one. Parameters and states are as
                before.
        """
        if closure is None and self._engine.again():
            return None
        return self._looked_up(closure)

    @torch.no_grad()
    def _looked_up(self, closure: Callable[[], Any] | None) -> Any:
        if self.is_judging:
            raise SlalomError(
                "step was called while the parameters are at the points to judge: leave "
                "evaluate(), or call train() after eval()"
            )
        recipes.check_rates(self)
        return self._engine.step(closure)

    def rules(self) -> list[Rule]:
        """The rule of every group, with the numbers that it has now.

        Raises:
            SlalomError: one of them is not allowed.
        """
        return self.members.rules()

    @torch.no_grad()
    def rates(self) -> list[Rate | list[Rate]]:
        """The rate of each group, such as `d lr` of `prodigy` with the d that it has now.

        Of `dog`, `dowg`, `polyak` and `momo` it is that of the last step. It is a list where the
        parameters of a group differ, and None before their first step.
        """
        return rates_of(self.param_groups, self.members.with_states())

    @property
    def is_judging(self) -> bool:
        """Whether the parameters are at the points to judge, by `eval` or `evaluate`."""
        return self._is_evaluating or judging.is_judging(self)

    @untraced
    @torch.no_grad()
    def eval(self) -> None:
        """Hold the parameters at the points to judge, where they are not the iterates.

        For `schedule_free(…) | …` and `average(…) | …` these are averages. `step` is refused
        until `train` is called; a state dict saved meanwhile goes on from there. The running
        statistics of batch normalization belong to the iterates: `renew_batch_norm` renews them.
        """
        if not self.is_judging:
            self._engine.forget()
            judging.to_points(self.members)
            self._is_evaluating = True  # which no state says before the first step

    @untraced
    @torch.no_grad()
    def train(self) -> None:
        """Put the parameters back to the iterates, after `eval`."""
        self._is_evaluating = False
        judging.to_iterates(self)

    @contextmanager
    def evaluate(self) -> Iterator[None]:
        """Hold the parameters at the points to judge, and put them back afterwards.

        >>> with optimizer.evaluate():
        ...     loss = loss_of(model)
        """
        was_judging = self.is_judging
        self.eval()
        try:
            yield
        finally:
            if not was_judging:
                self.train()

    @untraced
    def state_dict(self) -> dict[str, Any]:
        """All that a run needs to go on to the bit, in PyTorch's two parts.

        As in PyTorch, the states are those of the optimizer itself: no copy is made, and later
        steps change them. The groups are new dicts. They name the rule with its conventions,
        and hold what all parameters share: if the rule draws, so the generator's state.
        """
        for hook in self._optimizer_state_dict_pre_hooks.values():
            hook(self)
        packed = checkpoint.packed(self)
        for hook in self._optimizer_state_dict_post_hooks.values():
            changed = hook(self, packed)
            packed = packed if changed is None else changed
        return packed

    @untraced
    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from a saved state: a copy is taken, cast to the parameters' places and dtypes.

        Raises:
            SlalomError: it is of another rule, or of other groups or shapes; nothing is loaded.
        """
        state_dict = dict(checkpoint.required(state_dict))
        for hook in self._optimizer_load_state_dict_pre_hooks.values():
            changed = hook(self, state_dict)
            state_dict = state_dict if changed is None else changed
        self.__setstate__(checkpoint.unpacked(self, self.members, state_dict))
        for hook in self._optimizer_load_state_dict_post_hooks.values():
            hook(self)

    def table(self) -> Table:
        """Role, rule, learning rate, weight decay, shape and count of every parameter.

        >>> print(optimizer.table())

        Its rows are data: `optimizer.table().rows`, or `as_dicts()` for a data frame.
        """
        return table_of(self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}: {self.recipe!r}\n{self.table()}"

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
        self._forget()


def optimizer_class(rule: Rule | str) -> type[Optimizer]:
    """A class of optimizers of one rule, for tools that want a class and keywords.

    >>> AdamW = slalom.torch.optimizer_class("adamw")
    >>> optimizer = AdamW(model.parameters(), lr=0.001, betas=(0.9, 0.95))

    It is named after the rule, has the arguments of PyTorch's class in its signature, takes what
    `Optimizer` takes by keyword too, and can be pickled. The same text gives the same class.

    Args:
        rule: a rule, or its text, such as `"clip_norm(1.0) | adamw"`. Its numbers are the
            defaults of the class.

    Raises:
        SlalomError: it is none.
    """
    return class_of(Optimizer, rule.strip() if isinstance(rule, str) else as_rule(rule))
