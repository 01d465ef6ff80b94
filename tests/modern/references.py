"""Modern rules as loops in plain NumPy, each leaf by itself, written from the papers' algorithms.

Each takes a problem, gives the iterates after every step, a list of arrays a step, and has a
rule's numbers as keywords. They stand where no row of the goldens does.
"""

import numpy as np


def lion_refined(problem, steps, lr, b1=0.9, b2=0.99):
    """Optax's refined mode: as it is below 1, a sign above."""
    xs, ms = problem.start, [0 * x for x in problem.start]
    for t in range(1, steps + 1):
        gs = problem.gradient(xs, t)
        averages = [b1 * m + (1 - b1) * g for m, g in zip(ms, gs, strict=True)]
        steps_ = [np.where(np.abs(a) < 1, a, np.sign(a)) for a in averages]
        xs = [x - lr * u for x, u in zip(xs, steps_, strict=True)]
        ms = [b2 * m + (1 - b2) * g for m, g in zip(ms, gs, strict=True)]
        yield xs


def lamb(problem, steps, lr, wd, clip_weights=np.inf, clip_ratio=np.inf, eps=1e-6):
    """Algorithm 2 of You et al., with phi(n) = min(n, clip_weights) and a bound of the ratio."""
    xs = [x.copy() for x in problem.start]
    ms, vs = ([0 * x for x in xs] for _ in range(2))
    for t in range(1, steps + 1):
        for i, g in enumerate(problem.gradient(xs.copy(), t)):
            ms[i] = 0.9 * ms[i] + 0.1 * g
            vs[i] = 0.999 * vs[i] + 0.001 * g**2
            r = ms[i] / (1 - 0.9**t) / (np.sqrt(vs[i] / (1 - 0.999**t)) + eps) + wd * xs[i]
            ratio = min(np.linalg.norm(xs[i]), clip_weights) / np.linalg.norm(r)
            xs[i] = xs[i] - lr * min(ratio, clip_ratio) * r
        yield list(xs)


def muon(problem, steps, lr, mu, factor, triples, nesterov=True):
    """Singular values by SVD: each iteration takes s to a s + b s³ + c s⁵. The buffer is a sum."""
    (x,), b = problem.start, 0 * problem.start[0]
    for t in range(1, steps + 1):
        (g,) = problem.gradient([x], t)
        b = mu * b + g
        M = g + mu * b if nesterov else b
        U, s, Vt = np.linalg.svd(M, full_matrices=False)
        s = s / (np.sqrt((M**2).sum()) + 1e-7)
        for p, q, r in triples:
            s = p * s + q * s**3 + r * s**5
        x = x - lr * factor * (U * s) @ Vt
        yield [x]


def sophia(problem, steps, lr, b1, b2, gamma, eps, rho, every, optax=False):
    """Algorithm 3 of Liu et al.: the curvature is renewed before the step that uses it.

    In Optax the step goes by the curvature before, and m is corrected.
    """
    xs = problem.start
    ms, hs = ([0 * x for x in xs] for _ in range(2))
    for t in range(1, steps + 1):
        gs, before = problem.gradient(xs, t), hs
        if t % every == 1 % every:
            us = [
                np.sign(np.sin(2.1 * t + 1.7 * np.arange(x.size) + k)).reshape(x.shape)
                for k, x in enumerate(xs)
            ]
            products = problem.hessian(us)
            hs = [b2 * h + (1 - b2) * u * p for h, u, p in zip(hs, us, products, strict=True)]
        ms = [b1 * m + (1 - b1) * g for m, g in zip(ms, gs, strict=True)]
        corrected, used = (1 - b1**t, before) if optax else (1, hs)
        xs = [
            x - lr * np.minimum(np.maximum(m / corrected / np.maximum(gamma * h, eps), -rho), rho)
            for x, m, h in zip(xs, ms, used, strict=True)
        ]
        yield xs


def sps(problem, steps, lr, f_min, most, eps=0.0, positive=False):
    """Loizou et al.: one rate for all leaves together."""
    xs = problem.start
    for t in range(1, steps + 1):
        gs, gap = problem.gradient(xs, t), problem.loss(xs, t) - f_min
        gap = max(gap, 0) if positive else gap
        rate = min(gap / (sum((g**2).sum() for g in gs) + eps), most)
        xs = [x - lr * rate * g for x, g in zip(xs, gs, strict=True)]
        yield xs


