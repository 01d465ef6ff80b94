"""What a rule remembers: arrays like the parameters, in one structure, never changed in place."""

import jax
import numpy as np
import pytest
import torch

from .running import follow, gradients, offers, path, start
from .table import RULES

LIBRARIES = {"numpy": np.array, "torch": torch.tensor}


# factored, one number for each row or decay, and square matrices of the sides
OTHER_SHAPES = (
    *("adafactor", "adam_mini", "came", "mechanic", "psgd_kron", "sm3"),
    *("partition(matrices=normuon", "soap", "shampoo"),
)


@pytest.mark.parametrize("text", [t for t in RULES if not t.startswith(OTHER_SHAPES)])
def test_entries_have_the_shape_of_the_parameters_or_none(text):
    x = start((2, 3))
    state = RULES[text].begin(x)
    steps = [s for _, s, _ in follow(RULES[text], x, gradients(3, (2, 3)))]
    for leaf in jax.tree.leaves([state, steps]):
        assert np.shape(leaf) in ((2, 3), ())


@pytest.mark.parametrize("text", RULES)
def test_a_state_is_a_tuple_of_one_structure(text):
    x = start()
    state = RULES[text].begin(x)
    assert isinstance(state, dict if text.startswith("partition") else tuple)
    structures = {jax.tree.structure(s) for _, s, _ in follow(RULES[text], x, gradients(5))}
    assert structures == {jax.tree.structure(state)}


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("text", RULES)
def test_nothing_changes_in_place(text, library):
    rule, make = RULES[text], LIBRARIES[library]
    x, gs = make(start()), make(gradients(3))
    given = []  # everything that was handed in or out, and how it was then

    def watch(tree):
        given.extend((leaf, np.asarray(leaf).copy()) for leaf in jax.tree.leaves(tree))
        return tree

    def watched(function):
        return lambda point: watch(function(watch(point)))

    watch((x, gs))
    state = rule.begin(x)
    for t, g in enumerate(gs, start=1):
        watch(state)
        watch(rule.judged(x, state))
        offered = offers(g, x)
        for name in ("grad", "value", "hvp"):
            offered[name] = watched(offered[name])
        delta, state = rule.step(x, g, state, t, **offered)
        watch(delta)
        x = x + delta
    assert all(np.array_equal(np.asarray(now), then) for now, then in given)


@pytest.mark.parametrize("text", RULES)
def test_steps_and_states_share_no_memory_with_what_was_given(text):
    """A training loop may change parameters and gradients in place between the steps."""
    rule, x, gs = RULES[text], start(), gradients(3)
    state = rule.begin(x)
    for t, g in enumerate(gs, start=1):
        before = [np.array(leaf) for leaf in jax.tree.leaves(state)]
        x += 1
        assert all(map(np.array_equal, jax.tree.leaves(state), before))
        delta, state = rule.step(x, g, state, t, **offers(g, x))
        before = [np.array(leaf) for leaf in jax.tree.leaves((delta, state))]
        g += 1
        x += 1
        assert all(map(np.array_equal, jax.tree.leaves((delta, state)), before))


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("text", RULES)
def test_scalar_and_empty_leaves(text, library):
    rule, make = RULES[text], LIBRARIES[library]
    x, gs = make(start((1,))), make(gradients(4, (1,)))
    scalar = path(rule, x[0], gs[:, 0])
    assert scalar.shape == (4,)
    np.testing.assert_allclose(scalar, path(rule, x, gs)[:, 0], rtol=1e-14)
    assert path(rule, x[:0], gs[:, :0]).shape == (4, 0)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("text", RULES)
def test_gradients_of_zero_leave_finite_steps(text, library):
    """No division of 0 by 0, and no warning of one, before the first gradient comes."""
    make = LIBRARIES[library]
    for delta, state, _ in follow(RULES[text], make(np.zeros(3)), make(np.zeros((3, 3)))):
        assert all(np.isfinite(np.asarray(leaf)).all() for leaf in jax.tree.leaves((delta, state)))
