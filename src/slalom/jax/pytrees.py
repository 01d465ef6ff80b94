"""Rules and schedules as pytrees: hyperparameters are leaves, conventions are static.

Importing this module registers every class of values, and every one defined later.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp

from ..rules.leaves import Leaves
from ..rules.roles import Roles, role_by
from ..rules.rule import HOLDS_RULE, Leaf
from ..rules.value import Value, is_hyper, on_new_class


def _flatten(value: Value) -> tuple[list[tuple[Any, Any]], Any]:
    leaves, static = [], []
    for field in dataclasses.fields(value):
        content = getattr(value, field.name)
        if is_hyper(field) or field.metadata.get("kind") in HOLDS_RULE:
            leaves.append((jax.tree_util.GetAttrKey(field.name), content))
        else:
            static.append((field.name, content))
    return leaves, tuple(static)


def _register(cls: type[Value]) -> None:
    # fields are read when needed: this runs before @dataclass has processed the class
    def unflatten(static: Any, leaves: Any) -> Value:
        names = (f.name for f in dataclasses.fields(cls) if f.name not in dict(static))
        new = object.__new__(cls)  # unchecked: a tree operation may put anything into a leaf
        for name, content in (*static, *zip(names, leaves, strict=True)):
            object.__setattr__(new, name, content)
        return new

    jax.tree_util.register_pytree_with_keys(cls, _flatten, unflatten)


def leaves_of(tree: Any) -> tuple[Leaves, list[Leaf]]:
    """The arrays of a tree of parameters, and what is known of each by its path and shape.

    The outputs of a matrix are its last axis, as JAX's layers have it.
    """
    places = jax.tree_util.tree_leaves_with_path(tree)
    return Leaves([array for _, array in places]), [leaf_at(path, array) for path, array in places]


def leaf_at(path: Any, array: Any, roles: Roles = None) -> Leaf:
    """What is known of an array by its path in a tree, its shape, and the roles a user gave."""
    name, shape = path_name(path), jnp.shape(array)
    return Leaf(name, shape, -1, role_by(roles, name, shape))


def path_name(path: Any) -> str:
    """The name of a leaf: its path in the tree, `layers.0.weight`."""
    return ".".join(map(_written, path))


def _written(key: Any) -> str:
    return str(getattr(key, "name", getattr(key, "key", getattr(key, "idx", key))))


on_new_class(_register)
jax.tree_util.register_pytree_node(
    Leaves, lambda leaves: (leaves.parts, None), lambda _, parts: Leaves(parts)
)
