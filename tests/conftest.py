"""What all tests share: compiled code that is kept between runs, and no failure by slowness."""

import importlib.util
import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from slalom import cache

os.environ["KERAS_BACKEND"] = "jax"
os.environ["KERAS_HOME"] = f"{os.devnull}/keras"

SLOWLY = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("slalom", max_examples=25, **SLOWLY)
settings.register_profile("proofs", max_examples=1000, **SLOWLY)
settings.load_profile("slalom")

TESTS = Path(__file__).parent
SLOW = (
    "adapters/pytorch/test_compiled_steps.py", "cli/test_claims.py", "cli/test_gallery.py",
    "cli/test_process.py", "contract/test_torch_compile.py", "descent/test_training.py", "docs",
    "gallery", "kernels/test_drawn.py", "kernels/test_processes.py", "pictures/test_animation.py",
    "articles", "studies/maps",
)  # fmt: skip
"""Files and folders that `make test-quick` leaves out."""


def pytest_collection_modifyitems(config, items):
    for item in items:
        if item.path.relative_to(TESTS).as_posix().startswith(SLOW):
            item.add_marker(pytest.mark.slow)
    if "faults" not in config.option.markexpr:
        asked_for = [item for item in items if not item.get_closest_marker("faults")]
        config.hook.pytest_deselected(items=[item for item in items if item not in asked_for])
        items[:] = asked_for


def pytest_configure(config):
    """Keep compiled code beside pytest's own cache: `pytest --cache-clear` empties both.

    The workers of one run, and runs at the same time, share it: entries are named by what they
    were compiled from. Where pytest keeps nothing (`-p no:cacheprovider`), neither is this kept.
    """
    for place in SLOW:
        if not (TESTS / place).exists():
            raise pytest.UsageError(f"tests/{place} is not there: see SLOW in tests/conftest.py")
    keeps = config.pluginmanager.hasplugin("cacheprovider")
    os.environ.setdefault("SLALOM_CACHE_DIR", str(config.cache.mkdir("slalom")) if keeps else "")
    kept = os.environ["SLALOM_CACHE_DIR"]
    if kept:
        os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(Path(kept, "inductor")))
    if kept and importlib.util.find_spec("jax"):
        cache.switch_on()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item, nextitem):
    """Drop what JAX compiled for a file of tests before it takes too many memory mappings."""
    ends = nextitem is None or nextitem.path != item.path
    if ends and "jax" in sys.modules:
        from slalom.jax import mappings

        mappings.drop_above(1 / 4)


@pytest.fixture(scope="session")
def cache_folder(tmp_path_factory):
    """Where compiled code is kept between runs; else a folder of this session."""
    return Path(os.environ["SLALOM_CACHE_DIR"] or tmp_path_factory.mktemp("cache"))
