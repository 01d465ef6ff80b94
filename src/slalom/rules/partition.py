"""Different rules for different parameters of one model, by their roles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..errors import SlalomError
from .rule import Leaf, Rule
from .settings import chain
from .wrapper import part

PARTS = {"matrix": "matrices", "embedding": "embeddings", "head": "heads", "vector": "vectors"}
"""The field of `Partition` that a role goes by; those without one go by `rest`."""


@dataclass(frozen=True)
class Partition(Rule, name="partition"):
    """A rule for each role of parameters.

        partition(matrices=muon(0.02), rest=adamw(3e-4))

    An embedding, a head or a matrix, of two dimensions or more, is told by the name of the
    parameter and its shape, or by what the adapter is given as roles; all else is a vector: a
    bias, a gain, a scale. Leaves whose role has no rule go by `rest`. Each rule sees its own
    leaves alone, so what it couples, it couples within its part; where it asks for a gradient
    elsewhere the other parts stay where they are.

    Source: the authors of Muon train hidden matrices by it and all else by Adam (Jordan et al.,
    "Muon: an optimizer for hidden layers in neural networks", 2024); the same as
    `optax.multi_transform` and parameter groups of PyTorch.
    """

    coupled = True

    matrices: Rule | None = part("the rule of matrices that are no embedding and no head")
    embeddings: Rule | None = part("the rule of embeddings, told by their names")
    heads: Rule | None = part("the rule of output layers, told by their names")
    vectors: Rule | None = part("the rule of what has fewer than two dimensions")
    rest: Rule | None = part("the rule of all that has none of its own")

    def __post_init__(self):
        super().__post_init__()
        for name in (*PARTS.values(), "rest"):
            held = getattr(self, name)
            if held is not None and not isinstance(held, Rule):
                raise SlalomError(f"partition: {name} must be a rule, got {held!r}")
        if not self.inside():
            raise SlalomError("partition needs a rule: partition(matrices=muon(), rest=adam())")

    def part(self, leaf: Leaf) -> str:
        """The name of the field whose rule a leaf goes by.

        Raises:
            SlalomError: there is none for its role, and no `rest`.
        """
        named = PARTS.get(leaf.role, "rest")
        chosen = named if getattr(self, named) is not None else "rest"
        if getattr(self, chosen) is None:
            which = f"{leaf.name or 'a parameter'} of shape {tuple(leaf.shape)}"
            article = "an" if leaf.role[0] in "aeiou" else "a"
            raise SlalomError(
                f"partition has no rule for {which}, {article} {leaf.role}: "
                f"give {named}=… or rest=…"
            )
        return chosen

    def parts(self, leaf: Iterable[Leaf]) -> dict[str, list[int]]:
        """Which leaves each rule steps: their numbers, by the name of its field."""
        found: dict[str, list[int]] = {}
        for index, one in enumerate(leaf):
            found.setdefault(self.part(one), []).append(index)
        return found

    def check_matrices(self, leaf: Iterable[Leaf]) -> None:
        """Raise where there is a rule for matrices, and no parameter is one.

        Raises:
            SlalomError: it says what to change.
        """
        if self.matrices is None or any(PARTS.get(one.role) == "matrices" for one in leaf):
            return
        *_, inner = chain(self.matrices)
        raise SlalomError(
            f"partition: {inner.name} is for matrices, and no parameter is one that is no "
            "embedding and no head: leave matrices=… out, or say which are, as in "
            'roles={"*.weight": "matrix"}'
        )
