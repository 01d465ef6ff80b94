"""The README lists by name all rules, wrappers, schedules and signals that there are."""

import re
from pathlib import Path

import pytest

from slalom.rules import COMPOSITIONS, RULES, SCHEDULES, WRAPPERS
from slalom.signals import SIGNALS

README = (Path(__file__).parents[2] / "README.md").read_text()
LISTS = dict(re.findall(r"^- \*\*(\w+)\*\*((?:(?!^- ).+\n)*)", README, re.MULTILINE))
CATALOGUES = {
    "rules": [*RULES, *COMPOSITIONS],
    "wrappers": WRAPPERS,
    "schedules": SCHEDULES,
    "signals": SIGNALS,
}


@pytest.mark.parametrize("kind", CATALOGUES)
def test_every_name_is_listed_once(kind):
    assert sorted(re.findall(r"`(\w+)`", LISTS[kind])) == sorted(CATALOGUES[kind])
