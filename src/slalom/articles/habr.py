"""The optimizers of habr's article "Neural network optimization methods", 2017, as texts."""

from __future__ import annotations

COMPARISON = (
    "nesterov(lr=0.01, momentum=0.9, shifted=true)",
    "rmsprop(lr=0.25, decay=0.9, eps=1e-6, eps_inside=true)",
    "adadelta(lr=100, decay=0.95, eps=1e-6)",
    "adagrad(lr=1.0, eps=1e-6)",
    "adam(lr=0.25, eps_hat=true)",
)
"""The five optimizers that habr compares, at its settings and in the conventions of Lasagne."""
