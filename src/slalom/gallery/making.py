"""A worker's work: run the code of an item as it is shown, and put what it makes in its place."""

from __future__ import annotations

import contextlib
import io
import json
import os
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import atomic
from .plan import Item

PICTURE, FILM, THUMBNAIL, RESULT = ".png", ".mp4", ".webp", ".json"
WIDTHS = {"full": 1650, "small": 660}  # of pictures, at most, in pixels
THUMBNAILS = 480


@dataclass(frozen=True)
class Task:
    """An item to make in a site's folder, at a size."""

    item: Item
    folder: Path
    size: str


def make(task: Task) -> list[str]:
    """Run an item's code in a scratch folder, and move its files to their places in the site.

    Returns:
        The paths of the files within the site: picture, thumbnail, numbers, and film if any.
    """
    item, site = task.item, task.folder.resolve()
    with atomic.writing(site / item.folder), atomic.scratch(site) as place:
        (site / item.folder).mkdir(parents=True, exist_ok=True)
        result = _run(item.code, place)
        _fit(place / f"{item.stem}{PICTURE}", WIDTHS[task.size])
        facts = {"code": item.code, "result": result, "sizes": _sizes(place, item.stem)}
        text = json.dumps(facts, allow_nan=False)
        (place / f"{item.stem}{RESULT}").write_text(text + "\n", encoding="utf-8")
        endings = [PICTURE, THUMBNAIL, RESULT, *([FILM] if item.animated else [])]
        for ending in endings:
            (place / f"{item.stem}{ending}").replace(site / item.file(ending))
    return [item.file(ending) for ending in endings]


def _run(code: str, place: Path) -> dict[str, Any]:
    """What the code found, as plain values; its files are in `place`."""
    names: dict[str, Any] = {"__name__": "shown"}
    before = Path.cwd()
    os.chdir(place)
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(compile(code, "<shown>", "exec"), names)  # noqa: S102 (our own text, as on the page)
            return names["found"].summary()
    finally:
        os.chdir(before)


def _fit(picture: Path, widest: int) -> None:
    """Shrink a picture that is wider, and make its thumbnail."""
    from PIL import Image

    with Image.open(picture) as opened:
        image = opened.convert("RGB")
    if image.width > widest:
        image.thumbnail((widest, image.height))
        image.save(picture)
    image.thumbnail((THUMBNAILS, 2 * THUMBNAILS))
    image.save(picture.with_suffix(THUMBNAIL), quality=85)


def _sizes(place: Path, stem: str) -> dict[str, list[int]]:
    from PIL import Image

    found = {}
    for kind in (PICTURE, THUMBNAIL):
        with Image.open(place / f"{stem}{kind}") as image:
            found[kind[1:]] = list(image.size)
    return found
