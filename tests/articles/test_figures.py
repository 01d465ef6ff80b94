"""Every figure of these studies says what it is, and one of each study is made as shown."""

import re
from pathlib import Path

import pytest

from slalom.articles import (
    averages,
    comparison,
    difficult,
    forgetting,
    lecture,
    momentum,
    nesterov_suite,
    noise,
    notebook,
    rates,
    responses,
    traps,
)
from slalom.articles.today import (
    averaged_walk,
    clipped_steps,
    found_scale,
    lion_rates,
    singular_values,
)

SHOWN = [
    (responses.STUDY, "momentum-spikes"),
    (nesterov_suite.STUDY, "simple-quad-fixed-start"),
    (comparison.STUDY, "hills-and-canyon"),
    (notebook.STUDY, "adam-in-formula-and-code"),
    (rates.STUDY, "wave"),
    (averages.STUDY, "memory"),
    (momentum.STUDY, "overshoot"),
    (difficult.STUDY, "saddle"),
    (traps.STUDY, "cliff"),
    (noise.STUDY, "without-noise"),
    (lecture.STUDY, "canyon"),
    (forgetting.STUDY, "noisy-sine"),
    (singular_values.STUDY, "iterations"),
    (lion_rates.STUDY, "noise"),
    (averaged_walk.STUDY, "walk"),
    (clipped_steps.STUDY, "sizes"),
    (found_scale.STUDY, "scales"),
]


@pytest.mark.parametrize("study", [study for study, _ in SHOWN], ids=lambda study: study.id)
def test_a_figure_can_be_named_and_read_out(study):
    names = [figure.name for figure in study.figures]
    assert len(set(names)) == len(names)
    for figure in study.figures:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", figure.name)
        assert 30 < len(figure.shows) < 400, figure.name
        assert figure.shows.endswith(".")
        assert not figure.title.endswith(".")
    assert len(study.about) > 150
    assert all(re.fullmatch(r"C\d+", claim) for claim in study.claims)


@pytest.mark.parametrize(("study", "name"), SHOWN, ids=lambda x: getattr(x, "id", x))
def test_the_code_of_a_figure_runs_as_shown(study, name, tmp_path, monkeypatch):
    [figure] = [figure for figure in study.figures if figure.name == name]
    monkeypatch.chdir(tmp_path)
    exec(compile(figure.code, "figure", "exec"), {})
    assert [path.name for path in Path().iterdir()] == [f"{name}.png"]
    assert Path(f"{name}.png").read_bytes().startswith(b"\x89PNG")
