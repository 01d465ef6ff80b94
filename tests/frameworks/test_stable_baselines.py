"""Stable-Baselines3: agents that make their optimizers from a class and keywords."""

import pytest
import torch
from stable_baselines3 import DQN, PPO, SAC

from slalom.torch import optimizer_class

from .training import vector

KINDS = optimizer_class("adam"), torch.optim.Adam
SHORT = {"device": "cpu", "seed": 0, "learning_rate": 1e-2}
# for policies of PPO and A2C the default where the class is torch.optim.Adam itself, else 1e-8
EPS = {"optimizer_kwargs": {"eps": 1e-5}}
CASES = {
    "PPO": (PPO, "CartPole-v1", {"n_steps": 64, "batch_size": 32, "n_epochs": 2}, 192),
    "DQN": (DQN, "CartPole-v1", {"learning_starts": 50}, 250),
    "SAC": (SAC, "Pendulum-v1", {"learning_starts": 20, "batch_size": 16}, 50),
}


def agent(case, kind, **words):
    algorithm, world, options, _ = CASES[case]
    policy = {"net_arch": [16], "optimizer_class": kind, **EPS, **words}
    return algorithm("MlpPolicy", world, policy_kwargs=policy, **SHORT, **options)


@pytest.mark.parametrize("case", CASES)
def test_agent(case, report):
    found = [agent(case, kind).learn(CASES[case][3]).policy for kind in KINDS]
    start = vector(agent(case, KINDS[1]).policy)
    what = f"{case}(policy_kwargs={{'optimizer_class': …}})"
    report.compare("stable-baselines3", what, *map(vector, found), start, 1e-6)


def test_keywords(report):
    words = {"optimizer_kwargs": {"betas": (0.8, 0.99), "weight_decay": 0.01}}
    found = [agent("PPO", kind, **words).learn(192).policy for kind in KINDS]
    start = vector(agent("PPO", KINDS[1]).policy)
    report.compare("stable-baselines3", "optimizer_kwargs", *map(vector, found), start, 1e-6)


def test_saved_and_loaded(report, tmp_path):
    """The class lies in the file, and the state of the optimizer beside it."""
    one = agent("PPO", KINDS[0]).learn(192)
    one.save(tmp_path / "agent")
    other = PPO.load(tmp_path / "agent", device="cpu")
    assert type(other.policy.optimizer) is KINDS[0]
    ours, theirs = (each.policy.optimizer.state_dict()["state"] for each in (other, one))
    assert ours.keys() == theirs.keys()
    for index, state in theirs.items():
        for name, value in state.items():
            assert torch.equal(torch.as_tensor(ours[index][name]), torch.as_tensor(value))
    start = vector(agent("PPO", KINDS[1]).policy)
    found = vector(other.policy), vector(one.policy)
    report.compare("stable-baselines3", "save, load", *found, start, 0)
