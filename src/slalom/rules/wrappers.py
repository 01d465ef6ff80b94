"""Wrappers: rules around a rule, joined by `|`, as in `ClipNorm(1.0) | Adam(lr=0.1)`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

from ..errors import SlalomError
from .rule import Array, Number, Rule, namespace
from .value import convention, hyper
from .vocabulary import ema, full, one, zeros


def inner() -> Any:
    """The field that holds the rule inside a wrapper."""
    return field(default=None, kw_only=True, repr=False, metadata={"kind": "inner"})


@dataclass(frozen=True)
class Wrapper(Rule):
    """A rule around a rule: changes the gradient before it, or the step after it.

    A subclass overrides `transform` (leaf by leaf), `transform_leaves` (where the leaves are
    coupled), or `step_of`; one that remembers something overrides the other methods over all
    leaves, from which those over one are made. `a | b | rule` applies a to the gradient first,
    then b.
    """

    shown_bare = 1
    shapes_elements: ClassVar[bool] = True
    """Whether the wrapper itself, without its rule, treats each component by itself."""

    rule: Rule | None = inner()

    def __post_init__(self):
        super().__post_init__()
        if self.rule is not None and not isinstance(self.rule, Rule):
            raise SlalomError(f"{self.name}: can only wrap a rule, not {self.rule!r}")

    def __or__(self, other: Rule) -> Wrapper:
        if not isinstance(other, Rule):
            return NotImplemented
        return self.rebuilt(rule=other if self.rule is None else _join(self.rule, other))

    @property
    def wrapped(self) -> Rule:
        """The rule inside.

        Raises:
            SlalomError: there is none yet.
        """
        if self.rule is None:
            raise SlalomError(f"{self.name} wraps a rule and has none: {self.text()} | adam()")
        return self.rule

    @property
    def elementwise(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Whether both the wrapper and the rule inside treat each component by itself."""
        return self.shapes_elements and self.wrapped.elementwise

    @property
    def needs(self) -> frozenset[str]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """What the rule inside needs; a subclass adds its own."""
        return self.wrapped.needs

    def transform(self, g: Array, x: Array) -> Array:
        """The gradient that the rule inside sees, for one leaf."""
        return g

    def transform_leaves(self, gs: Sequence[Array], xs: Sequence[Array], t: Any) -> list[Array]:
        """The gradients that the rule inside sees, for all leaves together."""
        return [self.at(t, x).transform(g, x) for g, x in zip(gs, xs, strict=True)]

    def step_of(self, delta: Array, x: Array) -> Array:
        """The step taken where the rule inside steps by `delta`."""
        return delta

    def init(self, x):
        [state] = self.init_leaves([x])
        return state

    def init_leaves(self, xs):
        return self.wrapped.init_leaves(xs)

    def probes(self, x, state):
        return self.wrapped.probes(x, state)

    def update(self, g, state, x, t, **extra):
        [delta], [state] = self.update_leaves([g], [state], [x], t, **extra)
        return delta, state

    def update_leaves(self, gs, states, xs, t, **extra):
        gs = self.transform_leaves(gs, xs, t)
        deltas, states = self.wrapped.update_leaves(gs, states, xs, t, **extra)
        steps = [self.at(t, x).step_of(d, x) for d, x in zip(deltas, xs, strict=True)]
        return steps, states

    def evaluate(self, x, state):
        [point] = self.evaluate_leaves([x], [state])
        return point

    def evaluate_leaves(self, xs, states):
        return self.wrapped.evaluate_leaves(xs, states)

    def text(self, full: bool = False) -> str:
        """The text that makes this rule, for example `clip_norm(1.0) | adam(lr=0.1)`."""
        own = super().text(full)
        return own if self.rule is None else f"{own} | {self.rule.text(full)}"


def _join(first: Rule, then: Rule) -> Wrapper:
    if not isinstance(first, Wrapper):
        raise SlalomError(f"{first.name} is no wrapper: nothing can follow it after |")
    return first | then


@dataclass(frozen=True)
class ClipValue(Wrapper, name="clip_value"):
    """Clips every component of the gradient to a range.

        g = min(max(g, -limit), limit)

    Source: Mikolov, "Statistical language models based on neural networks", 2012. As
    `torch.nn.utils.clip_grad_value_`, Keras's clipvalue and `optax.clip`.
    """

    limit: Number = hyper(1.0, "the largest magnitude of a component")

    def transform(self, g, x):
        return namespace(g).clip(g, -self.limit, self.limit)


