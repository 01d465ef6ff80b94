"""The words of formulas, on arrays and on Leaves of NumPy, PyTorch and JAX."""

import math
import operator

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from jax import enable_x64

import slalom.jax  # noqa: F401 (traced conditions)
from slalom.rules.leaves import Leaves, dot, each, namespace, norm, total
from slalom.rules.vocabulary import (
    clip,
    copied,
    ema,
    exp,
    full,
    larger,
    log,
    mean,
    one,
    quotient,
    rms,
    sign,
    smaller,
    sqrt,
    when,
    where,
    zeros,
)

LIBRARIES = {
    "numpy": lambda a, dtype="float64": np.asarray(a, dtype),
    "torch": lambda a, dtype="float64": torch.tensor(np.asarray(a).tolist(), dtype=of_torch(dtype)),
    "jax": lambda a, dtype="float64": jnp.asarray(a, dtype),
}
NAN, INF = math.nan, math.inf


def of_torch(dtype):
    return getattr(torch, dtype)


@pytest.fixture(autouse=True)
def precision():
    with enable_x64(True):
        yield


@pytest.fixture(params=LIBRARIES)
def make(request):
    return LIBRARIES[request.param]


def same(found, expected):
    """Values, NaN included; a zero's sign does not matter."""
    np.testing.assert_array_equal(np.asarray(found, "float64"), np.asarray(expected, "float64"))


def check(word, make, arguments, expected):
    """A word on arrays, on Leaves of them and without dimensions, each time the same."""
    arrays = [make(a) if isinstance(a, list) else a for a in arguments]
    found = word(*arrays)
    same(found, expected)
    assert found.dtype == make([0.0]).dtype
    leaves = [Leaves([a, a[1:]]) if isinstance(b, list) else b
              for a, b in zip(arrays, arguments, strict=True)]  # fmt: skip
    for leaf, part in zip(word(*leaves), (expected, expected[1:]), strict=True):
        same(leaf, part)
    alone = word(
        *(a[0] if isinstance(b, list) else b for a, b in zip(arrays, arguments, strict=True))
    )
    same(alone, expected[0])
    assert alone.shape == ()


CASES = [
    (larger, ([1.0, NAN, 3.0, -INF], [2.0, 0.0, NAN, -1.0]), [2.0, NAN, NAN, -1.0]),
    (larger, ([1.0, NAN, -INF], 0), [1.0, NAN, 0.0]),
    (larger, (0.5, [1.0, 0.25]), [1.0, 0.5]),
    (smaller, ([1.0, NAN, 3.0, INF], [2.0, 0.0, NAN, -1.0]), [1.0, NAN, NAN, -1.0]),
    (smaller, (1, [2.0, NAN, -INF]), [1.0, NAN, -INF]),
    (quotient, ([0.0, 1.0, -2.0, 6.0, NAN], [0.0, 0.0, 0.0, 3.0, 1.0]), [0.0, INF, -INF, 2.0, NAN]),
    (quotient, ([0.0, NAN, INF], [INF, 0.0, 0.0]), [0.0, NAN, INF]),
    (quotient, ([0.0, 3.0], 0.0), [0.0, INF]),
    (quotient, (1.0, [0.0, 4.0, INF]), [INF, 0.25, 0.0]),
    (clip, ([-3.0, 0.5, NAN, INF], -1, 1), [-1.0, 0.5, NAN, 1.0]),
    (sign, ([-3.0, 0.0, INF, 1e-300],), [-1.0, 0.0, 1.0, 1.0]),
    (sqrt, ([4.0, 0.0, INF],), [2.0, 0.0, INF]),
    (exp, ([0.0, -INF, INF],), [1.0, 0.0, INF]),
    (log, ([1.0, INF],), [0.0, INF]),
    (copied, ([1.0, -2.0, INF],), [1.0, -2.0, INF]),
    (zeros, ([1.0, NAN],), [0.0, 0.0]),
    (full, ([1.0, NAN], 0.25), [0.25, 0.25]),
    (ema, (0.75, [4.0, 0.0], [8.0, 4.0]), [5.0, 1.0]),
]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("word", "arguments", "expected"), CASES)
def test_by_component(make, word, arguments, expected):
    """Without a warning, of a division by 0 for one."""
    check(word, make, arguments, expected)


@pytest.mark.filterwarnings("error")
def test_where(make):
    """Numbers beside arrays on either side, and conditions of three kinds."""
    a, b = make([1.0, NAN, 3.0]), make([-1.0, -2.0, -3.0])
    for then, otherwise, expected in (
        (a, b, [1.0, -2.0, 3.0]), (a, 0, [1.0, 0.0, 3.0]), (0.5, b, [0.5, -2.0, 0.5])
    ):  # fmt: skip
        found = where(a == a, then, otherwise)
        same(found, expected)
        assert found.dtype == a.dtype
        many = where(
            Leaves([a, a]) == Leaves([a, a]),
            *(Leaves([v, v]) if hasattr(v, "dtype") else v for v in (then, otherwise)),
        )
        same(many[1], expected)
    same(where(True, a, b), a)
    same(where(False, a, b), b)
    same(where(norm(b) > 0, b, 0), b)
    with pytest.raises(TypeError, match="where takes at least one array beside its condition"):
        where(a == a, 1, 0)


