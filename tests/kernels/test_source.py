"""A kernel's whole text, run by Python on real memory, and what it says of itself."""

import ctypes
import itertools
import re
from dataclasses import dataclass
from types import SimpleNamespace

import jax
import numpy as np
import pytest

from slalom.kernels import execution
from slalom.kernels import leaves as module
from slalom.kernels.execution import Step
from slalom.kernels.kernel import Kernel, text_of
from slalom.kernels.leaves import Leaves
from slalom.kernels.machine import Function
from slalom.kernels.memory import Gradients, address, bounds
from slalom.kernels.operations import expression
from slalom.kernels.work import STEP_WORDS
from slalom.lowering import lowered, numbers_at, planned, skeleton
from slalom.rules import Exponential, Rule, hyper, namespace, parse

from . import reducing
from .stepping import assert_same, begun, draw, eagerly

IMPORTS = re.compile(r"^from (numba|slalom\.kernels\.access) import (.*)\n", re.MULTILINE)


@dataclass(frozen=True)
class Doubled(Rule, name="doubled"):
    """Has no numbers but a constant."""

    def update(self, g, state):
        return -2.0 * g, state


@dataclass(frozen=True)
class Summed(Rule, name="summed"):
    """Its state is an array, and no tuple of them."""

    def init(self, x):
        return 0 * x

    def update(self, g, state):
        return -(state + g), state + g


@dataclass(frozen=True)
class Cubed(Rule, name="cubed"):
    """A product of numbers, before any element is met."""

    lr: float = hyper(0.1, "learning rate")

    def update(self, g, state):
        return (self.lr * self.lr * self.lr) * g, state


@dataclass(frozen=True)
class Late(Rule, name="late"):
    """Stands still for two steps."""

    def update(self, g, state, t):
        return namespace(g).where(t > 2, -g, 0 * g), state


class Memory:
    """Reading and writing by address, noting which array each is told to be."""

    def __init__(self):
        self.told, self.spans = {}, []

    def allow(self, *arrays):
        """Only these may be touched: elsewhere the process would end, or worse."""
        self.spans += [bounds(a) for a in arrays]

    def address(self, array):
        """Of an array that a step hands over."""
        self.allow(array)
        return address(array)

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

    def write(self, address, index, value):
        self.at(address, index, np.asarray(value).dtype)[0] = value


def in_python(rule, dtype):
    """A kernel whose whole text runs as plain Python, and the memory it touches."""
    memory, text = Memory(), text_of(skeleton(rule), dtype)
    (_, compilers), (_, functions) = IMPORTS.findall(text)
    names = {n: getattr(memory, n, None) for n in functions.split(", ")}
    names |= {"larger": np.maximum, "smaller": np.minimum}
    assert compilers == "njit"
    names["njit"] = lambda *signature, **options: lambda function: function
    exec(IMPORTS.sub("", text), names)
    functions = {name: Function(found, 0) for name, found in names.items() if callable(found)}
    machine = SimpleNamespace(functions=functions)
    return Kernel(dtype, machine, lowered(skeleton(rule), dtype)), memory


class Team:
    """Does all work alone, where it may touch nothing else, and notes it."""

    def __init__(self, memory):
        self.memory, self.pieces = memory, []

    def run(self, work, threads):
        self.memory.allow(*(w for w in work._words if isinstance(w, np.ndarray)), work._table)
        self.check_numbers()  # those of the scalars, before the pass
        self.memory.told.clear()
        assert work.run() == work.pieces
        assert work.run() == 0
        self.pieces.append(work.pieces)
        self.check_numbers()

    def check_numbers(self):
        """Each array goes by a number of its own."""
        told = self.memory.told
        assert sum(map(len, told.values())) == len(set().union(*told.values()))
        for of in {of for _, of in told}:
            assert {which for which, n in told if n == of} == set(range(of))


RULES = (
    {
        text: parse(text)
        for text in (
            "adam()",
            "nadam()",
            "rmsprop(momentum=0.5, centered=true)",
            "average(0.9) | nadam",
        )
    }
    | {"doubled": Doubled(), "summed": Summed(), "late": Late()}
    | reducing.RULES
)
SIZES = [(37,), (3,), (0,), (2, 3), ()]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("text", RULES)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_whole_text_is_the_rule(text, dtype, monkeypatch):
    """In pieces that begin and end within leaves and within lines of the cache."""
    monkeypatch.setattr(execution, "PIECE", 11)
    monkeypatch.setattr(execution, "SUM_PIECE", 16)
    monkeypatch.setattr(module, "SUM_PIECE", 16)
    rule, rng = RULES[text], np.random.default_rng(0)
    kernel, memory = in_python(rule, dtype)
    monkeypatch.setattr(execution, "address", memory.address)
    monkeypatch.setattr(module, "address", memory.address)
    sizes = [size for size in SIZES if text != "scaled" or size != (0,)]  # which has no largest
    team, xs = Team(memory), draw(rng, sizes, dtype)
    states = begun(rule, xs)
    leaves = Leaves(kernel, np.dtype(dtype), xs, states)
    memory.allow(*xs, *jax.tree.leaves(states))
    expected, after = [x.copy() for x in xs], begun(rule, xs)
    for t in (1, 2, 3):
        gs = draw(rng, sizes, dtype)
        memory.allow(*gs)
        given = Gradients.of(gs)
        places, layout = leaves.gradients(given)
        Step(leaves, given, places, layout, numbers_at(rule, t, dtype), team, 1).take()
        assert team.pieces == [6] * (len(kernel.plan.passes) - 1) + [5]
        team.pieces.clear()
        expected, after = eagerly(rule, expected, gs, after, t)
        assert_same([xs, states], [expected, after], dtype)


def test_the_numbers_of_a_schedule_are_computed_as_wide_as_the_leaf():
    kernel, memory = in_python(Cubed(Exponential(1 / 3)), "float32")
    leaves = Leaves(kernel, np.dtype("float32"), [], [])
    numbers, rows = numbers_at(Cubed(Exponential(1 / 3)), 1, "float32"), np.empty((1, 2))
    tables = map(memory.address, (numbers, leaves.scalars, leaves.shared, rows))
    assert kernel.prepares[0](*tables, len(rows)) == 1
    assert rows[0, -1] == np.float32(rows[0, -1]) > 0


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
    [one] = planned(lowered(skeleton(Doubled()), "float32")).passes
    assert [expression(n) for n in one.shared] == ["h0"]
    [one] = planned(lowered(skeleton(parse("adam()")), "float32")).passes
    assert expression(one.shared[0]) == "h0"
    assert not any(n.varies for n in one.shared + one.fixed)
    assert all(n.varies for n in one.varying)
    assert len(set(one.shared)) == len(one.shared)


def test_the_words_of_a_table_of_work():
    text = text_of(skeleton(Doubled()), "float32")
    assert f"a table of {len(STEP_WORDS)} integers" in text
    assert re.findall(r"(\w+) = read\(work, (\d)", text) == [
        (word, str(k)) for k, word in enumerate(STEP_WORDS[:-1])
    ]
