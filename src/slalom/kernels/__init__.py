"""Fused kernels: from a rule's formula to one compiled loop that steps NumPy arrays in place."""

from .crew import Team
from .memory import Gradients
from .stepper import Stepper, available, why_not
from .work import Work

__all__ = ["Gradients", "Stepper", "Team", "Work", "available", "why_not"]
