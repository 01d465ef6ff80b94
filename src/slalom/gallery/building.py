"""Building the site: what is up to date stays, the rest is made in parallel."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .. import atomic
from ..errors import SlalomError
from ..shutdown import Cleanup
from ..workers import Failure, Pool
from . import making, pages
from .manifest import Manifest
from .plan import FILMS, Item, chosen, described, items
from .sources import Sources, digest, versions

CATALOGUE = "slalom.gallery.catalogue:CATALOGUE"
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Built:
    """What a build did.

    Attributes:
        index: the page to open.
        made: names of the items and pages that were made.
        kept: how many were up to date.
        failed: items that could not be made, with the reason of each.
    """

    index: Path
    made: list[str]
    kept: int
    failed: dict[str, str] = field(default_factory=dict)


def build(
    folder: str | Path,
    only: Sequence[str] = (),
    *,
    size: str = "full",
    workers: int | None = None,
    catalogue: str = CATALOGUE,
    progress: Progress | None = None,
) -> Built:
    """Build the static site in a folder, or bring up to date the one that is there.

    Whatever ends a build, the next one continues: files come before their entry in the manifest.

    Args:
        folder: of its own; made where it is not there.
        only: ids of studies, maps and claims, such as `S3`, `basins`, `C18`. Default: all.
        size: `full`, or `small`: smaller pictures, and films of a second.
        workers: parallel processes, at least 1. Default: as many as there are cores.
        catalogue: what is shown, as `module:NAME` of a `Catalogue`.
        progress: called after every item with how many are done, and of how many.

    Raises:
        SlalomError: a folder that is a file, holds files of others or cannot be written to, no
            room on the disk, or arguments that are not allowed. What is done stays valid.
    """
    if size not in FILMS:
        raise SlalomError(f"size must be {' or '.join(FILMS)}, got {size!r}")
    pool = Pool(workers)
    manifest, sources = Manifest.open(folder), Sources()
    with Cleanup(lambda: atomic.sweep(manifest.folder)):  # what workers left half made
        with pool:
            plan = _planned(manifest, sources, pool, catalogue)
            wanted = chosen(plan, only)
            everything = items(plan, size)
            keys = {item.name: _key(item, size, sources) for item in everything}
            waiting = [
                item for item in everything
                if item.page in wanted and not manifest.done(item.name, keys[item.name])
            ]  # fmt: skip
            failed = _make(waiting, keys, size, manifest, pool, progress)
        there = {item.name: item for item in everything if manifest.whole(item.name)}
        sheets = pages.site(plan, there, manifest.folder, failed)
        made = [item.name for item in waiting if item.name not in failed]
        made += _write(sheets, manifest)
        manifest.keep([*there, *sheets])
    kept = sum(item.page in wanted for item in everything) + len(sheets) - len(made) - len(failed)
    return Built(manifest.folder / pages.INDEX, made, kept, failed)


def _planned(manifest: Manifest, sources: Sources, pool: Pool, catalogue: str) -> Mapping[str, Any]:
    """What the catalogue says; from the manifest, if no source has changed since it was asked."""
    key = digest([catalogue, sources.digest([catalogue.partition(":")[0]]), versions()])
    if manifest.plan.get("key") != key:
        [(_, plan)] = pool.each(described, [catalogue])
        if isinstance(plan, Failure):
            raise SlalomError(plan.reason)
        manifest.plan = {"key": key, **plan}
        manifest.save()
    return manifest.plan


def _key(item: Item, size: str, sources: Sources) -> str:
    """What an item is made from: its code, its facts, the sources behind it, the libraries."""
    maker = sources.hash_of(Path(making.__file__))
    facts = [item.code, dict(item.facts), item.animated, size]
    return digest([facts, sources.digest(item.modules), maker, versions()])


def _make(
    waiting: Sequence[Item],
    keys: Mapping[str, str],
    size: str,
    manifest: Manifest,
    pool: Pool,
    progress: Progress | None,
) -> dict[str, str]:
    """Make the items; those that fail, with the reason."""
    failed: dict[str, str] = {}
    tasks = [making.Task(item, manifest.folder, size) for item in waiting]
    for count, (task, files) in enumerate(pool.each(making.make, tasks), 1):
        name = task.item.name
        if isinstance(files, Failure):
            failed[name] = files.reason
        else:
            manifest.record(name, keys[name], files)
        if progress is not None:
            progress(count, len(tasks))
    return failed


def _write(sheets: Mapping[str, pages.Sheet], manifest: Manifest) -> Iterator[str]:
    """Write the pages that are not up to date."""
    for path, sheet in sheets.items():
        key = digest([sheet.template, sheet.context, pages.look()])
        if manifest.done(path, key):
            continue
        pages.write(manifest.folder / path, sheet)
        manifest.record(path, key, [path])
        yield path
