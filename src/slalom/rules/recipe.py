"""What a recipe is: it changes the numbers of a rule for some of the parameters."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from ..errors import SlalomError, clip, unknown
from .leaf import WORDS, Leaf
from .rule import Rule
from .value import own_fields
from .wrapper import Wrapper


class Change(NamedTuple):
    """What recipes change for one parameter; None where nothing is changed."""

    rate: Any = None
    """the factor of lr"""
    decay: Any = None
    """the factor of weight_decay"""
    blocks: int | None = None
    """into how many matrices the outputs are divided"""
    is_frozen: bool = False
    is_noted: bool = False
    """lr stays, and the factor is an entry `lr_scale` of the group: in PyTorch alone"""


@dataclass(frozen=True)
class Recipe(Wrapper):
    """A change of the numbers of a rule for some parameters, by their names, roles and shapes.

        no_decay("bias", "norm") | layer_decay(0.75) | adamw(0.001)

    It is written as a wrapper, because it holds for any rule, alone or in a part of a partition,
    and because its place in the text says for which; but it has no formula. Before the first
    step each parameter gets the numbers that are its own, and the rule inside steps it with these:
    in PyTorch as a parameter group, in which schedulers see and change them, elsewhere as one
    number for each leaf. So a recipe costs nothing in a step, and equals groups made by hand.
    """

    def changes(self, leaf: Sequence[Leaf], is_ordered: bool) -> Mapping[int, Change]:
        """What it changes, by the numbers of the leaves; what it does not change is left out.

        Args:
            leaf: all leaves.
            is_ordered: whether they come in the order in which the model has them.
        """
        raise NotImplementedError

    def check_rules(self, rules: Mapping[int, Sequence[Rule]], leaf: Sequence[Leaf]) -> None:
        """Raise where the rules of the parameters that it changes have nothing to change.

        Args:
            rules: by the number of the leaf its rule, the last, with the wrappers around it.
            leaf: all leaves.
        """


@dataclass(frozen=True, init=False)
class Chosen(Recipe):
    """A recipe for parameters that are named by words or patterns.

    A word is a role, matrix, embedding, head or vector, or `bias` or `norm`; all else is a pattern
    of names as in a shell: `*.gate`, `encoder.*`.
    """

    variadic = True

    names: tuple[str, ...] = field(
        default=(), metadata={"kind": "names", "doc": "words, or patterns of names"}
    )

    def __init__(self, *names: str, rule: Rule | None = None, **numbers: Any):
        known = {one.name: one.default for one in own_fields(self) if one.name != "names"}
        for name in numbers:
            if name not in known:
                raise SlalomError(f"{self.name}: {unknown('argument', name, known)}")
        for name, value in {**known, **numbers, "names": names, "rule": rule}.items():
            object.__setattr__(self, name, value)
        if not names or not all(isinstance(one, str) and one for one in names):
            raise SlalomError(
                f'{self.name} needs roles or patterns of names, as in {self.name}("bias", "*.gate")'
            )
        self.__post_init__()

    def _arguments(self, full: bool) -> list[str]:
        names = [f"'{one}'" if '"' in one else f'"{one}"' for one in self.names]
        return names + super()._arguments(full)[1:]

    def chosen(self, leaf: Sequence[Leaf]) -> list[int]:
        """The numbers of the leaves that it names."""
        return [i for i, one in enumerate(leaf) if any(is_called(one, n) for n in self.names)]

    def check_names(self, leaf: Iterable[Leaf]) -> None:
        """Raise where one of the names is of no parameter.

        Raises:
            SlalomError: it names it, and says which there are.
        """
        known = list(leaf)
        for name in self.names:
            if any(is_called(one, name) for one in known):
                continue
            if name in WORDS:
                raise SlalomError(f"{self.name}: no parameter is {name}: leave it out")
            meant = difflib.get_close_matches(name.lower(), WORDS, n=1, cutoff=0.7)
            names = [one.name for one in known if one.name]
            near = f"the names begin with {', '.join(names[:3])}" if names else "none has a name"
            near = f"did you mean {meant[0]}?" if meant else near
            raise SlalomError(f"{self.name}: {clip(repr(name))} matches no parameter; {near}")


def is_called(leaf: Leaf, name: str) -> bool:
    """Whether a word, or a pattern of names, is of a parameter."""
    if name in WORDS:
        return name in leaf.words
    return any(one and fnmatchcase(one, name) for one in (leaf.name, *leaf.tied))
