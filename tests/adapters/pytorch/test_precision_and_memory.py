"""Half precision, loss scaling, and how many bytes a state takes."""

import warnings

import pytest
import torch
from torch import optim

from slalom import kernels
from slalom.torch import Optimizer

from .training import closure_for, loss_of, network, train, vector


@pytest.mark.parametrize("half", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("fused", [True, False])
def test_half_precision_with_a_wide_state(half, fused):
    """PyTorch's Adam in float32 over the same gradients, rounded to the dtype after each step."""
    start = torch.linspace(-2, 2, 7).to(half)
    p, oracle = torch.nn.Parameter(start.clone()), torch.nn.Parameter(start.float())
    compile_ = None if fused else False
    ours = Optimizer([p], "adam(lr=0.01)", state_dtype=torch.float32, compile=compile_)
    theirs = optim.Adam([oracle], lr=0.01)
    draws = torch.Generator().manual_seed(0)
    for _ in range(30):
        p.grad = torch.randn(7, generator=draws).to(half)
        oracle.grad = p.grad.float()
        ours.step()
        theirs.step()
        oracle.data = oracle.detach().to(half).float()
        assert torch.equal(p.detach().float(), oracle.detach())
    assert p.dtype is half
    assert ours.state[p]["v"].dtype is torch.float32
    torch.testing.assert_close(ours.state[p]["v"], theirs.state[oracle]["exp_avg_sq"])


def test_half_precision_as_it_is():
    model = network(torch.bfloat16)
    optimizer = Optimizer(model.parameters(), "adam(lr=0.01)")
    before = loss_of(model).item()
    train(model, optimizer, 30)
    assert loss_of(model).item() < before
    assert {e.dtype for s in optimizer.state.values() for e in list(s.values())[1:]} == {
        torch.bfloat16
    }


def test_gradient_scaling_skips_what_overflows():
    def run(model, optimizer):
        scaler = torch.amp.GradScaler("cpu", init_scale=2.0**8)
        for step in range(6):
            optimizer.zero_grad()
            scaler.scale(loss_of(model)).backward()
            if step == 3:
                next(model.parameters()).grad[0, 0] = float("inf")
            scaler.step(optimizer)
            scaler.update()
        return vector(model), scaler.get_scale()

    ours, theirs = network(torch.float32), network(torch.float32)
    optimizer = Optimizer(ours.parameters(), "adam(lr=0.01)", compile=False)
    found, scale = run(ours, optimizer)
    expected, expected_scale = run(theirs, optim.Adam(theirs.parameters(), 0.01))
    torch.testing.assert_close(found, expected)
    assert scale == expected_scale == 2.0**7
    assert {state["step"] for state in optimizer.state.values()} == {5}


PEERS = {
    "adam": (optim.Adam, {}),
    "adam(amsgrad=true)": (optim.Adam, {"amsgrad": True}),
    "sgd(momentum=0.9)": (optim.SGD, {"momentum": 0.9}),
    "gradient_descent": (optim.SGD, {}),
    "rmsprop": (optim.RMSprop, {}),
    "rmsprop(centered=true, momentum=0.9)": (optim.RMSprop, {"centered": True, "momentum": 0.9}),
    "adagrad": (optim.Adagrad, {}),
    "adamax": (optim.Adamax, {}),
    "nadam": (optim.NAdam, {}),
    "adadelta": (optim.Adadelta, {}),
}


def state_bytes(optimizer):
    entries = (e for state in optimizer.state.values() for e in state.values())
    return sum(e.nbytes for e in entries if isinstance(e, torch.Tensor))


@pytest.mark.parametrize("text", PEERS)
def test_not_a_byte_more_than_pytorch(text):
    ours, theirs = network(torch.float32), network(torch.float32)
    kind, settings = PEERS[text]
    optimizer, peer = Optimizer(ours.parameters(), text, compile=False), kind(theirs.parameters())
    if settings:
        peer = kind(theirs.parameters(), **settings)
    train(ours, optimizer, 2)
    train(theirs, peer, 2)
    count, tensors = vector(ours).numel(), len(list(ours.parameters()))
    whole = state_bytes(optimizer) // (4 * count)
    assert state_bytes(optimizer) <= state_bytes(peer)
    assert state_bytes(optimizer) - 4 * count * whole in (0, 4 * tensors), "arrays, and scalars"


def test_strided_parameters_and_gradients():
    """A transposed weight, and a gradient that is laid out otherwise."""
    start = torch.arange(6.0).reshape(2, 3)
    p, q = torch.nn.Parameter(start.clone().T), torch.nn.Parameter(start.clone().T.contiguous())
    ours, theirs = Optimizer([p], "adam(lr=0.1)"), optim.Adam([q], lr=0.1)
    for _ in range(3):
        p.grad = torch.ones(2, 3).T
        q.grad = torch.ones(3, 2)
        ours.step()
        theirs.step()
    assert not p.is_contiguous()
    torch.testing.assert_close(p.detach(), q.detach())


def test_a_fused_step_is_seen_by_autograd():
    p = torch.nn.Parameter(torch.ones(3))
    squares = p * p
    p.grad = torch.ones(3)
    Optimizer([p], "adam").step()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        squares.sum().backward()


def test_parameters_that_move_in_memory():
    """The views that fused steps keep are renewed."""
    p = torch.nn.Parameter(torch.zeros(3))
    optimizer = Optimizer([p], "gradient_descent(lr=1)")
    for _ in range(2):
        p.grad = torch.ones(3)
        optimizer.step()
        p.data = p.data.clone()
    assert p.tolist() == [-2.0] * 3


def test_without_numba_it_is_said_once(monkeypatch):
    monkeypatch.setattr(kernels, "available", lambda: False)
    model = network()
    optimizer = Optimizer(model.parameters(), "adam(lr=0.01)")
    with pytest.warns(UserWarning, match=r"slalom-optim\[fused\]") as said:
        optimizer.step(closure_for(model, optimizer))
    assert len(said) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        optimizer.step(closure_for(model, optimizer))
