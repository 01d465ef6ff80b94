"""docs/claims.md lists the claims that there are; `make claims` writes it."""

import inspect
import re
from pathlib import Path

from slalom.articles.claims import VERDICTS
from slalom.articles.claims.catalogue import CLAIMS

DOCS = Path(__file__).parents[2] / "docs"
ROW = re.compile(r"\| \[(C\d+)\]\((.+?)\) \| (.+) \| (.+) \| \*\*(.+)\*\* \|")


def test_every_claim_is_there_with_its_file():
    rows = ROW.findall((DOCS / "claims.md").read_text())
    assert [name for name, *_ in rows] == list(CLAIMS)
    for name, file, sentence, articles, verdict in rows:
        claim = CLAIMS[name]
        assert (DOCS / file).resolve() == Path(inspect.getsourcefile(claim.measure)).resolve()
        assert (sentence, articles) == (claim.sentence, ", ".join(claim.articles))
        assert verdict in VERDICTS
