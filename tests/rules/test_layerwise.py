"""Rules that look at the weights of a layer, or of one output of it, as a whole."""

import numpy as np
import pytest

from slalom.rules import Leaf, parse, stepping
from slalom.rules.leaves import Leaves
from slalom.rules.stepping import Offers

DRAW = np.random.default_rng(0).standard_normal
X, G = DRAW((3, 4)), DRAW((5, 3, 4))
FIRST, LAST = Leaf("", (3, 4), outputs=0), Leaf("", (4, 3), outputs=-1)


def walked(text, x, gs, leaf=None):
    """The iterates and the last state."""
    rule, xs, path = parse(text), Leaves([x]), []
    leaf = [leaf] if leaf else None
    state = stepping.begin(rule, xs, leaf)
    for t, g in enumerate(gs, start=1):
        offers = Offers(g=lambda g=g: Leaves([g]), leaf=leaf)
        delta, state = stepping.step(rule, state, xs, t, offers)
        xs = xs + delta
        path.append(xs[0])
    return np.stack(path), state


def across(g, x, axis=None):
    """A gradient without its part along x, of each row or of the whole."""
    return g - x * (g * x).sum(axis, keepdims=True) / (x * x).sum(axis, keepdims=True)


def test_lars_knows_no_unit_of_the_gradient():
    path, _ = walked("lars(lr=1, trust=0.1)", X, G)
    np.testing.assert_allclose(walked("lars(lr=1, trust=0.1)", X, 1e6 * G)[0], path, rtol=1e-12)
    first = np.linalg.norm(path[0] - X) / np.linalg.norm(X)
    assert first == pytest.approx(0.1)


def test_lars_without_vectors_steps_them_by_momentum():
    text = "lars(lr=0.1, weight_decay=0.5, vectors=false)"
    found, _ = walked(text, X[0], G[:, 0])
    expected, _ = walked("momentum(lr=0.1)", X[0], G[:, 0])
    np.testing.assert_allclose(found, expected, rtol=1e-13)
    assert not np.allclose(walked(text, X, G)[0], walked("momentum(lr=0.1)", X, G)[0])


@pytest.mark.parametrize("text", ["lars(lr=0.1)", "fromage(lr=0.1)"])
def test_what_has_no_norm_takes_plain_steps(text):
    """Where x or g is 0 the ratio is 1: an array of zeros could never leave them else."""
    path, _ = walked(text, 0 * X, G[:1])
    shrunk = np.sqrt(1.01) if "fromage" in text else 1.0
    np.testing.assert_allclose(path[0], -0.1 * G[0] / shrunk, rtol=1e-14)
    path, _ = walked(text, X, 0 * G[:1])
    np.testing.assert_allclose(path[0], X / shrunk, rtol=1e-14)


def test_fromage_keeps_the_norm_on_a_sphere():
    path, _ = walked("fromage(lr=0.3)", X, [across(G[0], X)])
    assert np.linalg.norm(path[0]) == pytest.approx(np.linalg.norm(X), rel=1e-14)


def test_stable_adamw_slows_down_where_a_gradient_is_large():
    """After one gradient of 1, one of k: v = (b + k²) / (1 + b), and r is k / sqrt(v)."""
    k, b, lr = 100.0, 0.99, 0.1
    path, state = walked(
        "stable_adamw(0.1, weight_decay=0)", np.zeros(3), [np.ones(3), np.full(3, k)]
    )
    v = (b + k**2) / (1 + b)
    m = (0.9 + k) / 1.9
    np.testing.assert_allclose(state.v[0], v, rtol=1e-13)
    np.testing.assert_allclose(path[0], -lr, rtol=1e-7)
    step = lr / (k / np.sqrt(v)) * m / np.sqrt(v)
    np.testing.assert_allclose(path[1] - path[0], -step, rtol=1e-7)


def test_mars_without_correction_is_adam_of_gradients_of_norm_1_at_most():
    adam = "adam(lr=0.1, beta1=0.95, beta2=0.99)"
    gs = G / np.linalg.norm(G, axis=(1, 2), keepdims=True)
    expected, _ = walked(adam, X, gs)
    longer = gs.copy()
    longer[2] *= 1000
    for given in (gs, longer):
        found, _ = walked("mars(lr=0.1, gamma=0)", X, given)
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_mars_of_matrices_turns_with_the_layout():
    """The first step is Muon's, in either layout; vectors go by Adam."""
    text = "mars(lr=1, base=shampoo)"
    path, _ = walked(text, X.T, G.transpose(0, 2, 1), Leaf("", (4, 3), outputs=0))
    other, _ = walked(text, X, G, Leaf("", (3, 4), outputs=-1))
    np.testing.assert_allclose(path.transpose(0, 2, 1), other, rtol=1e-12)
    muon, _ = walked("muon(lr=1, momentum=0)", X.T, G[:1].transpose(0, 2, 1))
    np.testing.assert_allclose(path[0], muon[0], rtol=1e-6)
    vector, _ = walked(text, X[0], G[:, 0])
    np.testing.assert_array_equal(vector, walked("mars(lr=1)", X[0], G[:, 0])[0])


