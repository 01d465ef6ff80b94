"""The page on writing one's own rule does what it says, block by block."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

PAGE = Path(__file__).parents[2] / "docs" / "your-own-rule.md"
BLOCK = re.compile(r"^```(python|console)(?: file=(\S+))?\n(.*?)^```", re.MULTILINE | re.DOTALL)
BLOCKS = BLOCK.findall(PAGE.read_text())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A reader's folder, after every block of the page was run in it."""
    place = tmp_path_factory.mktemp("reader")
    environment = os.environ | {"MPLBACKEND": "agg", "COLUMNS": "100"}
    program = []
    for kind, name, text in BLOCKS:
        if name:
            (place / name).write_text(text)
        elif kind == "python":
            program.append(text)
    said = {"python": _run([sys.executable, "-W", "error", "-c", "\n".join(program)], place)}
    commands = [
        line.removeprefix("$ ") for kind, _, text in BLOCKS if kind == "console"
        for line in text.splitlines()
    ]  # fmt: skip
    for command in commands:
        words = shlex.split(command)
        assert words[0] == "slalom"
        said[words[1]] = _run([sys.executable, "-m", *words], place, environment)
    return place, said


def _run(command, place, environment=None):
    done = subprocess.run(
        command, cwd=place, env=environment, capture_output=True, text=True, timeout=300,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_program_prints_what_it_promises(folder):
    _, said = folder
    best, loss, calm, why_not, longest, point = said["python"].splitlines()
    assert best in ("adam(lr=0.25)", "lion(lr=0.05)")
    assert float(loss) == pytest.approx(0.0897, abs=1e-3)  # the global minimum
    assert np.isfinite(float(calm))
    assert why_not == "None"
    assert float(longest) == pytest.approx(0.1, rel=1e-12)
    # from (3, 4), of length 5: a step of 0.2 · 0.8 of it, or of 1/2 where that is shorter
    found = np.array(point.strip("[]").split(), float)
    np.testing.assert_allclose(found, np.array([0.6, 0.8]) * (5 - 4 / 2) * 0.84**6, rtol=1e-6)


def test_every_picture_is_there(folder):
    place, _ = folder
    pictures = {path.name for path in place.glob("*.png")}
    assert pictures == {"answer.png", "race.png", "basins.png", "diff.png"}


def test_it_is_explained(folder):
    _, said = folder
    assert "decay of the average that is kept" in said["rules"]


def test_it_is_the_lion_that_optax_has(folder):
    _, said = folder
    assert said["diff"].splitlines()[-1].endswith("the same, to rounding")


def test_its_path_by_hand(folder, monkeypatch):
    """Two steps with pencil and paper: signs of 0.1 g, and then of 0.9 m + 0.1 g."""
    place, _ = folder
    monkeypatch.syspath_prepend(place)
    from lion import Lion

    rule = Lion(lr=0.5)
    x = np.array([1.0, 1.0])
    state = rule.begin(x)
    step, state = rule.step(x, np.array([2.0, -1.0]), state)
    np.testing.assert_array_equal(step, [-0.5, 0.5])
    np.testing.assert_allclose(state.m, [0.02, -0.01], rtol=1e-14)
    # 0.9 · 0.02 - 0.1 · 0.1 > 0, and -0.9 · 0.01 + 0.1 · 0.05 < 0
    step, state = rule.step(x, np.array([-0.1, 0.05]), state, 2)
    np.testing.assert_array_equal(step, [-0.5, 0.5])


def test_its_coupled_rule_and_its_wrapper_by_hand(folder, monkeypatch):
    """On ½ 3 |x|² a step multiplies x by 1 - h (1 - h), h = 3 lr; the length is 5."""
    place, _ = folder
    monkeypatch.syspath_prepend(place)
    from more import Extragradient, LimitStep

    x, rule = [np.array([3.0]), np.array(4.0)], Extragradient(lr=0.25)
    g = [3 * part for part in x]
    step, _ = rule.step(x, g, (), grad=lambda point: [3 * part for part in point])
    np.testing.assert_allclose([step[0][0], step[1]], -0.75 * 0.25 * np.array([3.0, 4.0]))
    limited, _ = (LimitStep(0.5) | rule).step(x, g, (), grad=lambda _: g)
    np.testing.assert_allclose([limited[0][0], limited[1]], [-0.3, -0.4], rtol=1e-15)
