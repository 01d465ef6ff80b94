"""The page on roles shows what its code prints, and names every recipe."""

import re
from pathlib import Path

from slalom.rules import RECIPES, parse

PAGE = (Path(__file__).parents[2] / "docs" / "roles.md").read_text()


def test_the_table_is_what_the_code_prints(capsys):
    [code] = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    [shown] = re.findall(r"^```text\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    exec(code, {"__name__": "page"})
    assert capsys.readouterr().out == shown


def test_every_recipe_is_there_and_reads():
    texts = re.findall(r"^\| `([^`]+)` \| ", PAGE, re.MULTILINE)
    written = [text for text in texts if "(" in text]
    assert {text.partition("(")[0] for text in written} == {*RECIPES, "partition"}
    for text in written:
        parse(text if text.startswith("partition") else f"{text} | adamw")
