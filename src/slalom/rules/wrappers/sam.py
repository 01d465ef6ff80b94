"""SAM: the gradient at the nearby point where the loss is about highest."""

from __future__ import annotations

from dataclasses import dataclass

from ..counterpart import kozistr, optax, paper
from ..leaves import norm
from ..value import convention, hyper
from ..vocabulary import Number
from ..wrapper import Wrapper


@dataclass(frozen=True)
class SAM(Wrapper, name="sam"):
    """Sharpness-aware minimization: the rule inside steps by the gradient at a point uphill.

        e = rho g / (norm(g) + eps)
        g = gradient at x + e, of the same batch
        x by the rule inside, for that gradient

    The norm is that of all parameters together. `adaptive` (ASAM) climbs in units of the
    weights: `e = rho x² g / (norm(|x| g) + eps)`, with a rho of 0.5 to 2. Each step takes two
    gradients. `optax.contrib.sam` has eps = 0; pytorch_optimizer's SAM has 1e-12.

    Source: Foret et al., "Sharpness-aware minimization for efficiently improving
    generalization", 2021, arXiv 2010.01412; Kwon et al., "ASAM: adaptive sharpness-aware
    minimization", 2021, arXiv 2102.11600.
    """

    known = (
        paper(eps=0.0),
        optax(
            "contrib.sam",
            defaults={"eps": 0.0},
            unmatched=(
                *("optimizer", "adv_optimizer", "sync_period", "reset_state"),
                *("opaque_mode", "batch_axis_name"),
            ),
            departs="rho is the rate of adv_optimizer, and a call of update for the climb comes "
            "before that of the step; with opaque_mode one call makes both",
        ),
        kozistr("SAM", {"perturb_eps": "eps"}, unmatched=("base_optimizer", "use_gc")),
    )

    rho: Number = hyper(0.05, "how far to climb", "(0, inf)")
    eps: Number = hyper(1e-12, "added to the norm")
    adaptive: bool = convention(False, "climb in units of the weights")

    def update(self, g, grad, state, x, step):
        if self.adaptive:
            climb = self.rho * x * x * g / (norm(abs(x) * g) + self.eps)
        else:
            climb = self.rho * g / (norm(g) + self.eps)
        return step(grad(x + climb)), state
