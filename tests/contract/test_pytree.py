"""A rule is a JAX pytree: hyperparameters are its leaves, conventions are static."""

import dataclasses

import jax
import pytest

import slalom.jax  # noqa: F401 (makes rules pytrees)
from slalom.rules import Adam, Exponential, Momentum, Rule, Value, convention, hyper

from .table import RULES


def numbers(value):
    """Every number in the fields that are not conventions, by an independent walk."""
    if isinstance(value, Value):
        fields = [f for f in dataclasses.fields(value) if f.metadata.get("kind") != "convention"]
        return [n for f in fields for n in numbers(getattr(value, f.name))]
    if isinstance(value, tuple):
        return [n for v in value for n in numbers(v)]
    return [] if value is None or isinstance(value, bool) else [value]


@pytest.mark.parametrize("text", RULES)
def test_flatten_and_unflatten_are_inverse(text):
    rule = RULES[text]
    leaves, structure = jax.tree.flatten(rule)
    again = jax.tree.unflatten(structure, leaves)
    assert again == rule
    assert type(again) is type(rule)
    assert jax.tree.structure(again) == structure
    assert repr(jax.tree.unflatten(structure, leaves)) == repr(again)


@pytest.mark.parametrize("text", RULES)
def test_the_leaves_are_the_numbers(text):
    assert jax.tree.leaves(RULES[text]) == numbers(RULES[text])


@pytest.mark.parametrize("text", RULES)
def test_tree_operations_are_not_checked(text):
    strange = jax.tree.map(lambda v: -(v**2) - 7, RULES[text])
    assert all(v <= -7 for v in jax.tree.leaves(strange))
    jax.tree.map(lambda _: "not a number", RULES[text])
    assert jax.tree.structure(strange) == jax.tree.structure(RULES[text])


def test_conventions_are_part_of_the_structure():
    structures = [
        jax.tree.structure(r)
        for r in (Adam(), Adam(amsgrad=True), Adam(amsgrad="corrected"), Adam(eps_hat=True))
    ]
    assert len(set(structures)) == 4
    assert jax.tree.structure(Adam(lr=3)) == jax.tree.structure(Adam(beta1=0.5))
    assert jax.tree.structure(Momentum()) != jax.tree.structure(Adam())


def test_leaves_are_found_by_name():
    rule = Adam(lr=Exponential(0.1, rate=0.2))
    names = [jax.tree_util.keystr(path) for path, _ in jax.tree_util.tree_leaves_with_path(rule)]
    assert names == [".lr.initial", ".lr.rate", ".lr.offset", ".beta1", ".beta2", ".eps"]


def test_a_rule_defined_later_is_a_pytree_too():
    @dataclasses.dataclass(frozen=True)
    class Late(Rule):
        lr: float = hyper(0.25, "learning rate")
        share: float = 0.5
        count: int = 3
        fast: bool = False
        kind: str = convention("plain", "which", ("plain", "odd"))

    assert jax.tree.leaves(Late()) == [0.25, 0.5, 3]
    assert jax.tree.structure(Late(kind="odd")) != jax.tree.structure(Late())
    assert jax.tree.map(lambda v: 2 * v, Late(fast=True)) == Late(0.5, 1.0, 6, fast=True)
