"""What goes wrong in a user's own rule or function under JAX, in one line that names the place."""

from __future__ import annotations

import linecache
import re
import sysconfig
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from .errors import SlalomError

_NOT_OWN = (str(Path(__file__).parent), sysconfig.get_path("stdlib"), "<frozen")
_TRUTH = ("TracerBoolConversionError", "truth value of an array")
_NUMBER = (
    "TracerArrayConversionError",
    "TracerIntegerConversionError",
    "ConcretizationTypeError",
    "converted to Python scalars",
    "nly integer scalar arrays",
)
_IN_PLACE = ("do not support in-place",)


@dataclass(frozen=True)
class Words:
    """What a user's own code is written with.

    Attributes:
        choice: what chooses between two arrays.
        module: where its functions are.
        names: names of NumPy and `math` to those of the module.
        others: what stands before names that are not there.
    """

    choice: str
    module: str
    names: Mapping[str, str]
    others: str


def _same(names: str) -> dict[str, str]:
    return {name: name for name in names.split()}


OF_RULES = Words(
    "where(condition, a, b), larger or smaller of slalom.rules.vocabulary",
    "slalom.rules.vocabulary",
    _same("sqrt sign where clip mean norm dot") | {"maximum": "larger", "minimum": "smaller"},
    "namespace(x).",
)
OF_FUNCTIONS = Words(
    "jax.numpy.where(condition, a, b), or minimum or maximum of slalom.landscapes.functions",
    "slalom.landscapes.functions",
    _same("sin cos tan asin acos atan sinh cosh tanh exp floor sqrt log log2 log10 sign")
    | _same("minimum maximum")
    | {"arcsin": "asin", "arccos": "acos", "arctan": "atan", "abs": "absolute", "fabs": "absolute"},
    "jax.numpy.",
)


@contextmanager
def explained(words: Words) -> Iterator[None]:
    """Around calls of a user's own code: its misuses of arrays become a SlalomError of one line.

    Every other error is left as it is.
    """
    try:
        yield
    except SlalomError:
        raise
    except Exception as error:
        told = explanation(error, words)
        if told is None:
            raise
        raise SlalomError(told) from error


def explanation(error: Exception, words: Words) -> str | None:
    """Where in a user's own code an error comes from, and what to use there; None if unknown."""
    frames = [(f, n) for f, n in traceback.walk_tb(error.__traceback__) if _is_own(f)]
    if not frames:
        return None
    frame, number = frames[-1]
    line = linecache.getline(frame.f_code.co_filename, number, frame.f_globals)
    told = _told(f"{type(error).__name__} {error}", line, words)
    if told is None:
        return None
    name = frame.f_code.co_qualname.rpartition("<locals>.")[2]
    return f"{Path(frame.f_code.co_filename).name}:{name}, line {number}: {told}"


def _told(error: str, line: str, words: Words) -> str | None:
    if any(sign in error for sign in _TRUTH):
        return f"an array is neither true nor false: use {words.choice}"
    if any(sign in error for sign in _IN_PLACE):
        return f"an array is not changed in place: use {words.choice}"
    if not any(sign in error for sign in _NUMBER):
        return None
    called = dict.fromkeys(re.findall(r"\b((?:np|numpy|math)(?:\.\w+)+)\(", line))
    if not called:
        return "an array cannot be made a number here, as float(), int(), item() and range() do"
    instead = [_instead(name, words) for name in called]
    return f"{' and '.join(called)} cannot be used on arrays here: use {' and '.join(instead)}"


def _instead(called: str, words: Words) -> str:
    name = called.partition(".")[2]
    known = words.names.get(name.rpartition(".")[2])
    return f"{words.others}{name}" if known is None else f"{known} of {words.module}"


def _is_own(frame: FrameType) -> bool:
    file = frame.f_code.co_filename
    return not file.startswith(_NOT_OWN) and "site-packages" not in file
