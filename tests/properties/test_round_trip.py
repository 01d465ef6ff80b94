"""Text and value are inverse to each other, over rules drawn at random."""

import copy
import pickle

import jax
from hypothesis import given, settings

import slalom.jax  # noqa: F401 (makes rules pytrees)
from slalom.rules import parse, parse_all

from .strategies import rules


@given(rules)
@settings(max_examples=400)
def test_text_and_value_are_inverse(rule):
    again = parse(str(rule))
    assert again == rule
    assert str(again) == str(rule)
    assert parse(rule.text(full=True)) == rule
    assert parse_all(f" {rule}") == [rule]


@given(rules)
@settings(max_examples=100)
def test_spaces_and_line_breaks_between_tokens_do_not_matter(rule):
    spread = str(rule)
    for sign in "(),=|":
        spread = spread.replace(sign, f" {sign}\n\t")
    assert parse(spread) == rule


@given(rules)
@settings(max_examples=100)
def test_copies_are_equal_and_print_alike(rule):
    for same in (copy.deepcopy(rule), pickle.loads(pickle.dumps(rule)), rule.replace()):
        assert (same, str(same), hash(same)) == (rule, str(rule), hash(rule))
    leaves, structure = jax.tree.flatten(rule)
    assert jax.tree.unflatten(structure, leaves) == rule
