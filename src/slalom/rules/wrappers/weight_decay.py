"""Weight decay, coupled (L2) and decoupled."""

from __future__ import annotations

from dataclasses import dataclass

from ..counterpart import ASKED, keras, optax, paper, torch
from ..value import convention, hyper
from ..vocabulary import Number
from ..wrapper import Wrapper


@dataclass(frozen=True)
class WeightDecay(Wrapper, name="weight_decay"):
    """Pulls the weights towards 0.

        coupled (L2):  g = g + weight_decay x
        decoupled:     x -= lr weight_decay x, beside the rule's own step

    `scaled=false` is the decoupled form without lr, as its paper has it. The coupled pull is
    that of the point where the gradient is taken, which for a look-ahead is not the iterate.

    Source: Krogh & Hertz, "A simple weight decay can improve generalization", 1991;
    decoupled: Loshchilov & Hutter, "Decoupled weight decay regularization", 2019.
    """

    # in PyTorch and Keras the argument of that name of their optimizers, AdamW apart
    known = (
        paper(weight_decay=ASKED),
        torch("", defaults={"weight_decay": ASKED}),
        keras("", defaults={"weight_decay": ASKED}, conventions={"decoupled": True}),
        optax("add_decayed_weights", defaults={"weight_decay": ASKED}),
    )

    weight_decay: Number = hyper(0.01, "strength of the pull")
    decoupled: bool = convention(False, "pull the weights, not the gradient")
    scaled: bool = convention(True, "multiply the decoupled pull by the learning rate")

    def gradient(self, g, x):
        return g if self.decoupled else g + self.weight_decay * x

    def update(self, state, x, step):
        if not self.decoupled:
            return step(), state
        delta = step()
        pull = step.rate * self.weight_decay if self.scaled else self.weight_decay
        return delta - pull * x, state
