"""A user's function of one NumPy array: its value and gradient, checked and counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import approx_fprime

from ..errors import SlalomError, described
from ..rules.leaves import norm


class Objective:
    """A function and its gradient, each evaluated once where asked again at one point.

    Attributes:
        nfev: how often the function was called, for differences too.
        njev: how often a gradient was made, for products with the Hessian too.
        nhev: how often a product with the Hessian was made.
    """

    def __init__(
        self,
        fun: Callable[..., Any],
        gradient: Callable[..., Any] | bool | None,
        args: tuple,
        hessp: Callable[..., Any] | None = None,
    ):
        self.nfev = self.njev = self.nhev = 0
        self._fun, self._gradient, self._hessp, self._args = fun, gradient, hessp, args
        self._values = _Last(self._evaluated)
        self._gradients = _Last(self._differentiated)

    def value(self, x: np.ndarray) -> float:
        """The function at `x`.

        Raises:
            SlalomError: it gives something else than one real number.
        """
        return self._values(x)[0]

    def gradient(self, x: np.ndarray) -> np.ndarray:
        """The gradient at `x`, in its shape and dtype.

        Raises:
            SlalomError: it has another shape, or is not real.
        """
        return self._gradients(x)

    def curved(self, x: np.ndarray, u: np.ndarray) -> np.ndarray:
        """The Hessian at `x` times `u`, in their shape and dtype.

        Where no such product is given it is one of central differences; see `minimize`.

        Raises:
            SlalomError: the given product has another shape, or is not real.
        """
        self.nhev += 1
        if self._hessp is not None:
            product = np.asarray(self._hessp(x.copy(), u.copy(), *self._args))
            return _checked("hessp", product, x)
        length = norm(u)
        if length == 0:
            return np.zeros_like(x)
        exact = callable(self._gradient) or self._gradient is True
        rounding = np.finfo(x.dtype if exact else np.float64).eps ** (1.0 if exact else 0.5)
        h = np.asarray(np.cbrt(rounding) * (1 + norm(x)) / length, x.dtype)
        ahead, behind = (self._differentiated(np.asarray(x + s * u)) for s in (h, -h))
        return np.asarray((ahead - behind) / (2 * h))

    def _evaluated(self, x: np.ndarray) -> tuple[float, Any]:
        """The value, and what came with it where the function gives its gradient too."""
        self.nfev += 1
        found, slope = self._fun(x.copy(), *self._args), None
        if self._gradient is True:
            if not isinstance(found, (tuple, list)) or len(found) != 2:
                raise SlalomError("with gradient=True fun must give its value and its gradient")
            found, slope = found
        value = np.asarray(found)
        if value.size != 1 or value.dtype.kind not in "fiu":
            raise SlalomError(f"fun must give one real number, not {described(value)}")
        return float(value.item()), slope

    def _differentiated(self, x: np.ndarray) -> np.ndarray:
        self.njev += 1
        if self._gradient is True:
            slope = self._values(x)[1]
        elif callable(self._gradient):
            slope = self._gradient(x.copy(), *self._args)
        else:
            slope = self._by_differences(x)
        return _checked("the gradient", np.asarray(slope), x)

    def _by_differences(self, x: np.ndarray) -> np.ndarray:
        # in float64 always: in float32 SciPy's steps of 1.5e-8 would vanish
        def along(flat: np.ndarray) -> float:
            return self._evaluated(flat.reshape(x.shape))[0]

        slope: Any = approx_fprime(x.astype(np.float64).ravel(), along)
        return slope.reshape(x.shape)


class _Last:
    """A function of an array that remembers its last answer."""

    def __init__(self, function: Callable[[np.ndarray], Any]):
        self._function, self._x, self._answer = function, None, None

    def __call__(self, x: np.ndarray) -> Any:
        if self._x is None or not np.array_equal(self._x, x):
            self._answer, self._x = self._function(x), x.copy()
        return self._answer


def _checked(what: str, found: np.ndarray, x: np.ndarray) -> np.ndarray:
    """What a function of the user's gave, in the dtype of `x`, if it is of its shape and real."""
    if found.shape != x.shape or found.dtype.kind not in "fiu":
        raise SlalomError(f"{what} must be real numbers of shape {x.shape}, got {described(found)}")
    return found.astype(x.dtype)
