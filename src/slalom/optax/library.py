"""Transformations of Optax as rules."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from optax import contrib

from ..errors import SlalomError
from ..rules import Rule
from ..rules.leaves import Leaves
from ..types import Tree

UPDATES = {
    frozenset(): "update",
    frozenset({"loss"}): "update_by_loss",
    frozenset({"loss", "value"}): "update_by_search",
}
"""The formula of a rule by what its transformation takes beside gradient and parameters."""


@dataclass(frozen=True)
class OptaxRule(Rule, name="optax"):
    """What every rule made of an Optax transformation has in common.

    The transformation sees all leaves at once: one array as it is, several as a list. Its state
    is shared by them, and is of those leaves that it began with: each of them must take part in
    every step.
    """

    coupled = True
    updates = tuple(UPDATES.values())
    _instead: ClassVar[str] = ""
    """what to type where it cannot step, at the end of the line that says so"""

    def built(self) -> optax.GradientTransformation:
        """The transformation, of this rule's numbers."""
        raise SlalomError(f"{type(self).__name__} has no built method")

    def init(self, x):
        self._check_arrays(x)
        with _precision(x):
            return _stored(self.built().init(_tree(x)))

    def _check_arrays(self, xs: Leaves) -> None:
        for x in xs:
            if not isinstance(x, (np.ndarray, np.generic, jax.Array)):
                own = f"{self.name} steps arrays of JAX and NumPy, not {type(x).__name__}"
                raise SlalomError(f"{own}{self._instead}")

    def update(self, g, state, x):
        return self._updated(g, state, x, {})

    def update_by_loss(self, g, loss, state, x):
        return self._updated(g, state, x, {"value": loss})

    def update_by_search(self, g, loss, value, state, x):
        given = {"value": loss, "grad": _tree(g), "value_fn": _traceable(value, len(x))}
        return self._updated(g, state, x, given)

    def _updated(
        self, g: Leaves, state: Any, x: Leaves, given: dict[str, Any]
    ) -> tuple[Leaves, Any]:
        with _precision(x):
            tx: Any = optax.with_extra_args_support(self.built())
            try:
                found, after = tx.update(_tree(g), _taken(state), _tree(x), **given)
            except (TypeError, ValueError) as error:
                _check_given(self, error)
                if jax.tree.structure(state) == jax.tree.structure(jax.eval_shape(self.init, x)):
                    raise
                raise SlalomError(
                    f"the state of {self!r} is not of these {len(x)} leaves: each leaf that it "
                    "began with must have a gradient"
                ) from error
            deltas = _leaves(found, len(x))
            delta = Leaves([_like(a, delta) for a, delta in zip(x, deltas, strict=True)])
            return delta, jax.tree.map(_like, state, _stored(after))

    def evaluate(self, x, state):
        # a schedule-free optimizer is judged elsewhere than where it asks for the gradient
        parts = jax.tree.leaves(state, is_leaf=_is_schedule_free)
        free = [part for part in parts if _is_schedule_free(part)]
        if len(free) != 1:
            return x
        with _precision(x):
            judged = _leaves(contrib.schedule_free_eval_params(free[0], _tree(x)), len(x))
        return Leaves([_like(a, point) for a, point in zip(x, judged, strict=True)])


@dataclass(frozen=True)
class Custom(OptaxRule, name="optax:<custom>"):
    """A rule made of one transformation; known by it, and without numbers of its own."""

    tx: Any = dataclasses.field(metadata={"kind": "convention", "doc": "the transformation"})
    label: str = dataclasses.field(
        default="custom", metadata={"kind": "convention", "doc": "what it prints as"}
    )
    takes: frozenset = dataclasses.field(
        default=frozenset(), metadata={"kind": "convention", "doc": "what else it takes"}
    )

    @property
    def formula(self):
        return UPDATES[self.takes]

    def __post_init__(self):
        tx = self.tx  # a named tuple, of which the check would make a tuple
        super().__post_init__()
        object.__setattr__(self, "tx", tx)

    def built(self):
        return self.tx

    def text(self, full: bool = False) -> str:
        """What it prints as; it stands for no rule that could be read back."""
        return f"optax:<{self.label}>"


