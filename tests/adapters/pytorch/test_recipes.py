"""Recipes against parameter groups of the same rule that are made by hand: equal to the bit."""

import copy
import pickle

import pytest
import torch

from slalom.errors import SlalomError
from slalom.rules import Exponential
from slalom.torch import Optimizer

from .architectures import GPT, ViT, mlp

ADAMW = "adamw(0.1, weight_decay=0.5)"


def trained(make, optimizer_of, steps=3):
    """A model's parameters after some steps along drawn gradients."""
    torch.manual_seed(0)
    model = make().double()
    optimizer = optimizer_of(model)
    for _ in range(steps):
        for p in model.parameters():
            p.grad = torch.randn_like(p)
        optimizer.step()
    return dict(model.named_parameters()), optimizer


def assert_same(make, recipe, by_hand):
    """The recipe, given the model, and groups made by hand, from the names to numbers."""
    found, optimizer = trained(make, lambda model: Optimizer(model, recipe))
    expected, _ = trained(make, lambda model: Optimizer(*by_hand(dict(model.named_parameters()))))
    for name, p in found.items():
        assert torch.equal(p, expected[name]), name
    return optimizer


def groups(params, numbers_of):
    """One group of each parameter, with what `numbers_of` says of its name."""
    named = {name: (p, numbers_of(name, p)) for name, p in params.items()}
    return [{"params": [p], **own} for p, own in named.values() if own is not None]


@pytest.mark.parametrize(
    ("recipe", "has_none"),
    [
        ('no_decay("bias", "norm")', lambda n, p: p.ndim < 2 and "gamma" not in n),
        ('no_decay("vector")', lambda n, p: p.ndim < 2 or n == "cls_token"),
        (
            'no_decay("vector", "embedding")',
            lambda n, p: p.ndim < 2 or ("_" in n and "." not in n) or n.startswith("patch_embed"),
        ),
        ('no_decay("blocks.0.*")', lambda n, p: n.startswith("blocks.0.")),
    ],
)
def test_no_decay(recipe, has_none):
    def by_hand(params):
        numbers = {True: {"weight_decay": 0.0}, False: {}}
        return groups(params, lambda n, p: numbers[has_none(n, p)]), ADAMW

    assert_same(ViT, f"{recipe} | {ADAMW}", by_hand)


def test_layer_decay_is_beits():
    """With the numbers of `get_num_layer_for_vit` of BEiT's code, written out."""
    layer = {"cls_token": 0, "pos_embed": 0, "patch_embed": 0, "norm": 3, "head": 3}

    def by_hand(params):
        def number(name):
            first, *rest = name.split(".")
            return int(rest[0]) + 1 if first == "blocks" else layer[first]

        return groups(params, lambda n, _: {"lr": 0.1 * 0.75 ** (3 - number(n))}), ADAMW

    optimizer = assert_same(ViT, f"layer_decay(0.75) | {ADAMW}", by_hand)
    assert len(optimizer.param_groups) == 4


def test_layers_of_stacks_and_of_a_plain_sequence():
    table = Optimizer(mlp(), "layer_decay(0.5) | adam(1.0)").table()
    assert [(row.name, row.lr) for row in table] == [
        ("0.weight", 0.25), ("0.bias", 0.25), ("2.weight", 0.5), ("2.bias", 0.5),
        ("4.weight", 1.0), ("4.bias", 1.0),
    ]  # fmt: skip
    by_name = Optimizer(GPT(), "layer_decay(0.5) | adam(1.0)").table()
    assert {name: by_name[f"{name}.weight"].lr for name in ("wpe", "lm_head", "ln_f")} == {
        "wpe": 0.125,
        "lm_head": 0.125,
        "ln_f": 1.0,
    }


def test_mup():
    """base / inputs on matrices and heads, with the decay that keeps its product with the rate."""

    def numbers(name, p):
        if p.ndim < 2 or name in ("cls_token", "pos_embed") or name.startswith("patch_embed"):
            return {}
        factor = 3 / p.shape[1]
        return {"lr": factor * 0.1, "weight_decay": 1 / factor * 0.5}

    assert_same(ViT, f"mup(3) | {ADAMW}", lambda params: (groups(params, numbers), ADAMW))


