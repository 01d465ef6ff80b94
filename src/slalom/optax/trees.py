"""Trees of parameters, and a rule's states for them, laid out as Optax's own."""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from ..errors import SlalomError
from ..rules import Rule

Tree = Any


def leaves_of(updates: Tree, params: Tree) -> tuple[Any, list[Any], list[Any]]:
    """The gradients' tree, with None for a leaf, its leaves, and the parameters beside them."""
    gs, tree = jax.tree.flatten(updates, is_leaf=lambda leaf: leaf is None)
    xs = list(gs) if params is None else tree.flatten_up_to(params)
    return tree, gs, xs


def check_parameters(params: Tree) -> None:
    """Raise unless all parameters are real floating-point arrays.

    Raises:
        SlalomError: it names the first that is not.
    """
    for place, leaf in jax.tree_util.tree_leaves_with_path(params):
        dtype = getattr(leaf, "dtype", None)
        if dtype is None and isinstance(leaf, float):
            continue
        if dtype is None or not jnp.issubdtype(dtype, jnp.floating):
            found = type(leaf).__name__ if dtype is None else dtype
            raise SlalomError(
                f"parameters must be real floating-point arrays, not {found}"
                f"{' at ' * bool(place)}{jax.tree_util.keystr(place)}"
            )


class PerLeaf(NamedTuple):
    """States that are not all of one form, one for each leaf that has a gradient."""

    leaves: tuple[Any, ...]


class Layout:
    """From a rule's state for each leaf to one state whose entries are trees, and back.

    The second is how Optax keeps its states: what `optax.tree` offers works on them, and each
    entry can be sharded as the parameters are. `like` are the leaves, or None in the place of
    one that has none.
    """

    def __init__(self, rule: Rule):
        def form(shape: tuple[int, ...], dtype: Any) -> Any:
            return jax.tree.structure(jax.eval_shape(rule.init, jax.ShapeDtypeStruct(shape, dtype)))

        self._form_of = functools.cache(form)

    def gather(self, states: list[Any], tree: Any, like: list[Any]) -> Any:
        """One state of trees; `PerLeaf` where the leaves' states are not of one form."""
        form = self._form(like)
        try:
            rows = [form.flatten_up_to(state) for state in states]
        except ValueError:
            return PerLeaf(tuple(s for s, x in zip(states, like, strict=True) if x is not None))
        columns = zip(*rows, strict=True) if rows else [()] * form.num_leaves
        return form.unflatten([tree.unflatten(column) for column in columns])

    def scatter(self, states: Any, tree: Any, like: list[Any]) -> list[Any]:
        """The state of each leaf.

        Raises:
            SlalomError: the state is of another rule, or of other parameters; or the leaves
                share one memory, and one of them has no gradient.
        """
        if isinstance(states, PerLeaf):
            if len(states.leaves) != sum(x is not None for x in like):
                raise SlalomError("this rule couples the leaves: each must have a gradient")
            rest = iter(states.leaves)
            return [None if x is None else next(rest) for x in like]
        form = self._form(like)
        try:
            columns = [tree.flatten_up_to(entry) for entry in form.flatten_up_to(states)]
        except ValueError as error:
            told = " ".join(str(error).split())
            raise SlalomError(
                f"the state is of another rule or other parameters: {told}"
            ) from error
        rows = zip(*columns, strict=True) if columns else [()] * len(like)
        return [form.unflatten(row) for row in rows]

    def _form(self, like: list[Any]) -> Any:
        first = next((x for x in like if x is not None), jnp.float32(0))
        return self._form_of(jnp.shape(first), jnp.result_type(first))
