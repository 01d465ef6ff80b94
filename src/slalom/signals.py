"""Signals: sequences of scalar gradients, fed to a rule to see how it responds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .errors import SlalomError, unknown
from .memory import check_fits

LENGTH = 300
COPIES = 4  # of the values, at once, while a signal is made


@dataclass(frozen=True, eq=False, repr=False)
class Signal:
    """A sequence of scalar gradients g(k), at the positions k = 0, 1 and so on.

    Attributes:
        name: the name by which `find` finds it.
        formula: for people.
        function: from the positions k, a float64 NumPy array, and a NumPy generator to g(k).
        source: where it comes from.
    """

    name: str
    formula: str
    function: Callable[[Any, Any], Any]
    source: str = "habr"

    def __repr__(self) -> str:
        return f"<Signal {self.name}>"

    def __reduce_ex__(self, protocol: Any) -> Any:
        if SIGNALS.get(self.name) is self:  # as the name that finds it
            return find, (self.name,)
        return super().__reduce_ex__(protocol)

    def values(self, seed: int = 0, length: int = LENGTH) -> Any:
        """The signal at the positions 0, …, length - 1, as a float64 NumPy array.

        Args:
            seed: of NumPy's default generator, which draws the noise of noisy signals.
            length: how many values, 1 or more.

        Raises:
            SlalomError: a length that is no whole number of at least 1, or too large for memory.
        """
        import numpy as np

        if isinstance(length, bool) or not isinstance(length, (int, np.integer)):
            raise SlalomError(f"length must be a whole number, got {length!r}")
        if length < 1:
            raise SlalomError(f"length must be at least 1, got {length}")
        check_fits(f"a signal of {length:,} values", 8 * COPIES * length, "choose fewer")
        k = np.arange(length, dtype=np.float64)
        return np.asarray(self.function(k, np.random.default_rng(seed)), dtype=np.float64)


def at(values: Any, position: Any, xp: Any) -> Any:
    """A signal as a function of a real position: linear between its values.

    Its last value holds for one position more; before 0 and from `length` on it is 0. A position
    that is not finite gives NaN.

    Args:
        values: the signal, a floating array of shape (length,).
        position: a number or an array of any shape.
        xp: the namespace of the arrays, such as `jax.numpy`; may trace.

    Returns:
        An array of the position's shape and the signal's dtype.
    """
    last = values.shape[0] - 1
    position = xp.asarray(position, dtype=values.dtype)
    inside = xp.logical_and(position >= 0, position < last + 1)
    place = xp.where(inside, position, xp.zeros_like(position))
    left = xp.floor(place)
    k = xp.astype(left, xp.int32)
    here, following = values[k], values[xp.where(k < last, k + 1, k)]
    outside = position - position  # 0, and NaN where not finite
    return xp.where(inside, here + (place - left) * (following - here), outside)


def _sine(k: Any) -> Any:
    import numpy as np

    return np.sin(k / 20)


SIGNALS: dict[str, Signal] = {
    signal.name: signal
    for signal in (
        Signal("spikes", "1 where k mod 60 = 0, else 0", lambda k, _: k % 60 == 0),
        Signal(
            "rectangles",
            "1 where k mod 40 < 20, else -1",
            lambda k, _: 2.0 * (k % 40 < 20) - 1,
        ),
        Signal(
            "noisy_sine",
            "sin(k/20) + U(0,1) - 0.5",
            lambda k, rng: _sine(k) + rng.random(len(k)) - 0.5,
        ),
        Signal(
            "very_noisy_sine",
            "sin(k/20)/5 + U(0,1) - 0.5",
            lambda k, rng: _sine(k) / 5 + rng.random(len(k)) - 0.5,
        ),
        Signal(
            "uneven_sawtooth",
            "(k mod 20)/5, and (k mod 20)/20 for k > 80",
            lambda k, _: (k % 20) / (5 + 15 * (k > 80)),
        ),
        Signal("saturation", "1 where k mod 80 < 40, else 0", lambda k, _: k % 80 < 40),
    )
}


def find(name: str) -> Signal:
    """The signal of that name.

    Raises:
        SlalomError: there is none; the nearest names are told.
    """
    if name not in SIGNALS:
        raise SlalomError(unknown("signal", name, SIGNALS))
    return SIGNALS[name]
