"""S15: the lecture's adaptive rules in its narrow canyon."""

from __future__ import annotations

from ..studies.race import race
from .study import Figure, Study

RULES = (
    "adagrad(lr=[0.4, 2], eps=1e-6, eps_inside=true)",
    "rmsprop(lr=0.4, decay=0.9, eps=1e-6, eps_inside=true)",
)
BESIDE = ("momentum(lr=0.2, momentum=0.7)", "adam(lr=0.5)")
"""Ours."""

STUDY = Study(
    id="S15",
    title="Rules of the lecture",
    articles=("lecture",),
    about=(
        "A canyon twenty times steeper across than along. Adagrad gives each direction a rate "
        "of its own, but its rates only shrink: at 0.4 it comes to a halt half way, at 2 it "
        "arrives. RMSProp forgets old gradients and arrives with 0.4 too. Momentum and Adam "
        "stand beside them at settings of ours."
    ),
    figures=(
        Figure(
            "canyon",
            "Adagrad and RMSProp in a narrow canyon",
            race,
            {"landscape": "narrow_canyon", "rules": RULES, "steps": 20},
            shows="Adagrad with rate 0.4 stops half way; with rate 2 it arrives, and so does "
            "RMSProp with 0.4.",
            animated=True,
        ),
        Figure(
            "with-momentum-and-adam",
            "The same with momentum and Adam",
            race,
            {"landscape": "narrow_canyon", "rules": (*RULES, *BESIDE), "steps": 40},
            shows="Momentum swings across the canyon while it gains speed along it; Adam, "
            "with its averaged gradient, overshoots, comes back and passes the minimum again.",
            animated=True,
        ),
    ),
    claims=("C40", "C49"),
)
