"""Keras computes with JAX here, and neither reads nor writes the user's settings."""

import os

os.environ["KERAS_BACKEND"] = "jax"
os.environ["KERAS_HOME"] = f"{os.devnull}/keras"
