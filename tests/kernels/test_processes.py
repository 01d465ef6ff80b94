"""Kernels among threads, after forks, in other processes, and where nothing can be kept."""

import multiprocessing
import os
import subprocess
import sys
import threading

import numpy as np
import pytest

from slalom.kernels import Stepper, kernel
from slalom.rules import Adam, RMSProp

from .stepping import assert_same, begun, draw, eagerly

MANY = [(300_001,), (5,), (400, 500)]  # enough for several pieces


def run(rule, seed, threads=2, steps=8):
    """Steps many elements, and what the rule itself makes of them."""
    rng = np.random.default_rng(seed)
    xs = draw(rng, MANY, "float32")
    states, stepper = begun(rule, xs), Stepper(rule, "float32")
    expected, memory = [x.copy() for x in xs], begun(rule, xs)
    for t in range(1, steps + 1):
        gs = draw(rng, MANY, "float32")
        stepper.step(xs, gs, states, t, threads=threads)
        expected, memory = eagerly(rule, expected, gs, memory, t)
    return [xs, states], [expected, memory]


def test_threads_that_step_at_once():
    found, barrier = {}, threading.Barrier(3)

    def work(number):
        barrier.wait(60)
        found[number] = run((Adam(), RMSProp(), Adam(lr=0.1))[number], number)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert sorted(found) == [0, 1, 2]
    for ours, expected in found.values():
        assert_same(ours, expected, "float32")


def _in_child(steps, answers):
    if steps:
        ours, expected = run(Adam(), 5, steps=2)
        assert_same(ours, expected, "float32")
    answers.put("done")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*")
@pytest.mark.parametrize("steps", [False, True])
def test_a_forked_child(steps):
    """As a DataLoader's worker: it may step, or leave it, and the parent goes on."""
    run(Adam(), 1, steps=1)  # so that there are threads to lose
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    child = context.Process(target=_in_child, args=(steps, answers))
    child.start()
    assert answers.get(timeout=120) == "done"
    child.join(60)
    assert child.exitcode == 0
    assert_same(*run(Adam(), 2, steps=1), "float32")


ELSEWHERE = """
import numpy as np
from slalom.kernels import Stepper
from slalom.rules import Adam
x, g = np.zeros(3), np.ones(3)
rule = Adam(lr=0.5)
stepper = Stepper(rule, "float64")
stepper.step([x], [g], [rule.begin(x)], 1)
import sys
[module] = [m for n, m in sys.modules.items() if n.startswith("slalom_kernels.")]
stats = module.prepare.stats
print(x.round(6).tolist(), sum(stats.cache_hits.values()), module.advance.cache_hits)
"""


def elsewhere(folder):
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE],
        env={**os.environ, "SLALOM_CACHE_DIR": str(folder)},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_another_process_compiles_nothing(tmp_path):
    assert elsewhere(tmp_path) == "[-0.5, -0.5, -0.5] 0 0"
    assert elsewhere(tmp_path) == "[-0.5, -0.5, -0.5] 1 1"


OUTLIVING = """
import threading
import numpy as np
from slalom.kernels import Stepper
from slalom.rules import Adam
x, rule = np.zeros(300_000), Adam(lr=0.5)
stepper, state = Stepper(rule, "float64"), rule.begin(x)
stepper.step([x], [np.ones_like(x)], [state], 1, threads=2)

def work():
    threading.main_thread().join()
    stepper.step([x], [np.ones_like(x)], [state], 2, threads=2)
    stepper.step([x], [np.ones_like(x)], [state], 3, threads=3)
    print(set(x.round(6).tolist()))

threading.Thread(target=work).start()
"""


def test_a_thread_that_outlives_the_main_one():
    """When the interpreter is ending no thread can be started; three steps of 0.5 are taken."""
    command = [sys.executable, "-c", OUTLIVING]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.stderr == ""
    assert done.stdout.strip() == "{-1.5}"


@pytest.fixture
def forgetful(monkeypatch):
    kernel.kernel_of.cache_clear()
    yield monkeypatch
    kernel.kernel_of.cache_clear()


def place_of(stepper):
    """The file of its kernel; None where there is none."""
    return getattr(stepper._bound.kernel.module, "__file__", None)


def test_a_folder_that_cannot_be_used(forgetful, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    forgetful.setenv("SLALOM_CACHE_DIR", str(tmp_path / "file"))
    stepper = Stepper(Adam(), "float64")
    assert place_of(stepper) is None
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


@pytest.mark.parametrize("kept", ["*.nbi", "*.nbc", "*.sha256"])
@pytest.mark.parametrize("spoilt", ["cut", "zeros"])
def test_broken_remains_of_a_compilation_are_mended(forgetful, tmp_path, kept, spoilt):
    """A block of zeros, as a disk has it after a loss of power, is a valid pickle of no code."""
    forgetful.setenv("SLALOM_CACHE_DIR", str(tmp_path))
    Stepper(Adam(), "float64")
    broken = {}
    for file in tmp_path.rglob(kept):
        whole = file.read_bytes()
        start = len(whole) // 8
        broken[file] = whole[:start] + (
            b"" if spoilt == "cut" else bytes(start) + whole[2 * start :]
        )
        file.write_bytes(broken[file])
    assert broken
    kernel.kernel_of.cache_clear()
    stepper, x = Stepper(Adam(lr=0.5), "float64"), np.zeros(3)
    stepper.step([x], [np.ones(3)], begun(Adam(), [x]), 1)
    assert x.round(6).tolist() == [-0.5] * 3
    assert not [file for file in broken if file.read_bytes() == broken[file]]
    assert str(tmp_path) in place_of(stepper)


def test_a_file_cut_short_is_written_again(forgetful, tmp_path):
    forgetful.setenv("SLALOM_CACHE_DIR", str(tmp_path))
    Stepper(Adam(), "float64")
    [place] = (tmp_path / "kernels").glob("*.py")
    whole = place.read_text()
    place.write_text(whole[:100])
    kernel.kernel_of.cache_clear()
    assert place_of(Stepper(Adam(), "float64")) == str(place)
    assert place.read_text() == whole


def test_an_empty_name_keeps_nothing(forgetful, tmp_path):
    forgetful.setenv("SLALOM_CACHE_DIR", "")
    forgetful.chdir(tmp_path)
    assert place_of(Stepper(Adam(), "float64")) is None
    assert not list(tmp_path.iterdir())
