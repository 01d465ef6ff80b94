"""torch.distributed.checkpoint of sharded parameters: runs go on as if never broken off."""

import copy
from pathlib import Path

import pytest
import torch
from torch.distributed import checkpoint as dcp
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_optimizer_state_dict,
    get_state_dict,
    set_model_state_dict,
    set_optimizer_state_dict,
    set_state_dict,
)
from torch.distributed.device_mesh import init_device_mesh

from .training import LR, SIDES, data, network, train, vector
from .two_processes import Twice

DOUBLE = torch.float64
FULL = StateDictOptions(full_state_dict=True, cpu_offload=True)


def sharded(side, seed=0):
    from torch.distributed.fsdp import fully_shard

    model = fully_shard(network(DOUBLE, seed), mesh=init_device_mesh("cpu", (2,)))
    return model, SIDES[side](model.parameters(), lr=LR)


def split(side, seed=0):
    from torch.distributed.tensor.parallel import (
        ColwiseParallel,
        RowwiseParallel,
        parallelize_module,
    )

    plan = {"0": ColwiseParallel(), "2": RowwiseParallel()}
    model = parallelize_module(network(DOUBLE, seed), init_device_mesh("cpu", (2,)), plan)
    return model, SIDES[side](model.parameters(), lr=LR)


def through_files(rank, side, made=sharded, path="files", options=None):
    """Saved by both processes, each its part, and loaded into a model of other numbers."""
    batch = data(DOUBLE, rank if made is sharded else 0)
    model, optimizer = made(side)
    train(model, optimizer, batch, 10)
    parts = get_state_dict(model, optimizer, options=options)
    dcp.save(dict(zip(("model", "optimizer"), parts, strict=True)), checkpoint_id=f"{path} {side}")
    model, optimizer = made(side, seed=5)
    loaded = dict(
        zip(("model", "optimizer"), get_state_dict(model, optimizer, options=options), strict=True)
    )
    dcp.load(loaded, checkpoint_id=f"{path} {side}")
    set_state_dict(
        model, optimizer, options=options,
        model_state_dict=loaded["model"], optim_state_dict=loaded["optimizer"],
    )  # fmt: skip
    train(model, optimizer, batch, 10)
    return vector(model)


def flattened(rank, side):
    options = StateDictOptions(flatten_optimizer_state_dict=True)
    return through_files(rank, side, path="flattened", options=options)


def in_tensor_parallel(rank, side):
    return through_files(rank, side, split, "split")


def gathered(rank, side):
    """The whole state in the first process, which has it alone, spread from there over both."""
    model, optimizer = sharded(side)
    train(model, optimizer, data(DOUBLE, rank), 10)
    model_state, state = get_state_dict(model, optimizer, options=FULL)
    model, optimizer = sharded(side, seed=5)
    spread = StateDictOptions(full_state_dict=True, broadcast_from_rank0=True)
    set_model_state_dict(model, model_state, options=spread)
    set_optimizer_state_dict(model, optimizer, state, options=spread)
    train(model, optimizer, data(DOUBLE, rank), 10)
    return vector(model)


def unbroken(rank, side, made=sharded):
    model, optimizer = made(side)
    train(model, optimizer, data(DOUBLE, rank if made is sharded else 0), 20)
    return vector(model)


def unbroken_in_tensor_parallel(rank, side):
    return unbroken(rank, side, split)


CASES = {
    "fully_shard, get_state_dict, dcp.save, dcp.load": (through_files, unbroken),
    "fully_shard, flatten_optimizer_state_dict, dcp.save, dcp.load": (flattened, unbroken),
    "fully_shard, full_state_dict, broadcast_from_rank0": (gathered, unbroken),
    "parallelize_module, dcp.save, dcp.load": (in_tensor_parallel, unbroken_in_tensor_parallel),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("two")


@pytest.fixture(scope="module")
def found(folder):
    runs = {case.__name__: case for pair in CASES.values() for case in pair}
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        return Twice(runs)


@pytest.mark.parametrize("what", CASES)
def test_resumed(what, found, report):
    resumed, whole = (found[case.__name__] for case in CASES[what])
    assert torch.equal(resumed[1], whole[1])  # of PyTorch's optimizer
    report.compare("torch", f"resumed: {what}", resumed[0], whole[0], vector(network(DOUBLE)), 0)


def test_from_two_processes_into_one(found, folder, report):
    """What two processes saved, after ten steps, is the state of one: all parameters whole."""
    assert found["through_files"]
    ended = []
    for side, make in SIDES.items():
        model = network(DOUBLE, 5)
        optimizer = make(model.parameters(), lr=LR)
        state = {
            "model": model.state_dict(),
            "optimizer": get_optimizer_state_dict(model, optimizer),
        }
        dcp.load(state, checkpoint_id=Path(folder, f"files {side}"), no_dist=True)
        model.load_state_dict(state["model"])
        set_optimizer_state_dict(model, optimizer, copy.deepcopy(state["optimizer"]))
        train(model, optimizer, data(DOUBLE), 10)
        ended.append(vector(model))
    what = "from fully_shard in two processes into one, dcp.save, dcp.load"
    report.compare("torch", what, *ended, vector(network(DOUBLE)), 1e-12)
