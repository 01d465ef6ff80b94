"""Rules of matrices by laws and closed forms."""

import numpy as np
import pytest

from slalom.rules import parse
from slalom.rules.rule import Leaf


def draws(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def followed(text, x, gs, outputs=0):
    """The iterates for given gradients of one array."""
    rule, leaf = parse(text), [Leaf("", x.shape, outputs)]
    state = rule.begin(x, leaf)
    for t, g in enumerate(gs, start=1):
        delta, state = rule.step(x, g, state, t, leaf)
        x = x + delta
        yield x


def test_shampoo_orthogonalizes_a_first_gradient():
    """`(g g.T)^(-1/4) g (g.T g)^(-1/4)` has the singular vectors of g, and singular values of 1."""
    g = draws(4, 3)
    (x,) = followed("shampoo(lr=1, eps=1e-14)", np.zeros((4, 3)), [g])
    U, _, Vt = np.linalg.svd(g, full_matrices=False)
    np.testing.assert_allclose(x, -U @ Vt, atol=1e-9)


def test_shampoo_of_diagonal_matrices_is_adagrad():
    """Singular values do not mix: `s / sqrt(sum of s² + eps)`, and so does a number by itself."""
    values = draws(20, 3, seed=1)
    adagrad = followed("adagrad(lr=0.1, eps=1e-6, eps_inside=true)", np.zeros(3), values)
    matrices = followed("shampoo(lr=0.1)", np.zeros((3, 3)), [np.diag(v) for v in values])
    numbers = followed("shampoo(lr=0.1)", np.zeros(()), values[:, 0])
    for wanted, found, number in zip(adagrad, matrices, numbers, strict=True):
        np.testing.assert_allclose(np.diag(found), wanted, rtol=1e-8)
        np.testing.assert_allclose(number, wanted[0], rtol=1e-8)


@pytest.mark.parametrize("shape", [(4,), (4, 3), (3, 2, 4)])
def test_shampoo_turns_with_its_axes(shape):
    """A turn of any axis of all gradients turns the path, as no rule by component does."""
    gs = draws(8, *shape, seed=2)
    Q = np.linalg.qr(draws(shape[-1], shape[-1], seed=3))[0]
    text = "shampoo(lr=0.1, eps=0.01, decay=0.8, momentum=0.5, every=2)"
    plain, turned = (followed(text, np.zeros(shape), g) for g in (gs, gs @ Q))
    for a, b in zip(plain, turned, strict=True):
        np.testing.assert_allclose(a @ Q, b, atol=1e-9)


def test_a_block_of_shampoo_is_a_parameter_by_itself():
    gs = draws(5, 5, 4, seed=4)
    whole = [*followed("shampoo(lr=0.1, eps=0.01, block=3)", np.zeros((5, 4)), gs)]
    for rows, columns in ((slice(0, 3), slice(0, 3)), (slice(3, 5), slice(3, 4))):
        part = gs[:, rows, columns]
        alone = followed("shampoo(lr=0.1, eps=0.01)", np.zeros(part.shape[1:]), part)
        for a, b in zip(whole, alone, strict=True):
            np.testing.assert_allclose(a[rows, columns], b, rtol=1e-12)


@pytest.mark.parametrize(
    ("graft", "other"),
    [
        ("shampoo(lr=0.1, graft=true)", "adagrad(lr=0.1, eps=1e-8, eps_inside=false)"),
        ("shampoo(lr=0.1, graft=true, decay=0.9)", "adam(lr=0.1, beta1=0, beta2=0.9)"),
    ],
)
def test_shampoo_has_the_length_of_another_step(graft, other):
    gs = draws(6, 4, 3, seed=5)
    ours, theirs = (
        np.diff([np.zeros((4, 3)), *followed(text, np.zeros((4, 3)), gs)], axis=0)
        for text in (graft, other)
    )
    lengths = [np.linalg.norm(steps, axis=(1, 2)) for steps in (ours, theirs)]
    np.testing.assert_allclose(*lengths, rtol=1e-9)
