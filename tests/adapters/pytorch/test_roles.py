"""What the parameters of ten kinds of models are for, and what an optimizer says of them."""

from collections import Counter
from fnmatch import fnmatchcase

import pytest
import torch
from torch import nn

from slalom.errors import SlalomError
from slalom.rules import Muon
from slalom.rules.leaf import ROLES, Leaf
from slalom.rules.linear_algebra import matrix, unmatrix
from slalom.torch import Optimizer

from .architectures import EXPECTED, GPT, MODELS, MoE, UNet, ViT

MUON = "partition(matrices=muon(0.02), rest=adamw(3e-4))"


def told(row):
    """A row of the table in the words of `EXPECTED`."""
    words = [row.role, *row.kind.split()]
    words += ["in", str(row.matrices)] * (row.matrices > 1) + ["frozen"] * (row.rule == "frozen")
    return " ".join([*words, *(f"= {name}" for name in row.tied)])


@pytest.mark.parametrize("name", MODELS)
def test_every_parameter_has_the_role_that_it_is_expected_to_have(name):
    model = MODELS[name]()
    lines = [line.split(maxsplit=1) for line in EXPECTED[name].strip().splitlines()]
    table = Optimizer(model, "adam").table()
    assert [row.name for row in table] == [name for name, _ in model.named_parameters()]
    used = Counter()
    for row in table:
        found = [line for line in lines if fnmatchcase(row.name, line[0])]
        assert len(found) == 1, (row.name, found)
        assert told(row) == found[0][1].strip(), row.name
        used[found[0][0]] += 1
    assert set(used) == {pattern for pattern, _ in lines}


@pytest.mark.parametrize("name", MODELS)
def test_muon_steps_the_matrices_and_adamw_all_else(name):
    model = MODELS[name]()
    optimizer = Optimizer(model, MUON)
    held = [p for group in optimizer.param_groups for p in group["params"]]
    assert Counter(map(id, held)) == Counter(map(id, model.parameters()))  # each once
    for row in optimizer.table():
        assert row.role in ROLES
        expected = {"frozen"} if told(row).endswith("frozen") else {"muon", "adam"}
        expected -= {"adam"} if row.role == "matrix" else {"muon"}
        assert {row.rule} == expected
    draw(model, 1)
    optimizer.step()


def draw(model, seed):
    generator = torch.Generator().manual_seed(seed)
    for p in model.parameters():
        if p.requires_grad:
            p.grad = torch.randn(p.shape, generator=generator, dtype=p.dtype)


def test_names_alone_tell_the_same_of_a_gpt_but_not_what_is_tied():
    model = GPT()
    by_names = Optimizer(model.named_parameters(), "adam").table()
    assert [(row.name, row.role) for row in by_names] == [
        (row.name, row.role) for row in Optimizer(model, "adam").table()
    ]
    assert by_names["wte.weight"].tied == ()


class Conv1D(nn.Module):
    """A linear layer as that of Transformers' GPT-2, which has its outputs last."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(inputs, outputs))


def test_a_linear_layer_of_transformers_has_its_outputs_last():
    model = nn.Sequential(Conv1D(4, 12), nn.Linear(4, 12))
    table = Optimizer(model, "mup(4) | adam(1.0)").table()
    assert [row.lr for row in table if row.role != "vector"] == [1.0, 1.0]
    assert Optimizer(model, 'split("0.*", blocks=12) | adam').table()["0.weight"].matrices == 12


def test_a_role_of_ones_own_comes_before_that_of_the_layer():
    model = ViT()
    table = Optimizer(model, "adam", roles={"blocks.*.qkv.weight": "head"}).table()
    assert table["blocks.1.attn.qkv.weight"].role == "head"
    assert table["blocks.1.attn.proj.weight"].role == "matrix"


def test_an_encoder_has_no_head():
    """The last linear layer is in one of two blocks, or in a module of attention."""
    encoder = nn.Sequential(nn.Embedding(3, 4), nn.TransformerEncoderLayer(4, 2))
    layer = nn.TransformerEncoderLayer(4, 2, 8, batch_first=True)
    twice = nn.TransformerEncoder(layer, 2)
    alone = nn.Sequential(nn.Linear(3, 4), nn.MultiheadAttention(4, 2))
    for model in (twice, alone):
        assert not any(row.role == "head" for row in Optimizer(model, "adam").table())
    assert Optimizer(encoder, "adam").table()["0.weight"].role == "embedding"
    assert Optimizer(nn.Linear(3, 2), "adam").table()["weight"].role == "matrix"


def test_an_output_within_a_layer_is_no_head():
    """As BERT's `encoder.layer.0.output.dense.weight`."""
    assert Leaf("encoder.layer.0.output.dense.weight", (4, 4)).role == "matrix"
    assert Leaf("output.weight", (4, 4)).role == "head"
    assert Leaf("heads.0.head.weight", (4, 4)).role == "matrix"


