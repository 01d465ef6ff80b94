"""What is not installed with the base, and the line that says how to install it."""

from __future__ import annotations

from .errors import SlalomError

LAB = (
    "PIL", "h5netcdf", "h5py", "imageio_ffmpeg", "jax", "jinja2", "matplotlib", "rich", "scipy",
    "sklearn", "typer", "xarray", "zarr",
)  # fmt: skip
"""The modules that the extra `lab` brings: the laboratory and the command line need all of them."""

DISTRIBUTION = "slalom-optim"


class NotInstalledError(SlalomError, ImportError):
    """A part of Slalom whose packages are not installed."""


def install(extra: str) -> str:
    """How to install an extra of Slalom, from the package index or in a clone."""
    return f"pip install '{DISTRIBUTION}[{extra}]' (in a clone: pip install -e '.[{extra}]')"


def not_installed(part: str, error: ModuleNotFoundError) -> Exception:
    """What to raise where importing a part of the laboratory failed.

    Args:
        part: what was asked for, such as `slalom.race`.
        error: the failure.

    Returns:
        A `NotInstalledError` that says what to install; `error` itself where no package of
        `lab` is missing.
    """
    module = (error.name or "").partition(".")[0]
    if module not in LAB:
        return error
    return NotInstalledError(f"{part} needs {module}: {install('lab')}")
