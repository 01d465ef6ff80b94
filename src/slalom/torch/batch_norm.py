"""Statistics of batch normalization, which belong to the parameters that they were taken at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.nn.modules.batchnorm import _BatchNorm

from ..errors import SlalomError


def renew_batch_norm(
    model: torch.nn.Module,
    batches: Iterable[Any],
    forward: Callable[[Any], Any] | None = None,
) -> None:
    """Take the running statistics of all batch normalizations anew, at the parameters as they are.

    >>> with optimizer.evaluate():
    ...     slalom.torch.renew_batch_norm(model, batches)
    ...     loss = loss_of(model.eval())

    Schedule-Free, averages and slow copies are judged where the model was not trained, and the
    running statistics are those of the training. As `torch.optim.swa_utils.update_bn`, it goes
    through the batches once and keeps the mean over them; all other modules, such as dropout, are
    in evaluation mode meanwhile, and if anything fails all is as before.

    Args:
        model: with batch normalization.
        batches: inputs of the model, on its device, or tuples and lists that begin with one.
        forward: calls the model on one of the batches, where they are something else.

    Raises:
        SlalomError: the model keeps no such statistics, or there are no batches.
    """
    norms = [m for m in model.modules() if isinstance(m, _BatchNorm) and m.track_running_stats]
    if not norms:
        raise SlalomError("the model has no batch normalization that keeps running statistics")
    if forward is None:
        forward = _first_into(model)
    with _as_before_if_it_fails(norms), _only_these_train(model, norms), torch.no_grad():
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # the mean over all batches
        seen = False
        for batch in batches:
            forward(batch)
            seen = True
        if not seen:
            raise SlalomError("there are no batches to take the statistics from: give some inputs")


def _first_into(model: torch.nn.Module) -> Callable[[Any], Any]:
    return lambda batch: model(batch[0] if isinstance(batch, (tuple, list)) else batch)


@contextmanager
def _as_before_if_it_fails(norms: list[_BatchNorm]) -> Iterator[None]:
    kept = [{name: b.clone() for name, b in norm.named_buffers()} for norm in norms]
    try:
        yield
    except BaseException:
        with torch.no_grad():
            for norm, buffers in zip(norms, kept, strict=True):
                for name, buffer in norm.named_buffers():
                    buffer.copy_(buffers[name])
        raise


@contextmanager
def _only_these_train(model: torch.nn.Module, norms: list[_BatchNorm]) -> Iterator[None]:
    """Let all other modules evaluate, and put modes and momenta back."""
    modes = [(module, module.training) for module in model.modules()]
    momenta = [norm.momentum for norm in norms]
    try:
        model.eval()
        for norm in norms:
            norm.train()
        yield
    finally:
        for module, mode in modes:
            module.training = mode
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
