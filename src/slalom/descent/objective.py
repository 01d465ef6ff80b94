"""What the loop descends on: a value, and a gradient that may depend on the moment.

An objective is a pytree, so that its data are traced and its functions are part of what a
compiled loop is known by. A plain function, a landscape and a landscape with noise are
objectives here; a signal is one in `slalom.studies`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import jax
import jax.numpy as jnp

from .. import own_code
from ..errors import SlalomError, described
from ..immutable import is_immutable
from ..jax import JaxDraws, Traced, traced
from ..landscapes import Landscape
from ..types import Tree


class Moment(NamedTuple):
    """When and where a gradient is asked for: the iterate, the step, a source of draws."""

    x: Tree
    t: Any
    draws: JaxDraws | None


class Objective(Protocol):
    """What a rule descends on: the extension point of the loop.

    An implementation is a pytree (`jax.tree_util.register_dataclass`) whose data are traced and
    whose functions are static. `Deterministic` and `Fed` are bases that leave little to write.

        @functools.partial(jax.tree_util.register_dataclass, data_fields=("A",), meta_fields=())
        @dataclass(frozen=True)
        class Quadratic(Deterministic):
            A: Any

            def value(self, x):
                return x @ self.A @ x / 2

        slalom.descend("adam(lr=0.1)", Quadratic(np.diag([1.0, 9.0])), [3.0, 1.0], 100)
    """

    @property
    def stochastic(self) -> bool:
        """Whether gradients are drawn, so that a run needs a seed."""
        ...

    @property
    def has_loss(self) -> bool:
        """Whether there is a loss; else rules that ask for it, or the Hessian, are refused."""
        ...

    def value(self, x: Tree) -> Any:
        """The loss by which `x` is judged, a scalar."""
        ...

    def value_and_gradient(self, x: Tree) -> tuple[Any, Tree]:
        """That loss and its gradient."""
        ...

    def gradient(self, point: Tree, moment: Moment) -> Tree:
        """The gradient that a rule gets that asks at `point`."""
        ...

    def loss(self, point: Tree, moment: Moment) -> Any:
        """The loss that a rule gets that asks at `point`: of the batch of the gradient."""
        ...

    def defined(self, x: Tree) -> Any:
        """Whether the objective is defined at `x`, a boolean: whether a run has left it."""
        ...


class Deterministic:
    """An objective that is one function: a subclass gives `value`."""

    stochastic = False
    has_loss = True

    def value(self, x: Tree) -> Any:
        """The loss at `x`, a scalar."""
        raise SlalomError(f"{type(self).__name__} has no value method")

    def value_and_gradient(self, x: Tree) -> tuple[Any, Tree]:
        """The loss and its gradient at `x`, by JAX."""
        return differentiated(self, x)

    def gradient(self, point: Tree, moment: Moment) -> Tree:
        """The gradient at `point`, at every moment."""
        return self.value_and_gradient(point)[1]

    def loss(self, point: Tree, moment: Moment) -> Any:
        """The loss at `point`, at every moment."""
        return self.value(point)

    def defined(self, x: Tree) -> Any:
        """Everywhere."""
        return jnp.asarray(True)


class Fed(Deterministic):
    """An objective of given gradients, without a loss: a subclass gives `gradient`."""

    has_loss = False

    def value(self, x: Tree) -> Any:
        """There is no loss: 0."""
        return jnp.zeros((), jnp.result_type(*jax.tree.leaves(x)))

    def value_and_gradient(self, x: Tree) -> tuple[Any, Tree]:
        """There is no loss and, outside a step, no gradient: 0."""
        return self.value(x), jax.tree.map(jnp.zeros_like, x)

    def defined(self, x: Tree) -> Any:
        """Where all components are finite."""
        return functools.reduce(
            jnp.logical_and, [jnp.isfinite(leaf).all() for leaf in jax.tree.leaves(x)]
        )


@functools.partial(
    jax.tree_util.register_dataclass, data_fields=(), meta_fields=("function", "own_gradient")
)
@dataclass(frozen=True)
class Function(Deterministic):
    """A function of a tree of parameters, with its gradient by JAX or by hand."""

    function: Callable[[Tree], Any]
    own_gradient: Callable[[Tree], Tree] | None = None

    def value(self, x: Tree) -> Any:
        """The loss at `x`, a scalar."""
        with own_code.explained(own_code.OF_FUNCTIONS):
            return self.function(x)

    def value_and_gradient(self, x: Tree) -> tuple[Any, Tree]:
        """The loss and its gradient at `x`."""
        if self.own_gradient is None:
            return differentiated(self, x)
        with own_code.explained(own_code.OF_FUNCTIONS):
            return self.function(x), self.own_gradient(x)

    def defined(self, x: Tree) -> Any:
        """Whether the function is defined at `x`; where it does not say, where it is no NaN."""
        return ~jnp.isnan(self.function(x))


@functools.partial(jax.tree_util.register_dataclass, data_fields=(), meta_fields=("landscape",))
@dataclass(frozen=True)
class OnLandscape(Deterministic):
    """A landscape as an objective; its noise, if any, is added to the gradient alone."""

    landscape: Landscape

    @property
    def stochastic(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Whether the gradient is drawn."""
        return self.landscape.noise > 0

    def value(self, x: Any) -> Any:
        """The height at `x`, an array of shape (dim,)."""
        with own_code.explained(own_code.OF_FUNCTIONS):
            return self.landscape.value(x)

    def gradient(self, point: Any, moment: Moment) -> Any:
        """The gradient that a rule gets that asks at `point`."""
        return _noisy(self.value_and_gradient(point)[1], self.landscape.noise, moment)

    def defined(self, x: Any) -> Any:
        """Whether the landscape is defined at `x`."""
        if self.landscape.defined is None:
            return jnp.asarray(True)
        return self.landscape.defined(x)


