"""Recipes on lists of arrays with names, their text, and the layers that names tell."""

import numpy as np
import pytest

from slalom.errors import SlalomError, TextError
from slalom.rules import (
    ClipStep,
    Frozen,
    LayerDecay,
    MuP,
    NoDecay,
    RateFactor,
    Split,
    adamw,
    parse,
    parse_all,
)
from slalom.rules.layers import layers_of
from slalom.rules.rule import Leaf

NAMES = ["embed.weight", "blocks.0.weight", "blocks.0.bias", "blocks.1.weight", "head.weight"]
SHAPES = [(3, 2), (2, 2), (2,), (2, 2), (2, 2)]
LEAF = [Leaf(name, shape) for name, shape in zip(NAMES, SHAPES, strict=True)]


def steps(text, count=3):
    rule, draw = parse(text), np.random.default_rng(0)
    x = [draw.normal(size=shape) for shape in SHAPES]
    state = rule.begin(x, LEAF)
    for t in range(1, count + 1):
        g = [draw.normal(size=shape) for shape in SHAPES]
        delta, state = rule.step(x, g, state, t, LEAF)
        x = [a + d for a, d in zip(x, delta, strict=True)]
    return x


def assert_as(text, others):
    """Each array is stepped as by the rule that is said for it alone."""
    found = steps(text)
    for i, rule in enumerate(others):
        np.testing.assert_array_equal(found[i], steps(rule)[i])


BASE, BARE = "adamw(0.1, weight_decay=0.5)", "adam(0.1)"


def test_numbers_of_each_leaf():
    assert_as(f'no_decay("bias", "emb*") | {BASE}', [BARE, BASE, BARE, BASE, BASE])
    rates = [f"adamw({rate}, weight_decay=0.5)" for rate in (0.0125, 0.025, 0.025, 0.05, 0.1)]
    assert_as(f"layer_decay(0.5) | {BASE}", rates)
    twice = "adamw(0.05, weight_decay=1)"
    assert_as(f"mup(1) | {BASE}", [BASE, twice, BASE, twice, twice])
    assert_as(
        f'rate_factor("matrix", factor=0.5) | {BARE}',
        [BARE, "adam(0.05)", BARE, "adam(0.05)", BARE],
    )


def test_what_is_frozen_stays_and_is_not_measured():
    found, begun = steps('clip_norm(0.1) | frozen("blocks.*") | sgd(1)'), steps("adam", 0)
    for i in (1, 2, 3):
        np.testing.assert_array_equal(found[i], begun[i])
    rule = parse('clip_norm(0.5) | frozen("blocks.*") | sgd(1)')
    g = [np.ones(shape) for shape in SHAPES]
    delta, _ = rule.step(g, g, rule.begin(g, LEAF), leaf=LEAF)
    assert sum(np.sum(d**2) for d in delta) == pytest.approx(0.25, rel=1e-14)


def test_recipes_in_parts_and_around_them():
    first = "rate_factor('blocks.0.*', factor=0.5)"
    text = f"no_decay('bias') | partition(matrices={first} | {BASE}, rest={BASE})"
    half = "adamw(0.05, weight_decay=0.5)"
    assert_as(text, [BASE, half, BARE, BASE, BASE])


def test_a_schedule_is_multiplied():
    assert_as(
        'rate_factor("head", factor=0.5) | adam(lr=exponential(1, rate=0.1))',
        ["adam(lr=exponential(1, rate=0.1))"] * 4 + ["adam(lr=exponential(0.5, rate=0.1))"],
    )


def test_the_point_to_judge_of_what_is_not_frozen():
    rule = parse('frozen("blocks.*") | average(0.5) | sgd(1)')
    x = [np.ones(shape) for shape in SHAPES]
    state = rule.begin(x, LEAF)
    delta, state = rule.step(x, x, state, leaf=LEAF)
    moved = [a + d for a, d in zip(x, delta, strict=True)]
    judged = rule.judged(moved, state, LEAF)
    plain = parse("average(0.5) | sgd(1)")
    _, own = plain.step(x[:1], x[:1], plain.begin(x[:1]))
    np.testing.assert_array_equal(judged[0], plain.judged(moved[:1], own)[0])
    np.testing.assert_array_equal(judged[1], x[1])


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ('no_decay("bias", "*.gate") | adamw()', NoDecay("bias", "*.gate") | adamw()),
        ("no_decay(bias, 'norm') | adamw", NoDecay("bias", "norm") | adamw()),
        ('frozen("enc*") | mup(64) | adamw', Frozen("enc*") | MuP(64) | adamw()),
        ("layer_decay(0.5, lr_scale=true) | adamw", LayerDecay(0.5, lr_scale=True) | adamw()),
        ('rate_factor("a", factor=2) | adamw', RateFactor("a", factor=2) | adamw()),
        ('split("*.qkv", blocks=3) | adamw', Split("*.qkv") | adamw()),
    ],
)
def test_text_and_value_are_inverse(text, rule):
    assert parse(text) == rule
    assert parse(str(rule)) == rule
    assert parse(rule.text(full=True)) == rule
    assert hash(parse(text)) == hash(rule)