def test_words_of_plain_numbers():
    assert (larger(1, 2.5), smaller(1, 2.5), sqrt(9)) == (2.5, 1, 3.0)
    assert (exp(1), log(math.e)) == (math.e, 1.0)
    assert [quotient(a, b) for a, b in ((0, 0), (6, 3), (1, 0), (-1, 0))] == [0, 2, INF, -INF]


# reductions

THREE_FOUR, TWELVE = [3.0, -4.0], 12.0


def test_reductions_of_an_array_and_of_all_leaves(make):
    """3, 4, 12: 5² + 12² = 13²."""
    a, scalar = make(THREE_FOUR), make(TWELVE)
    leaves = Leaves([a, scalar, a[:0]])
    for found, expected in (
        (total(a), -1), (dot(a, a), 25), (norm(a), 5), (mean(a), -0.5),
        (rms(a), math.sqrt(12.5)), (total(leaves), 11), (dot(leaves, leaves), 169),
        (norm(leaves), 13), (norm(scalar), 12), (norm(a[:0]), 0), (one(a), 1), (one(leaves), 1),
    ):  # fmt: skip
        assert found.shape == ()
        assert found.dtype == a.dtype
        assert float(found) == pytest.approx(expected, rel=1e-15)
    same(mean(Leaves([a, scalar]))[0], -0.5)
    same(rms(Leaves([scalar]))[0], 12)
    assert math.isnan(norm(make([NAN, 1.0])))
    assert norm(make([INF, 1.0])) == INF


def test_means_over_an_axis(make):
    a = make([[1.0, 2.0, 3.0], [5.0, 7.0, 9.0]])
    same(mean(a, axis=-1), [2.0, 7.0])
    same(mean(a, axis=0, keepdims=True), [[3.0, 4.5, 6.0]])
    many = mean(Leaves([a, 2 * a]), axis=-1, keepdims=True)
    same(many[1], [[4.0], [14.0]])


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_sums_in_half_precision_are_those_of_float32(make, dtype):
    """Added one by one, 0.01 four thousand times stays far below 40; the squares, 3e5, overflow."""
    if dtype == "bfloat16" and make is LIBRARIES["numpy"]:
        dtype = "float16"
    few, big = make([0.01] * 4096, dtype), make([300.0] * 4, dtype)
    exact = 4096 * float(few[0])
    for found in (total(few), dot(few, few * 0 + 1), mean(few) * 4096):
        assert found.dtype == few.dtype
        assert float(found) == pytest.approx(exact, rel=2**-8)
    assert float(norm(big)) == pytest.approx(600, rel=2**-8)
    leaves = Leaves([big, big])
    for found, expected in ((norm(leaves), 600 * math.sqrt(2)), (dot(leaves, leaves), 8 * 9e4)):
        assert "float32" in str(found.dtype)
        assert float(found) == pytest.approx(expected, rel=1e-3 if dtype == "float16" else 2**-7)
    assert "float32" in str(one(leaves).dtype)


@pytest.mark.parametrize("order", [1, -1])
def test_leaves_of_several_dtypes(make, order):
    """What they share has the widest of them, whichever comes first; each leaf keeps its own."""
    narrow, wide = make([3.0], "float32"), make([4.0, 0.0], "float64")
    leaves = Leaves([narrow, wide][::order])
    for shared in (total(leaves), dot(leaves, leaves), norm(leaves), one(leaves)):
        assert "float64" in str(shared.dtype)
    scaled = [leaves / norm(leaves), norm(leaves) * leaves, larger(leaves, one(leaves)),
              quotient(leaves, norm(leaves)), where(norm(leaves) > 0, leaves, 0),
              clip(leaves, -one(leaves), one(leaves)), ema(0.5 * one(leaves), leaves, leaves),
              each(lambda a, s: a * s)(leaves, norm(leaves))]  # fmt: skip
    for found in scaled:
        assert [a.dtype for a in found] == [a.dtype for a in leaves]


def test_shared_numbers_of_half_precision_are_cast_to_each_leaf(make):
    leaves = Leaves([make([3.0, 4.0], "float16")])
    assert (leaves / norm(leaves))[0].dtype == leaves[0].dtype
    same(larger(leaves, norm(leaves))[0], [5.0, 5.0])


# leaves

BINARY = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow,
          operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne]  # fmt: skip


