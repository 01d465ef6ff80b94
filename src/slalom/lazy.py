"""Names of a package that are loaded when they are first used."""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def attach(
    package: str, file: str
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """A package's `__getattr__`, `__dir__` and `__all__`, made from its stub.

    Args:
        package: the name of the package.
        file: its `__init__.py`. The stub beside it, `__init__.pyi`, imports every name from the
            module that defines it; type checkers read the same file.
    """
    stub = ast.parse(Path(file).with_suffix(".pyi").read_text(encoding="utf-8"))
    imports = [node for node in stub.body if isinstance(node, ast.ImportFrom)]
    modules = {alias.name: node.module for node in imports for alias in node.names}

    def load(name: str) -> Any:
        if name not in modules:
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

    return load, lambda: sorted(modules), sorted(modules)
