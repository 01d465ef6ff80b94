"""A kernel's whole text, run by Python on real memory, and what it says of itself."""

import ctypes
import itertools
import re
from dataclasses import dataclass
from types import SimpleNamespace

import jax
import numpy as np
import pytest

from slalom.kernels.kernel import text_of
from slalom.kernels.leaves import Leaves
from slalom.kernels.memory import Gradients, bounds
from slalom.kernels.operations import expression
from slalom.kernels.plan import planned
from slalom.kernels.stepper import _rows
from slalom.kernels.work import WORDS, Loop, Work
from slalom.lowering import lowered, numbers_at, skeleton
from slalom.rules import Exponential, Rule, hyper, namespace, parse

from .stepping import assert_same, begun, draw, eagerly

IMPORTS = """\
from numba import cfunc, njit

from slalom.kernels.access import load, read, store, taken
"""


@dataclass(frozen=True)
class Doubled(Rule, name="doubled"):
    """Has no numbers but a constant."""

    elementwise = True

    def update(self, g, state, x, t):
        return -2.0 * g, state


@dataclass(frozen=True)
class Summed(Rule, name="summed"):
    """Its state is an array, and no tuple of them."""

    elementwise = True

    def init(self, x):
        return 0 * x

    def update(self, g, state, x, t):
        return -(state + g), state + g


@dataclass(frozen=True)
class Cubed(Rule, name="cubed"):
    """A product of numbers, before any element is met."""

    elementwise = True

    lr: float = hyper(0.1, "learning rate")

    def update(self, g, state, x, t):
        return (self.lr * self.lr * self.lr) * g, state


@dataclass(frozen=True)
class Late(Rule, name="late"):
    """Stands still for two steps."""

    elementwise = True

    def update(self, g, state, x, t):
        return namespace(g).where(t > 2, -g, 0 * g), state


class Memory:
    """Reading and writing by address, noting which array each is told to be."""

    def __init__(self):
        self.told, self.spans = {}, []

    def allow(self, *arrays):
        """Only these may be touched: elsewhere the process would end, or worse."""
        self.spans += [bounds(a) for a in arrays]

    def at(self, address, index, kind):
        size = kind.itemsize
        begin = int(address) + int(index) * size
        assert any(low <= begin and begin + size <= high for low, high in self.spans)
        return np.frombuffer((ctypes.c_char * size).from_address(begin), kind)

    def read(self, address, index, dtype):
        return self.at(address, index, np.dtype(dtype))[0]

    def taken(self, address, index, amount):
        place = self.at(address, index, np.dtype(np.int64))
        before = int(place[0])
        place[0] += amount
        return before

    def load(self, address, index, which, of, dtype):
        self.told.setdefault((which, of), set()).add(int(address) + int(index))
        return self.read(address, index, dtype)

    def store(self, address, index, which, of, value):
        self.told.setdefault((which, of), set()).add(int(address) + int(index))
        self.at(address, index, np.asarray(value).dtype)[0] = value


def in_python(rule, dtype):
    """A kernel whose whole text runs as plain Python, and the memory it touches."""
    memory, text = Memory(), text_of(skeleton(rule), dtype)
    assert text.count(IMPORTS) == 1

    def as_it_is(*signature, **options):
        return lambda function: function

    names = {n: getattr(memory, n) for n in ("read", "taken", "load", "store")}
    names |= {"njit": as_it_is, "cfunc": as_it_is}
    exec(text.replace(IMPORTS, ""), names)
    module = SimpleNamespace(prepare=names["prepare"], SHARED=names["SHARED"])
    kernel = SimpleNamespace(
        dtype=dtype, module=module, formula=lowered(skeleton(rule), dtype),
        loop=Loop(names["advance"], 0),
    )  # fmt: skip
    return kernel, memory


