"""What rules say of their counterparts is what the installed libraries have."""

import inspect
import operator

import keras
import optax
import pytest
import torch

from slalom.rules import COMPOSITIONS, RULES, WRAPPERS
from slalom.rules.counterpart import ASKED, COMMON, NO_NUMBERS
from slalom.rules.presets import counterparts, defaults

PLACES = {"torch": torch.optim, "keras": keras.optimizers, "optax": optax}
MAKERS = {**RULES, **COMPOSITIONS, **WRAPPERS}
KNOWN = {
    f"{name}: {one.library}.{one.name}": (maker, one)
    for name, maker in MAKERS.items()
    for one in counterparts(maker)
    if one.library in PLACES and one.name
}

# numbers that are fixed in the code of a library
FIXED = {"Nadam": {"momentum_decay"}, "nadam": {"momentum_decay"}, "nadamw": {"momentum_decay"}}
FIXED |= {"contrib.sam": {"eps"}, "yogi": {"initial_mean"}}


@pytest.fixture(params=KNOWN)
def pair(request):
    """What makes the rule, its counterpart, and the defaults of the library's arguments."""
    maker, one = KNOWN[request.param]
    found = operator.attrgetter(one.name)(PLACES[one.library])
    arguments = inspect.signature(found).parameters.values()
    usual = {a.name: a.default for a in arguments if a.kind is not a.VAR_KEYWORD}
    return maker, one, usual


def _elsewhere(one):
    """Arguments that no field of the rule says."""
    return {*one.unmatched, *one.only_with, *one.idle}


def test_it_has_the_arguments_that_the_rule_names(pair):
    _, one, usual = pair
    named = {*one.arguments, *one.words, *one.only_with, *one.unmatched, *one.idle}
    assert named <= usual.keys()
    assert not {*one.arguments, *one.words} & _elsewhere(one)


def test_every_argument_is_accounted_for(pair):
    """As a field here, as one that changes no number, or as one that nothing here says."""
    maker, one, usual = pair
    fields = defaults(maker)
    for argument, value in usual.items():
        if argument in {*NO_NUMBERS, *COMMON, *_elsewhere(one), "weight_decay"}:
            continue
        assert one.fields_of(argument, value).keys() <= fields.keys(), argument


def test_its_defaults_are_those_of_the_preset(pair):
    maker, one, usual = pair
    preset = {**defaults(maker), **one.settings}
    for argument, value in usual.items():
        if argument in _elsewhere(one):
            continue
        for name, theirs in one.fields_of(argument, value).items():
            if name not in preset:
                continue
            absent = theirs is inspect.Parameter.empty or not theirs
            is_asked = one.settings.get(name, 0) is ASKED
            # a part that is off is None here, and None or 0 there
            assert absent if is_asked else preset[name] == theirs or (absent and not preset[name])


def test_its_weight_decay_is_as_told(pair):
    maker, one, usual = pair
    if "weight_decay" in defaults(maker):  # then it is a number like all others
        assert (one.decay, one.usual_decay) == ("", 0.0)
    else:
        assert bool(one.decay) == ("weight_decay" in usual)
        assert one.usual_decay == (usual.get("weight_decay") or 0.0)


def test_its_words_have_their_meaning_here(pair):
    maker, one, _ = pair
    for argument, words in one.words.items():
        for theirs in words:
            [(name, value)] = one.fields_of(argument, theirs).items()
            field = maker.__dataclass_fields__[name]
            assert value in field.metadata["choices"]


def test_the_rules_of_one_optimizer_are_told_apart():
    """`SGD` is three rules: by the values of its arguments one at most of them fits."""
    for library in PLACES:
        for name in {one.name for _, one in KNOWN.values() if one.library == library}:
            rules = [
                one
                for maker, one in KNOWN.values()
                if (one.library, one.name) == (library, name) and maker in RULES.values()
            ]
            for one in rules[1:]:
                assert one.only_with
                assert all(one.only_with != other.only_with for other in rules if other is not one)


@pytest.mark.parametrize(("maker", "one"), KNOWN.values(), ids=KNOWN)
def test_no_number_is_made_up(maker, one):
    """A number of the preset is one that the library has an argument for."""
    found = operator.attrgetter(one.name)(PLACES[one.library])
    said = {
        name
        for argument in inspect.signature(found).parameters
        for name in _names(one.arguments.get(argument, argument))
    }
    assert one.defaults.keys() <= said | FIXED.get(one.name, set())


def _names(ours):
    return {name.removeprefix("-") for name in (ours if isinstance(ours, tuple) else (ours,))}
