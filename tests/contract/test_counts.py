"""Counts that a user types have limits, in one line that says how much memory they would take."""

import re
import subprocess
import sys

import numpy as np
import pytest

import slalom
from slalom import SlalomError, descend, landscapes, memory
from slalom.descent import train
from slalom.problems import Batches, Linear, Problem, Samples, squared_error
from slalom.studies.maps import basins, sensitivity, stability
from slalom.workers import Pool

HUGE = 3_000_000_000
FITS_NOT = r"would take [\d.e+]+ \w+, and [\d.]+ \w+ of memory are free: choose "


def bowl(p):
    return (p**2).sum()


def problem():
    samples = Samples(np.ones((8, 2), np.float32), np.ones((8, 1), np.float32))
    return Problem("mine", samples, samples, Linear(2, 1), squared_error, squared_error)


TOO_MANY_STEPS = [
    lambda: descend("adam", bowl, [1.0], HUGE),
    lambda: descend("adam", bowl, [1.0], HUGE, path=False),
    lambda: descend("adam", bowl, starts=[[1.0]], steps=2**31 - 1, path=False),
    lambda: slalom.race("quadratic", "adam", steps=HUGE),
    lambda: slalom.diff("adam", "sgd", steps=HUGE),
    lambda: basins("himmelblau", "adam", size=4, steps=HUGE),
    lambda: sensitivity("quadratic", "adam", size=4, steps=HUGE),
    lambda: stability("quadratic", "momentum", size=4, steps=HUGE),
]
TOO_LARGE = [
    lambda: descend("adam", bowl, np.ones(1_000_000), 1_000_000),
    lambda: descend("adam", bowl, starts=np.ones((100_000, 2)), steps=10_000_000),
    lambda: descend("adam", bowl, np.ones(10_000), 10_000_000, states=True),
    lambda: slalom.race("quadratic", "adam(lr=[0.1, 0.2])", steps=2**31 - 2),
    lambda: slalom.diff("adam", "sgd", steps=2**31 - 2),
    lambda: slalom.respond("adam", "spikes", length=10**12),
    lambda: slalom.signals.find("spikes").values(length=10**13),
    lambda: basins("himmelblau", "adam", size=100_000),
    lambda: sensitivity("quadratic", "adam", size=100_000),
    lambda: stability("quadratic", "momentum", size=100_000),
    lambda: landscapes.himmelblau.mesh(10**7),
    lambda: Batches(epochs=10**13),
    lambda: train("adam", problem(), Batches(1, 10**9)),
    lambda: train("adam", problem(), seeds=range(10**12)),
    lambda: Pool(10**6),
]


@pytest.fixture
def little(monkeypatch):
    """A machine with 20 GiB of memory left, so that nothing here depends on the real one."""
    monkeypatch.setattr(memory, "available", lambda: 20 * 2**30)


@pytest.mark.parametrize("call", TOO_MANY_STEPS)
def test_steps_are_counted_in_32_bits(call, little):
    with pytest.raises(SlalomError, match=r"^steps must be at most 2,147,483,646, got [\d,]+$"):
        call()


@pytest.mark.parametrize("call", TOO_LARGE)
def test_what_does_not_fit_says_how_much_it_would_take(call, little):
    with pytest.raises(SlalomError, match=FITS_NOT) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_the_size_is_that_of_the_path(monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: 2**30)
    with pytest.raises(SlalomError) as caught:
        descend("adam", bowl, np.ones(1_000_000), 1000)
    path = 1001 * 8 * 1_000_000 / 2**30
    [told] = re.findall(r"would take ([\d.]+) GiB", str(caught.value))
    assert path < float(told) < 6 * path
    assert descend("adam", bowl, np.ones(1_000_000), 2, path=False).trace is None


def test_a_path_with_states_takes_more(monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: 2**28)
    size, steps = np.ones(100_000), 80
    assert descend("gradient_descent", bowl, size, steps, states=True).outcome.kind == "finished"
    with pytest.raises(SlalomError, match="would take"):
        descend("adam", bowl, size, steps, states=True)


def test_a_long_signal_needs_float64():
    with pytest.raises(SlalomError, match="in float32 a signal has at most 16,777,216 values"):
        slalom.respond("adam", np.broadcast_to(1.0, 2**24 + 1), dtype="float32")


@pytest.mark.parametrize("length", [2.5, True, "3"])
def test_a_length_is_a_whole_number(length):
    with pytest.raises(SlalomError, match="length must be a whole number, got"):
        slalom.signals.find("spikes").values(length=length)


LIMIT = 8_000_000  # KiB


def limited(*arguments):
    """A Python with so much memory, as `ulimit -v` leaves it."""
    shell = ["sh", "-c", f'ulimit -v {LIMIT} && exec "$@"', "sh", sys.executable]
    return subprocess.run([*shell, *arguments], capture_output=True, text=True, check=False)


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux")
def test_what_a_limit_leaves():
    found = limited("-c", "from slalom import memory; print(memory.available())")
    assert 0 < int(found.stdout) < 1024 * LIMIT


def test_what_a_container_leaves(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "CGROUP", tmp_path)
    assert memory._of_container() is None
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("1000\n")
    assert memory._of_container() is None
    (tmp_path / "memory.max").write_text("5000\n")
    assert memory._of_container() == 4000
    assert memory.available() == 4000


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ["race", "quadratic", "--rule", "adam", "--steps", "2000000000"],
        ["respond", "spikes", "--rule", "adam", "--length", "3000000000"],
    ],
)
@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux")
def test_a_command_ends_with_one_line(arguments):
    found = limited("-m", "slalom", *arguments)
    assert found.returncode == 2
    assert len(found.stderr.splitlines()) == 1
    assert "at most 2,147,483,646" in found.stderr or "of memory are free" in found.stderr
