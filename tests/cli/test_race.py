"""`slalom race`: the same race as the library's, told on the terminal."""

import json

import jax.numpy as jnp
import pytest
from rich.cells import cell_len

from slalom import studies
from slalom.articles import habr
from slalom.rules import parse, parse_all

QUICK = ("--rule", "adam(lr=0.1)", "--steps", "5")
MINE = """
from dataclasses import dataclass
from slalom.rules import Rule, hyper, namespace

@dataclass(frozen=True)
class Sign(Rule):
    lr: float = hyper(0.125, "how far")

    def update(self, g, state, x, t):
        return -self.lr * namespace(g).sign(g), state

def tilted(x, y):
    return 2 * x + y

def broken(x, y):
    return x.nothing

@dataclass(frozen=True)
class Broken(Rule):
    lr: float = hyper(0.125, "how far")

    def update(self, g, state, x, t):
        return self.nothing, state
"""


@pytest.fixture
def mine(tmp_path):
    (tmp_path / "mine.py").write_text(MINE)


def told(result):
    """The one JSON object on standard output."""
    assert result.status == 0
    [line] = result.out.splitlines()
    return json.loads(line)


def test_json_is_the_librarys_result_in_full_precision(slalom):
    rules = ["momentum(lr=1e-4)", "adam(lr=0.1)"]
    race = studies.race("rosenbrock", rules, (-1.5, 0.7), 17)

    said = told(
        slalom(
            "race", "rosenbrock", "--rule", rules[0], "--rule", rules[1],
            "--start", "-1.5,0.7", "--steps", "17", "--json",
        )
    )  # fmt: skip

    assert said == race.summary()
    assert list(said) == ["landscape", "start", "steps", "standings"]
    assert [s["loss"] for s in said["standings"]] == [s.loss for s in race.standings]
    for standing in said["standings"]:
        keys = ["rule", "loss", "best_loss", "position", "outcome", "outcome_step"]
        assert list(standing) == [*keys, "digits", "reproducible_to_step"]
        lane = race.data.sel(rule=standing["rule"])
        assert standing["loss"] == lane.loss.values[-1]
        assert standing["best_loss"] == lane.loss.values.min()
        assert standing["position"] == lane.position.values[-1].tolist()


def test_standings_are_in_order_of_their_loss(slalom):
    standings = told(slalom("race", "bowl", "--json"))["standings"]
    losses = [standing["loss"] for standing in standings]
    assert losses == sorted(losses)


def test_a_run_that_diverges_is_a_result(slalom):
    said = told(
        slalom(
            "race", "rosenbrock", "--json",
            "--rule", "gradient_descent(lr=100)",
            "--rule", "gradient_descent(lr=1e300)",
            "--rule", "gradient_descent(lr=1e-4)",
        )
    )  # fmt: skip
    first, *failed = said["standings"]
    assert first["rule"] == "gradient_descent(lr=0.0001)"
    assert [s["outcome"] for s in failed] == ["diverged", "diverged"]
    # 4 x (1 - lr (...)) cubed: after one step of 1e302 the fourth power overflows
    assert {s["rule"]: s["loss"] for s in failed}["gradient_descent(lr=1e300)"] is None
    assert all(s["best_loss"] == pytest.approx(24.2) for s in failed)  # f(-1.2, 1)


def test_without_a_rule_the_five_of_habr_race(slalom):
    said = told(slalom("race", "bowl", "--json"))
    rules = [parse(standing["rule"]) for standing in said["standings"]]
    assert set(rules) == {parse(text) for text in habr.COMPARISON}
    found = {rule.name: rule for rule in rules}
    rates = {"nesterov": 0.01, "rmsprop": 0.25, "adadelta": 100, "adagrad": 1.0, "adam": 0.25}
    assert {name: rule.lr for name, rule in found.items()} == rates
    assert found["nesterov"].momentum == found["rmsprop"].decay == 0.9
    assert found["adadelta"].decay == 0.95
    # Lasagne's conventions: eps inside the root (Adadelta knows no other), ε̂, the shifted form
    assert {found[name].eps for name in ("rmsprop", "adagrad", "adadelta")} == {1e-6}
    assert found["rmsprop"].eps_inside
    assert found["adagrad"].eps_inside
    assert found["adam"].eps_hat
    assert found["nesterov"].shifted