@pytest.mark.parametrize("outputs", [0, -1])
@pytest.mark.parametrize(("batch", "blocks"), [(0, 1), (1, 1), (0, 3), (1, 3)])
def test_several_matrices_in_one_array_and_back(outputs, batch, blocks):
    x = torch.arange(2 * 6 * 6).reshape(2, 6, 6)
    leaf = Leaf("w", (2, 6, 6), outputs, "matrix", batch=batch, blocks=1)
    if blocks > 1:
        leaf = Leaf("w", (6, 6, 2) if not batch else (2, 6, 6), outputs, "matrix", "", batch, 2)
        x = x.reshape(leaf.shape)
    found = matrix(x, leaf)
    assert torch.equal(unmatrix(found, leaf), x)
    stack = torch.stack([x, x + 100])
    assert torch.equal(unmatrix(matrix(stack, leaf), leaf), stack)


def test_experts_are_stepped_as_matrices_each():
    """As the authors of Muon do: one orthogonalization for each expert."""
    model = MoE().double()
    draw(model, 1)
    w = model.layers[0].experts.w1
    expected = [Muon(0.02).step(w[i].detach(), w.grad[i], Muon().begin(w[i]))[0] for i in range(4)]
    before = w.detach().clone()
    Optimizer(model, MUON).step()
    torch.testing.assert_close(w.detach() - before, torch.stack(expected), rtol=1e-12, atol=1e-15)


def test_a_convolution_is_the_matrix_of_its_outputs_and_a_transposed_one_too():
    model = UNet().double()
    draw(model, 1)
    conv, up = model.down[0].conv.weight, model.up[0].weight
    flat = {conv: lambda a: a.reshape(4, 27), up: lambda a: a.transpose(0, 1).reshape(4, 32)}
    before = {p: p.detach().clone() for p in flat}
    steps = {
        p: Muon(0.02).step(f(p.detach()), f(p.grad), Muon().begin(f(p)))[0] for p, f in flat.items()
    }
    Optimizer(model, MUON).step()
    for p, f in flat.items():
        torch.testing.assert_close(f(p.detach() - before[p]), steps[p], rtol=1e-12, atol=1e-15)


def test_a_table_is_text_of_a_hundred_columns_and_data():
    model = GPT()
    optimizer = Optimizer(model, 'no_decay("bias", "norm") | ' + MUON)
    lines = str(optimizer.table()).splitlines()
    assert max(map(len, lines)) <= 100
    assert len(lines) == 3 + len(optimizer.table())
    assert lines[0].split() == ["parameter", "role", "rule", "lr", "decay", "shape", "count"]
    assert lines[2].split() == [
        *("wte.weight", "=", "lm_head.weight", "embedding", "adam", "0.0003", "0.01"),
        *("11", "x", "8", "88"),
    ]
    assert lines[-1] == f"28 parameters of {sum(p.numel() for p in model.parameters()):,} numbers"
    assert str(optimizer.table()) in repr(optimizer)
    row = optimizer.table()["lm_head.weight"]
    assert (row.lr, row.weight_decay, row.group) == (3e-4, 0.01, 0)
    assert (row.shape, row.count) == ((11, 8), 88)
    optimizer.param_groups[0]["lr"] = 0.5
    assert optimizer.table()["wte.weight"].lr == 0.5
    assert optimizer.table().as_dicts()[0]["role"] == "embedding"


def test_a_long_name_loses_its_middle():
    module = nn.Module()
    deepest = module
    for i in range(12):
        deepest.add_module(f"part_number_{i}", nn.Module())
        deepest = getattr(deepest, f"part_number_{i}")
    deepest.weight = nn.Parameter(torch.ones(2, 2))
    text = str(Optimizer(module, "adam").table())
    assert max(map(len, text.splitlines())) <= 100
    assert "part_number_0." in text
    assert "…" in text


def test_parameters_without_names_are_called_by_their_place():
    table = Optimizer(nn.Linear(2, 3).parameters(), "adam").table()
    assert [(row.name, row.role) for row in table] == [("0.0", "matrix"), ("0.1", "vector")]


@pytest.mark.parametrize(
    ("model", "rule", "options", "message"),
    [
        (nn.BatchNorm1d(3), MUON, {}, "partition: muon is for matrices, and no parameter is one"),
        (
            nn.Linear(2, 2),
            "partition(matrices=muon())",
            {},
            "no rule for bias of shape .*, a vector",
        ),
        (
            nn.Linear(2, 2),
            "adam",
            {"roles": {"*.gate": "vector"}},
            "'\\*.gate' matches no parameter",
        ),
        (
            nn.Linear(2, 2),
            "adam",
            {"roles": {"*": "vectr"}},
            "unknown role 'vectr'; did you mean v",
        ),
        (nn.ReLU(), "adam", {}, "params is empty"),
    ],
)
def test_refusals(model, rule, options, message):
    with pytest.raises(SlalomError, match=message):
        Optimizer(model, rule, **options)
