"""Numbers: over the inputs of PyTorch's own tests, every rule does what PyTorch's optimizer does.

Each test is one kind of check, for each optimizer of PyTorch that has a rule.
"""

import pytest
import torch

from slalom import SlalomError

from .of_torch import (
    INFOS,
    LAZY,
    MATRICES_ONLY,
    WITHOUT_DECAY,
    descend,
    differentiate,
    inputs,
    loss,
    ours,
    tensors,
    theirs,
    twins,
)

every = pytest.mark.parametrize("name", INFOS)
pytestmark = pytest.mark.filterwarnings("ignore:Sparse invariant checks:UserWarning")


def assert_close(name, found, expected, **tolerance):
    """Muon's matrices are orthogonal to the rounding of bfloat16 only, in PyTorch."""
    rough = {"rtol": 0.05, "atol": 2e-3} if name in MATRICES_ONLY else {"rtol": 1e-7, "atol": 1e-9}
    torch.testing.assert_close(found, expected, **{**rough, **tolerance})


@pytest.mark.parametrize("contiguous", [True, False])
@every
def test_steps(name, contiguous):
    for settings in inputs(name):
        other, own = tensors(name, contiguous=contiguous), tensors(name, contiguous=contiguous)
        expected = descend(name, theirs(name, other, settings), other)
        assert_close(name, descend(name, ours(name, own, settings), own), expected)


@pytest.mark.parametrize("compiled", [None, False])
@every
def test_single_precision(name, compiled):
    """By fused kernels and by the rule's own lines, with the settings that PyTorch names last."""
    settings, rough = inputs(name)[-1], name in MATRICES_ONLY
    for contiguous in (True, False):
        other, own = (tensors(name, torch.float32, contiguous) for _ in range(2))
        expected = descend(name, theirs(name, other, settings), other)
        found = descend(name, ours(name, own, settings, compiled), own)
        assert_close(name, found, expected, **({} if rough else {"rtol": 1e-4, "atol": 1e-6}))


@every
def test_half_precision(name):
    """Of one step: a rounding to bfloat16 decides about the rest."""
    settings = inputs(name)[0]
    other, own = tensors(name, torch.bfloat16), tensors(name, torch.bfloat16)
    expected = descend(name, theirs(name, other, settings), other, 1)
    found = descend(name, ours(name, own, settings), own, 1)
    torch.testing.assert_close(found, expected, rtol=0.02, atol=0.02)
    assert {p.dtype for p in own} == {torch.bfloat16}


@every
def test_schedulers(name):
    """All that PyTorch tests this optimizer with, on all groups and on one of two."""
    for constructors in INFOS[name].scheduler_inputs:
        for apart in (False, True):
            reached = []
            for make in (theirs, ours):
                params = tensors(name)
                groups = [{"params": params[:1]}, {"params": params[1:], "lr": 0.01}]
                optimizer = make(name, groups if apart else params, {})
                schedulers = [constructor(optimizer) for constructor in constructors]
                reached.append(descend(name, optimizer, params, 8, schedulers))
            assert_close(name, reached[1], reached[0])


@every
def test_a_tensor_rate_is_the_number_that_it_holds(name):
    """And it is read anew at each step, when it was changed in place."""
    for settings in inputs(name):
        reached = []
        for rate in (0.001, torch.tensor(0.001)):
            params = tensors(name)
            optimizer = ours(name, params, {**settings, "lr": rate})
            descend(name, optimizer, params, 3)
            group = optimizer.param_groups[0]
            if isinstance(rate, torch.Tensor):
                group["lr"].fill_(0.01)
            else:
                group["lr"] = float(torch.tensor(0.01))
            reached.append(descend(name, optimizer, params, 3))
        torch.testing.assert_close(reached[1], reached[0], rtol=1e-6, atol=0)


@every
def test_groups_have_rates_of_their_own(name):
    for settings in inputs(name):
        rate = float(settings.pop("lr", 0.01))
        reached = []
        for make in (theirs, ours):
            params = tensors(name)
            idle = torch.nn.Parameter(params[0].detach().clone())
            groups = [{"params": params, "lr": rate}, {"params": [idle]}]
            optimizer = make(name, groups, {**settings, "lr": 1e-28})
            found = descend(name, optimizer, params)
            reached.append([*found, idle.detach()])
        assert_close(name, reached[1], reached[0])


@pytest.mark.parametrize("name", [name for name in INFOS if name not in WITHOUT_DECAY])
def test_groups_have_decays_of_their_own(name):
    for settings in inputs(name):
        decay = settings.pop("weight_decay", 0.1) or 0.1
        reached = []
        for make in (theirs, ours):
            params = tensors(name)
            groups = [{"params": params[:1], "weight_decay": decay}, {"params": params[1:]}]
            optimizer = make(name, groups, {**settings, "weight_decay": 0.01})
            reached.append(descend(name, optimizer, params))
        assert_close(name, reached[1], reached[0])


@every
def test_numbers_and_groups_changed_in_the_middle_of_a_run(name):
    reached = []
    for make in (theirs, ours):
        params = tensors(name)
        optimizer = make(name, params[:1], {"lr": 0.01})
        descend(name, optimizer, params, 2)
        optimizer.param_groups[0]["lr"] = 0.02
        optimizer.add_param_group({"params": params[1:], "lr": 0.005})
        descend(name, optimizer, params, 2)
        optimizer.param_groups[1]["lr"] = 0.001
        optimizer.param_groups[0]["maximize"] = name != "Muon"
        reached.append(descend(name, optimizer, params, 2))
    assert_close(name, reached[1], reached[0])


