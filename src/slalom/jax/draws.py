"""Random numbers in JAX, as rules and objectives ask for them."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax


class JaxDraws(NamedTuple):
    """A source of draws made from a JAX key."""

    key: Any

    def split(self) -> tuple[JaxDraws, JaxDraws]:
        """Two sources whose draws are independent of each other."""
        first, second = jax.random.split(self.key)
        return JaxDraws(first), JaxDraws(second)

    def normal(self, like: Any) -> Any:
        """Draws of N(0, 1) with the shape and dtype of `like`."""
        return jax.random.normal(self.key, like.shape, like.dtype)

    def signs(self, like: Any) -> Any:
        """Draws of -1 and 1, equally likely, with the shape and dtype of `like`."""
        return jax.random.rademacher(self.key, like.shape, like.dtype)

    def at(self, t: Any) -> JaxDraws:
        """The source of step `t`."""
        return JaxDraws(jax.random.fold_in(self.key, t))
