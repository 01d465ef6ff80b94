"""Following an optimizer of an installed package on one of the problems, in double precision.

A row of the goldens says which, and with what arguments. What a package draws, and what it does in
bfloat16 or float32, is replaced as it was for the file.
"""

import contextlib
import importlib
import importlib.util
from unittest import mock

import numpy as np
import torch

from .problems import problem
from .running import STEPS, FixedDraws

DTYPES = {"dtype:float64": {"torch": torch.float64, "jax": np.float64}}


def is_installed(row):
    """Whether the package of a row can be imported."""
    return importlib.util.find_spec(row.package.partition(".")[0]) is not None


def path(row, steps=STEPS):
    """The iterates of the package after each step, lists of arrays, and its state's bytes."""
    if row.package.startswith("timm"):
        importlib.import_module("..torchvision_operators", __package__)
    follow = _with_optax if row.package.startswith("optax") else _with_torch
    return follow(row, problem(row.problem), steps)


def _kwargs(row, library):
    """The package's own arguments, and those of the harness."""
    given = {k: DTYPES[v][library] if v in list(DTYPES) else v for k, v in row.kwargs.items()}
    ours = {k: given.pop(k) for k in list(given) if k.startswith("_")}
    return given, ours


def _with_torch(row, found, steps):
    with in_double():
        return _followed_by_torch(row, found, steps)


def _followed_by_torch(row, found, steps):
    kwargs, ours = _kwargs(row, "torch")
    mode = ours.get("_mode", "")
    params = [torch.nn.Parameter(torch.tensor(x)) for x in found.start]
    optimizer = _made(row, params, kwargs, ours)
    if mode.endswith("train"):
        optimizer.train()
    places = []
    for t in range(1, steps + 1):

        def closure(t=t):
            for p, g in zip(
                params, found.gradient([p.detach().numpy() for p in params], t), strict=True
            ):
                p.grad = torch.tensor(g)
            return torch.tensor(found.loss([p.detach().numpy() for p in params], t))

        closure()
        if mode == "sam":
            optimizer.step(closure)
        elif mode == "hessian":
            optimizer.step(hessian=_estimate(found, t) if t % 10 == 1 else None)
        else:
            with _fixed_draws(t):
                optimizer.step()
        places.append([p.detach().numpy().copy() for p in params])
    return places, _bytes(optimizer)


def _made(row, params, kwargs, ours):
    made = getattr(importlib.import_module(row.package), row.name)
    kwargs = {k: tuple(v) if isinstance(v, list) else v for k, v in kwargs.items()}
    base = ours.get("_base")
    if base is not None:
        module, name, numbers = base
        inside = getattr(importlib.import_module(module), name)
        if ours.get("_mode") == "sam":
            return made(params, base_optimizer=inside, **kwargs, **numbers)
        return made(inside(params, **numbers), **kwargs)
    if "_kinds" in ours:
        kinds = ours["_kinds"]
        groups = [
            {"params": [p for p in params if (p.ndim >= 2) == (kind == "matrix")], **numbers}
            for kind, numbers in kinds.items()
        ]
        return made(groups, **kwargs)
    if ours.get("_mode") in ("named", "unnamed"):
        name = "mlp.{}.weight" if ours["_mode"] == "named" else "part{}"
        return made([(name.format(i), p) for i, p in enumerate(params)], **kwargs)
    return made(params, **kwargs)


def _bytes(optimizer):
    """What the tensors of the state take, each storage once."""
    held = {}

    def look(value):
        if isinstance(value, torch.Tensor):
            storage = value.untyped_storage()
            held[storage.data_ptr()] = storage.nbytes()
        elif isinstance(value, dict):
            for part in value.values():
                look(part)
        elif isinstance(value, (list, tuple)):
            for part in value:
                look(part)

    look(dict(optimizer.state))
    return sum(held.values())


