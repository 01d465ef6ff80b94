"""`slalom landscapes`, `slalom signals`, `slalom respond`, `slalom doctor` and the version."""

import json
from importlib import metadata

import numpy as np
import pytest
from PIL import Image

from slalom import landscapes, studies
from slalom.landscapes import CATALOGUE
from slalom.signals import SIGNALS


def test_the_list_has_every_landscape(slalom):
    said = json.loads(slalom("landscapes", "--json").out)
    assert [entry["name"] for entry in said] == list(CATALOGUE)
    lines = slalom("landscapes").out.splitlines()[1:]
    for line, (name, landscape) in zip(lines, CATALOGUE.items(), strict=True):
        assert line.split()[0] == name
        assert landscape.formula in line
        assert landscape.source in line


@pytest.mark.parametrize("name", [*CATALOGUE, "rosenbrock(dim=3)", "x**2 - 1"])
def test_a_landscape_is_told_in_full(slalom, name):
    found = landscapes.find(name)
    said = json.loads(slalom("landscapes", name, "--json").out)
    assert said["name"] == found.name
    assert said["domain"] == [list(pair) for pair in found.domain]
    assert said["start"] == list(found.start)
    assert said["steps"] == found.steps
    assert len(said["minima"]) == len(found.minima)
    told = {(tuple(m["position"]), m["value"], m["global"]) for m in said["minima"]}
    assert told == {(m.position, m.value, m.is_global) for m in found.minima}
    shown = slalom("landscapes", name).out
    for part in (found.formula, found.source, str(found.steps)):
        assert part in shown
    assert shown.count("minimum") >= min(len(found.minima), 12)


def test_many_minima_are_counted(slalom):
    shown = slalom("landscapes", "rastrigin").out
    listed = sum("minimum" in line for line in shown.splitlines())
    assert f"and {len(landscapes.rastrigin.minima) - listed} more" in shown


def test_the_parameters_of_a_family(slalom):
    said = json.loads(slalom("landscapes", "quadratic", "--json").out)
    assert said["parameters"] == {"condition": 10.0, "dim": 2}
    assert "condition=10, dim=2" in slalom("landscapes", "quadratic").out


def test_a_landscape_is_drawn_over_its_domain(slalom, tmp_path):
    for name, domain in (("a.png", []), ("b.png", ["--domain", "-1,1,-1,1"])):
        result = slalom("landscapes", "bowl", "--out", name, *domain)
        assert result.err == f"wrote {name}\n"
    with Image.open(tmp_path / "a.png") as a, Image.open(tmp_path / "b.png") as b:
        assert a.format == "PNG"
        assert a.tobytes() != b.tobytes()


def test_signals_are_listed(slalom):
    said = json.loads(slalom("signals", "--json").out)
    assert [entry["name"] for entry in said] == list(SIGNALS)
    shown = slalom("signals").out
    for name, signal in SIGNALS.items():
        assert signal.formula in slalom("signals", name).out
        assert json.loads(slalom("signals", name, "--json").out)["name"] == name
        assert name in shown


def test_a_response_is_the_librarys(slalom):
    rule = "momentum(lr=0.25, momentum=[0.25, 0.9])"
    argv = ("respond", "noisy_sine", "--rule", rule, "--length", "120", "--seed", "7")
    response = studies.respond([rule], "noisy_sine", length=120, seed=7)
    assert json.loads(slalom(*argv, "--json").out) == response.summary()
    rows = slalom(*argv).out.splitlines()[2:]
    assert response.data.answer.max() < -response.data.answer.min()  # the peak is negative
    for row, label in zip(rows, response.data.rule.values, strict=True):
        answers = response.data.answer.sel(rule=label).values
        peak, last = map(float, row.removeprefix(label).split()[:2])
        assert peak == pytest.approx(answers[np.abs(answers).argmax()], rel=1e-4)
        assert last == pytest.approx(answers[-1], rel=1e-4)
        assert row.rstrip().endswith("finished")


def test_a_response_that_overflows_is_a_result(slalom):
    argv = ("respond", "rectangles", "--rule", "gradient_descent(lr=1e308)", "--length", "9")
    [lane] = json.loads(slalom(*argv, "--json").out)["responses"]
    assert lane["answer"][0] == 1e308
    assert lane["answer"][-1] is None
    assert (lane["outcome"], lane["outcome_step"]) == ("diverged", 2)
    assert slalom(*argv).status == 0


def test_the_doctor_knows_the_versions(slalom):
    said = json.loads(slalom("doctor", "--json").out)
    for package in ("jax", "numpy", "xarray", "matplotlib"):
        assert said["versions"][package] == metadata.version(package)
    assert any("cpu" in device.lower() for device in said["devices"])
    shown = slalom("doctor").out
    for version in said["versions"].values():
        assert version in shown


def test_the_version(slalom):
    assert slalom("--version").out == f"slalom {metadata.version('slalom-optim')}\n"


@pytest.mark.parametrize("command", ["race", "respond", "rules", "landscapes", "signals", "doctor"])
def test_help_has_examples(slalom, command):
    shown = slalom(command, "--help")
    assert shown.status == 0
    assert f"Usage: slalom {command}" in shown.out
    if command != "doctor":
        assert f"\n slalom {command} " in shown.out
    assert slalom(command, "-h").out == shown.out


def test_nothing_asked_for_is_help(slalom):
    assert slalom().out == slalom("--help").out
    assert slalom("race").out == slalom("race", "--help").out
    assert slalom("respond").out == slalom("respond", "--help").out