def test_help_names_the_rules_that_race_by_default(slalom):
    shown = " ".join(slalom("race", "--help").out.split())
    names = [parse(text).name for text in habr.COMPARISON]
    assert f"{', '.join(names[:-1])} and {names[-1]}" in shown


def test_a_sweep_races_each_of_its_rules(slalom):
    sweep = "adam(lr=[0.01, 0.1], beta1=[0, 0.9])"
    said = told(slalom("race", "bowl", "--rule", sweep, "--steps", "2", "--json"))
    assert {s["rule"] for s in said["standings"]} == {str(rule) for rule in parse_all(sweep)}


@pytest.mark.parametrize(
    "formula", ["-x**2 + y**2", "-x", "-y + x", "-2*x*y", "-sin(x)", "-(x)", "-x-y"]
)
@pytest.mark.parametrize("order", ["before", "after"])
def test_a_formula_may_begin_with_a_minus(slalom, formula, order):
    options = ["--rule", "gradient_descent(lr=0.5)", "--steps", "1", "--json"]
    argv = [formula, *options] if order == "before" else [*options, formula]
    standing = told(slalom("race", *argv))["standings"][0]
    race = studies.race(formula, ["gradient_descent(lr=0.5)"], steps=1)
    assert standing["position"] == race.data.position.values[0, -1].tolist()


@pytest.mark.parametrize("start", [["--start", "-2.8,-2.5"], ["--start=-2.8,-2.5"]])
def test_a_start_may_begin_with_a_minus(slalom, start):
    assert told(slalom("race", "bowl", *QUICK, *start, "--json"))["start"] == [-2.8, -2.5]


def test_options_reach_the_library(slalom):
    rule = "noise(0.5) | gradient_descent(lr=0.1)"
    options = {"seed": 7, "dtype": "float32", "tol": 0.5}
    race = studies.race("bowl", [rule], (1, 1), 30, **options)
    given = [arg for key, value in options.items() for arg in (f"--{key}", value)]
    said = told(
        slalom("race", "bowl", "--rule", rule, "--start", "1,1", "--steps", 30, *given, "--json")
    )
    assert said == race.summary()
    assert said["standings"][0]["outcome"] == "converged"
    assert 0 < said["standings"][0]["outcome_step"] < 30
    other = told(slalom("race", "bowl", "--rule", rule, "--start", "1,1", "--steps", 30, "--json"))
    assert other != said


def test_a_domain_moves_the_start_of_a_formula(slalom):
    said = told(slalom("race", "sqrt(x - 10)", *QUICK, "--domain", "10,20", "--json"))
    assert 10 <= said["start"][0] <= 20


def test_rules_and_landscapes_of_ones_own(slalom, mine):
    said = told(
        slalom(
            "race", "mine.py:tilted", "--rule", "mine.py:Sign", "--rule", "mine.py:Sign(lr=0.5)",
            "--steps", "4", "--start", "0,0", "--json",
        )
    )  # fmt: skip
    ends = {s["rule"]: s["position"] for s in said["standings"]}
    # f = 2x + y has the signs (1, 1) everywhere: four steps of lr down each axis
    assert ends == {"mine.py:Sign()": [-0.5, -0.5], "mine.py:Sign(lr=0.5)": [-2, -2]}
    assert all(s["loss"] == 3 * s["position"][0] for s in said["standings"])


def test_a_rule_that_does_not_run_fails_with_its_place(slalom, mine):
    result = slalom("race", "bowl", "--rule", "mine.py:Broken")
    line = 1 + MINE[: MINE.index("return self.nothing")].count("\n")
    assert result.status == 1
    assert result.complaint.startswith(f"slalom: AttributeError in mine.py, line {line}: ")
    assert "nothing" in result.complaint


