"""The presets of the papers against their algorithms, where these are not the rules' defaults."""

import numpy as np
import pytest

from slalom.rules import PRESETS, RULES, parse

from ..rules.sequences import assert_same, path
from .traces import ORDINARY

X = np.array([1.0, -2.0, 0.5, 3.0])


def duchi(x, gs, eta=0.01, delta=1e-8):
    """H = delta I + diag(s), s_i the norm of all gradients so far in coordinate i."""
    for t in range(1, len(gs) + 1):
        x = x - eta * gs[t - 1] / (delta + np.linalg.norm(gs[:t], axis=0))
        yield x


def adamax(x, gs, alpha=0.002, beta1=0.9, beta2=0.999):
    """Algorithm 2, with the maximum written out: u_t = max over i of beta2^(t-i) |g_i|."""
    m = 0.0
    for t in range(1, len(gs) + 1):
        m = beta1 * m + (1 - beta1) * gs[t - 1]
        u = np.max(beta2 ** np.arange(t - 1, -1, -1)[:, None] * np.abs(gs[:t]), axis=0)
        x = x - alpha / (1 - beta1**t) * m / u
        yield x


def reddi(x, gs, alpha=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    """Algorithm 2; the eps is Slalom's."""
    m = v = largest = 0.0
    for g in gs:
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        largest = np.maximum(largest, v)
        x = x - alpha * m / (np.sqrt(largest) + eps)
        yield x


def dozat(x, gs, alpha=0.002, mu=0.9, nu=0.999, eps=1e-8):
    """Algorithm 2 with the same mu at every step, so that the products are powers."""
    m = n = 0.0
    for t, g in enumerate(gs, start=1):
        m = mu * m + (1 - mu) * g
        n = nu * n + (1 - nu) * g**2
        ahead = mu * m / (1 - mu ** (t + 1)) + (1 - mu) * g / (1 - mu**t)
        x = x - alpha * ahead / (np.sqrt(n / (1 - nu**t)) + eps)
        yield x


def loshchilov(x, gs, alpha=0.001, beta1=0.9, beta2=0.999, eps=1e-8, decay=0.01):
    """Algorithm 2 with a multiplier of 1: the decay is not scaled by alpha."""
    m = v = 0.0
    for t, g in enumerate(gs, start=1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        step = alpha * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps)
        x = x - (step + decay * x)
        yield x


def mcmahan(x, gs, alpha=0.01, beta=1.0):
    """The minimum of all gradients so far, each beside a parabola around where it was taken."""
    places = [x]
    for t in range(1, len(gs) + 1):
        roots = np.sqrt(np.cumsum(gs[:t] ** 2, axis=0))
        sigma = np.diff(roots, axis=0, prepend=0) / alpha
        held = np.sum(sigma * places, axis=0)
        places.append((held - np.sum(gs[:t], axis=0)) / (beta / alpha + np.sum(sigma, axis=0)))
        yield places[-1]


CASES = {
    "ftrl@paper": mcmahan,
    "adagrad@paper": duchi,
    "adamax@paper": adamax,
    "amsgrad@paper": reddi,
    "adam@paper(amsgrad=true)": reddi,
    "nadam@paper": dozat,
    "adamw@paper": loshchilov,
}


@pytest.mark.parametrize("text", CASES)
def test_the_algorithm_of_the_paper(text):
    x = X if "adamw" in text else np.zeros(4)
    assert_same(path(parse(text), ORDINARY, x), np.stack([*CASES[text](x, ORDINARY)]))


# where the paper's formula is not the default: momentum is not an average there, and so on
OTHERWISE = {
    "mars": "mars(first=same)",
    "adahessian": "adahessian(eps=1e-4)",
    "momentum": "momentum(lr_inside=true)",
    "adamuon": "adamuon(length=rms)",
    "muon": "muon(ns_dtype=bfloat16)",
    "normuon": "normuon(length=rms)",
    "polyak": "polyak(largest=inf)",
    "radam": "radam(threshold=4)",
    "rprop": "rprop(lr=0.1)",
    "soap": "soap(weight_decay=0.01)",
}


@pytest.mark.parametrize("name", [name for name in RULES if "paper" in PRESETS.get(name, ())])
def test_the_other_rules_have_their_papers_formula_by_default(name):
    if f"{name}@paper" not in CASES:
        assert parse(f"{name}@paper") == parse(OTHERWISE.get(name, name))
