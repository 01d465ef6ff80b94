"""docs/conventions.md is what the rules say of other libraries, and names every one of them."""

import re

import pytest
from tools.conventions import PAGE, page

from slalom.rules import COMPOSITIONS, RULES, WRAPPERS

TEXT = PAGE.read_text()
SECTIONS = dict(re.findall(r"^### (\w+)\n(.*?)(?=^##|\Z)", TEXT, re.DOTALL | re.MULTILINE))


def test_the_page_is_current():
    assert page() == TEXT, "make conventions writes it"


@pytest.mark.parametrize("name", [*RULES, *COMPOSITIONS, *WRAPPERS])
def test_a_rule_of_the_catalogue_is_there(name):
    assert SECTIONS[name].strip()


@pytest.mark.parametrize(
    ("name", "line"),
    [
        # the disagreements that everybody should know, as read in the libraries' sources
        ("adam", "| eps | 1e-8 | 1e-8 | 1e-7 | 1e-8 | 1e-8 |"),
        ("adam", "| eps_hat | false | false | true | false | true |"),
        ("adam", "| amsgrad | true | true | true | corrected | true |"),
        ("adagrad", "| lr | (0.01) | 0.01 | 0.001 | (0.01) | 1.0 |"),
        ("rmsprop", "| decay | 0.9 | 0.99 | 0.9 | 0.9 | 0.9 |"),
        ("rmsprop", "| lr_inside | true | false | true | true | true |"),
        ("nadam", "| momentum_decay | inf | 0.004 | 1.0 | inf |"),
        ("adafactor", "| relative_step | false | true | true | false | false |"),
    ],
)
def test_numbers_that_are_known_to_differ(name, line):
    assert line in SECTIONS[name].splitlines()
