"""The studies of learning, at reduced size: the fact that each of them is about."""

import jax
import numpy as np
import pytest
import torch
from jax import enable_x64
from numpy.polynomial.hermite_e import hermegauss

from slalom.articles import (
    batch_sizes,
    four_steps,
    full_and_mini_batch,
    rare_features,
    second_order,
    training_histories,
    vanishing,
)
from slalom.articles import transfer_orbit as orbit_study
from slalom.descent import descend
from slalom.descent.training import train
from slalom.landscapes.orbit import CENTRE, NOISE, SEMI_AXES, transfer_orbit
from slalom.problems import Batches

POINTS = [(0.1, 1.8), (0.6, 0.4), (1.2, 1.2), (1.6, 2.0)]


def confidence():
    """Half-widths for both semi-axes together, by the covariance of linearised least squares.

    That is s² (JᵀJ)⁻¹, with s² = NOISE²/3 the variance of uniform noise and J the slopes of
    y = B sqrt(1 - u²/A²) at the true semi-axes, at the points inside the ellipse; 9.21 is the
    99th percentile of chi-square with two degrees of freedom.
    """
    A, B = SEMI_AXES
    u = transfer_orbit()[0][1:-1] - CENTRE
    root = np.sqrt(1 - (u / A) ** 2)
    J = np.stack([B * u**2 / (A**3 * root), root], axis=1)
    return 9.21**0.5 * np.sqrt(np.diag(NOISE**2 / 3 * np.linalg.inv(J.T @ J)))


def test_every_optimizer_finds_the_semi_axes_within_the_noise():
    numbers = orbit_study.losses(epochs=100).numbers
    width = confidence()
    assert (width < 0.006).all()  # an interval that can be missed
    for name in ("SGD", "momentum", "RMSProp", "Adam"):
        assert (np.abs(numbers[f"semi-axes of {name}, in AU"] - SEMI_AXES) < width).all(), name


def gradient_by_hand(A, B, x, y):
    """The slopes of the mean squared error L = mean((ŷ - y)²), derived with pen and paper.

    The chain rule gives dL/dA = mean(2 (ŷ - y) dŷ/dA), and likewise for B. To find dŷ/dA,
    square the prediction, ŷ² = B² (1 - u²/A²), and differentiate both sides:

        2 ŷ dŷ/dA = 2 B² u²/A³   so   dŷ/dA = B² u² / (A³ ŷ)
        2 ŷ dŷ/dB = 2 ŷ²/B       so   dŷ/dB = ŷ / B
    """
    usable = np.abs(x - CENTRE) < np.abs(A)
    u, y = x[usable] - CENTRE, y[usable]
    y_hat = B * np.sqrt(1 - u**2 / A**2)
    error = y_hat - y
    dA = np.mean(2 * error * u**2 * B**2 / (A**3 * y_hat))
    dB = np.mean(2 * error * y_hat / B)
    return dA, dB


@pytest.mark.parametrize("point", POINTS)
def test_gradients_by_hand_are_the_automatic_ones(point):
    x, y = transfer_orbit()
    by_hand = gradient_by_hand(*point, x, y)
    problem = orbit_study.orbit_problem()
    with enable_x64(True):
        automatic = jax.grad(problem.value)(jax.numpy.asarray(point), problem.train)
    np.testing.assert_allclose(by_hand, automatic, rtol=1e-12, atol=1e-14)
    A, B = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in point)
    u, t = torch.tensor(x - CENTRE), torch.tensor(y)
    inside = u.abs() < A
    loss = ((B * torch.sqrt(1 - u[inside] ** 2 / A**2) - t[inside]) ** 2).mean()
    loss.backward()
    np.testing.assert_allclose(by_hand, [A.grad, B.grad], rtol=1e-12, atol=1e-14)


def test_a_batch_without_a_usable_point_is_skipped():
    problem = orbit_study.orbit_problem()
    found = train("adam(lr=0.03)", problem, Batches(1, 1), path=True, dtype=np.float64)
    made, position = found.data.made.values[0], found.data.position.values[0]
    moved = (np.diff(position, axis=0) != 0).any(1)
    np.testing.assert_array_equal(moved, made)
    first = np.flatnonzero(made)[0]
    assert first > 0  # 472 of 512 points are unusable at the start
    # Adam's first step is lr a coordinate: its clock stood still while batches were skipped
    np.testing.assert_allclose(np.abs(position[first + 1] - position[first]), 0.03, rtol=1e-6)


def test_the_hybrid_is_batch_32_up_to_epoch_8():
    data = batch_sizes.histories(epochs=10).data
    hybrid, small = (data.sel(batch=name) for name in ("hybrid", "batch 32"))
    early = int((small.epoch < 8).sum())
    assert early == 8 * 16 / 2
    for name in ("epoch", "batch_loss", "loss"):
        np.testing.assert_array_equal(hybrid[name][:early], small[name][:early])
    assert hybrid.loss[early] == small.loss[early]  # the same parameters at the switch
    assert hybrid.loss[early + 1] != small.loss[early + 1]
    assert int((~np.isnan(data.sel(batch="batch 512").epoch)).sum()) == 10


