"""State dicts, copies and hooks: what users of `torch.optim` do with one holds for every rule.

Each test is one kind of check, for each optimizer of PyTorch that has a rule.
"""

import copy
import io
import pickle

import pytest
import torch
from torch.optim.optimizer import (
    register_optimizer_step_post_hook,
    register_optimizer_step_pre_hook,
)

from .of_torch import INFOS, LAZY, descend, differentiate, inputs, ours, tensors, twins

every = pytest.mark.parametrize("name", INFOS)


def stepped(name, settings, steps=3, named=False):
    """An optimizer after some steps, and its parameters."""
    params = tensors(name)
    optimizer = ours(name, labelled(params) if named else params, settings)
    descend(name, optimizer, params, steps)
    return optimizer, params


def labelled(params):
    return [(f"p{i}", p) for i, p in enumerate(params)]


def without_names(saved):
    groups = [{k: v for k, v in g.items() if k != "param_names"} for g in saved["param_groups"]]
    return {**saved, "param_groups": groups}


def assert_same(found, expected):
    """State dicts: tensors bit by bit, all else equal and of one type."""
    assert type(found) is type(expected)
    if isinstance(expected, torch.Tensor):
        assert torch.equal(found, expected)
    elif isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for key, value in expected.items():
            assert_same(found[key], value)
    elif isinstance(expected, (list, tuple)):
        for one, other in zip(found, expected, strict=True):
            assert_same(one, other)
    else:
        assert found == expected


@pytest.mark.parametrize("names", [(False, False), (True, False), (False, True), (True, True)])
@every
def test_a_run_goes_on_from_a_state_dict(name, names):
    for settings in inputs(name):
        optimizer, params = stepped(name, settings, named=names[0])
        copies = twins(params)
        fresh = ours(name, labelled(copies) if names[1] else copies, settings)
        fresh.load_state_dict(copy.deepcopy(optimizer.state_dict()))
        expected = descend(name, optimizer, params)
        assert all(map(torch.equal, descend(name, fresh, copies), expected))
        assert_same(without_names(fresh.state_dict()), without_names(optimizer.state_dict()))
        if any(names):
            assert fresh.state_dict()["param_groups"][0]["param_names"] == ["p0", "p1"]


@every
def test_groups_listed_twice_look_the_same(name):
    for settings in inputs(name):
        optimizer, _ = stepped(name, settings)
        once = optimizer.state_dict()
        optimizer.param_groups.extend(optimizer.param_groups)
        twice = optimizer.state_dict()
        assert_same(twice["param_groups"][-1], once["param_groups"][-1])
        assert_same(twice["state"], once["state"])


@every
def test_a_state_dict_is_a_view(name):
    optimizer, params = stepped(name, {})
    saved = optimizer.state_dict()
    for number, p in enumerate(params):
        for entry, value in saved["state"][number].items():
            assert value is optimizer.state[p][entry]


@every
def test_an_older_state_dict_lacks_flags(name):
    for settings in inputs(name):
        optimizer, params = stepped(name, settings)
        saved = copy.deepcopy(optimizer.state_dict())
        for group in saved["param_groups"]:
            for flag in INFOS[name].not_og_supported_flags:
                group.pop(flag, None)
        twin = copy.deepcopy(optimizer)
        twin.load_state_dict(saved)
        assert_same(twin.state_dict()["state"], optimizer.state_dict()["state"])
        optimizer.load_state_dict(saved)
        descend(name, optimizer, params, 1)


@every
def test_files_hold_what_was_saved(name):
    """And are read with weights_only, PyTorch's default."""
    for settings in inputs(name):
        optimizer, _ = stepped(name, settings)
        file = io.BytesIO()
        torch.save(optimizer.state_dict(), file)
        file.seek(0)
        assert_same(torch.load(file, weights_only=True), optimizer.state_dict())


