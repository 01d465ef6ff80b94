"""Trees of gradients and parameters, and those leaves of them that take part in a step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from ..errors import SlalomError
from ..jax import leaf_at, path_name
from ..rules.leaves import Leaves
from ..rules.roles import Roles, check_patterns
from ..rules.rule import Leaf
from ..types import Tree


@dataclass(frozen=True)
class Parameters:
    """The leaves of a tree, of which some take part in a step.

    Attributes:
        tree: its structure, in which None is a leaf too.
        arrays: the parameter at each leaf, or whatever else stands there.
        live: the numbers of those that take part.
        leaf: what is known of those.
        everyone: what is known of each leaf that may take part, by its number.
    """

    tree: Any
    arrays: list[Any]
    live: list[int]
    leaf: list[Leaf]
    everyone: dict[int, Leaf]

    @property
    def x(self) -> Leaves:
        """The parameters that take part."""
        return Leaves([_array(self.arrays[i]) for i in self.live])

    def parts(self, tree: Tree, argument: str) -> Leaves:
        """The leaves that take part, of a tree like this one.

        Args:
            tree: it may lie deeper where a leaf is.
            argument: what gave it, for the message.

        Raises:
            SlalomError: it is another tree, or has no array at one of the leaves.
        """
        try:
            parts = self.tree.flatten_up_to(tree)
        except ValueError as error:
            message = " ".join(str(error).split())
            raise SlalomError(
                f"{argument} must give a tree like the gradients: {message}"
            ) from error
        for i, leaf in zip(self.live, self.leaf, strict=True):
            if parts[i] is None:
                raise SlalomError(f"{argument} gives None at {leaf.name or 'the leaf'}")
        return Leaves([_array(parts[i]) for i in self.live])

    def tree_of(self, parts: Leaves, rest: Sequence[Any] | None = None) -> Tree:
        """The tree with `parts` at the leaves that take part, and `rest`, or None, elsewhere."""
        column = [None] * self.tree.num_leaves if rest is None else list(rest)
        for i, part in zip(self.live, parts, strict=True):
            column[i] = part
        return self.tree.unflatten(column)

    def entry(self, entry: Any) -> Any:
        """An entry of a state: a tree if it belongs to the leaves, None where one has no part."""
        if not isinstance(entry, Leaves):
            return entry
        return self.tree_of(entry) if self.live else self.tree.unflatten(())


def taking_part(updates: Tree, params: Tree, roles: Roles) -> tuple[Parameters, Leaves]:
    """The leaves that have a gradient, not None, and their gradients.

    Without parameters the gradients tell their shapes and dtypes.
    """
    places, tree = jax.tree_util.tree_flatten_with_path(updates, is_leaf=_is_none)
    gs = [g for _, g in places]
    arrays = gs if params is None else tree.flatten_up_to(params)
    live = [i for i, g in enumerate(gs) if g is not None]
    found = _parameters(tree, [path for path, _ in places], arrays, live, roles)
    return found, Leaves([_array(gs[i]) for i in live])


def all_of(params: Tree, roles: Roles) -> Parameters:
    """All leaves of a tree of parameters but those that are no real floating-point arrays."""
    places, tree = jax.tree_util.tree_flatten_with_path(params)
    arrays = [array for _, array in places]
    live = [i for i, array in enumerate(arrays) if is_floating(array)]
    return _parameters(tree, [path for path, _ in places], arrays, live, roles)


def check_parameters(params: Tree) -> None:
    """Raise unless all parameters are real floating-point arrays.

    Raises:
        SlalomError: it names the first that is not.
    """
    for place, leaf in jax.tree_util.tree_leaves_with_path(params):
        if not is_floating(leaf):
            dtype = getattr(leaf, "dtype", None)
            is_complex = dtype is not None and jnp.issubdtype(dtype, jnp.complexfloating)
            instead = ": wrap it in optax.contrib.split_real_and_imaginary" * is_complex
            raise SlalomError(
                "parameters must be real floating-point arrays, got "
                f"{type(leaf).__name__ if dtype is None else dtype}"
                f"{' at ' * bool(place)}{jax.tree_util.keystr(place)}{instead}"
            )


def is_floating(leaf: Any) -> bool:
    """Whether a leaf is a real floating-point array, or a Python number that stands for one."""
    dtype = getattr(leaf, "dtype", None)
    return isinstance(leaf, float) if dtype is None else jnp.issubdtype(dtype, jnp.floating)


def _parameters(
    tree: Any, paths: Sequence[Any], arrays: list[Any], live: list[int], roles: Roles
) -> Parameters:
    if paths:  # a tree without leaves stands for all trees
        check_patterns(roles, map(path_name, paths))
    known = {}
    for i, (path, array) in enumerate(zip(paths, arrays, strict=True)):
        if array is None:  # neither a gradient nor a parameter: its name alone is known
            known[i] = Leaf(path_name(path), (), -1)
        elif i in live or is_floating(array):
            known[i] = leaf_at(path, _array(array), roles)
    return Parameters(tree, arrays, live, [known[i] for i in live], known)


def _array(a: Any) -> Any:
    return a if isinstance(a, jax.Array) else jnp.asarray(a)


def _is_none(leaf: Any) -> bool:
    return leaf is None
