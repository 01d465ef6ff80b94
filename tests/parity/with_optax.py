"""Optax's transformations: their traces, what they call their states, and their defaults."""

import functools
import inspect
import pickle

import jax
import numpy as np
import optax

from .traces import GRADIENTS, HALF, QUICK, Trace, flat

_MOMENTS = {"m": "mu", "v": "nu", "largest": "nu_max"}
STATES = {
    "sgd": {"v": "trace"},
    "averaged": {"v": "ema"},
    "adagrad": {"G": "sum_of_squares"},
    "rmsprop": {"E": "nu", "m": "mu", "b": "-trace"},
    "adadelta": {"E": "e_g", "D": "e_x"},
    "adam": _MOMENTS,
    "amsgrad": _MOMENTS,
    "adamw": _MOMENTS,
    "adamax": {"m": "mu", "u": "nu"},
    "radam": _MOMENTS,
    "nadam": _MOMENTS,  # it needs no product of momenta
}


def averaged(learning_rate, decay, debias):
    """Steps by an average of the gradients."""
    average = optax.ema(decay, debias=debias)
    return optax.chain(average, optax.scale_by_learning_rate(learning_rate))


def factory(name):
    """What makes the transformation of that name."""
    return averaged if name == "averaged" else getattr(optax, name)


def defaults(name):
    """The defaults of an optimizer's signature."""
    known = inspect.signature(factory(name)).parameters
    return {parameter.name: parameter.default for parameter in known.values()}


def trace(name, options, xs, *, rates, eps=None, resumed=False):
    """Follow the gradients in two halves; `resumed`: saved and loaded between them."""
    options = dict(options)
    before = options.pop("before", ())
    known = defaults(name)
    if eps is None:
        eps = options.get("eps", known.get("eps"))
    with jax.enable_x64(True):
        begin, follow = _compiled(name, before, tuple(sorted(options.items())))
        xs = [jax.numpy.asarray(x) for x in xs]
        carry, halves = (xs, begin(xs)), []
        for half in (slice(None, HALF), slice(HALF, None)):
            if resumed and halves:
                carry = pickle.loads(pickle.dumps(jax.tree.map(np.asarray, carry)))
            carry, found = follow(carry, [g[half] for g in GRADIENTS], rates, eps)
            halves.append(jax.tree.map(np.asarray, found))
    places, states = jax.tree.map(lambda a, b: np.concatenate([a, b]), *halves)
    begun = [np.concatenate([np.asarray(x)[None], p]) for x, p in zip(xs, places, strict=True)]
    return Trace(flat(begun), {entry: flat(leaves) for entry, leaves in states.items()})


@functools.cache
def _compiled(name, before, options):
    """What makes the first state, and what follows from it: one compilation for all eps, rates."""

    def transformation(rates, eps):
        extra = dict(options) | ({} if eps is None else {"eps": eps})
        return optax.chain(*before, factory(name)(lambda count: rates[count], **extra))

    def follow(carry, gs, rates, eps):
        def step(carry, gs):
            xs, state = carry
            updates, state = transformation(rates, eps).update(gs, state, xs)
            xs = optax.apply_updates(xs, updates)
            return (xs, state), (xs, _entries(name, state))

        return jax.lax.scan(step, carry, gs)

    return transformation((), None).init, jax.jit(follow, compiler_options=QUICK)


def _entries(name, state):
    found = {}
    for entry, theirs in STATES[name].items():
        leaves = _search(state, theirs.lstrip("-"))
        if leaves is not None:
            sign = -1 if theirs.startswith("-") else 1
            found[entry] = [sign * leaf for leaf in leaves]
    return found


def _search(state, name):
    """The field of that name, somewhere among the states of a chain."""
    if name in getattr(state, "_fields", ()):
        return getattr(state, name)
    parts = state if isinstance(state, tuple) else ()
    return next((found for part in parts if (found := _search(part, name)) is not None), None)