@functools.partial(
    jax.tree_util.register_dataclass,
    data_fields=("function", "own_gradient", "domain"),
    meta_fields=("noise",),
)
@dataclass(frozen=True)
class TracedFunction(Deterministic):
    """A user's function, or landscape, as it is now: compiled code is found by what it computes.

    Attributes:
        function: the loss.
        own_gradient: its gradient by hand, where there is one.
        domain: where it is defined; None: where it is no NaN.
        noise: standard deviation of what is added to the gradient that a rule gets.
    """

    function: Traced
    own_gradient: Traced | None = None
    domain: Traced | None = None
    noise: float = 0.0

    @property
    def stochastic(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Whether the gradient is drawn."""
        return self.noise > 0

    def value(self, x: Tree) -> Any:
        """The loss at `x`, a scalar."""
        return self.function(x)

    def value_and_gradient(self, x: Tree) -> tuple[Any, Tree]:
        """The loss and its gradient at `x`."""
        if self.own_gradient is None:
            return differentiated(self, x)
        return self.function(x), self.own_gradient(x)

    def gradient(self, point: Tree, moment: Moment) -> Tree:
        """The gradient that a rule gets that asks at `point`."""
        return _noisy(self.value_and_gradient(point)[1], self.noise, moment)

    def defined(self, x: Tree) -> Any:
        """Whether the function is defined at `x`."""
        return ~jnp.isnan(self.function(x)) if self.domain is None else self.domain(x)


def _noisy(g: Any, noise: float, moment: Moment) -> Any:
    """A gradient with normal noise, where there is any."""
    if moment.draws is None or not noise > 0:
        return g
    return g + noise * moment.draws.normal(g)


def current(objective: Objective, x: Tree, many: bool = False) -> Objective:
    """The objective with its functions as they are now, where they may change between calls.

    Args:
        objective: any.
        x: arrays as those that it descends on.
        many: whether they are of many starts, on their first axis.

    Returns:
        One whose compiled code is found by what it computes; or the objective itself, if it
        cannot change, or is one that a loop has to be traced anew for (`slalom.jax.compiled_for`).
    """
    if is_immutable(objective):
        return objective
    x = jax.tree.map(lambda a: jax.ShapeDtypeStruct(a.shape[many:], a.dtype), x)
    with own_code.explained(own_code.OF_FUNCTIONS):
        return _traced(objective, x)


def _traced(objective: Objective, x: Tree) -> Objective:
    if type(objective) is OnLandscape:
        value, domain = traced(objective.value, x), traced(objective.defined, x)
        found = TracedFunction(value, None, domain, objective.landscape.noise)
    elif type(objective) is Function:
        own = objective.own_gradient
        value = traced(objective.function, x)
        found = TracedFunction(value, None if own is None else traced(own, x))
    else:
        return objective
    functions = (found.function, found.own_gradient)
    exact = all(one is None or one.program.is_differentiable for one in functions)
    return found if exact else objective


def differentiated(objective: Objective, x: Tree) -> tuple[Any, Tree]:
    """The loss and its gradient by JAX; traced once for all rules, if it cannot change."""
    if is_immutable(objective):
        return _differentiated(objective, x)
    return jax.value_and_grad(objective.value)(x)


@functools.partial(jax.jit, inline=True)
def _differentiated(objective: Objective, x: Tree) -> tuple[Any, Tree]:
    return jax.value_and_grad(objective.value)(x)


def as_objective(objective: Any, gradient: Callable | None = None) -> Objective:
    """The objective that a landscape or a function stands for.

    Raises:
        SlalomError: it is neither, or a landscape comes with a gradient of its own.
    """
    if isinstance(objective, Landscape):
        if gradient is None:
            return OnLandscape(objective)
        return Function(objective.value, gradient)
    if hasattr(objective, "value_and_gradient"):
        return objective
    if not callable(objective):
        raise SlalomError(f"objective must be a function or a landscape, got {objective!r}")
    return Function(objective, gradient)


def check_value(objective: Objective, x: Tree) -> None:
    """Raise unless the objective gives one real number at `x`, and a gradient like `x`.

    Raises:
        SlalomError: it says what came instead.
    """
    try:
        value, gradient = jax.eval_shape(objective.value_and_gradient, x)
    except TypeError as error:
        value, gradient = jax.eval_shape(objective.value, x), None
        if getattr(value, "shape", None) == () and jnp.issubdtype(value.dtype, jnp.floating):
            raise SlalomError(f"the gradient fails: {error}") from error
    if getattr(value, "shape", None) != () or not jnp.issubdtype(value.dtype, jnp.floating):
        raise SlalomError(f"an objective gives one real number, not {described(value)}")
    shapes = [leaf.shape for leaf in jax.tree.leaves(x)]
    if [leaf.shape for leaf in jax.tree.leaves(gradient)] != shapes:
        raise SlalomError(f"a gradient has the shape of the start, {shapes}")
