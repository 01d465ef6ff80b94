"""Flat lists of a state's entries, as JAX makes them."""

from typing import Any, NamedTuple

import jax
import pytest

from slalom.lowering import tree


class Inner(NamedTuple):
    m: Any
    v: Any


class Outer(NamedTuple):
    average: Any
    rule: Any


TREES = {
    "": (1, [""]),
    "none": (None, []),
    "named": (Inner(1, 2), ["m", "v"]),
    "nested": (Outer(1, Inner(None, 3)), ["average", "rule.v"]),
    "plain": ((1, [2, 3], ()), ["[0]", "[1][0]", "[1][1]"]),
    "by key": ({"b": 1, "a": Inner(2, 3)}, ["['a'].m", "['a'].v", "['b']"]),
}


@pytest.mark.parametrize("which", TREES)
def test_leaves_and_their_places(which):
    made, paths = TREES[which]
    assert [path for path, _ in tree.flat(made)] == paths
    assert tree.leaves(made) == jax.tree.leaves(made)
    found, _ = jax.tree.flatten_with_path(made)
    assert [jax.tree_util.keystr(path).lstrip(".") for path, _ in found] == paths


@pytest.mark.parametrize("which", TREES)
def test_other_leaves_in_the_same_tree(which):
    made, _ = TREES[which]
    found = tree.mapped(lambda leaf: 10 * leaf, made)
    assert found == jax.tree.map(lambda leaf: 10 * leaf, made)
    assert type(found) is type(made)
    assert tree.filled(made, jax.tree.leaves(found)) == found


def test_structures_are_equal_where_only_leaves_differ():
    structures = {tree.structure(made) for made, _ in TREES.values()}
    assert len(structures) == len(TREES)
    for made, _ in TREES.values():
        assert tree.structure(tree.mapped(str, made)) == tree.structure(made)
    assert tree.structure(Inner(1, None)) != tree.structure(Inner(1, 2))
    assert tree.structure(Inner(1, 2)) != tree.structure((1, 2))
    assert tree.structure([1]) != tree.structure((1,))
    assert tree.structure({"a": 1}) != tree.structure({"b": 1})
