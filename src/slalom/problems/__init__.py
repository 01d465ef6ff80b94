"""Learning problems: data, a model, a loss, a metric, and the batches that are dealt out."""

from .. import random_state  # noqa: F401 (before any import of JAX)
from .batches import Batches
from .bundled import bundled
from .catalogue import PROBLEMS, find, mlp, scikit_digits, softmax_regression
from .losses import accuracy, cross_entropy, logistic, sign_accuracy, squared_error
from .models import MLP, Linear
from .problem import Model, Problem, Samples

__all__ = [
    "MLP",
    "PROBLEMS",
    "Batches",
    "Linear",
    "Model",
    "Problem",
    "Samples",
    "accuracy",
    "bundled",
    "cross_entropy",
    "find",
    "logistic",
    "mlp",
    "scikit_digits",
    "sign_accuracy",
    "softmax_regression",
    "squared_error",
]
