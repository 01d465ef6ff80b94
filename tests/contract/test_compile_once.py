"""The loop compiles once per type of rule and landscape, never per hyperparameter value."""

import pytest

from slalom import landscapes
from slalom.descent import descend, loop

# Numbers of one kind of rule: those on one line share a compiled loop.
KINDS = [
    ("adam(lr=0.1)", "adam(lr=0.2, beta1=0.5, eps=1)", "adam(lr=1, beta2=0.9)"),
    ("adam(lr=exponential(0.1, rate=0.1))", "adam(lr=exponential(2, rate=0, offset=-1), beta1=0)"),
    ("momentum(lr=0.1)", "momentum(lr=0.2, momentum=0, dampening=0.5)"),
    ("rmsprop(momentum=0.5)", "rmsprop(lr=1, momentum=0.9)"),
    ("clip_norm(1) | sgd(0.1)", "clip_norm(cosine(2)) | sgd(0.1)", "clip_norm(3) | sgd(0.2)"),
    ("average(0.9) | noise(1) | nag(0.1)", "average(0) | noise(0) | nag(1)"),
    ("smoothed_nesterov(points=(1, 2))", "smoothed_nesterov(points=(0.5, 0), momentum=0.5)"),
]


@pytest.mark.parametrize("texts", KINDS, ids=lambda texts: texts[0])
def test_other_numbers_compile_nothing(texts):
    kinds = 1 + any("cosine" in text for text in texts)
    before = loop.one_path._cache_size()
    first = [descend(text, landscapes.matyas, steps=7) for text in texts]
    assert loop.one_path._cache_size() == before + kinds
    again = [descend(text, landscapes.matyas, start=(3, -2), steps=7) for text in texts]
    assert loop.one_path._cache_size() == before + kinds
    assert len({run.loss for run in [*first, *again]}) == 2 * len(texts)  # and yet they differ


def test_another_landscape_or_convention_compiles_anew():
    before = loop.one_path._cache_size()
    descend("adam(lr=0.3)", landscapes.booth, steps=7)
    descend("adam(lr=0.3)", landscapes.himmelblau, steps=7)
    descend("adam(lr=0.3, amsgrad=true)", landscapes.booth, steps=7)
    assert loop.one_path._cache_size() == before + 3
