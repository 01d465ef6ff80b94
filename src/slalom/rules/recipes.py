"""The recipes: where weight decay, rates and shapes go by the parameter."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..errors import SlalomError
from .layers import layers_of
from .leaf import Leaf
from .recipe import Change, Chosen, Recipe
from .rule import Number, Rule
from .value import convention, hyper

LIKE_ADAM = ("adam", "adam_lp", "adamax", "nadam", "radam", "adabelief", "adan", "adopt")
LIKE_ADAM += ("ademamix", "stable_adamw", "lion", "rmsprop", "novograd")
"""Rules whose step has the same size whatever the size of the gradient, component by component."""


@dataclass(frozen=True, init=False)
class NoDecay(Chosen, name="no_decay"):
    """No weight decay for some parameters.

        no_decay("bias", "norm") | adamw(0.001)     biases, and gains of normalizations
        no_decay("vector") | adamw(0.001)           all that has fewer than two dimensions
        no_decay("vector", "embedding", "*.gate") | adamw(0.001)

    The first is what BERT's code does and Transformers' `Trainer`; the second is timm's, which
    adds what a model names in `no_weight_decay()`, and nanoGPT's. It stands before the rule, or
    before one part of a partition, and makes `weight_decay` 0 wherever that is in the rule.
    """

    def changes(self, leaf, is_ordered):
        return dict.fromkeys(self.chosen(leaf), Change(decay=0.0))

    def check_rules(self, rules, leaf):
        if not any(hasattr(link, "weight_decay") for rule in rules.values() for link in rule):
            name = next(rule[-1].name for rule in rules.values())
            raise SlalomError(
                f"no_decay: {name} has no weight decay to leave out: "
                f"weight_decay(0.1, decoupled=true) | {name}"
            )


@dataclass(frozen=True, init=False)
class Frozen(Chosen, name="frozen"):
    """Parameters that stay as they are.

        frozen("encoder.*", "embedding") | adamw(0.001)

    They are no part of what the rule steps: no state, no weight decay, and no share in the norm
    that `clip_norm` measures. A parameter whose `requires_grad` is false is frozen without it.
    """

    def changes(self, leaf, is_ordered):
        return dict.fromkeys(self.chosen(leaf), Change(is_frozen=True))


@dataclass(frozen=True, init=False)
class RateFactor(Chosen, name="rate_factor"):
    """The learning rate of some parameters, multiplied by a number.

        rate_factor("head", factor=10) | adamw(1e-4)

    As the multipliers of the backbone, of biases or of a new head that Detectron2 and others have.
    """

    factor: Number = hyper(0.1, "what the rate is multiplied by")

    def changes(self, leaf, is_ordered):
        return dict.fromkeys(self.chosen(leaf), Change(rate=self.factor))

    def check_rules(self, rules, leaf):
        check_rates(self, rules, leaf)


@dataclass(frozen=True)
class LayerDecay(Recipe, name="layer_decay"):
    """A smaller learning rate for each layer that is nearer to the input.

        lr decay^(L + 1 - l)    for the parameters of layer l of L

        layer_decay(0.75) | no_decay("vector") | adamw(0.001)

    A layer is the first number in a name: 3 in `blocks.3.attn.qkv.weight`; in `layer2.0.conv1` the
    stacks follow one another. l is 0 for embeddings, and in PyTorch for all that the model has
    before its first layer; it is L + 1 for all else, as the head and the last normalization. So
    BEiT's code does it; timm's puts the last normalization a layer lower. Where weight decay is
    decoupled, it is that of the smaller rate.

    In PyTorch the rates of the groups are the smaller ones, from which PyTorch's schedulers begin.
    Schedulers that multiply by an entry `lr_scale` of each group themselves, as timm's and the
    loops of BEiT and MAE do, ask for `lr_scale=true`: the rates of the groups are then not
    multiplied, and steps are refused until a scheduler has set them.

    Source: Howard & Ruder, "Universal language model fine-tuning", 2018; Clark et al., "ELECTRA",
    2020; Bao et al., "BEiT: BERT pre-training of image transformers", 2022.
    """

    decay: Number = hyper(0.75, "factor from a layer to the one before it", "(0, 1]")
    lr_scale: bool = convention(
        False, "leave the factor to a scheduler, as an entry lr_scale of groups in PyTorch"
    )

    def changes(self, leaf, is_ordered):
        numbers, last = layers_of(leaf, is_ordered)
        above = {i: last - number for i, number in enumerate(numbers)}
        return {
            i: Change(rate=self.decay**n, is_noted=self.lr_scale)
            for i, n in above.items()
            if n > 0 or self.lr_scale
        }

    def check_rules(self, rules, leaf):
        check_rates(self, rules, leaf)


@dataclass(frozen=True)
class MuP(Recipe, name="mup"):
    """A learning rate for each width, which muP's rule for Adam gives.

        lr base / n,  weight_decay n / base     for matrices and heads with n inputs
        lr, weight_decay                        for embeddings and vectors

        mup(256) | adamw(0.01)

    so that the best lr of a narrow model, here one of 256 inputs, is the best of a wide one. A
    weight decay that is multiplied by the rate stays the same by that (`decay_stays=false`: only
    the rate changes). What muP asks of initial values, variances of 1 / n and of 1 / n² in the
    head, and of attention, 1 / d in the place of 1 / sqrt(d), is the model's to do; this is the
    table for a model without multipliers (table 3). n is that of each matrix, where the package
    `mup` has the ratio to a narrow model's: for layers whose inputs do not grow, and those that
    are four times as wide, that is another constant. Tied embeddings count as embeddings.

    Source: Yang et al., "Tensor programs V: tuning large neural networks via zero-shot
    hyperparameter transfer", 2022, arXiv 2203.03466.
    """

    base: Number = hyper(256, "the number of inputs at which lr is what is given", "(0, inf)")
    decay_stays: bool = convention(True, "keep the product of rate and weight decay")

    def changes(self, leaf, is_ordered):
        found = {}
        for i, one in enumerate(leaf):
            if one.role in ("matrix", "head"):
                factor = self.base / inputs_of(one)
                found[i] = Change(rate=factor, decay=1 / factor if self.decay_stays else None)
        return found

    def check_rules(self, rules, leaf):
        check_rates(self, rules, leaf)
        for i, (*_, rule) in rules.items():
            if rule.name not in LIKE_ADAM:
                raise SlalomError(
                    f"mup: its rates are those of Adam, and {leaf[i].name or 'a parameter'} goes "
                    f"by {rule.name}: let it stand before the part that is like Adam, as in "
                    "partition(matrices=muon(), rest=mup(256) | adamw())"
                )


@dataclass(frozen=True, init=False)
class Split(Chosen, name="split"):
    """Arrays that are several matrices, one under the other along their outputs.

        split("*.qkv.weight", blocks=3) | partition(matrices=muon(0.02), rest=adamw(3e-4))

    A rule of matrices such as Muon then steps queries, keys and values each by itself, which is
    another step than that of the whole. For queries, keys and values of different sizes give the
    number of all their heads: each head is a matrix then. For other rules it changes nothing.
    """

    blocks: int = convention(3, "equal matrices in each array", range(2, 100_000))

    def changes(self, leaf, is_ordered):
        found = self.chosen(leaf)
        for one in (leaf[i] for i in found):
            if len(one.shape) - one.batch < 2:
                raise SlalomError(f"split: {one.name} of shape {one.shape} is no matrix")
            if one.shape[one.axis] % self.blocks:
                raise SlalomError(
                    f"split: {one.name} has {one.shape[one.axis]} outputs, which {self.blocks} "
                    "does not divide; where blocks differ in size, give the number of all heads"
                )
        return dict.fromkeys(found, Change(blocks=self.blocks))


def inputs_of(leaf: Leaf) -> int:
    """How many inputs an output of a matrix has."""
    axes = range(leaf.batch, len(leaf.shape))
    return math.prod(leaf.shape[axis] for axis in axes if axis != leaf.axis)


def check_rates(recipe: Recipe, rules: Mapping[int, Sequence[Rule]], leaf: Sequence[Leaf]) -> None:
    """Raise unless the rules have rates.

    Raises:
        SlalomError: one has none.
    """
    for i, rule in rules.items():
        if not any(getattr(link, "lr", None) is not None for link in rule):
            raise SlalomError(
                f"{recipe.name}: {rule[-1].name}, the rule of {leaf[i].name or 'a parameter'}, has "
                f"no learning rate to multiply: give it one, {rule[-1].name}(lr=…)"
            )
