"""What all tests share: the user's cache is left alone, and no property fails by slowness."""

import os

from hypothesis import settings

os.environ.setdefault("SLALOM_CACHE_DIR", "")

settings.register_profile("slalom", deadline=None, max_examples=25)
settings.load_profile("slalom")
