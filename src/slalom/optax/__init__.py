"""Rules in Optax training loops, and Optax's optimizers as rules.

>>> import optax, slalom.optax
>>> tx = optax.chain(optax.clip(1.0), slalom.optax.transformation("adam(lr=1e-3)"))
>>> rule = slalom.optax.rule(optax.lion(1e-3))
"""

from .. import random_state  # noqa: F401 (before any import of JAX)
from .factories import maker
from .library import OptaxRule, rule
from .states import from_optax, to_optax
from .transformation import RuleState, evaluate, injected, transformation

__all__ = [
    "OptaxRule",
    "RuleState",
    "evaluate",
    "from_optax",
    "injected",
    "maker",
    "rule",
    "to_optax",
    "transformation",
]
