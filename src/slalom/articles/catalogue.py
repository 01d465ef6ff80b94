"""All studies by name."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import SlalomError, unknown
from . import (
    averages,
    batch_sizes,
    comparison,
    difficult,
    forgetting,
    four_steps,
    full_and_mini_batch,
    lecture,
    momentum,
    nesterov_suite,
    noise,
    notebook,
    rare_features,
    rates,
    responses,
    second_order,
    training_histories,
    transfer_orbit,
    traps,
    vanishing,
)
from .study import Study
from .today import averaged_walk, clipped_steps, found_scale, lion_rates, singular_values

STUDIES: Mapping[str, Study] = {
    study.id: study
    for study in (
        responses.STUDY,
        nesterov_suite.STUDY,
        comparison.STUDY,
        training_histories.STUDY,
        notebook.STUDY,
        batch_sizes.STUDY,
        transfer_orbit.STUDY,
        rates.STUDY,
        full_and_mini_batch.STUDY,
        averages.STUDY,
        momentum.STUDY,
        difficult.STUDY,
        traps.STUDY,
        noise.STUDY,
        lecture.STUDY,
        vanishing.STUDY,
        four_steps.STUDY,
        rare_features.STUDY,
        forgetting.STUDY,
        second_order.STUDY,
        singular_values.STUDY,
        lion_rates.STUDY,
        averaged_walk.STUDY,
        clipped_steps.STUDY,
        found_scale.STUDY,
    )
}
"""S1 to S25, in order: the articles' twenty, and five on the rules of today."""


def find(name: str) -> Study:
    """The study of that name, `S1` to `S25`, in capitals or not.

    Raises:
        SlalomError: there is none.
    """
    found = STUDIES.get(name.strip().upper())
    if found is None:
        raise SlalomError(unknown("study", name, STUDIES))
    return found
