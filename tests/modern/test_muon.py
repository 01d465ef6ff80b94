"""Newton–Schulz by what it does to singular values; layouts, batches and dtypes of Muon."""

import jax.numpy as jnp
import numpy as np
import pytest
import torch

from slalom.errors import SlalomError
from slalom.rules import parse, stepping
from slalom.rules.leaves import Leaves
from slalom.rules.linear_algebra import matrix, unmatrix
from slalom.rules.newton_schulz import newton_schulz
from slalom.rules.rule import Leaf

from .problems import problem
from .running import offers, with_torch


def draws(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


@pytest.mark.parametrize("shape", [(4, 4), (3, 8), (8, 3), (1, 5), (5, 1)])
def test_directions_stay_and_singular_values_are_about_one(shape):
    M = draws(*shape)
    o = newton_schulz(M)
    U, _, Vt = np.linalg.svd(M, full_matrices=False)
    inside = U.T @ o @ Vt.T
    assert np.allclose(inside, np.diag(np.diag(inside)), atol=1e-12)
    assert np.all((np.diag(inside) > 0.6) & (np.diag(inside) < 1.3))


@pytest.mark.parametrize("shape", [(3, 2, 4, 5), (6, 5, 4)])
def test_a_batch_is_each_matrix_by_itself(shape):
    batch = draws(*shape)
    flat = batch.reshape(-1, *shape[-2:])
    alone = np.stack([newton_schulz(M, coefficients="quintic") for M in flat])
    together = newton_schulz(batch, coefficients="quintic")
    np.testing.assert_allclose(together, alone.reshape(shape), rtol=1e-12)


@pytest.mark.parametrize("guard", ["plus", "max"])
def test_a_matrix_of_zeros_stays(guard):
    assert not newton_schulz(np.zeros((3, 2)), guard=guard).any()


def test_the_guard_is_added_or_a_lower_bound():
    M = draws(3, 2)
    size = np.linalg.norm(M)
    np.testing.assert_allclose(
        newton_schulz(M, 1, size), newton_schulz(M / 2, 1, 0.0) * 0 + _once(M, 2 * size)
    )
    np.testing.assert_allclose(newton_schulz(M, 1, 3 * size, guard="max"), _once(M, 3 * size))
    np.testing.assert_allclose(newton_schulz(M, 1, size / 3, guard="max"), _once(M, size))


def _once(M, below):
    X = M / below
    return 3.4445 * X - 4.775 * X @ X.T @ X + 2.0315 * X @ X.T @ X @ X.T @ X


def test_iterations_have_the_dtype_that_is_asked_for():
    M = draws(16, 8)
    exact = newton_schulz(M)
    single = newton_schulz(M, dtype=np.float32)
    assert single.dtype == np.float64
    assert 1e-9 < np.abs(single - exact).max() < 1e-5
    coarse = newton_schulz(torch.tensor(M), dtype=torch.bfloat16).numpy()
    assert 1e-4 < np.abs(coarse - exact).max() < 0.1
    half = newton_schulz(jnp.asarray(M, jnp.bfloat16))
    assert half.dtype == jnp.bfloat16
    assert np.abs(np.asarray(half, float) - exact).max() < 0.05


@pytest.mark.parametrize(("outputs", "shape"), [(0, (5, 2, 3)), (-1, (2, 3, 5)), (1, (2, 5, 3))])
def test_a_kernel_is_a_matrix_of_its_outputs(outputs, shape):
    x, leaf = draws(*shape), Leaf("", shape, outputs=outputs)
    M = matrix(x, leaf)
    assert M.shape == (5, 6)
    np.testing.assert_array_equal(M[2], x.take(2, axis=outputs).ravel())
    np.testing.assert_array_equal(unmatrix(M, leaf), x)


def first_step(text, x, outputs):
    rule, leaf = parse(text), [Leaf("w", x.shape, outputs=outputs)]
    return rule.step(x, draws(*x.shape, seed=1), rule.begin(x, leaf), leaf=leaf)[0]


@pytest.mark.parametrize("scale", ["original", "rms", "spectral", "none"])
def test_layout_decides_the_factor(scale):
    """8 outputs of 2 inputs: the same step in both layouts, of the size of its factor."""
    text = f"muon(lr=1, scale={scale})"
    x = draws(8, 2)
    step, other = first_step(text, x, 0), first_step(text, x, -1)
    plain = first_step("muon(lr=1, scale=none)", x, 0)
    rows = {"original": 2, "rms": 0.2 * np.sqrt(8), "spectral": 2, "none": 1}[scale]
    columns = {"original": 1, "rms": 0.2 * np.sqrt(8), "spectral": 0.5, "none": 1}[scale]
    np.testing.assert_allclose(step, rows * plain, rtol=1e-12)
    np.testing.assert_allclose(other, columns * plain, rtol=1e-12)


def test_pytorch_in_bfloat16():
    """As torch.optim.Muon is: the paths part by the rounding of bfloat16."""
    one = problem("one_matrix(seed=1)")
    rule = parse("weight_decay(0.1, decoupled=true) | muon@torch(lr=0.02)")
    parameter = torch.nn.Parameter(torch.tensor(one.start[0], dtype=torch.float32))
    optimizer = torch.optim.Muon([parameter], lr=0.02, weight_decay=0.1)
    for t in range(1, 31):
        (g,) = one.gradient([parameter.detach().double().numpy()], t)
        parameter.grad = torch.tensor(g, dtype=torch.float32)
        optimizer.step()
    ours = with_torch(rule, one, 30)[0][-1][0]
    assert np.abs(ours - parameter.detach().numpy()).max() < 0.02


def test_a_vector_is_refused_with_what_to_do():
    advice = (
        r"muon steps matrices, not a parameter of shape \(3,\): partition\(matrices=muon\(…\), "
    )
    with pytest.raises(SlalomError, match=advice):
        parse("muon()").begin(np.ones(3))
    with pytest.raises(SlalomError, match=r"not layer.bias of shape \(4,\)"):
        stepping.begin(
            parse("clip_norm(1) | muon()"), Leaves([np.ones(4)]), [Leaf("layer.bias", (4,))]
        )


def test_numpy_has_no_bfloat16():
    rule = parse("muon@torch()")
    with pytest.raises(SlalomError, match="NumPy has no bfloat16: use ns_dtype=float32"):
        rule.step(np.ones((2, 2)), np.ones((2, 2)), rule.begin(np.ones((2, 2))))


def test_other_leaves_go_by_their_own_rule():
    """Each part of a partition is what its rule does to those leaves alone."""
    whole = problem("matrices(seed=3)")
    rule = parse("partition(matrices=muon(), vectors=sgd(0.1))")
    xs = Leaves(whole.start)
    told = offers(whole, xs, 1)
    delta, _ = stepping.step(rule, stepping.begin(rule, xs), xs, 1, told)
    gs = whole.gradient(whole.start, 1)
    np.testing.assert_allclose(delta[2], -0.1 * gs[2])
    muon = parse("muon()")
    for i in (0, 1):
        alone, _ = muon.step(xs[i], gs[i], muon.begin(xs[i]))
        np.testing.assert_array_equal(delta[i], alone)
