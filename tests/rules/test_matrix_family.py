"""Rules of matrices by laws and closed forms."""

import numpy as np
import pytest
import torch

from slalom.errors import SlalomError
from slalom.rules import parse
from slalom.rules.linear_algebra import solved, spectral_bound
from slalom.rules.newton_schulz import newton_schulz
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


def test_momentum_of_shampoo_is_that_of_its_own_steps():
    """Of a number, by hand: u = 4 / 4, then g = 3/4 (-2) + 1/4 1 = -5/4, L = 16 + 25/16."""
    text, gs = "shampoo(lr=1, momentum=0.25, eps=1e-14)", np.array([4.0, -2.0])
    found = [*followed(text, np.zeros(()), gs)]
    np.testing.assert_allclose(found, [-1, 1.25 / np.sqrt(17.5625) - 1], rtol=1e-12)


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


@pytest.mark.parametrize("text", ["normuon(lr=1, scale=none)", "normuon(lr=1, nesterov=false)"])
def test_a_first_step_of_normuon_has_rows_of_one_length(text):
    """Their mean square is all that v knows; together they are as long as Muon's step is."""
    g = draws(3, 5, seed=6)
    (x,) = followed(text, np.zeros((3, 5)), [g])
    (other,) = followed("muon(lr=1, guard=max)", np.zeros((3, 5)), [g])
    rows = np.linalg.norm(x, axis=1)
    np.testing.assert_allclose(rows, np.linalg.norm(other) / np.sqrt(3), rtol=1e-7)


def test_a_first_step_of_adamuon_has_components_of_one_size():
    """u is a sign, so the step is that of the length of an orthogonal matrix, times f."""
    g = draws(6, 4, seed=6)
    (x,) = followed("adamuon(lr=1)", np.zeros((6, 4)), [g])
    size = np.sqrt(6 / 4) * np.sqrt(4) / np.sqrt(24)
    np.testing.assert_allclose(x, -size * np.sign(newton_schulz(g)), rtol=1e-7)


@pytest.mark.parametrize("text", ["normuon(lr=0.1, length=rms)", "adamuon@paper(lr=0.1)"])
def test_steps_have_the_root_mean_square_of_the_papers(text):
    places = [np.zeros((5, 3)), *followed(text, np.zeros((5, 3)), draws(4, 5, 3, seed=7))]
    sizes = np.sqrt(np.mean(np.diff(places, axis=0) ** 2, axis=(1, 2)))
    np.testing.assert_allclose(sizes, 0.02, rtol=1e-8)


@pytest.mark.parametrize("text", ["normuon(lr=0.1)", "adamuon(lr=0.1)"])
def test_the_layout_turns_the_path_and_a_kernel_is_a_matrix(text):
    gs = draws(4, 6, 2, 2, seed=8)
    flat = gs.reshape(4, 6, 4)
    paths = zip(
        followed(text, np.zeros((6, 4)), flat),
        followed(text, np.zeros((6, 2, 2)), gs),
        followed(text, np.zeros((4, 6)), flat.swapaxes(1, 2), outputs=-1),
        strict=True,
    )
    for matrix, kernel, turned in paths:
        np.testing.assert_allclose(kernel.reshape(6, 4), matrix, rtol=1e-12)
        np.testing.assert_allclose(turned.T, matrix, rtol=1e-12)


@pytest.mark.parametrize("name", ["normuon", "adamuon"])
def test_a_vector_is_refused_with_what_to_do(name):
    advice = rf"{name} steps matrices, not .* of shape \(3,\): partition\(matrices={name}\(…\), "
    with pytest.raises(SlalomError, match=advice):
        parse(name).begin(np.ones(3))


def test_steps_of_scion_have_one_length_in_their_norm():
    g = draws(6, 4, seed=9)

    def step(text, g=g):
        return -next(followed(text, np.zeros(g.shape), [g]))

    spectral = np.linalg.svd(step("scion(lr=1)"), compute_uv=False)
    assert np.all((spectral > 0.6 * np.sqrt(6 / 4)) & (spectral < 1.3 * np.sqrt(6 / 4)))
    np.testing.assert_array_equal(step("scion(lr=1, norm=sign)"), np.sign(g) / 4)
    columns, rows = (step(f"scion(lr=1, norm={norm})") for norm in ("column", "row"))
    np.testing.assert_allclose(np.sqrt(np.mean(columns**2, axis=0)), 1, rtol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1 / np.sqrt(4), rtol=1e-6)
    np.testing.assert_allclose(np.mean(step("scion(lr=1)", g[0]) ** 2), 1, rtol=1e-6)


