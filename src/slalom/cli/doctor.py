"""`slalom doctor`: what Slalom runs on, and what it keeps on disk."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

from typer import Option

from .. import cache
from ..extras import DISTRIBUTION
from . import options, terminal

NEEDED = ("jax", "jaxlib", "numpy", "xarray", "matplotlib")
OPTIONAL = ("torch", "optax", "numba")


def doctor(
    clear_cache: Annotated[
        bool,
        Option("--clear-cache", metavar="", help="Delete what is compiled; it is made again."),
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Tell what Slalom runs on: versions, devices, precision, and the cache of what is compiled.

    The command line runs on the CPU, where small races are fastest. To run on a GPU that
    JAX knows, set JAX_PLATFORMS=cuda.
    """
    facts = _facts(clear_cache)
    terminal.answer(facts, as_json, lambda: _show(facts))


def _facts(clear_cache: bool) -> dict[str, Any]:
    import imageio_ffmpeg
    import jax

    from ..kernels.crew import most_threads

    cache.switch_on()
    keeps = os.environ.get("SLALOM_CACHE_DIR") != ""
    if clear_cache and keeps:
        cache.clear()
    files, place = (cache.kept(), cache.folder()) if keeps else ([], None)
    versions = {"slalom": _version(DISTRIBUTION)}
    versions |= {name: _version(name) for name in (*NEEDED, *OPTIONAL)}
    return {
        "versions": {
            "python": platform.python_version(),
            **{name: version for name, version in versions.items() if version},
            "ffmpeg": imageio_ffmpeg.get_ffmpeg_version(),
        },
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        "threads": most_threads(),
        "devices": [str(device) for device in jax.devices()],
        "jax_platforms": os.environ.get("JAX_PLATFORMS", ""),
        "precision": "float64, and float32 where --dtype asks for it",
        "cache": {
            "folder": None if place is None else str(place),
            "trouble": cache.trouble(place) if keeps else None,
            "files": len(files),
            "bytes": sum(map(_size, files)),
            "cleared": clear_cache and keeps,
        },
    }


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:  # another process has just deleted it
        return 0


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _show(facts: dict[str, Any]) -> None:
    kept = facts["cache"]
    held = f"{kept['files']} files, {kept['bytes'] / 1e6:.1f} MB in {kept['folder']}"
    hint = "cleared" if kept["cleared"] else "slalom doctor --clear-cache empties it"
    hint = f"nothing is kept: {kept['trouble']}" if kept["trouble"] else hint
    without = kept["trouble"] or "SLALOM_CACHE_DIR is empty"
    rows = [
        *facts["versions"].items(),
        ("platform", facts["platform"]),
        ("cores", f"{facts['cores']}; threads at once: {facts['threads']}"),
        ("devices", f"{', '.join(facts['devices'])} (JAX_PLATFORMS={facts['jax_platforms']})"),
        ("precision", facts["precision"]),
        ("cache", f"{held}; {hint}" if kept["folder"] else f"none: {without}"),
    ]
    terminal.show(terminal.table(None, rows))