@pytest.mark.parametrize("axis", [1, None])
def test_adamp_does_not_lengthen_what_only_a_norm_follows(axis):
    """Rows, or all weights at once, whose gradient is at a right angle to them."""
    text, g = "adamp(lr=0.1, weight_decay=0.5, delta=0.02)", across(G[0], X, axis)
    path, _ = walked(text, X, [g], FIRST)
    step = path[0] - (1 - 0.1 * 0.5 * 0.1) * X
    np.testing.assert_allclose((step * X).sum(axis), 0, atol=1e-8)
    turned, _ = walked(text, X.T, [g.T], LAST)
    np.testing.assert_allclose(turned[0].T, path[0], rtol=1e-12)


def test_adamp_is_adam_elsewhere():
    text = "adamp(lr=0.1, delta=0)"
    found, _ = walked(text, X, G, FIRST)
    np.testing.assert_allclose(found, walked("adam(lr=0.1)", X, G)[0], rtol=1e-13)


def test_adam_mini_is_adam_where_squares_are_alike_in_a_row():
    alike = np.sign(G) * np.abs(G[:, :, :1])
    found, _ = walked("adam_mini(lr=0.1)", X, alike, FIRST)
    np.testing.assert_allclose(found, walked("adam(lr=0.1)", X, alike)[0], rtol=1e-13)
    turned, _ = walked("adam_mini(lr=0.1)", X.T, alike.transpose(0, 2, 1), LAST)
    np.testing.assert_allclose(turned.transpose(0, 2, 1), found, rtol=1e-13)


@pytest.mark.parametrize(
    ("leaf", "shape"),
    [
        (Leaf("", (3, 4), outputs=0), (3, 1)),
        (Leaf("", (3, 4), outputs=-1), (1, 4)),
        (Leaf("embed", (3, 4), outputs=-1), (3, 1)),
        (Leaf("head", (3, 4), outputs=-1), (1, 4)),
        (Leaf("", (2, 3, 4, 5), outputs=0), (2, 1, 1, 1)),
        (Leaf("", (4,)), ()),
    ],
)
def test_adam_mini_has_one_number_for_an_output_or_a_token(leaf, shape):
    state = stepping.begin(parse("adam_mini()"), Leaves([np.ones(leaf.shape)]), [leaf])
    assert state.v[0].shape == shape
    whole = stepping.begin(parse("adam_mini(block=leaf)"), Leaves([np.ones(leaf.shape)]), [leaf])
    assert whole.v[0].shape == ()


def test_centralized_gradients_leave_the_mean_of_each_output():
    text = "centralize() | sgd(lr=0.1)"
    path, _ = walked(text, X, G, FIRST)
    np.testing.assert_allclose(path.mean(2), np.tile(X.mean(1), (5, 1)), rtol=1e-12)
    turned, _ = walked(text, X.T, G.transpose(0, 2, 1), LAST)
    np.testing.assert_allclose(turned.transpose(0, 2, 1), path, rtol=1e-12)
    vector, _ = walked(text, X[0], G[:, 0])
    np.testing.assert_array_equal(vector, walked("sgd(lr=0.1)", X[0], G[:, 0])[0])


def test_clipped_gradients_are_a_share_of_the_weights_of_their_output():
    text, g = "clip_adaptive(0.1, eps=0.5) | gradient_descent(lr=1)", DRAW((3, 4))
    x = X * np.array([[1.0], [1.0], [1e-6]])
    g[0] *= 0.01
    path, _ = walked(text, x, [g], FIRST)
    moved = np.linalg.norm(x - path[0], axis=1)
    expected = [np.linalg.norm(g[0]), 0.1 * np.linalg.norm(x[1]), 0.1 * 0.5]
    np.testing.assert_allclose(moved, expected, rtol=1e-12)
    turned, _ = walked(text, x.T, [g.T], LAST)
    np.testing.assert_allclose(turned[0].T, path[0], rtol=1e-12)


def test_mechanic_begins_with_a_millionth_of_the_step():
    path, _ = walked("mechanic(s_init=0.25, betas=3) | gradient_descent(lr=2)", X, G[:1])
    np.testing.assert_allclose(path[0], X - 0.25 * 2 * G[0], rtol=1e-13)


def test_mechanic_learns_how_far_it_is():
    """On |x - 1000| from 0, where a hundred plain steps of 1 lead to 100."""
    rule, x = parse("mechanic() | gradient_descent(lr=1)"), np.zeros(1)
    state = rule.begin(x)
    for t in range(1, 101):
        delta, state = rule.step(x, np.sign(x - 1000), state, t)
        x = x + delta
    assert 900 < x < 1100