def test_a_sweep_of_recipes():
    found = parse_all('rate_factor("a", factor=[1, 2]) | adam')
    assert [rule.factor for rule in found] == [1, 2]
    assert [rule.names for rule in parse_all('frozen(["a", "b"], "c") | adam')] == [
        ("a", "c"),
        ("b", "c"),
    ]


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ('no_decay("bias) | adamw', TextError, "a quote that is not closed, at character 10"),
        ("frozen(*.bias) | adam", TextError, "a pattern of names in quotes"),
        ('no_decay("a", names=b) | adamw', TextError, "no_decay: names is given twice"),
        (
            'frozen("a", facto=2) | adam',
            TextError,
            "frozen: unknown argument 'facto'",
        ),
        ("no_decay() | adamw", SlalomError, "no_decay needs roles or patterns of names"),
        ("no_decay(3) | adamw", SlalomError, "no_decay needs roles or patterns of names"),
        ('split("a", blocks=1) | adam', SlalomError, "blocks must be a whole number from 2"),
        ('no_decay("a")', TextError, "a wrapper needs a rule"),
    ],
)
def test_refusals_of_texts(text, error, message):
    with pytest.raises(error, match=message):
        parse(text)


def test_an_unknown_argument_in_python():
    with pytest.raises(SlalomError, match="unknown argument 'facto'; did you mean factor"):
        RateFactor("a", facto=2)


def test_a_landscape_has_no_names():
    rule = parse('frozen("a") | adam')
    with pytest.raises(SlalomError, match="frozen: 'a' matches no parameter; none has a name"):
        rule.begin(np.ones(2))


def layers(names, is_ordered=False):
    found, last = layers_of([Leaf(name, (2, 2)) for name in names], is_ordered)
    return dict(zip(names, found, strict=True)), last


def test_layers_of_a_tree_whose_order_says_nothing():
    names = ["blocks_10.w", "blocks_2.w", "final.w", "head.w", "patch_embed.w", "pos_token.w"]
    found, last = layers(names)
    assert last == 3
    assert list(found.values()) == [2, 1, 3, 3, 0, 0]
    found, last = layers(["decoder.layers_0.w", "decoder.layers_1.w", "encoder.layers_0.w"])
    assert list(found.values()) == [2, 3, 1]
    found, _ = layers(["layer10.0.w", "layer9.0.w", "layer9.1.w"])
    assert list(found.values()) == [3, 1, 2]
    with pytest.raises(SlalomError, match="which of Conv, Dense comes first, a tree cannot tell"):
        layers(["Conv_0.w", "Dense_0.w"])


def test_layers_of_a_model_in_its_order():
    names = ["conv1.w", "layer1.0.w", "layer1.1.w", "layer2.0.w", "fc.w"]
    assert layers(names, is_ordered=True) == (dict(zip(names, [0, 1, 2, 3, 4], strict=True)), 4)
    found, _ = layers(["stem.w", "up.0.w", "down.0.w", "norm.w"], is_ordered=True)
    assert list(found.values()) == [0, 1, 2, 3]


def test_clipped_steps():
    """Of gradient descent it is the gradient; of Muon and Adam together the length is the limit."""
    draw = np.random.default_rng(0)
    x, g = ([draw.normal(size=shape) for shape in ((3, 3), (2,))] for _ in range(2))

    def delta(text):
        rule = parse(text)
        return rule.step(x, g, rule.begin(x))[0]

    by_step, by_gradient = (delta(f"clip_{what}(0.5) | sgd(0.3)") for what in ("step", "norm"))
    for a, b in zip(by_step, by_gradient, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-14)
    w, b = delta("clip_step(0.5) | partition(matrices=muon(0.02), rest=adam(0.001))")
    assert np.sqrt(np.sum((w / 0.02) ** 2) + np.sum((b / 0.001) ** 2)) == pytest.approx(0.5)
    assert ClipStep(0.5).limit == 0.5
