"""What is known of one parameter beside its numbers: its name, its layout, what it is for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

ROLES = ("matrix", "embedding", "head", "vector")
"""What a parameter can be for; a partition has a rule for each."""

_EMBEDDINGS = ("wte", "wpe")
_HEADS = ("head", "lm_head", "output", "classifier")
_NORM = re.compile(r"norm|^(ln|bn|gn)(_?[0-9f]|_[a-z]+)?$")
_BIAS = re.compile(r"^bias|_bias$|^b$")


@dataclass(frozen=True)
class Leaf:
    """What is known of one parameter beside its numbers.

    Attributes:
        name: its path in the tree or its name in the model, `layers.0.weight`; "" where unknown.
        shape: of the array.
        outputs: the axis of a matrix that numbers the outputs, among those after the first
            `batch`: 0 in PyTorch, -1 in JAX.
        role: what it is for: `embedding` or `head` (by its name), `matrix` (two dimensions or
            more), `vector` (fewer).
        kind: what else its module tells, words apart by spaces: `bias`; `norm`, of a normalization;
            `head`, of an output layer; `other` for none; "" where only the name can tell.
        batch: how many of the first axes number matrices, as those of experts; -1: by the name.
        blocks: into how many equal matrices, one under the other, the outputs are divided: 3 for
            queries, keys and values in one array.
        tied: its other names, where a model holds it several times.
    """

    name: str
    shape: tuple[int, ...]
    outputs: int = 0
    role: str = ""
    kind: str = ""
    batch: int = -1
    blocks: int = 1
    tied: tuple[str, ...] = ()

    def __post_init__(self):
        if not self.role:
            object.__setattr__(self, "role", role_of(self.name, self.shape))
        if self.batch < 0:
            is_batch = len(self.shape) == 3 and "expert" in self.name.lower()
            object.__setattr__(self, "batch", int(is_batch))

    @property
    def axis(self) -> int:
        """The axis of the whole array that numbers the outputs."""
        return self.batch + self.outputs % (len(self.shape) - self.batch)

    @property
    def layout(self) -> tuple[int, str, int, int]:
        """What leaves of one shape share that formulas step alike."""
        return self.outputs, self.role, self.batch, self.blocks

    @property
    def words(self) -> frozenset[str]:
        """What recipes may call it: its role, `bias` and `norm`; `head` for a bias of it too."""
        kinds = self.kind.split() if self.kind else _kinds_of(self)
        return frozenset((self.role, *kinds)) - {"other"}


WORDS = (*ROLES, "bias", "norm")
"""What recipes may call parameters, beside patterns of their names."""


def role_of(name: str, shape: Sequence[int]) -> str:
    """The role of a parameter by its name and shape: embedding, head, matrix or vector."""
    if len(shape) < 2:
        return "vector"
    words = parts_of(name.lower())
    if any("embed" in word or word in _EMBEDDINGS for word in words):
        return "embedding"
    if is_head(words):
        return "head"
    return "vector" if len(shape) > 2 and is_row(shape) else "matrix"


def is_head(words: Sequence[str]) -> bool:
    """Whether a path leads to an output layer; what lies in a numbered layer is none."""
    numbered = next((i for i, word in enumerate(words) if number_in(word) is not None), len(words))
    return any(word in _HEADS for word in words[:numbered])


def is_norm(path: Sequence[str]) -> bool:
    """Whether a path leads to a normalization."""
    return any(_NORM.search(word) for word in path)


def is_row(shape: Sequence[int]) -> bool:
    """Whether at most one axis is longer than 1, as of a class token of shape (1, 1, width)."""
    return sum(size > 1 for size in shape) <= 1


def parts_of(name: str) -> list[str]:
    """The parts of a path: `layers`, `0`, `weight`."""
    return name.replace("/", ".").split(".")


def number_in(part: str) -> int | None:
    """The number of a layer that a part of a path is: 3 of `3` and `encoderblock_3`."""
    found = re.fullmatch(r"(?:.*[A-Za-z]_)?([0-9]+)", part)
    return int(found[1]) if found else None


def _kinds_of(leaf: Leaf) -> tuple[str, ...]:
    """Bias, norm and head, by the name: a vector that is no bias is the gain of a normalization."""
    if leaf.role != "vector":
        return ()
    if not leaf.name:
        return ("bias", "norm")
    *path, last = parts_of(leaf.name.lower())
    head = ("head",) * is_head(path)
    is_bias = bool(_BIAS.search(last))
    if len(leaf.shape) > 1:
        return ("bias",) if is_bias else ()
    return head + ("bias",) * is_bias + ("norm",) * (is_norm(path) or not is_bias)
