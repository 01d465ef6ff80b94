"""Races made by hand, so that what a picture must show is known; and one that was run."""

import json

import numpy as np
import pytest
import xarray as xr

from slalom import landscapes
from slalom.studies import Race, Response, race

HABR = (
    "nesterov(lr=0.01, momentum=0.9, shifted=true)",
    "rmsprop(lr=0.25, decay=0.9, eps=1e-6)",
    "adadelta(lr=100, decay=0.95, eps=1e-6)",
    "adagrad(lr=1.0, eps=1e-6)",
    "adam(lr=0.25, eps_hat=true)",
)


def made_race(landscape, lanes):
    """A race from the position of each step, (n, dim) or (n,), and the outcome, by rule.

    An outcome is a kind, of a run of all steps, or a kind and a step.
    """
    paths = np.array([np.asarray(path, float) for path, _ in lanes.values()])
    paths = paths.reshape(len(paths), -1, landscape.dim)
    with np.errstate(all="ignore"):
        losses = landscape(paths)
    variables = {
        "position": (("rule", "step", "axis"), paths),
        "loss": (("rule", "step"), losses),
        "gradient_norm": (("rule", "step"), np.abs(losses) + 1),
        "step_length": (("rule", "step"), np.zeros(losses.shape)),
    }
    last = paths.shape[1] - 1
    ends = [end if isinstance(end, tuple) else (end, last) for _, end in lanes.values()]
    labels = {
        "rule": list(lanes),
        "rule_name": ("rule", [rule.partition("(")[0] for rule in lanes]),
        "step": np.arange(last + 1),
        "axis": list(landscape.axes),
        "settings": ("rule", [f"{rule[:-1]}, eps=1e-8)" for rule in lanes]),
        "outcome": ("rule", [kind for kind, _ in ends]),
        "outcome_step": ("rule", [step for _, step in ends]),
    }
    start = json.dumps(paths[0, 0].tolist())
    return Race(xr.Dataset(variables, labels, {"start": start}), landscape)


def towards(landscape, end, steps=20):
    """A path from the start straight to `end`."""
    return np.linspace(landscape.start, end, steps + 1)


@pytest.fixture
def two_rules():
    """Two rules on a bowl, one of which arrives."""
    bowl = landscapes.simple_quad
    return made_race(
        bowl,
        {
            "adam(lr=0.25)": (towards(bowl, (0, 0)), "finished"),
            "adagrad(lr=1.0)": (towards(bowl, (-2, 1)), "finished"),
        },
    )


@pytest.fixture
def diverging():
    """One rule that arrives and one that leaves the picture at step 3 and diverges at step 7."""
    bowl = landscapes.simple_quad
    away = np.full((21, 2), np.nan)
    away[:8, 0] = [-2.8, -1, 1, 9, -1e3, 1e30, -1e200, np.inf]
    away[:8, 1] = -2.5
    return made_race(
        bowl,
        {
            "adam(lr=0.25)": (towards(bowl, (0, 0)), "finished"),
            "gradient_descent(lr=9)": (away, ("diverged", 7)),
        },
    )


@pytest.fixture(scope="session")
def habr():
    """The five rules of habr's comparison on one of its landscapes."""
    return race("hills_and_canyon", HABR)


@pytest.fixture
def response():
    """Three variants of one rule, and one that takes far smaller steps."""
    steps = np.arange(60)
    gradient = np.sin(steps / 5)
    rules = [*(f"momentum(lr=0.25, momentum={m})" for m in (0.25, 0.9, 0.975)), "adam(lr=0.1)"]
    sizes = np.array([1, 2, 4, 1e-4])[:, None]
    return Response(
        xr.Dataset(
            {"answer": (("rule", "step"), sizes * gradient), "gradient": ("step", gradient)},
            {
                "rule": rules,
                "step": steps,
                "settings": ("rule", [f"{r[:-1]}, dampening=0.0)" for r in rules]),
                "rule_name": ("rule", ["momentum"] * 3 + ["adam"]),
                "outcome": ("rule", ["finished"] * 4),
                "outcome_step": ("rule", [60] * 4),
            },
            {"signal": "a sine"},
        )
    )


@pytest.fixture
def make_race():
    return made_race
