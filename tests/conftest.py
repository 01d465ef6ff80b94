"""What all tests share: the user's files are left alone, and no property fails by slowness."""

import os

from hypothesis import settings

os.environ.setdefault("SLALOM_CACHE_DIR", "")
os.environ["KERAS_BACKEND"] = "jax"
os.environ["KERAS_HOME"] = f"{os.devnull}/keras"

settings.register_profile("slalom", deadline=None, max_examples=25)
settings.register_profile("proofs", deadline=None, max_examples=1000)
settings.load_profile("slalom")
