"""Rows of the goldens in the one loop, `descend`, where outputs are the last axis of a matrix."""

import functools
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import slalom
from slalom.descent.objective import Deterministic
from slalom.errors import SlalomError

from .goldens import read, rule_of
from .problems import problem
from .running import STEPS, off


@functools.partial(jax.tree_util.register_dataclass, data_fields=(), meta_fields=("problem",))
@dataclass(frozen=True)
class OfProblem(Deterministic):
    """A problem as an objective: the gradient and the loss of a step are those of its t."""

    problem: Any

    def value(self, x):
        return self.problem.height(x)

    def gradient(self, point, moment):
        return self.problem.gradient(point, moment.t, jnp)

    def loss(self, point, moment):
        return self.problem.loss(point, moment.t, jnp)


class Transposed:
    """A problem whose matrices are held transposed; data and noise stay as they are."""

    def __init__(self, problem):
        self.problem = problem
        self.start = [x.T for x in problem.start]

    def height(self, xs):
        return self.problem.height([x.T for x in xs])

    def gradient(self, xs, t, xp):
        return [g.T for g in self.problem.gradient([x.T for x in xs], t, xp)]


ROWS = {f"{row.package}: {row.text}": row for row in read()}
CHOSEN = [
    "lion_pytorch: weight_decay(0.1, decoupled=true) | lion(lr=0.01)",
    "muon: muon(lr=0.02, adam_lr=0.01)",
    "optax.contrib: muon@optax(lr=0.02)",
    "schedulefree: schedule_free(0.9, warmup=10) | gradient_descent(lr=0.05)",
    "prodigyopt: prodigy()",
    "optax: polyak(largest=0.1)",
    "pytorch_optimizer: sam(0.05) | sgd(lr=0.02, momentum=0.9)",
    "pytorch_optimizer: soap(lr=0.02, weight_decay=0.01)",
]


@pytest.mark.parametrize("name", CHOSEN)
def test_the_loop_ends_where_the_package_does(name):
    row = ROWS[name]
    given = problem(row.problem)
    turned = "muon" in name and not row.in_jax_layout
    given = Transposed(given) if turned else given
    run = slalom.descend(rule_of(row), OfProblem(given), given.start, STEPS, path=False)
    end = [np.ravel(x.T if turned else x) for x in run.position]
    found = [x[: len(v)] for x, v in zip(end, row.values, strict=True)]
    assert off(found, row.values) < row.tolerance


def test_sophia_gets_the_product_with_the_hessian():
    """Of a diagonal Hessian the estimate is exact, whatever the draws: Newton's step, damped."""
    curvature = np.array([1.0, 4.0, 25.0])
    rule = "sophia(lr=0.5, beta1=0, beta2=0, gamma=1, clip=1e9, every=1)"
    run = slalom.descend(rule, lambda x: (curvature * x * x).sum() / 2, [3.0, -2.0, 1.0], 4)
    np.testing.assert_allclose(run.position, np.array([3.0, -2.0, 1.0]) / 2**4, rtol=1e-12)


def test_a_matrix_rule_on_a_vector_is_refused_in_one_line():
    with pytest.raises(SlalomError, match=r"^muon steps matrices, not .* of shape \(2,\): part"):
        slalom.race("rosenbrock", ["adam(lr=0.1)", "muon(lr=0.1)"], steps=3)