@pytest.mark.parametrize("kind", [float, torch.tensor])
@every
def test_counts_of_steps_may_be_numbers_or_tensors(name, kind):
    optimizer, params = stepped(name, {})
    saved = copy.deepcopy(optimizer.state_dict())
    for kept in saved["state"].values():
        kept["step"] = kind(kept["step"])
    optimizer.load_state_dict(saved)
    descend(name, optimizer, params, 1)
    assert {kept["step"] for kept in optimizer.state.values()} == {4}


@every
def test_loading_casts_to_the_parameters(name):
    optimizer, params = stepped(name, {})
    narrow = [torch.nn.Parameter(p.detach().float()) for p in params]
    fresh = ours(name, narrow, {})
    fresh.load_state_dict(optimizer.state_dict())
    for p, q in zip(params, narrow, strict=True):
        for entry, value in fresh.state[q].items():
            expected = optimizer.state[p][entry]
            if isinstance(value, torch.Tensor):
                assert value.dtype is torch.float32
                expected = expected.float()
            assert_same(value, expected)
    descend(name, fresh, narrow, 1)


@every
def test_a_tensor_rate_is_carried(name):
    params = tensors(name)
    optimizer = ours(name, params, {"lr": torch.tensor(0.002)})
    descend(name, optimizer, params, 2)
    copies = twins(params)
    fresh = ours(name, copies, {})
    fresh.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    rate = fresh.param_groups[0]["lr"]
    assert torch.equal(rate, torch.tensor(0.002))
    assert rate is not optimizer.param_groups[0]["lr"]
    expected = descend(name, optimizer, params)
    assert all(map(torch.equal, descend(name, fresh, copies), expected))


@every
def test_entries_of_ones_own_are_carried(name):
    optimizer, params = stepped(name, {})
    optimizer.state["test"], optimizer.state["table"] = 1, {"a": torch.ones(2)}
    optimizer.state[params[0]]["mine"] = torch.arange(3)
    copies = twins(params)
    fresh = ours(name, copies, {})
    fresh.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    assert fresh.state["test"] == 1
    assert torch.equal(fresh.state["table"]["a"], torch.ones(2))
    assert torch.equal(fresh.state[copies[0]]["mine"], torch.arange(3.0))
    expected = descend(name, optimizer, params)
    assert all(map(torch.equal, descend(name, fresh, copies), expected))


def note(optimizer):
    optimizer.state["test"] = 1


def take_out(optimizer, saved):
    saved["noted"] = saved["state"].pop("test", None) == 1
    return saved


@every
def test_hooks_before_saving(name):
    optimizer, _ = stepped(name, {})
    optimizer.register_state_dict_pre_hook(note)
    assert optimizer.state_dict()["state"]["test"] == 1


@every
def test_hooks_after_saving(name):
    optimizer, _ = stepped(name, {})
    optimizer.register_state_dict_post_hook(take_out)
    assert optimizer.state_dict()["noted"] is False


@every
def test_hooks_before_and_after_saving(name):
    optimizer, _ = stepped(name, {})
    optimizer.register_state_dict_pre_hook(note)
    optimizer.register_state_dict_post_hook(take_out)
    saved = optimizer.state_dict()
    assert saved["noted"] is True
    assert "test" not in saved["state"]


def in_place(optimizer, saved):
    saved["param_groups"][0]["lr"] = 0.002


def by_a_copy(optimizer, saved):
    changed = copy.deepcopy(saved)
    changed["param_groups"][0]["lr"] = 0.003
    return changed


def tell(optimizer):
    optimizer.state["rate"] = optimizer.param_groups[0]["lr"]


@every
def test_hooks_before_loading(name):
    optimizer, _ = stepped(name, {})
    saved = optimizer.state_dict()
    optimizer.register_load_state_dict_pre_hook(in_place)
    optimizer.load_state_dict(saved)
    assert optimizer.param_groups[0]["lr"] == 0.002
    optimizer.register_load_state_dict_pre_hook(by_a_copy, prepend=True)
    optimizer.load_state_dict(saved)
    assert optimizer.param_groups[0]["lr"] == 0.002, "the one before did not have the last word"