@dataclass(frozen=True)
class ClipNorm(Wrapper, name="clip_norm"):
    """Shortens the gradient to a given length, all leaves together.

        g = g min(1, limit / norm(g))

    Source: Pascanu, Mikolov & Bengio, "On the difficulty of training recurrent neural
    networks", 2013. As `optax.clip_by_global_norm` and Keras's global_clipnorm;
    `torch.nn.utils.clip_grad_norm_` adds 1e-6 to the norm.
    """

    shapes_elements = False

    limit: Number = hyper(1.0, "the largest norm of the whole gradient")

    def transform_leaves(self, gs, xs, t):
        norm = global_norm(gs)
        shortened = []
        for g, x in zip(gs, xs, strict=True):
            xp, limit = namespace(g), self.at(t, x).limit
            unit = xp.ones_like(norm)
            # not min(1, limit / norm), which divides by 0 where there is no gradient
            factor = xp.where(norm > limit, limit / xp.where(norm > limit, norm, unit), unit)
            shortened.append(g * xp.astype(factor, g.dtype))
        return shortened


def global_norm(gs: Any) -> Array:
    """The Euclidean norm of several arrays as one vector, a scalar array."""
    squares = [namespace(g).sum(g * g) for g in gs]
    return namespace(squares[0]).sqrt(sum(squares[1:], squares[0]))


@dataclass(frozen=True)
class WeightDecay(Wrapper, name="weight_decay"):
    """Pulls the weights towards 0.

        coupled (L2):  g = g + weight_decay x
        decoupled:     x -= lr weight_decay x, beside the rule's own step

    `scaled=false` is the decoupled form without lr, as its paper has it.

    Source: Krogh & Hertz, "A simple weight decay can improve generalization", 1991;
    decoupled: Loshchilov & Hutter, "Decoupled weight decay regularization", 2019.
    """

    weight_decay: Number = hyper(0.01, "strength of the pull")
    decoupled: bool = convention(False, "pull the weights, not the gradient")
    scaled: bool = convention(True, "multiply the decoupled pull by the learning rate")

    def transform(self, g, x):
        return g if self.decoupled else g + self.weight_decay * x

    def step_of(self, delta, x):
        if not self.decoupled:
            return delta
        rate = self.weight_decay
        return delta - (learning_rate(self) * rate if self.scaled else rate) * x


def learning_rate(rule: Rule) -> Number:
    """The learning rate of the innermost rule.

    Raises:
        SlalomError: it has no `lr`.
    """
    while isinstance(rule, Wrapper):
        rule = rule.wrapped
    if not hasattr(rule, "lr"):
        raise SlalomError(f"weight_decay: {rule.name} has no lr to scale by; use scaled=false")
    return rule.lr  # pyright: ignore[reportAttributeAccessIssue]


@dataclass(frozen=True)
class Noise(Wrapper, name="noise"):
    """Adds N(0, scale²) to every component of the gradient.

        g = g + scale n

    Needs a `key`, a source of draws, which the loop supplies.

    Source: Neelakantan et al., "Adding gradient noise improves learning for very deep
    networks", 2015 (as a schedule: `noise(polynomial(1, rate=1, power=0.275))`).
    """

    scale: Number = hyper(1.0, "standard deviation, in the unit of the gradient")

    @property
    def needs(self):
        return self.wrapped.needs | {"key"}

    def update_leaves(self, gs, states, xs, t, **extra):
        key = extra.pop("key", None)
        if key is None:
            raise SlalomError("noise needs a source of random numbers: pass key=")
        noisy = []
        for g, x in zip(gs, xs, strict=True):
            draws, key = key.split()
            noisy.append(g + self.at(t, x).scale * draws.normal(g))
        if "key" in self.wrapped.needs:
            extra["key"] = key
        return self.wrapped.update_leaves(noisy, states, xs, t, **extra)


class AverageState(NamedTuple):
    """What is averaged so far, and the state of the rule inside."""

    average: Array
    """of all iterates but the last, which the rules outside may still move"""
    kept: Array
    """the share of that average in the one that includes the last iterate, a scalar"""
    rule: Any


@dataclass(frozen=True)
class Average(Wrapper, name="average"):
    """Judges an exponential average of the iterates, which smooths what the noise shakes.

        a = decay a + (1 - decay) x, from a = x at the start

    The rule inside goes on from its own iterate; `evaluate` gives a.

    Source: Polyak & Juditsky, "Acceleration of stochastic approximation by averaging", 1992;
    exponential: as `torch.optim.swa_utils.get_ema_multi_avg_fn` and `optax.params_ema`
    without its bias correction.
    """

    decay: Number = hyper(0.99, "decay of the average", "[0, 1)")

    def init_leaves(self, xs):
        states = self.wrapped.init_leaves(xs)
        return [
            AverageState(zeros(x) + x, one(x), state) for x, state in zip(xs, states, strict=True)
        ]

    def probes(self, x, state):
        return self.wrapped.probes(x, state.rule)

    def update_leaves(self, gs, states, xs, t, **extra):
        deltas, inner_states = self.wrapped.update_leaves(
            gs, [state.rule for state in states], xs, t, **extra
        )
        averages = self.evaluate_leaves(xs, states)
        kept = [full(one(x), self.at(t, x).decay) for x in xs]
        return deltas, [AverageState(*s) for s in zip(averages, kept, inner_states, strict=True)]

    def evaluate_leaves(self, xs, states):
        return [ema(s.kept, s.average, x) for x, s in zip(xs, states, strict=True)]
