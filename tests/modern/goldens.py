"""The rows of `modern-golden.csv`, and our texts for them.

A row's text is that of the file; where it is a shorthand, or names a package's departures, the
table here says what it stands for.
"""

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from slalom.rules import Schedule, parse

FILE = Path(__file__).parents[1] / "modern-golden.csv"

# a sign step where h is next to 0: another rounding of the start ends 1e-8 away, in NumPy alone
ILL_CONDITIONED = {"optax.contrib: sophia@optax(lr=0.02)": 1e-8}

ADAM_SCHEDULE_FREE = "rmsprop(lr=0.05, decay=0.999, eps_inside=false, debias=true)"
WHERE_THEY_DIFFER = {
    "lion(lr=0.1, shape=tanh, smooth=2)": "lion(lr=0.1, smooth=2, shape=tanh)",
    # `begin` is a method of every rule
    "asgd(lr=0.01, decay=0.01, begin=20)": "asgd(lr=0.01, decay=0.01, after=20)",
    "adopt(lr=0.02, clip=none)": "adopt(lr=0.02, clip=false)",
    "grams(lr=0.02)": "grams() | adam(lr=0.02, eps=1e-6)",
    # whose package rectifies from rho 4 on, and adds eps to the corrected root
    "schedule_free(0.9) | radam(lr=0.05, beta1=0, fallback=none)": (
        "schedule_free(0.9) | radam(lr=0.05, beta1=0, threshold=4, fallback=skip, eps_hat=false)"
    ),
    "schedule_free(0.9) | radam(lr=0.05, beta1=0, fallback=gradient)": (
        "schedule_free(0.9) | "
        "radam(lr=0.05, beta1=0, threshold=4, fallback=gradient, eps_hat=false)"
    ),
    "cautious(plus=1) | lion(lr=0.01)": "cautious@kozistr | lion(lr=0.01)",
    "novograd@kozistr(lr=0.02, averaging=true)": "novograd@kozistr(lr=0.02, averaging=late)",
    # the package iterates in bfloat16, which was made float64 for the file
    "muon@torch(lr=0.02, weight_decay=0.1)": (
        "weight_decay(0.1, decoupled=true) | muon@torch(lr=0.02, ns_dtype=none)"
    ),
    "muon@torch(lr=0.02, scale=rms)": "muon@torch(lr=0.02, scale=rms, ns_dtype=none)",
    # eps is a lower bound of the norm there
    "muon(lr=0.02, scale=rms, nesterov=false)": (
        "muon(lr=0.02, scale=rms, nesterov=false, guard=max)"
    ),
    # its draws from N(0, 1) were replaced by signs for the file
    "sophia@kozistr(lr=0.02, clip=0.5)": "sophia@kozistr(lr=0.02, clip=0.5, draws=signs)",
    # told to factor everything
    "adafactor@optax(lr=0.05)": "adafactor@optax(lr=0.05, smallest=1)",
    "adafactor@optax(lr=0.05, beta1=0.9)": "adafactor@optax(lr=0.05, beta1=0.9, smallest=1)",
    # timm was told its beta1
    "mars@timm(lr=0.02)": "mars@timm(lr=0.02, beta1=0.95)",
    "mars@kozistr(lr=0.02, vectors=adamw, lr_vectors=0.01)": (
        "partition(matrices=mars@kozistr(lr=0.02), rest=adam(lr=0.01, beta2=0.95, eps_hat=true))"
    ),
    # which has the first axis for that of the outputs
    "centralize() | gradient_descent(lr=0.1)": "centralize@optax() | gradient_descent(lr=0.1)",
    "muon@kozistr(lr=0.02)": "muon@kozistr(lr=0.02, ns_dtype=none)",
    "muon(lr=0.02, adam_lr=0.01)": (
        "partition(matrices=muon(lr=0.02), rest=adam(lr=0.01, beta2=0.95, eps=1e-10))"
    ),
    "muon@optax(lr=0.02)": "partition(matrices=muon@optax(lr=0.02), rest=nadam@optax(lr=0.02))",
    "muon@optax(lr=0.02, nesterov=false, scale=0.2)": (
        "partition(matrices=muon@optax(lr=0.02, nesterov=false, scale=rms), "
        "rest=adam@optax(lr=0.02))"
    ),
}


def our_text(text):
    """What a text of the file is in Slalom."""
    text = WHERE_THEY_DIFFER.get(text, text)
    return text.replace("rmsprop(lr=0.05, decay=0.999, debias=true)", ADAM_SCHEDULE_FREE)


@dataclass(frozen=True)
class Corrected(Schedule, name="corrected"):
    """A rate times powers of a bias correction, `lr (1 - beta^t)^power`: of two packages."""

    lr: float = 0.05
    beta: float = 0.999
    power: float = 0.5

    def value(self, t, xp):
        return self.lr * (1 - self.beta**t) ** self.power


class Row(NamedTuple):
    """A run of 100 steps by another package."""

    text: str
    package: str
    name: str
    """of the optimizer there"""
    kwargs: dict
    """its arguments; names with _ are for `with_packages`"""
    problem: str
    agreement: float
    values: list
    """the first components of each leaf at the end"""

    @property
    def in_jax_layout(self):
        """Whether the outputs of a matrix are its last axis."""
        return self.package.startswith("optax")

    @property
    def tolerance(self):
        return max(1e-10, 10 * self.agreement)


def rule_of(row):
    """The rule that a row followed."""
    if row.text.startswith("schedule_free@paper"):  # its rate is lr sqrt(1 - beta2^t)
        inside = parse("schedule_free(0.9, warmup=10) | rmsprop(decay=0.999, eps_inside=false)")
        return inside.replace(rule=inside.rule.replace(lr=Corrected()))
    if row.text.startswith("lamb@kozistr"):  # the whole step times 1 / (1 - beta1^t)
        ratio = parse("lamb@kozistr(weight_decay=0.01)")
        decay = ratio.rule
        adam = decay.rule.replace(lr=Corrected(0.02, 0.9, -1.0))
        return ratio.replace(rule=decay.replace(rule=adam))
    return parse(our_text(row.text))


def read():
    """The rows, but for one that has no answer."""
    found = []
    with FILE.open(newline="") as lines:
        for line in csv.DictReader(lines):
            if "no one answer" in line["rule"]:
                continue
            values = [np.array(leaf.split(), float) for leaf in line["values"].split(";")]
            agreement = float(line["agreement"])
            kwargs = json.loads(line["kwargs"])
            named = line["rule"], line["package"], line["class"], kwargs
            found.append(Row(*named, line["problem"], agreement, values))
    return found
