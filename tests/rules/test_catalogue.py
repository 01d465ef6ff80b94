"""What the names that users look for are made of."""

from slalom.rules import (
    COMPOSITIONS,
    RULES,
    AdaBound,
    Adam,
    GradientDescent,
    Momentum,
    Nesterov,
    WeightDecay,
    adamw,
    amsbound,
    amsgrad,
)
from slalom.rules.catalogue import _named

sgd, nag = COMPOSITIONS["sgd"], COMPOSITIONS["nag"]


def test_each_argument_goes_to_its_own_number():
    decay = WeightDecay(0.5, decoupled=True)
    assert adamw(1, 0.25, 0.75, 2, 0.5) == decay | Adam(1, 0.25, 0.75, 2)
    assert amsgrad(1, 0.25, 0.75, 2) == Adam(1, 0.25, 0.75, 2, amsgrad=True, debias=False)
    assert amsbound(1, 0.25, 0.75, 2, 3, 4) == AdaBound(1, 0.25, 0.75, 2, 3, 4, amsbound=True)
    assert sgd(1, 0) == sgd(1, 0.0, 0.5, True) == GradientDescent(1)
    assert sgd(1, 0.5, 0.25) == Momentum(1, 0.5, 0.25, lr_inside=False)
    assert sgd(1, 0.5, nesterov=True) == Nesterov(1, 0.5, shifted=True, lr_inside=False)
    assert nag(1, 0.5) == Nesterov(1, 0.5)


def test_what_is_not_given():
    assert adamw() == adamw(0.001, 0.9, 0.999, 1e-8, 0.01)
    assert amsgrad() == amsgrad(0.001, 0.9, 0.999, 1e-8)
    assert amsbound() == amsbound(0.001, 0.9, 0.999, 0.1, 0.001, 1e-8)
    assert sgd() == GradientDescent(0.01)
    assert sgd(momentum=0.5) == Momentum(0.01, 0.5, 0, lr_inside=False)
    assert nag() == Nesterov(0.01, 0.9)


def test_classes_go_by_their_name_and_functions_by_theirs():
    assert _named(Adam, nag) == {"adam": Adam, "nag": nag}
    assert (RULES["adam"], COMPOSITIONS["adamw"]) == (Adam, adamw)
