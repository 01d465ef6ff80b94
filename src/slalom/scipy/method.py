"""A rule as a method of `scipy.optimize.minimize`."""

from __future__ import annotations

import functools
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import Bounds, OptimizeResult, OptimizeWarning

from ..errors import SlalomError, shown
from ..rules import Rule, as_rule
from .minimizing import as_start, descend, is_number
from .objective import Objective


def method(rule: Rule | str) -> Callable[..., OptimizeResult]:
    """The rule as the `method` of `scipy.optimize.minimize`.

        scipy.optimize.minimize(fun, x0, jac=gradient, method=method("adam(lr=0.1)"),
                                tol=1e-6, options={"maxiter": 5000})

    `jac` is a function, or True where `fun` gives both; without one, and for SciPy's names of
    difference schemes, the gradient is made of forward differences. `tol`, or the option
    `gtol`, is the Euclidean norm of the gradient below which the run has converged; without
    it all steps are made. Options are `maxiter` (default 1000), `gtol`, `disp` and `seed`; of
    others there is SciPy's own warning. A rule that asks for products with the Hessian takes
    `hessp`, or those with the matrix that a function `hess` gives, else differences of
    gradients; of another rule there is SciPy's warning that it uses neither. Callbacks and
    the result are as `slalom.minimize` has them.

    Args:
        rule: a rule, or its text.

    Raises:
        SlalomError: no rule; from `minimize`, bounds or constraints, which no rule keeps.
    """
    return functools.partial(_run, as_rule(rule))


def _run(
    rule: Rule,
    fun: Callable[..., Any],
    x0: Any,
    args: tuple = (),
    *,
    jac: Callable[..., Any] | None = None,
    hess: Any = None,
    hessp: Any = None,
    bounds: Any = None,
    constraints: Any = (),
    callback: Callable[..., Any] | None = None,
    tol: float | None = None,
    gtol: float | None = None,
    maxiter: int | None = None,
    disp: bool = False,
    seed: int = 0,
    **unknown: Any,
) -> OptimizeResult:
    for what, given in (("bounds", _binds(bounds)), ("constraints", np.any(constraints))):
        if given:
            raise SlalomError(
                f"{rule!r} steps by the gradient alone and would leave the {what}: "
                "SciPy's SLSQP and trust-constr keep them"
            )
    if "hvp" in rule.needs:
        hessp = _product(hess) if hessp is None else hessp
    elif hess is not None or hessp is not None:
        message = f"Method {rule!r} does not use Hessian information (hess, hessp)."
        warnings.warn(message, RuntimeWarning, stacklevel=3)
    if unknown:
        message = f"Unknown solver options: {', '.join(unknown)}"
        warnings.warn(message, OptimizeWarning, stacklevel=3)
    tol = tol if gtol is None else gtol
    objective = Objective(fun, jac, args, hessp)
    steps = _steps(maxiter)
    found = descend(rule, objective, as_start(x0), steps, tol, callback, seed)
    if disp:
        sys.stdout.write(_displayed(found))
    return found


def _binds(bounds: Any) -> bool:
    """Whether bounds, in any of the forms that SciPy takes, keep a variable from anywhere."""
    if bounds is None:
        return False
    if isinstance(bounds, Bounds):
        return bool(np.any(bounds.lb > -np.inf) or np.any(bounds.ub < np.inf))
    pairs = list(bounds)
    lows = [low for low, _ in pairs if low is not None]
    highs = [high for _, high in pairs if high is not None]
    return bool(np.any(np.asarray(lows) > -np.inf) or np.any(np.asarray(highs) < np.inf))


def _steps(maxiter: Any) -> int:
    """How many steps SciPy's option asks for; 1000 where it is None."""
    if maxiter is None:
        return 1000
    is_whole = is_number(maxiter) and float(maxiter).is_integer()  # SciPy takes 1e4 too
    if not is_whole or maxiter < 0:
        raise SlalomError(f"maxiter must be a whole number of at least 0, got {shown(maxiter)}")
    return int(maxiter)


def _product(hess: Any) -> Callable[..., Any] | None:
    """Products with the matrix that a function gives; None for SciPy's names of differences."""
    return (lambda x, p, *args: hess(x, *args) @ p) if callable(hess) else None


def _displayed(found: OptimizeResult) -> str:
    """What SciPy's own methods print of a result."""
    return (
        f"{found.message}\n"
        f"         Current function value: {found.fun:f}\n"
        f"         Iterations: {found.nit}\n"
        f"         Function evaluations: {found.nfev}\n"
        f"         Gradient evaluations: {found.njev}\n"
    )
