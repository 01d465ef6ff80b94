"""`slalom diff`: the library's comparison, told on the terminal."""

import json

import pytest

from slalom import studies

QUICK = ("--landscape", "bowl", "--steps", "5")
PAIR = ("adam(lr=0.1)", "adam@keras(lr=0.1)")


def test_json_is_the_librarys_result_in_full_precision(slalom):
    result = slalom("diff", *PAIR, *QUICK, "--signal", "spikes", "--seed", 3, "--json")
    assert (result.status, result.err) == (0, "")
    [line] = result.out.splitlines()
    found = studies.diff(*PAIR, landscape="bowl", signal="spikes", steps=5, seed=3)
    assert json.loads(line) == found.summary()


def test_what_a_learner_reads(slalom):
    result = slalom("diff", *PAIR, *QUICK)
    lines = [line.split() for line in result.out.splitlines()]
    assert lines[0] == ["adam(lr=0.1)", "against", "adam@keras(lr=0.1)"]
    assert [line[:2] for line in lines[2:5]] == [
        ["landscape", "bowl"],
        ["signal", "noisy_sine"],
        ["network", "two"],
    ]
    assert all("step 1" in " ".join(line) for line in lines[2:5])
    assert " ".join(lines[5]) == "explained by eps (1e-8 → 1e-7) and eps_hat (false → true)"
    assert [line[:3] for line in lines[7:]] == [
        ["eps", "1e-8", "1e-7"],
        ["eps_hat", "false", "true"],
    ]


def test_a_setting_that_does_nothing_and_one_that_does_all(slalom):
    idle = slalom("diff", "rmsprop", "rmsprop(eps=0.1, lr_inside=false)", *QUICK)
    rows = [line.split() for line in idle.out.splitlines()[-2:]]
    assert rows == [["eps", "1e-8", "0.1", "100%"], ["lr_inside", "true", "false", "nothing"]]


def test_the_same(slalom):
    result = slalom("diff", "momentum", "momentum(lr_inside=false)", *QUICK)
    assert result.out.count("never") == 3
    assert "the same, to rounding, whatever the settings in which they differ" in result.out


def test_runs_that_fail_are_told(slalom):
    result = slalom("diff", "sgd(lr=0.1)", "sgd(lr=1e200)", *QUICK)
    assert result.status == 0
    assert "landscape: B diverged at step " in result.out


def test_pytorch_itself(slalom):
    result = slalom("diff", "torch:SGD(lr=0.1)", "sgd(lr=0.1)", *QUICK)
    assert "the same, to rounding" in result.out
    assert "A finding" not in result.out


def test_files_of_all_kinds(slalom, tmp_path):
    names = ["a.png", "a.svg", "a.pdf", "a.nc", "a.zarr", "a.json"]
    result = slalom("diff", *PAIR, *QUICK, *(arg for name in names for arg in ("--out", name)))
    assert sorted(result.err.splitlines()) == sorted(f"wrote {name}" for name in names)
    summary = json.loads((tmp_path / "a.json").read_text())
    assert summary["explanation"]["needed"] == ["eps", "eps_hat"]
    for name in ("a.nc", "a.zarr"):
        assert studies.load(tmp_path / name).summary() == summary
    for name, magic in (("a.png", b"\x89PNG"), ("a.svg", b"<?xml"), ("a.pdf", b"%PDF")):
        assert (tmp_path / name).read_bytes().startswith(magic)
    silent = slalom("diff", *PAIR, *QUICK, "--quiet", "--out", "b.json")
    assert silent.err == ""


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (("adma", "adam"), "unknown rule 'adma'; did you mean adam"),
        (("adam", "torch:Adma"), "unknown optimizer of PyTorch 'Adma'"),
        (("adam", "torch:Adam(lr=-1)"), "Invalid learning rate: -1"),
        (("adam", "adam", "--landscape", "bowel"), "unknown landscape 'bowel'"),
        (("adam", "adam", "--signal", "spike"), "unknown signal 'spike'"),
        (("adam", "adam", "--steps", "0"), "steps must be a whole number of at least 1"),
        (("adam", "adam", "--steps", "x"), "must be a whole number, got 'x'"),
        (("adam", "adam", "--out", "a.gif"), "its ending must be one of"),
        (("adam",), "B"),
    ],
)
def test_bad_input_is_one_line(slalom, tmp_path, argv, told):
    result = slalom("diff", *argv)
    assert result.status == 2
    assert told in result.complaint
    assert not list(tmp_path.iterdir())
