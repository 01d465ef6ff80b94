"""What all tests share: compiled code that is kept between runs, and no failure by slowness."""

import importlib.util
import os
from pathlib import Path

import pytest
from hypothesis import settings

from slalom import cache

os.environ["KERAS_BACKEND"] = "jax"
os.environ["KERAS_HOME"] = f"{os.devnull}/keras"

settings.register_profile("slalom", deadline=None, max_examples=25)
settings.register_profile("proofs", deadline=None, max_examples=1000)
settings.load_profile("slalom")


def pytest_configure(config):
    """Keep compiled code beside pytest's own cache: `pytest --cache-clear` empties both.

    The workers of one run, and runs at the same time, share it: entries are named by what they
    were compiled from. Where pytest keeps nothing (`-p no:cacheprovider`), neither is this kept.
    """
    keeps = config.pluginmanager.hasplugin("cacheprovider")
    os.environ.setdefault("SLALOM_CACHE_DIR", str(config.cache.mkdir("slalom")) if keeps else "")
    if os.environ["SLALOM_CACHE_DIR"] and importlib.util.find_spec("jax"):
        cache.switch_on()


@pytest.fixture(scope="session")
def cache_folder(tmp_path_factory):
    """Where compiled code is kept between runs; else a folder of this session."""
    return Path(os.environ["SLALOM_CACHE_DIR"] or tmp_path_factory.mktemp("cache"))
