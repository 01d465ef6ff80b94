"""The words of matrix rules, in NumPy, PyTorch and JAX."""

import jax.numpy as jnp
import numpy as np
import pytest
import torch

from slalom.errors import SlalomError
from slalom.rules import Adafactor, Muon
from slalom.rules.leaves import Leaves
from slalom.rules.linear_algebra import eigh, qr, transposed, turned
from slalom.rules.vocabulary import larger, machine_epsilon, mean, quotient, smaller, where

LIBRARIES = {"numpy": np.asarray, "torch": torch.tensor, "jax": jnp.asarray}
draw = np.random.default_rng(0).standard_normal


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_axis_times_its_matrix(library):
    make = LIBRARIES[library]
    a, A, B, C = draw((3, 2, 4)), draw((3, 5)), draw((2, 2)), draw((4, 3))
    expected = np.einsum("ijk,il,jm,kn->lmn", a, A, B, C)
    found = turned(make(a), [make(A), make(B), make(C)])
    np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-5)
    found = turned(make(a), [None, make(B), None])
    np.testing.assert_allclose(np.asarray(found), np.einsum("ijk,jm->imk", a, B), rtol=1e-5)
    np.testing.assert_array_equal(np.asarray(transposed(make(A))), np.asarray(make(A)).T)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_decompositions_keep_the_dtype_and_compute_in_float32_at_least(library, dtype):
    if library == "jax" and dtype == "float64":
        dtype = "float32"  # where 64 bits are not enabled
    A = draw((4, 4)).astype(dtype)
    A, tolerance = A + A.T, {"float16": 0.02, "float32": 1e-5, "float64": 1e-13}[dtype]
    values, vectors = eigh(LIBRARIES[library](A))
    Q, R = qr(LIBRARIES[library](A))
    for found in (values, vectors, Q, R):
        assert str(found.dtype).endswith(dtype)
    values, vectors, Q, R = (np.asarray(a, float) for a in (values, vectors, Q, R))
    np.testing.assert_allclose(vectors * values @ vectors.T, A, atol=tolerance)
    assert np.all(np.diff(values) >= 0)
    np.testing.assert_allclose(Q @ R, A, atol=tolerance)
    np.testing.assert_allclose(Q.T @ Q, np.eye(4), atol=tolerance)


def test_the_machine_epsilon_is_that_of_the_dtype():
    assert machine_epsilon(np.ones(2)) == 2.0**-52
    assert machine_epsilon(torch.ones(2)) == 2.0**-23
    assert machine_epsilon(Leaves([torch.ones(2, dtype=torch.bfloat16)])) == 2.0**-23


def test_the_mean_of_nothing_is_0():
    assert mean(np.zeros((0, 3))) == 0


@pytest.mark.parametrize("library", LIBRARIES)
def test_numbers_beside_arrays_do_not_promote(library):
    a = LIBRARIES[library](np.array([-1.0, 0.0, 2.0], np.float32))
    b = where(a > 0, 1.0, a)
    found = [larger(a, 1.5), larger(1.5, a), smaller(0.5, a), quotient(1, a), quotient(a, 2.0), b]
    for each in found:
        assert str(each.dtype).endswith("float32")
    inf = np.inf
    expected = [
        [1.5, 1.5, 2],
        [1.5, 1.5, 2],
        [-1, 0, 0.5],
        [-1, inf, 0.5],
        [-0.5, 0, 1],
        [-1, 0, 1],
    ]
    np.testing.assert_array_equal(np.stack([np.asarray(each) for each in found]), expected)


@pytest.mark.parametrize("value", [0, 100, 2.0, True, "5", None])
def test_a_convention_that_is_a_whole_number(value):
    with pytest.raises(
        SlalomError, match="muon: ns_steps must be a whole number from 1 to 99, got"
    ):
        Muon(ns_steps=value)
    assert Muon(ns_steps=99).ns_steps == 99
    assert Adafactor(smallest=128).text() == "adafactor(smallest=128)"