def rule(
    tx: optax.GradientTransformation, name: str = "custom", *, needs: frozenset[str] | tuple = ()
) -> OptaxRule:
    """Any Optax transformation as a rule, to race, respond and be benched.

    It prints as `optax:<name>`, which is not read back: what the command line reads is
    `optax:lion(0.01)`, an optimizer of Optax by name. It steps JAX and NumPy arrays.

    Args:
        tx: the transformation. Labels and masks in it, where it has any, are for one array,
            or for the list of a tree's leaves.
        name: what it is called in tables and pictures.
        needs: what its update takes beyond gradient and parameters: `loss` is handed on as
            Optax's `value`; `value`, the loss as a function of the point, as `value`, `grad` and
            `value_fn`, as line searches take them.

    Raises:
        SlalomError: `tx` is no transformation, or `needs` has something else in it.
    """
    if not (callable(getattr(tx, "init", None)) and callable(getattr(tx, "update", None))):
        raise SlalomError(f"tx must be an Optax transformation, got {tx!r}")
    if not set(needs) <= {"loss", "value"}:
        raise SlalomError(f"needs must be of loss and value, got {sorted(needs)}")
    if not isinstance(name, str) or not name.isprintable():
        raise SlalomError(f"name must be printable characters, got {name!r}")
    return Custom(tx, name, frozenset({"loss", *needs} if needs else ()))


def _check_given(rule: OptaxRule, error: Exception) -> None:
    """Raise where a transformation lacks an argument that `needs` would have given it."""
    found = re.search(r"missing \d+ required .*arguments?: (.*)", str(error))
    asked = set(re.findall(r"'(\w+)'", found[1])) if found else set()
    if not asked:
        return
    if not asked <= {"value", "grad", "value_fn"}:
        raise SlalomError(f"{rule!r} asks for {', '.join(sorted(asked))}, which no loop gives")
    needs = "loss" if asked == {"value"} else "value"
    raise SlalomError(
        f'{rule!r} asks for {", ".join(sorted(asked))}: make it by rule(tx, needs={{"{needs}"}})'
    )


def _is_schedule_free(part: Any) -> bool:
    return isinstance(part, contrib.ScheduleFreeState)


class Key(NamedTuple):
    """A random key as an array of numbers, which NumPy and files can hold."""

    data: Any


def _stored(state: Any) -> Any:
    def keep(leaf: Any) -> Any:
        is_key = jnp.issubdtype(getattr(leaf, "dtype", float), jax.dtypes.prng_key)
        return Key(jax.random.key_data(leaf)) if is_key else leaf

    return jax.tree.map(keep, state)


def _taken(state: Any) -> Any:
    def take(part: Any) -> Any:
        return jax.random.wrap_key_data(part.data) if isinstance(part, Key) else part

    return jax.tree.map(take, state, is_leaf=lambda part: isinstance(part, Key))


def _tree(leaves: Leaves) -> Tree:
    return leaves[0] if len(leaves) == 1 else list(leaves)


def _leaves(tree: Tree, count: int) -> Leaves:
    return Leaves([tree] if count == 1 else tree)


def _precision(xs: Leaves) -> Any:
    """A context in which JAX keeps the dtypes of NumPy's arrays."""
    return jax.enable_x64(
        bool(jax.config.read("jax_enable_x64")) or any(x.dtype == np.float64 for x in xs)
    )


def _like(before: Any, after: Any) -> Any:
    """`after` in the library and dtype of `before`, which a step may have promoted."""
    if isinstance(before, (np.ndarray, np.generic)):
        return np.asarray(after, before.dtype)
    return after if after.dtype == before.dtype else after.astype(before.dtype)


def _traceable(value: Callable[[Leaves], Any], count: int) -> Callable[[Tree], Any]:
    """The loss as a function of the point, for a line search, which traces it."""

    def at(point: Tree) -> Any:
        try:
            return value(_leaves(point, count))
        except (jax.errors.ConcretizationTypeError, jax.errors.TracerArrayConversionError) as error:
            raise SlalomError(
                "a line search of Optax calls the function within JAX: it must be one that JAX "
                "can trace"
            ) from error

    return at