@pytest.mark.parametrize("apply", BINARY, ids=lambda f: f.__name__)
def test_operators_go_leaf_by_leaf(make, apply):
    a, b, shared = make([2.0, 3.0]), make([3.0, 0.5]), make(3.0)
    for left, right in ((Leaves([a, b]), Leaves([b, a])), (Leaves([a, b]), 3.0),
                        (3.0, Leaves([a, b])), (Leaves([a, b]), shared),
                        (shared, Leaves([a, b]))):  # fmt: skip
        parts = [v.parts if isinstance(v, Leaves) else (v, v) for v in (left, right)]
        for found, x, y in zip(apply(left, right), *parts, strict=True):
            same(found, apply(x, y))


def test_the_rest_of_the_operators(make):
    a = make([[2.0, -3.0], [0.0, 1.0]])
    leaves = Leaves([a, a])
    same((leaves @ leaves)[0], a @ a)
    same((-leaves)[1], -a)
    same(abs(leaves)[1], abs(a))
    same((+leaves)[1], a)
    positive, small = leaves > 0, leaves < 2
    same((positive & small)[0], (a > 0) & (a < 2))
    same((positive | small)[0], (a > 0) | (a < 2))
    same((~positive)[0], ~(a > 0))
    same(((a[0, 0] > 0) & positive)[0], a > 0)
    same(((a[0, 0] > 5) | positive)[0], a > 0)


def test_functions_of_the_library_go_leaf_by_leaf(make):
    leaves = Leaves([make([0.0, 1.0]), make(2.0)])
    xp = namespace(leaves)
    same(xp.exp(leaves)[1], math.exp(2))
    same(xp.sum(leaves)[0], 1)
    assert xp.float32 == namespace(leaves[0]).float32


def test_leaves_are_a_vector_and_no_truth():
    leaves = Leaves([1.0, 2.0])
    assert (len(leaves), leaves[1], [*leaves], repr(leaves)) == (
        2,
        2.0,
        [1, 2],
        "Leaves([1.0, 2.0])",
    )
    with pytest.raises(TypeError, match="the truth of all leaves of a tree is not one: use where"):
        bool(leaves > 1)
    with pytest.raises(ValueError, match="Leaves of different lengths: 2 and 1"):
        leaves + Leaves([1.0])


def test_each_applies_a_function_to_every_leaf(make):
    a, b = make([3.0, 4.0]), make([1.0])

    def scaled(u, x, rate, *, power=1):
        return u * norm(x) ** power * rate

    found = each(scaled)(Leaves([a, b]), Leaves([b, a]), Leaves([2.0, 10.0]), power=2)
    same(found[0], [6.0, 8.0])
    same(found[1], [250.0])
    same(each(scaled)(a, a, 1), [15.0, 20.0])  # without leaves the function itself
    same(each(lambda u, x: u + x)(a, x=Leaves([a]))[0], [6.0, 8.0])


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_a_copy_has_memory_of_its_own(library):
    a = LIBRARIES[library]([1.0, 2.0])
    held, [many] = copied(a), copied(Leaves([a]))
    a += 1
    same(held, [1.0, 2.0])
    same(many, [1.0, 2.0])


# conditions


def test_when_computes_one_branch_alone(make):
    def refuse():
        raise AssertionError

    a = make([1.0, 2.0])
    same(when(True, lambda: a, refuse), a)
    same(when(norm(a) < 0, refuse, lambda: a), a)


def test_when_on_a_traced_step_is_a_conditional():
    def every_third(t, x):
        return when(t % 3 == 0, lambda: Leaves([2 * x]), lambda: Leaves([x]))[0]

    traced = jax.make_jaxpr(every_third)(1, jnp.ones(2))
    assert "cond" in str(traced)
    found = [float(jax.jit(every_third)(t, jnp.ones(2))[0]) for t in (1, 2, 3, 6)]
    assert found == [1, 1, 2, 2]


@pytest.mark.parametrize("word", [smaller, larger])
def test_a_number_beside_a_tensor_has_its_dtype(word):
    """As a float32 0.1 would not be 0.1."""
    beside = torch.tensor([0.1], dtype=torch.float64)
    for found in (word(0.1, beside), word(beside, 0.1)):
        assert found.dtype == torch.float64
        assert found.tolist() == [0.1]


@pytest.mark.parametrize("word", [smaller, larger])
def test_of_numbers_the_one_that_is_traced_brings_the_functions(word):
    class Traced:
        class functions:  # noqa: N801
            minimum = staticmethod(lambda a, b: ("minimum", a, b))
            maximum = staticmethod(lambda a, b: ("maximum", a, b))

    name, number = {smaller: "minimum", larger: "maximum"}[word], Traced()
    assert word(number, 2.0) == (name, number, 2.0)
    assert word(2.0, number) == (name, 2.0, number)
