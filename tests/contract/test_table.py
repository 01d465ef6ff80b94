"""The contract's table names everything that the catalogue has."""

import re

import pytest

from slalom.rules import COMPOSITIONS, RULES, SCHEDULES, WRAPPERS

from .table import TEXTS

NAMES = sorted({*RULES, *COMPOSITIONS, *WRAPPERS, *SCHEDULES})


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_the_catalogue_is_in_the_table(name):
    assert any(re.search(rf"\b{name}\b", text) for text in TEXTS)
