"""The states of RMSProp in Optax have the names that it really has there."""

import jax
import numpy as np
import optax
import pytest

from slalom.rules import RMSProp
from slalom.rules.presets import counterparts

[OPTAX] = [one for one in counterparts(RMSProp) if one.library == "optax"]


@pytest.mark.parametrize("debias", [False, True])
@pytest.mark.parametrize("momentum", [None, 0.5])
@pytest.mark.parametrize("centered", [False, True])
def test_rmsprop(centered, momentum, debias):
    theirs = optax.rmsprop(0.1, centered=centered, momentum=momentum, bias_correction=debias)
    states = jax.tree.leaves(theirs.init(np.zeros(2)), is_leaf=lambda s: hasattr(s, "_fields"))
    known = {type(s).__name__: s._fields for s in states}
    entries = OPTAX.entries(RMSProp(0.1, centered=centered, momentum=momentum, debias=debias))
    assert all(one.theirs in known[one.kind] for one in entries)
    wanted = ["E"] + ["m"] * centered + ["b"] * (momentum is not None)
    assert sorted(one.ours for one in entries) == sorted(wanted)
