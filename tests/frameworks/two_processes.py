"""Training in two processes that talk over gloo."""

import os
import socket
import traceback
import warnings
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp

from . import operators  # noqa: F401

Case = Callable[[int, str], torch.Tensor]
"""Trains in the process of a rank with the optimizer of a side, and gives all parameters."""


class Twice:
    """Cases that were run on both sides in two processes, all in the same two."""

    def __init__(self, cases: Mapping[str, Case], sides: tuple[str, ...] = ("slalom", "torch")):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        mp.spawn(_process, (cases, sides, port), nprocs=2)
        self.results = torch.load("results.pt")

    def __getitem__(self, what: str) -> list[torch.Tensor]:
        """The parameters as each side left them."""
        if isinstance(self.results[what], str):
            pytest.fail(self.results[what])
        return self.results[what]


def twice(cases: Mapping[str, Case]) -> Callable[..., Twice]:
    """A fixture of a module: its cases, run in a folder of their own."""

    @pytest.fixture(scope="module")
    def found(tmp_path_factory: pytest.TempPathFactory) -> Twice:
        with pytest.MonkeyPatch.context() as patched:
            patched.chdir(tmp_path_factory.mktemp("two"))
            return Twice(cases)

    return found


def _process(rank: int, cases: Mapping[str, Case], sides: tuple[str, ...], port: int) -> None:
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    os.environ |= {
        "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "RANK": str(rank),
        "LOCAL_RANK": str(rank), "WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2",
    }  # fmt: skip
    # a case in which the processes wait for each other fails, and does not hang
    dist.init_process_group("gloo", rank=rank, world_size=2, timeout=timedelta(seconds=120))
    results: dict[str, Any] = {}
    try:
        for what, case in cases.items():
            try:
                results[what] = [case(rank, side) for side in sides]
            except Exception:  # both processes fail alike, and the other cases are told too
                results[what] = traceback.format_exc()
        if rank == 0:
            torch.save(results, "results.pt")
    finally:
        dist.destroy_process_group()
