"""Fused kernels: from a rule's formula to one compiled loop that steps NumPy arrays in place."""

from .stepper import Stepper, available, why_not

__all__ = ["Stepper", "available", "why_not"]
