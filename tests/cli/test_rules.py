"""`slalom rules`: nothing that a rule says of itself is lost."""

import dataclasses
import inspect
import json

import pytest
from rich.cells import cell_len

from slalom import rules
from slalom.rules import COMPOSITIONS, RULES, SCHEDULES, WRAPPERS
from slalom.rules.value import Value, own_fields, written

CLASSES = {
    name: maker
    for group in (RULES, WRAPPERS, SCHEDULES)
    for name, maker in group.items()
    if isinstance(maker, type)
}
FUNCTIONS = {
    name: maker
    for group in (COMPOSITIONS, SCHEDULES)
    for name, maker in group.items()
    if not isinstance(maker, type)
}


def words(text):
    return " ".join(text.split())


def test_the_list_has_the_whole_catalogue(slalom):
    said = json.loads(slalom("rules", "--json").out)
    groups = {"rules": RULES, "compositions": COMPOSITIONS}
    groups |= {"wrappers": WRAPPERS, "schedules": SCHEDULES}
    assert {g: [entry["name"] for entry in said[g]] for g in said} == {
        g: list(makers) for g, makers in groups.items()
    }
    shown = slalom("rules").out
    for group, entries in said.items():
        assert group in shown
        for entry in entries:
            assert entry["summary"] == inspect.getdoc(groups[group][entry["name"]]).split("\n")[0]
            assert any(
                line.split()[0] == entry["name"] and entry["summary"] in line
                for line in shown.splitlines()
                if line.strip()
            )


@pytest.mark.parametrize("name", CLASSES)
def test_every_field_is_explained(slalom, name):
    shown = words(slalom("rules", name).out)
    said = json.loads(slalom("rules", name, "--json").out)
    told = said["hyperparameters"] + said["conventions"]
    fields = own_fields(CLASSES[name])
    assert sorted(p["name"] for p in told) == sorted(f.name for f in fields)
    for field in fields:
        [parameter] = [p for p in told if p["name"] == field.name]
        assert parameter["default"] == written(field.default, field.name)
        assert parameter["meaning"] == field.metadata["doc"] != ""
        if field.metadata["kind"] == "hyper":
            assert parameter in said["hyperparameters"]
            assert parameter["allowed"] == str(field.metadata["within"])
        else:
            assert parameter in said["conventions"]
            choices = [written(choice, field.name) for choice in field.metadata["choices"]]
            assert parameter["allowed"].split(", ") == choices
        assert f"{field.name} {words(' '.join(list(parameter.values())[1:]))}" in shown


@pytest.mark.parametrize("name", CLASSES)
def test_every_line_of_the_docstring_is_shown(slalom, name):
    shown = slalom("rules", name).out
    for line in inspect.getdoc(CLASSES[name]).splitlines():
        if line.startswith("    "):
            assert line.strip() in shown
        else:
            text = words(line).removeprefix("Source:").removesuffix("To match other libraries:")
            assert text.strip() in words(shown)


def test_the_formula_is_apart(slalom):
    told = json.loads(slalom("rules", "gradient_descent", "--json").out)
    assert told["formula"] == ["x -= lr g"]
    assert told["source"].startswith("Cauchy")
    adam = json.loads(slalom("rules", "adam", "--json").out)
    assert len(adam["formula"][0].splitlines()) == 5
    assert adam["libraries"].startswith("PyTorch")
    assert "Source" not in "".join(adam["body"])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_composition_tells_what_it_stands_for(slalom, name):
    told = json.loads(slalom("rules", name, "--json").out)
    assert told["stands_for"] == str(FUNCTIONS[name]())
    assert told["stands_for"] in slalom("rules", name).out
    if name in COMPOSITIONS:
        assert rules.parse(told["stands_for"]) == FUNCTIONS[name]()
    signature = inspect.signature(FUNCTIONS[name]).parameters
    assert [p["name"] for p in told["hyperparameters"]] == list(signature)


MINE = '''
from dataclasses import dataclass
from slalom.rules import Adam, Rule, hyper

@dataclass(frozen=True)
class Sign(Rule):
    """Steps by the sign.

        x -= lr sign(g)
    """

    lr: float = hyper(0.125, "how far")

@dataclass(frozen=True)
class Bare(Rule):
    lr: float = 0.125

fast = Adam(lr=0.5)
number = 3
'''


def test_a_rule_of_ones_own(slalom, tmp_path):
    (tmp_path / "mine.py").write_text(MINE)
    sign = slalom("rules", "mine.py:Sign").out
    for part in ("Steps by the sign.", "x -= lr sign(g)", "0.125", "[0, inf)", "how far"):
        assert part in sign
    bare = slalom("rules", "mine.py:Bare").out
    assert "lr" in bare
    assert "Bare(" not in bare  # the docstring that @dataclass writes
    assert str(rules.Adam(lr=0.5)) in slalom("rules", "mine.py:fast").out
    refused = slalom("rules", "mine.py:number")
    assert refused.status == 2
    assert "mine.py:number is no rule, but int" in refused.complaint


@pytest.mark.parametrize("columns", [60, 80])
def test_a_narrow_screen_loses_no_word(slalom, monkeypatch, columns):
    wide = sorted(slalom("rules", "adam").out.split())
    monkeypatch.setenv("COLUMNS", str(columns))
    narrow = slalom("rules", "adam").out
    assert sorted(narrow.split()) == wide
    assert max(map(cell_len, narrow.splitlines())) <= columns


def test_values_are_dataclasses():
    # own_fields, which the page is made of, is all that dataclasses know but a wrapper's rule
    for cls in CLASSES.values():
        assert issubclass(cls, Value)
        names = {f.name for f in dataclasses.fields(cls)} - {"rule"}
        assert names == {f.name for f in own_fields(cls)}
