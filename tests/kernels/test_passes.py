"""Steps in passes: sums and largest elements over leaves, in pieces, by any number of threads."""

from dataclasses import replace

import jax
import numpy as np
import pytest

from slalom.kernels import Stepper
from slalom.kernels.crew import Crew
from slalom.kernels.execution import Step
from slalom.kernels.kernel import Kernel
from slalom.kernels.leaves import SUM_PIECE, Leaves
from slalom.kernels.memory import Gradients
from slalom.kernels.source import source
from slalom.kernels.store import machine
from slalom.lowering import Kind, Node, lowered, numbers_at, skeleton
from slalom.lowering.graph import operation
from slalom.lowering.operations import REDUCTIONS

from .reducing import PASSES, RULES, Clipped, NovoGrad, Scaled
from .stepping import assert_same, begun, draw, eagerly

DTYPES = ["float32", "float64"]
SIZES = [(3 * SUM_PIECE + 5,), (4,), (1,), (), (7, 3)]


@pytest.mark.parametrize("text", RULES)
def test_how_many_passes(text):
    assert lowered(skeleton(RULES[text]), "float32").passes == PASSES[text]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("text", RULES)
def test_a_step_in_passes_is_the_eager_step(text, dtype):
    rule, rng = RULES[text], np.random.default_rng(0)
    xs = draw(rng, SIZES, dtype)
    states, stepper = begun(rule, xs), Stepper(rule, dtype)
    expected, after = [x.copy() for x in xs], begun(rule, xs)
    for t in (1, 2, 3):
        gs = draw(rng, SIZES, dtype)
        stepper.step(xs, gs, states, t)
        expected, after = eagerly(rule, expected, gs, after, t)
    assert_same([xs, states], [expected, after], dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("text", RULES)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_threads_do_not_change_a_bit(text, dtype):
    rule = RULES[text]
    sizes = [(10 * SUM_PIECE + 77,), (5,), (2, SUM_PIECE)]
    found = []
    for threads in (1, 2, 5):
        rng = np.random.default_rng(0)
        xs = draw(rng, sizes, dtype)
        states, stepper = begun(rule, xs), Stepper(rule, dtype)
        for t in (1, 2):
            stepper.step(xs, draw(rng, sizes, dtype), states, t, threads=threads)
        found.append([np.asarray(a) for a in jax.tree.leaves([xs, states])])
    for others in found[1:]:
        for one, other in zip(found[0], others, strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("text", RULES)
def test_leaves_that_do_not_lie_flat(text):
    """Columns of a matrix, turned arrays, a broadcast gradient, beside a flat leaf."""
    rule, rng, dtype = RULES[text], np.random.default_rng(0), "float64"
    shape = (300, 91)
    raw = rng.normal(size=(3, 2 * shape[0], shape[1]))
    xs = [raw[0, ::2], np.array(raw[1, ::2]), np.array(raw[2, ::2].T).T[::-1]]
    states = begun(rule, xs)
    gs = [rng.normal(size=shape), np.broadcast_to(rng.normal(size=91), shape)]
    gs.append(rng.normal(size=(*shape, 2))[..., 1])
    expected, after = [x.copy() for x in xs], begun(rule, xs)
    stepper, beside = Stepper(rule, dtype), raw[0, 1::2].copy()
    for t in (1, 2):
        stepper.step(xs, gs, states, t)
        expected, after = eagerly(rule, expected, gs, after, t)
    assert_same([xs, states], [expected, after], dtype)
    assert np.array_equal(raw[0, 1::2], beside)


def test_leaves_do_not_know_of_each_other():
    xs, gs = [np.zeros(2), np.zeros(2)], [np.array([3.0, 4.0]), np.array([0.3, 0.4])]
    rule = Clipped(lr=1.0, limit=1.0)
    Stepper(rule, "float64").step(xs, gs, begun(rule, xs), 1)
    np.testing.assert_allclose(xs[0], [-0.6, -0.8], rtol=1e-15)
    np.testing.assert_allclose(xs[1], [-0.3, -0.4], rtol=1e-15)


def test_scalars_of_the_state_follow_a_sum():
    xs, rule = [np.zeros(3), np.zeros(0)], NovoGrad()
    states = begun(rule, xs)
    stepper = Stepper(rule, "float64")
    for t in (1, 2):
        stepper.step(xs, [np.array([1.0, 2.0, 2.0]), np.zeros(0)], states, t)
    np.testing.assert_allclose(states[0].v, 0.9 * 0.9 + 0.9, rtol=1e-15)
    assert states[1].v == 0


def test_sums_of_float32_are_as_exact_as_those_of_float64():
    """A million ones and one large element, of which float32 would lose the ones."""
    g = np.ones(1_000_001, np.float32)
    g[0] = 4096.0
    x, rule = np.zeros_like(g), NovoGrad()
    [state] = states = begun(rule, [x])
    Stepper(rule, "float32").step([x], [g], states, 1)
    assert state.v == np.float32(0.1) * np.float32(4096.0**2 + 1_000_000)


@pytest.mark.parametrize("odd", [np.nan, np.inf])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("place", [0, 5, SUM_PIECE + 3, -1])
def test_what_is_not_finite_reaches_the_whole_leaf(odd, place):
    for rule in (Clipped(), Scaled()):
        xs = [np.zeros(2 * SUM_PIECE, np.float32), np.zeros(3, np.float32)]
        gs = [np.linspace(-1, 1, x.size, dtype=np.float32) for x in xs]
        gs[0][place] = odd
        states = begun(rule, xs)
        expected, _ = eagerly(rule, xs, gs, begun(rule, xs), 1)
        Stepper(rule, "float32").step(xs, gs, states, 1)
        np.testing.assert_allclose(xs[0], expected[0], rtol=1e-6)
        np.testing.assert_allclose(xs[1], expected[1], rtol=1e-6)


def over_the_tree(node, made):
    """A graph whose reductions are over all leaves."""
    if node.inputs and node not in made:
        inputs = [over_the_tree(one, made) for one in node.inputs]
        name = f"tree_{node.operation}" if node.operation in REDUCTIONS else node.operation
        made[node] = operation(name, inputs, node.dtype, **node.attributes)
    elif node.operation == "size":
        made[node] = Node("tree_size", (), node.dtype, Kind.TREE)
    return made.get(node, node)


def coupled(rule, dtype):
    """The kernel of a rule that takes all leaves as one vector."""
    found, made = lowered(skeleton(rule), dtype), {}
    entries = tuple(replace(e, after=over_the_tree(e.after, made)) for e in found.entries)
    found = replace(found, moved=over_the_tree(found.moved, made), entries=entries)
    return Kernel(dtype, machine(source(found, rule.name, dtype), f"coupled_{rule.name}"), found)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("text", ["clipped_momentum", "layerwise_adam", "scaled"])
def test_reductions_over_all_leaves(text, dtype):
    """What a rule computes of all leaves is what it computes of one that holds all elements."""
    rule, rng = RULES[text], np.random.default_rng(0)
    sizes = [(2 * SUM_PIECE + 3,), (5, 2), (0,), ()]
    xs = draw(rng, sizes, dtype)
    xs.append(draw(rng, [(300, 60)], dtype)[0][:, ::2])  # does not lie flat
    states, whole = begun(rule, xs), [np.concatenate([x.ravel() for x in xs])]
    expected, after = whole, begun(rule, whole)
    leaves = Leaves(coupled(rule, dtype), np.dtype(dtype), xs, states)
    for t in (1, 2):
        gs = draw(rng, [*sizes, (300, 30)], dtype)
        given = Gradients.of(gs)
        step = Step(leaves, given, *leaves.gradients(given), numbers_at(rule, t, dtype), Crew(), 2)
        step.take()
        flat = [np.concatenate([g.ravel() for g in gs])]
        expected, after = eagerly(rule, expected, flat, after, t)
    assert_same(np.concatenate([x.ravel() for x in xs]), expected, dtype)
    for one, k in zip(jax.tree.leaves(after), range(len(jax.tree.leaves(after))), strict=True):
        ours = [jax.tree.leaves(state)[k].ravel() for state in states]
        assert_same(np.concatenate(ours), one, dtype)


def test_other_numbers_do_not_compile():
    xs, g = [np.zeros(4)], np.full(4, 1.0)
    stepper = Stepper(Clipped(lr=1.0), "float64")
    stepper.step(xs, [g], begun(Clipped(), xs), 1, Clipped(lr=0.5, limit=1.0))
    np.testing.assert_allclose(xs[0], [-0.25] * 4, rtol=1e-15)
