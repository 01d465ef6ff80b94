"""`slalom rules`: nothing that a rule says of itself is lost."""

import dataclasses
import inspect
import json

import pytest
from rich.cells import cell_len

from slalom import parse, rules
from slalom.rules import COMPOSITIONS, PRESETS, RECIPES, RULES, SCHEDULES, WRAPPERS
from slalom.rules.value import Value, own_fields, written

CLASSES = {
    name: maker
    for group in (RULES, WRAPPERS, RECIPES, SCHEDULES)
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
    groups |= {"wrappers": WRAPPERS, "recipes": RECIPES, "schedules": SCHEDULES}
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


def allowed(field):
    """The choices of a convention as text; a rule inside a partition has none."""
    choices = field.metadata.get("choices", ())
    if isinstance(choices, range):
        return f"{choices.start} to {choices.stop - 1}"
    return ", ".join(written(choice, field.name) for choice in choices)


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
            assert parameter["allowed"] == allowed(field)
        assert f"{field.name} {words(' '.join(list(parameter.values())[1:]))}" in shown


@pytest.mark.parametrize("name", CLASSES)
def test_every_line_of_the_docstring_is_shown(slalom, name):
    shown = slalom("rules", name).out
    for line in inspect.getdoc(CLASSES[name]).splitlines():
        if line.startswith("    "):
            assert line.strip() in shown
        else:
            assert words(line).removeprefix("Source:").strip() in words(shown)


def test_the_formula_is_apart(slalom):
    told = json.loads(slalom("rules", "gradient_descent", "--json").out)
    assert told["formula"] == ["x -= lr g"]
    assert told["source"].startswith("Cauchy")
    adam = json.loads(slalom("rules", "adam", "--json").out)
    assert len(adam["formula"][0].splitlines()) == 5
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
    assert "mine.py:number must be a rule, got int" in refused.complaint


@pytest.mark.parametrize("name", PRESETS)
def test_the_table_of_presets_holds_what_the_presets_make(slalom, name):
    """The cells of a library, put into the text of another, make the rule of the first."""
    [plain, *_] = json.loads(slalom("rules", name, "--json").out)["presets"] or [{"settings": {}}]
    another, inner = next(iter(PRESETS[name])), " | adam" if name in WRAPPERS else ""
    for library, preset in PRESETS[name].items():
        cells = {field: values[library] for field, values in plain["settings"].items()}
        given = ", ".join(f"{field}={cell.strip('()')}" for field, cell in cells.items())
        made = rules.parse(f"{name}@{library}{inner}")
        assert rules.parse(f"{name}@{another}({given}){inner}") == made
        asked = {field for field, cell in cells.items() if cell.startswith("(")}
        assert asked == {field for field, value in preset.items() if value is None}
    for values in plain["settings"].values():
        assert {lib for lib, cell in values.items() if cell is not None} == set(PRESETS[name])


@pytest.mark.parametrize(
    ("name", "library", "settings"),
    [
        ("adam", "paper", {"amsgrad": "true", "debias": "false"}),
        ("adam", "torch", {"amsgrad": "true", "debias": "true"}),
        ("adam", "optax", {"amsgrad": "corrected", "debias": "true"}),
        ("adamw", "optax", {"amsgrad": "corrected", "debias": "true"}),
        ("adamw", "lasagne", {"amsgrad": None, "debias": None}),
    ],
)
def test_a_word_that_means_something_else_has_a_table_of_its_own(slalom, name, library, settings):
    _, asked = json.loads(slalom("rules", name, "--json").out)["presets"]
    assert asked["given"] == "amsgrad=true"
    assert {f: values[library] for f, values in asked["settings"].items()} == settings
    assert f"Presets {name}@ with amsgrad=true" in slalom("rules", name).out


def test_the_table_of_presets_is_shown(slalom):
    lines = [line.split() for line in slalom("rules", "nadam").out.splitlines()]
    begin = lines.index(["Presets", "nadam@", "paper", "torch", "keras", "optax", "lasagne"])
    assert lines[begin + 1 : begin + 4] == [
        ["lr", "(0.002)", "0.002", "0.001", "(0.002)", "—"],
        ["eps", "1e-8", "1e-8", "1e-7", "1e-8", "—"],
        ["momentum_decay", "inf", "0.004", "1.0", "inf", "—"],
    ]
    assert "(in brackets: no default there, Slalom's own)" in slalom("rules", "nadam").out
    assert "Presets" not in slalom("rules", "clip_norm").out


@pytest.mark.parametrize(("name", "columns"), [("adam", 60), *((name, 80) for name in PRESETS)])
def test_a_narrow_screen_loses_no_word(slalom, monkeypatch, columns, name):
    wide = sorted(slalom("rules", name).out.split())
    monkeypatch.setenv("COLUMNS", str(columns))
    narrow = slalom("rules", name).out
    assert sorted(narrow.split()) == wide
    assert max(map(cell_len, narrow.splitlines())) <= columns


def counterparts(slalom, name):
    said = json.loads(slalom("rules", name, "--json").out)["counterparts"]
    return {one["optimizer"]: one for one in said}


def test_counterparts_are_told(slalom):
    muon = counterparts(slalom, "muon")["torch.optim.Muon"]
    assert muon["library"] == "torch"
    assert muon["words"]["adjust_lr_fn"] == {"none": "original", "match_rms_adamw": "rms"}
    assert muon["state"] == {"momentum_buffer": "b"}
    assert muon["weight_decay"] == "decoupled, 0.1 by default"
    adam = counterparts(slalom, "adam")
    assert adam["torch.optim.Adam"]["arguments"] == {"betas": ["beta1", "beta2"]}
    assert adam["torch.optim.Adam"]["state"]["exp_avg_sq"] == "v"
    assert adam["optax.adamw"]["state"]["ScaleByAdamState.nu"] == "v"
    assert counterparts(slalom, "nesterov")["keras.optimizers.SGD"]["only_with"] == {
        "nesterov": "true"
    }
    assert counterparts(slalom, "prodigy")["prodigyopt.Prodigy"]["package"] == "prodigyopt"
    assert counterparts(slalom, "weight_decay").keys() == {"optax.add_decayed_weights"}


def test_counterparts_are_shown(slalom):
    shown = slalom("rules", "nesterov").out
    assert "torch.optim.SGD(nesterov=true)" in shown
    for name in ("muon", "lamb", "schedule_free"):
        shown = words(slalom("rules", name).out)
        for optimizer, one in counterparts(slalom, name).items():
            assert optimizer in shown
            assert words(one["departs"]) in shown
            for theirs, ours in one["arguments"].items():
                assert f"{theirs} is {' and '.join(ours)}" in shown
            for theirs, ours in one["state"].items():
                assert f"{theirs} is {ours}" in shown
    assert "Counterparts" not in slalom("rules", "clip_norm").out


def test_values_are_dataclasses():
    # own_fields, which the page is made of, is all that dataclasses know but a wrapper's rule
    for cls in CLASSES.values():
        assert issubclass(cls, Value)
        names = {f.name for f in dataclasses.fields(cls)} - {"rule"}
        assert names == {f.name for f in own_fields(cls)}


def test_an_optimizer_of_optax(slalom):
    said = json.loads(slalom("rules", "optax:lion", "--json").out)
    assert [p["name"] for p in said["hyperparameters"]][:3] == ["learning_rate", "b1", "b2"]
    assert "required" in slalom("rules", "optax:lion").out


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("optax:lin", "unknown optimizer of optax 'lin'; did you mean lion?"),
        ("torch:Adam", "as a rule it is adam@torch"),
        ("nolib:adam", "unknown library 'nolib'"),
        ("adam@trch", "unknown library 'trch': presets are"),
    ],
)
def test_an_optimizer_of_a_library_that_is_none(slalom, name, told):
    assert told in slalom("rules", name).complaint


def test_a_rule_as_a_library_has_it(slalom):
    """By the name that is told where an optimizer of a library is typed."""
    said = json.loads(slalom("rules", "rmsprop@torch", "--json").out)
    assert said["name"] == "rmsprop"
    assert parse(said["stands_for"]) == parse("rmsprop@torch")
