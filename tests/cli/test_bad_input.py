"""Misuse: one clear line on standard error, status 2, and nothing written."""

import pytest

RULE = ("--rule", "adam")
SPIKES = ("respond", "spikes")

# what is asked for, and what the line must tell: the thing that is wrong, and what is allowed
BAD = {
    "landscape": (("race", "rosenbrok"), ("rosenbrok", "rosenbrock")),
    "landscape in a family": (("race", "rosenbrock(dm=3)"), ("dm", "dim")),
    "member": (("race", "rosenbrock(dim=0)"), ("dim", "1 to")),
    "rule": (("race", "bowl", "--rule", "adm(lr=1)"), ("adm", "adam")),
    "argument": (("race", "bowl", "--rule", "adam(lrr=1)"), ("lrr", "lr")),
    "range": (("race", "bowl", "--rule", "adam(beta1=2)"), ("beta1", "[0, 1)", "2")),
    "type": (("race", "bowl", "--rule", "adam(lr=fast)"), ("lr", "number", "fast")),
    "convention": (("race", "bowl", "--rule", "adam(eps_inside=3)"), ("false, true", "3")),
    "rule text": (("race", "bowl", "--rule", "adam(lr=1"), ("expected ','", "end")),
    "wrapper": (("race", "bowl", "--rule", "clip_norm(1)"), ("wrapper needs a rule",)),
    "start length": (("race", "bowl", "--start", "1,2,3"), ("2 numbers", "3")),
    "start not finite": (("race", "bowl", "--start", "nan,1"), ("finite", "nan")),
    "start infinite": (("race", "bowl", "--start", "1,-inf"), ("finite", "inf")),
    "start of words": (("race", "bowl", "--start", "a,b"), ("--start", "numbers", "a,b")),
    "start empty": (("race", "bowl", "--start", ""), ("--start", "numbers", "''")),
    "no steps": (("race", "bowl", "--steps", "0"), ("steps", "at least 1", "0")),
    "negative steps": (("race", "bowl", "--steps", "-5"), ("steps", "at least 1", "-5")),
    "half steps": (("race", "bowl", "--steps", "1.5"), ("--steps", "whole", "1.5")),
    "steps of words": (("race", "bowl", "--steps", "many"), ("--steps", "whole", "many")),
    "tol": (("race", "bowl", "--tol", "-1"), ("tol", "above 0", "-1")),
    "tol of words": (("race", "bowl", "--tol", "small"), ("--tol", "number", "small")),
    "seed": (("race", "bowl", "--seed", "-1"), ("--seed", "from 0", "-1")),
    "large seed": (("race", "bowl", "--seed", str(2**32)), ("--seed", str(2**32 - 1))),
    "dtype": (("race", "bowl", "--dtype", "float16"), ("float16", "float32", "float64")),
    "view": (("race", "bowl", "--view", "side"), ("side", "contour", "surface")),
    "domain without area": (("race", "bowl", "--domain", "1,1,0,2"), ("area", "(1, 1)")),
    "domain upside down": (("race", "bowl", "--domain", "2,1,0,2"), ("area", "(2, 1)")),
    "domain of a formula": (("race", "x**2", "--domain", "3,-3"), ("area", "(3, -3)")),
    "domain of few axes": (("race", "bowl", "--domain", "0,1"), ("2 axes", "1")),
    "odd domain": (("race", "bowl", "--domain", "0,1,2"), ("(low, high)",)),
    "domain of words": (("race", "bowl", "--domain", "wide"), ("--domain", "numbers", "wide")),
    "formula": (("race", "x**"), ("expected a number", "x**")),
    "formula with a name": (("race", "sinn(x) + y"), ("sinn", "sin")),
    "complex formula": (("race", "sqrt(-1)*x"), ("no real value", "sqrt")),
    "formula nowhere real": (("race", "log(x - 100)"), ("no real value", "domain")),
    "formula of two values": (("race", "(x, y)"), ("expected ')'",)),
    "formula without variable": (("race", "3"), ("3", "variable")),
    "code": (("race", "__import__('os')"), ("unknown landscape", "__import__")),
    "no file": (("race", "nofile.py:f"), ("nofile.py",)),
    "no rule file": (("race", "bowl", "--rule", "nofile.py:f"), ("nofile.py",)),
    "ending": (("race", "bowl", "--out", "race.jpg"), ("race.jpg", ".png", ".mp4", ".nc", ".json")),
    "no ending": (("race", "bowl", "--out", "race"), ("race", ".png")),
    "no folder": (("race", "bowl", "--out", "no/race.png"), ("no/race.png", "no folder")),
    "same file": (("race", "bowl", "--out", "a.nc", "--out", "./a.nc"), ("./a.nc", "twice")),
    "surface": (
        ("race", "parabola_1d", "--view", "surface", "--out", "kept.png"),
        ("kept.png", "surface", "2 dimensions", "parabola_1d"),
    ),
    "option": (("race", "bowl", "--stpes", "3"), ("--stpes", "--steps")),
    "option with one minus": (("race", "bowl", "-steps", "3"), ("-steps", "--steps")),
    "option and value": (("race", "bowl", "--stpes=3"), ("--stpes", "--steps")),
    "no value": (("race", "bowl", "--steps"), ("--steps", "value")),
    "no value, minus": (("race", "-x", "--rule"), ("--rule", "value")),
    "one value of two": (
        ("map", "stability", "quadratic", "--widest", "1"), ("--widest", "2 values"),
    ),
    "two landscapes": (("race", "bowl", "saddle"), ("saddle",)),
    "no landscape": (("race", *RULE), ("LANDSCAPE",)),
    "command": (("rac", "bowl"), ("rac", "race")),
    "option of none": (("--versoin",), ("--versoin", "--version")),
    "signal": (("respond", "spike", *RULE), ("spike", "spikes")),
    "length": ((*SPIKES, *RULE, "--length", "0"), ("at least 1", "0")),
    "length of words": ((*SPIKES, *RULE, "--length", "long"), ("--length", "whole", "long")),
    "signal without rule": (SPIKES, ("rule", "adam(lr=0.1)")),
    "film of a response": ((*SPIKES, *RULE, "--out", "a.mp4"), ("a.mp4", ".png", ".nc", ".json")),
    "rule to explain": (("rules", "adm"), ("adm", "adam")),
    "file to explain": (("rules", "nofile.py:x"), ("nofile.py",)),
    "landscape to explain": (("landscapes", "rosenbrok"), ("rosenbrok", "rosenbrock")),
    "film of a landscape": (("landscapes", "bowl", "--out", "bowl.mp4"), ("bowl.mp4", ".png")),
    "which landscape": (("landscapes", "--out", "bowl.png"), ("which", "--out")),
    "signal to explain": (("signals", "saturatoin"), ("saturatoin", "saturation")),
    "doctor": (("doctor", "--clear"), ("--clear", "--clear-cache")),
}  # fmt: skip


