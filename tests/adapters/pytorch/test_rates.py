"""The rates that optimizers show, and the warning of a rate that stays the first one."""

import warnings

import pytest
import torch

from slalom.torch import Optimizer
from slalom.torch.rates import STUCK_AFTER

from .training import network, train


def stepped(text, gs, loss):
    """A parameter and its optimizer after steps along given gradients."""
    p = torch.nn.Parameter(torch.tensor([1.0, 2.0], dtype=torch.float64))
    optimizer = Optimizer([p], text, compile=False)
    for g in gs:
        p.grad = torch.tensor(g, dtype=torch.float64)
        optimizer.step(lambda: loss)
    return p, optimizer


@pytest.mark.parametrize("text", ["dog(reps=0.1)", "dowg(r0=0.1)", "polyak", "momo(momentum=0)"])
def test_a_step_is_the_gradient_times_the_rate(text):
    before, _ = stepped(text, [[3.0, 4.0], [1.0, -1.0]], loss=0.5)
    after, optimizer = stepped(text, [[3.0, 4.0], [1.0, -1.0], [2.0, 1.0]], loss=0.5)
    [rate] = optimizer.rates()
    torch.testing.assert_close((before - after).tolist(), [2 * rate, rate], rtol=1e-12, atol=0)


def test_the_rate_of_prodigy_is_d_times_lr():
    model = network(torch.float64)
    optimizer = Optimizer(model.parameters(), "prodigy(lr=cosine(0.5, steps=8))", compile=False)
    assert optimizer.rates() == [None]
    train(model, optimizer, 4)
    d = optimizer.param_groups[0]["state.d"].item()
    assert optimizer.rates() == [pytest.approx(d * optimizer.rule.lr(4), rel=1e-15)]


def test_the_rate_of_a_warm_up():
    text = "clip_norm(1) | schedule_free(warmup=8) | weight_decay(0.1) | gradient_descent(lr=0.4)"
    _, optimizer = stepped(text, [[1.0, 1.0]] * 3, loss=0.0)
    assert optimizer.rates() == [pytest.approx(0.4 * 3 / 8)]


def test_rates_of_groups_of_parts_and_of_single_parameters():
    model = network(torch.float64)
    optimizer = Optimizer(
        model.named_parameters(),
        "partition(matrices=dog(layerwise=true), rest=adam(lr=0.1))",
        compile=False,
    )
    train(model, optimizer, 2)
    layers, rest = optimizer.rates()
    assert rest == 0.1
    assert len(layers) == len(set(layers)) == len(optimizer.param_groups[0]["params"])


def test_a_parameter_that_was_not_stepped_has_no_rate():
    p, q = (torch.nn.Parameter(torch.ones(2)) for _ in range(2))
    optimizer = Optimizer([{"params": [p]}, {"params": [q], "lr": 0.5}], "adam(lr=0.1)")
    p.grad = torch.ones(2)
    optimizer.step()
    assert optimizer.rates() == [0.1, None]


def told(text, loss_of, dtype=torch.float32):
    """The warnings of as many steps as it takes, and one more."""
    compile_ = None if "layerwise" in text else False  # its fused steps are looked up once only
    p = torch.nn.Parameter(torch.tensor([1.0, 2.0], dtype=dtype))
    optimizer = Optimizer([p], text, compile=compile_)
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        for step in range(STUCK_AFTER + 1):
            optimizer.zero_grad()
            loss_of(p, step).backward()
            optimizer.step()
    return [str(one.message) for one in found]


FREE = ["prodigy", "clip_norm(1) | dadapt_adam", "dog", "dog(layerwise=true)", "dowg"]


@pytest.mark.parametrize("text", FREE)
def test_a_rate_that_stays_since_all_gradients_are_0(text):
    assert told(text, lambda p, _: (p * p).sum()) == []
    [line] = told(text, lambda p, _: (0 * p).sum())
    assert "after 100 steps" in line
    assert line.endswith("still: all gradients were 0 so far, or lr was")


@pytest.mark.parametrize(("text", "name"), [("prodigy", "d0"), ("dog", "reps")])
def test_a_rate_that_stays_since_steps_are_lost_in_rounding(text, name):
    [line] = told(text, lambda p, _: (p * p).sum(), torch.bfloat16)
    assert f"lost in rounding: give a larger {name}," in line
    assert told(f"{text}({name}=0.1)", lambda p, _: (p * p).sum(), torch.bfloat16) == []


def back_and_forth(p, step):
    return (-1) ** step * p.sum()


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("prodigy", "d is d0 = 1e-06 still: the gradients do not point back to the start"),
        ("dadapt_adam", "d is d0 = 1e-06 still: successive gradients are against each other"),
        ("dowg", "r is eps = 0.0001 still: no iterate was farther from the start than that"),
    ],
)
def test_a_rate_that_stays_since_gradients_cancel(text, cause):
    [line] = told(text, back_and_forth)
    assert cause in line
    assert "\n" not in line
