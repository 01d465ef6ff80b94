"""Runs every rule beside the packages that have it, and writes docs/packages.md.

python -m tools.packages

The rows are those of tests/modern-golden.csv; all packages must be installed: `make packages`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from importlib.metadata import packages_distributions, version
from pathlib import Path

from tests.modern.beside import Beside, compare
from tests.modern.goldens import Row, read
from tests.modern.with_packages import is_installed

from slalom import atomic

PAGE = Path(__file__).parents[1] / "docs" / "packages.md"
ABOUT = """\
# Beside the packages

`make packages` installs the packages that have today's rules, and steps each optimizer beside
Slalom's rule for 100 steps on a small problem, in float64. *Apart* is the largest
`|ours - theirs| / max(1, |theirs|)` over all components and all steps. A package computes some
things in bfloat16 or float32; these are made float64 for the comparison, and what it draws at
random is replaced by a formula. *State* is how many bytes the states of both take; Optax keeps
some counts that others keep as Python numbers. Schedule-Free's packages keep z alone and recover
the average from it and the iterate, which rounds at each step: here the average is kept. Lookahead
of pytorch_optimizer keeps its slow weights outside of the state.

| rule | optimizer | apart | state, ours | theirs |
|---|---|---|---|---|
"""


def main() -> int:
    rows = read()
    missing = sorted({row.package for row in rows if not is_installed(row)})
    if missing:
        sys.exit(f"not installed: {', '.join(missing)}; run `make packages`")
    found = []
    for row in rows:
        found.append(compare(row))
        print(f"{found[-1].difference:7.0e}  {row.package}.{row.name}  {row.text}", flush=True)
    atomic.write(PAGE, ABOUT + "".join(map(_line, found)) + "\n" + _versions(rows))
    apart = [one for one in found if not one.difference < one.tolerance]
    for one in apart:
        print(f"apart: {one.row.package}: {one.row.text}: {one.difference:.1e}")
    return 1 if apart else 0


def _line(one: Beside) -> str:
    row = one.row
    given = ", ".join(f"{k}={_written(v)}" for k, v in row.kwargs.items() if not k.startswith("_"))
    apart = "exact" if one.difference <= 1e-13 else f"{one.difference:.0e}"
    cells = (f"`{row.text}`".replace("|", "\\|"), f"`{row.package}.{row.name}({given})`", apart)
    return f"| {' | '.join(cells)} | {one.bytes} | {one.their_bytes} |\n"


def _written(value: object) -> str:
    return json.dumps(value).replace('"dtype:float64"', "float64")


def _versions(rows: Sequence[Row]) -> str:
    modules = {row.package.partition(".")[0] for row in rows}
    names = sorted({packages_distributions()[module][0] for module in modules})
    return f"With {', '.join(f'{name} {version(name)}' for name in names)}.\n"


if __name__ == "__main__":
    sys.exit(main())
