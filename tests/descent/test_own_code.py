"""Mistakes in a user's own rules and functions: one line that names the place and what helps."""

import numpy as np
import pytest

from slalom import descend, landscapes, own_code, parse, respond, train
from slalom.errors import SlalomError
from slalom.landscapes import functions
from slalom.problems import Batches, find
from slalom.rules import vocabulary

RULE = """
import math
import numpy as np
from collections import namedtuple
from dataclasses import dataclass
from slalom.rules import Rule, hyper
from slalom.rules.wrapper import Wrapper
from slalom.rules.vocabulary import zeros

S = namedtuple("S", "v")

@dataclass(frozen=True)
class Own({base}, name="own"):
    lr: float = hyper(0.1, "rate")

    def init(self, x):
        return S(zeros(x))

    def {formula}(self, g{more}):
        {body}
"""
UPDATES = [
    ("return -self.lr * g", "must return (step, state), not float64 of shape (2,)"),
    ("step = -self.lr * g", "must return (step, state), not NoneType"),
    ("return None, state", "a step that is an array of shape (2,), not NoneType"),
    ("return [-self.lr * g], state", "a step that is an array of shape (2,), not list"),
    ("return g[:1], state", "of shape (2,), not float64 of shape (1,)"),
    ("return -g, None", "as init does, a state (v), not ()"),
    ("return -g, g", "as init does, a state (v), not (one array)"),
    ("return -g, S(1)", "v as float64 of shape (2,), not int64 of shape ()"),
    ("return -g, S({0: g})", "v as float64 of shape (2,), not dict"),
    ("return -g if g[0] > 0 else g, state", "use where(condition, a, b)"),
    ("return -max(g, 0), state", "larger"),
    ("return -np.sign(g), state", "np.sign cannot be used on arrays here: use sign of slalom."),
    ("return -np.maximum(g, 0), state", "use larger of slalom.rules.vocabulary"),
    ("return -np.cos(g), state", "use namespace(x).cos"),
    ("return -math.sin(g[0]) * g, state", "use namespace(x).sin"),
    ("return -float(g[0]) * g, state", "float()"),
    ("g[0] = 0; return -g, state", "not changed in place: use where(condition, a, b)"),
]


def written(folder, body, formula="update", more=", state", base="Rule"):
    file = folder / "mine.py"
    file.write_text(RULE.format(body=body, formula=formula, more=more, base=base))
    return f"{file}:Own"


def refusal(call, *arguments, **options):
    with pytest.raises(SlalomError) as caught:
        call(*arguments, **options)
    [line] = str(caught.value).splitlines()
    return line


@pytest.mark.parametrize(("body", "told"), UPDATES)
def test_an_update(tmp_path, body, told):
    line = refusal(descend, written(tmp_path, body), "bowl", steps=3)
    assert line.startswith("mine.py:Own.update")
    assert told in line


@pytest.mark.parametrize(
    "call",
    [
        lambda rule: descend(rule, "bowl", starts=np.ones((3, 2)), steps=3, path=False),
        lambda rule: respond(rule, "spikes", length=3),
        lambda rule: train(rule, find("softmax_iris"), Batches(50, epochs=1)),
    ],
)
def test_in_every_loop(tmp_path, call):
    rule = written(tmp_path, "return -g, None")
    assert "mine.py:Own.update must return, as init does, a state (v)" in refusal(call, rule)
    rule = written(tmp_path, "return (-g if (g > 0).all() else g), state")
    assert "mine.py:Own.update, line 20: an array is neither" in refusal(call, rule)


def test_a_state_without_a_name(tmp_path):
    rule, file = written(tmp_path, "return -g, state[:1]"), tmp_path / "mine.py"
    file.write_text(file.read_text().replace("S(zeros(x))", "zeros(x)"))
    told = refusal(descend, rule, "bowl", steps=3)
    assert "as init does, a state as float64 of shape (2,), not float64 of shape (1,)" in told


@pytest.mark.parametrize("text", ["clip_norm(1) | {}()", "lookahead() | {}()"])
def test_the_rule_of_a_chain_that_changed_its_state(tmp_path, text):
    rule = parse(text.format(written(tmp_path, "return -g, S(g[0])")))
    told = refusal(descend, rule, "bowl", steps=3)
    assert "mine.py:Own.update must return, as init does, v as float64 of shape (2,)" in told


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("return None", "mine.py:Own.gradient must return a gradient that is Leaves"),
        ("return g if g[0] > 0 else -g", "mine.py:Own.gradient, line 20: an array is neither"),
    ],
)
def test_a_wrapper(tmp_path, body, told):
    text = written(tmp_path, body, "gradient", "", "Wrapper").replace(":Own", ":Own() | adam")
    assert told in refusal(descend, text, "bowl", steps=3)


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (lambda p: p[0] if p[0] > 0 else p[1], "use jax.numpy.where(condition, a, b)"),
        (lambda p: np.sin(p).sum(), "use sin of slalom.landscapes.functions"),
        (lambda p: np.arctan(p).sum(), "use atan of slalom.landscapes.functions"),
        (lambda p: np.linalg.det(p), "use jax.numpy.linalg.det"),
        (lambda p: float(p[0]), "float()"),
    ],
)
def test_a_function(function, told):
    line = refusal(descend, "adam", function, np.ones(2), 3)
    assert line.startswith("test_own_code.py:<lambda>, line ")
    assert told in line


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("def f(x, y): return x if x > y else y", "line 2: an array is neither"),
        ("def f(x, y): return math.sin(x) + y", "use sin of slalom.landscapes.functions"),
        ("def f(p): return p[0]**2 + p[1]**2", "is written f(x, y)"),
        ("def f(p): return (p[0] - 1)**2 + p[2]**2", "is written f(x, y)"),
        ("def f(p): return p @ p", "is written f(x, y)"),
    ],
)
def test_a_landscape_of_a_file(tmp_path, source, told):
    (tmp_path / "mine.py").write_text(f"import math\n{source}\n")
    line = refusal(landscapes.find, f"{tmp_path}/mine.py:f")
    assert told in line
    assert "mine.py:f" in line


def test_a_landscape_that_runs_on_numpy_alone(tmp_path):
    (tmp_path / "mine.py").write_text("import numpy as np\ndef f(x, y): return np.sin(x) + y\n")
    line = refusal(descend, "adam", f"{tmp_path}/mine.py:f", steps=3)
    assert line.startswith("mine.py:f, line 2: np.sin cannot be used")


def test_other_errors_are_left_as_they_are():
    with pytest.raises(ZeroDivisionError):
        descend("adam", lambda p: p.sum() * (1 // 0), np.ones(2), 3)


@pytest.mark.parametrize(
    ("words", "module"), [(own_code.OF_RULES, vocabulary), (own_code.OF_FUNCTIONS, functions)]
)
def test_what_is_recommended_exists(words, module):
    assert words.module == module.__name__
    assert all(callable(getattr(module, name)) for name in words.names.values())
