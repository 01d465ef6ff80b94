"""A rule as a gradient transformation of Optax."""

from __future__ import annotations

import functools
import inspect
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from ..errors import SlalomError
from ..jax import JaxDraws
from ..rules import Partition, Rule, as_rule, chain, settings, stepping, with_settings
from ..rules.leaves import Leaves
from ..rules.offers import chosen
from ..rules.plans import bare
from ..rules.roles import Roles, check_roles
from . import layout
from .offers import check_offers, offers_of
from .recipes import resolved
from .trees import Parameters, Tree, all_of, check_parameters, taking_part


class RuleState(NamedTuple):
    """What a rule remembers between two calls of `update`, as Optax's own states do.

    Attributes:
        count: how many steps were made, int32.
        states: the rule's state. An entry that belongs to the leaves is a tree like the
            parameters; one that all leaves share is an array, float32 at least.
        key: what its draws come from, uint32 of shape (2,); None where it makes none.
    """

    count: Any
    states: Any
    key: Any


def transformation(
    rule: Rule | str, *, seed: int = 0, roles: Roles = None
) -> optax.GradientTransformationExtraArgs:
    """The rule as an Optax optimizer: it composes, nests and compiles as any other.

    `update(updates, state, params)` gives what `optax.apply_updates` adds to the parameters.
    `params` may be left out where no formula of the rule asks for the parameters. Schedules
    inside the rule count the steps that this transformation has made, from 1. A leaf whose
    gradient is None takes no part in the step and keeps its state.

    What a rule needs beyond the gradient comes by keyword, as extra arguments of `update`:

    - `value`, the loss at `params`, for a rule that asks for `loss`;
    - `value_fn`, from parameters to the loss, for one that asks for `value`, as line searches do;
    - `grad_fn`, from parameters to their gradient, for one that asks for `grad`, the gradient
      elsewhere than at `params`, such as `nesterov`;
    - `hvp_fn`, from a tree like `params` to the product of it with the Hessian at `params`, for
      one that asks for `hvp`: `lambda u: jax.jvp(jax.grad(loss), (params,), (u,))[1]`.

    Recipes, such as `no_decay("bias", "norm") | adamw`, go by the paths in the tree: see
    `docs/roles.md`.

    Args:
        rule: a rule, or its text.
        seed: of the draws, where the rule makes any; from 0 to 2^32 - 1.
        roles: what each parameter is, for `partition`, where its name and shape do not tell it:
            a function of name and shape, `(str, tuple) -> str`, or a mapping of patterns of names
            to roles, `{"*.token_table": "embedding"}`. A name is the path in the tree,
            `layers.0.weight`; the roles are matrix, embedding, head, vector.

    Raises:
        SlalomError: no rule; later, from `init` and `update`, parameters that are not real
            floating-point arrays, a pattern that matches none of them, or something missing
            that the rule needs.
    """
    rule = as_rule(rule)
    check_seed(seed)
    check_roles(roles)
    form_of = functools.cache(functools.partial(layout.form, bare(rule)))

    def init(params: Tree) -> RuleState:
        check_parameters(params)
        key = jax.random.PRNGKey(seed) if "key" in rule.needs else None
        found = resolved(rule, all_of(params, roles), checked=True)
        *_, last = chain(found.rule)
        if isinstance(last, Partition) and found.known.live:
            last.check_matrices(found.known.leaf)
        states = layout.begun(found.rule, found.known)
        return RuleState(jnp.zeros((), jnp.int32), states, key)

    def update(updates: Tree, state: Any, params: Tree = None, **extra: Any) -> Any:
        check_offers(rule, params, extra)
        if not isinstance(state, RuleState):
            raise SlalomError(
                f"the state is not of {rule!r}, but {type(state).__name__}: the first one is what "
                "init gives, and another library's converts by slalom.optax.from_optax"
            )
        t = optax.safe_increment(state.count)
        taken, g = taking_part(updates, params, roles)
        now, known, at, frozen = found = resolved(rule, taken)
        if not known.live:
            return found.tree_of(Leaves([])) if frozen else updates, state._replace(count=t)
        g = chosen(g, at)
        form = form_of(*_described(known))
        before = layout.held(form, state.states, known)
        key = None if state.key is None else JaxDraws(state.key).at(t)
        offers = offers_of(known, g, extra, key)
        delta, new = stepping.step(now, before, known.x, t, offers)
        states = layout.kept(form, state.states, new, known, g)
        return found.tree_of(delta), RuleState(t, states, state.key)

    return optax.GradientTransformationExtraArgs(init, update)


