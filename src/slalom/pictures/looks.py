"""How a rule looks: its colour and marker go with its name, in every picture.

Curves of other things look alike only within one picture.
"""

from __future__ import annotations

import functools
import zlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import to_hex, to_rgb

from ..rules import RULES

# After the palettes of Okabe & Ito and Paul Tol, which the colour-blind can tell apart; the
# markers, and the dashes of variants, tell the rules apart in grey. Rules of the catalogue that
# are not named here have the colours farthest from all before them.
CLASSIC = {
    "gradient_descent": ("#333333", "o"),
    "momentum": ("#56b4e9", "s"),
    "nesterov": ("#0072b2", "D"),
    "smoothed_nesterov": ("#332288", "p"),
    "adagrad": ("#e69f00", "^"),
    "rmsprop": ("#009e73", "v"),
    "adadelta": ("#cc79a7", "P"),
    "adam": ("#d55e00", "o"),
    "adamax": ("#8c510a", "<"),
    "adam_lp": ("#999933", ">"),
    "nadam": ("#882255", "X"),
}
OTHERS = (
    ("#aa4499", "h"),
    ("#117733", "d"),
    ("#cc3311", "*"),
    ("#44aa99", "H"),
    ("#6a3d9a", "8"),
    ("#7f6000", "s"),
    ("#4477aa", "p"),
    ("#666666", "D"),
)
SEQUENCE = (
    ("#0072b2", "o"),
    ("#d55e00", "s"),
    ("#009e73", "^"),
    ("#cc79a7", "D"),
    ("#e69f00", "v"),
    ("#56b4e9", "P"),
    ("#333333", "X"),
    ("#882255", "p"),
    ("#999933", "<"),
)
MARKERS = "osD^vP<>Xphd*H8"
LIGHT, DARK = 0.82, 0.05  # the part of viridis that can be seen on white
DASHES = ("-", (0, (5, 1.6)), (0, (1.2, 1.2)), (0, (6, 1.5, 1.2, 1.5)))
SHADES = (0.0, -0.38, 0.38)  # towards black or white
DARK_SHADES = (0.0, 0.4, 0.62)  # of colours that are nearly black
PALER = 0.62  # towards white
_CONES = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
_OPPONENTS = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)

Dash = str | tuple[float, tuple[float, ...]]


@dataclass(frozen=True)
class Look:
    """What tells one rule's lines from the others'.

    Attributes:
        colour: as `#rrggbb`.
        dash: a Matplotlib line style.
        marker: a Matplotlib marker.
    """

    colour: str
    dash: Dash
    marker: str


def base(name: str) -> tuple[str, str]:
    """The colour and marker of a rule's name."""
    # crc32, since hash() of a text differs from one process to the next
    return catalogue().get(name) or OTHERS[zlib.crc32(name.encode()) % len(OTHERS)]


@functools.cache
def catalogue() -> dict[str, tuple[str, str]]:
    """The colour and marker of every rule of the catalogue, in its order."""
    found = dict(CLASSIC)
    more = [name for name in RULES if name not in CLASSIC]
    taken = [colour for colour, _ in (*CLASSIC.values(), *OTHERS)]
    colours = _farthest(taken, len(more))
    for place, (name, colour) in enumerate(zip(more, colours, strict=True)):
        found[name] = (colour, MARKERS[(len(CLASSIC) + place) % len(MARKERS)])
    return found


def _farthest(taken: Sequence[str], count: int) -> list[str]:
    """Colours seen on white and not glaring, each as far as possible from all before it."""
    levels = np.linspace(0, 1, 18)
    candidates = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), -1).reshape(-1, 3)
    places = _oklab(candidates)
    light, chroma = places[:, 0], np.linalg.norm(places[:, 1:], axis=1)
    visible = (light > 0.35) & (light < 0.74) & (chroma < 0.2)
    candidates, places = candidates[visible], places[visible]
    known = _oklab(np.array([to_rgb(colour) for colour in taken]))
    room = np.linalg.norm(places[:, None] - known, axis=-1).min(axis=1)
    found = []
    for _ in range(count):
        best = int(room.argmax())
        found.append(to_hex(candidates[best]))
        room = np.minimum(room, np.linalg.norm(places - places[best], axis=-1))
    return found


def _oklab(colours: np.ndarray) -> np.ndarray:
    """Colours of shape (n, 3), sRGB from 0 to 1, where distances are those that people see.

    Source: Ottosson, "A perceptual color space for image processing", 2020.
    """
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    return np.cbrt(linear @ np.transpose(_CONES)) @ np.transpose(_OPPONENTS)


def looks(names: Sequence[str], labels: Sequence[str]) -> list[Look]:
    """How rules look in one picture, given by their names and by what tells them apart.

    The first of a colour has it pure and solid; its variants differ by dash and shade. Which
    is the first depends on the labels, not on their order. Where all are variants of one rule,
    its colour would tell nothing, and each has one of its own.
    """
    ranked = sorted(labels)
    if len(names) > 1 and len(set(names)) == 1:
        return [_in_sequence(ranked.index(label)) for label in labels]
    variants: dict[str, list[str]] = defaultdict(list)
    for label, name in sorted(zip(labels, names, strict=True)):
        variants[base(name)[0]].append(label)
    found = []
    for label, name in zip(labels, names, strict=True):
        colour, marker = base(name)
        variant = variants[colour].index(label)
        shades = DARK_SHADES if max(to_rgb(colour)) < 0.3 else SHADES
        shade = shades[variant % len(shades)]
        found.append(Look(_shaded(colour, shade), DASHES[variant % len(DASHES)], marker))
    return found


def entry_looks(entries: np.ndarray, first: int = 0) -> list[Look]:
    """How the curves of a chart look, by what tells them apart: texts or numbers.

    Numbers go from light to dark as they grow; one alone, and texts, have the colours of a
    sequence, from its number `first` on.
    """
    if len(entries) > 1 and np.issubdtype(entries.dtype, np.number):
        ranks = np.argsort(np.argsort(entries))
        shades = LIGHT + (DARK - LIGHT) * ranks / (len(entries) - 1)
        return [Look(to_hex(colormaps["viridis"](float(s))), "-", "") for s in shades]
    if len(entries) == 1:
        return [replace(_in_sequence(first), marker="")]
    return [_in_sequence(i) for i in range(first, first + len(entries))]


def _in_sequence(place: int) -> Look:
    """The look of what has no colour by itself."""
    colour, marker = SEQUENCE[place % len(SEQUENCE)]
    return Look(colour, DASHES[place // len(SEQUENCE) % len(DASHES)], marker)


def paler(look: Look) -> Look:
    """The look of what is rounding on a rule's line."""
    return replace(look, colour=_shaded(look.colour, PALER))


def _shaded(colour: str, shade: float) -> str:
    """The colour mixed with black (shade below 0) or white (above), by its magnitude."""
    goal = 1.0 if shade > 0 else 0.0
    red, green, blue = (part + (goal - part) * abs(shade) for part in to_rgb(colour))
    return to_hex((red, green, blue))