@every
def test_hooks_after_loading(name):
    optimizer, _ = stepped(name, {"lr": 0.01})
    optimizer.register_load_state_dict_post_hook(tell)
    optimizer.load_state_dict(optimizer.state_dict())
    assert optimizer.state["rate"] == 0.01


@every
def test_hooks_before_and_after_loading(name):
    optimizer, params = stepped(name, {})
    optimizer.register_load_state_dict_pre_hook(by_a_copy)
    optimizer.register_load_state_dict_post_hook(tell)
    optimizer.load_state_dict(optimizer.state_dict())
    assert optimizer.state["rate"] == 0.003
    descend(name, optimizer, params, 1)


@pytest.mark.parametrize("register", ["register_step_pre_hook", "register_step_post_hook"])
@every
def test_hooks_of_steps(name, register):
    optimizer, params = stepped(name, {}, 0)
    calls = []
    handle = getattr(optimizer, register)(lambda *given: calls.append(given[0]))
    descend(name, optimizer, params, 2)
    handle.remove()
    descend(name, optimizer, params, 1)
    assert calls == [optimizer, optimizer]


@every
def test_hooks_of_all_optimizers(name):
    optimizer, params = stepped(name, {}, 0)
    calls = []

    def noting(label):
        return lambda *_: calls.append(label)

    handles = [
        register_optimizer_step_pre_hook(noting("before all")),
        register_optimizer_step_post_hook(noting("after all")),
        optimizer.register_step_pre_hook(noting("before")),
        optimizer.register_step_post_hook(noting("after")),
    ]
    try:
        descend(name, optimizer, params, 2)
    finally:
        for handle in handles:
            handle.remove()
    descend(name, optimizer, params, 1)
    assert calls == ["before all", "before", "after", "after all"] * 2


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))])
@every
def test_copies_go_on(name, duplicate):
    for settings in inputs(name):
        optimizer, params = stepped(name, settings)
        optimizer.state["test"] = 1
        twin, copies = duplicate((optimizer, params))
        public = [{k for k in vars(o) if not k.startswith("_")} for o in (optimizer, twin)]
        assert public[0] == public[1]
        assert twin.state["test"] == 1
        expected = descend(name, optimizer, params)
        assert all(map(torch.equal, descend(name, twin, copies), expected))


@every
def test_states_are_not_empty(name):
    for settings in inputs(name):
        optimizer, params = stepped(name, settings, 1)
        assert {*optimizer.state} == {*params}
        assert all(optimizer.state.values())


@every
def test_it_can_be_printed(name):
    for settings in inputs(name):
        optimizer, params = stepped(name, settings, 1)
        first, *lines = repr(optimizer).splitlines()
        assert first.startswith(f"{type(optimizer).__name__}: ")
        assert lines[0].split() == ["parameter", "role", "rule", "lr", "decay", "shape", "count"]
        assert len(lines) == len(params) + 3  # a line below the names, and the sum


@every
def test_the_default_dtype_does_not_matter(name):
    before = torch.get_default_dtype()
    reached = []
    try:
        for dtype in (torch.float32, torch.float64):
            torch.set_default_dtype(dtype)
            optimizer, params = stepped(name, {})
            saved = copy.deepcopy(optimizer.state_dict())
            optimizer.load_state_dict(saved)
            reached.append(descend(name, optimizer, params))
    finally:
        torch.set_default_dtype(before)
    assert all(map(torch.equal, *reached))


@every
def test_gradients_are_kept_and_zeroed(name):
    optimizer, params = stepped(name, {}, 0)
    differentiate(name, optimizer, params)
    before = [p.grad.to_dense() if name in LAZY else p.grad.clone() for p in params]
    optimizer.step()
    assert all(torch.equal(p.grad.to_dense(), g) for p, g in zip(params, before, strict=True))
    optimizer.zero_grad(set_to_none=False)
    assert not any(p.grad.to_dense().any() for p in params)
    optimizer.zero_grad()
    assert all(p.grad is None for p in params)
