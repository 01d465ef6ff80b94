"""Transformations of Optax as rules."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from optax import contrib

from ..errors import SlalomError
from ..rules import Rule

Tree = Any


@dataclass(frozen=True)
class OptaxRule(Rule, name="optax"):
    """What every rule made of an Optax transformation has in common.

    The transformation sees all leaves at once: one array as it is, several as a list. What it
    remembers is the state of the first leaf; the others have none of their own.
    """

    def built(self) -> optax.GradientTransformation:
        """The transformation, of this rule's numbers."""
        raise SlalomError(f"{type(self).__name__} has no built method")

    def init(self, x):
        [state] = self.init_leaves([x])
        return state

    def init_leaves(self, xs):
        _check_arrays(self.name, xs)
        with _precision(xs):
            state = _stored(self._at(1, xs).built().init(_tree(xs))) if xs else None
        return [state, *[None] * (len(xs) - 1)][: len(xs)]

    def update(self, g, state, x, t, **extra):
        [delta], [state] = self.update_leaves([g], [state], [x], t, **extra)
        return delta, state

    def update_leaves(self, gs, states, xs, t, **extra):
        if not xs:
            return [], []
        before, rest = states[0], states[1:]
        with _precision(xs):
            tx = optax.with_extra_args_support(self._at(t, xs).built())
            given = _given(extra, gs)
            found: Any = tx.update(_tree(gs), _taken(before), _tree(xs), **given)
            updates, after = found
            deltas = [updates] if len(xs) == 1 else updates
            return (
                [_like(x, delta) for x, delta in zip(xs, deltas, strict=True)],
                [jax.tree.map(_like, before, _stored(after)), *rest],
            )

    def evaluate(self, x, state):
        [point] = self.evaluate_leaves([x], [state])
        return point

    def evaluate_leaves(self, xs, states):
        # a schedule-free optimizer is judged elsewhere than where it asks for the gradient
        parts = jax.tree.leaves(states[:1], is_leaf=_is_schedule_free)
        free = [part for part in parts if _is_schedule_free(part)]
        if len(free) != 1:
            return list(xs)
        with _precision(xs):
            judged = contrib.schedule_free_eval_params(free[0], _tree(xs))
        points = [judged] if len(xs) == 1 else judged
        return [_like(x, point) for x, point in zip(xs, points, strict=True)]

    def _at(self, t: Any, xs: Sequence[Any]) -> Any:
        return self.at(t, max(xs, key=lambda x: jnp.finfo(x.dtype).bits))


@dataclass(frozen=True)
class Custom(OptaxRule, name="optax:<custom>"):
    """A rule made of one transformation; known by it, and without numbers of its own."""

    tx: Any = dataclasses.field(metadata={"kind": "convention", "doc": "the transformation"})
    label: str = dataclasses.field(
        default="custom", metadata={"kind": "convention", "doc": "what it prints as"}
    )
    takes: frozenset = dataclasses.field(
        default=frozenset(), metadata={"kind": "convention", "doc": "what it needs"}
    )

    @property
    def needs(self):  # pyright: ignore[reportIncompatibleVariableOverride]
        """What the transformation takes beyond the gradient."""
        return self.takes

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
            Optax's `value`; `closure` as `value`, `grad` and `value_fn`, as line searches
            take them.

    Raises:
        SlalomError: `tx` is no transformation, or `needs` has something else in it.
    """
    if not (callable(getattr(tx, "init", None)) and callable(getattr(tx, "update", None))):
        raise SlalomError(f"an Optax rule is made of a transformation, not {tx!r}")
    if not set(needs) <= {"loss", "closure"}:
        raise SlalomError(f"an Optax rule can need loss or closure, not {sorted(needs)}")
    if not isinstance(name, str) or not name.isprintable():
        raise SlalomError(f"a name is a word of printable characters, not {name!r}")
    return Custom(tx, name, frozenset(needs))


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


def _check_arrays(owner: str, xs: Sequence[Any]) -> None:
    for x in xs:
        if not isinstance(x, (np.ndarray, np.generic, jax.Array)):
            raise SlalomError(f"{owner} steps arrays of JAX and NumPy, not {type(x).__name__}")


def _tree(leaves: Sequence[Any]) -> Tree:
    return leaves[0] if len(leaves) == 1 else list(leaves)


def _precision(xs: Sequence[Any]) -> Any:
    """A context in which JAX keeps the dtypes of NumPy's arrays."""
    return jax.enable_x64(
        bool(jax.config.read("jax_enable_x64")) or any(x.dtype == np.float64 for x in xs)
    )


def _like(before: Any, after: Any) -> Any:
    """`after` in the library and dtype of `before`, which a step may have promoted."""
    if isinstance(before, (np.ndarray, np.generic)):
        return np.asarray(after, before.dtype)
    return after if after.dtype == before.dtype else after.astype(before.dtype)


def _given(extra: dict[str, Any], gs: Sequence[Any]) -> dict[str, Any]:
    """What a rule needs, under the names that Optax has for it."""
    given: dict[str, Any] = {"value": extra["loss"]} if "loss" in extra else {}
    if "closure" in extra:
        if len(gs) > 1:
            raise SlalomError("a line search of Optax goes over one array, not over several")
        given |= {"grad": gs[0], "value_fn": _traced(extra["closure"])}
    return given


def _traced(closure: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The value that a closure gives, for a line search, which traces it."""

    def value(x: Any) -> Any:
        try:
            return closure(x)[0]
        except (jax.errors.ConcretizationTypeError, jax.errors.TracerArrayConversionError) as error:
            raise SlalomError(
                "a line search of Optax calls the function within JAX: it must be one that JAX "
                "can trace"
            ) from error

    return value
