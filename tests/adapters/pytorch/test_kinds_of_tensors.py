"""Complex and sparse tensors, tensors without memory of their own, and the meta device.

Expected numbers are those of `torch.optim`, or those of the same rule on plain tensors.
"""

import copy

import pytest
import torch
from torch.testing._internal.two_tensor import TwoTensor

from slalom import SlalomError
from slalom.torch import Optimizer, from_torch

from .training import network, train, vector

COMPLEX = {
    "SGD": {"lr": 0.1},
    "SGD with momentum": {"lr": 0.1, "momentum": 0.9, "dampening": 0.1},
    "SGD with Nesterov's momentum": {"lr": 0.1, "momentum": 0.9, "nesterov": True},
    "Adagrad": {"lr": 0.1, "lr_decay": 0.1, "initial_accumulator_value": 0.1},
    "RMSprop": {"lr": 0.01, "momentum": 0.9, "centered": True},
    "Adadelta": {"lr": 1.0},
    "Adam": {"lr": 0.1, "amsgrad": True, "weight_decay": 0.1},
    "AdamW": {"lr": 0.1, "maximize": True},
    "Adamax": {"lr": 0.1},
    "NAdam": {"lr": 0.1},
}


def of_torch(name, params):
    return getattr(torch.optim, name.split()[0])(params, **COMPLEX[name])


def complex_parameters(dtype=torch.complex128):
    generator = torch.Generator().manual_seed(0)
    draws = [torch.randn(shape, generator=generator, dtype=dtype) for shape in ((3, 2), (), (4,))]
    return [torch.nn.Parameter(draw) for draw in draws]


def take_steps(optimizer, params, steps=4):
    for _ in range(steps):
        optimizer.zero_grad()
        sum(((p - (1 + 2j)) * (p + 0.5j)).abs().square().sum() for p in params).backward()
        optimizer.step()
    return [p.detach() for p in params]


@pytest.mark.parametrize("compiled", [None, False])
@pytest.mark.parametrize("name", COMPLEX)
def test_complex_parameters_have_the_numbers_of_pytorch(name, compiled):
    """Also from the middle of a run on, from there back, and through a state dict."""
    # NAdam keeps the product of its decays in float32
    close = {"rtol": 1e-8, "atol": 1e-8} if name == "NAdam" else {"rtol": 1e-12, "atol": 1e-12}
    theirs, ours = complex_parameters(), complex_parameters()
    expected = of_torch(name, theirs)
    take_steps(expected, theirs)
    begun = of_torch(name, ours)
    take_steps(begun, ours, 2)
    found = from_torch(begun)
    found.compile = compiled
    take_steps(found, ours, 2)
    torch.testing.assert_close(ours, theirs, **close)
    fresh = from_torch(of_torch(name, ours))
    fresh.load_state_dict(copy.deepcopy(found.state_dict()))
    take_steps(fresh, ours, 1)
    take_steps(expected, theirs, 1)
    torch.testing.assert_close(ours, theirs, **close)
    take_steps(fresh.to_torch(), ours, 1)
    take_steps(expected, theirs, 1)
    torch.testing.assert_close(ours, theirs, **close)


@pytest.mark.parametrize(
    "text",
    [
        "clip_norm(0.1) | gradient_descent(lr=0.1)",
        "average(0.9) | adam(lr=0.1)",
        "nesterov(lr=0.01)",
        "sam(0.1) | momentum(lr=0.01)",
    ],
)
def test_a_complex_parameter_is_one_of_pairs(text):
    z = torch.nn.Parameter(torch.tensor([1 + 2j, 3 - 1j], dtype=torch.complex128))
    pairs = torch.nn.Parameter(torch.view_as_real(z.detach()).clone())

    def descended(p, numbers):
        optimizer = Optimizer([p], text)

        def closure():
            optimizer.zero_grad()
            loss = (numbers(p) - 1j).abs().pow(3).sum()
            loss.backward()
            return loss

        for _ in range(5):
            optimizer.step(closure)
        with optimizer.evaluate():
            return numbers(p).detach().clone(), numbers(p.detach())

    for one, other in zip(
        descended(z, lambda p: p), descended(pairs, torch.view_as_complex), strict=True
    ):
        torch.testing.assert_close(one, other, rtol=1e-14, atol=0)


def test_complex_parameters_in_a_wider_dtype():
    z = torch.nn.Parameter(torch.tensor([1 + 2j], dtype=torch.complex64))
    optimizer = Optimizer([z], "adam(lr=0.5)", state_dtype=torch.float64)
    z.grad = torch.tensor([2 - 4j], dtype=torch.complex64)
    optimizer.step()
    assert optimizer.state[z]["m"].dtype is torch.float64
    torch.testing.assert_close(z.detach(), torch.tensor([0.5 + 2.5j], dtype=torch.complex64))


