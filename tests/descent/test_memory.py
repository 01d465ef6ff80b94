"""What keeps no path takes memory of a few positions, however many steps there are."""

import subprocess
import sys

import numpy as np
import pytest

import slalom
from slalom import descend
from slalom.jax import mappings

SIZE, STEPS = 300_000, 300  # a path of float64 would be 720 MB

PEAK = """
import resource
import numpy as np
import slalom
from slalom.descent import train
from slalom.problems import Batches, Linear, Problem, Samples, squared_error

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

def bowl(p):
    return (p**2).sum()

slalom.descend("adam(lr=0.1)", bowl, np.ones(10), 3, path=False)
few = np.ones((2, 1000), np.float32), np.zeros((2, 1), np.float32)
wide = Problem("wide", Samples(*few), Samples(*few), Linear(1000, 1), squared_error, squared_error)
before = peak()
{call}
print(peak() - before)
"""
CALLS = [
    f"slalom.descend('adam(lr=0.1)', bowl, np.ones({SIZE}), {STEPS}, path=False)",
    f"slalom.descend('adam(lr=0.1)', bowl, np.ones({SIZE}), {STEPS}, path=False, tol=1e-9)",
    f"slalom.descend('adam(lr=0.1)', bowl, starts=np.ones((1, {SIZE})), steps={STEPS}, path=False)",
    "train('adam(lr=0.1)', wide, Batches(1, 50_000))",  # a path would be 400 MB
]


@pytest.mark.parametrize("call", CALLS, ids=["one", "with tol", "many", "train"])
def test_without_a_path_memory_is_of_a_few_positions(call):
    found = subprocess.run(
        [sys.executable, "-c", PEAK.format(call=call)], capture_output=True, text=True, check=True
    )
    assert int(found.stdout) < 50 * 8 * SIZE


@pytest.mark.parametrize(
    ("rule", "objective", "options"),
    [
        ("adam(lr=0.1)", "rosenbrock", {}),
        ("adam(lr=0.1)", "rosenbrock", {"tol": 1.0}),
        ("average(0.9) | noise(0.5) | adam(lr=0.1)", "noisy_quadratic", {"seed": 3}),
        ("gradient_descent(lr=3)", "rosenbrock", {}),
        ("gradient_descent(lr=3)", "rosenbrock", {"tol": 1e-3}),
        ("gradient_descent(lr=1)", "log(x)", {"start": [1.0]}),
        ("nesterov(lr=0.1)", "x**2", {"dtype": "float32"}),
    ],
)
def test_the_end_is_that_of_the_path(rule, objective, options):
    kept, plain = (descend(rule, objective, path=path, **options) for path in (True, False))
    assert plain.trace is None
    assert str(plain.outcome) == str(kept.outcome)
    for name in ("position", "loss", "gradient_norm"):
        ours, theirs = getattr(plain, name), getattr(kept, name)
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)
        assert (type(ours), ours.dtype) == (type(theirs), theirs.dtype)


def test_a_number_ends_as_a_number():
    ends = [descend("adam", lambda p: p**2, 1.0, 5, path=path).position for path in (True, False)]
    assert ends[0] == pytest.approx(ends[1])
    assert type(ends[0]) is type(ends[1])


def test_an_end_has_no_path():
    run = descend("adam", slalom.landscapes.bowl, path=False)
    with pytest.raises(slalom.SlalomError, match="path=True"):
        _ = run.best_loss


def test_many_functions_take_few_memory_mappings(monkeypatch):
    before = mappings.mappings()
    monkeypatch.setattr(mappings, "OFTEN", 5)
    monkeypatch.setattr(mappings, "limit", lambda: 2 * (before + 150))
    for power in range(2, 24):  # each is compiled for itself: 30 mappings and more
        slalom.descend("momentum", f"x**2 + x**{power}", [0.1], 2)
    assert 0 < mappings.mappings() < before + 450
