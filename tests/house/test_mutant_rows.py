"""The report of mutants is read again as it was written."""

from tools import mutant_rows
from tools.mutant_rows import Left, Row

ROWS = {
    "rules.adam": Row("0123456789", 10, {}),
    "rules.wrappers.sam": Row(
        "abcdef0123",
        4,
        {
            "slalom.rules.wrappers.sam.xǁSAMǁupdate__mutmut_1": Left("survived", "a → b; c"),
            "slalom.rules.wrappers.sam.x_f__mutmut_12": Left("timed out", "x | y → x"),
        },
    ),
}


def test_rows_are_read_as_they_were_written():
    text = mutant_rows.report(ROWS, {}, {"rules.text": 7}, 0.998)
    assert mutant_rows.read(text) == ROWS
    assert "12 of 14 killed: **85.7%** (wanted: 99.8%)" in text
    assert "rules.text (7)" in text


def test_what_changes_nothing_counts_for_nothing():
    excused = {"slalom.rules.wrappers.sam.x_f__mutmut_12": "it is sorted anyway"}
    text = mutant_rows.report(ROWS, excused, {}, 0.998)
    assert "12 of 13 killed" in text
    assert "1 more change nothing" in text
    assert mutant_rows.share(mutant_rows.read(text).values(), excused) == 12 / 13


def test_a_module_is_known_by_its_text():
    assert mutant_rows.source("rules.adam") != mutant_rows.source("rules.adamax")
    assert mutant_rows.source("rules.no_such_module") == ""
