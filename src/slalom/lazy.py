"""Names of a package that are loaded when they are first used."""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # what is needed only later is imported only then
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def attach(package: str, file: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """A package's `__getattr__` and `__dir__`, made from its stub when they are first called.

    Args:
        package: the name of the package.
        file: its `__init__.py`. The stub beside it, `__init__.pyi`, imports every name from the
            module that defines it; type checkers read the same file. `__all__` are its names.
    """
    modules: dict[str, str | None] = {}

    def known() -> dict[str, str | None]:
        if not modules:
            modules.update(_imported(file))
        return modules

    def load(name: str) -> Any:
        import importlib

        if name == "__all__":
            return sorted(known())
        if name not in known():
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module = modules[name]
        try:
            if module is None:
                found = importlib.import_module(f"{package}.{name}")
            else:
                found = getattr(importlib.import_module(f"{package}.{module}"), name)
        except ModuleNotFoundError as error:
            from .extras import not_installed

            raise not_installed(f"{package}.{name}", error) from None
        setattr(sys.modules[package], name, found)  # the next access finds it without a call
        return found

    return load, lambda: sorted(known())


def _imported(file: str) -> dict[str, str | None]:
    """The names that the stub of a package imports, each with its module."""
    import ast
    from pathlib import Path

    stub = ast.parse(Path(file).with_suffix(".pyi").read_text(encoding="utf-8"))
    imports = [node for node in stub.body if isinstance(node, ast.ImportFrom)]
    return {alias.name: node.module for node in imports for alias in node.names}
