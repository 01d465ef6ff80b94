"""Lowering: a rule's formula read once, as a graph of operations that printers turn into code.

The graph says nothing of any language: `slalom.kernels` prints Numba from it.
"""

from .formula import Entry, Formula, lowered
from .graph import Kind, Node
from .nonfinite import lasting
from .numbers import is_steady, numbers_at, skeleton
from .plan import Pass, Plan, planned

__all__ = [
    "Entry",
    "Formula",
    "Kind",
    "Node",
    "Pass",
    "Plan",
    "is_steady",
    "lasting",
    "lowered",
    "numbers_at",
    "planned",
    "skeleton",
]
