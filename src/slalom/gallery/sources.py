"""What a result depends on: the source files behind its code, and the libraries' versions."""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib.util
import json
import platform
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

PACKAGE = __name__.partition(".")[0]
LIBRARIES = (
    "imageio-ffmpeg", "jax", "jaxlib", "matplotlib", "numpy", "pillow", "scikit-learn", "scipy",
    "xarray",
)  # fmt: skip


def versions() -> dict[str, str]:
    """Of Python and the libraries that compute and draw."""
    found = {name: metadata.version(name) for name in LIBRARIES}
    return {"python": ".".join(platform.python_version_tuple()[:2]), **found}


def digest(value: Any) -> str:
    """A hash of a plain value."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


class Sources:
    """Source files, read once each, and what they import of Slalom and of their own package."""

    def __init__(self) -> None:
        self._hashes: dict[Path, str] = {}
        self._imports: dict[Path, frozenset[str]] = {}
        self._files: dict[str, tuple[tuple[Path, str], ...]] = {}

    def digest(self, modules: Iterable[str]) -> str:
        """A hash of modules and of all that they import, directly or not.

        Of what they import counts what is Slalom's, their own package's, or lies beside them.
        """
        modules = set(modules)
        tops = {PACKAGE} | {_top(name) for name in modules}
        found: dict[Path, str] = {}  # a file, and the name by which it was reached
        waiting = list(modules)
        while waiting:
            for path, name in self._loaded_once(waiting.pop()):
                if path not in found:
                    found[path] = name
                    named = self._imported(path, name)
                    own = path.parent if _top(name) != PACKAGE else None
                    waiting += (n for n in named if _top(n) in tops or _lies_in(own, _top(n)))
        return digest(sorted((name, self.hash_of(path)) for path, name in found.items()))

    def _loaded_once(self, module: str) -> tuple[tuple[Path, str], ...]:
        if module not in self._files:
            self._files[module] = tuple(self._loaded(module))
        return self._files[module]

    def _loaded(self, module: str) -> Iterator[tuple[Path, str]]:
        """The files that an import runs, with their names: a module and the packages around it.

        What follows the last module in the name is an attribute of it.
        """
        top, *parts = module.split(".")
        spec = importlib.util.find_spec(top)
        if spec is None or spec.origin is None:
            return
        file, name = Path(spec.origin), top
        yield file, name
        for part in parts:
            if file.name != "__init__.py":
                return
            inside = (file.parent / part / "__init__.py", file.parent / f"{part}.py")
            file = next((f for f in inside if f.is_file()), None)
            if file is None:
                return
            name = f"{name}.{part}"
            yield file, name

    def _imported(self, path: Path, name: str) -> frozenset[str]:
        if path not in self._imports:
            package = name if path.name == "__init__.py" else name.rpartition(".")[0]
            self._imports[path] = _names(path.read_bytes(), package)
        return self._imports[path]

    def hash_of(self, path: Path) -> str:
        """A hash of what a file holds."""
        if path not in self._hashes:
            self._hashes[path] = hashlib.sha256(path.read_bytes()).hexdigest()
        return self._hashes[path]


def _top(name: str) -> str:
    return name.partition(".")[0]


def _lies_in(folder: Path | None, module: str) -> bool:
    return folder is not None and (folder / f"{module}.py").is_file()


@functools.cache
def _names(source: bytes, package: str) -> frozenset[str]:
    """What the source of a module in a package imports, by its full names."""
    found = set[str]()
    around = package.split(".")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = around[: len(around) + 1 - node.level] if node.level else []
            base = base + (node.module.split(".") if node.module else [])
            found.update(".".join([*base, alias.name]) for alias in node.names)
    return frozenset(found)
