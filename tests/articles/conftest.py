"""What all tests of the articles share."""

import pytest

from .newcomers import ENTRIES, NAME


@pytest.fixture(autouse=True)
def with_newcomers(monkeypatch):
    """The catalogues with an entry each that must not be run: what is published is fixed."""
    for catalogue, entry in ENTRIES:
        monkeypatch.setitem(catalogue, NAME, entry)
