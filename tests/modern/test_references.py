"""What no row of the goldens reaches, beside loops written from the papers."""

import numpy as np
import pytest
import torch

from slalom.rules import parse
from slalom.rules.newton_schulz import COEFFICIENTS

from . import references
from .problems import problem
from .running import off, path

MATRICES, ONE, SQUARE, QUADRATIC = map(
    problem, ("matrices(seed=2)", "one_matrix(seed=2)", "square(seed=2)", "quadratic(seed=2)")
)
ORIGINAL, QUINTIC = 5 * COEFFICIENTS["original"], COEFFICIENTS["quintic"]


def falling(t):
    return 0.1 * np.exp(-0.02 * t)


CASES = {
    "lion(lr=0.1, shape=clip)": (MATRICES, references.lion_refined, {"lr": 0.1}),
    "trust_ratio(largest_ratio=0.3) | adamw(lr=0.1, eps=1e-6, weight_decay=0.1)": (
        MATRICES,
        references.lamb,
        {"lr": 0.1, "wd": 0.1, "clip_ratio": 0.3},
    ),
    "trust_ratio(largest_norm=2) | adamw(lr=0.1, eps=1e-6)": (
        MATRICES,
        references.lamb,
        {"lr": 0.1, "wd": 0.01, "clip_weights": 2.0},
    ),
    "muon(sum=true, scale=spectral)": (
        ONE,
        references.muon,
        {"lr": 0.02, "mu": 0.95, "factor": np.sqrt(6 / 4), "triples": ORIGINAL},
    ),
    "muon(0.1, momentum=0.5, sum=true, scale=none, coefficients=quintic, ns_steps=7)": (
        SQUARE,
        references.muon,
        {"lr": 0.1, "mu": 0.5, "factor": 1.0, "triples": (*QUINTIC, QUINTIC[-1], QUINTIC[-1])},
    ),
    "muon(sum=true, nesterov=false, ns_steps=3)": (
        ONE,
        references.muon,
        {
            "lr": 0.02,
            "mu": 0.95,
            "factor": np.sqrt(6 / 4),
            "triples": ORIGINAL[:3],
            "nesterov": False,
        },
    ),
    "sophia(lr=0.02, every=7)": (
        MATRICES,
        references.sophia,
        {"lr": 0.02, "b1": 0.96, "b2": 0.99, "gamma": 0.01, "eps": 1e-12, "rho": 1.0, "every": 7},
    ),
    "sophia(lr=0.05, beta1=0.5, beta2=0.5, gamma=0.3, eps=0.01, clip=0.4, every=1)": (
        MATRICES,
        references.sophia,
        {"lr": 0.05, "b1": 0.5, "b2": 0.5, "gamma": 0.3, "eps": 0.01, "rho": 0.4, "every": 1},
    ),
    "sophia@optax(lr=0.05, beta1=0.5, beta2=0.5, gamma=0.3, eps=0.01, clip=0.4, every=2)": (
        MATRICES,
        references.sophia,
        {
            "lr": 0.05,
            "b1": 0.5,
            "b2": 0.5,
            "gamma": 0.3,
            "eps": 0.01,
            "rho": 0.4,
            "every": 2,
            "optax": True,
        },
    ),
    "polyak(lr=0.5, f_min=1, largest=2, eps=0.5)": (
        MATRICES,
        references.sps,
        {"lr": 0.5, "f_min": 1.0, "most": 2.0, "eps": 0.5},
    ),
    "polyak(f_min=3, positive=true, largest=inf)": (
        MATRICES,
        references.sps,
        {"lr": 1.0, "f_min": 3.0, "most": np.inf, "positive": True},
    ),
    "prodigy(lr=exponential(0.1, rate=0.02), beta3=0.9)": (
        MATRICES,
        references.prodigy,
        {"lr": falling, "b3": 0.9},
    ),
}


@pytest.mark.parametrize("text", CASES)
def test_the_loop_of_the_paper(text):
    problem, reference, numbers = CASES[text]
    places, _ = path(parse(text), problem, 50)
    for found, expected in zip(places, reference(problem, 50, **numbers), strict=True):
        assert off(found, expected) < 1e-11


