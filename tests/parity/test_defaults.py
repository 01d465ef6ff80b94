"""The numbers of the presets are those in the signatures of the installed libraries."""

import inspect

import pytest

from slalom.rules import COMPOSITIONS, PRESETS, RULES, WRAPPERS, chain, parse
from slalom.rules.presets import ASKED, defaults
from slalom.rules.value import is_hyper, own_fields

from ..modern.signatures import MODERN
from . import with_keras, with_optax, with_torch
from .cases import CASES

LIBRARIES = {"torch": with_torch, "keras": with_keras, "optax": with_optax}
# those of `MODERN` are compared in tests/modern
PAIRS = [
    (rule, library)
    for rule in PRESETS
    for library in PRESETS[rule]
    if library in LIBRARIES and (rule, library) not in MODERN
]
MAKERS = {**RULES, **COMPOSITIONS, **WRAPPERS}
# what the library has no word for, because it is fixed there
FIXED = {"momentum_decay"}


def theirs(rule, library):
    """The defaults of the optimizer that the preset stands for, by Slalom's names."""
    cases = {text.split("(")[0]: case for text, case in reversed(CASES[library].items())}
    name, options = cases[f"{rule}@{library}"]
    side = LIBRARIES[library]
    found = side.defaults(name) | {word: v for word, v in options.items() if v is True}
    return found | {own: found[word] for word, own in side.WORDS.items() if word in found}


def ours(rule, library):
    """The numbers and switches of a preset."""
    inner = " | adam" if rule in WRAPPERS else ""
    links = chain(parse(f"{rule}@{library}{inner}"))
    values = {f.name: getattr(link, f.name) for link in reversed(links) for f in own_fields(link)}
    return {name: v for name, v in values.items() if name in defaults(MAKERS[rule])}


@pytest.mark.parametrize(("rule", "library"), PAIRS)
def test_every_number_is_the_default_of_the_library(rule, library):
    known, asked = theirs(rule, library), set()
    for name, value in ours(rule, library).items():
        if PRESETS[rule][library].get(name, 0) is ASKED:
            asked.add(name)
        elif name in known:
            # no momentum is None here, 0 or None there
            assert known[name] == value or not (known[name] or value), name
    for name in asked & known.keys():
        assert known[name] is inspect.Parameter.empty or not known[name], name


@pytest.mark.parametrize(("rule", "library"), PAIRS)
def test_no_number_is_made_up(rule, library):
    """A number that a preset sets is one that the library has a word for."""
    numbers = {f.name for link in chain(_made(rule)) for f in own_fields(link) if is_hyper(f)}
    listed = PRESETS[rule][library].keys() & numbers
    if rule != "weight_decay":  # which Optax has as a transformation of its own
        assert listed <= theirs(rule, library).keys() | FIXED


def _made(rule):
    return parse(f"{rule} | adam" if rule in WRAPPERS else rule)


def test_every_preset_is_compared():
    for rule, library in PAIRS:
        assert any(text.startswith(f"{rule}@{library}") for text in CASES[library])
