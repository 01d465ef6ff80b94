"""S16: gradients that vanish on their way back through a deep network."""

from __future__ import annotations

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from ..problems import MLP, Samples, bundled, cross_entropy
from ..studies.bands import band
from ..studies.chart import Chart, Mark, Panel
from ..studies.statistics import geometric_interval
from .study import Figure, Study

NETWORKS = {"tanh": "glorot", "relu": "he"}
"""Each activation with the start that was made for it."""


def sensitivities(model: MLP, params: Any, samples: Samples) -> jax.Array:
    """The norm of the gradient that reaches each hidden layer, first layer first.

    It is that of the loss of one sample by what enters the layer's activation, which is the
    gradient by the layer's bias; the root of the mean square over samples.
    """

    def loss(biases: Any, x: Any, y: Any) -> Any:
        moved = [p | {"bias": b} for p, b in zip(params, biases, strict=True)]
        return cross_entropy(model.apply(moved, x[None]), y[None])[0]

    biases = [of_layer["bias"] for of_layer in params]
    slopes = jax.vmap(jax.grad(loss), in_axes=(None, 0, 0))(biases, *samples)
    return jnp.stack([jnp.sqrt(jnp.mean(jnp.sum(s**2, axis=-1))) for s in slopes[:-1]])


@functools.partial(jax.jit, static_argnames="model")
def _of_networks(model: MLP, networks: Any, samples: Samples) -> jax.Array:
    """The sensitivities of many networks, one after the other, on the first axis."""
    return jax.lax.map(lambda params: sensitivities(model, params, samples), networks)


def _networks(model: MLP, seeds: int, spread: float) -> Any:
    """The parameters of untrained networks, seeds on the first axis; biases are normal."""
    random = np.random.default_rng(0)
    networks = [model.init(random, np.float32) for _ in range(seeds)]
    first = jax.tree.map(lambda *each: np.stack(each), *networks)
    return [
        p | {"bias": np.float32(spread * random.standard_normal(p["bias"].shape))} for p in first
    ]


def reaching(
    activation: str, start: Any, depth: int, width: int, seeds: int, spreads: Any = (0.0,)
) -> np.ndarray:
    """The sensitivities of untrained networks on 100 digits, shape (spreads, depth, seeds).

    Args:
        activation: of the hidden layers.
        start: of the weights.
        depth: how many hidden layers.
        width: units in each of them.
        seeds: how many networks.
        spreads: standard deviations of the normal biases: the farther from 0, the more units
            are saturated.
    """
    digits, _ = bundled("digits")
    samples = Samples(digits.inputs[:100].astype(np.float32), digits.targets[:100])
    model = MLP((64, *[width] * depth, 10), activation, start)
    found = [_of_networks(model, _networks(model, seeds, s), samples) for s in spreads]
    return np.stack(found).swapaxes(1, 2)


def layers(*, depth: int = 20, width: int = 100, seeds: int = 20) -> Chart:
    """The gradient that reaches each layer of deep tanh and ReLU networks, by their start.

    Args:
        depth: how many hidden layers.
        width: units in each of them.
        seeds: how many networks, at least 2; the interval is of 95% for the geometric mean.
    """
    starts = tuple(NETWORKS.values())
    variables: dict[str, Any] = {}
    numbers = {}
    for start in starts:
        norms = np.stack([reaching(a, start, depth, width, seeds)[0] for a in NETWORKS])
        relative = norms / norms[:, -1:]
        variables |= band(relative, start, ("activation", "layer"), geometric_interval)
        for activation, of_seeds in zip(NETWORKS, factors_of(relative), strict=True):
            factor = geometric_interval(of_seeds).value
            numbers[f"factor a layer, {activation}, {start} start"] = factor
    data = xr.Dataset(variables, {"activation": list(NETWORKS), "layer": np.arange(1, depth + 1)})
    panels = tuple(
        Panel(
            start,
            x="layer",
            by="activation",
            low=f"{start}_low",
            high=f"{start}_high",
            log="y",
            xlabel="hidden layer, from the input",
            ylabel="gradient, relative to the last layer's",
            title=f"{start.capitalize()} start",
        )
        for start in starts
    )
    return Chart(data, f"The gradient on its way back through {depth} layers", panels, numbers)


def saturation(*, depth: int = 10, width: int = 100, seeds: int = 10, points: int = 9) -> Chart:
    """The factor by which a layer shrinks the gradient as its units are driven from 0.

    Args:
        depth: how many hidden layers.
        width: units in each of them.
        seeds: how many networks, at least 2; the interval is of 95% for the geometric mean.
        points: how many spreads of the biases, from 0 to 4.
    """
    spreads = np.linspace(0, 4, points)
    factors = np.stack(
        [
            factors_of(reaching(activation, start, depth, width, seeds, spreads))
            for activation, start in NETWORKS.items()
        ]
    )
    names = [f"{activation}, {start} start" for activation, start in NETWORKS.items()]
    data = xr.Dataset(
        band(factors, "factor", ("network", "spread"), geometric_interval),
        {"network": names, "spread": spreads},
    )
    panel = Panel(
        "factor",
        x="spread",
        by="network",
        low="factor_low",
        high="factor_high",
        xlabel="standard deviation of the biases",
        ylabel="factor a layer multiplies the gradient by",
        marks=(Mark(1.0, "neither shrinks nor grows"),),
    )
    ends = data.factor.values[:, -1]
    numbers = {f"factor at spread 4, {n}": float(f) for n, f in zip(names, ends, strict=True)}
    return Chart(data, "Saturated units let gradients vanish", (panel,), numbers)


def factors_of(norms: np.ndarray) -> np.ndarray:
    """By what a layer multiplies the norm on its way back, from (..., depth, seeds)."""
    return (norms[..., 0, :] / norms[..., -1, :]) ** (1 / (norms.shape[-2] - 1))


STUDY = Study(
    id="S16",
    title="Vanishing gradients",
    articles=("lecture",),
    about=(
        "A gradient on its way back through a network is multiplied, layer by layer, by the "
        "slopes of the activations and by the weights. Whether it vanishes depends on both. tanh "
        "is flat where its units are driven far from 0; ReLU has slope 1 wherever it is active, "
        "but is active for half of its inputs only, which the weights must make up for. So the "
        "study shows each activation with the start made for it, and with that of the other."
    ),
    figures=(
        Figure(
            "layers",
            "The gradient that reaches each layer",
            layers,
            shows="With Glorot's start the gradient shrinks less through tanh than through ReLU, "
            "where it loses about a factor of the root of two a layer. With He's start, made for "
            "ReLU, it passes through ReLU unchanged, and through tanh it even grows. Each curve is "
            "the geometric mean of 20 networks, its band the 95% interval of that mean.",
        ),
        Figure(
            "saturation",
            "What saturation does",
            saturation,
            shows="As biases drive the units from 0, each tanh layer passes less and less of the "
            "gradient on, while a ReLU layer passes on all of it wherever its units stand. Curves "
            "are geometric means of 10 networks, bands the 95% intervals of these means.",
        ),
    ),
    claims=("C45",),
)
