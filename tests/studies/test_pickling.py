"""Every public value is pickled, and comes back as it was in another process too."""

import copy
import dataclasses
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor

import jax
import numpy as np
import pytest
import xarray as xr

import slalom
from slalom import landscapes, problems, rules, signals
from slalom.errors import SlalomError, TextError
from slalom.landscapes import CATALOGUE, Landscape, find
from slalom.problems import PROBLEMS, Batches
from slalom.rules import COMPOSITIONS, RULES, SCHEDULES, WRAPPERS
from slalom.scipy import method
from slalom.signals import SIGNALS
from slalom.studies import Chart, Panel, maps

FILE = """
from dataclasses import dataclass
from collections import namedtuple
from slalom.rules import Rule, hyper
from slalom.landscapes.landscape import landscape

S = namedtuple("S", "v")

@dataclass(frozen=True)
class Own(Rule, name="own"):
    lr: float = hyper(0.1, "rate")
    def init(self, x):
        return S(x)
    def update(self, g, state):
        return -self.lr * g, S(g)

made = Own(0.5)

def bumps(x, y):
    return x**2 + 2 * y**2

@landscape(((-1, 1), (-1, 1)), (0.5, 0.5))
def dale(x, y):
    return x**2 + y**6
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("own") / "mine.py"
    path.write_text(FILE)
    return path


def again(value):
    return pickle.loads(pickle.dumps(value))


@pytest.mark.parametrize("name", sorted({*RULES, *COMPOSITIONS, *WRAPPERS, *SCHEDULES}))
def test_a_rule_or_schedule(name):
    texts = {
        "partition": "partition(matrices=muon(0.02), rest=adam())",
        "piecewise": "adam(lr=piecewise(values=(0.1, 0.2), boundaries=(10,)))",
        **{n: f"{n} | adam" for n in WRAPPERS},
        **{n: f"{n}(0.5) | adam" for n in ("clip_norm", "clip_value", "noise", "weight_decay")},
    }
    scheduled = f"adam(lr={name}(0.1))" if name in SCHEDULES else name
    rule = rules.parse(texts.get(name, scheduled))
    found = again(rule)
    assert (found, str(found), hash(found)) == (rule, str(rule), hash(rule))


def test_an_optimizer_of_optax():
    rule = rules.parse("clip_norm(1.0) | optax:lion(0.01)")
    assert again(rule) == rule


LANDSCAPES = [*CATALOGUE, "rosenbrock(dim=5)", "quadratic(condition=3)", "x**2 + sin(y)", "sqrt(x)"]


@pytest.mark.parametrize("name", LANDSCAPES)
def test_a_landscape_that_a_text_finds_is_itself_again(name):
    ground = find(name)
    assert again(ground) is ground
    assert copy.deepcopy(ground) is ground


@pytest.mark.parametrize(
    ("name", "domain"), [("bowl", [[0, 1], [0, 2]]), ("x**2", [[1, 2]]), ("log(x)", [[-1, 9]])]
)
def test_a_landscape_with_another_domain(name, domain):
    ground = find(name, domain)
    found = again(ground)
    assert (found.domain, found.start) == (ground.domain, ground.start)
    points = np.full((3, ground.dim), 1.5)
    np.testing.assert_array_equal(found(points), ground(points))


def test_a_landscape_that_was_changed_keeps_the_changes():
    ground = dataclasses.replace(find("bowl"), start=(1.0, 2.0), noise=0.5, formula="mine")
    found = again(ground)
    assert (found.start, found.noise, found.formula) == ((1.0, 2.0), 0.5, "mine")
    assert found.function is ground.function
    assert found.domain == ground.domain


def height(p):
    return p[0] ** 2 + 3 * p[1] ** 2


def test_a_landscape_of_ones_own():
    domain = ((-1.0, 1.0),) * 2
    ground = Landscape(name="bowl", function=height, dim=2, domain=domain, start=(0.5, 0.5))
    found = again(ground)
    assert found.function is height
    assert {f: getattr(found, f) for f in ("name", "dim", "domain", "start")} == {
        "name": "bowl", "dim": 2, "domain": domain, "start": (0.5, 0.5)
    }  # fmt: skip


@pytest.mark.parametrize("name", SIGNALS)
def test_a_signal(name):
    signal = signals.find(name)
    assert again(signal) is signal


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_problem(name):
    problem = problems.find(name)
    found = again(problem)
    assert (found.name, found.model, found.loss) == (problem.name, problem.model, problem.loss)
    np.testing.assert_array_equal(found.train.inputs, problem.train.inputs)


def results(file):
    """One of each kind of result."""
    own, ground = f"{file}:Own(lr=0.2)", f"{file}:bumps"
    yield slalom.race("bowl", ["adam", own], steps=3, states=True)
    yield slalom.race("x**2 + y", "adam", steps=3)
    yield slalom.race(ground, own, steps=3)
    yield slalom.race(f"{file}:dale", f"{file}:made", steps=3)
    yield slalom.respond(own, "spikes", length=4)
    yield slalom.diff("adam", "adam(lr=0.01)", steps=3)
    yield maps.basins(ground, ["adam"], 4, 3)
    yield maps.sensitivity("bowl", "adam", 4, 3)
    yield maps.stability("quadratic", "momentum", 4, 3)
    yield maps.critical("himmelblau")
    data = xr.Dataset({"y": ("x", [1.0, 2.0])}, {"x": [0.0, 1.0]})
    yield Chart(data, "One curve", (Panel("y", "x"),))
    yield slalom.descend(own, ground, steps=3, states=True)
    yield slalom.descend("adam", "bowl", starts=np.ones((2, 2)), steps=3)
    yield slalom.train(own, problems.find("softmax_iris"), Batches(60, epochs=1))
    yield slalom.minimize(height, [1.0, 2.0], "adam", steps=3)


def same(a, b):
    if hasattr(a, "data") and isinstance(a.data, xr.Dataset):
        xr.testing.assert_identical(a.data, b.data)
    if hasattr(a, "summary"):
        assert a.summary() == b.summary()
    if hasattr(a, "landscape"):
        assert a.landscape is b.landscape
    if hasattr(a, "rule"):
        assert a.rule == b.rule
    assert repr(a) == repr(b)


def test_a_result(file):
    for found in results(file):
        same(found, again(found))


def test_a_saved_result_of_a_landscape_that_no_text_finds(tmp_path):
    ground = Landscape(name="mine", function=height, dim=2, domain=((-1, 1),) * 2, start=(0.5, 0.5))
    slalom.race(ground, "adam", steps=3).save(tmp_path / "race.nc")
    loaded = slalom.load(tmp_path / "race.nc")
    found = again(loaded)
    assert found.summary() == loaded.summary()
    with pytest.raises(SlalomError, match="has no function of mine"):
        found.landscape([0.0, 0.0])


@pytest.mark.parametrize("text", ["adam(lr=", "adm", "adam(lr=[1, 2])"])
def test_an_error(text):
    with pytest.raises(SlalomError) as caught:
        rules.parse(text)
    found = again(caught.value)
    assert (type(found), str(found)) == (type(caught.value), str(caught.value))
    if isinstance(found, TextError):
        assert (found.text, found.position) == (text, caught.value.position)


def test_a_method_of_scipy():
    found = again(method("adam(lr=0.1)"))(height, [1.0, 2.0], maxiter=3)
    expected = slalom.minimize(height, [1.0, 2.0], "adam(lr=0.1)", steps=3)
    np.testing.assert_array_equal(found.x, expected.x)


def run(rule, ground):
    return slalom.race(ground, [rule], steps=3)


@pytest.mark.slow
def test_a_pool_of_processes(file):
    """Spawned ones, which have nothing of this one."""
    rule = rules.parse(f"clip_norm(1.0) | {file}:Own(lr=0.2)")
    grounds = [find(f"{file}:bumps"), find(f"{file}:dale"), find("x**2 + y**2"), find("bowl")]
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        for ground, found in zip(grounds, pool.map(run, [rule] * 4, grounds), strict=True):
            assert found.landscape is ground
            same(found, run(rule, ground))
        with pytest.raises(TextError, match="did you mean adam"):
            pool.submit(run, "adm", "bowl").result()


def test_every_public_name_is_here():
    """A new kind of value must be added above."""
    values = {n for n in slalom.__all__ if isinstance(getattr(slalom, n), type)}
    results = {"Chart", "Diff", "Race", "Response", "Run", "Training", "Outcome", "Outcomes"}
    of_rules = {n for n in values if issubclass(getattr(slalom, n), rules.Value)}
    assert values == of_rules | results | {"Landscape", "SlalomError", "TextError"}


def test_a_tree_of_rules_is_still_one():
    rule = again(rules.parse("adam(lr=0.1)"))
    assert jax.tree.leaves(rule) == jax.tree.leaves(rules.parse("adam(lr=0.1)"))
    assert landscapes.find("bowl") is again(landscapes.find("bowl"))
