"""Options and their values, wherever they stand and however many they are."""

import json

import pytest

from slalom.studies.maps import stability

ARGUMENTS = ("map", "stability", "quadratic", "--rule", "momentum", "--json", "--quiet")
FEW = ("--size", "4", "--steps", "5")


@pytest.mark.parametrize("widest", [("--widest", "1", "3"), ("--widest=1", "3")])
@pytest.mark.parametrize("at_the_end", [True, False])
def test_an_option_of_two_values(slalom, widest, at_the_end):
    options = (*FEW, *widest) if at_the_end else (*widest, *FEW)
    result = slalom(*ARGUMENTS, *options)
    assert (result.status, result.err) == (0, "")
    expected = stability("quadratic", "momentum", 4, 5, widest=(1, 3)).summary()
    assert json.loads(result.out) == json.loads(json.dumps(expected))


def test_a_value_that_begins_with_a_minus(slalom):
    result = slalom(*ARGUMENTS, *FEW, "--widest", "-1", "3")
    assert result.status == 2
    assert "got -1 to 3" in result.complaint
