"""The graph of a formula: its names and dtypes, and what it says of a rule that it cannot hold."""

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import jax.numpy as jnp
import numpy as np
import pytest

from slalom.errors import SlalomError
from slalom.lowering import Kind, lowered, numbers_at, skeleton, tree
from slalom.lowering.graph import CannotLowerError
from slalom.lowering.numbers import markers
from slalom.rules import Adam, Exponential, NAdam, Rule, hyper, namespace, parse
from slalom.rules.leaves import each, total
from slalom.rules.leaves import norm as norm_of
from slalom.rules.vocabulary import one as one_of
from slalom.rules.vocabulary import zeros

from ..contract.table import NO_GRAPH, RULES
from .evaluating import evaluate


def graph(rule, dtype="float32"):
    return lowered(skeleton(rule), dtype)


def nodes(root):
    """All nodes below one, with itself."""
    return [root, *(below for node in root.inputs for below in nodes(node))]


def test_every_number_has_its_label():
    assert graph(Adam()).labels == ("t", "lr", "beta1", "beta2", "eps")
    labels = graph(parse("average() | momentum()")).labels
    assert labels == ("t", "lr", "momentum", "dampening", "decay")


def test_a_python_number_is_wide_and_a_schedules_as_wide_as_the_leaf():
    found = graph(Adam(lr=Exponential(0.1), beta1=0.5))
    assert [n.dtype for n in found.numbers] == ["float64", "float32", *["float64"] * 3]
    assert [n.attributes["name"] for n in found.numbers] == ["h0", "h1", "h2", "h3", "h4"]
    assert found.moved.dtype == "float32"


def test_names_and_numbers_have_no_inputs():
    found = graph(NAdam())
    leaves = {n for n in nodes(found.moved) if n.operation == "input"}
    names = {n.attributes["name"]: (n.dtype, n.kind) for n in leaves}
    assert names == {
        **dict.fromkeys(["x", "g", "s0", "s1"], ("float32", Kind.ELEMENT)),
        **dict.fromkeys(["h0", "h1", "h2", "h3", "h4", "h5"], ("float64", Kind.NUMBER)),
        "s2": ("float32", Kind.LEAF),
    }
    assert {n.inputs for n in leaves} == {()}
    assert [e.is_array for e in found.entries] == [True, True, False]
    assert found.entries[2].after.kind is Kind.LEAF


@dataclass(frozen=True)
class Squared(Rule, name="squared"):
    """A product of numbers, before any element is met."""

    lr: float = hyper(0.1, "learning rate")

    def update(self, g, state):
        return (self.lr * self.lr) * g, state


@pytest.mark.parametrize(("lr", "dtype"), [(0.5, "float64"), (Exponential(0.5), "float32")])
def test_numbers_among_themselves(lr, dtype):
    [product] = {
        n
        for n in nodes(graph(Squared(lr)).moved)
        if n.operation == "multiply" and n.kind is Kind.NUMBER
    }
    assert product.dtype == dtype


@dataclass(frozen=True)
class Formulas(Rule, name="formulas"):
    """A rule of any two formulas."""

    begin: ClassVar[Any] = staticmethod(lambda x: ())
    go: ClassVar[Any] = staticmethod(lambda g, s: (-g, s))

    def init(self, x):
        return self.begin(x)

    def update(self, g, state):
        return self.go(g, state)


def rule_of(go, begin=lambda x: ()):
    made = type("Made", (Formulas,), {"begin": staticmethod(begin), "go": staticmethod(go)})
    return dataclass(frozen=True)(made)()


def fails(g, s):
    raise ValueError("first\nsecond")


def test_a_step_that_no_graph_holds_is_refused():
    rule = rule_of(lambda g, s: (jnp.cumsum(g, axis=0), s))
    with pytest.raises(SlalomError, match=r"^no kernel knows cumsum as an operation on single"):
        lowered(skeleton(rule), "float32")


class Named(NamedTuple):
    X: Any


def test_entries_are_called_by_their_fields():
    found = graph(rule_of(lambda g, s: (-g, Named(s.X + g)), lambda x: Named(0 * x)))
    assert [e.path for e in found.entries] == ["X"]
    assert found.structure == tree.structure(Named(0))


