"""Matrices of one shape are stepped as one batch, with the numbers of each by itself."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

from slalom.rules import batches, newton_schulz, parse, stepping
from slalom.rules.leaves import Leaves
from slalom.rules.linear_algebra import plus_product
from slalom.rules.rule import Leaf
from slalom.rules.state import of_leaf
from slalom.torch import Optimizer

from .running import FixedDraws

SHAPES = [(4, 6), (6, 4), (4, 6), (3, 2, 2), (4, 6), (3, 2, 2), (6, 4)]
SEEDS = range(len(SHAPES))


def draws(shape, seed):
    return np.random.default_rng(seed).standard_normal(shape)


def weights(dtype=np.float64):
    return [draws(shape, seed).astype(dtype) for seed, shape in enumerate(SHAPES)]


def gradient(i, t):
    return draws(SHAPES[i], 100 * t + i)


TEXTS = [
    "muon()",
    "muon(nesterov=false, scale=rms)",
    "muon(debias=true, coefficients=quintic)",
    "normuon()",
    "adamuon(nesterov=true, length=rms)",
    "scion(constraint=true, momentum=0.5)",
    "scion(norm=column)",
    "psgd_kron(momentum=0.5, every=2, largest=5)",
    "shampoo(eps=0.01, momentum=0.5, decay=0.8, every=2, graft=true, block=3)",
]
CASES = [(text, make) for text in TEXTS for make in (np.asarray, torch.tensor)]
CASES += [(text, jnp.asarray) for text in TEXTS if text.startswith("muon")]  # others: minutes


@pytest.mark.parametrize("outputs", [0, -1])
@pytest.mark.parametrize(("text", "make"), CASES)
def test_a_list_is_each_matrix_by_itself(text, outputs, make):
    rule, tolerance = parse(text), 1e-12 if make is not jnp.asarray else 1e-4
    x, leaf = [make(w) for w in weights()], [Leaf("", shape, outputs) for shape in SHAPES]
    state, alone = rule.begin(x, leaf), [rule.begin(x[i], leaf[i : i + 1]) for i in SEEDS]
    for t in (1, 2, 3):
        gs = [make(gradient(i, t)) for i in SEEDS]
        step, state = rule.step(x, gs, state, t, leaf, key=FixedDraws(t))
        for i in SEEDS:
            told = {"leaf": leaf[i : i + 1], "key": FixedDraws(t)}
            own, alone[i] = rule.step(x[i], gs[i], alone[i], t, **told)
            np.testing.assert_allclose(step[i], own, rtol=tolerance, atol=tolerance)
            for pair in zip(*map(jax.tree.leaves, (of_leaf(state, i), alone[i])), strict=True):
                np.testing.assert_allclose(*pair, rtol=tolerance, atol=tolerance)


def test_matrices_of_one_shape_and_dtype_are_one_product(monkeypatch):
    seen = []

    def noted(M, *given, **named):
        seen.append((M.shape, M.dtype))
        return one(M, *given, **named)

    one = newton_schulz.newton_schulz
    monkeypatch.setattr(newton_schulz, "newton_schulz", noted)
    x = [*weights(), draws((4, 6), 9).astype(np.float32)]
    rule = parse("muon()")
    rule.step(x, x, rule.begin(x))
    assert [(shape, dtype.name) for shape, dtype in seen] == [
        ((3, 4, 6), "float64"),
        ((2, 6, 4), "float64"),
        ((2, 3, 4), "float64"),
        ((4, 6), "float32"),
    ]
    monkeypatch.setattr(batches, "LARGEST", 48)
    seen.clear()
    rule.step(x[:5:2], x[:5:2], rule.begin(x[:5:2]))
    assert [shape for shape, _ in seen] == [(2, 4, 6), (4, 6)]


def test_layouts_and_numbers_part_what_has_one_shape():
    """Square weights of two layouts, and of two rates, each as by itself."""
    x, g = Leaves([draws((3, 3), i) for i in range(4)]), Leaves([draws((3, 3), 9)] * 4)
    leaf = [Leaf("", (3, 3), outputs) for outputs in (0, -1, 0, 0)]
    rates = [0.1, 0.1, 0.2, 0.1]
    rule = parse("muon()").rebuilt(lr=Leaves(rates))
    told = stepping.Offers(g=lambda: g, leaf=leaf, counts=Leaves([2, 2, 2, 3]))
    state = stepping.begin(rule, x, leaf)
    found, _ = stepping.step(rule.rebuilt(debias=True), state, x, 2, told)
    for i, (rate, t) in enumerate(zip(rates, (2, 2, 2, 3), strict=True)):
        one = parse("muon(debias=true)").rebuilt(lr=rate)
        own, _ = one.step(x[i], g[i], one.begin(x[i], leaf[i : i + 1]), t, leaf[i : i + 1])
        np.testing.assert_allclose(found[i], own, rtol=1e-12)


def test_pytorch_with_groups_and_a_resume_in_the_middle():
    """Two rates, a matrix that misses a step, and another optimizer from step 3 on."""

    def optimizer(parameters):
        first, second = parameters[::2], parameters[1::2]
        return Optimizer([{"params": first}, {"params": second, "lr": 0.3}], "muon(lr=0.1)")

    held = [torch.nn.Parameter(torch.tensor(w)) for w in weights()]
    together, rule = optimizer(held), parse("muon()")
    x, state, counts = weights(), [rule.begin(w) for w in weights()], [0] * len(SHAPES)
    for t in range(1, 6):
        if t == 3:
            saved = together.state_dict()
            together = optimizer(held)
            together.load_state_dict(saved)
        for i, parameter in enumerate(held):
            is_met = (i, t) != (2, 2)
            parameter.grad = torch.tensor(gradient(i, t)) if is_met else None
            if is_met:
                counts[i] += 1
                one = rule.rebuilt(lr=0.3 if i % 2 else 0.1)
                step, state[i] = one.step(x[i], gradient(i, t), state[i], counts[i])
                x[i] = x[i] + step
        together.step()
        for parameter, wanted in zip(held, x, strict=True):
            np.testing.assert_allclose(parameter.detach().numpy(), wanted, rtol=1e-12, atol=1e-12)


def test_in_bfloat16_a_batch_is_each_by_itself_but_for_its_rounding():
    """bfloat16 has 8 bits: after five iterations two ways of summing are some 2% apart at most."""
    batch = torch.tensor(draws((8, 48, 32), 0), dtype=torch.float32)
    together = newton_schulz.newton_schulz(batch, dtype=torch.bfloat16)
    alone = torch.stack([newton_schulz.newton_schulz(M, dtype=torch.bfloat16) for M in batch])
    assert torch.linalg.vector_norm(together - alone) < 0.02 * torch.linalg.vector_norm(alone)


@pytest.mark.parametrize("shape", [(3, 3), (2, 3, 3), (2, 2, 3, 3)])
def test_a_product_is_added_alike_everywhere(shape):
    C, A, B = (draws(shape, seed) for seed in range(3))
    wanted = 2.0 * C - 3.0 * np.einsum("...ij,...jk->...ik", A, B)
    found = plus_product(*map(torch.tensor, (C, A, B)), 2.0, -3.0)
    np.testing.assert_allclose(plus_product(C, A, B, 2.0, -3.0), wanted, rtol=1e-12)
    np.testing.assert_allclose(found, wanted, rtol=1e-12)
