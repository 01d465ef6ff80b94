"""The numbers of the modern presets are those in the signatures of the installed libraries."""

import inspect
import operator

import optax
import pytest
import torch

from slalom.rules import WRAPPERS, chain, parse

from .signatures import MODERN


@pytest.mark.parametrize(("rule", "library"), MODERN)
def test_every_number_is_the_default_of_the_library(rule, library):
    name, words = MODERN[rule, library]
    place = torch.optim if library == "torch" else optax
    known = inspect.signature(operator.attrgetter(name)(place)).parameters
    links = chain(parse(f"{rule}@{library}" + (" | sgd" if rule in WRAPPERS else "")))
    for theirs, ours in words.items():
        link = next(link for link in reversed(links) if hasattr(link, ours))
        assert getattr(link, ours) == known[theirs].default, ours


def test_adafactor_of_pytorch_has_other_words():
    known = inspect.signature(torch.optim.Adafactor).parameters
    rule = parse("adafactor@torch")
    assert known["beta2_decay"].default == -rule.decay_power
    assert known["eps"].default == (rule.eps1, rule.eps2)