def adafactor(x, gs, *, lr=None, relative=True, cap=0.01, power=0.8, eps1=1e-30, beta2=1.0):
    """Algorithm 4 of Shazeer & Stern on an array of three axes, its last two factored.

    `eps1` is added to the squares, the decay is at most beta2, and lr as in Hugging Face's code:
    a given one is taken as it is, times the size of x.
    """
    r, c = np.zeros(x.shape[:2]), np.zeros((x.shape[0], x.shape[2]))
    for t, g in enumerate(gs, start=1):
        decay = min(1 - t**-power, beta2)
        for k in range(len(x)):
            square = g[k] ** 2 + eps1
            r[k] = decay * r[k] + (1 - decay) * square.mean(1)
            c[k] = decay * c[k] + (1 - decay) * square.mean(0)
        u = np.stack([g[k] / np.sqrt(np.outer(r[k], c[k]) / r[k].mean()) for k in range(len(x))])
        u = u / max(1, np.sqrt((u**2).mean()))
        size = max(1e-3, np.sqrt((x**2).mean()))
        x = x - (min(cap, 1 / np.sqrt(t)) if lr is None else lr) * size * u
        yield x


def soap(x, gs, *, lr, b1=0.95, b2=0.95, sb=0.95, eps=1e-8, wd=0.0, every=10, axes=None):
    """Algorithm 3 of Vyas et al. on an array of any axes; those not in `axes` have no basis."""
    axes = range(x.ndim) if axes is None else axes
    m, v = 0 * x, 0 * x
    L, Q = ({axis: np.zeros((x.shape[axis],) * 2) for axis in axes} for _ in range(2))

    def unfolded(g, axis):
        return np.moveaxis(g, axis, 0).reshape(g.shape[axis], -1)

    def product(matrix, a, axis):
        return np.moveaxis(np.tensordot(matrix, a, axes=(1, axis)), 0, axis)

    for n, g in enumerate(gs):
        if n > 0:
            m = b1 * m + (1 - b1) * g
            h, into = g, m
            for axis in axes:
                h, into = (product(Q[axis].T, a, axis) for a in (h, into))
            v = b2 * v + (1 - b2) * h**2
            u = into / (np.sqrt(v) + eps) * np.sqrt(1 - b2**n) / (1 - b1**n)
            for axis in axes:
                u = product(Q[axis], u, axis)
            x = x - lr * u
            x = x - lr * wd * x
        for axis in axes:
            G = unfolded(g, axis)
            L[axis] = sb * L[axis] + (1 - sb) * G @ G.T
            if n == 0:
                Q[axis] = np.linalg.eigh(L[axis])[1][:, ::-1]
            elif n % every == 0:
                order = np.argsort(-np.diag(Q[axis].T @ L[axis] @ Q[axis]))
                v = np.take(v, order, axis)
                Q[axis] = np.linalg.qr(L[axis] @ Q[axis][:, order])[0]
        yield x


def prodigy(problem, steps, lr, b3, d0=1e-6):
    """Algorithm 4 of Mishchenko & Defazio, with a rate that changes and a beta3 of its own."""
    xs = first = problem.start
    ms, vs, ss = ([0 * x for x in xs] for _ in range(3))
    d, r = d0, 0.0
    for t in range(1, steps + 1):
        gs, rate = problem.gradient(xs, t), d * lr(t)
        r = b3 * r + d / d0 * rate * sum(
            (g * (a - x)).sum() for g, a, x in zip(gs, first, xs, strict=True)
        )
        ss = [b3 * s + d / d0 * rate * g for s, g in zip(ss, gs, strict=True)]
        ms = [0.9 * m + 0.1 * d * g for m, g in zip(ms, gs, strict=True)]
        vs = [0.999 * v + 0.001 * (d * g) ** 2 for v, g in zip(vs, gs, strict=True)]
        d = max(d, r / sum(np.abs(s).sum() for s in ss))
        xs = [x - rate * m / (np.sqrt(v) + d * 1e-8) for x, m, v in zip(xs, ms, vs, strict=True)]
        yield xs


def schedule_free(problem, steps, lr, beta, power, r):
    """Algorithm 1 of Defazio et al. for SGD: x is averaged with weights t^r lr_max^power."""
    z = x = problem.start
    weights, top = 0.0, 0.0
    for t in range(1, steps + 1):
        y = [(1 - beta) * a + beta * b for a, b in zip(z, x, strict=True)]
        gs = problem.gradient(y, t)
        z = [a - lr(t) * g for a, g in zip(z, gs, strict=True)]
        top = max(top, lr(t))
        weight = t**r * top**power
        weights += weight
        c = weight / weights
        x = [(1 - c) * b + c * a for a, b in zip(z, x, strict=True)]
        yield x
