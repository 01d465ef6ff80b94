"""Texts that name landscapes."""

import numpy as np
import pytest

from slalom import landscapes
from slalom.errors import SlalomError, TextError
from slalom.landscapes import CATALOGUE, find


@pytest.mark.parametrize("name", CATALOGUE)
def test_names(name):
    assert find(name) is CATALOGUE[name] is getattr(landscapes, name)
    assert CATALOGUE[name].name == name
    assert find(f"  {name} ") is CATALOGUE[name]


def test_everything_exported_is_there():
    assert set(CATALOGUE) < set(landscapes.__all__)
    assert all(hasattr(landscapes, name) for name in landscapes.__all__)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("rosenbrock(dim=10)", "rosenbrock(dim=10)"),
        ("rosenbrock(10)", "rosenbrock(dim=10)"),
        ("rosenbrock( 2 )", "rosenbrock"),
        ("rosenbrock()", "rosenbrock"),
        ("quadratic(1e2, 3)", "quadratic(condition=100, dim=3)"),
        ("quadratic(dim=3, condition=10)", "quadratic(dim=3)"),
        ("quadratic(50, dim=4,)", "quadratic(condition=50, dim=4)"),
        ("noisy_quadratic(10, 2, 0.1)", "noisy_quadratic(noise=0.1)"),
    ],
)
def test_members_of_families(text, name):
    assert find(text).name == name
    assert find(text) is find(name)


@pytest.mark.parametrize("text", ["x", "y", "-x", "(x)", "sin(x)", "x (3)"[:1], "2*x", "e*x"])
def test_formulas(text):
    assert find(text) is landscapes.parse_formula(text)


@pytest.mark.parametrize(
    ("text", "problem", "position"),
    [
        ("rosenbrok", "unknown landscape 'rosenbrok'; did you mean rosenbrock", 0),
        ("rosenbrok(dim=3)", "did you mean rosenbrock", 0),
        ("sine(x)", "did you mean sin", 0),
        ("easom(3)", "easom has no parameters", 5),
        ("rosenbrock(3, 4)", "more than 1 parameters", 14),
        ("rosenbrock(3, dim=4)", "dim is given twice", 14),
        ("rosenbrock(dim 3)", "expected '='", 15),
        ("rosenbrock(dim=x)", "expected a number", 15),
        ("rosenbrock(dim=3", "expected ','", 16),
        ("rosenbrock(3) + 1", "unexpected character", 14),
        ("rosenbrock(3)(4)", "expected the end", 13),
        ("x (3)", "expected an operator", 2),
    ],
)
def test_points_at_what_is_wrong(text, problem, position):
    with pytest.raises(TextError, match=problem) as caught:
        find(text)
    assert caught.value.position == position


@pytest.mark.parametrize(
    ("text", "problem"),
    [("rosenbrock(dims=3)", "did you mean dim"), ("rosenbrock(dim=1e999)", "a whole number")],
)
def test_parameters_are_checked(text, problem):
    with pytest.raises(SlalomError, match=problem):
        find(text)


@pytest.fixture
def mine(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(
        "import numpy as np\n"
        "from slalom.landscapes import bowl as valley\n"
        "from slalom.landscapes.functions import exp, log\n"
        "def hill(x, y):\n"
        "    '''A hill.'''\n"
        "    return -exp(-x**2 - y**2)\n"
        "def line(x, slope=2.0): return slope * x\n"
        "def cube(x, y, z): return x**2 + y**2 + z**2\n"
        "def late(x): return log(x)\n"
        "def never(x): return log(-1 - x**2)\n"
        "def constant(x, y): return 1.0\n"
        "def broken(x): return x + nothing\n"
        "def empty(): return 1\n"
        "def many(*x): return sum(x)\n"
        "number = 3\n"
    )
    return str(path)


def test_a_function_in_a_file(mine):
    hill = find(f"{mine}:hill")
    assert (hill.name, hill.dim, hill.formula) == (f"{mine}:hill", 2, "A hill.")
    assert hill([0, 0]) == -1
    assert hill.domain == ((-3, 3), (-3, 3))
    assert hill.start == (-2.8, -2.5)
    assert find(hill.name) is hill
    line = find(f"{mine}:line")
    np.testing.assert_array_equal(line([[1], [3]]), [2, 6])
    assert find(f"{mine}:cube").dim == 3
    assert find(f"{mine}:late").start[0] > 0


def test_a_landscape_in_a_file(mine):
    assert find(f"{mine}:valley") is landscapes.bowl


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("number", "neither a Landscape nor a function"),
        ("hil", "did you mean hill"),
        ("constant", "two points need"),
        ("broken", "fails: NameError"),
        ("empty", "no function of coordinates"),
        ("many", "no function of coordinates"),
        ("never", "no real value on its domain"),
    ],
)
def test_what_is_no_landscape_in_a_file(mine, name, problem):
    with pytest.raises(SlalomError, match=problem):
        find(f"{mine}:{name}")


def test_no_such_file():
    with pytest.raises(SlalomError, match="no such file"):
        find("nowhere.py:hill")
