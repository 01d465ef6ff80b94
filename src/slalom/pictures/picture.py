"""What a still picture and an animation share: a page, and the trails that move on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .page import Page
from .trails import Trail


@dataclass(frozen=True)
class Picture:
    """A page with trails on it, so that it can be shown at any step.

    Attributes:
        page: the page.
        trails: what moves.
        caption_height: of an animation's caption, in inches above the foot of the page.
        captions: what it says at each step.
    """

    page: Page
    trails: list[Trail]
    caption_height: float
    captions: Sequence[str]
