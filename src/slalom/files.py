"""The user's own rules and landscapes, named as `FILE.py:name`.

A file is a module here, whose name tells where it lies. So what is pickled from it is found again
in another process that sees the file.
"""

from __future__ import annotations

import functools
import importlib.util
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

from .errors import SlalomError, clip, unknown

__path__: list[str] = []  # so that Python looks for modules below this one: by `_Finder`


def is_own(cls: type) -> bool:
    """Whether a class is of a file that a user named."""
    return cls.__module__.startswith(f"{__name__}.")


def expanded(path: str | Path) -> Path:
    """A path whose `~` or `~user` is the folder that it stands for.

    Raises:
        SlalomError: nobody knows the folder of that user.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError:
        user = Path(path).parts[0]
        raise SlalomError(f"{path}: the folder that {user} stands for is not known") from None


def member(path: str, name: str) -> Any:
    """What `name` is in the Python file at `path`; the file is run once, as an import would.

    Raises:
        SlalomError: no such file, the file does not run, or it has no such name.
    """
    try:
        file = expanded(path)
        if not file.is_file():
            raise FileNotFoundError
    except OSError:  # not there, or a path too long
        raise SlalomError(f"no such file: {clip(path)} (to use its {name})") from None
    module = _run(str(file.resolve()), file.stat().st_mtime_ns)
    if not hasattr(module, name):
        names = [n for n in vars(module) if not n.startswith("_")]
        raise SlalomError(f"{path}: {unknown('name', name, names)}")
    return getattr(module, name)


@functools.cache
def _run(path: str, changed: int) -> ModuleType:
    spec = _spec(f"{__name__}.{Path(path).stem}_{path.encode().hex()}", path)
    assert spec is not None  # the ending is .py
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up by name
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        reason = str(error).splitlines()[0] if str(error) else ""
        raise SlalomError(f"{path} does not run: {type(error).__name__}: {reason}") from error
    return module


def _spec(name: str, path: str) -> ModuleSpec | None:
    return importlib.util.spec_from_file_location(name, path)


class _Finder(MetaPathFinder):
    """Finds the module of a file by the path in its name."""

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> ModuleSpec | None:
        name = fullname.removeprefix(f"{__name__}.")
        if name == fullname:
            return None
        try:
            place = bytes.fromhex(name.rpartition("_")[2]).decode()
        except ValueError:
            return None
        return _spec(fullname, place) if Path(place).is_file() else None


sys.meta_path.append(_Finder())
