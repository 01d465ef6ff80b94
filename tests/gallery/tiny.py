"""A catalogue that is quick to build."""

from tiny_claims import CLAIMS
from tiny_studies import LINE, MAP, RACE

from slalom.gallery.catalogue import Catalogue

TINY = Catalogue((LINE, RACE), (MAP,), CLAIMS, "tiny_claims")
