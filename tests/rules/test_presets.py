"""Presets as values and in text; what they compute is held against the libraries elsewhere."""

from dataclasses import dataclass
from functools import partial

import pytest

from slalom.errors import SlalomError, TextError
from slalom.rules import (
    COMPOSITIONS,
    PRESETS,
    RULES,
    WRAPPERS,
    Adam,
    ClipNorm,
    Exponential,
    GradientDescent,
    Momentum,
    Nesterov,
    RMSProp,
    Rule,
    WeightDecay,
    chain,
    parse,
    parse_all,
    preset,
)
from slalom.rules.presets import defaults, parameters, presets_of

ALL = [(rule, library) for rule, libraries in PRESETS.items() for library in libraries]
MAKERS = {**RULES, **COMPOSITIONS, **WRAPPERS}


@pytest.mark.parametrize(("name", "library"), ALL)
def test_a_preset_is_an_ordinary_value(name, library):
    made = preset(MAKERS[name], library)()
    if name not in COMPOSITIONS:
        assert MAKERS[name].like(library) == made
    inner = " | adam" if name in WRAPPERS else ""
    assert parse(f"{name}@{library}{inner}") == (made | Adam() if inner else made)
    plain = f"{made}{inner}"
    assert "@" not in plain
    assert parse(plain) == parse(f"{name}@{library}{inner}")


def test_keywords_override():
    made = RMSProp.like("torch", momentum=0.9, centered=True, decay=0.5)
    assert made == RMSProp(0.01, 0.5, 1e-8, 0.9, 0, False, True, False)
    made = Momentum.like("torch", lr=0.01, momentum=0.9, dampening=0.3)
    assert made == Momentum(0.01, 0.9, 0.3, lr_inside=False)
    assert Adam.like("keras", eps_hat=False, eps=1e-8) == Adam()
    assert Adam.like("Keras") == Adam.like("keras") == parse("adam@KERAS")


def test_the_numbers_that_a_library_asks_for_are_those_of_the_rule():
    assert Adam.like("optax").lr == Adam().lr
    assert Momentum.like("torch").momentum == Momentum().momentum
    assert str(GradientDescent.like("lasagne")) == "gradient_descent()"


@pytest.mark.parametrize("library", PRESETS["adam"])
def test_amsgrad_is_the_amsgrad_of_the_library(library):
    assert parse(f"amsgrad@{library}") == Adam.like(library, amsgrad=True)
    expected = {"paper": (True, False), "optax": ("corrected", True)}.get(library, (True, True))
    made = parse(f"adam@{library}(amsgrad=true)")
    assert (made.amsgrad, made.debias) == expected
    assert Adam.like(library, amsgrad=True, debias=True).debias
    assert Adam.like(library, amsgrad=False).amsgrad is False


@pytest.mark.parametrize("library", PRESETS["adamw"])
def test_adamw_is_adam_beside_a_decoupled_decay(library):
    decay, adam = chain(parse(f"adamw@{library}(beta2=0.9, amsgrad=true)"))
    assert adam == Adam.like(library, beta2=0.9, amsgrad=True)
    assert decay.decoupled
    assert decay.scaled == (library != "paper")


@pytest.mark.parametrize("library", PRESETS["sgd"])
def test_sgd_is_the_rules_that_it_stands_for(library):
    assert parse(f"sgd@{library}") == GradientDescent.like(library)
    assert parse(f"sgd@{library}(lr=1, momentum=0.5)") == Momentum.like(library, lr=1, momentum=0.5)
    assert parse(f"sgd@{library}(2, 0.5, nesterov=true)") == Nesterov.like(
        library, lr=2, momentum=0.5
    )
    assert parse(f"nag@{library}(momentum=0.5)") == Nesterov.like(library, momentum=0.5)


def test_keras_decays_weights_beside_the_step():
    assert WeightDecay.like("keras", weight_decay=0.1) == WeightDecay(0.1, decoupled=True)
    assert not WeightDecay.like("torch").decoupled


def test_presets_in_chains_sweeps_and_schedules():
    chained = parse("clip_norm(1) | weight_decay@keras(0.1) | adam@keras(lr=0.1)")
    adam = Adam(0.1, eps=1e-7, eps_hat=True)
    assert chained == ClipNorm(1) | WeightDecay(0.1, decoupled=True) | adam
    assert parse_all("adam@keras(lr=[0.1, 0.2])") == [adam, adam.replace(lr=0.2)]
    assert parse("adam@keras(exponential(0.1))").lr == Exponential(0.1)


@dataclass(frozen=True)
class Own(Rule):
    lr: float = 0.1


@dataclass(frozen=True)
class Tuned(Adam):
    pass


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Adam.like("pytorch"), "unknown library 'pytorch': presets are paper, torch, k"),
        (lambda: Adam.like(3), "unknown library '3': presets are"),
        (lambda: parse("nadam").like("lasagne"), "no preset of nadam for lasagne, only paper, t"),
        (lambda: ClipNorm.like("torch"), "clip_norm has no presets$"),
        (lambda: Own.like("torch"), "Own has no presets"),
        (lambda: Tuned.like("torch"), "Tuned has no presets"),
        (lambda: Rule.like("torch"), "Rule has no presets"),
        (lambda: Adam.like("torch", beta3=1), "adam: unknown argument 'beta3'; did you mean bet"),
        (lambda: Adam.like("torch", lr=-1), r"adam: lr must be in \[0, inf\), got -1"),
    ],
)
def test_refusals_say_what_is_allowed(call, message):
    with pytest.raises(SlalomError, match=message):
        call()


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("adam@foo(lr=1)", 5, "unknown library 'foo': presets are paper, torch"),
        ("clip_norm(1) | nadam@lasagne", 21, "no preset of nadam for lasagne"),
        ("adam@", 5, "expected the name of a library, as in adam@torch"),
        ("adam@(lr=1)", 5, "expected the name of a library, as in adam@torch"),
        ("clip_norm@torch(1) | adam", 10, "clip_norm has no presets"),
        ("adam(lr=exponential@torch)", 20, "exponential has no presets"),
        ("adam@torch@keras", 10, "expected the end of the rule"),
        ("adam@torch(lr_inside=true)", 0, "adam: unknown argument 'lr_inside'"),
        ("sgd@torch(centered=true)", 0, "sgd: unknown argument 'centered'"),
        ("adam@torch(1, lr=2)", 0, "adam: lr is given twice"),
        ("optax:lion@torch", 10, "presets are of Slalom's own rules; this one is of optax"),
        ("mine.py:Adam@torch", 12, "presets are of Slalom's own rules; this one is of mine.py"),
        ("optax:<custom>", 6, "a rule made in Python, which no text stands for"),
    ],
)
def test_refusals_point_at_the_text(text, place, message):
    with pytest.raises(TextError, match=message) as caught:
        parse(text)
    assert caught.value.position == place


def test_a_namesake_of_a_rule_has_no_presets():
    @dataclass(frozen=True)
    class Own(Rule, name="adam"):
        pass

    with pytest.raises(SlalomError, match=r"^adam has no presets$"):
        preset(Own, "torch")


def test_what_has_no_name_is_shown_as_it_is():
    with pytest.raises(SlalomError, match=r"^functools.partial\(.* has no presets"):
        preset(partial(Adam, lr=0.5), "torch")


def test_what_a_preset_takes():
    assert presets_of(ClipNorm) == {}
    assert parameters(WeightDecay) == ["weight_decay", "decoupled", "scaled"]
    # without momentum it is gradient descent, which knows none of the conventions of its presets
    assert "lr_inside" in defaults(COMPOSITIONS["sgd"])
