"""The content: studies of five articles on optimizers, and their claims put to the test."""

from .. import random_state  # noqa: F401 (before any import of JAX)
