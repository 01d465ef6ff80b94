"""`when` of the rules' vocabulary where its condition is traced by JAX."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
from jax.core import Tracer

from ..rules.vocabulary import CONDITIONALS


def _is_traced(condition: Any) -> bool:
    return isinstance(condition, Tracer)


def _cond(condition: Any, then: Callable[[], Any], otherwise: Callable[[], Any]) -> Any:
    return jax.lax.cond(condition, then, otherwise)


CONDITIONALS.append((_is_traced, _cond))
