"""What all tests share: nothing goes to the user's cache, and no property fails by a slow machine."""

import os

from hypothesis import settings

os.environ.setdefault("SLALOM_CACHE_DIR", "")

settings.register_profile("slalom", deadline=None, max_examples=40)
settings.load_profile("slalom")
