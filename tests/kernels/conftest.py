"""The kernels of a test session are compiled once, into a folder of their own."""

import os

import pytest

pytest.importorskip("numba")


@pytest.fixture(scope="session", autouse=True)
def kernel_cache(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cache")
    before = os.environ.get("SLALOM_CACHE_DIR")
    os.environ["SLALOM_CACHE_DIR"] = str(folder)
    yield folder
    if before is None:
        del os.environ["SLALOM_CACHE_DIR"]
    else:
        os.environ["SLALOM_CACHE_DIR"] = before
