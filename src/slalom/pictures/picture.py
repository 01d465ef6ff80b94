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
        caption_height: how far above the foot of the page, in inches, an animation has its caption.
        moments: the caption at each step.
    """

    page: Page
    trails: list[Trail]
    caption_height: float
    moments: Sequence[str]
