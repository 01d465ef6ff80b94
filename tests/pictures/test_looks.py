"""Colours stay with a rule across pictures, and variants can be told apart."""

import subprocess
import sys

import numpy as np
from matplotlib.colors import to_rgb

from slalom.pictures.looks import CLASSIC, OTHERS, base, catalogue, looks
from slalom.rules.catalogue import RULES
from slalom.studies import race


def test_every_rule_of_the_catalogue_has_its_own_look():
    assert set(catalogue()) == set(RULES)
    assert len(set(catalogue().values())) == len(RULES)
    assert all(base(name) == look for name, look in catalogue().items())
    markers = [marker for name, (_, marker) in CLASSIC.items() if name != "gradient_descent"]
    assert len(set(markers)) == len(markers)


def test_colours_can_be_told_apart_and_seen_on_white():
    colours = np.array([to_rgb(colour) for colour, _ in (*catalogue().values(), *OTHERS)])
    apart = np.linalg.norm(colours[:, None] - colours, axis=-1)
    others = [*range(len(CLASSIC)), *range(len(catalogue()), len(colours))]
    apart[np.ix_(others, others)] = np.inf  # chosen by hand
    np.fill_diagonal(apart, np.inf)
    assert apart.min() > 0.11  # the more rules, the less room is left for each
    assert all(np.dot(colour, (0.2126, 0.7152, 0.0722)) < 0.72 for colour in colours)


def test_a_rule_that_comes_last_changes_no_colour(monkeypatch):
    before = dict(catalogue())
    monkeypatch.setattr("slalom.pictures.looks.RULES", {**RULES, "a_new_rule": None})
    after = catalogue.__wrapped__()
    assert after.pop("a_new_rule")[0] not in {colour for colour, _ in before.values()}
    assert after == before


def drawn(labels):
    """The looks of rules that are called by their names and arguments."""
    return looks([label.partition("(")[0] for label in labels], labels)


def test_colours_do_not_depend_on_the_others_or_the_order():
    few = ["adam(lr=0.1)", "momentum(lr=0.1)"]
    many = ["nadam()", "momentum(lr=0.1)", "gradient_descent()", "adam(lr=0.1)", "nadam(lr=1)"]
    one = {rule: look.colour for rule, look in zip(few, drawn(few), strict=True)}
    other = {rule: look.colour for rule, look in zip(many, drawn(many), strict=True)}
    assert one.items() <= other.items()
    backwards = dict(zip(many[::-1], drawn(many[::-1]), strict=True))
    assert backwards == dict(zip(many, drawn(many), strict=True))


def test_colours_go_by_the_name_and_not_by_the_label():
    [alone] = looks(["adam"], ["my best run"])
    assert (alone.colour, alone.marker) == base("adam")


def test_a_wrapper_is_coloured_by_its_innermost_rule():
    text = "clip_norm(1.0) | weight_decay(0.1) | adam@torch(lr=0.1)"
    names = race("bowl", [text, "momentum()"], steps=2).data.rule_name.values.tolist()
    assert names == ["adam", "momentum"]


def test_variants_beside_another_rule_differ_by_shade_and_dash():
    variants = [f"adam(lr={lr})" for lr in (0.1, 0.2, 0.3, 0.4)]
    found = drawn([*variants, "momentum()"])
    assert len({(look.colour, look.dash) for look in found}) == 5
    assert len({look.dash for look in found}) == 4
    assert found[0].colour == base("adam")[0]


def test_shades_of_a_nearly_black_colour_are_lighter():
    variants = ["gradient_descent(lr=0.1)", "gradient_descent(lr=0.2)"]
    dark, lighter, _ = drawn([*variants, "adam()"])
    assert min(to_rgb(lighter.colour)) > max(to_rgb(dark.colour)) + 0.2


def test_variants_alone_have_colours_of_their_own_in_any_order():
    variants = [f"gradient_descent(lr={lr})" for lr in (0.1, 0.2, 0.3)]
    found = drawn(variants)
    assert len({look.colour for look in found}) == 3
    assert len({look.marker for look in found}) == 3
    assert drawn(variants[::-1]) == found[::-1]
    assert drawn(variants[:1])[0].colour == base("gradient_descent")[0]


def test_a_rule_of_ones_own_has_the_same_colour_in_every_process():
    command = "from slalom.pictures.looks import base; print(*base('my_rule'))"
    done = subprocess.run(
        [sys.executable, "-c", command], capture_output=True, text=True, check=True
    )
    assert tuple(done.stdout.split()) == base("my_rule")
