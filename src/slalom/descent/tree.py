"""Rules and schedules as JAX pytrees: hyperparameters are leaves, conventions are static.

Importing this module registers every class of values, and every one defined later.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import jax

from ..rules.value import Value, is_hyper, on_new_class


def _flatten(value: Value) -> tuple[list[tuple[Any, Any]], Any]:
    leaves, static = [], []
    for field in dataclasses.fields(value):
        content = getattr(value, field.name)
        if is_hyper(field) or field.metadata.get("kind") == "inner":
            leaves.append((jax.tree_util.GetAttrKey(field.name), content))
        else:
            static.append((field.name, content))
    return leaves, tuple(static)


def _register(cls: type[Value]) -> None:
    # the fields are looked up late: here @dataclass has not yet seen the class
    def unflatten(static: Any, leaves: Any) -> Value:
        names = (f.name for f in dataclasses.fields(cls) if f.name not in dict(static))
        new = object.__new__(cls)  # unchecked: a tree operation may put anything into a leaf
        for name, content in (*static, *zip(names, leaves, strict=True)):
            object.__setattr__(new, name, content)
        return new

    jax.tree_util.register_pytree_with_keys(cls, _flatten, unflatten)


on_new_class(_register)
