"""docs/conventions.md is what the rules say of other libraries, and names every one of them."""

import re

import pytest
from tools import apart
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


@pytest.mark.parametrize(
    ("name", "library", "defaults", "same"),
    [
        ("radam", "optax", (1e-10, 1e-6), (1e-10, 1e-6)),  # where eps stands
        ("adam", "torch", (0, 0), (0, 0)),
        ("sgd", "keras", (0, 0), (0, 0)),
        ("adagrad", "keras", (0.01, 1), (0, 0)),  # another accumulator at first, and rate
        ("adan", "optax", (1e-3, 0.1), (1e-3, 0.1)),  # 1 - beta2 for beta2
    ],
)
def test_libraries_are_as_far_apart_as_they_are_known_to_be(name, library, defaults, same):
    for found, (least, most) in zip(apart.apart(name, library), (defaults, same), strict=True):
        assert least <= found <= most
    listed = f"| {name} | {library} |" in apart.PAGE.read_text()
    assert listed == (defaults[1] > 0)
