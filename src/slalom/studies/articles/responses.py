"""S1: what each rule makes of a sequence of gradients."""

from __future__ import annotations

from ..response import respond
from ..study import Figure, Study

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
        f"smoothed_nesterov(lr=0.25, momentum={DECAYS})",
        (
            "The look-ahead is averaged over three points on the way: something between momentum "
            "and Nesterov's rule."
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
            "Adadelta from a zero start steps by the size of its own steps before: it sets out "
            "carefully and gathers confidence."
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

SIGNALS = {
    "spikes": "The gradient is 1 at every sixtieth step and 0 between.",
    "rectangles": "The gradient jumps between +1 and -1 every twenty steps.",
    "noisy_sine": "The gradient is a slow sine with noise half as large.",
    "very_noisy_sine": "The gradient is a slow sine that noise nearly hides.",
    "uneven_sawtooth": "The gradient has teeth of twenty steps, four times lower from step 80 on.",
    "saturation": "The gradient is 1 for forty steps and 0 for forty, in turn.",
}

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
            title=f"{variant.replace('-', ' ').capitalize()} on {signal.replace('_', ' ')}",
            call=respond,
            arguments={"rules": rules, "signal": signal},
            shows=f"{gradient} {doing}",
        )
        for variant, (rules, doing) in VARIANTS.items()
        for signal, gradient in SIGNALS.items()
    ),
    claims=("C1", "C3", "C4", "C6", "C7", "C9", "C10", "C12", "C14", "C17", "C51", "C53", "C54",
            "C62"),
)  # fmt: skip
