"""The pages of the site: what each shows, from the plan and the results on disk."""

from __future__ import annotations

import functools
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import jinja2

from .. import atomic
from ..extras import DISTRIBUTION
from . import tables
from .making import FILM, PICTURE, RESULT, THUMBNAIL
from .plan import Item
from .sources import digest
from .titles import title

INDEX = "index.html"
FIRST = "S3/hills-and-canyon"  # the film on the index, where it is there
STATIC = "gallery.css", "gallery.js"
TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Sheet:
    """A file of the site: its template and what fills it, plain values."""

    template: str
    context: dict[str, Any]


def site(
    plan: Mapping[str, Any], there: Mapping[str, Item], folder: Path, failed: Mapping[str, str]
) -> dict[str, Sheet]:
    """All pages that have something to show, by their paths.

    Args:
        plan: what the catalogue says.
        there: the items that are made, by name.
        folder: of the site, which holds their results.
        failed: the items that could not be made, with the reason.
    """
    shown = {name: _Shown.of(item, folder) for name, item in there.items()}
    claims = {claim["id"]: _claim(claim, shown.get(claim["id"])) for claim in plan["claims"]}
    kinds = {
        kind: [_study(study, claims, shown, failed) for study in plan[kind]]
        for kind in ("studies", "maps")
    }
    kinds = {kind: [s for s in studies if s["pictures"]] for kind, studies in kinds.items()}
    tested = [claim for claim in claims.values() if claim["shown"]]
    sheets = {name: Sheet(name, {}) for name in STATIC}
    sheets[INDEX] = Sheet(INDEX, _index(kinds, tested))
    for kind, studies in kinds.items():
        for study, around in zip(studies, _around(studies), strict=True):
            context = {"kind": kind, "study": study, **around}
            sheets[study["page"]] = Sheet("study.html", context)
    everywhere = [study for studies in kinds.values() for study in studies]
    for claim, around in zip(tested, _around(tested), strict=True):
        bearing = [
            {key: study[key] for key in ("id", "title", "page", "thumbnail")}
            for study in everywhere
            if claim["id"] in study["claim_ids"]
        ]
        sheets[claim["page"]] = Sheet("claim.html", {"claim": claim, "studies": bearing, **around})
    return sheets


def write(path: Path, sheet: Sheet) -> None:
    """Write a file of the site, whole or not at all."""
    if sheet.template in STATIC:
        text = (TEMPLATES / sheet.template).read_text(encoding="utf-8")
    else:
        text = _environment().get_template(sheet.template).render(sheet.context) + "\n"
    atomic.write(path, text)


@functools.cache
def look() -> str:
    """A hash of the templates and of the version that they name."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in TEMPLATES.iterdir()}
    return digest([texts, metadata.version(DISTRIBUTION)])


@functools.cache
def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["version"] = metadata.version(DISTRIBUTION)
    return made


def _page(name: str) -> str:
    return f"{name.lower()}.html"


@dataclass(frozen=True)
class _Shown:
    """An item that is made: what the templates need of it, and its result."""

    files: dict[str, Any]
    result: dict[str, Any]

    @classmethod
    def of(cls, item: Item, folder: Path) -> _Shown:
        facts = json.loads((folder / item.file(RESULT)).read_text(encoding="utf-8"))
        files = {
            "picture": item.file(PICTURE),
            "thumbnail": item.file(THUMBNAIL),
            "film": item.file(FILM) if item.animated else None,
            "data": item.file(RESULT),
            "sizes": facts["sizes"],
            "code": facts["code"],
        }
        return cls(files, facts["result"])


def _articles(names: Sequence[str]) -> list[tuple[str, str]]:
    return [(name, title(name)) for name in names]


def _claim(claim: Mapping[str, Any], shown: _Shown | None) -> dict[str, Any]:
    """A claim for its page and for the lists that it stands in; `shown` is None if not tested."""
    made = {**claim, "page": _page(claim["id"]), "articles": _articles(claim["articles"])}
    if shown is None:
        return {**made, "shown": None, "verdict": None}
    verdict, figures = shown.result["verdict"], tables.figures(shown.result["figures"])
    digits = min((shown.result.get("digits") or {}).values(), default=None)
    told = {"verdict": verdict, "figures": asdict(figures), "digits": digits}
    return {**made, "shown": shown.files, **told}


def _study(
    study: Mapping[str, Any],
    claims: Mapping[str, Mapping[str, Any]],
    shown: Mapping[str, _Shown],
    failed: Mapping[str, str],
) -> dict[str, Any]:
    figures = []
    for figure in study["figures"]:
        name = f"{study['id']}/{figure['name']}"
        made = {key: figure[key] for key in ("name", "title", "shows", "settings")}
        if name in shown:
            result = shown[name].result  # of a chart its title, which is drawn, and its numbers
            numbers = [asdict(table) for table in tables.tables(result.get("numbers", result))]
            figures.append({**made, **shown[name].files, "numbers": numbers, "missing": None})
        else:
            figures.append({**made, "missing": failed.get(name, "not made yet")})
    pictures = [figure for figure in figures if not figure["missing"]]
    beside = [claims[name] for name in study["claims"] if name in claims]
    keys = ("id", "sentence", "page", "verdict")
    return {
        "id": study["id"],
        "page": _page(study["id"]),
        "title": study["title"],
        "about": study["about"],
        "articles": _articles(study["articles"]),
        "figures": figures,
        "pictures": len(pictures),
        "films": sum(bool(figure["film"]) for figure in pictures),
        "thumbnail": _thumbnail(pictures[0]) if pictures else None,
        "claims": [{key: claim[key] for key in keys} for claim in beside],
        "claim_ids": list(study["claims"]),
    }


def _thumbnail(figure: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "path": figure["thumbnail"],
        "size": figure["sizes"][THUMBNAIL[1:]],
        "shows": figure["shows"],
    }


def _index(
    kinds: Mapping[str, Sequence[Mapping[str, Any]]], tested: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    films = {
        f"{study['id']}/{figure['name']}": {**figure, "page": study["page"]}
        for study in kinds["studies"]
        for figure in study["figures"]
        if not figure["missing"] and figure["film"]
    }
    first = films.get(FIRST) or next(iter(films.values()), None)
    keys = ("id", "page", "title", "articles", "pictures", "films", "thumbnail")
    cards = {kind: [{k: s[k] for k in keys} for s in studies] for kind, studies in kinds.items()}
    counts = Counter(claim["verdict"] for claim in tested)
    return {**cards, "first": first, "claims": list(tested), "counts": dict(counts)}


def _around(entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Of each entry the page before it and the one after it."""
    links = [None, *({"id": entry["id"], "page": entry["page"]} for entry in entries), None]
    return [
        {"before": before, "after": after} for before, after in zip(links, links[2:], strict=False)
    ]
