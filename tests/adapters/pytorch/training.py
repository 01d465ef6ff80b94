"""Small models, and what training them leaves in their parameters."""

import torch

DATA = torch.Generator().manual_seed(1)
INPUTS = torch.randn(24, 3, generator=DATA, dtype=torch.float64)
TARGETS = INPUTS.sum(1, keepdim=True).sin()


def network(dtype=torch.float64):
    torch.manual_seed(0)
    layers = torch.nn.Linear(3, 6), torch.nn.Tanh(), torch.nn.Linear(6, 1)
    return torch.nn.Sequential(*layers).to(dtype)


def loss_of(model):
    dtype = next(model.parameters()).dtype
    return ((model(INPUTS.to(dtype)) - TARGETS.to(dtype)) ** 2).mean()


def closure_for(model, optimizer):
    def closure():
        optimizer.zero_grad()
        loss = loss_of(model)
        loss.backward()
        return loss

    return closure


def train(model, optimizer, steps=60, scheduler=None):
    """All parameters as one vector after some steps."""
    for _ in range(steps):
        optimizer.step(closure_for(model, optimizer))
        if scheduler is not None:
            scheduler.step()
    return vector(model)


def vector(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def snapshot(model, optimizer):
    """Parameters and states, copied, to see that nothing changed."""
    states = [dict(optimizer.state.get(p, {})) for p in model.parameters()]
    copies = [
        {k: v.clone() if isinstance(v, torch.Tensor) else v for k, v in state.items()}
        for state in states
    ]
    return vector(model), copies


def assert_untouched(before, model, optimizer):
    x, states = before
    now_x, now_states = snapshot(model, optimizer)
    assert torch.equal(x, now_x)
    assert [s.keys() for s in states] == [s.keys() for s in now_states]
    for state, now in zip(states, now_states, strict=True):
        for name, value in state.items():
            same = torch.equal if isinstance(value, torch.Tensor) else lambda a, b: a == b
            assert same(value, now[name]), name
