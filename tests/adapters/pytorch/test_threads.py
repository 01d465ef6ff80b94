"""Fused steps in PyTorch's own threads: beside others, after a fork, and where there are none."""

import multiprocessing
import os
import threading

import pytest
import torch

from slalom.kernels import Work
from slalom.torch import Optimizer, openmp

SIZES = [(300_001,), (5,), (400, 500)]  # enough for several pieces
RULE = "adam(lr=0.01)"


@pytest.fixture(autouse=True)
def several():
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


def stepped(seed=0, steps=3, **options):
    """Parameters after some steps."""
    draws = torch.Generator().manual_seed(seed)
    params = [torch.nn.Parameter(torch.randn(size, generator=draws)) for size in SIZES]
    optimizer = Optimizer(params, RULE, **options)
    for _ in range(steps):
        for p in params:
            p.grad = torch.randn(p.shape, generator=draws)
        optimizer.step()
    return [p.detach() for p in params]


def eagerly(seed=0, steps=3):
    return stepped(seed, steps, compile=False)


def assert_close(found, expected):
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-6)


@pytest.fixture
def pieces(monkeypatch):
    """How many pieces each call of the loop did."""
    counts, alone, begin = [], Work.run, openmp._OpenMP.run
    monkeypatch.setattr(Work, "run", lambda work: counts.append("alone") or alone(work))
    monkeypatch.setattr(
        openmp._OpenMP, "run", lambda *given: counts.append("team") or begin(*given)
    )
    return counts


def test_the_threads_of_pytorch_step_all_pieces(pieces):
    assert openmp.team() is not None  # PyTorch's package for Linux has OpenMP
    assert_close(stepped(), eagerly())
    assert pieces == ["team"] * 3
    torch.set_num_threads(1)
    assert_close(stepped(), eagerly())
    assert pieces[3:] == ["team", "alone"] * 3


def test_without_openmp_there_are_our_own_threads(pieces, monkeypatch):
    monkeypatch.setattr(openmp, "team", lambda: None)
    assert_close(stepped(), eagerly())
    assert "alone" in pieces
    assert "team" not in pieces


def test_a_library_without_openmp_gives_no_team(monkeypatch):
    monkeypatch.setattr(openmp.ctypes, "CDLL", lambda path: object())
    openmp.team.cache_clear()
    assert openmp.team() is None
    openmp.team.cache_clear()


def test_training_loops_in_two_threads():
    found = {}

    def work(seed):
        found[seed] = stepped(seed, steps=8)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    for seed, params in found.items():
        assert_close(params, eagerly(seed, steps=8))


def _in_child(params, optimizer, answers):
    optimizer.step()  # nothing else: PyTorch's own operations may hang after a fork
    answers.put(params[0].detach()[0].item())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*")
def test_a_forked_child_steps_alone():
    params = [torch.nn.Parameter(torch.zeros(400_000))]
    params[0].grad = torch.ones(400_000)
    optimizer = Optimizer(params, "adam(lr=0.5)")
    optimizer.step()  # so that there are threads to lose
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    child = context.Process(target=_in_child, args=(params, optimizer, answers))
    child.start()
    assert answers.get(timeout=120) == pytest.approx(-1)
    child.join(60)
    assert child.exitcode == 0
    assert params[0].detach()[0].item() == pytest.approx(-0.5)
    optimizer.step()
    assert torch.unique(params[0].detach()).tolist() == pytest.approx([-1])
