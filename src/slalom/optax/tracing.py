"""What a rule's step depends on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from ..jax import JaxDraws
from ..rules import Rule, Schedule, settings


def depends_on_parameters(rule: Rule) -> bool:
    """Whether a step depends on the parameters, and not only on their shape and dtype."""
    traced = jax.make_jaxpr(_step(rule))(jnp.ones(()), jnp.int32(1)).jaxpr
    reached = {traced.invars[0]}
    for equation in traced.eqns:
        if any(_is_in(reached, atom) for atom in equation.invars):
            reached.update(equation.outvars)
    return any(_is_in(reached, atom) for atom in traced.outvars)


def depends_on_count(rule: Rule) -> bool:
    """Whether a step depends on the number of the steps before."""
    if any(isinstance(value, Schedule) for value in settings(rule).values()):
        return True
    first, second, later = (_step(rule)(jnp.ones(()), t) for t in (1, 2, 1000))
    return not jax.tree.all(jax.tree.map(lambda a, b, c: a == b and b == c, first, second, later))


def asks_elsewhere(rule: Rule) -> bool:
    """Whether the rule asks for the gradient elsewhere than at the iterate."""
    x = jnp.ones(())
    [state] = rule.init_leaves([x])
    probes = rule.probes(x, state)
    return len(probes) != 1 or probes[0][1] is not x


def _step(rule: Rule) -> Callable[[Any, Any], Any]:
    """A step as a function of `x` and `t` alone."""
    one = jnp.ones(())
    states = rule.init_leaves([one])
    known = {
        "key": JaxDraws(jax.random.PRNGKey(0)),
        "loss": one,
        "closure": lambda points: (one, points),
    }
    extra = {need: known[need] for need in rule.needs}
    return lambda x, t: rule.update_leaves([one], states, [x], t, **extra)


def _is_in(variables: set[Any], atom: Any) -> bool:
    return not hasattr(atom, "val") and atom in variables  # a literal has a value, and no hash