STRUCTURE = r"^its state changes its structure from step to step$"
SHAPE = r"^its state has entries of another shape than the parameter's$"
REFUSED = {
    "fails": (rule_of(fails), r"^it does not trace: ValueError: first$"),
    "branches": (
        rule_of(lambda g, s: (g, s) if namespace(g).sum(g) > 0 else (-g, s)),
        r"^its formula branches on a number or an element$",
    ),
    "peeks": (
        rule_of(lambda g, s: (-g, (s[0] + g,)), lambda x: (namespace(x).sum(x),)),
        r"^its state has entries of another shape than the parameter's$",
    ),
    "wide step": (
        rule_of(lambda g, s: (g.astype("float64"), s)),
        r"^its step of float32 is float64 of another kind or shape$",
    ),
    "short step": (
        rule_of(lambda g, s: (g[:2], s)),
        r"Made.update must return a step that is an array of shape .*, not float32 of shape .*$",
    ),
    "grows": (rule_of(lambda g, s: (-g, (g,))), STRUCTURE),
    "wide after": (
        rule_of(lambda g, s: (-g, (s[0].astype("float64"),)), lambda x: (x,)),
        r"^its state has entries of float64 beside float32$",
    ),
    "counts": (
        rule_of(lambda g, s: (-g, (g,)), lambda x: (x.astype("int32"),)),
        r"^its state has entries of int32 beside float32$",
    ),
    "short": (rule_of(lambda g, s: (-g, s), lambda x: (x[:2],)), SHAPE),
    "swells": (rule_of(lambda g, s: (-g, (g,)), lambda x: (x[0],)), SHAPE),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals_say_all_in_one_line(case):
    rule, message = REFUSED[case]
    with pytest.raises(SlalomError, match=message):
        graph(rule)


def by_graph(found, given, x, g, state):
    """A step as the graph says it: the parameter after it, and the entries of the state."""
    inputs = {"x": x, "g": g}
    inputs |= {n.attributes["name"]: v for n, v in zip(found.numbers, given, strict=True)}
    entries = zip(found.entries, tree.leaves(state), strict=True)
    inputs |= {e.node.attributes["name"]: array for e, array in entries}
    known = {}
    return [np.asarray(evaluate(goal, inputs, known)) for goal in found.goals]


def given(rule, t, dtype):
    """The numbers of a step: floats, and arrays without dimensions where schedules give them."""
    kinds = ["number", *(kind for _, kind in markers(skeleton(rule)))]
    numbers = zip(kinds, numbers_at(rule, t, dtype).tolist(), strict=True)
    return [v if kind == "number" else np.asarray(v, dtype) for kind, v in numbers]


# NumPy squares a schedule's beta2 at t = 2, where a graph has a power of t; the rest has no graph
APART = ("beta2=step_decay", "beta2=constant", "plus_one", *NO_GRAPH)
READ = {
    text: rule
    for text, rule in RULES.items()
    if rule.needs == {"g"} and not any(word in text for word in APART)
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("text", READ)
def test_a_graph_is_the_eager_step_to_the_bit(text, dtype):
    """But for sums of float32, which graphs have in float64."""
    rule, rng = READ[text], np.random.default_rng(0)
    found = lowered(skeleton(rule), dtype)
    x = rng.normal(size=(4, 3)).astype(dtype)
    state = rule.begin(x)
    for t in (1, 2, 3, 60):
        g = rng.normal(size=x.shape).astype(dtype)
        ours = by_graph(found, given(rule, t, dtype), x, g, state)
        delta, state = rule.step(x, g, state, t)
        x = x + delta
        for one, other in zip(ours, [x, *tree.leaves(state)], strict=True):
            assert one.dtype == dtype
            one = np.broadcast_to(one, np.shape(other))
            if dtype == "float32" and found.passes > 1:
                np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-7)
            else:
                np.testing.assert_array_equal(one, other)


def norm(a):
    return namespace(a).sum(a * a) ** 0.5


def test_passes_are_one_more_than_reductions_are_deep():
    passes = {
        1: lambda g, s: (-g, s),
        2: lambda g, s: (-g / (norm(g) + namespace(g).max(g)), s),
        3: lambda g, s: (-g / norm(g / norm(g)), s),
    }
    for count, go in passes.items():
        assert graph(rule_of(go)).passes == count
        assert graph(rule_of(go)).is_elementwise == (count == 1)
    assert graph(parse("adam()")).is_elementwise
    assert not graph(parse("clip_norm(1) | adam()")).is_elementwise


def test_a_reduction_for_the_state_alone_counts():
    beginning = lambda x: (namespace(x).sum(0 * x),)  # noqa: E731
    found = graph(rule_of(lambda g, s: (-g, (norm(g),)), beginning))
    assert found.passes == 2
    assert found.entries[0].after.kind is Kind.LEAF


def test_the_size_of_the_leaf_is_no_constant():
    """A mean, and what a formula asks of the shape, read for leaves of two shapes."""
    for size in (lambda g: g.size, lambda g: namespace(g).sum(namespace(g).ones_like(g))):
        found = graph(rule_of(lambda g, s, size=size: (g / size(g), s)))
        g = np.arange(7, dtype=np.float32)
        assert by_graph(found, [1.0], 0 * g, g, ())[0].tolist() == (g / np.float32(7)).tolist()
    means = graph(rule_of(lambda g, s: (g * namespace(g).mean(g), s)))
    assert "size" in {n.operation for n in nodes(means.moved)}
    assert means.passes == 2


@pytest.mark.parametrize(
    ("go", "begin", "message"),
    [
        (lambda g, s: (g / g.shape[0], s), lambda x: (), "its formula depends on the shape"),
        (lambda g, s: (g ** g.ndim, s), lambda x: (), "its formula depends on the shape"),
        (lambda g, s: (g, s), lambda x: (x,) * x.ndim, "its state depends on the shape"),
    ],
)  # fmt: skip
def test_other_dependence_on_the_shape_is_refused(go, begin, message):
    with pytest.raises(SlalomError, match=f"^{message} of the parameter$"):
        graph(rule_of(go, begin))


@dataclass(frozen=True)
class Coupled(Formulas, name="coupled"):
    """A rule of two formulas over all leaves."""

    coupled = True


def coupled_rule(go, begin=lambda x: ()):
    made = type("Made", (Coupled,), {"begin": staticmethod(begin), "go": staticmethod(go)})
    return dataclass(frozen=True)(made)()


def test_a_sum_over_the_tree_is_one_of_all_leaves():
    found = graph(coupled_rule(lambda g, s: (g / (total(g) + norm_of(g)), s)))
    assert found.is_coupled
    assert found.passes == 2
    assert {n.operation for n in nodes(found.moved) if n.kind is Kind.TREE} >= {"tree_sum", "sqrt"}
    assert not graph(parse("lamb()")).is_coupled


def test_what_is_no_part_of_leaves_is_shared():
    begin = lambda x: (zeros(x), one_of(x))  # noqa: E731
    found = graph(coupled_rule(lambda g, s: (-s[1] * g, (s[0] + g, s[1] * total(g))), begin))
    assert [e.path for e in found.shared] == ["[1]"]
    assert [e.path for e in found.arrays] == ["[0]"]
    assert found.entries[1].after.kind is Kind.TREE
    still = graph(coupled_rule(lambda g, s: (-g, s), begin))  # nobody reads it
    assert still.is_coupled


SINGLE = "its formula takes single leaves out of a tree"
SHARED = "what all parameters share in its state"
NOT_OF_TREES = {
    "a sum of one's own": (lambda g, s: (g / sum(namespace(a).sum(a * a) for a in g), s), SINGLE),
    "the last leaf": (lambda g, s: (g * namespace(g).sum(g)[-1], s), SINGLE),
    "the last leaf, in a sum": (lambda g, s: (g * total(g * norm_of(g[-1])), s), SINGLE),
    "how many leaves": (lambda g, s: (g / len(g), s), "its formula depends on the shape"),
    "numbers of leaves": (
        lambda g, s: (g * total(each(norm_of)(g)), s),
        "it sums up one number of each leaf",
    ),
}


@pytest.mark.parametrize("case", NOT_OF_TREES)
def test_what_is_no_formula_of_any_tree(case):
    go, message = NOT_OF_TREES[case]
    with pytest.raises(SlalomError, match=f"^{message}"):
        graph(coupled_rule(go))


def test_shared_numbers_that_are_of_one_leaf():
    rule = coupled_rule(lambda g, s: (-g, (namespace(g).sum(g)[0],)), lambda x: (one_of(x),))
    with pytest.raises(SlalomError, match=f"^{SHARED} depends on single ones$"):
        graph(rule)
    rule = coupled_rule(lambda g, s: (-g, s), lambda x: (x[0],))
    with pytest.raises(SlalomError, match=f"^{SHARED} is no scalar$"):
        graph(rule)


@dataclass(frozen=True)
class ByRole(Rule, name="by_role"):
    """Knows what a parameter is for."""

    def update(self, g, state, leaf):
        return (-g if leaf.role == "matrix" else g), state


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (ByRole(), "its formula asks for the layout or the role of a parameter"),
        (
            parse("clip_norm(1) | partition(matrices=lion(), rest=lion())"),
            "each of its parts has a formula of its own",
        ),
        (rule_of(lambda g, s: (g if g.ndim > 1 else -g, s)), "its formula depends on the shape"),
    ],
)
def test_what_differs_from_parameter_to_parameter(rule, message):
    with pytest.raises(SlalomError, match=f"^{message}"):
        graph(rule)


@pytest.mark.parametrize("text", [t for t in RULES if any(name in t for name in NO_GRAPH)])
def test_what_is_said_to_have_no_graph_has_none(text):
    with pytest.raises(CannotLowerError):
        lowered(skeleton(RULES[text]), "float32")
