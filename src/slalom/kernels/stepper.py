"""One step of a rule on many NumPy arrays, in place, by its compiled loop."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..errors import SlalomError
from ..extras import install
from ..lowering import is_steady, numbers_at, skeleton
from ..rules import Rule
from .crew import Crew, Team, most_threads
from .execution import Step
from .kernel import Kernel, kernel_of, text_of
from .leaves import Leaves
from .memory import Gradients

DTYPES = ("float32", "float64")
crew = Crew()


def available() -> bool:
    """Whether Numba is installed; it is loaded when a kernel is compiled."""
    return importlib.util.find_spec("numba") is not None


def why_not(rule: Rule, dtype: Any) -> str | None:
    """Why a rule cannot be fused for a dtype, in one line; None where it can.

    Args:
        rule: any rule.
        dtype: of the parameters, as NumPy takes it, or its name.
    """
    name = _name_of(dtype)
    if extra := rule.needs - {"g"}:
        return f"{rule.name} needs {' and '.join(sorted(extra))}, which a kernel does not take"
    if name not in DTYPES:
        return f"kernels compute in {' and '.join(DTYPES)}, not {name}"
    if not available():
        return f"numba is not installed: {install('fused')}"
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
        rule: a rule that needs a gradient only.
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
        self._bound = _bind(rule, self.dtype.name)
        self._leaves: Leaves | None = None

    @property
    def couples(self) -> bool:
        """Whether the step of a parameter depends on others, so that one call must take all."""
        return self._bound.kernel.formula.is_coupled

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
            states: the rule's state of each, as `begin` gives it for one array: arrays of the
                parameter's shape, and arrays without dimensions for scalars. A scalar that all
                parameters share, as in `begin` of a list, is the same array in all states.
            t: the number of this step, from 1.
            rule: the rule with other numbers, for this step.
            threads: at most so many; None: one for each processor that the process may use.

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
        bound = self._bound
        if bound.rule is not rule:
            bound = _bind(rule, self.dtype.name, bound)
        leaves = self._leaves  # another thread may put others there meanwhile
        if leaves is None or not leaves.are(bound.kernel, params, states):
            leaves = Leaves(bound.kernel, self.dtype, params, states)
        places, layout = leaves.gradients(given)
        numbers = bound.at(t)
        self._bound, self._leaves = bound, leaves
        many = threads or most_threads()
        return Step(leaves, given, places, layout, numbers, self.team, many).take


class BoundKernel(NamedTuple):
    """A rule, its kernel, and its numbers where they are the same at every step but for t."""

    rule: Rule
    skeleton: Rule
    kernel: Kernel
    steady: np.ndarray | None

    def at(self, t: int) -> np.ndarray:
        """The numbers of step `t`, as the kernel takes them."""
        if self.steady is None:
            return numbers_at(self.rule, t, self.kernel.dtype)
        numbers = self.steady.copy()
        numbers[0] = t
        return numbers


def _bind(rule: Rule, dtype: str, before: BoundKernel | None = None) -> BoundKernel:
    """A rule with its kernel: that of `before`, where the rules differ in numbers alone."""
    form = skeleton(rule)
    if before is not None and before.skeleton == form:
        kernel = before.kernel
    else:
        kernel = kernel_of(form, dtype)
    return BoundKernel(rule, form, kernel, numbers_at(rule, 1, dtype) if is_steady(rule) else None)
