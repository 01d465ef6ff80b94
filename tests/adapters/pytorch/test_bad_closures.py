"""Closures that do not tell what a rule asks for, and losses of unusual forms."""

import pytest
import torch

from slalom import SlalomError
from slalom.torch import Optimizer

START = [8.0, -4.0]


def without_return(loss):
    loss.backward()


def with_a_text(loss):
    loss.backward()
    return "loss"


def with_losses_of_all_rows(loss):
    loss.backward()
    return loss.repeat(3)


def twice(loss):
    loss.backward()
    loss.backward()
    return loss


def nothing(loss):
    return None


class FlashAttention:
    """A loss through attention whose backward has no derivative."""

    def __call__(self, x):
        q = (x * torch.ones(1, 1, 3, 2)).float()
        with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.FLASH_ATTENTION):
            return torch.nn.functional.scaled_dot_product_attention(q, q, q).sum()


def squares(x):
    return (x * x).sum()


@pytest.mark.parametrize(
    ("text", "loss_of", "ending", "message"),
    [
        (
            "polyak",
            squares,
            without_return,
            "^polyak needs the loss, and the closure returned None",
        ),
        ("momo", squares, with_a_text, "^momo needs the loss, and the closure returned 'loss'"),
        (
            "momo_adam",
            squares,
            with_losses_of_all_rows,
            r"returned a tensor of shape \(3,\): end it",
        ),
        ("adam", squares, twice, "^the closure called backward twice through one graph: compute"),
        (
            "adahessian",
            squares,
            nothing,
            "^adahessian needs products .* neither called backward nor",
        ),
        (
            "weight_decay | sophia",
            FlashAttention(),
            lambda loss: loss,
            "^sophia differentiates the loss twice.*not implemented.*: call backward in the",
        ),
    ],
)
def test_a_closure_that_does_not_tell_what_a_rule_asks_for(text, loss_of, ending, message):
    """One line; parameters and states stay."""
    x = torch.nn.Parameter(torch.tensor(START))
    optimizer = Optimizer([x], text)

    def closure():
        optimizer.zero_grad()
        return ending(loss_of(x))

    with pytest.raises(SlalomError, match=message) as caught:
        optimizer.step(closure)
    assert "\n" not in str(caught.value)
    assert x.tolist() == START
    assert not optimizer.state


def test_a_closure_on_one_graph_cannot_be_called_twice():
    """The loss is made outside of it, and sam asks for two gradients."""
    x = torch.nn.Parameter(torch.tensor(START))
    optimizer, loss = Optimizer([x], "sam | adam"), squares(x)

    def closure():
        loss.backward()
        return loss

    with pytest.raises(SlalomError, match="compute the loss anew in each call of the closure"):
        optimizer.step(closure)
    assert x.tolist() == START


def test_a_linear_loss_has_no_curvature():
    """So sophia takes a step of lr in each component."""
    x = torch.nn.Parameter(torch.tensor(START))
    optimizer = Optimizer([x], "sophia(lr=0.5)")
    optimizer.step(lambda: (optimizer.zero_grad(), 3 * x.sum())[1])
    assert x.tolist() == [7.5, -4.5]


@pytest.mark.parametrize("loss", [torch.Tensor.item, lambda loss: loss.reshape(1)])
def test_a_loss_may_be_a_number_or_a_tensor_of_one_element(loss):
    """Polyak's step of half of x², twice the loss of Polyak's rate being the distance."""
    x = torch.nn.Parameter(torch.tensor(START, dtype=torch.float64))
    optimizer = Optimizer([x], "polyak(largest=inf)")

    def closure():
        optimizer.zero_grad()
        found = squares(x)
        found.backward()
        return loss(found)

    optimizer.step(closure)
    torch.testing.assert_close(x.tolist(), [4.0, -2.0])
