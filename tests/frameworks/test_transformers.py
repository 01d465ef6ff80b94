"""The Trainer of Transformers, on a tiny model made from its configuration."""

import pytest
import torch
from torch.optim.lr_scheduler import LambdaLR
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    Trainer,
    TrainingArguments,
    set_seed,
)

from .training import SIDES, vector

LR = 3e-3


def model():
    set_seed(0)
    sizes = {
        "vocab_size": 50, "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1,
        "num_attention_heads": 2, "max_position_embeddings": 16,
    }  # fmt: skip
    without = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    return BertForSequenceClassification(BertConfig(**sizes, **without))


def rows():
    generator = torch.Generator().manual_seed(3)
    drawn = torch.randint(0, 50, (64, 8), generator=generator)
    return [{"input_ids": row, "labels": torch.tensor(int(row[0] > 25))} for row in drawn]


def trainer(one, steps=24, **options):
    """A trainer, where the optimizer is not given, of its own kind or of `optimizer_cls_…`."""
    own = {name: options.pop(name) for name in tuple(options) if name.startswith("optimizer")}
    arguments = TrainingArguments(
        "out", max_steps=steps, per_device_train_batch_size=4, learning_rate=LR, report_to=[],
        save_steps=steps // 2, logging_steps=3, use_cpu=True, disable_tqdm=True, **options,
    )  # fmt: skip
    return Trainer(model=one, args=arguments, train_dataset=rows(), **own)


def given(side, resume=None, lr=LR, **options):
    """Trained with `optimizers=`, in groups with and without weight decay."""
    one = model()
    plain = [p for name, p in one.named_parameters() if name.endswith(("bias", "LayerNorm.weight"))]
    ids = {id(p) for p in plain}
    decayed = [p for p in one.parameters() if id(p) not in ids]
    groups = [{"params": decayed, "weight_decay": 0.1}, {"params": plain, "weight_decay": 0.0}]
    optimizer = SIDES[side](groups, lr=lr)
    scheduler = LambdaLR(optimizer, lambda step: 1 - step / 40)
    trained = trainer(one, optimizers=(optimizer, scheduler), **options)
    trained.train(resume_from_checkpoint=resume)
    return trained


OPTIONS = {
    "Trainer(optimizers=…), groups with and without weight_decay": ({}, 5e-6),
    "gradient_accumulation_steps, max_grad_norm": (
        {"gradient_accumulation_steps": 2, "max_grad_norm": 0.5},
        5e-6,
    ),
    "bf16": ({"bf16": True, "lr": 1e-3}, 1e-4),
}


@pytest.mark.parametrize("what", OPTIONS)
def test_trainer(what, report):
    options, tolerance = OPTIONS[what]
    found = [vector(given(side, **options).model) for side in SIDES]
    report.compare("transformers", what, *found, vector(model()), tolerance)


def test_resumed(report):
    whole = vector(given("slalom").model)  # it leaves a checkpoint after twelve steps of 24
    resumed = vector(given("slalom", "out/checkpoint-12").model)
    report.compare(
        "transformers", "resumed: resume_from_checkpoint", resumed, whole, vector(model()), 0
    )


def test_class_and_keywords(report):
    """Slalom's class against what the trainer makes by itself, which is PyTorch's AdamW."""
    words = {"lr": LR}
    ours = trainer(model(), weight_decay=0.1, optimizer_cls_and_kwargs=(SIDES["slalom"], words))
    theirs = trainer(model(), weight_decay=0.1, optim="adamw_torch")
    for one in (ours, theirs):
        one.train()
    assert type(theirs.optimizer.optimizer) is torch.optim.AdamW
    found = vector(ours.model), vector(theirs.model)
    report.compare("transformers", "optimizer_cls_and_kwargs", *found, vector(model()), 1e-6)


def test_the_log_is_the_same(report):
    logs = []
    for side in SIDES:
        history = given(side, max_grad_norm=0.5).state.log_history
        logs.append([{k: v for k, v in row.items() if "_per_second" not in k} for row in history])
    names = [[list(row) for row in log] for log in logs]
    rates = [[row["learning_rate"] for row in log if "learning_rate" in row] for log in logs]
    assert len(rates[0]) == 8
    assert names[0] == names[1]
    report.same("transformers", "names and learning_rate in log_history", *rates)
