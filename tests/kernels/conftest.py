"""Kernels are compiled once at most in a test session."""

import pytest

pytest.importorskip("numba")


@pytest.fixture(scope="session", autouse=True)
def _kept_kernels(cache_folder):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SLALOM_CACHE_DIR", str(cache_folder))
        yield
