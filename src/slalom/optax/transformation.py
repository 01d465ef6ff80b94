"""A rule as a gradient transformation of Optax."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from ..jax import JaxDraws
from ..errors import SlalomError
from ..rules import Rule, as_rule, settings, with_settings
from .tracing import asks_elsewhere, depends_on_parameters
from .trees import Layout, check_parameters, leaves_of

Tree = Any


class RuleState(NamedTuple):
    """What a rule remembers between two calls of `update`, as Optax's own states do.

    Attributes:
        count: how many steps were made, int32.
        states: the rule's state, each entry of it a tree like the parameters.
        key: what its draws come from, uint32 of shape (2,); None where it makes none.
    """

    count: Any
    states: Any
    key: Any


def transformation(rule: Rule | str, *, seed: int = 0) -> optax.GradientTransformationExtraArgs:
    """The rule as an Optax optimizer: it composes, nests and compiles as any other.

    `update(updates, state, params)` gives what `optax.apply_updates` adds to the parameters.
    `params` may be left out where the step does not depend on them. Schedules inside the rule
    count the steps that this transformation has made, from 1. A leaf whose gradient is None
    keeps its state.

    What a rule needs beyond the gradient comes by keyword, as extra arguments of `update`:

    - `value`, the loss at `params`, for a rule that needs the loss;
    - `grad_fn`, a function from parameters to their gradient, for a rule that asks for the
      gradient elsewhere than at `params`, such as `nesterov`; it is used instead of `updates`;
    - `value_and_grad_fn`, from parameters to the loss and the gradient, for one that needs a
      closure.

    Args:
        rule: a rule, or its text.
        seed: of the draws, where the rule makes any; from 0 to 2^32 - 1.

    Raises:
        SlalomError: no rule; later, from `init` and `update`, parameters that are not real
            floating-point arrays, or something missing that the rule needs.
    """
    rule = as_rule(rule)
    check_seed(seed)
    layout = Layout(rule)
    needs_params = functools.cache(lambda: depends_on_parameters(rule))

    def init(params: Tree) -> RuleState:
        xs, tree = jax.tree.flatten(params)
        check_parameters(params)
        key = jax.random.PRNGKey(seed) if "key" in rule.needs else None
        states = rule.init_leaves(xs)
        return RuleState(jnp.zeros((), jnp.int32), layout.gather(states, tree, xs), key)

    def update(updates: Tree, state: Any, params: Tree = None, **extra: Any) -> Any:
        if params is None and needs_params():
            raise SlalomError(f"{rule!r} steps by the parameters too: update(…, params)")
        if not isinstance(state, RuleState):
            raise SlalomError(
                f"the state is not of {rule!r}, but {type(state).__name__}: the first one is what "
                "init gives, and another library's converts by slalom.optax.from_optax"
            )
        t = optax.safe_increment(state.count)
        tree, gs, xs = leaves_of(updates, params)
        states = layout.scatter(state.states, tree, gs)
        if asks_elsewhere(rule):
            gs = _gradient_at_probes(rule, extra.get("grad_fn"), tree, gs, xs, states, t)
        given = {need: _given(need, rule, extra, state.key, t) for need in rule.needs}
        # leaves without a gradient stay out, and keep what they remember
        deltas, live = list(gs), [i for i, g in enumerate(gs) if g is not None]
        moved, stepped = rule.update_leaves(
            [gs[i] for i in live], [states[i] for i in live], [xs[i] for i in live], t, **given
        )
        for i, delta, new in zip(live, moved, stepped, strict=True):
            deltas[i], states[i] = delta, new
        return tree.unflatten(deltas), RuleState(t, layout.gather(states, tree, gs), state.key)

    return optax.GradientTransformationExtraArgs(init, update)


def injected(rule: Rule | str, *, seed: int = 0) -> optax.GradientTransformationExtraArgs:
    """`transformation`, with every number of the rule in the state, where it can be changed.

    As `optax.inject_hyperparams`: `state.hyperparams["lr"] = 0.01` counts from the next step
    on. The names are those of `slalom.rules.settings`, with _ for the dots; schedules stay in
    the rule.

    Args:
        rule: a rule, or its text.
        seed: of the draws, where the rule makes any.
    """
    rule = as_rule(rule)
    numbers = {
        name.replace(".", "_"): (name, float(value) if isinstance(value, int) else value)
        for name, value in settings(rule).items()
        if _is_number(value)
    }

    def made(**values: Any) -> optax.GradientTransformationExtraArgs:
        changed = {numbers[name][0]: value for name, value in values.items()}
        return transformation(with_settings(rule, changed, checked=False), seed=seed)

    keyword = inspect.Parameter.KEYWORD_ONLY
    made.__signature__ = inspect.Signature([inspect.Parameter(n, keyword) for n in numbers])
    return optax.inject_hyperparams(made)(**{n: value for n, (_, value) in numbers.items()})


def evaluate(rule: Rule | str, params: Tree, state: Any) -> Tree:
    """The parameters to judge, which for an averaging rule are not those that are trained.

    Args:
        rule: what `transformation` was made of.
        params: the trained parameters.
        state: the optimizer's state, in which that of the rule may lie deeper.

    Raises:
        SlalomError: the state holds no state of a rule, or several.
    """
    rule = as_rule(rule)
    [own] = own_states(state)
    xs, tree = jax.tree.flatten(params)
    return tree.unflatten(rule.evaluate_leaves(xs, Layout(rule).scatter(own.states, tree, xs)))


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
        raise SlalomError(f"seed must be a whole number from 0 to 2^32 - 1, not {seed}")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) or getattr(value, "shape", None) == ()


def _given(need: str, rule: Rule, extra: dict[str, Any], key: Any, t: Any) -> Any:
    """One of the things that a rule needs, from the extra arguments of `update`."""
    if need == "key":
        return JaxDraws(key).at(t)
    name = {"loss": "value", "closure": "value_and_grad_fn"}[need]
    if extra.get(name) is None:
        raise SlalomError(f"{rule!r} needs the {need}: update(…, params, {name}=…)")
    return extra[name]


def _gradient_at_probes(
    rule: Rule, grad_fn: Callable[[Tree], Tree] | None, tree: Any, gs: list, xs: list, states, t
) -> list[Any]:
    if grad_fn is None:
        raise SlalomError(
            f"{rule!r} asks for the gradient elsewhere than at the parameters: "
            "update(…, params, grad_fn=…), or for nesterov its form with shifted=true"
        )
    probes = [
        None if g is None else rule.probes(x, s, t) for g, x, s in zip(gs, xs, states, strict=True)
    ]
    weights = [weight for weight, _ in next(p for p in probes if p is not None)]
    total: list[Any] = [None if g is None else 0.0 * g for g in gs]
    for number, weight in enumerate(weights):
        points = [x if p is None else p[number][1] for p, x in zip(probes, xs, strict=True)]
        found = tree.flatten_up_to(grad_fn(tree.unflatten(points)))
        total = [None if a is None else a + weight * g for a, g in zip(total, found, strict=True)]
    return total
