"""The one way in: runs a command and turns every failure into one line and an exit status."""

from __future__ import annotations

import gc
import importlib.util
import io
import logging
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from ..devices import check_devices
from ..errors import SlalomError, clip
from ..extras import LAB, NotInstalledError, install
from .status import FAILED, INTERRUPTED, MISUSED, OK, Stopped, complain


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: the arguments; default: those of the process.

    Returns:
        The exit status: 0 done (a run that diverges is a result), 1 failed, 2 misused,
        130 interrupted by Ctrl-C.
    """
    # What a terminal asks for is small: a GPU would only make it start later. Whoever wants one
    # says so by JAX_PLATFORMS=cuda.
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    # Imports and tracing make objects that stay: to look through them for garbage again and
    # again would take a tenth of the time of a small race.
    gc.set_threshold(100_000)
    # Matplotlib tells of a home that is read-only, and of fonts: nothing to be done here.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    if os.environ.get("COLUMNS", "1").strip("0") == "":
        del os.environ["COLUMNS"]  # 0 is what some terminals say that do not know it
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without ² is no reason to fail
    try:
        return _run(sys.argv[1:] if argv is None else argv)
    except KeyboardInterrupt:
        return complain("interrupted", INTERRUPTED)
    except Stopped as stopped:
        return complain(str(stopped), INTERRUPTED)
    except SlalomError as error:
        return complain(str(error), MISUSED)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        return complain(f"{place}{error.strerror or error}", FAILED)
    except Exception as error:
        if os.environ.get("SLALOM_TRACEBACK"):
            raise
        return complain(*_described(error))


def _run(argv: Sequence[str]) -> int:
    missing = [module for module in LAB if importlib.util.find_spec(module) is None]
    if missing:
        raise NotInstalledError(
            f"the command line needs {clip(', '.join(missing))}: {install('lab')}"
        )
    from typer import TyperException

    from .app import command

    try:
        status = command()(list(argv) or ["--help"], prog_name="slalom", standalone_mode=False)
    except TyperException as error:  # a wrong option or argument
        # "Value error" is how Pydantic, inside Typer, begins what an option's reader says
        return complain(error.format_message().replace(": Value error, ", ": "), error.exit_code)
    if status == INTERRUPTED:
        raise KeyboardInterrupt
    return status if isinstance(status, int) else OK


def _described(error: Exception) -> tuple[str, int]:
    """An unexpected error, such as one in a rule of the user's own, and where it happened.

    Returns:
        The line for it, and the exit status.
    """
    if "jax" in sys.modules:
        try:  # without a device everything fails, each in its own way
            check_devices()
        except SlalomError as reason:
            return str(reason), MISUSED
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if "site-packages" not in f.filename and f.filename[0] != "<"]
    where = f"{Path(own[-1].filename).name}, line {own[-1].lineno}" if own else "Slalom"
    hint = "SLALOM_TRACEBACK=1 shows the whole traceback"
    return f"{type(error).__name__} in {where}: {error} ({hint})", FAILED
