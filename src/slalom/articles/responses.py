"""S1: what each rule makes of a sequence of gradients."""

from __future__ import annotations

from ..studies.response import respond
from .study import Figure, Study

DECAYS = "[0.25, 0.9, 0.975]"
VARIANTS = {
    "momentum": (
        f"momentum(lr=0.25, momentum={DECAYS})",
        (
            "Momentum adds the gradients up and lets them fade: the larger it is, the larger the "
            "answer grows and the later it turns."
        ),
    ),
    "nesterov": (
        f"nesterov(lr=0.25, momentum={DECAYS})",
        (
            "Nesterov's rule reads the signal where its velocity is about to lead, so a large "
            "momentum sees far ahead, and may see past what comes next."
        ),
    ),
    "smoothed-nesterov": (
        f"smoothed_nesterov(lr=0.25, momentum={DECAYS}, points=(0.333, 0.667, 1))",
        (
            "The look-ahead is averaged over three points, a third, two thirds and all of the "
            "way: something between momentum and Nesterov's rule."
        ),
    ),
    "adagrad": (
        "adagrad(lr=2.5, eps=[1e-7, 0.1, 10])",
        (
            "Adagrad divides by all the gradients so far, so its answers fade; eps matters while "
            "little has been added up."
        ),
    ),
    "rmsprop": (
        f"rmsprop(lr=0.25, decay={DECAYS}, eps=1e-5, eps_inside=true)",
        (
            "RMSProp divides by the recent gradients alone: after a calm it answers strongly "
            "again, the sooner the faster it forgets."
        ),
    ),
    "adadelta-zero-start": (
        f"adadelta(lr=1, decay={DECAYS}, eps=0.001)",
        (
            "Adadelta from a zero start steps by the size of its own steps before; the larger its "
            "decay, the larger its answer."
        ),
    ),
    "adadelta-big-start": (
        f"adadelta(lr=1, decay={DECAYS}, eps=0.001, initial_delta_value=50)",
        (
            "Adadelta from a big start trusts itself at first: large steps, which a decay near 1 "
            "keeps up for long."
        ),
    ),
    "adam": (
        f"adam(lr=0.25, beta1={DECAYS}, beta2=0.999, eps=1e-7, eps_inside=true)",
        (
            "Adam averages the gradients and divides by their size: the larger beta1, the smoother "
            "and later its answer."
        ),
    ),
}
"""Name to the rules on one picture, three values of one hyperparameter, and what they do."""

SPECIAL = {
    ("rmsprop", "spikes"): (
        "RMSProp divides by the recent gradients alone. Of a lone spike the average takes in the "
        "more the faster it forgets, so a decay of 0.25 divides by the most and answers least."
    ),
    ("adadelta-zero-start", "rectangles"): (
        "Adadelta from a zero start steps by the size of its own steps before: with a decay of "
        "0.25 they grow from one rectangle to the next, with 0.975 they are the same throughout."
    ),
    ("adadelta-zero-start", "uneven_sawtooth"): (
        "With a decay of 0.975 Adadelta's steps shrink with the teeth; with 0.25 it soon forgets "
        "the high ones, and answers low teeth as it did high ones."
    ),
    ("adadelta-zero-start", "saturation"): (
        "Adadelta from a zero start, with a decay of 0.25, sets out carefully on every pulse and "
        "gathers confidence; with 0.975 it steps evenly from the first pulse on."
    ),
}
"""What they do on a signal where that is to be told of it alone."""

NAMES = {"nesterov": "Nesterov", "smoothed-nesterov": "Smoothed Nesterov", "rmsprop": "RMSProp"}

SIGNALS = {
    "spikes": "The gradient is 1 at every sixtieth step and 0 between.",
    "rectangles": "The gradient jumps between +1 and -1 every twenty steps.",
    "noisy_sine": "The gradient is a slow sine with noise half as large.",
    "very_noisy_sine": "The gradient is a slow sine that noise nearly hides.",
    "uneven_sawtooth": "The gradient has teeth of twenty steps, four times lower from step 80 on.",
    "saturation": "The gradient is 1 for forty steps and 0 for forty, in turn.",
}


def _titled(variant: str) -> str:
    return NAMES.get(variant) or variant.replace("-", " ").capitalize()


STUDY = Study(
    id="S1",
    title="Responses of rules to signals",
    articles=("habr",),
    about=(
        "An update rule is a filter: gradients go in, steps come out. Here every rule is fed "
        "the same six artificial sequences of gradients, whatever it does with them, and its "
        "answer is what it would subtract from the parameter. Each picture varies one "
        "hyperparameter of one rule, so that its meaning can be seen apart from any landscape."
    ),
    figures=tuple(
        Figure(
            name=f"{variant}-{signal.replace('_', '-')}",
            title=f"{_titled(variant)} on {signal.replace('_', ' ')}",
            call=respond,
            arguments={"rules": rules, "signal": signal},
            shows=f"{gradient} {SPECIAL.get((variant, signal), doing)}",
        )
        for variant, (rules, doing) in VARIANTS.items()
        for signal, gradient in SIGNALS.items()
    ),
    claims=("C1", "C3", "C4", "C6", "C7", "C9", "C10", "C12", "C14", "C17", "C51", "C53", "C54",
            "C62"),
)  # fmt: skip
