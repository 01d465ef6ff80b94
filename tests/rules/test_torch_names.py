"""What people type as they know it from PyTorch."""

import pytest

from slalom import SlalomError, parse
from slalom.rules.head import head
from slalom.rules.torch_names import WITHOUT_RULE, rule_for


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("adamw(betas=(0.9, 0.95))", "adamw(beta1=0.9, beta2=0.95)"),
        ("adam@torch(lr=0.1, betas=(0.5, 0.6))", "adam@torch(lr=0.1, beta1=0.5, beta2=0.6)"),
        ("lion(betas=(0.9, 0.95))", "lion(beta1=0.9, beta2=0.95)"),
        ("rmsprop@torch(alpha=0.5)", "rmsprop@torch(decay=0.5)"),
        ("clip_norm | adadelta(rho=0.5)", "clip_norm | adadelta(decay=0.5)"),
    ],
)
def test_pytorchs_names_of_arguments(typed, meant):
    assert parse(typed) == parse(meant)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("AdamW(lr=0.1)", "unknown rule 'AdamW'; torch.optim.AdamW is adamw@torch"),
        ("RMSprop", "torch.optim.RMSprop is rmsprop@torch"),
        ("clip_norm | SGD", "torch.optim.SGD is sgd@torch"),
        ("lbfgs", "no rule is torch.optim.LBFGS; PyTorch's with one are SGD, Adagrad, RMSprop"),
        ("SparseAdam(lr=0.1)", "no rule is torch.optim.SparseAdam"),
        ("ASGD", "torch.optim.ASGD is asgd@torch"),
        ("adam(betas=0.9)", "unknown argument 'betas'"),
        ("adam(betas=(0.5, 0.6), beta1=0.4)", "unknown argument 'betas'"),
        ("adma", "unknown rule 'adma'; did you mean"),
    ],
)
def test_pytorchs_names_of_optimizers(typed, told):
    with pytest.raises(SlalomError, match="character") as caught:
        parse(typed)
    assert told in str(caught.value)


def test_every_optimizer_of_pytorch_has_a_rule_or_is_named_as_having_none():
    optim = pytest.importorskip("torch.optim")
    kinds = [k for k in vars(optim).values() if isinstance(k, type)]
    names = {k.__name__ for k in kinds if issubclass(k, optim.Optimizer)} - {"Optimizer"}
    assert {name for name in names if rule_for(name) is None} == set(WITHOUT_RULE)
    for name in names - set(WITHOUT_RULE):
        assert parse(f"{rule_for(name)}@torch")


def test_the_innermost_part_of_a_text():
    found = head("clip_norm(1.0) | average(0.9) | rmsprop@torch(0.1, 0.2, eps=[1, 2])")
    assert found == ("rmsprop", "torch", 2, {"eps"})
    found = head("partition(matrices=clip_norm | muon, rest=adam@torch)")
    assert found == ("partition", None, 0, {"matrices", "rest"})
    assert head("FILE.py:Name(3)").name == "Name"
