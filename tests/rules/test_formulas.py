"""What a rule's formulas may ask for, and what is said of one that is written wrongly."""

from dataclasses import dataclass, make_dataclass
from typing import NamedTuple

import numpy as np
import pytest
import torch

from slalom.descent import descend
from slalom.errors import SlalomError
from slalom.rules import Average, ClipNorm, GradientDescent, Nesterov, Noise, Rule, Wrapper
from slalom.rules.leaves import Leaves

X = np.array([3.0, -4.0])


def made(update, base=Rule, **content):
    """A rule whose update is a given function."""
    return make_dataclass("Own", [], bases=(base,), namespace={"update": update, **content},
                          frozen=True)  # fmt: skip


@pytest.mark.parametrize("name", ["grad", "value", "hvp"])
def test_functions_of_all_leaves_are_for_coupled_rules(name):
    formulas = {
        "grad": lambda self, grad: None,
        "value": lambda self, value: None,
        "hvp": lambda self, hvp: None,
    }
    asks = f"^Own.update asks for {name}, a function of all leaves: set coupled = True in Own$"
    with pytest.raises(SlalomError, match=asks):
        made(formulas[name])
    assert made(formulas[name], coupled=True)().needs == {name}


@pytest.mark.parametrize("update", [lambda self, *args: None, lambda self, g, **extra: None])
def test_arguments_must_be_named(update):
    known = "g, grad, loss, value, hvp, key, x, t, state, leaf$"
    with pytest.raises(SlalomError, match=f"^Own.update must name its arguments, out of {known}"):
        made(update)


def test_an_unknown_argument_is_refused_with_the_near_name():
    with pytest.raises(
        SlalomError, match=r"^Own.update: unknown argument 'grads'; did you mean gr"
    ):
        made(lambda self, grads, state: None)
    with pytest.raises(SlalomError, match=r"^Own.init: unknown argument 'g'; known are leaf, x$"):
        made(lambda self, g, state: None, init=lambda self, g: None)


def test_only_a_wrapper_has_a_rule_inside():
    with pytest.raises(SlalomError, match=r"^Own.update: unknown argument 'step'; did you mean"):
        made(lambda self, g, step: None)
    assert made(lambda self, step: None, Wrapper).arguments["update"] == ("step",)


def test_an_argument_with_a_default_is_the_authors_own():
    own = made(lambda self, g, state, size=2.0: (-size * g, state))
    assert own().needs == {"g"}
    assert own().step(X, X, ())[0].tolist() == [-6.0, 8.0]


def test_a_field_has_no_name_of_a_formula():
    with pytest.raises(
        SlalomError, match=r"^Own.rate must be a method, a formula: give a field an"
    ):

        class Own(Rule):
            rate: float = 0.5


@pytest.mark.parametrize(
    ("returned", "shown"),
    [
        ("-g", r"float64 of shape \(2,\)"),
        ("(-g,)", "1 values"),
        ("(-g, state, 1)", "3 values"),
        ("None", "NoneType"),
    ],
)
@pytest.mark.parametrize("coupled", [False, True])
def test_an_update_that_returns_no_pair(returned, shown, coupled):
    shown = "Leaves" if coupled and returned == "-g" else shown
    rule = made(lambda self, g, state: eval(returned), coupled=coupled)()
    line = rf"^test_formulas.py:Own.update must return \(step, state\), not {shown}$"
    with pytest.raises(SlalomError, match=line):
        rule.step(X, X, ())


MISSING = {
    "g": ("gradient_descent needs the gradient: pass g=", GradientDescent()),
    "grad": ("nesterov needs the gradient as a function of the point: pass grad=", Nesterov()),
    "key": ("noise needs a source of random numbers: pass key=", Noise(1.0) | GradientDescent()),
    "loss": ("Own needs the loss: pass loss=", made(lambda self, loss: None)()),
}


@pytest.mark.parametrize("name", MISSING)
def test_what_is_asked_for_and_not_offered(name):
    line, rule = MISSING[name]
    with pytest.raises(SlalomError, match=f"^{line}$"):
        rule.step(X, None if name == "g" else X, rule.begin(X))


def test_an_offer_that_no_formula_can_ask_for():
    with pytest.raises(SlalomError, match=r"^unknown argument 'gard'; did you mean grad\?$"):
        Nesterov().step(X, X, Nesterov().begin(X), gard=lambda x: x)


class Met(NamedTuple):
    x: object
    g: object


@dataclass(frozen=True)
class Handing(Rule, name="handing"):
    """Remembers what it was given itself, and views of it."""

    def init(self, x):
        return Met(x, x[::-1] if isinstance(x, np.ndarray) else x.flip(0))

    def update(self, g, state, x):
        return -g, Met(x[1:], g)


@pytest.mark.parametrize("make", [np.array, torch.tensor], ids=["numpy", "torch"])
def test_what_a_formula_hands_on_is_copied_for_those_who_change_arrays_in_place(make):
    x, g, rule = make([1.0, 2.0]), make([3.0, 5.0]), Handing()
    state = rule.begin(x)
    x += 10
    assert [entry.tolist() for entry in state] == [[1.0, 2.0], [2.0, 1.0]]
    _, state = rule.step(x, g, state)
    x += 10
    g += 10
    assert [entry.tolist() for entry in state] == [[12.0], [3.0, 5.0]]


def test_what_grad_gives_is_copied_too():
    given = np.array([1.0, 2.0])
    rule = made(lambda self, grad, state, x: (-x, grad(x)), coupled=True)()
    _, state = rule.step([X], None, (), grad=lambda _: [given])
    given += 5
    assert state[0].tolist() == [1.0, 2.0]


def test_arrays_alone_and_in_a_list_are_stepped_alike():
    """Only the state of a list is of Leaves."""
    rule = ClipNorm(1.0) | Nesterov(0.5, momentum=0.5)
    alone, many = rule.begin(X), rule.begin([X])
    assert isinstance(many.v, Leaves)
    for t in (1, 2):
        delta, alone = rule.step(X, None, alone, t, grad=lambda x: 2 * x)
        [also], many = rule.step([X], None, many, t, grad=lambda xs: [2 * xs[0]])
        assert delta.tolist() == also.tolist()
        assert alone.v.tolist() == many.v[0].tolist()


def test_a_tree_without_arrays_takes_no_step():
    rule = ClipNorm(1.0) | Average(0.5) | GradientDescent()
    assert rule.step([], [], rule.begin([])) == ([], ())
    assert rule.judged([], ()) == []


def test_a_rule_may_need_no_gradient():
    walk = made(lambda self, x, state: (-0.5 * x, state))()
    assert walk.needs == frozenset()
    run = descend(walk, lambda x: (x * x).sum(), X, 2)
    np.testing.assert_allclose(run.position, X / 4)
