"""One step of a rule on many NumPy arrays, in place, by its compiled loop."""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..errors import SlalomError
from ..extras import install
from ..rules import Rule
from .crew import Crew, Team
from .memory import Gradients, address
from .numbers import is_steady, numbers_at, skeleton
from .work import Work

if TYPE_CHECKING:
    from .kernel import Kernel
    from .leaves import Leaves

DTYPES = ("float32", "float64")
PIECE = 1 << 16  # elements; less than this is not worth waking a thread for
PIECES = 8  # for each thread, so that one that is held up leaves its share to the others
BLOCK = 1 << 13  # elements of a strided array that are copied at a time, within the cache

crew = Crew()


def available() -> bool:
    """Whether Numba is installed; it is loaded when the first kernel is made."""
    return importlib.util.find_spec("numba") is not None


def why_not(rule: Rule, dtype: Any) -> str | None:
    """Why a rule cannot be fused for a dtype, in one line; None where it can.

    Args:
        rule: any rule.
        dtype: of the parameters, as NumPy takes it, or its name.
    """
    name = _name_of(dtype)
    if rule.needs:
        return f"{rule.name} needs {' and '.join(sorted(rule.needs))}, which a kernel does not take"
    if not rule.elementwise:
        return f"{rule.name} is not elementwise"
    if name not in DTYPES:
        return f"kernels compute in {' and '.join(DTYPES)}, not {name}"
    if not available():
        return f"numba is not installed: {install('fused')}"
    from .kernel import text_of

    try:
        text_of(skeleton(rule), name)
    except SlalomError as error:
        return f"{rule.name} cannot be fused: {error}"
    return None


def _name_of(dtype: Any) -> str:
    try:
        return np.dtype(dtype).name
    except TypeError:  # bfloat16, or another library's
        return str(dtype).rpartition(".")[2]


class Stepper:
    """Steps lists of arrays in place by a rule.

        stepper = Stepper(Adam(lr=0.1), "float32")
        stepper.step(params, grads, states, t)

    The loop is compiled once for a rule's conventions, and kept on disk; other numbers, a
    schedule's among them, never compile again. A stepper remembers the arrays of its last
    step, so that the same ones are not looked at again: use one for each list of them.

    Args:
        rule: an elementwise rule that needs a gradient only.
        dtype: of all arrays, float32 or float64.
        team: the threads that step; None: those that all steppers share.

    Raises:
        SlalomError: the rule cannot be fused; `why_not` says why.
    """

    def __init__(self, rule: Rule, dtype: Any, team: Team | None = None):
        reason = why_not(rule, dtype)
        if reason is not None:
            raise SlalomError(reason)
        self.rule, self.dtype = rule, np.dtype(dtype)
        self.team = crew if team is None else team
        self._told = _told(rule, self.dtype.name)
        self._leaves: Leaves | None = None

    def step(
        self,
        params: Sequence[np.ndarray],
        grads: Sequence[np.ndarray],
        states: Sequence[Any],
        t: int,
        rule: Rule | None = None,
        threads: int | None = None,
    ) -> None:
        """Take one step: `x += delta` for every parameter, and every state to its next.

        All arrays are written in place, and only after everything is checked. They may be
        views with any strides; those that lie in memory without gaps, in one order, are
        fastest. Gradients may share memory with each other, nothing else may.

        Args:
            params: arrays of any shapes.
            grads: the gradient of each, of its shape.
            states: the rule's state of each, as `init` gives it: arrays of the parameter's
                shape, and arrays without dimensions for scalars.
            t: the number of this step, from 1.
            rule: the rule with other numbers, for this step.
            threads: at most so many; None: as many as Numba would take.

        Raises:
            SlalomError: arrays that do not fit each other or the rule, that are read-only, or
                that overlap; nothing is changed then.
        """
        self.prepared(params, grads, states, t, rule, threads)()

    def prepared(
        self,
        params: Sequence[np.ndarray],
        grads: Sequence[np.ndarray] | Gradients,
        states: Sequence[Any],
        t: int,
        rule: Rule | None = None,
        threads: int | None = None,
    ) -> Callable[[], None]:
        """A step that is checked and yet to be taken: all that `step` raises is raised here."""
        rule = self.rule if rule is None else rule
        given = grads if isinstance(grads, Gradients) else Gradients.of(grads)
        if not len(params) == len(given.begins) == len(states):
            raise SlalomError(
                f"{len(params)} parameters, {len(given.begins)} gradients and {len(states)} "
                "states: each parameter needs one of each"
            )
        told = self._told if self._told.rule is rule else _told(rule, self.dtype.name)
        leaves = self._leaves  # another thread may put others there meanwhile
        if leaves is None or not leaves.are(told.kernel, params, states):
            from .leaves import Leaves

            leaves = Leaves(told.kernel, self.dtype, params, states)
        gradients, layout = leaves.gradients(given)
        numbers = told.at(t)
        self._told, self._leaves = told, leaves

        def taken() -> None:
            if params:
                rows, many = _rows(leaves, numbers), threads or _threads()
                total = int(layout.offsets[-1])
                piece = max(PIECE, total // (PIECES * many))
                tables = leaves.addresses, gradients, layout.offsets, rows
                self.team.run(Work(leaves.kernel, *tables, piece, (leaves, given)), many)
                for i in layout.strided:
                    arrays = [given.arrays()[i], *leaves.arrays[i]]
                    _advance_strided(leaves.kernel, arrays, rows[min(i, len(rows) - 1) :])

        return taken


def _rows(leaves: Leaves, numbers: np.ndarray) -> np.ndarray:
    """What the loop takes from before it: a row for all leaves, or one for each."""
    module = leaves.kernel.module
    rows = np.empty((len(leaves.params) if leaves.scalars.size else 1, module.SHARED))
    module.prepare(numbers, leaves.scalars, rows)
    return rows


class Told(NamedTuple):
    """A rule, its kernel, and its numbers where they are the same at every step but for t."""

    rule: Rule
    kernel: Kernel
    steady: np.ndarray | None

    def at(self, t: int) -> np.ndarray:
        """What the kernel is told at step `t`."""
        if self.steady is None:
            return numbers_at(self.rule, t, self.kernel.dtype)
        numbers = self.steady.copy()
        numbers[0] = t
        return numbers


def _told(rule: Rule, dtype: str) -> Told:
    from .kernel import kernel_of

    kernel = kernel_of(skeleton(rule), dtype)
    return Told(rule, kernel, numbers_at(rule, 1, dtype) if is_steady(rule) else None)


@functools.cache
def _threads() -> int:
    import numba

    return numba.config.NUMBA_NUM_THREADS  # pyright: ignore


def _advance_strided(kernel: Kernel, arrays: list[np.ndarray], rows: np.ndarray) -> None:
    """Step one leaf through small copies of what does not lie flat; the gradient comes first."""
    flat: list[Any] = ["aligned", "contig"]
    blocks = np.nditer(
        arrays,
        ["external_loop", "buffered"],
        [["readonly", *flat]] + [["readwrite", *flat]] * (len(arrays) - 1),
        order="K",
        buffersize=BLOCK,
    )
    with blocks:
        for block in blocks:
            g, *rest = (address(a) for a in block)
            offsets = np.array([0, len(block[0])])
            Work(kernel, np.array([rest]), np.array([g]), offsets, rows, BLOCK).labour()