@contextlib.contextmanager
def in_double():
    """Lower precisions of PyTorch are float64 meanwhile, and nothing is compiled."""

    def same(tensor, *args, **kwargs):
        return tensor

    with contextlib.ExitStack() as stack:
        for name in ("bfloat16", "half", "float"):
            stack.enter_context(mock.patch.object(torch.Tensor, name, same))
        for name in ("bfloat16", "float32"):
            stack.enter_context(mock.patch.object(torch, name, torch.float64))
        stack.enter_context(mock.patch.object(torch, "compile", lambda made=None, **_: made))
        stack.callback(torch.set_default_dtype, torch.get_default_dtype())
        torch.set_default_dtype(torch.float64)
        yield


def _fixed_draws(t):
    """What is drawn from N(0, 1) is a formula of the step and of the place in the leaf."""

    def drawn(*size, **_):
        shape = tuple(size[0]) if size and not isinstance(size[0], int) else size
        j = np.arange(np.prod(shape, dtype=int)).reshape(shape)
        return torch.tensor(1.5 * np.sin(1.9 * t + 2.3 * j))

    return mock.patch.object(torch, "randn", drawn)


def _estimate(found, t):
    """The Hessian's diagonal, estimated by fixed signs."""
    signs = [FixedDraws(t, k).signs(x) for k, x in enumerate(found.start)]
    return [torch.tensor(u * h) for u, h in zip(signs, found.hessian(signs), strict=True)]


def _with_optax(row, found, steps):
    import jax
    import jax.numpy as jnp
    import optax

    kwargs, ours = _kwargs(row, "jax")
    mode = ours.get("_mode", "")
    module = importlib.import_module(row.package)
    if "_base" in ours:
        name, numbers = ours["_base"]
        inside = getattr(optax, name)(**numbers)
    if mode == "sam":
        rho = kwargs.pop("rho")
        outer = optax.chain(optax.contrib.normalize(), optax.sgd(rho))
        made = optax.contrib.sam(inside, outer, opaque_mode=True)
    elif mode == "sophia":
        made = _optax_sophia(module, kwargs, found)
    elif "_base" in ours:
        made = getattr(module, row.name)(inside, **kwargs)
    else:
        made = getattr(module, row.name)(**kwargs)
    if "_then" in ours:
        name, numbers = ours["_then"]
        made = optax.chain(made, getattr(optax, name)(**numbers))
    with jax.enable_x64(True):
        places = []

        @jax.jit
        def step(params, state, t):
            at = params.fast if mode == "lookahead" else params
            gradient = lambda p, _=0: found.gradient(list(p), t, jnp)  # noqa: E731
            more = {"grad_fn": gradient} if mode == "sam" else {}
            if "_value" in ours:
                more["value"] = found.loss(list(at), t, jnp)
            if mode == "sophia":
                more["obj_fn"] = t
            delta, state = made.update(gradient(at), state, params, **more)
            return optax.apply_updates(params, delta), state

        params = [jnp.asarray(x) for x in found.start]
        params = optax.LookaheadParams.init_synced(params) if mode == "lookahead" else params
        state = made.init(params)
        for t in range(1, steps + 1):
            params, state = step(params, state, np.float64(t))
            at = params.fast if mode == "lookahead" else params
            places.append([np.asarray(x) for x in at])
        held = sum(leaf.nbytes for leaf in jax.tree.leaves(state) if hasattr(leaf, "nbytes"))
        return places, held


def _optax_sophia(module, kwargs, found):
    """Optax's Sophia, with its estimate by fixed signs; `obj_fn` carries the step."""
    import jax.numpy as jnp
    import optax

    def init(params):
        return optax.EmptyState()

    def update(updates, state, params=None, obj_fn=None, **_):
        signs = [FixedDraws(obj_fn, k, jnp).signs(x) for k, x in enumerate(found.start)]
        products = found.hessian(signs)
        return [u * h for u, h in zip(signs, products, strict=True)], state

    estimator = optax.GradientTransformationExtraArgs(init, update)
    return module.sophia(hessian_diagonal_fn=estimator, **kwargs)