def test_mup_of_the_rate_alone():
    table = Optimizer(ViT(), f"mup(3, decay_stays=false) | {ADAMW}").table()
    assert (table["head.weight"].lr, table["head.weight"].weight_decay) == (0.05, 0.5)


def test_rate_factor_of_a_head():
    def by_hand(params):
        return groups(params, lambda n, _: {"lr": 1.0 if n.startswith("head") else 0.1}), ADAMW

    assert_same(ViT, f'rate_factor("head", factor=10) | {ADAMW}', by_hand)


def test_frozen_parts_are_in_no_group():
    def by_hand(params):
        is_frozen = ("blocks.0.", "pos_embed")
        return groups(params, lambda n, _: None if n.startswith(is_frozen) else {}), ADAMW

    optimizer = assert_same(ViT, f'frozen("blocks.0.*", "pos_*") | {ADAMW}', by_hand)
    row = optimizer.table()["pos_embed"]
    assert (row.rule, row.lr, row.group) == ("frozen", None, None)


def test_clipping_measures_no_frozen_parameter():
    def by_hand(params):
        rest = [p for name, p in params.items() if not name.startswith("blocks.")]
        return [{"params": rest}], "clip_norm(0.01) | sgd(0.1)"

    assert_same(ViT, 'clip_norm(0.01) | frozen("blocks.*") | sgd(0.1)', by_hand)


def test_muon_with_adamw_and_recipes_in_a_part():
    """Three groups by hand: hidden matrices, embeddings, and all else without weight decay."""
    text = "partition(matrices=muon(0.02), rest=no_decay('bias', 'norm') | adamw(0.1))"

    def by_hand(params):
        embeddings = [p for name, p in params.items() if name.startswith("w")]
        matrices = [p for name, p in params.items() if p.ndim > 1 and name.startswith("h")]
        rest = [p for p in params.values() if p.ndim < 2]
        muon = {"params": matrices, "rule": "muon(0.02)"}
        return [muon, {"params": embeddings}, {"params": rest, "weight_decay": 0.0}], "adamw(0.1)"

    assert_same(GPT, text, by_hand)


def test_a_split_array_is_stepped_as_its_blocks():
    """As three parameters that are views of the one."""
    torch.manual_seed(0)
    model = GPT().double()
    w = model.h[0].c_attn.weight
    parts = [torch.nn.Parameter(one.clone()) for one in w.detach().chunk(3)]
    optimizer = Optimizer(model, 'split("h.*.c_attn.weight") | partition(matrices=muon, rest=adam)')
    apart = Optimizer(parts, "muon")
    for _ in range(2):
        w.grad = torch.randn_like(w)
        for part, g in zip(parts, w.grad.chunk(3), strict=True):
            part.grad = g.clone()
        optimizer.step()
        apart.step()
    torch.testing.assert_close(w.detach(), torch.cat([*parts]).detach(), rtol=1e-13, atol=1e-14)
    assert optimizer.table()["h.0.c_attn.weight"].matrices == 3


def test_numbers_of_groups_and_keywords_are_what_recipes_multiply():
    params = dict(mlp().named_parameters())
    given = [{"params": [("0.weight", params["0.weight"])], "lr": 0.5}]
    given += [{"params": [("2.weight", params["2.weight"])]}]
    optimizer = Optimizer(given, "layer_decay(0.5) | adam", lr=1.0)
    assert [group["lr"] for group in optimizer.param_groups] == [0.125, 0.5]


def test_a_group_that_is_added_later_is_counted_with_the_others():
    params = dict(mlp().named_parameters())
    optimizer = Optimizer([("0.weight", params["0.weight"])], "layer_decay(0.5) | adam(1.0)")
    optimizer.add_param_group({"params": [("2.weight", params["2.weight"])]})
    assert optimizer.param_groups[1]["lr"] == 0.5


def test_a_schedule_is_multiplied_and_goes_on():
    schedule = Exponential(1.0, rate=0.1)
    optimizer = Optimizer(mlp(), 'rate_factor("head", factor=0.5) | adam', lr=schedule)
    plain, head = optimizer.param_groups
    for t in (1, 2):
        assert plain["lr"] == schedule(t)
        assert head["lr"] == pytest.approx(0.5 * schedule(t), rel=1e-15)
        for p in [*plain["params"], *head["params"]]:
            p.grad = torch.ones_like(p)
        optimizer.step()