@pytest.mark.parametrize("text", ["adafactor", "muon", "soap", "sophia"])
def test_what_goes_by_the_shape_takes_no_complex_parameters(text):
    z = torch.nn.Parameter(torch.ones(3, 2, dtype=torch.complex64))
    with pytest.raises(SlalomError, match=f"{text} is for real parameters.*view_as_real") as caught:
        Optimizer([z], text)
    assert "\n" not in str(caught.value)


SPARSE = {
    "gradient_descent": lambda p: torch.optim.SGD(p, lr=0.1),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.2),
    "nesterov": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "adagrad": lambda p: torch.optim.Adagrad(p, lr=0.1, lr_decay=0.1),
    "ascent": lambda p: torch.optim.Adagrad(p, lr=0.1, maximize=True),
}


def embedding(sparse=True):
    torch.manual_seed(0)
    return torch.nn.Embedding(7, 3, sparse=sparse, dtype=torch.float64)


def look_up(model, optimizer, steps=6):
    """Some rows in each step, one of them twice, so that the gradient is not coalesced."""
    for i in range(steps):
        optimizer.zero_grad()
        rows = torch.tensor([i % 7, 3 * i % 7, i % 7])
        (model(rows) - 0.5).pow(2).sum().backward()
        optimizer.step()
    return model.weight.detach()


@pytest.mark.filterwarnings("ignore:Sparse invariant checks")  # PyTorch's own tensors
@pytest.mark.parametrize("name", SPARSE)
def test_sparse_gradients_have_the_numbers_of_pytorch(name):
    theirs, ours = embedding(), embedding()
    expected = look_up(theirs, SPARSE[name](theirs.parameters()))
    found = look_up(ours, from_torch(SPARSE[name](ours.parameters())))
    torch.testing.assert_close(found, expected, rtol=1e-13, atol=1e-14)


@pytest.mark.filterwarnings("ignore:Sparse invariant checks")  # PyTorch's own tensors
@pytest.mark.parametrize("compiled", [None, False])
@pytest.mark.parametrize("settings", [{}, {"maximize": True}])
def test_lazy_adam_is_sparse_adam(settings, compiled):
    theirs, ours = embedding(), embedding()
    expected = torch.optim.SparseAdam(theirs.parameters(), lr=0.1, **settings)
    rule = "adam(lr=0.1, eps_hat=true)"
    found = Optimizer(ours.parameters(), rule, lazy=True, compile=compiled, **settings)
    look_up(theirs, expected)
    look_up(ours, found)
    torch.testing.assert_close(ours.weight, theirs.weight, rtol=1e-13, atol=1e-14)
    for entry, other in (("m", "exp_avg"), ("v", "exp_avg_sq")):
        torch.testing.assert_close(
            found.state[ours.weight][entry],
            expected.state[theirs.weight][other],
            rtol=1e-13,
            atol=1e-14,
        )
    assert found.state[ours.weight]["step"] == 6


@pytest.mark.parametrize("text", ["gradient_descent(lr=0.1)", "adagrad(lr=0.1)"])
def test_clipping_counts_rows_once(text):
    dense, sparse = embedding(sparse=False), embedding()
    expected = look_up(dense, Optimizer(dense.parameters(), f"clip_norm(0.5) | {text}"))
    found = look_up(sparse, Optimizer(sparse.parameters(), f"clip_norm(0.5) | {text}"))
    torch.testing.assert_close(found, expected, rtol=1e-13, atol=1e-14)


def test_a_lazy_run_goes_on_from_a_state_dict_and_with_dense_gradients():
    model = embedding()
    optimizer = Optimizer(model.parameters(), "nadam(lr=0.1)", lazy=True)
    look_up(model, optimizer, 3)
    twin = copy.deepcopy(model)
    fresh = Optimizer(twin.parameters(), "nadam(lr=0.1)", lazy=True)
    fresh.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    assert torch.equal(look_up(twin, fresh), look_up(model, optimizer))
    model.sparse = twin.sparse = False
    assert torch.equal(look_up(twin, fresh), look_up(model, optimizer))


