"""Keras's optimizers on JAX: their traces, what they call their states, and their defaults."""

import contextlib
import functools
import inspect
import warnings

import jax
import numpy as np

from .traces import GRADIENTS, HALF, QUICK, Trace, flat

_MOMENTS = {"m": "_momentums", "v": "_velocities", "largest": "_velocity_hats"}
STATES = {
    "SGD": {"v": "-momentums"},
    "Adagrad": {"G": "_accumulators"},
    "RMSprop": {"E": "_velocities", "m": "_average_gradients", "b": "_momentums"},
    "Adadelta": {"E": "_accumulated_grads", "D": "_accumulated_delta_vars"},
    "Adam": _MOMENTS,
    "AdamW": _MOMENTS,
    "Adamax": {"m": "_m", "u": "_u"},
    "Lion": {"m": "_momentums"},
    "Nadam": {"m": "_momentums", "v": "_velocities", "product": "_u_product"},
    "Ftrl": {"z": "_linears", "n": "_accumulators"},
}


def defaults(name):
    """The defaults of an optimizer's signature."""
    import keras

    known = inspect.signature(getattr(keras.optimizers, name)).parameters
    return {parameter.name: parameter.default for parameter in known.values()}


def trace(name, options, xs, *, eps=None, rates=None, resumed=False):
    """Follow the gradients in two halves; `resumed`: saved and loaded between them."""
    with _double_precision():
        optimizer, follow = _compiled(name, tuple(sorted(options.items())))
        if rates is None:
            rates = np.full(2 * HALF, float(optimizer.learning_rate.value))
        eps = options.get("epsilon", defaults(name).get("epsilon")) if eps is None else eps
        values = [variable.value for variable in _built(name, options).variables]
        carry, halves = ([jax.numpy.asarray(x) for x in xs], values), []
        for half in (slice(None, HALF), slice(HALF, None)):
            if resumed and halves:
                carry = carry[0], _saved_and_loaded(name, options, carry[1])
            carry, found = follow(carry, [g[half] for g in GRADIENTS], rates[half], eps)
            halves.append(jax.tree.map(np.asarray, found))
    places, states = jax.tree.map(lambda a, b: np.concatenate([a, b]), *halves)
    begun = [np.concatenate([np.asarray(x)[None], p]) for x, p in zip(xs, places, strict=True)]
    return Trace(flat(begun), {entry: flat(leaves) for entry, leaves in states.items()})


def _built(name, options):
    import keras

    variables = [keras.Variable(np.zeros(g.shape[1:]), dtype="float64") for g in GRADIENTS]
    optimizer = getattr(keras.optimizers, name)(**options)
    optimizer.build(variables)
    return optimizer


def _saved_and_loaded(name, options, values):
    first, second, store = _built(name, options), _built(name, options), {}
    for variable, value in zip(first.variables, values, strict=True):
        variable.assign(value)
    with warnings.catch_warnings():  # Keras's own, about NumPy's copy keyword
        warnings.simplefilter("ignore", DeprecationWarning)
        first.save_own_variables(store)
    second.load_own_variables({key: np.array(value) for key, value in store.items()})
    return [variable.value for variable in second.variables]


@functools.cache
def _compiled(name, options):
    """One optimizer, and one compilation for all rates and eps."""
    optimizer = _built(name, dict(options))
    places = {id(variable): place for place, variable in enumerate(optimizer.variables)}
    states = {entry: _found(optimizer, theirs) for entry, theirs in STATES[name].items()}
    rate_place = places[id(optimizer.learning_rate)]

    def follow(carry, gs, rates, eps):
        if eps is not None:
            optimizer.epsilon = eps

        def step(carry, given):
            xs, values = carry
            gs, rate = given
            values = [*values[:rate_place], rate, *values[rate_place + 1 :]]
            xs, values = optimizer.stateless_apply(values, gs, xs)
            entries = {
                entry: [sign * values[places[id(variable)]] for variable in variables]
                for entry, (sign, variables) in states.items()
                if variables
            }
            return (xs, values), (xs, entries)

        return jax.lax.scan(step, carry, (gs, rates))

    return optimizer, jax.jit(follow, compiler_options=QUICK)


def _found(optimizer, theirs):
    """The sign and the variables, one a leaf, of one part of the state."""
    sign, attribute = (-1, theirs[1:]) if theirs.startswith("-") else (1, theirs)
    found = getattr(optimizer, attribute, [])
    return sign, list(found) if isinstance(found, (list, tuple)) else [found] * len(GRADIENTS)


@contextlib.contextmanager
def _double_precision():
    """The rate, too, has Keras's default dtype."""
    import keras

    before = keras.config.floatx()
    keras.config.set_floatx("float64")
    try:
        with jax.enable_x64(True):
            yield
    finally:
        keras.config.set_floatx(before)
