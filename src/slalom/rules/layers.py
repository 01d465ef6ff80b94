"""Which layer of a model a parameter is of, by its name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..errors import SlalomError
from .leaf import Leaf, number_in, parts_of

_FIRST = re.compile(r"embed|token|patch|stem")


def layers_of(leaf: Sequence[Leaf], is_ordered: bool) -> tuple[list[int], int]:
    """The number of the layer of each parameter, and that of the last: see `LayerDecay`.

    Args:
        leaf: all parameters of a model.
        is_ordered: whether they come in the order in which the model has them.

    Raises:
        SlalomError: no name has a number, or the order of several stacks cannot be told.
    """
    heads = ["head" in one.words for one in leaf]
    places = [None if head else place_of(n.name) for n, head in zip(leaf, heads, strict=True)]
    known = [place for place in places if place is not None]
    if not known:
        raise SlalomError(
            "layer_decay: no name has the number of a layer, such as 3 in blocks.3.weight: give "
            "rates by rate_factor, or in groups"
        )
    stacks = list(dict.fromkeys(stack for stack, _ in known))
    stacks = stacks if is_ordered else _sorted(stacks)
    numbered = sorted(set(known), key=lambda place: (stacks.index(place[0]), place[1]))
    number, last = {place: i for i, place in enumerate(numbered, 1)}, len(numbered) + 1
    first = next(i for i, place in enumerate(places) if place is not None)
    found = []
    for i, (one, place) in enumerate(zip(leaf, places, strict=True)):
        is_before = i < first if is_ordered else _FIRST.search(one.name.lower())
        is_first = one.role == "embedding" or (is_before and not heads[i])
        found.append(number[place] if place is not None else 0 if is_first else last)
    return found, last


def place_of(name: str) -> tuple[str, int] | None:
    """The stack of layers and the number in it, by the first number in a name."""
    words = parts_of(name)
    for i, word in enumerate(words):
        number = number_in(word)
        if number is not None:
            return ".".join([*words[:i], word.rstrip("0123456789")]), number
    return None


def _sorted(stacks: list[str]) -> list[str]:
    """Stacks in the order of their numbers, the encoder first.

    Raises:
        SlalomError: their names have nothing by which to order them.
    """
    kinds = {re.sub("[0-9]+", "", one) for one in stacks}
    if len(kinds) > 1 and not any("coder" in one for one in stacks):
        raise SlalomError(
            f"layer_decay: which of {', '.join(one.rstrip('._') for one in stacks[:4])} comes "
            "first, a tree cannot tell: give rates by rate_factor"
        )
    digits = re.compile("([0-9]+)")
    return sorted(
        stacks,
        key=lambda one: (
            "decoder" in one,
            [int(part) if part.isdigit() else part for part in digits.split(one)],
        ),
    )
