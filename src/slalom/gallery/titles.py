"""Where the experiments of the gallery come from: five articles, and papers."""

from __future__ import annotations

ARTICLES = {
    "habr": "“Neural network optimization methods”, on Habr, 2017",
    "notebook": "“Продвинутые методы оптимизации” (advanced optimization), a course notebook",
    "orbit": "A post on optimizers with the Earth-to-Mars transfer orbit as its case study, 2021",
    "medium": "“How to train Neural Network faster with optimizers?”, on Medium",
    "lecture": "“Optimizers”, a lecture page that follows Dive into Deep Learning",
    "papers": "The papers on the rules that networks are trained with today",
}
"""Short name to what it is, in a line."""


def title(name: str) -> str:
    """What the article of a short name is."""
    return ARTICLES.get(name, name)
