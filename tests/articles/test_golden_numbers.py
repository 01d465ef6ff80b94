"""The numbers that the articles print are in the studies' data, to the digits given."""

import csv
from pathlib import Path

import pytest

import slalom
from slalom.articles import lecture, noise, rates

GOLDEN = Path(__file__).parents[1] / "golden.csv"
FIGURES = [
    figure
    for study in (rates.STUDY, noise.STUDY, lecture.STUDY)
    for figure in study.figures
    if figure.name in {"parabola", "wave", "without-noise", "canyon"}
]


def rows():
    lines = [line for line in GOLDEN.read_text().splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def races():
    return [figure.compute() for figure in FIGURES]


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row['landscape']} {row['rule']}")
def test_a_study_prints_the_articles_number(races, row):
    wanted = slalom.parse(row["rule"])
    found = [
        float(race.data.position.sel(rule=label, step=int(row["steps"]))[0])
        for race in races
        for label in race.data.rule.values
        if race.landscape.name == row["landscape"] and slalom.parse(str(label)) == wanted
        if race.data.sizes["step"] > int(row["steps"])
    ]
    assert found
    assert {f"{x:.{row['digits']}f}" for x in found} == {row["value"]}


@pytest.mark.parametrize(("schedule", "printed"), [("exponential", "-1.0437"),
                                                   ("polynomial", "-0.2408")])  # fmt: skip
def test_schedules_without_noise(races, schedule, printed):
    [race] = [r for r in races if any("exponential" in str(label) for label in r.data.rule.values)]
    [label] = [label for label in race.data.rule.values if schedule in str(label)]
    assert f"{float(race.data.position.sel(rule=label)[-1, 0]):.4f}" == printed
