"""The public names: each there, in order, and described."""

import ast
import dataclasses
import inspect
from pathlib import Path

import pytest

import slalom
from slalom.rules import COMPOSITIONS, RULES, SCHEDULES, WRAPPERS
from slalom.rules.value import Value

NAMES = [*slalom.__all__]
STUB = ast.parse(Path(slalom.__file__).with_suffix(".pyi").read_text())


def test_the_names_are_sorted_and_each_is_there_once():
    assert sorted(set(NAMES)) == NAMES
    assert set(NAMES) <= set(dir(slalom))


def test_the_stub_lists_what_is_there():
    imported = [
        alias.name for node in STUB.body if isinstance(node, ast.ImportFrom) for alias in node.names
    ]
    listed = next(
        ast.literal_eval(node.value)
        for node in STUB.body
        if isinstance(node, ast.Assign) and node.targets[0].id == "__all__"
    )
    assert sorted(imported) == sorted(listed) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_name_loads_and_is_described(name):
    found = getattr(slalom, name)
    assert (inspect.getdoc(found) or "").strip()
    if inspect.isclass(found) or inspect.isfunction(found):
        own = found.__dict__.get("__doc__") or found.__doc__
        assert not own.startswith(f"{name}("), "a dataclass's made-up docstring"


MAKERS = sorted(
    {maker for table in (RULES, COMPOSITIONS, WRAPPERS, SCHEDULES) for maker in table.values()},
    key=lambda maker: maker.__name__,
)


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.__name__)
def test_all_of_the_catalogue_is_here(maker):
    assert getattr(slalom, maker.__name__) is maker
    assert maker.__name__ in NAMES


def test_a_name_that_is_not_there():
    with pytest.raises(AttributeError, match="Nadam"):
        _ = slalom.Nadam


VALUES = sorted(
    {maker for maker in RULES.values() if inspect.isclass(maker)}, key=lambda cls: cls.__name__
)


@pytest.mark.parametrize("rule", VALUES, ids=lambda cls: cls.__name__)
def test_every_rule_names_its_source(rule):
    text = inspect.getdoc(rule)
    assert "Source: " in text
    assert any(f"{year}" in text for year in range(1800, 2100)), "the year of its source"


DESCRIBED = sorted(
    {
        maker
        for table in (RULES, WRAPPERS, SCHEDULES)
        for maker in table.values()
        if inspect.isclass(maker) and issubclass(maker, Value)
    },
    key=lambda cls: cls.__name__,
)


WITHOUT_FIELDS = {"grams"}


@pytest.mark.parametrize("value", DESCRIBED, ids=lambda cls: cls.__name__)
def test_every_field_has_a_phrase(value):
    own = [f for f in dataclasses.fields(value) if f.metadata.get("kind") != "inner"]
    assert bool(own) != (value.name in WITHOUT_FIELDS)
    for field in own:
        phrase = field.metadata["doc"]
        assert phrase == phrase.strip(), field.name
        assert len(phrase) > 5, field.name
        assert not phrase.endswith("."), field.name


def test_a_name_is_looked_up_once(monkeypatch):
    monkeypatch.delattr(slalom, "Adam", raising=False)
    first = slalom.Adam
    monkeypatch.setattr(slalom, "__getattr__", lambda name: pytest.fail(name))
    assert slalom.Adam is first
