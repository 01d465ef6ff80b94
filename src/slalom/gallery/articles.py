"""The five articles whose experiments the gallery shows."""

from __future__ import annotations

ARTICLES = {
    "habr": "Neural network optimization methods, an article on Habr, 2017",
    "notebook": "A course notebook that writes the optimizers out in Python",
    "orbit": "An article that fits a spacecraft's transfer orbit with four optimizers",
    "medium": "An article on Medium that explains optimizers by animations",
    "lecture": "A university lecture on optimization for deep learning",
}
"""Short name to what it is, in a line."""


def title(name: str) -> str:
    """What the article of a short name is."""
    return ARTICLES.get(name, name)
