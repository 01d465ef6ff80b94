"""PyTorch's optimizers: their traces, and what they call their states."""

import contextlib
import pickle

import torch

from .traces import GRADIENTS, HALF, Trace, flat

_MOMENTS = {"m": "exp_avg", "v": "exp_avg_sq", "largest": "max_exp_avg_sq"}
STATES = {
    "SGD": {"v": "momentum_buffer"},
    "Adagrad": {"G": "sum"},
    "RMSprop": {"E": "square_avg", "m": "grad_avg", "b": "momentum_buffer"},
    "Adadelta": {"E": "square_avg", "D": "acc_delta"},
    "Adam": _MOMENTS,
    "AdamW": _MOMENTS,
    "Adamax": {"m": "exp_avg", "u": "exp_inf"},
    "RAdam": {"m": "exp_avg", "v": "exp_avg_sq"},
    "NAdam": {"m": "exp_avg", "v": "exp_avg_sq", "product": "mu_product"},
}


def trace(name, options, xs, *, eps=None, rates=None, resumed=False):
    """Follow the gradients; `resumed`: saved and loaded into another optimizer halfway."""
    options = options if eps is None else options | {"eps": eps}
    with _double_precision():
        parameters = [torch.nn.Parameter(torch.tensor(x)) for x in xs]
        optimizer = getattr(torch.optim, name)(parameters, foreach=False, **options)
        places, entries = [_arrays(parameters)], []
        for step, gs in enumerate(zip(*GRADIENTS, strict=True)):
            if resumed and step == HALF:
                saved = pickle.dumps(optimizer.state_dict())
                optimizer = getattr(torch.optim, name)(parameters, foreach=False, lr=7.0)
                optimizer.load_state_dict(pickle.loads(saved))
            if rates is not None:
                optimizer.param_groups[0]["lr"] = float(rates[step])
            for parameter, g in zip(parameters, gs, strict=True):
                parameter.grad = torch.tensor(g)
            optimizer.step()
            places.append(_arrays(parameters))
            entries.append([_entries(name, optimizer.state[p]) for p in parameters])
    states = {n: flat([[leaf[n] for leaf in step] for step in entries]) for n in entries[0][0]}
    return Trace(flat(places), states)


def _entries(name, state):
    names = {entry: theirs for entry, theirs in STATES[name].items() if theirs in state}
    return {entry: state[theirs].numpy().copy() for entry, theirs in names.items()}


def _arrays(parameters):
    return [parameter.detach().numpy().copy() for parameter in parameters]


@contextlib.contextmanager
def _double_precision():
    """NAdam keeps its product of momenta in the default dtype."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)