@pytest.mark.parametrize(("shape", "outputs"), [((6, 2, 3), 0), ((3, 2, 6), -1)])
def test_scion_divides_a_kernel_by_its_area(shape, outputs):
    """As a matrix of 6 rows and 6 columns it would have the factor 1; here sqrt(6 / 2) / 3."""
    g = draws(6, 2, 3, seed=9)
    (flat,) = followed("scion(lr=1)", np.zeros((6, 6)), [g.reshape(6, 6)])
    (found,) = followed("scion(lr=1)", np.zeros(shape), [g if outputs == 0 else g.T], outputs)
    found = found if outputs == 0 else found.T
    np.testing.assert_allclose(found.reshape(6, 6), flat * np.sqrt(3) / 3, rtol=1e-12)


def test_scion_with_the_constraint_goes_to_the_rim_of_the_ball():
    """Along one gradient: `x = (1 - lr)^n x - (1 - (1 - lr)^n) scale u`."""
    x, g = draws(5, 3, seed=10), draws(5, 3, seed=11)
    text = "scion(lr=0.25, scale=2, norm=sign, constraint=true)"
    for n, found in enumerate(followed(text, x, [g] * 5), start=1):
        left = 0.75**n
        np.testing.assert_allclose(found, left * x - (1 - left) * 2 * np.sign(g) / 3, rtol=1e-12)


def test_scion_takes_vectors_in_one_norm_alone():
    advice = r"scion with norm=row steps matrices, not .*: partition\(matrices=scion\(…\), rest"
    with pytest.raises(SlalomError, match=advice):
        parse("scion(norm=row)").begin(np.ones(3))


def test_first_steps_of_came_by_hand():
    """|u| = 1 / sqrt(1 - beta2), cut to 1; m = 0.1 u, so d = 0.81 and C = 0.81e-4."""
    g = np.where(draws(4, 3, seed=12) > 0, 5.0, -5.0)
    (x,) = followed("came(lr=0.01)", np.zeros((4, 3)), [g])
    np.testing.assert_allclose(x, -0.01 * 0.1 / 0.9e-2 * np.sign(g), rtol=1e-9)
    (x,) = followed("came(lr=0.01)", np.zeros(3), [g[0]])
    np.testing.assert_allclose(x, -0.01 * 0.1 * np.sign(g[0]), rtol=1e-9)


def test_came_does_not_mind_the_size_of_gradients():
    gs = draws(6, 4, 3, seed=12)
    small, large = (followed("came(lr=0.01)", np.zeros((4, 3)), s * gs) for s in (1e-3, 1e3))
    for a, b in zip(small, large, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9)


def test_sm3_of_a_vector_is_adagrad():
    gs = draws(10, 5, seed=13)
    ours = followed("sm3(lr=0.1, momentum=0)", np.zeros(5), gs)
    theirs = followed("adagrad(lr=0.1, eps=1e-8, eps_inside=true)", np.zeros(5), gs)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


def test_sm3_of_a_matrix_by_hand():
    """Rows and columns have the maxima 9 and 4, so nu of the upper right component is 4 + 1."""
    gs = np.array([[[3.0, 1.0], [2.0, -2.0]], [[1.0, 1.0], [1.0, 1.0]]])
    first, second = followed("sm3(lr=1, momentum=0, eps=1e-14)", np.zeros((2, 2)), gs)
    np.testing.assert_allclose(first, [[-1, -1], [-1, 1]], rtol=1e-12)
    np.testing.assert_allclose((second - first) ** -2, [[10, 5], [5, 5]], rtol=1e-12)
    (still,) = followed("sm3(lr=1, eps=0)", np.zeros((2, 2)), [np.zeros((2, 2))])
    assert not still.any()


