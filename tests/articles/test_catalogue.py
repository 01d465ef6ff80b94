"""All studies are there, in order, and are found by name."""

import pytest

from slalom.articles.catalogue import STUDIES, find
from slalom.errors import SlalomError


def test_all_studies_in_order():
    assert list(STUDIES) == [f"S{number}" for number in range(1, 26)]
    assert all(study.id == name for name, study in STUDIES.items())


def test_a_study_is_found_by_name():
    assert find(" s8 ") is STUDIES["S8"]
    with pytest.raises(SlalomError, match="unknown study 'S26'; did you mean S6 or S2 or S25"):
        find("S26")
