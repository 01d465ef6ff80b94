"""A partition as text, and its hyperparameters under flat names."""

import numpy as np
import pytest

from slalom.errors import SlalomError, TextError
from slalom.rules import (
    Adam,
    ClipNorm,
    Lion,
    Muon,
    Partition,
    WeightDecay,
    parse,
    parse_all,
    settings,
    with_settings,
)
from slalom.rules.rule import Leaf

TEXT = "partition(matrices=muon(lr=0.02), rest=weight_decay(0.1, decoupled=true) | adam())"
RULE = Partition(matrices=Muon(lr=0.02), rest=WeightDecay(0.1, decoupled=True) | Adam())


def test_text_and_value_are_inverse():
    assert parse(TEXT) == RULE
    assert str(RULE) == TEXT
    assert parse(RULE.text(full=True)) == RULE
    assert "eps=1e-7" in RULE.text(full=True)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("partition(matrices=muon, rest=adam)", Partition(matrices=Muon(), rest=Adam())),
        ("partition(rest = clip_norm(1)|lion)", Partition(rest=ClipNorm(1) | Lion())),
        ("partition(heads=adam@keras)", Partition(heads=Adam(eps=1e-7, eps_hat=True))),
        (
            "clip_norm(1) | partition(vectors=partition(rest=adam(0.5)))",
            ClipNorm(1) | Partition(vectors=Partition(rest=Adam(0.5))),
        ),
    ],
)
def test_chains_names_and_presets_as_parts(text, rule):
    assert parse(text) == rule
    assert parse(str(rule)) == rule


def test_sweeps_in_a_part():
    found = parse_all("partition(matrices=muon([0.1, 0.2]), rest=adam([0.3, 0.4]))")
    pairs = [(rule.matrices.lr, rule.rest.lr) for rule in found]
    assert pairs == [(0.1, 0.3), (0.1, 0.4), (0.2, 0.3), (0.2, 0.4)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("partition()", "partition needs a rule: partition"),
        ("partition(matrix=muon())", "partition: unknown argument 'matrix'; did you mean matrices"),
        ("partition(rest=adm)", "unknown rule 'adm'; did you mean adam"),
        ("partition(rest=adm())", "unknown schedule 'adm'; did you mean adam"),
        ("partition(rest=0.1)", "partition: rest must be a rule, got 0.1"),
        ("partition(rest=clip_norm(1))", r"a wrapper needs a rule: add '\| adam\(\)'"),
        ("partition(rest=adam() | lion())", r"only a wrapper may stand before '\|'"),
        ("adam(lr=lion(0.1))", "adam: lr is no rule"),
        ("adam(lion(0.1))", "adam: lr is no rule"),
    ],
)
def test_refusals(text, message):
    with pytest.raises(SlalomError, match=message):
        parse(text)


def test_a_refusal_inside_a_part_points_at_the_text():
    with pytest.raises(TextError) as caught:
        parse("partition(rest=adam(lr=0.1, beta=2))")
    assert caught.value.position == 15


def test_hyperparameters_are_called_by_their_part():
    rule = ClipNorm(3) | RULE
    assert settings(rule) == {
        "matrices.lr": 0.02,
        "matrices.momentum": 0.95,
        "matrices.eps": 1e-7,
        "rest.lr": 0.001,
        "rest.beta1": 0.9,
        "rest.beta2": 0.999,
        "rest.eps": 1e-8,
        "rest.weight_decay": 0.1,
        "limit": 3,
    }


@pytest.mark.parametrize("checked", [True, False])
def test_each_name_sets_its_own_number(checked):
    rule = ClipNorm(3) | RULE
    for name in settings(rule):
        changed = with_settings(rule, {name: 0.5}, checked=checked)
        assert settings(changed) == {**settings(rule), name: 0.5}
        assert changed.rule.matrices.nesterov
    assert with_settings(rule, settings(rule)) == rule


def test_settings_of_a_part_are_checked():
    with pytest.raises(SlalomError, match="partition: unknown hyperparameter 'lr'; known are m"):
        with_settings(RULE, {"lr": 0.1})
    with pytest.raises(SlalomError, match=r"muon: momentum must be in \[0, 1\)"):
        with_settings(RULE, {"matrices.momentum": 2})


def test_what_a_part_needs_the_whole_needs():
    assert Partition(matrices=Muon(), rest=parse("sam(0.1) | adam()")).needs == {"g", "grad"}
    assert Partition(rest=parse("sophia()")).needs == {"g", "hvp", "key"}


def test_leaves_go_by_their_roles():
    rule = parse("partition(matrices=sgd(1), embeddings=sgd(2), heads=sgd(3), vectors=sgd(4))")
    names = ["layer.weight", "embed.weight", "lm_head.weight", "layer.bias"]
    shapes = [(2, 2), (3, 2), (2, 3), (2,)]
    leaf = [Leaf(name, shape) for name, shape in zip(names, shapes, strict=True)]
    xs, gs = ([np.ones(shape) for shape in shapes] for _ in range(2))
    delta, _ = rule.step(xs, gs, rule.begin(xs, leaf), leaf=leaf)
    assert [d.ravel()[0] for d in delta] == [-1, -2, -3, -4]
