"""One step over parameters: which leaves take part, what couples them, and how it is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import torch

from ..errors import SlalomError
from ..rules import Rule, Wrapper
from . import entries
from .draws import GeneratorDraws


@dataclass(slots=True)
class Leaf:
    """A parameter that has a gradient, and its state."""

    p: torch.Tensor
    x: torch.Tensor
    """the parameter itself, or a copy of it in the dtype that the rule works in"""
    g: torch.Tensor
    kept: dict[str, Any]
    """the entries of the state, and the count of steps"""
    t: int
    """the number of this step, of the steps that this parameter took"""
    form: entries.Form

    @property
    def state(self) -> Any:
        """The state as the rule sees it."""
        return self.form.filled(self.kept)


@dataclass(slots=True)
class Work:
    """What is left to do in one group: the rule with its numbers, and the leaves."""

    rule: Rule
    leaves: list[Leaf]


@dataclass(frozen=True)
class _Handed(Rule, name="gradient"):
    """Steps by the gradient: what it makes of one tells how the wrappers around it change it."""

    elementwise = True

    def update(self, g, state, x, t):
        return g, state


def shape_gradients(works: list[Work], draws: GeneratorDraws | None) -> None:
    """Let the outer wrappers that only change gradients do so, all groups' leaves together.

    Thus `clip_norm` sees the whole gradient, and the rule inside may still be fused. Wrappers
    with the same numbers at the same step are asked once.
    """
    while works and all(_only_shapes(work.rule) for work in works):
        leaves = [leaf for work in works for leaf in work.leaves]
        asked: dict[Rule, dict[int, dict[int, torch.Tensor]]] = {}
        for work in works:
            shaped = asked.setdefault(_alone(work.rule), {})
            for t in {leaf.t for leaf in work.leaves} - shaped.keys():
                shaped[t] = _shaped(_alone(work.rule), leaves, t, draws)
        for work in works:
            shaped = asked[_alone(work.rule)]
            for leaf in work.leaves:
                leaf.g = shaped[leaf.t][id(leaf.p)]
            work.rule = work.rule.wrapped  # pyright: ignore[reportAttributeAccessIssue]


def _alone(wrapper: Rule) -> Rule:
    """A wrapper without the rule inside, which only says what it makes of gradients."""
    return wrapper.rebuilt(rule=_Handed())


def _only_shapes(rule: Rule) -> bool:
    """Whether a rule cannot be fused as it stands, but for its outer wrapper could be."""
    if (rule.elementwise and not rule.needs) or not isinstance(rule, Wrapper):
        return False
    plain = all(
        getattr(type(rule), part) is getattr(Wrapper, part)
        for part in ("step_of", "init", "update", "probes", "evaluate")
    )
    return plain and rule.needs - rule.wrapped.needs <= {"key"}


def _shaped(link: Rule, leaves: list[Leaf], t: int, draws: GeneratorDraws | None) -> dict[int, Any]:
    extra = {"key": draws} if "key" in link.needs else {}
    gs, xs = [leaf.g for leaf in leaves], [leaf.x for leaf in leaves]
    shaped, _ = link.update_leaves(gs, [()] * len(leaves), xs, t, **extra)
    return {id(leaf.p): g for leaf, g in zip(leaves, shaped, strict=True)}


def eager(rule: Rule, leaves: list[Leaf], extra: dict[str, Any]) -> Callable[[], None]:
    """One step of one group, as the rule's own lines say it: computed, and yet to be written.

    All leaves are handed over together, because a rule may couple them; if they are at
    different steps, once for each step.
    """
    states = [leaf.state for leaf in leaves]
    gs, xs = [leaf.g for leaf in leaves], [leaf.x for leaf in leaves]
    counts = [leaf.t for leaf in leaves]
    found = {t: rule.update_leaves(gs, states, xs, t, **extra) for t in dict.fromkeys(counts)}

    def taken() -> None:
        for i, t in enumerate(counts):
            deltas, new = found[t]
            write(xs[i], states[i], deltas[i], new[i])

    return taken


def write(x: torch.Tensor, state: Any, delta: torch.Tensor, new: Any) -> None:
    """Take a step in place; a new entry may be an old one, or the parameter."""
    old, new = entries.flat(state), entries.flat(new)
    held = [x, *old]
    safe = [
        n.clone() if n is not o and any(n is h for h in held) else n
        for o, n in zip(old, new, strict=True)
    ]
    _writable(x).add_(delta)
    for o, n in zip(old, safe, strict=True):
        if n is not o:
            _writable(o).copy_(n)


def _writable(entry: torch.Tensor) -> torch.Tensor:
    """`entry`, as a view if it has no dimensions: there torch.compile loses what is written."""
    return entry if entry.ndim else entry.view(1)


def by_step(leaves: Iterable[Leaf]) -> list[list[Leaf]]:
    """The leaves that can be stepped in one call: of one count of steps, dtype and device."""
    found: dict[Any, list[Leaf]] = {}
    for leaf in leaves:
        found.setdefault((leaf.t, leaf.x.dtype, leaf.x.device), []).append(leaf)
    return list(found.values())


def gradient(p: torch.Tensor) -> torch.Tensor | None:
    """The gradient that a parameter holds, if any.

    Raises:
        SlalomError: it is sparse or complex.
    """
    g = p.grad
    if g is None:
        return None
    if g.layout is not torch.strided:
        raise SlalomError("sparse gradients are not supported: use sparse=False in the embedding")
    if g.is_complex():
        raise SlalomError("complex gradients are not supported: use torch.view_as_real")
    if g._is_zerotensor():  # it has no memory
        return torch.zeros(g.shape, dtype=g.dtype, device=g.device)
    return g.detach().resolve_neg() if g.requires_grad or g.is_neg() else g
