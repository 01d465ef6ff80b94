"""`slalom doctor`: what Slalom runs on, and what it keeps on disk."""

from __future__ import annotations

import os
import platform
import shutil
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

from typer import Option

from ..extras import DISTRIBUTION
from . import options, terminal

NEEDED = ("jax", "jaxlib", "numpy", "xarray", "matplotlib")
OPTIONAL = ("torch", "optax", "numba")


def doctor(
    clear_cache: Annotated[
        bool,
        Option("--clear-cache", metavar="", help="Delete the compiled loops; they are made again."),
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Tell what Slalom runs on: versions, devices, precision, and the cache of compiled loops.

    The command line runs on the CPU, where small races are fastest. To run on a GPU that
    JAX knows, set JAX_PLATFORMS=cuda.
    """
    facts = _facts(clear_cache)
    terminal.answer(facts, as_json, lambda: _show(facts))


def _facts(clear_cache: bool) -> dict[str, Any]:
    import imageio_ffmpeg
    import jax

    from .. import cache

    cache.switch_on()
    kept = _kept()
    if clear_cache and kept is not None:
        shutil.rmtree(kept, ignore_errors=True)
    files = [] if kept is None else [file for file in kept.rglob("*") if file.is_file()]
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
        "threads": _threads(),
        "devices": [str(device) for device in jax.devices()],
        "jax_platforms": os.environ.get("JAX_PLATFORMS", ""),
        "precision": "float64, and float32 where --dtype asks for it",
        "cache": {
            "folder": None if kept is None else str(kept),
            "files": len(files),
            "bytes": sum(file.stat().st_size for file in files),
            "cleared": clear_cache and kept is not None,
        },
    }


def _kept() -> Path | None:
    """Where Slalom keeps what JAX compiled; None where it keeps nothing of its own."""
    import jax

    from .. import cache

    own = cache.compiled()
    used = getattr(jax.config, "jax_compilation_cache_dir", None)
    return own if used == str(own) else None


def _threads() -> int | None:
    """How many threads of this process may run at once."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _show(facts: dict[str, Any]) -> None:
    cache = facts["cache"]
    held = f"{cache['files']} files, {cache['bytes'] / 1e6:.1f} MB in {cache['folder']}"
    hint = "cleared" if cache["cleared"] else "slalom doctor --clear-cache empties it"
    rows = [
        *facts["versions"].items(),
        ("platform", facts["platform"]),
        ("cores", f"{facts['cores']}; threads at once: {facts['threads']}"),
        ("devices", f"{', '.join(facts['devices'])} (JAX_PLATFORMS={facts['jax_platforms']})"),
        ("precision", facts["precision"]),
        ("cache", f"{held}; {hint}" if cache["folder"] else "none of Slalom's own"),
    ]
    terminal.show(terminal.table(None, rows))