@every
def test_dtypes_side_by_side(name):
    reached = []
    for make in (theirs, ours):
        wide, narrow = tensors(name), tensors(name, torch.float32)
        optimizer = make(name, [*wide, *narrow], {"lr": 0.01})
        found = descend(name, optimizer, wide, 2)
        for p, q in zip(wide, narrow, strict=True):
            q.grad = p.grad.float()
        optimizer.step()
        reached.append([*found, *[q.detach().double() for q in narrow]])
    assert_close(name, reached[1], reached[0], rtol=0.05 if name == "Muon" else 1e-4)


@every
def test_tensors_without_axes_and_without_elements(name):
    if name in MATRICES_ONLY:
        pytest.skip("steps matrices alone")
    reached = []
    for make in (theirs, ours):
        params = [
            torch.nn.Parameter(torch.tensor(0.5, dtype=torch.float64)),
            torch.nn.Parameter(torch.ones(1, dtype=torch.float64)),
            torch.nn.Parameter(torch.empty(0, 3, dtype=torch.float64)),
        ]
        chosen = params[1:2] if name in LAZY else params[:2] if name == "Adafactor" else params
        optimizer = make(name, chosen, {"lr": 0.01})
        for _ in range(3):
            for p in chosen:
                p.grad = p.detach() * 2
                if name in LAZY:
                    p.grad = p.grad.to_sparse()
            optimizer.step()
        reached.append([p.detach() for p in chosen])
    assert_close(name, reached[1], reached[0])


@every
def test_complex_parameters(name):
    """As pairs of real numbers, or refused in one line, where PyTorch refuses them too."""
    if not INFOS[name].supports_complex and name not in LAZY:
        with pytest.raises(SlalomError, match="is for real parameters") as caught:
            ours(name, tensors(name, torch.complex128), {})
        assert "\n" not in str(caught.value)
        return
    for settings in inputs(name):
        other, own = tensors(name, torch.complex128), tensors(name, torch.complex128)
        pairs = [torch.nn.Parameter(torch.view_as_real(p.detach().clone())) for p in other]
        kind = "Adam" if name in LAZY else name  # SparseAdam refuses them: its dense form
        found = descend(name, ours(name, own, settings), own)
        if name in LAZY:
            optimizer = ours(name, pairs, settings)
            for _ in range(5):
                optimizer.zero_grad()
                loss([torch.view_as_complex(p) for p in pairs]).backward()
                for p in pairs:
                    p.grad = p.grad.to_sparse(p.ndim - 1)
                optimizer.step()
            expected = [torch.view_as_complex(p.detach()) for p in pairs]
        else:
            expected = descend(kind, theirs(kind, other, settings), other)
        assert_close(name, found, expected)


@every
def test_sparse_gradients(name):
    """With the numbers of PyTorch's, of rows that are not coalesced; else refused in one line."""
    info = INFOS[name]
    takes = info.supports_sparse or info.only_supports_sparse_grads

    def rows(step):
        at = torch.tensor([[step % 4, (2 * step + 1) % 4, step % 4]])
        values = torch.linspace(-1, 1, 9, dtype=torch.float64).reshape(3, 3) + 0.1 * step
        return torch.sparse_coo_tensor(at, values, (4, 3))

    for settings in inputs(name):
        if takes and settings.get("weight_decay"):
            continue  # which PyTorch refuses for sparse gradients, as Slalom does
        reached = []
        for make in (theirs, ours):
            p = torch.nn.Parameter(torch.ones(4, 3, dtype=torch.float64))
            optimizer = make(name, [p], settings)
            for step in range(5):
                p.grad = rows(step)
                if not takes:
                    with pytest.raises((RuntimeError, SlalomError), match="sparse") as caught:
                        optimizer.step()
                    assert "\n" not in str(caught.value)
                else:
                    optimizer.step()
            reached.append(p.detach())
        assert_close(name, reached[1], reached[0])


@every
def test_without_gradients_nothing_moves(name):
    for settings in inputs(name):
        params = [p.detach() for p in tensors(name)]
        before = [p.clone() for p in params]
        optimizer = ours(name, params, settings)
        assert optimizer.step(lambda: 3.0) == 3.0
        assert all(map(torch.equal, params, before))
        assert not any(kept["step"] for kept in optimizer.state.values())


@every
def test_gradients_of_0_move_nothing_but_by_weight_decay(name):
    for settings in inputs(name):
        if name in ("AdamW", "Muon") or settings.get("weight_decay"):
            settings["weight_decay"] = 0.0
        if name == "ASGD":
            settings["lambd"] = 0.0
        params = tensors(name)
        before = twins(params)
        optimizer = ours(name, params, settings)
        for p in params:
            p.grad = torch.zeros_like(p)
            if name in LAZY:
                p.grad = torch.sparse_coo_tensor(size=p.shape, dtype=p.dtype)
        optimizer.step()
        torch.testing.assert_close(params, before, rtol=0, atol=0)


@every
def test_the_loss_of_a_closure_is_returned(name):
    """And gradients are on in it, whatever they are outside of it."""
    params = tensors(name)
    optimizer = ours(name, params, {})
    calls = []

    def closure():
        calls.append(torch.is_grad_enabled())
        return differentiate(name, optimizer, params)

    with torch.no_grad():
        first = optimizer.step(closure)
        second = optimizer.step(closure)
    assert calls == [True, True]
    assert second < first
    assert optimizer.step() is None