class OfTimm:
    """The part of timm's `Scheduler` that meets groups: it begins from `lr`, sets `lr_scale lr`."""

    def __init__(self, optimizer):
        self.optimizer = optimizer
        for group in optimizer.param_groups:
            group["initial_lr"] = group["lr"]
        self.base_values = [group["initial_lr"] for group in optimizer.param_groups]
        self.update(1.0)

    def update(self, share):
        for group, value in zip(self.optimizer.param_groups, self.base_values, strict=True):
            group["lr"] = share * value * group.get("lr_scale", 1.0)


def test_the_factor_is_left_to_a_scheduler_that_reads_lr_scale():
    model = ViT()
    optimizer = Optimizer(model, "layer_decay(0.5, lr_scale=true) | adam(1.0)")
    assert {group["lr"] for group in optimizer.param_groups} == {1.0}
    before = {p: p.detach().clone() for p in model.parameters()}
    for p in before:
        p.grad = torch.ones_like(p)
    with pytest.raises(SlalomError, match="make it before the first step, or leave out lr_scale"):
        optimizer.step()
    assert all(torch.equal(p, x) for p, x in before.items())
    scheduler = OfTimm(optimizer)
    optimizer.step()
    assert [g["lr"] for g in optimizer.param_groups] == [0.125, 0.25, 0.5, 1.0]
    scheduler.update(0.5)
    assert [g["lr"] for g in optimizer.param_groups] == [0.0625, 0.125, 0.25, 0.5]


def test_a_scheduler_of_pytorch_begins_from_the_multiplied_rates():
    optimizer = Optimizer(mlp(), "layer_decay(0.5) | adam(1.0)")
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    optimizer.step()
    scheduler.step()
    assert [group["lr"] for group in optimizer.param_groups] == [0.125, 0.25, 0.5]


def test_saved_copied_and_resumed():
    rule = 'no_decay("bias") | split("h.*.c_attn.weight") | partition(matrices=muon, rest=adamw)'
    _, optimizer = trained(GPT, lambda model: Optimizer(model, rule))
    again = pickle.loads(pickle.dumps(optimizer))
    assert str(again) == str(optimizer)
    assert copy.deepcopy(optimizer).table().rows == optimizer.table().rows
    fresh = Optimizer(GPT().double(), rule)
    fresh.load_state_dict(optimizer.state_dict())
    assert fresh.table().rows == optimizer.table().rows


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ('no_decay("bais") | adamw', r"no_decay: 'bais' matches no parameter; did you mean bias\?"),
        (
            'no_decay("gate*") | adamw',
            "'gate.' matches no parameter; the names begin with 0.w",
        ),
        ('no_decay("norm") | adamw', "no_decay: no parameter is norm: leave it out"),
        ('no_decay("bias") | adam', r"has no weight decay to leave out: weight_decay\(0.1, decou"),
        ("layer_decay | adafactor", "adafactor, .* 0.weight, has no learning rate to multiply"),
        ("mup(4) | momentum", "mup: its rates are those of Adam, and 0.weight goes by momentum"),
        ('frozen("*") | adam', "frozen: every parameter is"),
        ('split("*.weight", blocks=4) | muon', "0.weight has 7 outputs, which 4 does not divide"),
        ('split("0.bias") | adam', "0.bias of shape .* is no matrix"),
        (
            'rate_factor("head", factor=2) | rate_factor("4.*", factor=3) | adam',
            "4.weight: two recipes change its lr, .*factor=2. and .*factor=3.: leave it out of one",
        ),
        ("layer_decay(0.5) | mup(4) | adam", "0.weight: two recipes change its lr"),
        ("layer_decay(2) | adam", r"layer_decay: decay must be in \(0, 1\], got 2"),
        ("no_decay() | adamw", "no_decay needs roles or patterns of names"),
    ],
)
def test_refusals(rule, message):
    with pytest.raises(SlalomError, match=message):
        Optimizer(mlp(), rule)


def test_patterns_need_names_and_words_do_not():
    params = list(mlp().parameters())
    assert len(Optimizer(params, 'no_decay("vector") | adamw').param_groups) == 2
    with pytest.raises(SlalomError, match=r"'0.\*' matches no parameter; none has a name"):
        Optimizer(params, 'no_decay("0.*") | adamw')
    with pytest.raises(SlalomError, match="no name has the number of a layer"):
        Optimizer(params, "layer_decay | adamw")