RULES = {
    text: parse(text)
    for text in (
        "adam()",
        "nadam()",
        "rmsprop(momentum=0.5, centered=true)",
        "average(0.9) | nadam",
    )
} | {"doubled": Doubled(), "summed": Summed(), "late": Late()}
SIZES = [(37,), (3,), (0,), (2, 3), ()]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("text", RULES)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_whole_text_is_the_rule(text, dtype):
    """In pieces that begin and end within leaves and within lines of the cache."""
    rule, rng = RULES[text], np.random.default_rng(0)
    kernel, memory = in_python(rule, dtype)
    xs = draw(rng, SIZES, dtype)
    states = begun(rule, xs)
    leaves = Leaves(kernel, np.dtype(dtype), xs, states)
    memory.allow(*xs, *jax.tree.leaves(states))
    expected, after = [x.copy() for x in xs], begun(rule, xs)
    for t in (1, 2, 3):
        gs = draw(rng, SIZES, dtype)
        begins, layout = leaves.gradients(Gradients.of(gs))
        rows = _rows(leaves, numbers_at(rule, t, dtype))
        work = Work(kernel.loop, leaves.addresses, begins, layout.offsets, rows, 11)
        memory.allow(*gs, *work._held[:4], work._table)
        assert work.run() == work.pieces == 5
        assert work.run() == 0
        expected, after = eagerly(rule, expected, gs, after, t)
        assert_same([xs, states], [expected, after], dtype)
    places = list(memory.told.values())
    assert sum(map(len, places)) == len(set().union(*places))  # each array goes by one number
    for of in {of for _, of in memory.told}:
        assert {which for which, n in memory.told if n == of} == set(range(of))


def test_the_numbers_of_a_schedule_are_computed_as_wide_as_the_leaf():
    kernel, _ = in_python(Cubed(Exponential(1 / 3)), "float32")
    leaves = Leaves(kernel, np.dtype("float32"), [], [])
    cube = _rows(leaves, numbers_at(Cubed(Exponential(1 / 3)), 1, "float32"))[0, -1]
    assert cube == np.float32(cube)


def about(rule, dtype="float32"):
    """What a file says of itself: its first line, and what each name in it is."""
    first, _, rest = text_of(skeleton(rule), dtype).split('"""')[1].partition("\n\n")
    return first, rest.strip("\n").splitlines()


def test_a_file_says_what_its_names_are():
    first, lines = about(parse("adam()"), "float64")
    assert first.startswith("One step of adam in float64, in place.")
    assert lines == ["h0: t, h1: lr, h2: beta1, h3: beta2, h4: eps, s0: m, s1: v"]
    assert about(Summed())[1] == ["h0: t, s0: the state"]
    assert about(parse("clip_value(1) | adam"))[0].startswith(
        "One step of clip_value | adam in float32"
    )


def test_long_lines_are_broken_as_late_as_they_can_be():
    _, lines = about(parse("average(0.9) | weight_decay(0.1) | clip_value(1) | nadam()"))
    assert len(lines) > 1
    assert max(map(len, lines)) <= 96
    for line, following in itertools.pairwise(lines):
        assert len(line) + 1 + len(following.split()[0]) > 96


def test_what_the_loop_takes_from_before_it():
    """The number of the step, so that there is always one, and no constants."""
    plan = planned(lowered(skeleton(Doubled()), "float32"))
    assert [expression(n) for n in plan.shared] == ["h0"]
    plan = planned(lowered(skeleton(parse("adam()")), "float32"))
    assert expression(plan.shared[0]) == "h0"
    assert not any(n.varies for n in plan.shared + plan.fixed)
    assert all(n.varies for n in plan.varying)
    assert len(set(plan.shared)) == len(plan.shared)


def test_the_words_of_a_table_of_work():
    text = text_of(skeleton(Doubled()), "float32")
    assert f"a table of {len(WORDS)} integers" in text
    assert re.findall(r"(\w+) = read\(work, (\d)", text) == [
        (word, str(k)) for k, word in enumerate(WORDS[:-1])
    ]
