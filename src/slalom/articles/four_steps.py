"""S17: the four steps of training, written out by hand.

A network with one hidden layer learns to tell three kinds of iris apart:

    a = x W1 + b1        h = tanh(a)          what the hidden units make of the inputs
    z = h W2 + b2        p = softmax(z)       the probability of each kind
    L = mean(-log p[y])                       small where the right kind is probable

Every update is four steps: `forward`, `loss`, `backward` and `update`. The gradients are derived
with pen and paper in `backward`; no library differentiates here.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import xarray as xr

from ..descent.training import first_params, train
from ..problems import Batches, Problem, Samples, mlp
from ..studies.chart import Chart, Panel
from .study import Figure, Study


class Network(NamedTuple):
    """The parameters: weights of shape (inputs, outputs) and biases of shape (outputs,)."""

    W1: np.ndarray
    b1: np.ndarray
    W2: np.ndarray
    b2: np.ndarray


class Activity(NamedTuple):
    """What the network computed on the way, one row a sample; `backward` needs it again."""

    h: np.ndarray
    p: np.ndarray


def forward(net: Network, x: np.ndarray) -> Activity:
    """Step 1: from inputs (n, inputs) to probabilities (n, classes)."""
    h = np.tanh(x @ net.W1 + net.b1)
    z = h @ net.W2 + net.b2
    e = np.exp(z - z.max(axis=1, keepdims=True))  # the same p, and no overflow
    return Activity(h, e / e.sum(axis=1, keepdims=True))


def loss(p: np.ndarray, y: np.ndarray) -> float:
    """Step 2: the mean cross entropy of probabilities (n, classes) and right classes (n,)."""
    return float(np.mean(-np.log(p[np.arange(len(y)), y])))


def backward(net: Network, x: np.ndarray, y: np.ndarray, seen: Activity) -> Network:
    """Step 3: the gradient, by the chain rule from the loss back to the inputs.

    - Of the loss by z: for one sample log p[y] = z[y] - log(sum(exp(z))), so by z[k] the loss has
      the slope p[k], less 1 where k is the right class; and the mean over n samples divides it.
    - Of z = h W2 + b2: W2[j, k] multiplies h[j], so its slope is h[j] times that of z[k]; b2[k] is
      added, so its slope is that of z[k]; both summed over samples. h[j] goes to every z[k] with
      the factor W2[j, k].
    - Of h = tanh(a): the slope is 1 - tanh(a)² = 1 - h².
    - Of a = x W1 + b1: as for z.
    """
    n = len(y)
    dz = seen.p.copy()
    dz[np.arange(n), y] -= 1
    dz /= n
    dW2 = seen.h.T @ dz
    db2 = dz.sum(axis=0)
    dh = dz @ net.W2.T
    da = dh * (1 - seen.h**2)
    dW1 = x.T @ da
    db1 = da.sum(axis=0)
    return Network(dW1, db1, dW2, db2)


def update(net: Network, gradient: Network, lr: float) -> Network:
    """Step 4: against the gradient."""
    return Network(*(w - lr * g for w, g in zip(net, gradient, strict=True)))


def trained_by_hand(
    net: Network, samples: Samples, batches: Batches, lr: float, seed: int
) -> tuple[Network, list[float]]:
    """The four steps over and over: the trained network, and the loss before every update."""
    inputs, targets = samples
    losses = []
    for table in batches.tables(samples.count, seed):
        for index in table.reshape(-1, table.shape[-1]):
            index = index[index < samples.count]  # the last batch of an epoch may be smaller
            x, y = inputs[index], targets[index]
            seen = forward(net, x)
            losses.append(loss(seen.p, y))
            net = update(net, backward(net, x, y, seen), lr)
    return net, losses


def iris_problem(hidden: int = 8) -> Problem:
    """The same network as a problem of the library."""
    return mlp("iris", (hidden,), "tanh")


def first_network(problem: Problem, seed: int) -> Network:
    """The parameters that the library begins with, as a `Network` in float64."""
    first, second = first_params(problem, seed, np.float64)
    return Network(first["weights"], first["bias"], second["weights"], second["bias"])


def curves(
    *, hidden: int = 8, epochs: int = 50, batch: int = 16, lr: float = 0.2, seed: int = 0
) -> Chart:
    """The training curve by hand, that of the library, and how far they part.

    Args:
        hidden: the number of hidden units.
        epochs: how often every sample is seen.
        batch: samples an update.
        lr: the learning rate.
        seed: of the weights and the batches.
    """
    problem, batches = iris_problem(hidden), Batches(batch, epochs)
    net = first_network(problem, seed)
    net, by_hand = trained_by_hand(net, problem.train, batches, lr, seed)
    run = train(f"sgd({lr})", problem, batches, seeds=(seed,), dtype=np.float64)
    library = run.data.loss.values[0]
    data = xr.Dataset(
        {
            "loss": (("code", "step"), np.stack([library, by_hand])),
            "apart": ("step", np.abs(library - by_hand)),
        },
        {"code": ["the library", "by hand"], "step": run.data.step.values},
    )
    right = np.mean(forward(net, problem.test.inputs).p.argmax(1) == problem.test.targets)
    numbers = {
        "largest difference": float(data.apart.max()),
        "final loss": float(data.loss[1, -1]),
        "share of test irises right": float(right),
    }
    panels = (
        Panel("loss", by="code", log="y", ylabel="loss of the batch", title="training loss"),
        Panel("apart", by=None, ylabel="difference of the losses", title="how far they part"),
    )
    return Chart(data, "Four steps by hand, and by the library", panels, numbers)


STUDY = Study(
    id="S17",
    title="The four steps of training",
    articles=("orbit", "medium"),
    about=(
        "Forward, loss, backward, update: that is all there is to training a network. Here each "
        "step is a few lines of NumPy, the backward one derived by hand, and a small network "
        "learns with them to tell three kinds of iris apart. The library, which has its gradients "
        "from automatic differentiation, walks the same curve to the last digits."
    ),
    figures=(
        Figure(
            "curves",
            "By hand, and by the library",
            curves,
            shows="The two training curves lie on each other; what parts them, drawn on the "
            "right, is the rounding of the last digits.",
        ),
    ),
)
