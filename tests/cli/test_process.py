"""What only a process of its own can show: what it loads, and how it ends."""

import os
import signal
import subprocess
import sys
import time

import pytest

HEAVY = "jax", "jaxlib", "matplotlib", "numpy", "torch", "xarray"
LIGHT = (
    ["--help"], ["--version"], ["race", "--help"], ["rules"], ["rules", "adam"], ["signals"],
    ["landscapes"], ["landscapes", "bowl"], ["rac"], ["race", "bowl", "--out", "race.jpg"],
)  # fmt: skip


def test_lists_and_help_load_nothing_heavy(process):
    program = f"""
import sys
from slalom.cli import main
for argv in {LIGHT!r}:
    main(argv)
    loaded = [name for name in {HEAVY!r} if name in sys.modules]
    assert not loaded, (argv, loaded)
"""
    ran = process(command=("-c", program))
    _, complaints = ran.communicate(timeout=60)
    assert "Traceback" not in complaints, complaints
    assert ran.returncode == 0


@pytest.mark.parametrize(
    ("argv", "status"),
    [(["signals"], 0), (["signals", "spikes"], 0), (["signals", "spike"], 2), (["rac"], 2)],
)
def test_the_exit_status(process, argv, status):
    ran = process(*argv)
    out, complaints = ran.communicate(timeout=60)
    assert ran.returncode == status
    assert bool(out) == (status == 0)
    assert complaints.count("\n") == (status != 0)


def test_a_film_interrupted_leaves_nothing(process, tmp_path):
    ran = process("race", "bowl", "--rule", "adam", "--steps", "20000", "--out", "film.gif")
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob(".slalom-*/film.gif")):  # it is being written
        assert time.monotonic() < deadline
        assert ran.poll() is None
        time.sleep(0.02)
    ran.send_signal(signal.SIGINT)
    _, complaints = ran.communicate(timeout=60)
    assert ran.returncode == 130
    assert complaints == "slalom: interrupted\n"
    assert list(tmp_path.iterdir()) == []


def test_json_is_alone_on_standard_output(process, tmp_path):
    argv = ("race", "bowl", "--rule", "adam", "--json", "--out", "race.png")
    out, complaints = process(*argv).communicate(timeout=60)
    assert out.startswith("{")
    assert out.endswith("}\n")
    assert out.count("\n") == 1
    assert complaints == "wrote race.png\n"


@pytest.mark.parametrize("argv", [["rules"], ["rules", "--json"], ["--help"], ["race", "bowl"]])
def test_a_reader_that_left_gets_no_traceback(process, argv):
    reading, writing = os.pipe()
    os.close(reading)
    ran = process(*argv, stdout=writing)
    os.close(writing)
    _, complaints = ran.communicate(timeout=60)
    assert complaints == ""
    assert ran.returncode == 1


def test_a_terminal_without_the_letters_shows_the_rest(process, environment):
    ran = process("landscapes", env=environment | {"PYTHONIOENCODING": "ascii"})
    out, complaints = ran.communicate(timeout=60)
    assert (ran.returncode, complaints) == (0, "")
    assert "x? + y?" in out


def test_clearing_the_cache_clears_what_is_slaloms(process, environment, tmp_path):
    """Entries are known by the hashes in their names: a folder named alike may be another's."""
    ours = [f"xla/jit_f-{64 * '0'}.compiled", f"xla/jit_f-{64 * 'a'}-cache"]
    ours += [f"kernels/adam_{16 * 'b'}{end}" for end in (".py", ".sha256")]
    ours += [f"kernels/__pycache__/adam_{16 * 'b'}.prepare-1.py311.nbi"]
    others = ["xla/README", "kernels/adam.py", "other"]
    for name in (*ours, *others):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"12345")
    env = environment | {"SLALOM_CACHE_DIR": str(tmp_path)}
    out, _ = process("doctor", env=env).communicate(timeout=60)
    assert f"5 files, 0.0 MB in {tmp_path};" in " ".join(out.split())
    out, _ = process("doctor", "--clear-cache", env=env).communicate(timeout=60)
    assert "0 files" in out
    left = {str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*") if file.is_file()}
    assert left == set(others)
    assert not (tmp_path / "kernels/__pycache__").exists()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("slalom race hills", {"hills_and_canyon"}),
        ("slalom race bowl --rule nest", {"nesterov"}),
        ("slalom race -x --rule adama", {"adamax"}),
        ("slalom race bowl --rule clip_norm(1)|ave", {"clip_norm(1)|average"}),
        ("slalom respond satur", {"saturation"}),
        ("slalom rules one_", {"one_cycle"}),
        ("slalom race bowl --view su", {"surface"}),
        ("slalom race bowl --stat", {"--states"}),
        ("slalom land", {"landscapes"}),
    ],
)
def test_the_shell_completes(environment, words, found):
    asked = {"_SLALOM_COMPLETE": "complete_bash", "COMP_WORDS": words}
    asked["COMP_CWORD"] = str(words.count(" "))
    program = "import sys; from slalom.cli import main; sys.exit(main())"
    ran = subprocess.run(
        [sys.executable, "-c", program], env=environment | asked, capture_output=True, text=True,
        timeout=60,
    )  # fmt: skip
    assert set(ran.stdout.split()) == found
    assert ran.stderr == ""
