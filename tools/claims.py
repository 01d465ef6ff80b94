"""Puts all claims to the test and keeps the verdicts in docs/claims.md, and in short in README.md.

python -m tools.claims              runs them, minutes
python -m tools.claims FILE.json    from what `slalom claims --json` printed
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from slalom import atomic
from slalom.articles.claims.catalogue import find

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "docs" / "claims.md"
README = ROOT / "README.md"
SHORT = re.compile(r"(?<=<!-- claims -->\n).*?(?=<!-- end of claims -->)", re.DOTALL)
VERDICTS = ("holds", "holds in part", "does not hold")


def main(arguments: Sequence[str]) -> None:
    if arguments:
        told = Path(arguments[0]).read_text()
    else:
        command = [sys.executable, "-m", "slalom", "claims", "--json"]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    claims = json.loads(told)["claims"]
    rows = [
        f"| {_linked(c['id'])} | {c['claim']} | {', '.join(c['articles'])} | **{c['verdict']}** |"
        for c in claims
    ]
    head = "| claim | | article | verdict |\n|---|---|---|---|"
    about = (
        "Made by `make claims`: each verdict follows from the figures of an experiment by a rule\n"
        "that is written beside it. `slalom claims C18` shows both, the gallery the pictures.\n"
        "An id leads to the file of its experiment.\n"
    )
    atomic.write(TABLE, "\n".join(["# The claims of the articles", "", about, head, *rows, ""]))
    atomic.write(README, SHORT.sub(_short(claims), README.read_text()))


def _linked(claim: str) -> str:
    """A claim's id, with a link to the file of its experiment."""
    path = find(claim).measure.__module__.replace(".", "/")
    return f"[{claim}](../src/{path}.py)"


def _short(claims: Sequence[dict]) -> str:
    """How many claims there are of each verdict, and which."""
    lines = ["| verdict | | claims |", "|---|---|---|"]
    for verdict in VERDICTS:
        names = [c["id"] for c in claims if c["verdict"] == verdict]
        lines.append(f"| {verdict} | {len(names)} | {', '.join(names)} |")
    return "\n".join(["", *lines, "", ""])


if __name__ == "__main__":
    main(sys.argv[1:])