def injected(
    rule: Rule | str, *, seed: int = 0, roles: Roles = None
) -> optax.GradientTransformationExtraArgs:
    """`transformation`, with every number of the rule in the state, where it can be changed.

    As `optax.inject_hyperparams`: `state.hyperparams["lr"] = 0.01` counts from the next step
    on. The names are those of `slalom.rules.settings`, with _ for the dots; schedules stay in
    the rule.

    Args:
        rule: a rule, or its text.
        seed: of the draws, where the rule makes any.
        roles: what each parameter is, as `transformation` takes it.
    """
    rule = as_rule(rule)
    numbers = {
        name.replace(".", "_"): (name, float(value) if isinstance(value, int) else value)
        for name, value in settings(rule).items()
        if _is_number(value)
    }

    def made(**values: Any) -> optax.GradientTransformationExtraArgs:
        changed = {numbers[name][0]: value for name, value in values.items()}
        now = with_settings(rule, changed, checked=False)
        return transformation(now, seed=seed, roles=roles)

    keyword = inspect.Parameter.KEYWORD_ONLY
    made.__signature__ = inspect.Signature([inspect.Parameter(n, keyword) for n in numbers])
    values = {n: value for n, (_, value) in numbers.items()}

    def known(tree: Tree) -> optax.GradientTransformationExtraArgs:
        # float32 at least: in bfloat16 a decay of 0.999 is 1
        dtype = jnp.result_type(jnp.float32, *jax.tree.leaves(tree))
        return optax.inject_hyperparams(made, hyperparam_dtype=dtype)(**values)

    def init(params: Tree) -> Any:
        check_parameters(params)
        return known(params).init(params)

    def update(updates: Tree, state: Any, params: Tree = None, **extra: Any) -> Any:
        return known(updates if params is None else params).update(updates, state, params, **extra)

    return optax.GradientTransformationExtraArgs(init, update)


def evaluate(rule: Rule | str, params: Tree, state: Any, *, roles: Roles = None) -> Tree:
    """The parameters to judge, which for an averaging rule are not those that are trained.

    Args:
        rule: what `transformation` was made of.
        params: the trained parameters.
        state: the optimizer's state, in which that of the rule may lie deeper.
        roles: those that `transformation` was given.

    Raises:
        SlalomError: the state holds no state of a rule, or several.
    """
    rule = as_rule(rule)
    [own] = own_states(state)
    now, known, *_ = resolved(rule, all_of(params, roles))
    before = layout.held(layout.form(now, *_described(known)), own.states, known)
    return known.tree_of(stepping.judged(now, before, known.x, known.leaf), known.arrays)


def own_states(state: Any) -> list[RuleState]:
    """The one state of a rule inside an optimizer's state.

    Raises:
        SlalomError: there is none, or several.
    """
    parts = jax.tree.leaves(state, is_leaf=lambda part: isinstance(part, RuleState))
    found = [part for part in parts if isinstance(part, RuleState)]
    if len(found) != 1:
        raise SlalomError(f"the optimizer's state must hold one state of a rule, not {len(found)}")
    return found


def check_seed(seed: Any) -> None:
    """Raise unless `seed` is a whole number from 0 to 2^32 - 1."""
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**32:
        raise SlalomError(f"seed must be a whole number from 0 to 2^32 - 1, got {seed}")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) or getattr(value, "shape", None) == ()


def _described(known: Parameters) -> tuple[tuple, tuple]:
    """What is known of the leaves that take part, and their dtypes."""
    return tuple(known.leaf), tuple(array.dtype for array in known.x)