def test_bounds_of_sm3_with_a_decay_only_grow():
    """nu = 2, then 1 below a bound of 2, then 2 / 2 + 4 / 2."""
    *_, before, last = followed(
        "sm3(lr=1, momentum=0, decay=0.5, eps=0)", np.zeros(1), np.array([[2.0], [0.0], [2.0]])
    )
    np.testing.assert_allclose(last - before, -2 / np.sqrt(3), rtol=1e-12)


class Draws:
    """Draws from NumPy, new ones each time."""

    def __init__(self, seed):
        self.generator = np.random.default_rng(seed)

    def split(self):
        return self, self

    def normal(self, like):
        return self.generator.standard_normal(like.shape)


def fitted(text, shape, gradient, steps):
    """The states, and the last step, of a rule that draws, fed with gradients of a function."""
    rule, draws = parse(text), Draws(14)
    x, states = np.zeros(shape), []
    delta, state = x, rule.begin(x)
    for t in range(1, steps + 1):
        delta, state = rule.step(x, gradient(), state, t, key=draws)
        states.append(state)
    return states, delta


def test_psgd_whitens_gradients():
    """Of gradients from N(0, s²) the preconditioner q² is 1 / s."""
    e, s = Draws(15), np.array([0.2, 1.0, 4.0])
    text = "psgd_kron(momentum=0, precond_lr=0.05)"
    states, _ = fitted(text, (3,), lambda: s * e.normal(s), 600)
    found = np.mean([state.Q[0] ** 2 for state in states[300:]], axis=0)
    np.testing.assert_allclose(found * s, 1, atol=0.2)


def test_psgd_stays_where_gradients_are_like_its_draws():
    same, shape = Draws(14), (4, 3, 2)
    text = "psgd_kron(lr=1, momentum=0, largest=3)"
    states, delta = fitted(text, shape, lambda: same.normal(np.empty(shape)), 3)
    for q, wanted in zip(states[-1].Q, (np.ones(4), np.eye(3), np.eye(2)), strict=True):
        np.testing.assert_allclose(q, wanted, atol=1e-12)
    assert np.sqrt(np.mean(delta**2)) <= 1.1


def test_psgd_of_one_gradient_by_hand():
    """q = 1: a = 9 and b = V², so `q = 1 - 0.1 (9 - V²) / (9 + V²)`; u = 3 q² is cut to 1.1."""
    V = Draws(14).normal(np.empty(1))
    (state,), delta = fitted("psgd_kron(lr=0.1)", (1,), lambda: np.array([3.0]), 1)
    np.testing.assert_allclose(state.Q[0], 1 - 0.1 * (9 - V**2) / (9 + V**2), rtol=1e-12)
    np.testing.assert_allclose(delta, -0.11, rtol=1e-7)


def test_a_long_axis_of_psgd_has_a_diagonal():
    """Its first step by hand, but for the factor that balances it with the other."""
    V, h = Draws(14).normal(np.empty((4, 2))), draws(4, 2, seed=20)
    (state,), _ = fitted("psgd_kron(largest=3)", (4, 2), lambda: h, 1)
    assert [q.shape for q in state.Q] == [(4,), (2, 2)]
    a, b = (h**2).sum(1), (V**2).sum(1)
    wanted = 1 - 0.1 * (a - b) / (a + b).max()
    np.testing.assert_allclose(state.Q[0] / state.Q[0].max(), wanted / wanted.max(), rtol=1e-12)
    assert state.Q[0].max() == pytest.approx(state.Q[1].max())


@pytest.mark.parametrize("upper", [True, False])
def test_a_triangle_is_solved(upper):
    A, B = draws(2, 4, 4, seed=17) + 4 * np.eye(4), draws(2, 4, 3, seed=18)
    A = np.triu(A) if upper else np.tril(A)
    for make in (np.asarray, torch.tensor):
        found = np.asarray(solved(make(A), make(B), upper=upper))
        np.testing.assert_allclose(A @ found, B, atol=1e-12)


def test_the_bound_is_near_the_largest_eigenvalue_and_below():
    A = draws(5, 6, 4, seed=19)
    A = A @ A.swapaxes(1, 2)
    most = np.linalg.eigvalsh(A)[:, -1]
    found = spectral_bound(A)[:, 0, 0]
    assert np.all((found <= most * (1 + 1e-12)) & (found > 0.7 * most))
    assert not spectral_bound(np.zeros((3, 3))).any()
