"""What a rule is: pure methods over one array, on NumPy, PyTorch and JAX alike."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Protocol

from array_api_compat import array_namespace

from ..errors import SlalomError
from .value import Value

Array = Any
State = Any
Number = Any  # a float, an array of no dimensions, or a schedule of them
Probes = tuple[tuple[Any, Array], ...]


class Draws(Protocol):
    """A source of random numbers that an engine hands to rules that need a `key`."""

    def split(self) -> tuple[Draws, Draws]:
        """Two sources whose draws are independent of each other."""
        ...

    def normal(self, like: Array) -> Array:
        """Draws of N(0, 1) with the shape and dtype of `like`."""
        ...


@dataclass(frozen=True)
class Rule(Value):
    """An update rule with its hyperparameters: an immutable value.

    A subclass is a frozen dataclass that says what it remembers (`init`) and how it steps
    (`update`). Both are formulas over one array `x` of any shape, written with operators and
    the array's own namespace (`namespace(x)`), so the same lines run on NumPy and PyTorch
    arrays and trace under JAX:

        @dataclass(frozen=True)
        class SignDescent(Rule, name="sign_descent"):
            lr: float = hyper(0.01, "learning rate")

            def init(self, x):
                return ()

            def update(self, g, state, x, t):
                return -self.lr * namespace(g).sign(g), state

    Inside the methods every hyperparameter is a number already: a schedule has been called
    with `t`, and an array has the dtype of `x`.
    """

    elementwise: ClassVar[bool] = False
    """Whether each component of `x` is updated by itself; only such rules can be fused."""
    needs: ClassVar[frozenset[str]] = frozenset()
    """What `update` takes beyond the gradient, by keyword: `key`, `loss`, `closure`."""

    def __init_subclass__(cls, **kwargs: Any):
        for method, lift in _LIFTS.items():
            if method in cls.__dict__:
                setattr(cls, method, lift(cls.__dict__[method]))
        super().__init_subclass__(**kwargs)

    def init(self, x: Array) -> State:
        """The state before the first step: a named tuple of arrays like `x`, or of scalars."""
        return ()

    def probes(self, x: Array, state: State, t: Any = 1) -> Probes:
        """Where the rule asks for the gradient: weighted points; `update` gets the weighted sum."""
        return ((1.0, x),)

    def update(self, g: Array, state: State, x: Array, t: Any, **extra: Any) -> tuple[Array, State]:
        """What to add to `x`, and the new state.

        Args:
            g: the gradient at the probes, shaped like `x`.
            state: what `init` or the step before returned.
            x: the iterate.
            t: the number of this step, from 1; a Python int, or traced in JAX.
            extra: what the rule `needs`.
        """
        raise SlalomError(f"{type(self).__name__} has no update method")

    def evaluate(self, x: Array, state: State) -> Array:
        """The point to judge, where it is not the iterate."""
        return x

    def init_leaves(self, xs: Sequence[Array]) -> list[State]:
        """`init` over all arrays of a tree; rules with one memory for all of them override this."""
        return [self.init(x) for x in xs]

    def update_leaves(
        self,
        gs: Sequence[Array],
        states: Sequence[State],
        xs: Sequence[Array],
        t: Any,
        **extra: Any,
    ) -> tuple[list[Array], list[State]]:
        """`update` over all arrays of a tree; rules that couple them override this."""
        steps = [self.update(*leaf, t, **extra) for leaf in zip(gs, states, xs, strict=True)]
        return [delta for delta, _ in steps], [state for _, state in steps]

    def evaluate_leaves(self, xs: Sequence[Array], states: Sequence[State]) -> list[Array]:
        """`evaluate` over all arrays of a tree."""
        return [self.evaluate(x, state) for x, state in zip(xs, states, strict=True)]

    @classmethod
    def like(cls, library: str, /, **settings: Any) -> Any:
        """This rule with the formula and the defaults that it has elsewhere.

            Adam.like("keras")
            RMSProp.like("torch", momentum=0.9, centered=True)

        A number that the library asks for, such as every `lr` of Optax, is Slalom's own.
        In text it is `adam@keras`; `slalom rules adam` shows how the libraries differ.

        Args:
            library: `paper`, `torch`, `keras`, `optax` or `lasagne`.
            settings: what to set otherwise, in the words of this rule; a word that means
                something else in the library, as Optax's `amsgrad=True`, means that.

        Raises:
            SlalomError: the library has no such rule, or a setting is not allowed.
        """
        from .presets import preset

        return preset(cls, library)(**settings)

    def at(self, t: Any, x: Array) -> Any:
        """This rule with the numbers of step `t`: schedules called, arrays in the dtype of `x`."""
        found = {f.name: _number_at(getattr(self, f.name), t, x) for f in fields(self)}
        changed = {k: v for k, v in found.items() if v is not getattr(self, k)}
        return self.rebuilt(**changed) if changed else self


def namespace(*arrays: Array) -> Any:
    """The array library of the arguments, in the form of the array API standard."""
    return array_namespace(*arrays)


def _number_at(value: Any, t: Any, x: Array) -> Any:
    if hasattr(value, "dtype"):  # np.float64 too, which is a float but would promote
        xp = array_namespace(x)
        return value if value.dtype == x.dtype else xp.astype(xp.asarray(value), x.dtype)
    if isinstance(value, tuple):
        found = tuple(_number_at(v, t, x) for v in value)
        return value if all(a is b for a, b in zip(found, value, strict=True)) else found
    if isinstance(value, Rule):
        return value.at(t, x)
    if isinstance(value, Value):
        return value(t, array_namespace(x), x.dtype)  # pyright: ignore[reportCallIssue] (a schedule)
    return value


def _lift_init(init: Callable) -> Callable:
    @functools.wraps(init)
    def lifted(self: Rule, x: Array) -> State:
        return init(self.at(1, x), x)

    return lifted


def _lift_probes(probes: Callable) -> Callable:
    @functools.wraps(probes)
    def lifted(self: Rule, x: Array, state: State, t: Any = 1) -> Probes:
        return probes(self.at(t, x), x, state)

    return lifted


def _lift_update(update: Callable) -> Callable:
    @functools.wraps(update)
    def lifted(self: Rule, g: Array, state: State, x: Array, t: Any, **extra: Any) -> Any:
        return update(self.at(t, x), g, state, x, _count(t), **extra)

    return lifted


def _count(t: Any) -> Any:
    """`t`; if traced, as a real number: in JAX `0.9 ** t` of an integer `t` promotes to float64."""
    return t if isinstance(t, int) else 1.0 * t


# A formula reads `self.lr`; what it meets there is the number of this step.
_LIFTS = {"init": _lift_init, "probes": _lift_probes, "update": _lift_update}
