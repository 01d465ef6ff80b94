"""Colours stay with a rule across pictures, and variants can be told apart."""

import subprocess
import sys

from matplotlib.colors import to_rgb

from slalom.pictures.looks import CATALOGUE, OTHERS, base, looks
from slalom.rules.catalogue import RULES
from slalom.studies import race


def test_every_rule_of_the_catalogue_has_its_own_look():
    assert set(CATALOGUE) == set(RULES)
    colours = [colour for colour, _ in (*CATALOGUE.values(), *OTHERS)]
    assert len(set(colours)) == len(colours)
    markers = [marker for name, (_, marker) in CATALOGUE.items() if name != "gradient_descent"]
    assert len(set(markers)) == len(markers)


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
