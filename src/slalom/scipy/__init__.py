"""Rules for plain NumPy functions: as a method of SciPy's `minimize`, and by themselves.

>>> scipy.optimize.minimize(rosen, x0, jac=rosen_der, method=slalom.scipy.method("adam(lr=0.1)"))
>>> slalom.minimize(rosen, x0, "adam(lr=0.1)", gradient=rosen_der)

Loads no JAX: a rule's own lines run on NumPy arrays.
"""

from .method import method
from .minimizing import minimize

__all__ = ["method", "minimize"]
