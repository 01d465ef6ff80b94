"""Texts that are probably wrong: soups of characters and pieces, and valid texts spoilt."""

import random

SEEDS = [
    "adam(lr=0.25, beta1=0.5, amsgrad=corrected)",
    "clip_norm(1.0) | weight_decay(0.01, decoupled=true) | sgd(lr=[0.1, 0.2], momentum=1/3)",
    "smoothed_nesterov(points=(1/2, 3/4, 1), weights=(1, 2, 4))",
    "rmsprop(lr=one_cycle(0.1, steps=1e3), momentum=none)",
    "nadam(lr=piecewise((0.1, 0.01), boundaries=(100,)), momentum_decay=inf)",
    "./rules/mine.py:Own(lr=[1, [2, 3]])",
    "adam@torch(lr=-0.1)",
    "optax:lion(0.01)",
]
SOUP = "()[]{}|,=:/@+-.*'\"\\;#%&!?<>~^$_ \t\n\r\0\x1b0123456789eEinfadmlrj"
PIECES = ["adam", "(", ")", "[", "]", "|", ",", "=", "lr", "1", "1e999", "-", "inf", "none", "true"]
PIECES += [
    "clip_norm",
    "exponential",
    "points",
    "x.py:",
    "~x/y.py:A",
    "é",
    "\u2028",
    "\ud800",
    "１",
]


def hostile(seed):
    """A text that is probably wrong."""
    rng = random.Random(seed)
    kind = rng.randrange(4)
    if kind == 0:
        return "".join(rng.choices(SOUP, k=rng.randrange(60)))
    if kind == 1:
        return "".join(rng.choices(PIECES, k=rng.randrange(1, 30)))
    if kind == 2:
        return "".join(chr(rng.randrange(0x110000)) for _ in range(rng.randrange(40)))
    text = list(rng.choice(SEEDS))
    for _ in range(rng.randrange(1, 6)):
        place = rng.randrange(len(text) + 1)
        change = rng.randrange(4)
        if change == 0:
            text[place:place] = rng.choice(SOUP)
        elif change == 1:
            del text[place : place + rng.randrange(1, 5)]
        elif change == 2:
            text[place:place] = text[: rng.randrange(20)]
        else:
            text[place : place + 1] = chr(rng.randrange(0x3000))
    return "".join(text)