@pytest.mark.filterwarnings("ignore:Sparse invariant checks")
def test_a_sparse_gradient_of_no_rows_moves_nothing_and_counts():
    p = torch.nn.Parameter(torch.ones(5, 1))
    optimizer = Optimizer([p], "adam(lr=0.1)", lazy=True)
    indices, values = torch.empty((1, 0), dtype=torch.int64), torch.empty((0, 1))
    p.grad = torch.sparse_coo_tensor(indices, values, (5, 1))
    optimizer.step()
    assert torch.equal(p.detach(), torch.ones(5, 1))
    assert optimizer.state[p]["step"] == 1


@pytest.mark.parametrize(
    ("text", "lazy", "message"),
    [
        ("adam", False, "adam takes no sparse gradients.*lazy=True"),
        ("weight_decay(0.1) | gradient_descent", False, "gradient_descent takes no sparse"),
        ("noise(0.1) | adam", True, "lazy=True steps some elements of a parameter alone"),
        ("adafactor", True, "lazy=True steps some elements of a parameter alone"),
    ],
)
def test_other_rules_refuse_sparse_gradients(text, lazy, message):
    model = embedding()
    before = model.weight.detach().clone()
    with pytest.raises(SlalomError, match=message) as caught:
        look_up(model, Optimizer(model.parameters(), text, lazy=lazy), 1)
    assert "\n" not in str(caught.value)
    assert torch.equal(model.weight.detach(), before)


def test_parameters_must_be_dense():
    with pytest.raises(SlalomError, match="parameters must be dense"):
        Optimizer([torch.zeros(3, layout=torch.sparse_coo)], "adam")


class Named(torch.Tensor):
    """Memory and nothing else."""


class Counting(torch.Tensor):
    """Its operations are its own: none may be left out."""

    calls = 0

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        Counting.calls += func is torch.Tensor.add_
        return super().__torch_function__(func, types, args, kwargs or {})


@pytest.mark.parametrize("kind", [Named, Counting])
def test_subclasses_of_tensors_are_stepped_as_plain_ones(kind):
    Counting.calls = 0
    plain = torch.nn.Parameter(torch.arange(3.0))
    own = torch.nn.Parameter(torch.arange(3.0).as_subclass(kind))
    optimizer = Optimizer([plain, own], "adam(lr=0.1)")
    for _ in range(3):
        optimizer.zero_grad()
        (plain.pow(2).sum() + own.pow(2).sum()).backward()
        optimizer.step()
    assert isinstance(own, kind)
    torch.testing.assert_close(own.detach().as_subclass(torch.Tensor), plain.detach())
    assert Counting.calls == (3 if kind is Counting else 0)


def test_a_tensor_of_several_is_stepped_beside_a_plain_one():
    """A wrapper subclass has no memory of its own, whatever the tensor before it has."""
    plain = torch.nn.Parameter(torch.ones(3))
    both = torch.nn.Parameter(TwoTensor(torch.ones(3), torch.full((3,), 2.0)))
    optimizer = Optimizer([plain, both], "adam(lr=0.1)")
    plain.pow(2).sum().backward()
    both.pow(2).sum().backward()
    optimizer.step()
    torch.testing.assert_close(plain.detach(), torch.full((3,), 0.9))
    torch.testing.assert_close(both.a.detach(), torch.full((3,), 0.9))
    torch.testing.assert_close(both.b.detach(), torch.full((3,), 1.9))


@pytest.mark.parametrize("text", ["adam(lr=0.1)", "noise(0.1) | clip_norm(1.0) | adam(lr=0.1)"])
def test_made_on_the_meta_device_and_materialized(text):
    before = torch.__future__.get_swap_module_params_on_conversion()
    torch.__future__.set_swap_module_params_on_conversion(True)
    try:
        with torch.device("meta"):
            torch.manual_seed(1)
            model = torch.nn.Linear(3, 1, dtype=torch.float64)
            optimizer = Optimizer(model.parameters(), text)
        model.to_empty(device="cpu")
    finally:
        torch.__future__.set_swap_module_params_on_conversion(before)
    other = torch.nn.Linear(3, 1, dtype=torch.float64)
    model.load_state_dict(other.state_dict())
    torch.manual_seed(1)
    expected = train(other, Optimizer(other.parameters(), text), 3)
    assert torch.equal(train(model, optimizer, 3), expected)


def test_a_step_on_the_meta_device_makes_states_there():
    with torch.device("meta"):
        model = network().to("meta")
        optimizer = Optimizer(model.parameters(), "noise(0.1) | adam")
        for p in model.parameters():
            p.grad = torch.zeros_like(p)
        optimizer.step()
        optimizer.load_state_dict(optimizer.state_dict())
        optimizer.step()
    assert vector(model).device.type == "meta"
    assert {kept["m"].device.type for kept in optimizer.state.values()} == {"meta"}