@pytest.mark.parametrize("problem", [QUADRATIC, MATRICES])
def test_schedule_free_is_judged_where_the_paper_says(problem):
    rule = parse(
        "schedule_free(0.8, r=0.5, weight_power=3) "
        "| gradient_descent(lr=exponential(0.1, rate=0.02))"
    )
    numbers = {"lr": falling, "beta": 0.8, "power": 3, "r": 0.5}
    expected = references.schedule_free(problem, 50, **numbers)
    for found, x in zip(path(rule, problem, 50)[1], expected, strict=True):
        assert off(found, x) < 1e-12


def followed(text, x, gs):
    """The iterates for given gradients of one array."""
    rule = parse(text)
    state = rule.begin(x)
    for t, g in enumerate(gs, start=1):
        delta, state = rule.step(x, g, state, t)
        x = x + delta
        yield x


def draws(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("adafactor(cap=0.2, decay_power=0.5)", {"cap": 0.2, "power": 0.5}),
        ("adafactor(lr=0.05, beta2=0.7, eps1=0.1)", {"lr": 0.05, "beta2": 0.7, "eps1": 0.1}),
    ],
)
def test_adafactor_factors_the_last_two_axes(text, numbers):
    x, gs = draws(2, 4, 3), draws(40, 2, 4, 3, seed=1)
    for found, expected in zip(
        followed(text, x, gs), references.adafactor(x, gs, **numbers), strict=True
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_adafactor_of_small_matrices_is_that_of_a_vector():
    x, gs = draws(4, 3), draws(20, 4, 3, seed=1)
    flat = followed("adafactor()", x.ravel(), gs.reshape(20, 12))
    for found, expected in zip(followed("adafactor(smallest=4)", x, gs), flat, strict=True):
        np.testing.assert_allclose(found.ravel(), expected, rtol=1e-13)


@pytest.mark.parametrize("shape", [(4,), (4, 3)])
@pytest.mark.parametrize("size", [1e-17, 1e-15, 1e-8])
def test_adafactor_of_pytorch_has_a_floor(shape, size):
    """Below the machine epsilon gradients no longer make steps of one size."""
    x, gs = draws(*shape), size * draws(5, *shape, seed=1)
    parameter = torch.nn.Parameter(torch.tensor(x))
    optimizer = torch.optim.Adafactor([parameter], lr=0.1)
    for g, found in zip(gs, followed("adafactor@torch(lr=0.1)", x, gs), strict=True):
        parameter.grad = torch.tensor(g)
        optimizer.step()
        np.testing.assert_allclose(found - x, parameter.detach().numpy() - x, rtol=1e-9, atol=1e-15)


def test_adafactor_begins_with_rates_of_a_millionth():
    x, g = np.ones(3), draws(1, 3)
    (moved,) = followed("adafactor(warmup_init=true)", x, g)
    np.testing.assert_allclose(x - moved, 1e-6 * np.sign(g[0]), rtol=1e-8)


@pytest.mark.parametrize(
    ("text", "shape", "numbers"),
    [
        ("soap(lr=0.1, every=3, weight_decay=0.2)", (3, 4, 2), {"every": 3, "wd": 0.2}),
        ("soap(lr=0.1, beta1=0.5, beta2=0.8)", (4, 4), {"b1": 0.5, "b2": 0.8, "sb": 0.8}),
        ("soap(lr=0.1, shampoo_beta=0.5, every=2)", (3, 3), {"sb": 0.5, "every": 2}),
        ("soap(lr=0.1, largest=4)", (5, 4), {"axes": [1]}),
        ("soap(lr=0.1)", (5,), {"axes": []}),
    ],
)
def test_soap_of_arrays_of_any_axes(text, shape, numbers):
    x, gs = draws(*shape), draws(30, *shape, seed=1)
    for found, expected in zip(
        followed(text, x, gs), references.soap(x, gs, lr=0.1, **numbers), strict=True
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-11)


def test_soap_of_a_vector_with_a_basis_turns_with_it():
    """The first gradient is the first vector of the basis: along it alone v is not 0."""
    x, gs = draws(3), np.tile(draws(3, seed=1), (4, 1))
    for t, found in enumerate(followed("soap(lr=0.1, precondition_1d=true)", x, gs)):
        along = gs[0] / np.linalg.norm(gs[0])
        np.testing.assert_allclose(found, x - 0.1 * t * along, rtol=1e-6)
