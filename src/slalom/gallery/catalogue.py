"""All that the gallery shows. Importing it loads JAX, so only the workers do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..articles.catalogue import STUDIES
from ..articles.claims import Claim
from ..articles.claims.catalogue import CLAIMS
from ..articles.maps import MAPS
from ..articles.study import Study


@dataclass(frozen=True)
class Catalogue:
    """What a gallery is made of.

    Attributes:
        studies: those of the articles.
        maps: likewise, of maps.
        claims: all that may be shown.
        finder: the module whose `find` gives a claim by its id.
    """

    studies: Sequence[Study]
    maps: Sequence[Study]
    claims: Sequence[Claim]
    finder: str


CATALOGUE = Catalogue(
    tuple(STUDIES.values()), MAPS, tuple(CLAIMS.values()), "slalom.articles.claims.catalogue"
)
