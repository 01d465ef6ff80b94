"""What the arguments of Optax's `update` offer to the formulas of a rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp

from ..errors import SlalomError
from ..jax import JaxDraws
from ..rules import Nesterov, Rule, chain, stepping
from ..rules.leaves import Leaves
from .trees import Parameters, Tree, is_floating

_ARGUMENTS = {
    "loss": ("the loss", "value"),
    "value": ("the loss elsewhere than at the parameters", "value_fn"),
    "grad": ("the gradient elsewhere than at the parameters", "grad_fn"),
    "hvp": ("products with the Hessian", "hvp_fn"),
}
"""For what a rule may need beside gradients: its description, and the argument of `update`."""


def depends_on_parameters(rule: Rule) -> bool:
    """Whether a formula of the rule, or of one inside it, asks for the parameters."""
    if rule.needs & {"value", "grad", "hvp"}:
        return True
    formulas = (rule.formula, "gradient", "rate")
    own = any("x" in rule.arguments.get(formula, ()) for formula in formulas)
    return own or any(map(depends_on_parameters, rule.inside()))


def check_offers(rule: Rule, params: Tree, extra: Mapping[str, Any]) -> None:
    """Raise where something is missing that the rule needs; it says what to pass."""
    missing = [
        told
        for need, told in _ARGUMENTS.items()
        if need in rule.needs and extra.get(told[1]) is None
    ]
    if missing:
        what = " and ".join(words for words, _ in missing)
        arguments = ", ".join(f"{name}=…" for _, name in missing)
        inner = chain(rule)[-1]
        other = ", or its form with shifted=true" if isinstance(inner, Nesterov) else ""
        raise SlalomError(f"{rule!r} needs {what}: update(…, params, {arguments}){other}")
    if params is None and depends_on_parameters(rule):
        raise SlalomError(f"{rule!r} steps by the parameters too: update(…, params)")


def offers_of(
    known: Parameters, g: Leaves, extra: Mapping[str, Any], key: JaxDraws | None
) -> stepping.Offers:
    """What the arguments of `update` offer to formulas, over the leaves that take part.

    The functions are called with trees in which the other leaves are the parameters', and for
    `hvp_fn` 0.
    """

    def loss() -> Any:
        return jnp.asarray(extra["value"])

    def value(point: Leaves) -> Any:
        return jnp.asarray(extra["value_fn"](known.tree_of(point, known.arrays)))

    def grad(point: Leaves) -> Leaves:
        found = extra["grad_fn"](known.tree_of(point, known.arrays))
        return known.parts(found, "grad_fn")

    def hvp(u: Leaves) -> Leaves:
        still = [jnp.zeros_like(a) if is_floating(a) else None for a in known.arrays]
        return known.parts(extra["hvp_fn"](known.tree_of(u, still)), "hvp_fn")

    return stepping.Offers(lambda: g, grad, loss, value, hvp, key, leaf=known.leaf)
