"""What a rule is: formulas over one array, or over all leaves of a tree as one vector."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Protocol

from array_api_compat import array_namespace

from ..errors import SlalomError, unknown
from ..types import State
from .counterpart import ASKED, Counterpart, preset
from .leaf import Leaf
from .leaves import Array, Leaves, dtype_of, namespace
from .value import Value, own_fields
from .vocabulary import Number

HOLDS_RULE = ("inner", "part")
"""The kinds of field that hold a rule: that of a wrapper, and those of a partition."""

__all__ = ["Array", "Draws", "Leaf", "Leaves", "Number", "Rule", "State", "namespace"]

ASKED_OF_LOOPS = ("g", "grad", "loss", "value", "hvp", "key")
"""What a loop offers to formulas, beside the iterate, the step and the state."""

FORMULAS = {
    "init": ("x", "leaf"),
    "update": (*ASKED_OF_LOOPS, "x", "t", "state", "leaf", "step"),
    "gradient": ("g", "x", "t", "key", "leaf"),
    "evaluate": ("x", "state", "leaf"),
    "rate": ("state", "after", "x", "t", "leaf", "step"),
}
"""The formulas of a rule, and what each may name as arguments."""


class Draws(Protocol):
    """A source of random numbers that an engine hands to formulas that ask for `key`."""

    def split(self) -> tuple[Draws, Draws]:
        """Two sources whose draws are independent of each other."""
        ...

    def normal(self, like: Array) -> Array:
        """Draws of N(0, 1) with the shape and dtype of `like`."""
        ...

    def signs(self, like: Array) -> Array:
        """Draws of -1 and 1, equally likely, with the shape and dtype of `like`."""
        ...


@dataclass(frozen=True)
class Rule(Value):
    """An update rule with its hyperparameters: an immutable value.

    A subclass is a frozen dataclass whose methods are formulas, written with operators and the
    words of `slalom.rules.vocabulary`, so that the same lines run on NumPy and PyTorch arrays
    and trace under JAX:

        @dataclass(frozen=True)
        class SignMomentum(Rule, name="sign_momentum"):
            lr: float = hyper(0.01, "learning rate")
            beta: float = hyper(0.9, "decay of the average", "[0, 1)")

            def init(self, x):
                return MomentumState(zeros(x))

            def update(self, g, state):
                v = ema(self.beta, state.v, g)
                return -self.lr * sign(v), MomentumState(v)

    A formula gets what its arguments name, in any order:

        g       the gradient at the iterate
        grad    the gradient as a function of the point, on the same batch (coupled rules)
        loss    the loss at the iterate, on the batch of g, a scalar
        value   the loss as a function of the point, on the same batch (coupled rules)
        hvp     the Hessian at the iterate times a vector (coupled rules)
        key     a source of random numbers, `Draws`
        x, t    the iterate; the number of this step, from 1: an int, or traced and real
        state   what `init` or the step before gave
        leaf    name, shape, layout and role of the parameter, a `Leaf`
        step    in wrappers, the rule inside
        after   in `rate`, the state after the step

    A formula is called for each array of a tree; where `coupled` it is called once, with all of
    them as one vector, `Leaves`. Every hyperparameter is a number by then: a schedule has been
    called with `t`, and an array has the dtype of `x`.
    """

    coupled: ClassVar[bool] = False
    """Whether the formulas take all leaves as one vector, rather than one leaf at a time."""
    batched: ClassVar[bool] = False
    """Whether the update also takes a batch: arrays of one shape, on one more axis before their
    own, with the `leaf` of any of them. `x`, `g` and the state are batches then."""
    updates: ClassVar[tuple[str, ...]] = ("update",)
    """The methods that are an update; `formula` says which of them it is."""
    wraps: ClassVar[bool] = False
    """Whether it stands around a rule, which its formulas get as `step`."""
    arguments: ClassVar[dict[str, tuple[str, ...]]] = {}
    """What each formula of the class asks for, by the name of the formula."""

    known: ClassVar[tuple[Counterpart, ...]] = ()
    """The same rule in other libraries."""

    init: ClassVar[Callable[..., State]]
    """The state before the first step: a named tuple of arrays; default ()."""
    update: ClassVar[Callable[..., tuple[Array, State]]]
    """What to add to the iterate, and the new state."""
    evaluate: ClassVar[Callable[..., Array]]
    """The point to judge; default the iterate. It is of no step, so schedules are not called."""
    rate: ClassVar[Callable[..., Number]]
    """What a step is proportional to; default `lr`."""
    stuck: ClassVar[Callable[..., Any]]
    """Of a rule that finds its own rate: whether it is the first one still, a `stuck.Stuck`."""

    def __init_subclass__(cls, **kwargs: Any):
        super().__init_subclass__(**kwargs)
        known = {**FORMULAS, **dict.fromkeys(cls.updates, FORMULAS["update"])}
        own = [name for name in cls.__dict__ if name in known]
        cls.arguments = cls.arguments | {n: _asked(cls, n, cls.__dict__[n], known[n]) for n in own}

    @property
    def formula(self) -> str:
        """The name of the method that is the update, where a convention chooses among several."""
        return "update"

    @property
    def needs(self) -> frozenset[str]:
        """What the rule asks a loop for, out of `g`, `grad`, `loss`, `value`, `hvp` and `key`."""
        asked = set(self.arguments.get(self.formula, ())) & set(ASKED_OF_LOOPS)
        if "key" in self.arguments.get("gradient", ()):
            asked.add("key")
        return frozenset(asked).union(*(rule.needs for rule in self.inside()))

    @property
    def asks(self) -> frozenset[str]:
        """What its own formulas ask for, out of `FORMULAS`; of several updates the one it takes."""
        skipped = {name for name in self.updates if name != self.formula}
        taken = (asked for name, asked in self.arguments.items() if name not in skipped)
        return frozenset(one for asked in taken for one in asked)

    def inside(self) -> tuple[Rule, ...]:
        """The rules that this one holds in its fields."""
        held = (getattr(self, f.name) for f in fields(self) if f.metadata.get("kind") in HOLDS_RULE)
        return tuple(rule for rule in held if rule is not None)

    def begin(self, x: Any, leaf: Iterable[Leaf] | None = None) -> State:
        """The state before the first step.

        Args:
            x: an array, or a list of arrays. For a list each entry of the state that belongs to
                the arrays is `Leaves`, one part for each.
            leaf: what is known of each array beside its shape.
        """
        from . import calls

        return calls.begin(self, x, leaf)

    def step(
        self, x: Any, g: Any, state: State, t: int = 1, leaf: Iterable[Leaf] | None = None, **offers
    ) -> tuple[Any, State]:
        """What to add to `x`, and the new state.

        Args:
            x: an array, or a list of arrays.
            g: the gradient there, alike; None for a rule that asks for none.
            state: what `begin` or the step before gave.
            t: the number of this step, from 1.
            leaf: what is known of each array beside its shape.
            offers: what the rule `needs` beyond the gradient: `grad`, `value` and `hvp`, functions
                of what is like `x`; `loss`, a number; `key`, a source of draws.

        Raises:
            SlalomError: something that the rule asks for is missing, or an offer is none of these;
                there is not one gradient for each array.
        """
        from . import calls

        return calls.step(self, x, g, state, t, leaf, offers)

    def judged(self, x: Any, state: State, leaf: Iterable[Leaf] | None = None) -> Any:
        """The point to judge, an array or a list as `x` is, where the iterate is `x`."""
        from . import calls

        return calls.judged(self, x, state, leaf)

    @classmethod
    def like(cls, library: str, /, **settings: Any) -> Any:
        """This rule with the formula and the defaults that it has elsewhere.

            Adam.like("keras")
            RMSProp.like("torch", momentum=0.9, centered=True)

        A number that the library asks for, such as every `lr` of Optax, is Slalom's own.
        In text it is `adam@keras`; `slalom rules adam` shows how the libraries differ.

        Args:
            library: `paper`, `torch`, `keras`, `optax`, `lasagne`, or a package of `known`.
            settings: what to set otherwise, in the words of this rule; a word that means
                something else in the library, as Optax's `amsgrad=True`, means that.

        Raises:
            SlalomError: the library has no such rule, or a setting is not allowed.
        """
        counterpart = preset(vars(cls).get("known", ()), library, cls.name)
        own = {name: value for name, value in counterpart.settings.items() if value is not ASKED}
        names = [field.name for field in own_fields(cls)]
        for name in settings:
            if name not in names:
                raise SlalomError(f"{cls.name}: {unknown('argument', name, names)}")
        return cls(**{**own, **counterpart.meant(settings)})

    def at(self, t: Any, x: Array | Leaves) -> Any:
        """This rule with the numbers of step `t`: schedules called, arrays in the dtype of `x`.

        For `Leaves` it is the widest of their dtypes, float32 at least.
        """
        like = x[0] if isinstance(x, Leaves) else x
        xp, dtype = array_namespace(like), dtype_of(x)
        found = {f.name: _number_at(getattr(self, f.name), t, xp, dtype) for f in fields(self)}
        changed = {k: v for k, v in found.items() if v is not getattr(self, k)}
        return self.rebuilt(**changed) if changed else self


def _asked(cls: type[Rule], name: str, formula: Any, allowed: Sequence[str]) -> tuple[str, ...]:
    """The names of a formula's arguments.

    Raises:
        SlalomError: one of them is nothing that a formula can ask for.
    """
    where = f"{cls.__name__}.{name}"
    if not callable(formula):
        raise SlalomError(f"{where} must be a method, a formula: give a field another name")
    _, *parameters = inspect.signature(formula).parameters.values()
    known = [n for n in allowed if n != "step" or cls.wraps]
    for one in parameters:
        if one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD):
            raise SlalomError(f"{where} must name its arguments, out of {', '.join(known)}")
        if one.name not in known and one.default is one.empty:
            raise SlalomError(f"{where}: {unknown('argument', one.name, known)}")
        if one.name in ("grad", "value", "hvp") and not cls.coupled:
            raise SlalomError(
                f"{where} asks for {one.name}, a function of all leaves: set coupled = True in "
                f"{cls.__name__}"
            )
    return tuple(one.name for one in parameters if one.name in known)


def _number_at(value: Any, t: Any, xp: Any, dtype: Any) -> Any:
    if hasattr(value, "dtype"):  # np.float64 too, which is a float but would promote
        # what JAX traces a Python number as yields to the dtype of any array, as the number does
        stays = value.dtype == dtype or getattr(value, "weak_type", False)
        return value if stays else xp.astype(xp.asarray(value), dtype)
    if isinstance(value, tuple):
        found = tuple(_number_at(v, t, xp, dtype) for v in value)
        return value if all(a is b for a, b in zip(found, value, strict=True)) else found
    if isinstance(value, Leaves):
        return Leaves([_number_at(v, t, xp, dtype) for v in value])
    if isinstance(value, Value) and not isinstance(value, Rule):
        return value(t, xp, dtype)  # pyright: ignore[reportCallIssue] (a schedule)
    return value
