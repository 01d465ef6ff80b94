"""SGD as the libraries have it: gradient descent, with momentum where it is asked for."""

from __future__ import annotations

from .counterpart import ASKED, keras, known_as, lasagne, optax, torch
from .gradient_descent import GradientDescent
from .momentum import Momentum
from .nesterov import Nesterov
from .rule import Number, Rule


@known_as(
    torch("SGD", defaults={"lr": 0.001}, conventions={"lr_inside": False}, decay="coupled"),
    keras("SGD", {"learning_rate": "lr"}, conventions={"lr_inside": True}, decay="decoupled"),
    optax(
        "sgd",
        {"learning_rate": "lr"},
        defaults={"lr": ASKED},
        conventions={"lr_inside": False},
    ),
    lasagne(
        "momentum",
        {"learning_rate": "lr"},
        defaults={"lr": ASKED},
        conventions={"lr_inside": True},
    ),
)
def sgd(
    lr: Number = 0.01,
    momentum: Number = 0.0,
    dampening: Number = 0.0,
    nesterov: bool = False,
) -> Rule:
    """Gradient descent, with momentum where it is not 0, in the form of PyTorch's SGD."""
    if isinstance(momentum, (int, float)) and momentum == 0:
        return GradientDescent(lr)
    if nesterov:
        return Nesterov(lr, momentum, shifted=True, lr_inside=False)
    return Momentum(lr, momentum, dampening, lr_inside=False)