def test_the_table_has_every_rule_in_order(slalom):
    argv = ("race", "bowl", "--rule", "adam(lr=[0.01, 0.5])", "--rule", "gradient_descent(lr=1e9)")
    race = studies.race("bowl", ["adam(lr=[0.01, 0.5])", "gradient_descent(lr=1e9)"])
    title, headings, *rows = slalom(*argv).out.splitlines()
    assert "bowl" in title
    assert "20 steps" in title
    for word in ("rule", "final loss", "best loss", "end position", "outcome"):
        assert word in headings
    for place, (row, standing) in enumerate(zip(rows, race.standings, strict=True), 1):
        assert row.split()[0] == str(place)
        assert standing.rule in row
        assert row.rstrip().endswith(str(standing.outcome))
        number = float(row.split(")", 1)[1].split()[0])
        assert number == pytest.approx(standing.loss, rel=1e-4)


@pytest.mark.parametrize("columns", [60, 80, 140])
def test_a_narrow_screen_breaks_no_word(slalom, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    result = slalom("race", "rosenbrock", "--rule", "clip_norm(1.0) | adam(lr=0.1, beta1=0.95)")
    words = result.out.split()
    assert all(cell_len(line) <= columns for line in result.out.splitlines())
    for word in ("clip_norm(1.0)", "|", "adam(lr=0.1,", "beta1=0.95)", "finished"):
        assert word in words


def test_messages_go_to_standard_error(slalom, tmp_path):
    result = slalom("race", "bowl", *QUICK, "--out", "race.json", "--json")
    assert told(result) == json.loads((tmp_path / "race.json").read_text())
    assert result.err == "wrote race.json\n"


def test_quiet_says_nothing_but_the_standings(slalom):
    result = slalom("race", "bowl", *QUICK, "--out", "race.json", "--quiet")
    assert result.err == ""
    assert "adam(lr=0.1)" in result.out


def test_many_dimensions_are_told_in_short(slalom):
    result = slalom("race", "rosenbrock(dim=50)", *QUICK)
    assert result.status == 0
    assert "…" in result.out
    assert len(told(slalom("race", "rosenbrock(dim=50)", *QUICK, "--json"))["start"]) == 50


def test_states_are_kept_where_asked_for(slalom, tmp_path):
    for flag in ([], ["--states"]):
        slalom("race", "bowl", *QUICK, "--out", "race.nc", *flag)
        names = set(studies.load(tmp_path / "race.nc").data)
        assert any(name.startswith("state") for name in names) == bool(flag)


def test_float32_is_float32(slalom):
    [standing] = told(slalom("race", "bowl", *QUICK, "--dtype", "float32", "--json"))["standings"]
    assert standing["position"] == [float(jnp.float32(v)) for v in standing["position"]]


CHAOS = ("race", "ripple", "--rule", "adagrad(lr=1, eps=1e-6)", "--rule", "adam(lr=0.1)")


def test_the_table_shows_no_more_digits_than_hold(slalom):
    _, headings, good, bad = slalom(*CHAOS).out.splitlines()
    columns = ("final loss", "best loss", "end position", "digits", "outcome")
    places = [headings.index(column) for column in columns]

    def cells(row):
        pairs = zip(places, [*places[1:], None], strict=True)
        return [row[first:last].strip() for first, last in pairs]

    assert cells(bad)[:3] == ["?", "?", "(?, ?)"]
    digits, _, where = cells(bad)[3].partition(", ")
    assert float(digits) < 1
    assert where in [f"rounding from step {step}" for step in range(9, 16)]
    assert float(cells(good)[3]) > 14
    assert "?" not in good
    assert "≈" in slalom("race", "complex_sum", "--rule", "rmsprop(lr=0.1)").out


def test_digits_can_be_left_off(slalom, tmp_path):
    out = slalom(*CHAOS, "--no-digits", "--out", "race.nc").out
    assert "digits" not in out
    assert "?" not in out
    assert "digits" not in studies.load(tmp_path / "race.nc").data
    assert "digits" not in told(slalom(*CHAOS, "--no-digits", "--json"))["standings"][0]
