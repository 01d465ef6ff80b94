"""The plan of a site: the catalogue as plain values, from which no code needs to be loaded."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import SlalomError, unknown

if TYPE_CHECKING:
    from ..articles.claims import Claim
    from ..articles.study import Figure, Study

FILMS = {"full": "size=(960, 640)", "small": "size=(480, 320), seconds=1"}
"""Size of a site to how its films are made."""


@dataclass(frozen=True)
class Item:
    """Something to be computed and drawn.

    Attributes:
        name: `S3/wobbly` or `C18`.
        page: the study, map or claim whose page shows it.
        code: the Python that makes it, run as shown; it leaves `found`.
        stem: of its files' names.
        animated: whether the code makes a film too.
        modules: those that the code, and what it calls, come from.
        facts: all else that its result depends on.
    """

    name: str
    page: str
    code: str
    stem: str
    animated: bool
    modules: tuple[str, ...]
    facts: Mapping[str, Any]

    @property
    def folder(self) -> str:
        """Where its files are, in the site."""
        return f"media/{self.page.lower()}"

    def file(self, ending: str) -> str:
        """The path of its file with this ending, in the site."""
        return f"{self.folder}/{self.stem}{ending}"


def described(catalogue: str) -> dict[str, Any]:
    """The plan of the catalogue of that name, `module:NAME`: studies, maps, claims.

    It loads the catalogue, and with it JAX: so it is called in a worker.
    """
    module, name = catalogue.split(":")
    whole = getattr(importlib.import_module(module), name)
    return {
        "studies": [_study(study) for study in whole.studies],
        "maps": [_study(study) for study in whole.maps],
        "claims": [_claim(claim, whole.finder) for claim in whole.claims],
    }


def _study(study: Study) -> dict[str, Any]:
    return {
        "id": study.id,
        "title": study.title,
        "articles": list(study.articles),
        "about": study.about,
        "claims": list(study.claims),
        "figures": [_figure(figure) for figure in study.figures],
    }


def _figure(figure: Figure) -> dict[str, Any]:
    return {
        "name": figure.name,
        "title": figure.title,
        "shows": figure.shows or figure.title,
        "code": figure.code,
        "module": figure.call.__module__,
        "settings": list(_settings(figure)),
        "animated": figure.animated,
        "film": {k: v for k in ("fps", "tail") if (v := getattr(figure, k)) is not None},
    }


def _settings(figure: Figure) -> Iterator[tuple[str, list[str]]]:
    """The arguments of a figure's call, those it leaves out included, as texts."""
    bound = inspect.signature(figure.call).bind(**figure.arguments)
    bound.apply_defaults()
    for name, value in bound.arguments.items():
        if value is not None and name != "progress":
            several = isinstance(value, (list, tuple)) and all(isinstance(v, str) for v in value)
            yield name, list(value) if several else [str(value)]


def _claim(claim: Claim, finder: str) -> dict[str, Any]:
    return {
        "id": claim.id,
        "sentence": claim.sentence,
        "articles": list(claim.articles),
        "experiment": claim.experiment,
        "holds": claim.holds,
        "in_part": claim.in_part if claim.in_part != "False" else "",
        "module": claim.measure.__module__,
        "finder": finder,
    }


def items(plan: Mapping[str, Any], size: str) -> list[Item]:
    """All that a plan has to compute; the claims, which take longest, first."""
    figures = [
        _of_figure(study["id"], figure, size)
        for study in (*plan["maps"], *plan["studies"])
        for figure in study["figures"]
    ]
    return [*(_of_claim(claim) for claim in plan["claims"]), *figures]


def _of_figure(page: str, figure: Mapping[str, Any], size: str) -> Item:
    name, code = figure["name"], figure["code"]
    if figure["animated"]:
        film = ", ".join([FILMS[size], *(f"{k}={v!r}" for k, v in figure["film"].items())])
        code += f"slalom.animate(found, {name + '.mp4'!r}, {film})\n"
    modules = (figure["module"], "slalom.pictures")
    return Item(f"{page}/{name}", page, code, name, figure["animated"], modules, {})


def _of_claim(claim: Mapping[str, Any]) -> Item:
    code = (
        "import slalom\nfrom slalom.articles.claims import judge\n"
        f"from {claim['finder']} import find\n\n"
        f"found = judge(find({claim['id']!r}))\n"
        "print(found.verdict, dict(found.measured.figures))\n"
        f"slalom.save(found.measured.shown, {claim['id'].lower() + '.png'!r})\n"
    )
    modules = (claim["module"], "slalom.articles.claims.claim", "slalom.pictures")
    name = claim["id"]
    return Item(name, name, code, name.lower(), False, modules, claim)


def chosen(plan: Mapping[str, Any], only: Sequence[str]) -> set[str]:
    """The pages of these names, in capitals or not; all without any.

    Raises:
        SlalomError: a name of no page.
    """
    pages = list(pages_of(plan))
    known = {page.lower(): page for page in pages}
    for name in only:
        if name.strip().lower() not in known:
            raise SlalomError(unknown("study, map or claim", name, pages))
    return {known[name.strip().lower()] for name in only} or set(pages)


def pages_of(plan: Mapping[str, Any]) -> Iterable[str]:
    """The ids of all that has a page."""
    return (entry["id"] for group in ("studies", "maps", "claims") for entry in plan[group])
