"""The loop over NumPy arrays, and what it reports in SciPy's form."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import OptimizeResult

from ..divergence import has_diverged
from ..errors import SlalomError, shown
from ..rules import Rule, as_rule, stepping
from ..rules.leaves import Leaves, norm
from .draws import NumpyDraws
from .objective import Objective

DONE, EXHAUSTED, DIVERGED, STOPPED = 0, 1, 2, 99  # SciPy's numbers where it has them


def minimize(
    fun: Callable[..., Any],
    x0: Any,
    rule: Rule | str,
    *,
    gradient: Callable[..., Any] | bool | None = None,
    hessp: Callable[..., Any] | None = None,
    steps: int = 1000,
    tol: float | None = None,
    callback: Callable[..., Any] | None = None,
    args: tuple = (),
    seed: int = 0,
) -> OptimizeResult:
    """Minimize a plain NumPy function by a rule.

    Args:
        fun: from an array like `x0`, and `args`, to one real number.
        x0: where to begin: an array of any shape, a list or a number. float32 and float64
            stay what they are; whole numbers become float64.
        rule: a rule, or its text.
        gradient: from the same arguments to the gradient, in the shape of `x0`; True where
            `fun` gives both, `(value, gradient)`; None for SciPy's forward differences, which
            cost one call of `fun` for each component and one more.
        hessp: `hessp(x, p, *args)`, the Hessian at `x` times `p`, an array in the shape of
            `x0`, for rules that ask for such products. None for central differences of the
            gradient, two gradients a product: `(∇f(x + h p) - ∇f(x - h p)) / 2h` with
            `h = δ^(1/3) (1 + ‖x‖) / ‖p‖`, where δ is the rounding unit of the dtype, or its
            square root where the gradient is itself made of differences.
        steps: how many at most, at least 1.
        tol: stop where the Euclidean norm of the gradient falls below it.
        callback: called after each step, with the position, `callback(xk)`, or with the
            result so far, `callback(intermediate_result)`, by the name of its parameter. It
            ends the run by raising StopIteration.
        args: what else `fun`, `gradient` and `hessp` are given.
        seed: of the draws, where the rule makes any.

    Returns:
        SciPy's `OptimizeResult`, with `x` in the shape of `x0`, `fun`, `jac`, `nit`, `nfev`,
        `njev`, `success`, `status` and `message`, and `nhev` where there were products with
        the Hessian. The status is 0 for a run that fell below `tol`, or made all its steps where
        none was given; 1 where `tol` was not reached; 2 for one that diverged, where a position,
        value or gradient is not finite, or the last value is above the first by more than 10^10
        times the larger of 1 and the magnitude of the first: `x` is then the last position that
        was finite, with a finite value; 99 where the callback ended it.

    Raises:
        SlalomError: arguments of a wrong type, shape or range.
    """
    rule = as_rule(rule)
    if not callable(fun):
        raise SlalomError(f"fun must be a function, got {type(fun).__name__}")
    if not (callable(gradient) or gradient is True or gradient is None):
        raise SlalomError(f"gradient must be a function, True or None, got {gradient!r}")
    if not (callable(hessp) or hessp is None):
        raise SlalomError(f"hessp must be a function or None, got {hessp!r}")
    _check_whole("steps", steps, 1)
    objective = Objective(fun, gradient, args if isinstance(args, tuple) else (args,), hessp)
    return descend(rule, objective, as_start(x0), steps, tol, callback, seed)


def descend(
    rule: Rule,
    objective: Objective,
    x: np.ndarray,
    steps: int,
    tol: float | None,
    callback: Callable[..., Any] | None,
    seed: int,
) -> OptimizeResult:
    """What `minimize` does once the rule, the function and the start are known to be such."""
    _check_whole("seed", seed, 0)
    if tol is not None and not (is_number(tol) and tol > 0):
        raise SlalomError(f"tol must be a number above 0, got {shown(tol)}")
    tell = _told(callback)
    with np.errstate(all="ignore"):  # a run that diverges is a result, not a warning
        state = stepping.begin(rule, Leaves([x]))
        found = OptimizeResult(x=x, fun=objective.value(x), nit=0)
        first = found.fun
        if not np.isfinite(found.fun):
            raise SlalomError(f"fun must be finite at the start, got {found.fun}")
        while (status := _status(objective, found, first, steps, tol)) is None:
            found.nit += 1
            x, state = _step(rule, objective, x, state, found.nit, seed)
            [point] = map(np.asarray, stepping.judged(rule, state, Leaves([x])))
            value = objective.value(point) if _is_finite(x, point) else np.nan
            if not np.isfinite(value):
                status = DIVERGED
                break
            found.x, found.fun = point, value
            if tell(found):
                status = STOPPED
                break
        return _reported(objective, found, status, steps, tol)


def _step(rule: Rule, objective: Objective, x: Any, state: Any, t: int, seed: int) -> Any:
    """The iterate and the state after step `t`."""
    met: list[np.ndarray] = []

    def seen(slope: np.ndarray) -> Leaves:
        met.append(slope)
        return Leaves([slope])

    def value(at: np.ndarray) -> Any:
        return np.asarray(objective.value(at), np.result_type(x.dtype, np.float32))

    offers = stepping.Offers(
        g=lambda: seen(objective.gradient(x)),
        grad=lambda at: seen(objective.gradient(np.asarray(at[0], x.dtype))),
        loss=lambda: value(x),
        value=lambda at: value(np.asarray(at[0], x.dtype)),
        hvp=lambda u: seen(objective.curved(x, np.asarray(u[0], x.dtype))),
        key=NumpyDraws(seed, (t,)),
    )
    [delta], state = stepping.step(rule, state, Leaves([x]), t, offers)
    if not _is_finite(*met):  # which a clipped step would hide
        return x * np.nan, state
    return np.asarray(x + delta), state


def _status(
    objective: Objective, found: OptimizeResult, first: float, steps: int, tol: float | None
) -> int | None:
    """Why to stop here, or None."""
    if tol is not None:
        slope = objective.gradient(found.x)
        if not _is_finite(slope):
            return DIVERGED
        if norm(slope) < tol:
            return DONE
    if found.nit < steps:
        return None
    if has_diverged(first, found.fun):
        return DIVERGED
    return DONE if tol is None else EXHAUSTED


def _reported(
    objective: Objective, found: OptimizeResult, status: int, steps: int, tol: float | None
) -> OptimizeResult:
    message = {
        DONE: f"All {steps} steps were made; no tol was given."
        if tol is None
        else f"The gradient norm fell below {tol:g}.",
        EXHAUSTED: f"The gradient norm did not fall below {tol or 0:g} within {steps} steps.",
        DIVERGED: f"The run diverged at step {found.nit}; x is the last finite position.",
        STOPPED: "The callback raised StopIteration.",
    }[status]
    found.update(jac=objective.gradient(found.x), nfev=objective.nfev, njev=objective.njev)
    if objective.nhev:
        found.update(nhev=objective.nhev)
    found.update(status=status, success=status == DONE, message=message)
    return found


def _told(callback: Callable[..., Any] | None) -> Callable[[OptimizeResult], bool]:
    """A function that hands a result to the callback, and says whether it wants to stop."""
    if callback is None:
        return lambda found: False
    if not callable(callback):
        raise SlalomError(f"callback must be a function, got {type(callback).__name__}")
    by_name = set(inspect.signature(callback).parameters) == {"intermediate_result"}

    def tell(found: OptimizeResult) -> bool:
        try:
            if by_name:
                callback(intermediate_result=OptimizeResult(found, x=found.x.copy()))
            else:
                callback(found.x.copy())
        except StopIteration:
            return True
        return False

    return tell


def as_start(x0: Any) -> np.ndarray:
    """The start as an array of a floating dtype.

    Raises:
        SlalomError: it is not made of finite real numbers.
    """
    try:
        x = np.array(x0)
    except ValueError:
        x = np.array(None)
    if x.dtype.kind in "iub":
        x = x.astype(np.float64)
    if x.dtype.kind != "f" or x.size == 0 or not _is_finite(x):
        raise SlalomError(f"x0 must be one or more finite real numbers, got {x0!r}")
    return x


def _check_whole(name: str, value: Any, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise SlalomError(f"{name} must be a whole number of at least {least}, got {shown(value)}")


def _is_finite(*arrays: np.ndarray) -> bool:
    return all(np.all(np.isfinite(array)) for array in arrays)


def is_number(value: Any) -> bool:
    """Whether a value is a real number of Python or NumPy."""
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
