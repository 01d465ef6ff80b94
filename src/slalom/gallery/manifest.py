"""The manifest of a built site: what was made, from what, and what its files hold."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..atomic import remove_folder, replacing
from ..errors import SlalomError

NAME = "manifest.json"
MAKING = ".making"  # the folder in which files are made before they are moved to their places
MAKER = "slalom gallery"


class Manifest:
    """Items by name, each with the key of what it was made from and the hashes of its files.

    An item's entry is written after its files are in their places, so an interrupted build
    leaves nothing that passes for done and is not.

    Attributes:
        folder: the site.
        plan: what the catalogue said, and the hash of the sources that said it.
    """

    def __init__(self, folder: Path, facts: dict[str, Any]):
        self.folder = folder
        self.plan: dict[str, Any] = facts.get("plan", {})
        self._items: dict[str, dict[str, Any]] = facts.get("items", {})

    @classmethod
    def open(cls, folder: str | Path) -> Manifest:
        """The manifest of a folder, which is made where it is not there.

        Raises:
            SlalomError: the folder is a file, not writable, or holds files that are not ours.
        """
        folder = Path(folder).expanduser()
        if folder.exists() and not folder.is_dir():
            raise SlalomError(f"{folder} is a file; a gallery needs a folder of its own")
        folder.mkdir(parents=True, exist_ok=True)
        facts = _facts(folder / NAME)
        if facts is None and any(folder.iterdir()):
            raise SlalomError(
                f"{folder} is not empty and holds no gallery; give a new or an empty folder"
            )
        manifest = cls(folder, facts or {})
        manifest.tidy()
        manifest.save()  # fails here, before the work, where nothing can be written
        return manifest

    def done(self, name: str, key: str) -> bool:
        """Whether an item was made from what the key stands for, and its files are as made."""
        entry = self._items.get(name)
        return entry is not None and entry["key"] == key and self.whole(name)

    def whole(self, name: str) -> bool:
        """Whether an item was made, from whatever, and its files are as made."""
        files = self._items.get(name, {}).get("files")
        return bool(files) and all(_hash(self.folder / p) == h for p, h in files.items())

    def record(self, name: str, key: str, files: Iterable[str]) -> None:
        """Note an item whose files are in their places."""
        hashes = {path: _hash(self.folder / path) for path in sorted(files)}
        self._items[name] = {"key": key, "files": hashes}
        self.save()

    def keep(self, names: Iterable[str]) -> None:
        """Forget all other items and remove their files."""
        gone = [self._items.pop(name) for name in set(self._items) - set(names)]
        used = {path for entry in self._items.values() for path in entry["files"]}
        for path in {path for entry in gone for path in entry["files"]} - used:
            (self.folder / path).unlink(missing_ok=True)
        if gone:
            self.save()

    def save(self) -> None:
        """Write the manifest, whole or not at all."""
        facts = {"made_by": MAKER, "plan": self.plan, "items": self._items}
        with replacing(self.folder / NAME) as made:
            made.write_text(json.dumps(facts, indent=1, sort_keys=True) + "\n", encoding="utf-8")

    def tidy(self) -> None:
        """Remove what a build that was interrupted left half made."""
        remove_folder(self.folder / MAKING)


def _facts(path: Path) -> dict[str, Any] | None:
    """What a manifest of ours says; None where there is none, or one that names other places."""
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        paths = [Path(name) for entry in facts["items"].values() for name in entry["files"]]
        ours = facts["made_by"] == MAKER
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
    inside = all(not path.is_absolute() and ".." not in path.parts for path in paths)
    return facts if ours and inside else None


def _hash(path: Path) -> str | None:
    with contextlib.suppress(OSError):
        return hashlib.sha256(path.read_bytes()).hexdigest()
    return None
