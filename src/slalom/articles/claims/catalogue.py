"""All claims by their ids."""

from __future__ import annotations

from collections.abc import Mapping

from ...errors import SlalomError, unknown
from . import (
    adadelta,
    adagrad,
    adam,
    averages,
    canyon,
    caught,
    conditioning,
    costs,
    falling_rates,
    lookahead,
    minibatches,
    momentum,
    networks,
    noise,
    plateaus,
    pytorch,
    rate_ranges,
    rates,
    rmsprop,
    saddles,
    smoothing,
    transfer,
    traps,
    tuning,
    units,
)
from .claim import Claim

_MODULES = (
    momentum,
    canyon,
    lookahead,
    caught,
    adagrad,
    adadelta,
    units,
    rmsprop,
    adam,
    averages,
    rates,
    traps,
    plateaus,
    conditioning,
    costs,
    falling_rates,
    pytorch,
    minibatches,
    networks,
    noise,
    rate_ranges,
    saddles,
    smoothing,
    transfer,
    tuning,
)

CLAIMS: Mapping[str, Claim] = {
    claim.id: claim
    for claim in sorted(
        (claim for module in _MODULES for claim in module.CLAIMS), key=lambda c: int(c.id[1:])
    )
}
"""In the order of their numbers."""


def find(id: str) -> Claim:  # noqa: A002 (it is what a claim calls it)
    """The claim of that id, in any case: `C18`, `c18`.

    Raises:
        SlalomError: there is none.
    """
    name = id.strip().upper()
    if name not in CLAIMS:
        raise SlalomError(unknown("claim", id, CLAIMS))
    return CLAIMS[name]
