"""A worker's work for the command line: put a claim to the test, and draw what it found."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Question:
    """A claim by its id, and the folders that want its picture."""

    claim: str
    folders: tuple[Path, ...] = ()

    def picture(self, folder: Path) -> Path:
        """Where the picture is, in such a folder."""
        return folder / f"{self.claim}.png"


def ask(question: Question) -> dict[str, Any]:
    """The summary of a claim that was put to the test, as plain values."""
    from .. import pictures
    from ..articles.claims import judge
    from ..articles.claims.catalogue import find

    judged = judge(find(question.claim))
    for folder in question.folders:
        pictures.save(judged.measured.shown, question.picture(folder))
    return judged.summary()
