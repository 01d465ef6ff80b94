"""The entry points through which other libraries' optimizers become rules."""

import re
from importlib.metadata import EntryPoint, EntryPoints

import pytest
import torch

from slalom.errors import SlalomError
from slalom.rules import libraries, parse

OFFERS = EntryPoints(
    EntryPoint(name, value, group)
    for name, value, group in [
        ("parts", "operator:attrgetter", "slalom.libraries"),
        ("absent", "no_such_module_at_all.rules:maker", "slalom.libraries"),
        ("own", "slalom.no_such_module_at_all:maker", "slalom.libraries"),
        ("elsewhere", "operator:attrgetter", "of.another.package"),
    ]
)


@pytest.fixture(autouse=True)
def offers(monkeypatch):
    monkeypatch.setattr(libraries, "entry_points", lambda group: OFFERS.select(group=group))


def test_the_function_of_the_library_is_given_the_name():
    assert libraries.maker("parts", "real")(3 + 4j) == 3


def test_a_library_that_is_not_installed_is_named():
    missing = "no_such_module_at_all"
    with pytest.raises(SlalomError, match=f"^absent:lion needs {missing}: pip install {missing}$"):
        libraries.maker("absent", "lion")


def test_what_slalom_itself_offers_is_an_extra_of_the_librarys_name():
    with pytest.raises(SlalomError, match=r": pip install 'slalom-optim\[own\]' \(in a clone"):
        libraries.maker("own", "lion")


@pytest.mark.parametrize(
    ("library", "name", "told"),
    [
        ("torch", "Adam", "which only `slalom diff` runs; as a rule it is adam@torch"),
        ("torch", "SGD", "as a rule it is sgd@torch"),
        ("keras", "Own", "which only `slalom diff` runs; `slalom rules` lists the rules"),
        ("lasagne", "adam", "which does not run here; as a rule it is adam@lasagne"),
    ],
)
def test_an_optimizer_that_is_no_rule_is_told_by_its_own_name(library, name, told):
    with pytest.raises(SlalomError, match=f"^{library}:{name} is an optimizer of .*{told}$"):
        parse(f"{library}:{name}(lr=0.1)")


def test_the_rules_that_are_recommended_are_rules():
    for name in torch.optim.__all__:
        with pytest.raises(SlalomError) as caught:
            libraries.maker("torch", name)
        for text in re.findall(r"\w+@torch", str(caught.value)):
            assert parse(text)


@pytest.mark.parametrize("name", ["elsewhere", "part"])
def test_a_library_that_offers_nothing_is_unknown(name):
    message = rf"^unknown library '{name}'; .*parts.*; a rule of your own is FILE.py:Name$"
    with pytest.raises(SlalomError, match=message):
        libraries.maker(name, "lion")