@pytest.mark.parametrize(("argv", "told"), BAD.values(), ids=list(BAD))
def test_is_refused_in_one_line_with_nothing_written(slalom, tmp_path, argv, told):
    kept = tmp_path / "kept.png"
    kept.write_text("old")
    asked = ("--out", "kept.png", "--out", "new.json")
    takes_files = argv[0] in ("race", "respond") and "kept.png" not in argv

    # the refused option comes last, where it would be if it lacks its value
    result = slalom(argv[0], *(asked if takes_files else ()), *argv[1:])

    assert result.status == 2
    line = result.complaint
    assert line.startswith("slalom: ")
    assert "Value error" not in line  # how Pydantic begins
    for word in told:
        assert word in line
    assert [file.name for file in tmp_path.iterdir()] == ["kept.png"]
    assert kept.read_text() == "old"


def test_a_folder_that_cannot_be_written_to(slalom, tmp_path, monkeypatch):
    monkeypatch.setattr("os.access", lambda *_: False)  # root may write to any folder
    result = slalom("race", "bowl", "--out", "race.png")
    assert result.status == 2
    assert "not writable" in result.complaint


def test_a_place_that_is_a_folder(slalom, tmp_path):
    (tmp_path / "race.png").mkdir()
    result = slalom("race", "bowl", "--out", "race.png")
    assert result.status == 2
    assert "race.png: it is a folder" in result.complaint


@pytest.mark.parametrize("body", ["1/0", "x = (", "import nothing_of_that_name"])
def test_a_file_that_does_not_run(slalom, tmp_path, body):
    (tmp_path / "mine.py").write_text(body)
    result = slalom("race", "mine.py:f")
    assert result.status == 2
    assert "mine.py does not run" in result.complaint


@pytest.mark.parametrize(
    ("body", "told"), [("1j * x + y", "real number"), ("[x, y, x]", "(2,)"), ("3.0", "(2,)")]
)
def test_a_function_that_is_no_landscape(slalom, tmp_path, body, told):
    (tmp_path / "mine.py").write_text(f"def f(x, y):\n    return {body}\n")
    result = slalom("race", "mine.py:f", *RULE)
    assert result.status == 2
    assert told in result.complaint