def test_backpropagation_by_hand_is_pytorchs():
    problem = four_steps.iris_problem()
    net, (x, y) = four_steps.first_network(problem, 0), problem.train
    activity = four_steps.forward(net, x)
    by_hand = four_steps.backward(net, x, y, activity)
    W1, b1, W2, b2 = leaves = [torch.tensor(w).requires_grad_() for w in net]
    z = torch.tanh(torch.tensor(x) @ W1 + b1) @ W2 + b2
    loss = torch.nn.functional.cross_entropy(z, torch.tensor(y).long())
    loss.backward()
    assert four_steps.loss(activity.p, y) == pytest.approx(loss.item(), rel=1e-13)
    for ours, leaf in zip(by_hand, leaves, strict=True):
        np.testing.assert_allclose(ours, leaf.grad, rtol=1e-12, atol=1e-15)


def test_the_curve_by_hand_is_the_librarys():
    chart = four_steps.curves(epochs=5)
    assert chart.numbers["largest difference"] < 1e-13
    assert chart.data.loss[1, -1] < 0.9 * chart.data.loss[1, 0]


def mean_field(start, spread):
    """By what a wide tanh layer multiplies the gradient's norm: sqrt(w E[sech⁴(sqrt(q) z)]).

    q, the variance of what enters a layer, repeats itself: q = w E[tanh²(sqrt(q) z)] + spread².
    Source: Schoenholz et al., "Deep information propagation", 2017.
    """
    z, weight = hermegauss(80)
    weight, w, q = weight / weight.sum(), {"glorot": 1.0, "he": 2.0}[start], 1.0
    for _ in range(200):
        q = w * weight @ np.tanh(np.sqrt(q) * z) ** 2 + spread**2
    return np.sqrt(w * weight @ np.cosh(np.sqrt(q) * z) ** -4)


def factor(activation, start, spread, depth=8):
    norms = vanishing.reaching(activation, start, depth, 100, 6, (spread,))[0]
    per_layer = (norms[2] / norms[-1]) ** (1 / (depth - 3))  # after the first layers have settled
    return np.exp(np.mean(np.log(per_layer)))


@pytest.mark.parametrize("spread", [1.0, 3.0])
def test_a_tanh_layer_shrinks_the_gradient_as_theory_says(spread):
    assert factor("tanh", "glorot", spread) == pytest.approx(mean_field("glorot", spread), rel=0.06)


@pytest.mark.parametrize(("start", "expected"), [("he", 1.0), ("glorot", 0.5**0.5)])
def test_a_relu_layer_passes_half_of_the_square_on(start, expected):
    assert factor("relu", start, 0.0) == pytest.approx(expected, rel=0.06)


def test_distances_of_rarely_pulled_weights():
    distance = rare_features.frequencies(length=256, rarest=4).data.distance
    pulls = 256 // 2 ** np.arange(5)
    np.testing.assert_allclose(distance.sel(rule="sgd"), pulls / 256, rtol=1e-12)
    sums = np.array([np.sum(1 / np.sqrt(np.arange(1, n + 1))) for n in pulls])
    np.testing.assert_allclose(distance.sel(rule="adagrad"), sums / sums[0], rtol=1e-5)


def test_adaptive_rules_learn_from_rare_features():
    numbers = rare_features.learning(epochs=2, seeds=2, count=1000).numbers
    for rule in ("adagrad", "adam"):
        assert numbers[f"final accuracy, {rule}"] > numbers["final accuracy, sgd"] + 0.05
        ratio = "rare weights over common ones, "
        assert numbers[ratio + rule] > 2 * numbers[ratio + "sgd"]


def test_newton_against_numpy():
    bowl, x = second_order.quartic_bowl(5), np.full(5, 0.4)
    found = descend(second_order.Newton(), bowl, x, 3)
    turn, _ = np.linalg.qr(np.random.default_rng(5).standard_normal((5, 5)))
    H = turn @ np.diag(10 ** np.linspace(0, 2, 5)) @ turn.T
    for _ in range(3):
        x = x - np.linalg.solve(H + np.diag(3 * x**2), H @ x + x**3)
    np.testing.assert_allclose(found.position, x, rtol=1e-9, atol=1e-14)


def test_newton_needs_few_steps_and_much_memory():
    data = second_order.costs(dims=(4, 16), most=1500, timed=1).data
    newton, descent = data.sel(rule="newton"), data.sel(rule="descent")
    assert (newton.steps <= 10).all()
    assert (descent.steps > 50 * newton.steps).all()
    assert newton.memory.values.tolist() == [16, 256]
    assert data.memory.sel(rule="adam").values.tolist() == [8, 32]
    assert (data.time > 0).all()


def test_both_batches_end_at_the_least_squares_line():
    race = full_and_mini_batch.paths(epochs=4)
    full, mini = race.data.position
    held = np.diff(full, axis=0).any(1)
    assert np.flatnonzero(held).tolist() == [15, 31, 47, 63]  # an update at the end of an epoch
    x, y = full_and_mini_batch.points()
    best, *_ = np.linalg.lstsq(np.stack([x, np.ones_like(x)], 1), y)
    assert race.landscape.minima[0].position == pytest.approx(tuple(best))
    residual = np.mean((full[-1, 0].item() * x + full[-1, 1].item() - y) ** 2)
    assert race.data.loss[0, -1] == pytest.approx(residual, rel=1e-10)
    assert np.linalg.norm(mini[-1] - best) < np.linalg.norm(full[-1] - best) / 2


def test_histories_on_digits_end_alike():
    data = training_histories.histories(epochs=3, seeds=2, hidden=(32,)).data
    last = data.accuracy[:, -1]
    assert last.min() > 0.8
    assert last.max() - last.min() < 0.1
    assert (data.loss_low <= data.loss).all()
